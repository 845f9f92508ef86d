"""The correction for the naming is what its authors define, and honest where models only guess."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.learn.naming import HeldOut, _draw, correct_for_naming, name_by_rule
from genereport.types import Array

SHARE = 1 / 3


def drawn(
    seed: int, models: int = 5, repeats: int = 2, sizes: tuple[int, ...] = (16, 12), *, grouped: bool = False
) -> HeldOut:
    """Predictions that are right at random, of each model a little more often than of the one before."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    right = rng.random((models, repeats, len(truth))) < np.linspace(0.5, 0.8, models)[:, None, None]
    groups = np.arange(len(truth)) // 2 if grouped else None
    folds = np.stack([rng.permutation(np.arange(len(truth)) % 4) for _ in range(repeats)])
    return HeldOut(right, truth, folds + 1, groups)


def balanced(right: Array, truth: Array, rows: Array) -> float:
    """The mean over the classes of the share that is right, of rows that may occur several times."""
    classes = np.unique(truth)
    return float(
        np.mean([right[own].mean() if len(own := rows[truth[rows] == level]) else np.nan for level in classes])
    )


def by_hand(held: HeldOut, counts: Array) -> Array:
    """The algorithm of the paper, resample by resample: name on the drawn rows, and judge on the others."""
    values = []
    for count in counts.astype(int):
        inside, outside = np.repeat(np.arange(len(count)), count), np.flatnonzero(count == 0)
        in_folds = {
            (str(model), ""): np.array(
                [
                    balanced(right[repeat], held.truth, inside[folds[inside] == fold])
                    for repeat, folds in enumerate(held.folds)
                    for fold in np.unique(folds)
                ]
            )
            for model, right in enumerate(held.right.astype(float))
        }
        named = int(name_by_rule(in_folds, SHARE).named[0])
        values.append(balanced(held.right[named].mean(axis=0), held.truth, outside))
    return np.array(values)


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("sizes", [(16, 12), (9, 8, 11)])
def test_the_kernel_does_what_the_paper_says(sizes: tuple[int, ...], *, grouped: bool) -> None:
    held = drawn(3, sizes=sizes, grouped=grouped)
    found = correct_for_naming(held, SHARE, 60, 0.9, np.random.default_rng(5))
    values = by_hand(held, _draw(held, np.random.default_rng(5), 60))
    known = values[~np.isnan(values)]
    assert found.value == pytest.approx(known.mean(), rel=1e-12)
    np.testing.assert_allclose(found.interval, np.quantile(known, [0.05, 0.95]), rtol=1e-12)
    assert found.resamples == len(known)
    assert found.named.sum() == pytest.approx(1)


def test_groups_are_drawn_whole_and_every_class_stays() -> None:
    held = drawn(1, sizes=(9, 4), grouped=True)
    counts = _draw(held, np.random.default_rng(1), 200)
    assert held.groups is not None
    for group in np.unique(held.groups):
        assert (np.ptp(counts[:, held.groups == group], axis=1) == 0).all()
    assert ((counts > 0)[:, held.truth == 0].any(axis=1) & (counts > 0)[:, held.truth == 1].any(axis=1)).all()


def test_the_best_of_many_guesses_is_corrected_to_one_half() -> None:
    naive, corrected = [], []
    for seed in range(60):
        held = drawn(seed, models=12, repeats=1, sizes=(20, 20))
        held = held._replace(right=np.random.default_rng(seed).random(held.right.shape) < 0.5)
        naive.append(held.right.mean(axis=(1, 2)).max())
        corrected.append(correct_for_naming(held, SHARE, 200, 0.95, np.random.default_rng(seed)).value)
    error = np.std(corrected, ddof=1) / np.sqrt(len(corrected))
    assert np.mean(naive) > 0.6
    assert abs(np.mean(corrected) - 0.5) < 3 * error < 0.05


def test_a_model_that_is_always_right_needs_no_correction() -> None:
    held = drawn(2)
    held.right[4] = True
    found = correct_for_naming(held, SHARE, 100, 0.95, np.random.default_rng(1))
    assert (found.value, found.named[4]) == (1, 1)
    assert np.isnan(found.interval.low)


def test_a_class_of_one_group_cannot_be_left_out() -> None:
    held = drawn(2, sizes=(12, 2), grouped=True)
    found = correct_for_naming(held, SHARE, 50, 0.95, np.random.default_rng(1))
    assert np.isnan(found.value)
    assert found.resamples == 0
