"""Splits are stratified, cover every sample once a repeat, and do not depend on who asks."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.learn.resampling import SplitPlan, permuted_labels, stratified_holdout

CODES = np.repeat([0, 1], [27, 11])


def test_every_repeat_holds_every_sample_out_once() -> None:
    splits = SplitPlan(5, 3, seed=7).splits(CODES)
    assert [(split.repeat, split.fold) for split in splits] == [(r, f) for r in range(3) for f in range(5)]
    for repeat in range(3):
        held = np.concatenate([split.test for split in splits if split.repeat == repeat])
        np.testing.assert_array_equal(np.sort(held), np.arange(38))
    for split in splits:
        assert not set(split.train) & set(split.test)
        assert set(np.bincount(CODES[split.test])) <= {2, 3, 5, 6}


def test_the_plan_alone_decides_the_splits() -> None:
    one, other = (SplitPlan(5, 2, seed=7).splits(CODES) for _ in range(2))
    assert all(np.array_equal(a.test, b.test) for a, b in zip(one, other, strict=True))
    another = SplitPlan(5, 2, seed=8).splits(CODES)
    assert not all(np.array_equal(a.test, b.test) for a, b in zip(one, another, strict=True))


def test_holdout_is_stratified_and_seeded() -> None:
    rows = stratified_holdout(CODES, 0.25, seed=3)
    assert np.bincount(CODES[rows]).tolist() == [7, 3]
    np.testing.assert_array_equal(rows, stratified_holdout(CODES, 0.25, seed=3))


@pytest.mark.parametrize("share", [0.1, 0.25, 0.4, 0.6])
def test_a_share_of_whole_groups_is_about_as_large_as_was_asked(share: float) -> None:
    codes, groups = np.repeat([0, 1], 40), np.repeat(np.arange(40), 2)
    rows = stratified_holdout(codes, share, 3, groups)
    assert abs(len(rows) / 80 - share) < 0.03
    assert not set(groups[rows]) & set(np.delete(groups, rows))


def test_a_holdout_takes_whole_groups() -> None:
    groups = np.arange(38) // 2
    rows = stratified_holdout(CODES, 0.25, seed=3, groups=groups)
    assert 6 <= len(rows) <= 13
    assert not set(groups[rows]) & set(np.delete(groups, rows))
    assert len(np.unique(CODES[rows])) == 2


def test_labels_change_places_within_units_or_between_them() -> None:
    rng = np.random.default_rng(4)
    units = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 4])
    codes = np.array([0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0])
    seen = {tuple(permuted_labels(codes, units, rng)) for _ in range(300)}
    assert len(seen) == 2 * 2 * 3
    for labels in map(np.array, seen):
        assert [len(set(labels[units == unit])) for unit in range(5)] == [2, 1, 1, 2, 1]
        assert sorted(labels[[2, 4, 8]]) == [0, 0, 1]
    assert sorted(permuted_labels(codes, None, rng)) == sorted(codes)
