"""Decision curves: the net benefit of acting on a predicted probability (Vickers and Elkin 2006)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.stats.intervals import wilson
from genereport.types import Array, Flags

_CLOSE = 1e-12  # rounding of the net benefit


class DecisionCurve(NamedTuple):
    """Net benefit at each threshold, shape (m,) each; that of acting on no sample is 0.

    Attributes:
        net_benefit: Of acting on the samples whose probability reaches the threshold.
        low: Lower limit of its interval.
        high: Upper limit.
        all: Of acting on every sample.
    """

    net_benefit: Array
    low: Array
    high: Array
    all: Array


def decision_curve(probabilities: Array, positive: Flags, thresholds: Array, confidence: float = 0.95) -> DecisionCurve:
    """Compute net benefit, in true positives per sample, for thresholds of the predicted probability.

    At the threshold t it is the share of true positives minus t / (1 − t) times the share of false positives (Vickers
    and Elkin 2006). Its interval combines Wilson's limits of the true-positive and of the false-positive rate by the
    method of variance estimates recovery (Zou, Huang and Zhang 2009). The share of positive samples is taken as it is,
    so the interval holds for samples with this composition; its width is never 0.

    Args:
        probabilities: Predicted probability that each sample is positive, shape (n,).
        positive: Whether each sample is positive, shape (n,), with at least one of either kind.
        thresholds: Probabilities from which a sample is acted on, above 0 and below 1, shape (m,).
        confidence: Confidence level of the intervals.

    Returns:
        Net benefit with its interval, and that of acting on every sample.

    Example:
        At 0.25 two of four samples are true positives and one is a false positive: 2/4 − (1/3) · 1/4.

        >>> p, positive = np.array([0.1, 0.3, 0.6, 0.9]), np.array([False, False, True, True])
        >>> found = decision_curve(p, positive, np.array([0.25, 0.5]))
        >>> print(found.net_benefit.round(3), found.all.round(3))
        [0.417 0.5  ] [0.333 0.   ]
    """
    acted = probabilities >= thresholds[:, None]
    share, odds = positive.mean(), thresholds / (1 - thresholds)
    found, false = acted[:, positive], acted[:, ~positive]
    benefit, benefit_below, benefit_above = _scaled_rate(found, np.full(len(thresholds), share), confidence)
    harm, harm_below, harm_above = _scaled_rate(false, (1 - share) * odds, confidence)
    net = benefit - harm
    return DecisionCurve(
        net,
        net - np.hypot(benefit_below, harm_above),
        net + np.hypot(benefit_above, harm_below),
        share - (1 - share) * odds,
    )


def _scaled_rate(acted: Flags, weights: Array, confidence: float) -> tuple[Array, Array, Array]:
    """Return the share of the samples that are acted on, and its distances from Wilson's limits, times the weights."""
    hits, size = acted.sum(axis=1), acted.shape[1]
    different, places = np.unique(hits, return_inverse=True)
    limits = np.array([wilson(int(each), size, confidence) for each in different])[places]
    rate = hits / size
    return weights * rate, weights * (rate - limits[:, 0]), weights * (limits[:, 1] - rate)


def longest_run(thresholds: Array, net_benefit: Array, of_all: Array) -> tuple[float, float]:
    """Return the ends of the longest range of thresholds where the net benefit exceeds that of acting on all and none.

    Args:
        thresholds: Thresholds, rising, shape (m,).
        net_benefit: Net benefit at each, shape (m,).
        of_all: Net benefit of acting on every sample, shape (m,).

    Returns:
        First and last threshold of the range, of equally long ones the first; NaN if there is none.

    Example:
        Acting on every sample is as good at 0.1, and acting on none at 0.9.

        >>> thresholds = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
        >>> longest_run(thresholds, np.array([0.4, 0.4, 0.3, 0.2, 0.0]), np.array([0.4, 0.3, 0.0, -1.0, -4.0]))
        (0.3, 0.7)
    """
    better = net_benefit > np.maximum(of_all, 0) + _CLOSE
    edges = np.flatnonzero(np.diff(np.r_[False, better, False]))
    starts, ends = edges[::2], edges[1::2] - 1
    if not len(starts):
        return float("nan"), float("nan")
    longest = int(np.argmax(ends - starts))
    return float(thresholds[starts[longest]]), float(thresholds[ends[longest]])
