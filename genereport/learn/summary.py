"""From predictions to estimates with intervals: cross-validated, and on an independent set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from genereport.learn.metrics import (
    METRICS,
    confusion,
    label_metrics,
    predicted_classes,
    score_metrics,
)
from genereport.stats.bootstrap import percentile_interval, resample_counts
from genereport.stats.intervals import (
    NOT_ESTIMABLE,
    Interval,
    corrected_resampled_t,
    mean_of_proportions,
    wilson,
)
from genereport.stats.roc import delong_interval

Matrix = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

POOLED = ("f1", "precision", "mcc")
"""Too coarse in a fold of a few samples: taken from each repeat's pooled predictions."""

PER_FOLD = tuple(name for name in METRICS if name not in POOLED)


class Estimate(NamedTuple):
    """A figure with its interval and how that was made."""

    value: float
    interval: Interval
    method: str


class Doubt(NamedTuple):
    """What the intervals are made with.

    Attributes:
        confidence: Confidence level.
        counts: Bootstrap counts, shape (resamples, n), the same for every model.
    """

    confidence: float
    counts: Matrix

    @classmethod
    def draw(cls, truth: Rows, confidence: float, resamples: int, rng: np.random.Generator) -> Doubt:
        """Resample the samples with classes `truth`, stratified."""
        return cls(confidence, resample_counts(truth, rng, resamples))


def fold_figures(truth: Rows, probabilities: Matrix) -> dict[str, float]:
    """`PER_FOLD` figures of one model on the held-out samples of one split."""
    counts = confusion(truth, predicted_classes(probabilities), probabilities.shape[1])
    figures = label_metrics(counts) | score_metrics(truth, probabilities)
    return {name: float(figures[name]) for name in PER_FOLD}


def cross_validated(
    by_fold: Mapping[str, Matrix], truth: Rows, pooled: Matrix, test_share: float, doubt: Doubt
) -> dict[str, Estimate]:
    """Estimates over the splits of a repeated cross-validation.

    Args:
        by_fold: `PER_FOLD` metric → one figure per split, shape (J,).
        truth: Class of each sample, shape (n,).
        pooled: Held-out probabilities of each repeat, shape (repeats, n, k).
        test_share: n_test / n_train of a split.
        doubt: For the intervals.
    """
    estimates = {
        name: _resampled(name, values, truth, pooled, test_share, doubt.confidence) for name, values in by_fold.items()
    }
    repeats = np.stack([_weighted_confusions(truth, part, doubt.counts) for part in pooled])
    resampled = label_metrics(repeats)
    exact = label_metrics(np.stack([_confusion_of(truth, part) for part in pooled]))
    for name in POOLED:
        interval = percentile_interval(resampled[name].mean(axis=0), doubt.confidence)
        estimates[name] = Estimate(float(exact[name].mean()), interval, _method("bootstrap", interval))
    return {name: estimates[name] for name in METRICS}


def _resampled(
    name: str, values: Matrix, truth: Rows, pooled: Matrix, test_share: float, confidence: float
) -> Estimate:
    test = corrected_resampled_t(values, test_share, confidence)
    if not np.isnan(test.low):
        most = 2.0 if name == "brier" and pooled.shape[-1] > 2 else 1.0
        clipped = Interval(max(0.0, test.low), min(most, test.high))
        return Estimate(test.difference, clipped, "Nadeau-Bengio")
    counts = np.mean([_confusion_of(truth, part) for part in pooled], axis=0)
    interval, method = _proportion_interval(name, counts, confidence)
    return Estimate(test.difference, interval, _method(f"not estimable over folds; pooled {method}", interval))


def on_independent_set(truth: Rows, probabilities: Matrix, doubt: Doubt) -> dict[str, Estimate]:
    """Estimates on samples that had no part in any choice: Wilson, DeLong, and the bootstrap for the rest.

    Args:
        truth: Class of each sample, shape (n,).
        probabilities: Predicted, shape (n, k).
        doubt: For the intervals.
    """
    counts = _confusion_of(truth, probabilities)
    values = label_metrics(counts) | score_metrics(truth, probabilities)
    resampled = label_metrics(_weighted_confusions(truth, probabilities, doubt.counts))
    resampled |= score_metrics(truth, probabilities, doubt.counts)
    return {
        name: Estimate(
            float(values[name]), *_independent_interval(name, truth, probabilities, counts, resampled, doubt)
        )
        for name in METRICS
    }


def _independent_interval(
    name: str, truth: Rows, probabilities: Matrix, counts: Matrix, resampled: Mapping[str, Matrix], doubt: Doubt
) -> tuple[Interval, str]:
    interval, method = _proportion_interval(name, counts, doubt.confidence)
    if method:
        return interval, method
    if name == "roc_auc" and len(counts) == 2:
        interval = delong_interval(probabilities[:, 1], truth == 1, doubt.confidence)
        return interval, _method("DeLong", interval)
    interval = percentile_interval(resampled[name], doubt.confidence)
    return interval, _method("bootstrap", interval)


def _proportion_interval(name: str, counts: Matrix, confidence: float) -> tuple[Interval, str]:
    """Interval and its name where the figure is a proportion of samples, or a mean of such; else neither."""
    hit, occurs = np.diagonal(counts), counts.sum(axis=1)
    binary = len(counts) == 2
    if name == "accuracy":
        return wilson(hit.sum(), int(occurs.sum()), confidence), "Wilson"
    if name == "balanced_accuracy" or (name == "recall" and not binary):
        return mean_of_proportions(hit, occurs, confidence), "Wilson-MOVER"
    if name in ("recall", "specificity") and binary:
        row = 1 if name == "recall" else 0
        return wilson(hit[row], int(occurs[row]), confidence), "Wilson"
    return NOT_ESTIMABLE, ""


def _confusion_of(truth: Rows, probabilities: Matrix) -> Matrix:
    return confusion(truth, predicted_classes(probabilities), probabilities.shape[1])


def _weighted_confusions(truth: Rows, probabilities: Matrix, counts: Matrix) -> Matrix:
    """Confusion matrix of every resample, shape (resamples, k, k)."""
    k = probabilities.shape[1]
    cells = np.eye(k**2)[truth * k + predicted_classes(probabilities)]
    return np.asarray((counts @ cells).reshape(len(counts), k, k))


def _method(name: str, interval: Interval) -> str:
    return "not estimable" if np.isnan(interval.low) else name
