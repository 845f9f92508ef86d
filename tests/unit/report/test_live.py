"""What scripts draw is what the results hold: the same columns, points and curves, as JSON that cannot break out."""

from __future__ import annotations

import base64
import gzip
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from genereport.analyses.components.interactive import plane, space
from genereport.analyses.components.result import Components
from genereport.analyses.differential.interactive import ma, volcano
from genereport.analyses.differential.result import Differential
from genereport.analyses.models.interactive import roc
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.plotting.drawn import Drawn
from genereport.plotting.interactive import Interactive
from genereport.plotting.style import canvas
from genereport.report.document import Document, Figure, GeneData, Section
from genereport.report.gene_data import gene_data
from genereport.report.render import to_html
from tests.unit.report.synthetic import NASTY_SYMBOLS, four_class, two_class
from tests.words import prose


def differential(analysis: Analysis) -> Differential:
    assert isinstance(analysis.differential, Differential)
    return analysis.differential


def close(told: object, value: float) -> bool:
    return told is None if math.isnan(value) else math.isclose(float(str(told)), value, rel_tol=1e-8)


def test_genes_are_those_of_the_results_in_their_order() -> None:
    table = differential(two_class()).table
    found = gene_data(two_class())
    assert found is not None
    assert found.total == len(table)
    assert list(found.columns["gene"]) == list(table.index)
    assert list(found.columns["symbol"])[: len(NASTY_SYMBOLS)] == list(NASTY_SYMBOLS)
    for name in ("logFC", "CI.L", "CI.R", "AveExpr", "t", "df", "P.Value", "P.Bonferroni", "adj.P.Val"):
        assert all(close(told, value) for told, value in zip(found.columns[name], table[name], strict=True)), name


def test_several_classes_have_their_own_columns() -> None:
    found = gene_data(four_class())
    assert found is not None
    assert {"F", "df1", "df2", "P.Value"} <= set(found.columns)
    assert "logFC" not in found.columns


def test_no_more_genes_are_held_than_a_mail_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genereport.report.gene_data.MOST_GENES", 100)
    found = gene_data(two_class())
    assert found is not None
    assert found.total == len(differential(two_class()).table) > 100
    assert {len(column) for column in found.columns.values()} == {100}
    assert list(found.columns["gene"]) == list(differential(two_class()).table.index[:100])


def test_without_a_comparison_there_is_nothing_to_hold() -> None:
    assert gene_data(two_class().with_results(differential=Skipped("No."))) is None


def test_volcano_and_ma_name_columns_that_are_held() -> None:
    result = differential(two_class())
    found = gene_data(two_class())
    assert found is not None
    against_p, against_mean = volcano(result).data, ma(result).data
    assert (against_p["x"], against_p["y"], against_mean["x"], against_mean["y"]) == (
        "logFC",
        "P.Value",
        "AveExpr",
        "logFC",
    )
    assert {against_p["x"], against_p["y"], against_mean["x"]} <= set(found.columns)
    assert against_p["line"] == result.alpha / result.tested
    assert against_mean["line"] is None
    assert [group["name"] for group in against_p["groups"]] == ["higher in AML", "higher in ALL"]
    several = volcano(differential(four_class())).data
    assert (several["x"], [group["name"] for group in several["groups"]]) == ("AveExpr", ["significant"])


@pytest.mark.parametrize("dimensions", [2, 3])
def test_points_are_the_samples_on_their_components(dimensions: int) -> None:
    result = two_class().components
    assert isinstance(result, Components)
    data = (plane if dimensions == 2 else space)(result).data
    assert [trace["name"] for trace in data["traces"]] == ["ALL", "ALL, independent", "AML", "AML, independent"]
    assert len({trace["symbol"] for trace in data["traces"]}) == 4
    axes = [f"PC{number + 1}" for number in range(dimensions)]
    seen = 0
    for trace in data["traces"]:
        scores = result.scores.loc[trace["samples"], axes].to_numpy().T
        assert np.allclose(np.array(trace["points"]), scores, rtol=1e-8, atol=0)
        assert set(result.scores.loc[trace["samples"], "class"]) == {trace["name"].partition(",")[0]}
        seen += len(trace["samples"])
    assert seen == len(result.scores)
    assert [label.partition(" ")[0] for label in data["labels"]] == axes


@pytest.mark.parametrize("dimensions", [2, 3])
def test_samples_can_be_coloured_by_set_and_by_covariates(dimensions: int) -> None:
    result = two_class().components
    assert isinstance(result, Components)
    data = (plane if dimensions == 2 else space)(result).data
    samples = [sample for trace in data["traces"] for sample in trace["samples"]]
    sets, *others = data["colourings"]
    assert [way["name"] for way in data["colourings"]] == ["set", *result.covariates.columns]
    told = [sets["levels"][place][0] for place in sets["of"]]
    assert told == [{"train": "training", "test": "independent"}[which] for which in result.scores.loc[samples, "set"]]
    for way in others:
        column = result.covariates.loc[samples, way["name"]]
        if "values" in way:
            np.testing.assert_allclose(np.array(way["values"], dtype=float), column)
        else:
            assert [way["levels"][place][0] for place in way["of"]] == list(column)
            assert len({colour for _, colour, _ in way["levels"]}) == len(way["levels"])
    assert {"values" in way for way in others} == {True, False}
    json.dumps(data, allow_nan=False)


def test_what_json_cannot_hold_is_null() -> None:
    result = two_class().components
    assert isinstance(result, Components)
    scores = result.scores.copy()
    scores.iloc[0, scores.columns.get_loc("PC1")] = np.nan
    scores.iloc[1, scores.columns.get_loc("PC1")] = np.inf
    data = plane(replace(result, scores=scores)).data
    assert data["traces"][0]["points"][0][:2] == [None, None]
    json.dumps(data, allow_nan=False)


@pytest.mark.parametrize("analysis", [two_class, four_class])
def test_all_of_it_is_json_without_nan(analysis: object) -> None:
    made = analysis()  # type: ignore[operator]
    held = [gene_data(made), volcano(made.differential), roc(made.models)]
    for part in held:
        data = part.columns if isinstance(part, GeneData) else part.data
        json.dumps(data, allow_nan=False)


BREAKS = ("</script><script>alert(1)</script>", "<!--<script>", "]]>", "'\"&\u2028", "{{ 7 * 7 }}")


def test_names_cannot_end_the_element_that_holds_them() -> None:
    with canvas(1.0) as (drawn, _):
        pass
    genes = GeneData(len(BREAKS), {"gene": list(BREAKS), "symbol": list(BREAKS)})
    interactive = Interactive("samples", {"name": BREAKS[0]})
    figure = Figure("fig-a", lambda: Drawn(drawn, genes=BREAKS), prose("Seen."), "Nothing.", interactive)
    document = Document(
        "T", prose("S"), (), simulated=False, abstract=(), sections=(Section("sec-a", "A", (figure,)),), genes=genes
    )
    page = to_html(document)
    found = dict(re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', page, re.DOTALL))
    (packed,) = re.findall(r'<script type="application/octet-stream" id="genes">([A-Za-z0-9+/=]+)</script>', page)
    held = {"total": len(BREAKS), "columns": {k: list(BREAKS) for k in ("gene", "symbol")}}
    assert json.loads(gzip.decompress(base64.b64decode(packed))) == held
    assert json.loads(found["live-fig-a"]) == {"way": "samples", "data": {"name": BREAKS[0]}}
    assert json.loads(found["settings"]) == {"p_values": "R"}
    assert "<" not in "".join(found.values())
    assert "alert(1)</script>" not in page
