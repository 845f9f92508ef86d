"""Splits are stratified, cover every sample once a repeat, and do not depend on who asks."""

from __future__ import annotations

import numpy as np

from genereport.learn.resampling import SplitPlan, stratified_holdout

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


def test_a_holdout_takes_whole_groups() -> None:
    groups = np.arange(38) // 2
    rows = stratified_holdout(CODES, 0.25, seed=3, groups=groups)
    assert 6 <= len(rows) <= 13
    assert not set(groups[rows]) & set(np.delete(groups, rows))
    assert len(np.unique(CODES[rows])) == 2
