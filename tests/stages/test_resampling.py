"""Samples that belong together stay together, and what cannot be kept together is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genereport.cohort.model import Cohort
from genereport.cohort.units import unit_column
from genereport.errors import CohortError
from genereport.learn.preparation import Limits
from genereport.learn.resampling import SplitPlan
from genereport.settings import ModelSettings, PreprocessSettings, resolve
from genereport.stages.base import Upstream, stage_rng
from genereport.stages.preprocessing import PreprocessingStage, unscaled
from genereport.stages.resampling import Resampled, ResamplingStage
from tests.factory import make_cohort

STAGE = ResamplingStage(SplitPlan(3, 2, seed=5), Limits(0.2, 30, 10), ModelSettings(trees=10, epochs=2))


def with_column(values: list[object], **keywords: object) -> Cohort:
    cohort = make_cohort(**keywords)  # type: ignore[arg-type]
    return replace(cohort, samples=cohort.samples.assign(patient=values))


def run(cohort: Cohort, groups: str | None = None, design: str | None = None) -> Resampled:
    settings = resolve(environment={}, assignments=[f'tests.design="{design}"'] if design else [])
    cohort = replace(cohort, unit=unit_column(cohort.samples, settings))
    _, preprocessing = PreprocessingStage(PreprocessSettings()).run(cohort)
    before = Upstream((unscaled(cohort, preprocessing),))
    return replace(STAGE, groups=groups).run(cohort, before, stage_rng(1, "resampling"))


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
    assert torn(replace(found, splits=STAGE.plan.splits(found.codes))) > 0


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("patiend", [f"p{number // 2}" for number in range(24)], "Did you mean 'patient'"),
        ("patient", [None, *(f"p{number}" for number in range(23))], "s00"),
        ("patient", ["one"] * 14 + ["other"] * 10, "has 2 values, fewer than the 3 folds"),
        ("patient", ["one"] * 14 + [f"p{number}" for number in range(10)], "some folds lack a class"),
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
    cohort = replace(cohort, samples=cohort.samples.assign(centre=[f"c{number // 4}" for number in range(24)]))
    found = run(cohort, groups="centre")
    assert (found.grouped_by, torn(found)) == ("centre", 0)
    assert run(cohort).grouped_by == "patient"
