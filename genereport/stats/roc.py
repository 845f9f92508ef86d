"""The ROC curve, its area, and DeLong's interval for it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special, stats

from genereport.stats.intervals import NOT_ESTIMABLE, Interval
from genereport.types import Array, Flags


class Curve(NamedTuple):
    """Operating points from (0, 0) to (1, 1), by decreasing threshold."""

    fpr: Array
    tpr: Array


def roc_curve(scores: Array, positive: Flags) -> Curve:
    """Return the empirical ROC curve; tied scores are one operating point, joined by a straight line.

    Args:
        scores: Higher means more likely positive, shape (n,).
        positive: Whether each sample is positive, shape (n,), with at least one of either kind.

    Returns:
        Shares of the negatives and of the positives at or above each threshold, from 0 to 1.

    Example:
        >>> curve = roc_curve(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
        >>> print(curve.fpr, curve.tpr)
        [0.  0.  0.5 0.5 1. ] [0.  0.5 0.5 1.  1. ]
    """
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    last = np.r_[np.flatnonzero(falling[1:] != falling[:-1]), len(scores) - 1]
    true = np.cumsum(positive[order])[last]
    false = 1 + last - true
    return Curve(np.r_[0.0, false / false[-1]], np.r_[0.0, true / true[-1]])


def precision_at_recall(scores: Array, positive: Flags) -> Array:
    """Return the precision at the recalls 1/m, 2/m … 1 of m positives; its mean is the average precision.

    Args:
        scores: Higher means more likely positive, shape (n,).
        positive: Whether each sample is positive, shape (n,); at least one is.

    Returns:
        Precisions, shape (m,).

    Example:
        To find the second positive, three samples must be called positive.

        >>> print(precision_at_recall(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])).round(3))
        [1.    0.667]
    """
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    last = np.r_[np.flatnonzero(falling[1:] != falling[:-1]), len(scores) - 1]
    true = np.cumsum(positive[order])[last]
    first = np.searchsorted(true, np.arange(1, true[-1] + 1))
    return np.asarray(true[first] / (last[first] + 1))


def auc(scores: Array, positive: Flags) -> float:
    """Return the area under the ROC curve, with ties counting half; NaN if only one kind of sample is present.

    Args:
        scores: Higher means more likely positive, shape (n,).
        positive: Whether each sample is positive, shape (n,).

    Example:
        The positive sample has the higher score in three of four pairs.

        >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
        0.75
    """
    n_pos = int(positive.sum())
    n_neg = len(positive) - n_pos
    if n_pos == 0 or n_neg == 0:
        return float("nan")
    ranks = stats.rankdata(scores)
    return float((ranks[positive].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))


def delong_interval(scores: Array, positive: Flags, confidence: float = 0.95) -> Interval:
    """Return DeLong's interval for the area (DeLong 1988; midranks as Sun and Xu 2014), as pROC's ``ci.auc``.

    Args:
        scores: Higher means more likely positive, shape (n,).
        positive: Whether each sample is positive, shape (n,).
        confidence: Confidence level.

    Returns:
        The limits, between 0 and 1. They are not estimable when either kind has fewer than two samples or the
        placements do not vary (a perfect separation).

    Example:
        The area is 8/9; both placements have a variance of 1/27, and the standard error is √(2/81) = 0.157.

        >>> scores = np.array([1.0, 2.0, 4.0, 3.0, 5.0, 6.0])
        >>> low, high = delong_interval(scores, np.array([False, False, False, True, True, True]))
        >>> round(low, 3), round(high, 3)
        (0.581, 1.0)
    """
    above, below = placements(scores, positive)
    if len(above) < 2 or len(below) < 2:
        return NOT_ESTIMABLE
    variance = above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below)
    if variance <= 1e-24:
        return NOT_ESTIMABLE
    half = float(special.ndtri((1 + confidence) / 2) * np.sqrt(variance))
    area = float(above.mean())
    return Interval(max(0.0, area - half), min(1.0, area + half))


def placements(scores: Array, positive: Flags) -> tuple[Array, Array]:
    """Return the placements of all samples, the parts of which the area under the ROC curve is the mean.

    Args:
        scores: Higher means more likely positive, shape (n,).
        positive: Whether each sample is positive, shape (n,).

    Returns:
        The share of negatives below each positive, and of positives above each negative; ties count half.

    Example:
        >>> above, below = placements(np.array([1.0, 2.0, 4.0, 3.0, 5.0]), np.array([False, False, False, True, True]))
        >>> print(above.round(3), below.round(3))
        [0.667 1.   ] [1.  1.  0.5]
    """
    ranks = stats.rankdata(scores)
    n_pos, n_neg = int(positive.sum()), int((~positive).sum())
    above = (ranks[positive] - stats.rankdata(scores[positive])) / max(n_neg, 1)
    below = 1 - (ranks[~positive] - stats.rankdata(scores[~positive])) / max(n_pos, 1)
    return above, below
