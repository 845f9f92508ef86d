"""The whole analysis: deterministic, independent of jobs, stages independent of each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from genereport import pipeline
from genereport.analyses.models.result import Models
from genereport.analyses.result import Skipped
from genereport.analyses.stage import Upstream, stage_rng
from genereport.analysis import Analysis
from genereport.errors import CohortError, NotApplicable
from genereport.pipeline import analyse, with_holdout
from genereport.settings import resolve
from tests.analyses import QUICK, without_independent_set
from tests.factory import make_cohort


def run(*settings: str, jobs: int = 1) -> Analysis:
    cohort = make_cohort(train=(14, 12), genes=80)
    return analyse(cohort, resolve(environment={}, assignments=[*QUICK, *settings]), jobs=jobs)


def test_jobs_change_nothing() -> None:
    assert run(jobs=2).to_json() == without_independent_set().to_json()


def test_another_seed_gives_other_splits_but_the_same_tests() -> None:
    one, other = without_independent_set(), run("seed=5")
    assert one.models.by_fold["value"].tolist() != other.models.by_fold["value"].tolist()
    permuted = ["P.perm", "P.maxT", "P.minP"]
    assert one.differential.table.drop(columns=permuted).equals(other.differential.table.drop(columns=permuted))


def test_a_holdout_is_set_aside_when_it_is_asked_for() -> None:
    made = run("evaluation.holdout=0.25")
    assert made.models.test == 7
    assert made.models.train == 19
    assert made.quality.counts["test"].sum() == 7


@pytest.mark.parametrize("settings", [("evaluation.groups=patient",), ('tests.design="~ class + patient"',)])
def test_a_holdout_parts_no_patients(settings: tuple[str, ...]) -> None:
    cohort = make_cohort(train=(12, 12), genes=80)
    patients = pd.Series([f"p{number % 12:02d}" for number in range(24)], cohort.samples.index)
    cohort = replace(cohort, samples=cohort.samples.assign(patient=patients))
    made = analyse(cohort, resolve(environment={}, assignments=[*QUICK, *settings, "evaluation.holdout=0.25"]), jobs=1)
    assert isinstance(made.models, Models)
    assert made.models.grouped_by == "patient"
    held = made.models.predictions.query("set == 'test'")["sample"].unique()
    assert 0 < len(held) < 12
    assert not set(patients[held]) & set(patients.drop(held))


def test_a_holdout_of_whole_patients_may_not_use_up_a_class() -> None:
    cohort = make_cohort(train=(12, 4))
    cohort = replace(cohort, samples=cohort.samples.assign(patient=[*range(12), *[12] * 4]), unit="patient")
    for seed in range(4):
        with pytest.raises(CohortError, match=r"GR202.*of the class 'B' are of too few units"):
            with_holdout(cohort, resolve(environment={}, assignments=["evaluation.holdout=0.5", f"seed={seed}"]))


def test_a_stage_that_does_not_apply_is_skipped_with_its_reason_and_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Never:
        name = "components"

        def run(self, *_: object) -> object:
            raise NotApplicable("There is no reason.")

    make_stages = pipeline.make_stages

    def patched(*given: object, **named: object):  # type: ignore[no-untyped-def]
        made = make_stages(*given, **named)  # type: ignore[arg-type]
        return tuple(Never() if stage.name == "components" else stage for stage in made)

    monkeypatch.setattr(pipeline, "make_stages", patched)
    made = run()
    assert made.components == Skipped("There is no reason.")
    assert made.models.metrics.equals(without_independent_set().models.metrics)


def test_other_exceptions_are_defects_and_propagate(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "components"

        def run(self, *_: object) -> object:
            raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "make_stages", lambda *_, **__: (Broken(),))
    with pytest.raises(ZeroDivisionError):
        run()


def test_generators_of_stages_are_their_own() -> None:
    assert stage_rng(1, "a").random() == stage_rng(1, "a").random()
    assert stage_rng(1, "a").random() != stage_rng(1, "b").random()


def test_upstream_explains_what_is_missing() -> None:
    missing = type("Selection", (), {})
    with pytest.raises(NotApplicable, match=r"results of the analysis 'selection'"):
        Upstream().need(missing)
    with pytest.raises(NotApplicable, match=r"^Too few samples\.$"):
        Upstream().joined(Skipped("Too few samples.")).need(missing)


def test_symbols_of_the_list_reach_the_tables() -> None:
    cohort = make_cohort(train=(8, 8), genes=60)
    genes = cohort.genes.rename(index={"g000": "X95735_at"})
    renamed = replace(cohort, genes=genes, expression=cohort.expression.rename(columns={"g000": "X95735_at"}))
    made = analyse(renamed, resolve(environment={}, assignments=[*QUICK]), jobs=1)
    assert made.differential.table.loc["X95735_at", "symbol"] == "ZYX"
    assert np.isfinite(made.biomarkers.matched.loc["X95735_at", "P.Value"])


def test_noise_of_patients_with_two_samples_each_is_not_learnt() -> None:
    """As the case replicates: what is alike in the samples of one patient must not be taken for the class."""
    cohort = make_cohort(train=(20, 20), genes=150, effect=0)
    patients = np.arange(40) // 2
    rng = np.random.default_rng(8)
    values = rng.normal(8, 1, (20, 150))[patients] + rng.normal(0, 0.2, (40, 150))
    cohort = replace(
        cohort,
        expression=cohort.expression.mask(cohort.expression.notna(), values),
        samples=cohort.samples.assign(patient=[f"P{number}" for number in patients]),
    )
    settings = ["models.patience=2", "evaluation.label_permutations=3", "selection.tuned=[5, 12]"]
    made = analyse(cohort, resolve(environment={}, assignments=[*QUICK, *settings]), jobs=1)
    assert isinstance(made.models, Models)
    assert made.models.grouped_by == "patient"
    figures = made.models.metrics.query("metric == 'balanced_accuracy'")["estimate"]
    assert figures.max() < 0.7
    assert made.differential.unit == "patient"
    assert made.trust.permutation.unit == "patient"
