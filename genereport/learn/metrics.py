"""Performance metrics from predictions; leading axes of arrays are vectorised.

With two classes precision, recall, F1 and specificity refer to the target, class 1. With more classes they are macro
averages, and areas are averaged one-vs-rest.
"""

from __future__ import annotations

import numpy as np

from genereport.types import Array, Codes, Flags

LABEL_METRICS = ("accuracy", "balanced_accuracy", "f1", "precision", "recall", "specificity", "mcc")
SCORE_METRICS = ("roc_auc", "average_precision", "brier")
METRICS = LABEL_METRICS + SCORE_METRICS
PRIMARY = "balanced_accuracy"


def confusion(truth: Codes, predicted: Codes, classes: int) -> Array:
    """Return the confusion matrix.

    Args:
        truth: Class of each sample, 0 … classes − 1, shape (n,).
        predicted: Predicted class of each sample, shape (n,).
        classes: Number of classes.

    Returns:
        Counts by true class (rows) and predicted class (columns), shape (classes, classes).

    Example:
        >>> print(confusion(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1]), classes=2))
        [[2. 1.]
         [0. 2.]]
    """
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes).astype(float)


def label_metrics(counts: Array) -> dict[str, Array]:
    """Compute `LABEL_METRICS` from confusion matrices.

    Args:
        counts: Counts by true class (rows) and predicted class (columns), shape (…, k, k).

    Returns:
        Metric → values, shape (…). Precision is NaN where a class is never predicted, recall where it never occurs;
        MCC is 0 where it is undefined.

    Example:
        Of three reference samples two are recognised, of two target samples both: (2/3 + 1) / 2 = 0.833.

        >>> found = label_metrics(np.array([[2.0, 1.0], [0.0, 2.0]]))
        >>> {name: round(float(found[name]), 3) for name in ("balanced_accuracy", "precision", "recall", "mcc")}
        {'balanced_accuracy': 0.833, 'precision': 0.667, 'recall': 1.0, 'mcc': 0.667}
    """
    hit = np.diagonal(counts, axis1=-2, axis2=-1)
    occurs, predicted = counts.sum(axis=-1), counts.sum(axis=-2)
    total = occurs.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        recall, precision = hit / occurs, hit / predicted
        f1 = 2 * hit / (occurs + predicted)
        specificity = 1 - (predicted - hit) / (total[..., None] - occurs)
        accuracy = hit.sum(axis=-1) / total
    per_class = {"f1": f1, "precision": precision, "recall": recall, "specificity": specificity}
    return {
        "accuracy": accuracy,
        "balanced_accuracy": recall.mean(axis=-1),
        **{name: _for_target(values) for name, values in per_class.items()},
        "mcc": _matthews(hit, occurs, predicted, total),
    }


def _for_target(per_class: Array) -> Array:
    return per_class[..., 1] if per_class.shape[-1] == 2 else per_class.mean(axis=-1)


def _matthews(hit: Array, occurs: Array, predicted: Array, total: Array) -> Array:
    """Return Matthews' correlation for any number of classes (Gorodkin 2004)."""
    covariance = hit.sum(axis=-1) * total - (occurs * predicted).sum(axis=-1)
    spread = (total**2 - (predicted**2).sum(axis=-1)) * (total**2 - (occurs**2).sum(axis=-1))
    return np.where(spread > 0, covariance / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)


def score_metrics(truth: Codes, probabilities: Array, counts: Array | None = None) -> dict[str, Array]:
    """Compute `SCORE_METRICS` from class probabilities.

    Args:
        truth: Class of each sample, shape (n,).
        probabilities: Class probabilities, shape (n, k).
        counts: How often each sample counts, shape (…, n), e.g. in bootstrap resamples; default once.

    Returns:
        Metric → values, shape (…); areas are NaN where a class does not occur.

    Example:
        The target has the higher probability in three of four pairs.

        >>> target = np.array([0.1, 0.4, 0.3, 0.8])
        >>> found = score_metrics(np.array([0, 0, 1, 1]), np.column_stack([1 - target, target]))
        >>> {name: round(float(value), 3) for name, value in found.items()}
        {'roc_auc': 0.75, 'average_precision': 0.833, 'brier': 0.175}
    """
    weights = np.ones(len(truth)) if counts is None else counts
    truths = one_vs_rest(truth, probabilities.shape[1])
    scores = probabilities[:, 1:] if probabilities.shape[1] == 2 else probabilities
    areas = [_areas(score, positive, weights) for score, positive in zip(scores.T, truths.T, strict=True)]
    return {
        "roc_auc": np.mean([roc for roc, _ in areas], axis=0),
        "average_precision": np.mean([precision for _, precision in areas], axis=0),
        "brier": weights @ squared_errors(truth, probabilities) / weights.sum(axis=-1),
    }


def _areas(scores: Array, positive: Flags, weights: Array) -> tuple[Array, Array]:
    """Return area under the ROC curve and average precision, ties taken together; NaN where either kind is missing."""
    order = np.argsort(-scores, kind="stable")
    last = np.r_[np.flatnonzero(np.diff(scores[order])), len(scores) - 1]
    weights = weights[..., order]
    found = (weights * positive[order]).cumsum(axis=-1)[..., last]
    missed = (weights * ~positive[order]).cumsum(axis=-1)[..., last]
    step = np.diff(found, axis=-1, prepend=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        above = (np.diff(missed, axis=-1, prepend=0) * (found - step / 2)).sum(axis=-1)
        roc = above / (found[..., -1] * missed[..., -1])
        precision = np.where(step > 0, step * found / (found + missed), 0.0).sum(axis=-1) / found[..., -1]
    return roc, precision


def one_vs_rest(truth: Codes, classes: int) -> Flags:
    """Return whether each sample is of each class.

    Args:
        truth: Class of each sample, shape (n,).
        classes: Number of classes, k.

    Returns:
        Indicators, shape (n, k); with two classes of the target only, shape (n, 1).

    Example:
        >>> print(one_vs_rest(np.array([0, 2, 1]), classes=3).astype(int))
        [[1 0 0]
         [0 0 1]
         [0 1 0]]
    """
    levels = np.array([1]) if classes == 2 else np.arange(classes)
    return np.asarray(truth[:, None] == levels)


def squared_errors(truth: Codes, probabilities: Array) -> Array:
    """Return each sample's contribution to the Brier score: of the target if there are two classes, else of all.

    Args:
        truth: Class of each sample, shape (n,).
        probabilities: Class probabilities, shape (n, k).

    Returns:
        Squared errors, shape (n,); their mean is the Brier score.

    Example:
        >>> print(squared_errors(np.array([0, 1]), np.array([[0.9, 0.1], [0.5, 0.5]])))
        [0.01 0.25]
    """
    if probabilities.shape[1] == 2:
        return np.asarray((probabilities[:, 1] - truth) ** 2)
    return np.asarray(((probabilities - np.eye(probabilities.shape[1])[truth]) ** 2).sum(axis=1))


def predicted_classes(probabilities: Array) -> Codes:
    """Return the most probable class; at a tie the first, hence the reference at exactly one half.

    Args:
        probabilities: Class probabilities, shape (…, k).

    Returns:
        Classes, shape (…).

    Example:
        >>> predicted_classes(np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]))
        array([0, 0, 1])
    """
    return np.asarray(probabilities.argmax(axis=-1))
