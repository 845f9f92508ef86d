"""The signature, and markers whose evidence is circular kept apart."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.biomarkers.stage import BiomarkersStage
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.models.stage import ModelsStage
from genereport.analyses.preprocessing.stage import PreprocessingStage, measured, unscaled
from genereport.analyses.resampling.stage import ResamplingStage
from genereport.analyses.result import Skipped
from genereport.analyses.selection.stage import SelectionStage
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.annotation import load_markers, with_symbols
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.settings import PreprocessSettings
from tests.factory import make_cohort, settings_of

SETTINGS = settings_of(
    "evaluation.effort=quick", "evaluation.bootstrap=100", "tests.permutations=100", "models.trees=30",
    "models.epochs=2", "biomarkers.top=5", "evaluation.folds=3", "preprocess.variance_quantile=0.2",
    "selection.candidates=30", "selection.genes=10",
)  # fmt: skip
MARKERS = pd.DataFrame(
    [
        ("UP", "g000;g001", "B", "study;clinic", "PMID:1;PMID:2"),
        ("DOWN", "g002", "A", "clinic", "PMID:2"),
        ("OWN", "g003", "B", "study", "PMID:1"),
        ("SUB", "g004", "B-ALL", "clinic", "PMID:2"),
        ("GONE", "other_at", "B", "clinic", "PMID:2"),
    ],
    columns=["symbol", "probes", "direction", "evidence", "source"],
)


@cache
def upstream() -> tuple[Cohort, Upstream]:
    cohort = with_symbols(make_cohort(effect=3), MARKERS)
    cohort, preprocessing = PreprocessingStage(PreprocessSettings(scale="log2")).run(cohort)
    found = Upstream((preprocessing, measured(cohort, preprocessing), unscaled(cohort, preprocessing)))
    for stage in (
        DifferentialStage(SETTINGS),
        ResamplingStage(SETTINGS),
        SelectionStage(),
        ModelsStage(SETTINGS),
    ):
        found = found.joined(stage.run(cohort, found, stage_rng(1, stage.name)))
    return cohort, found


def run(circular: tuple[str, ...] | None = None, **changes: object) -> Biomarkers:
    cohort, found = upstream()
    changed = SETTINGS.biomarkers.model_copy(update={"circular": circular})
    stage = BiomarkersStage(SETTINGS.model_copy(update={"biomarkers": changed}), MARKERS)
    return stage.run(replace(cohort, **changes), found, stage_rng(1, "biomarkers"))  # type: ignore[arg-type]


def test_informative_genes_lead_the_signature() -> None:
    signature = run().signature
    assert set(signature["gene"].head(6)) <= {f"g{number:03d}" for number in range(8)}
    assert signature.index.tolist() == list(range(1, len(signature) + 1))


def test_ranks_are_fused_by_their_reciprocals() -> None:
    signature = run().signature
    ranks = signature[["rank_test", "rank_rfe", "rank_l1", "rank_forest"]]
    fused = (1 / (60 + ranks)).sum(axis=1)
    assert fused.is_monotonic_decreasing
    assert (signature["rank_rfe"].notna() | signature["rank_l1"].notna()).all()


def test_markers_are_matched_by_probe_and_judged_by_direction() -> None:
    matched = run().matched
    assert set(matched.index) == {"g000", "g001", "g002", "g003", "g004"}
    assert matched["agrees"].to_dict() == {"g000": "yes", "g001": "yes", "g002": "no", "g003": "yes", "g004": ""}


def test_an_entry_found_only_on_this_cohort_is_circular_and_not_counted() -> None:
    result = run(circular=("study",))
    assert result.matched["circular"].to_dict() == {
        "g000": "no",
        "g001": "no",
        "g002": "no",
        "g003": "yes",
        "g004": "no",
    }
    assert (result.measured, result.directed, result.agreeing) == (4, 2, 1)  # entries, not probes
    assert (result.agreement, result.listed) == (0.5, 5)
    assert result.several == result.probes["symbol"].nunique()
    assert result.by_evidence.loc["study", "circular"] == "yes"
    assert result.by_evidence.loc["clinic"].to_dict() == {
        "entries": 4,
        "measured": 3,
        "directed": 2,
        "agreeing": 1,
        "significant": 3,
        "circular": "no",
    }


def test_every_class_of_evidence_is_circular_on_the_simulated_cohort() -> None:
    assert run(simulated=True).circular == ("clinic", "study")
    assert run(layout="golub").circular == ("Golub50",)
    assert run().circular == ()


def test_symbols_match_where_probes_do_not() -> None:
    _, found = upstream()
    cohort = make_cohort(effect=3)
    renamed = MARKERS.assign(probes="", symbol=["G000", "x", "y", "z", "g001"])
    result = BiomarkersStage(SETTINGS, renamed).run(cohort, found, stage_rng(1, "b"))
    assert {"g000": "G000"}.items() <= result.matched["symbol"].to_dict().items()


def test_expression_holds_the_top_genes_of_every_sample() -> None:
    result = run()
    cohort, _ = upstream()
    genes = list(result.signature["gene"].head(5))
    assert list(result.expression.columns) == ["set", "class", *genes]
    np.testing.assert_array_equal(result.expression[genes], cohort.expression[genes])


def test_what_a_skipped_stage_would_have_given_is_not_made_up() -> None:
    cohort, _ = upstream()
    with pytest.raises(NotApplicable, match="too few samples"):
        BiomarkersStage(SETTINGS, MARKERS).run(
            cohort, Upstream((Skipped("There are too few samples."),)), stage_rng(1, "b")
        )


def test_the_bundled_list_is_cited_entry_by_entry() -> None:
    markers = load_markers()
    assert len(markers) > 100
    assert (markers["source"] != "").all()
