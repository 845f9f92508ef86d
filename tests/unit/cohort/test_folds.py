"""As many folds as the smallest class allows, and none where its training parts would hold too little."""

from __future__ import annotations

from math import ceil

import pytest

from genereport.cohort.folds import FEWEST_TRAINING, effective_folds, smallest_class, why_too_few
from tests.factory import make_cohort


@pytest.mark.parametrize(
    ("smallest", "asked", "used"),
    [(2, 5, None), (3, 5, None), (3, 3, None), (4, 5, 4), (4, 10, 4), (5, 5, 5), (6, 5, 5), (7, 10, 7), (40, 5, 5)],
)
def test_folds_come_down_to_the_smallest_class(smallest: int, asked: int, used: int | None) -> None:
    assert effective_folds(smallest, asked) == used


def test_every_training_part_keeps_enough_of_every_class() -> None:
    for smallest in range(2, 30):
        for asked in range(2, 12):
            folds = effective_folds(smallest, asked)
            if folds:
                assert smallest - ceil(smallest / folds) >= FEWEST_TRAINING
                assert folds == min(asked, smallest)


def test_units_count_where_samples_of_one_stay_together() -> None:
    samples = make_cohort(train=(4, 6)).samples.assign(patient=[*"pqrs", *"tuvtuv"])
    assert smallest_class(samples, ("A", "B")) == ("A", 4, "")
    units = smallest_class(samples, ("A", "B"), "patient")
    assert units == ("B", 3, "patient")
    assert "The class 'B' has training samples of 3 units (column 'patient')" in why_too_few(units, 5)


def test_more_folds_are_named_where_they_would_do() -> None:
    samples = make_cohort(train=(4, 6)).samples
    assert "evaluation.folds = 4 would leave enough" in why_too_few(smallest_class(samples, ("A", "B")), 2)
