"""Estimates of the metrics with intervals from predictions: cross-validated, and on an independent set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from genereport.learn.metrics import (
    LABEL_METRICS,
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
    by_recalls,
    corrected_resampled_t,
    mean_of_proportions,
    wilson,
)
from genereport.stats.roc import delong_interval
from genereport.types import Array, Codes

POOLED = ("f1", "precision", "mcc")
"""Metrics that are too coarse in a fold of a few samples; they are taken from each repeat's pooled predictions."""

PER_FOLD = tuple(name for name in METRICS if name not in POOLED)

_EPSILON = 1e-4  # share of a fold's counts by which the pooled counts are changed to differentiate a metric


class Estimate(NamedTuple):
    """A metric with its interval and the method of the interval."""

    value: float
    interval: Interval
    method: str


class IntervalConfig(NamedTuple):
    """Confidence level and bootstrap resamples of the intervals.

    Attributes:
        confidence: Confidence level.
        counts: Bootstrap counts, shape (resamples, n), the same for every model.
    """

    confidence: float
    counts: Array

    @classmethod
    def draw(cls, truth: Codes, confidence: float, resamples: int, rng: np.random.Generator) -> IntervalConfig:
        """Resample the samples for the bootstrap, stratified by class.

        Args:
            truth: Class of each sample, shape (n,).
            confidence: Confidence level of the intervals.
            resamples: Number of resamples.
            rng: Source of the draws.

        Example:
            >>> truth = np.array([0, 0, 0, 1, 1])
            >>> IntervalConfig.draw(truth, 0.95, resamples=100, rng=np.random.default_rng(1)).counts.shape
            (100, 5)
        """
        return cls(confidence, resample_counts(truth, rng, resamples))


def fold_figures(truth: Codes, probabilities: Array) -> dict[str, float]:
    """Compute the `PER_FOLD` metrics of one model on the held-out samples of one split.

    Args:
        truth: Class of each held-out sample, shape (n,).
        probabilities: Class probabilities, shape (n, k).

    Returns:
        Metric → value.

    Example:
        >>> target = np.array([0.1, 0.6, 0.7, 0.8])
        >>> found = fold_figures(np.array([0, 0, 1, 1]), np.column_stack([1 - target, target]))
        >>> {name: found[name] for name in ("balanced_accuracy", "roc_auc")}
        {'balanced_accuracy': 0.75, 'roc_auc': 1.0}
    """
    figures = label_metrics(counted(truth, probabilities)) | score_metrics(truth, probabilities)
    return {name: float(figures[name]) for name in PER_FOLD}


def counted(truth: Codes, probabilities: Array) -> Array:
    """Return the confusion matrix of one model on the held-out samples of one split.

    Args:
        truth: Class of each held-out sample, shape (n,).
        probabilities: Class probabilities, shape (n, k).

    Returns:
        Counts by true class (rows) and most probable class (columns), shape (k, k).

    Example:
        >>> target = np.array([0.1, 0.6, 0.7, 0.8])
        >>> print(counted(np.array([0, 0, 1, 1]), np.column_stack([1 - target, target])))
        [[1. 1.]
         [0. 2.]]
    """
    return confusion(truth, predicted_classes(probabilities), probabilities.shape[1])


def cross_validated(
    by_fold: Mapping[str, Array], counts: Array, test_share: float, confidence: float
) -> dict[str, Estimate]:
    """Estimate all metrics over the splits of a repeated cross-validation, with intervals of one kind.

    Args:
        by_fold: `PER_FOLD` metric → one value per split, repeat by repeat, shape (repeats × folds,).
        counts: Confusion matrix of every split, shape (repeats, folds, k, k).
        test_share: n_test / n_train of a split.
        confidence: Confidence level.

    Returns:
        Metric → its mean over the splits, with interval.

    Example:
        Four folds, in one of which a target sample is missed: the mean balanced accuracy is (3 · 1 + 0.75) / 4.

        >>> counts = np.array([[[[4.0, 0], [0, 2]], [[4, 0], [1, 1]], [[4, 0], [0, 2]], [[4, 0], [0, 2]]]])
        >>> by_fold = {name: values[0] for name, values in label_metrics(counts).items() if name in PER_FOLD}
        >>> by_fold |= {"roc_auc": np.ones(4), "average_precision": np.ones(4), "brier": np.full(4, 0.1)}
        >>> found = cross_validated(by_fold, counts, test_share=1 / 3, confidence=0.95)["balanced_accuracy"]
        >>> round(found.value, 4), round(found.interval.low, 3), found.method
        (0.9375, 0.634, 'Nadeau-Bengio')
    """
    values = {name: by_fold[name] if name in by_fold else linearised(name, counts).ravel() for name in METRICS}
    pooled = counts.sum(axis=1).mean(axis=0)
    return {name: over_folds(name, figures, pooled, test_share, confidence) for name, figures in values.items()}


def linearised(name: str, counts: Array) -> Array:
    """Return a value per fold of a metric that is taken from the pooled predictions of a repeat.

    The metric is a smooth function of the pooled counts, which are sums over the folds. Each fold gets the pooled
    metric plus the number of folds times the metric's derivative in the direction of the fold's counts. The mean of
    these values is the pooled metric. For balanced accuracy, and folds with equally many samples of a class, they are
    the metrics of the folds themselves. Source: the infinitesimal jackknife (Efron 1982, The jackknife, the bootstrap
    and other resampling plans, chapter 6).

    Args:
        name: One of `LABEL_METRICS`.
        counts: Confusion matrix of every split, shape (repeats, folds, k, k).

    Returns:
        The values, shape (repeats, folds).

    Example:
        >>> counts = np.array([[[[4.0, 0.0], [0.0, 2.0]], [[4.0, 0.0], [1.0, 1.0]]]])
        >>> print(linearised("balanced_accuracy", counts).round(4), linearised("f1", counts).round(4))
        [[1.   0.75]] [[1.0204 0.6939]]
    """
    pooled = counts.sum(axis=1, keepdims=True)
    ahead, behind = (label_metrics(pooled + sign * _EPSILON * counts)[name] for sign in (1, -1))
    return np.asarray(label_metrics(pooled)[name] + counts.shape[1] * (ahead - behind) / (2 * _EPSILON))


def over_folds(name: str, values: Array, pooled: Array, test_share: float, confidence: float) -> Estimate:
    """Return the mean over the splits with Nadeau and Bengio's interval, or Wilson's of the pooled counts if wider.

    The corrected variance includes the variation of both the held-out and the training samples, so its interval should
    not be narrower than one that includes only the former. With few folds it may be, because they may agree by chance.

    Args:
        name: Metric.
        values: One value per split, shape (J,).
        pooled: Confusion matrix of a repeat, the mean over the repeats, shape (k, k).
        test_share: n_test / n_train of a split.
        confidence: Confidence level.

    Returns:
        The mean, the interval, and how the interval was made.

    Example:
        The folds agree by chance, so the interval of the pooled counts is wider.

        >>> pooled = np.array([[18.0, 2.0], [1.0, 9.0]])
        >>> found = over_folds("accuracy", np.array([0.9, 0.9, 0.9, 0.899, 0.901]), pooled, 0.25, 0.95)
        >>> round(found.value, 3), round(found.interval.low, 3), found.method
        (0.9, 0.744, 'narrower over folds; pooled Wilson')
    """
    test = corrected_resampled_t(values, test_share, confidence)
    interval = _clip_to_range(Interval(test.low, test.high), name, len(pooled))
    wilson, method = _counted_interval(name, pooled, confidence)
    if np.isnan(interval.low):
        return Estimate(test.difference, wilson, _method_name(f"not estimable over folds; pooled {method}", wilson))
    if wilson.high - wilson.low > interval.high - interval.low:
        return Estimate(test.difference, wilson, f"narrower over folds; pooled {method}")
    return Estimate(test.difference, interval, "Nadeau-Bengio")


def on_independent_set(truth: Codes, probabilities: Array, config: IntervalConfig) -> dict[str, Estimate]:
    """Estimate all metrics on samples that had no part in any choice: Wilson, DeLong, and the bootstrap for the rest.

    Args:
        truth: Class of each sample, shape (n,).
        probabilities: Predicted, shape (n, k).
        config: How the intervals are made.

    Returns:
        Metric → its value with interval.

    Example:
        >>> truth, target = np.array([0, 0, 0, 1, 1, 1]), np.array([0.1, 0.2, 0.6, 0.4, 0.8, 0.9])
        >>> config = IntervalConfig.draw(truth, 0.95, resamples=200, rng=np.random.default_rng(1))
        >>> found = on_independent_set(truth, np.column_stack([1 - target, target]), config)
        >>> {name: (round(found[name].value, 3), found[name].method) for name in ("accuracy", "roc_auc", "brier")}
        {'accuracy': (0.667, 'Wilson'), 'roc_auc': (0.889, 'DeLong'), 'brier': (0.137, 'bootstrap')}
    """
    counts = counted(truth, probabilities)
    values = label_metrics(counts) | score_metrics(truth, probabilities)
    resampled = label_metrics(_weighted_confusions(truth, probabilities, config.counts))
    resampled |= score_metrics(truth, probabilities, config.counts)
    return {
        name: Estimate(
            float(values[name]), *_independent_interval(name, truth, probabilities, counts, resampled, config)
        )
        for name in METRICS
    }


def _independent_interval(
    name: str,
    truth: Codes,
    probabilities: Array,
    counts: Array,
    resampled: Mapping[str, Array],
    config: IntervalConfig,
) -> tuple[Interval, str]:
    interval, method = _proportion_interval(name, counts, config.confidence)
    if method:
        return interval, method
    if name == "roc_auc" and len(counts) == 2:
        interval = delong_interval(probabilities[:, 1], truth == 1, config.confidence)
        return interval, _method_name("DeLong", interval)
    interval = percentile_interval(resampled[name], config.confidence)
    if np.isnan(interval.low) and name in LABEL_METRICS:
        interval, method = _counted_interval(name, counts, config.confidence)
        return interval, _method_name(f"not estimable by the bootstrap; {method}", interval)
    return interval, _method_name("bootstrap", interval)


def _counted_interval(name: str, counts: Array, confidence: float) -> tuple[Interval, str]:
    """Return an interval based on Wilson's and its name for a metric of the labels; else neither."""
    interval, method = _proportion_interval(name, counts, confidence)
    if method or name not in LABEL_METRICS:
        return interval, method
    return _clip_to_range(
        by_recalls(lambda moved: label_metrics(moved)[name], counts, confidence), name
    ), "Wilson-MOVER"


def _clip_to_range(interval: Interval, name: str, classes: int = 2) -> Interval:
    """Clip an interval to the range of the metric."""
    least, most = -1.0 if name == "mcc" else 0.0, 2.0 if name == "brier" and classes > 2 else 1.0
    return Interval(*np.clip(interval, least, most).tolist())


def _proportion_interval(name: str, counts: Array, confidence: float) -> tuple[Interval, str]:
    """Return the interval and its name where the metric is a proportion of samples, or a mean of such; else neither."""
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


def _weighted_confusions(truth: Codes, probabilities: Array, counts: Array) -> Array:
    """Return the confusion matrix of every resample, shape (resamples, k, k)."""
    k = probabilities.shape[1]
    cells = np.eye(k**2)[truth * k + predicted_classes(probabilities)]
    return np.asarray((counts @ cells).reshape(len(counts), k, k))


def _method_name(name: str, interval: Interval) -> str:
    return "not estimable" if np.isnan(interval.low) else name
