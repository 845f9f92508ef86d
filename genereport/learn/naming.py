"""Name one of several models by a rule, and estimate its performance without the optimism of having been named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from genereport.stats.bootstrap import percentile_interval, resample_counts
from genereport.stats.intervals import Interval
from genereport.types import AnyArray, Array, Codes, Counts, Flags, Key


class Naming(NamedTuple):
    """The named model, the model with the highest mean, and the corrected standard error of that mean."""

    named: Key
    best: Key
    error: float


def name_by_rule(values: Mapping[Key, Array], test_share: float) -> Naming:
    """Name the first model within one corrected standard error of the best one.

    Args:
        values: Eligible model, in the order of preference → its balanced accuracy in every split, shape (J,); NaN in a
            split whose test part lacks a class, which is left out.
        test_share: n_test / n_train of a split.

    Returns:
        The named model, the best one, and the standard error.

    Example:
        The first model is as good as the best one, within its standard error of 0.05 · √(1/4 + 1/3).

        >>> simple, best = np.array([0.9, 0.8, 0.9, 0.8]), np.array([0.95, 0.85, 0.85, 0.85])
        >>> name_by_rule({("simple", "all"): simple, ("best", "all"): best}, test_share=1 / 3).named
        ('simple', 'all')
    """
    values = {key: part[~np.isnan(part)] for key, part in values.items()}
    means = {key: float(part.mean()) for key, part in values.items()}
    best = max(means, key=lambda key: means[key])
    splits = len(values[best])
    error = float(np.sqrt(values[best].var(ddof=1) * (1 / splits + test_share)))
    return Naming(next(key for key in values if means[key] >= means[best] - error), best, error)


class Corrected(NamedTuple):
    """A balanced accuracy that is corrected for the naming of the model.

    Attributes:
        value: Mean over the resamples; NaN if no resample leaves out samples of every class.
        interval: Percentile interval over the resamples.
        named: Share of the resamples in which each model is named, shape (models,).
        resamples: Number of resamples that count: those that leave out samples of every class.
    """

    value: float
    interval: Interval
    named: Array
    resamples: int


class HeldOut(NamedTuple):
    """Which held-out predictions of a repeated cross-validation are right.

    Attributes:
        right: Whether each model, in the order of preference, is right; shape (models, repeats, n).
        truth: Class of each sample, shape (n,).
        folds: Number of the fold that holds out each sample, shape (repeats, n).
        groups: Group of each sample, shape (n,), if some stay together; else None.
    """

    right: Flags
    truth: Codes
    folds: AnyArray
    groups: Codes | None = None


def correct_for_naming(
    held: HeldOut, test_share: float, resamples: int, confidence: float, rng: np.random.Generator
) -> Corrected:
    """Estimate the balanced accuracy of the model that the rule names, by bootstrap bias-corrected cross-validation.

    The samples are drawn with replacement, whole groups where samples stay together, and stratified by class. The rule
    names a model by the held-out predictions of the samples that were drawn, and the samples that were not drawn judge
    it. No model is fitted again.

    Source: Tsamardinos, Greasidou and Borboudakis (2018), Mach Learn 107:1895, their method for repeated
    cross-validation (BBC-CV with repeats), with the rule of `name_by_rule` in place of the highest mean.

    Args:
        held: The held-out predictions.
        test_share: n_test / n_train of a split.
        resamples: Number of resamples.
        confidence: Confidence level.
        rng: Source of the draws.

    Returns:
        The corrected estimate.

    Example:
        Twenty models guess. The best of them is right for 70 % of the samples, by luck alone.

        >>> rng = np.random.default_rng(1)
        >>> right, folds = rng.random((20, 1, 40)) < 0.5, np.tile(np.arange(5), 8)[None]
        >>> held = HeldOut(right, np.repeat([0, 1], 20), folds)
        >>> found = correct_for_naming(held, 0.25, resamples=1000, confidence=0.95, rng=rng)
        >>> print(right.mean(axis=2).max(), round(found.value, 1))
        0.7 0.5
    """
    counts = _draw(held, rng, resamples)
    chosen = _name_each(_means_in_folds(held, counts), test_share)
    judged = _recalls(held.right.mean(axis=1), held.truth, (counts == 0).astype(float)).mean(axis=0)
    values = judged[np.arange(resamples), chosen]
    known = ~np.isnan(values)
    models = len(held.right)
    if not known.any():
        return Corrected(float("nan"), percentile_interval(values, confidence), np.full(models, np.nan), 0)
    shares = np.bincount(chosen[known], minlength=models) / known.sum()
    return Corrected(float(values[known].mean()), percentile_interval(values, confidence), shares, int(known.sum()))


def _draw(held: HeldOut, rng: np.random.Generator, resamples: int) -> Array:
    """Draw how often each sample occurs in each resample, shape (resamples, n); groups are drawn whole."""
    if held.groups is None:
        return resample_counts(held.truth, rng, resamples)
    _, units = np.unique(held.groups, return_inverse=True)
    classes = np.zeros((units.max() + 1, held.truth.max() + 1), dtype=bool)
    classes[units, held.truth] = True
    _, strata = np.unique(classes, axis=0, return_inverse=True)  # a group may hold samples of several classes
    return resample_counts(strata.ravel(), rng, resamples)[:, units]


def _recalls(right: Array, truth: Codes, counts: Array) -> Array:
    """Return the recall of each class, shape (classes, resamples, models); NaN where no sample of the class counts.

    Args:
        right: Share of the predictions that are right, shape (models, n).
        truth: Class of each sample, shape (n,).
        counts: How often each sample counts, shape (resamples, n).
    """
    found = []
    for level in range(int(truth.max()) + 1):
        own = truth == level
        total = counts[:, own].sum(axis=1, keepdims=True)
        hits = counts[:, own] @ right[:, own].T
        found.append(np.divide(hits, total, out=np.full_like(hits, np.nan), where=total > 0))
    return np.stack(found)


def _means_in_folds(held: HeldOut, counts: Array) -> Array:
    """Return the balanced accuracy in every fold, shape (splits, resamples, models); NaN where a class is missing."""
    values = []
    for repeat, folds in enumerate(held.folds):
        for fold in np.unique(folds):
            own = folds == fold
            right, truth = held.right[:, repeat, own].astype(float), held.truth[own]
            recalls = np.full((int(held.truth.max()) + 1, len(counts), len(right)), np.nan)
            found = _recalls(right, truth, counts[:, own])
            recalls[: len(found)] = found
            values.append(recalls.mean(axis=0))
    return np.stack(values)


def _name_each(values: Array, test_share: float) -> Counts:
    """Return the position of the model that the rule names in each resample, shape (resamples,).

    Args:
        values: Balanced accuracies, shape (splits, resamples, models); NaN where a class is missing.
        test_share: n_test / n_train of a split.
    """
    known = ~np.isnan(values)
    splits = np.maximum(known.sum(axis=0), 1)
    means = np.where(known, values, 0).sum(axis=0) / splits
    best = means.argmax(axis=1)
    rows = np.arange(len(best))
    squares = (np.where(known, values - means, 0) ** 2).sum(axis=0)[rows, best]
    own = splits[rows, best]
    error = np.sqrt(squares / np.maximum(own - 1, 1) * (1 / own + test_share))
    return np.asarray((means >= (means[rows, best] - error)[:, None]).argmax(axis=1))
