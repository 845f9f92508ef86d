"""Marker classes and gene sets against the comparison: who is counted, in which universe, what is circular."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.enrichment.result import Enrichment
from genereport.analyses.enrichment.stage import EnrichmentStage
from genereport.analyses.stage import Upstream
from genereport.cohort.genesets import GeneSet
from genereport.cohort.markers import COLUMNS
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.settings import Settings
from tests.factory import make_cohort, settings_of


def named(cohort: Cohort) -> Cohort:
    """Genes g000 … are called S0 …; the last ten have no symbol, and g001 is a dimmer probe of S0."""
    symbols = [f"S{number}" for number in range(len(cohort.genes) - 10)] + [""] * 10
    symbols[1] = "S0"
    cohort.expression["g001"] -= 4
    return replace(cohort, genes=cohort.genes.assign(symbol=symbols))


def markers(*entries: tuple[str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(entries, columns=["symbol", "direction", "evidence"])
    return frame.reindex(columns=list(COLUMNS), fill_value="").astype("str")


PLANTED = markers(*[(f"S{number}", "B" if number < 7 else "A", "known") for number in range(8) if number != 1],
                  *[(f"S{number}", "A", "other") for number in range(20, 30)])  # fmt: skip
SETS = (
    GeneSet("planted", tuple(f"s{number}" for number in range(8))),
    GeneSet("rest", tuple(f"S{number}" for number in range(30, 45))),
    GeneSet("tiny", ("S3", "S4")),
    GeneSet("elsewhere", ("X", "Y")),
)


def run(cohort: Cohort, listed: pd.DataFrame = PLANTED, circular: tuple[str, ...] | None = None) -> Enrichment:
    rng = np.random.default_rng(0)
    differential = DifferentialStage(settings_of("tests.permutations=0")).run(cohort, Upstream(), rng)
    asked = Settings().biomarkers.model_copy(update={"gene_sets": Path("own.gmt"), "circular": circular})
    stage = EnrichmentStage(Settings().model_copy(update={"biomarkers": asked}), listed, SETS)
    return stage.run(cohort, Upstream((differential,)), rng)


def test_sets_are_tested_in_the_universe_of_named_genes() -> None:
    found = run(named(make_cohort(effect=2.5)))
    assert (found.universe, found.named) == (59, 49)  # one probe of S0 stands for it
    planted = found.sets.loc["planted"]
    assert (planted["size"], planted["measured"], planted["significant"]) == (8, 7, found.named_significant)
    table = [[7, 0], [found.named_significant - 7, 49 - found.named_significant]]
    assert planted["P.hyper"] == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)
    assert planted["direction"] == "up"
    assert planted["P.rank"] < 1e-3 < found.sets.loc["rest", "P.rank"]
    assert set(planted["genes"].split(";")) == {"S0", "S2", "S3", "S4", "S5", "S6", "S7"}
    assert np.isnan(planted["P.sign"])
    assert (found.tested, found.over, found.shifted) == (4, 2, 2)
    assert (found.left_out, list(found.sets.index)) == (2, ["known", "other", "planted", "rest"])


def test_the_brightest_probe_stands_for_a_gene_whatever_its_p_value() -> None:
    cohort = named(make_cohort(effect=2.5))
    cohort.expression["g000"] -= 8
    found = run(cohort)
    table = (
        DifferentialStage(settings_of("tests.permutations=0")).run(cohort, Upstream(), np.random.default_rng(0)).table
    )
    assert table.loc["g001", "AveExpr"] > table.loc["g000", "AveExpr"]
    assert found.universe == 59


def test_directions_are_counted_for_marker_classes() -> None:
    known = run(named(make_cohort(effect=2.5))).sets.loc["known"]
    assert (known["directed"], known["agreeing"]) == (7, 6)  # S7 is listed the other way
    assert known["P.sign"] == pytest.approx(stats.binomtest(6, 7).pvalue)
    assert known["agree.L"] < 6 / 7 < known["agree.R"]
    assert known["direction"] == ""
    assert known["AUC"] > 0.9


def test_circular_classes_are_marked() -> None:
    circular = run(named(make_cohort(effect=2.5)), circular=("known",))
    assert circular.sets["circular"].to_dict()["known"] == "yes"
    assert (circular.tested, circular.over, circular.shifted) == (4, 1, 1)
    assert (run(named(make_cohort())).sets["circular"] == "no").all()


def test_p_values_are_adjusted_within_their_list() -> None:
    sets = run(named(make_cohort())).sets
    for _, part in sets.groupby("origin"):
        expected = stats.false_discovery_control(part["P.hyper"])
        np.testing.assert_allclose(part["adj.P.hyper"], expected)


def test_several_classes_have_ranks_and_no_direction() -> None:
    sets = run(named(make_cohort(train=(9, 9, 9), effect=2))).sets
    assert (sets["direction"] == "").all()
    assert sets.loc["planted", "P.rank"] < 1e-3
    assert sets.loc["known", "directed"] == 0


def test_nothing_measured_is_nothing_to_say() -> None:
    with pytest.raises(NotApplicable, match="5 of the tested genes"):
        run(make_cohort(), markers(("CD19", "A", "known")))
