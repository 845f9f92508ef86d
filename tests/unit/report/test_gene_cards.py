"""What the card of a gene shows is what the results hold, for each gene by its place in the table."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.differential import profiles
from genereport.analyses.differential.profiles import make_profiles
from genereport.analyses.differential.result import Profiles
from genereport.analyses.enrichment.result import Enrichment
from genereport.analyses.result import Skipped
from genereport.analyses.selection.result import Selection
from genereport.plotting.style import colour, symbol
from genereport.report.gene_cards import _sets
from genereport.report.gene_data import gene_data
from tests.factory import make_cohort
from tests.unit.report.synthetic import four_class, two_class


def cards(analysis=None, **changes):  # type: ignore[no-untyped-def]
    made = gene_data((analysis or two_class()).with_results(**changes))
    assert made is not None
    json.dumps(made.cards, allow_nan=False)
    return made.cards, list(made.columns["gene"])


def values_of(held: Profiles) -> np.ndarray:
    """The values that a page draws, NaN where there is none."""
    low, high = (held.genes[name].to_numpy()[:, None] for name in ("low", "high"))
    return np.where(held.levels == profiles.MISSING, np.nan, low + (high - low) * held.levels / profiles.STEPS)


def test_profiles_hold_the_values_as_closely_as_a_figure_shows_them() -> None:
    cohort = make_cohort(train=(5, 4), test=(2, 1), genes=6)
    frame = cohort.expression.copy()
    frame.iloc[3, 0] = np.nan
    frame.iloc[:, 1] = 7.5  # does not vary
    frame.iloc[:, 2] = np.nan
    held = make_profiles(replace(cohort, expression=frame), pd.Index(["g004", "g000", "g001", "g002", "absent"]))
    assert list(held.genes.index) == ["g004", "g000", "g001", "g002", "absent"]
    assert held.samples["class"].tolist() == list("AAAAABBBBAAB")
    assert held.samples["set"].tolist() == ["train"] * 9 + ["test"] * 3
    wanted = frame[["g004", "g000", "g001", "g002"]].to_numpy().T
    reach = np.nanmax(wanted[:2], axis=1) - np.nanmin(wanted[:2], axis=1)
    found = values_of(held)
    assert np.array_equal(np.isnan(found[:4]), np.isnan(wanted))
    assert np.isnan(found[4]).all()
    assert np.nanmax(np.abs(found[:2] - wanted[:2]) / reach[:, None]) <= 0.5 / profiles.STEPS + 1e-12
    assert (found[2] == 7.5).all()


def test_profiles_of_a_large_cohort_hold_the_first_genes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "MOST_VALUES", 24 * 10 + 5)
    held = make_profiles(make_cohort(), make_cohort().genes.index)
    assert held.levels.shape == (10, 24)
    assert list(held.genes.index) == [f"g{number:03d}" for number in range(10)]


def test_profiles_read_back_equal() -> None:
    held, adapter = make_profiles(make_cohort(genes=5), make_cohort(genes=5).genes.index), TypeAdapter(Profiles)
    again = adapter.validate_python(json.loads(adapter.dump_json(held)))
    assert np.array_equal(again.levels, held.levels)
    assert again.levels.dtype == np.uint8
    pd.testing.assert_frame_equal(again.genes, held.genes)


def test_values_come_with_the_symbols_of_the_classes() -> None:
    differential = two_class().differential
    samples = pd.DataFrame(
        {"set": ["train", "test"], "class": ["AML", "ALL"]}, index=pd.Index(["a", "b"], name="sample")
    )
    limits = pd.DataFrame({"low": [1.25, np.nan], "high": [2.5, np.nan]}, index=differential.table.index[:2])
    levels = np.array([[0, 254], [255, 255]], dtype=np.uint8)
    held, _ = cards(differential=replace(differential, profiles=Profiles(samples, limits, levels)))
    values = held["values"]
    assert [values[name] for name in ("samples", "class", "independent")] == [["a", "b"], [1, 0], [0, 1]]
    assert (values["low"], values["high"]) == ([1.25, None], [2.5, None])
    assert base64.b64decode(values["levels"]) == levels.tobytes()
    assert values["classes"] == [
        {"name": name, "colour": colour(place), "symbol": symbol(place)} for place, name in enumerate(["ALL", "AML"])
    ]


def test_without_values_ranks_and_sets_the_rest_is_there() -> None:
    none = Skipped("No.")
    held, _ = cards(
        differential=replace(two_class().differential, profiles=None), biomarkers=none, selection=none, enrichment=none
    )
    assert (held["values"], held["ranks"], held["markers"], held["chosen"], held["sets"], held["pairs"]) == (
        None, {}, {}, None, [], {},
    )  # fmt: skip
    assert "P.Holm" in held["columns"]


def test_ranks_and_frequencies_are_those_of_the_signature_and_the_selection() -> None:
    analysis = two_class()
    held, genes = cards(analysis)
    found, selection = analysis.results["biomarkers"], analysis.results["selection"]
    assert isinstance(found, Biomarkers)
    assert isinstance(selection, Selection)
    for rank, row in found.signature.head(30).iterrows():
        told = held["ranks"][genes.index(row["gene"])]
        by = [row[name] for name in ("rank_test", "rank_rfe", "rank_l1", "rank_forest")]
        assert told == [rank, *(None if pd.isna(value) else value for value in by)]
    assert held["chosen"]["parts"] == selection.folds
    for gene, times in selection.stability["times"].items():
        at, told = held["chosen"]["times"][genes.index(str(gene))]
        assert (selection.stability.index[at], told) == (gene, times)
    (gene,) = found.matched.index[:1]
    entry = found.matched.iloc[0]
    assert held["markers"][genes.index(gene)][0][:3] == [entry["direction"], entry["evidence"], entry["source"]]


def test_all_probes_of_a_gene_are_in_its_sets() -> None:
    symbols = pd.Series(["LYZ", "LYZ", "", "MPO"], index=["a", "b", "c", "d"])
    sets = pd.DataFrame({"origin": ["markers", "x.gmt", "x.gmt"]}, index=pd.Index(["one", "two", "three"], name="set"))
    counted = dict.fromkeys(("universe", "named", "significant", "named_significant", "smallest", "left_out"), 1)
    limits = {"alpha": 0.05, "correlation": 0.01, "tested": 3, "over": 0, "shifted": 0}
    members = {"one": ("b", "absent"), "two": ("absent",), "three": ("c", "d")}
    found = Enrichment(**counted, **limits, sets=sets, members=members)
    assert _sets(found, {gene: row for row, gene in enumerate(symbols.index)}, symbols) == [
        {"at": 0, "name": "one", "origin": "markers", "genes": [0, 1]},
        {"at": 2, "name": "three", "origin": "x.gmt", "genes": [2, 3]},
    ]


def test_pairs_of_several_classes_are_held_for_the_first_genes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genereport.report.gene_cards.COMPARED", 3)
    analysis = four_class()
    held, genes = cards(analysis)
    assert sorted(held["pairs"]) == [0, 1, 2]
    contrasts = analysis.differential.contrasts
    for row, pairs in held["pairs"].items():
        for at, name, change, *_ in pairs:
            assert contrasts.index[at] == genes[row]
            assert contrasts["contrast"].iloc[at].replace("-", " − ") == name
            assert change == pytest.approx(contrasts["logFC"].iloc[at], rel=1e-8)
