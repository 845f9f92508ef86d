"""Samples that belong together stay together, and what cannot be kept together is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genereport.analyses.preprocessing.stage import PreprocessingStage, unscaled
from genereport.analyses.resampling.stage import Resampled, ResamplingStage
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.model import Cohort
from genereport.cohort.units import unit_column
from genereport.errors import CohortError, NotApplicable
from genereport.settings import PreprocessSettings
from tests.factory import make_cohort, settings_of

QUICK = (
    "evaluation.repeats=2", "models.trees=10", "models.epochs=2", "evaluation.folds=3",
    "preprocess.variance_quantile=0.2", "selection.candidates=30", "selection.genes=10",
)  # fmt: skip


def with_column(values: list[object], **keywords: object) -> Cohort:
    cohort = make_cohort(**keywords)  # type: ignore[arg-type]
    return replace(cohort, samples=cohort.samples.assign(patient=values))


def run(cohort: Cohort, groups: str | None = None, design: str | None = None, folds: int = 3) -> Resampled:
    asked = [f'tests.design="{design}"'] if design else []
    asked += [f"evaluation.groups={groups}"] if groups else []
    settings = settings_of(*QUICK, *asked, f"evaluation.folds={folds}")
    cohort = replace(cohort, unit=unit_column(cohort.samples, settings))
    _, preprocessing = PreprocessingStage(PreprocessSettings()).run(cohort)
    before = Upstream((unscaled(cohort, preprocessing),))
    return ResamplingStage(settings).run(cohort, before, stage_rng(1, "resampling"))


def torn(resampled: Resampled) -> int:
    """Groups with samples on both sides of a split."""
    assert resampled.groups is not None
    groups = resampled.groups
    return sum(len(np.intersect1d(groups[split.train], groups[split.test])) for split in resampled.splits)


def test_every_split_is_run_and_every_sample_held_out_once_a_repeat() -> None:
    found = run(make_cohort())
    assert len(found.folds) == len(found.splits) == 6
    assert found.groups is None
    for probabilities in found.pooled().values():
        assert probabilities.shape == (2, 24, 2)
        np.testing.assert_allclose(probabilities.sum(axis=2), 1)
    assert set(found.final.models) == set(found.protocol.keys)


def test_partners_of_a_paired_design_stay_together_unasked() -> None:
    cohort = with_column([f"p{number % 12}" for number in range(24)], train=(12, 12))
    found = run(cohort, design="~ class + patient")
    assert found.grouped_by == "patient"
    assert torn(found) == 0


def test_samples_of_one_value_of_the_asked_column_stay_together() -> None:
    cohort = with_column([f"p{number // 2}" for number in range(24)])
    found = run(cohort, groups="patient")
    assert torn(found) == 0
    assert torn(replace(found, splits=found.plan.splits(found.codes))) > 0


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("patiend", [f"p{number // 2}" for number in range(24)], "Did you mean 'patient'"),
        ("patient", [None, *(f"p{number}" for number in range(23))], "s00"),
    ],
)
def test_a_column_that_cannot_keep_samples_together_is_refused(column: str, values: list[object], told: str) -> None:
    with pytest.raises(CohortError, match=rf"GR215.*{told}"):
        run(with_column(values), groups=column)


def test_patients_stay_together_even_where_one_has_no_partner() -> None:
    """The tests fall back to a linear model then; the splits must not fall back to tearing patients apart."""
    cohort = with_column([f"p{number % 12}" for number in range(23)] + ["p12"], train=(12, 12))
    found = run(cohort, design="~ class + patient")
    assert found.grouped_by == "patient"
    assert torn(found) == 0


def test_a_centre_of_many_samples_is_no_unit() -> None:
    cohort = with_column([f"c{number % 3}" for number in range(24)], train=(12, 12))
    assert run(cohort, design="~ class + patient").groups is None


def test_the_column_of_the_splits_may_be_another_than_that_of_the_units() -> None:
    cohort = with_column([f"p{number // 2}" for number in range(24)])
    cohort = replace(cohort, samples=cohort.samples.assign(centre=[f"c{(number + 1) // 2}" for number in range(24)]))
    found = run(cohort, groups="centre")
    assert (found.grouped_by, torn(found)) == ("centre", 0)
    assert run(cohort).grouped_by == "patient"


@pytest.mark.parametrize(("sizes", "folds"), [((4, 9), 4), ((9, 5), 5), ((12, 11), 6)])
def test_folds_come_down_to_the_smallest_class(sizes: tuple[int, int], folds: int) -> None:
    found = run(make_cohort(train=sizes), folds=6)
    assert (found.plan.folds, len(found.splits)) == (folds, 2 * folds)
    assert all(np.bincount(found.codes[split.train]).min() >= 3 for split in found.splits)
    assert found.held_out_in.shape == (2, sum(sizes))
    for split in found.splits:
        assert set(np.flatnonzero(found.held_out_in[split.repeat] == split.fold + 1)) == set(split.test)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["one"] * 14 + ["other"] * 10, "'A' has training samples of 1 unit "),
        ([f"p{number % 3}" for number in range(24)], "'A' has training samples of 3 units "),
    ],
)
def test_few_units_allow_no_cross_validation(values: list[object], told: str) -> None:
    with pytest.raises(NotApplicable, match=told):
        run(with_column(values), groups="patient")


def test_few_samples_allow_no_cross_validation() -> None:
    with pytest.raises(NotApplicable, match="'B' has 3 training samples, too few"):
        run(make_cohort(train=(9, 3)))
