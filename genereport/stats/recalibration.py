"""Intercept and slope of the logistic recalibration of predicted probabilities.

The slope b is that of logit P(y = 1) = a + b logit(p); it is 1 if the predictions are neither too extreme nor too
moderate. The intercept is that of the model with b = 1 (calibration in the large); it is 0 if they are right on average
(Cox 1958; Van Calster et al. 2016). Intervals are Wald intervals, by the sandwich estimator over groups if some samples
belong together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from genereport.stats.intervals import NOT_ESTIMABLE, Interval
from genereport.types import Array, Codes, Flags

FEWEST = 5
"""Smallest number of samples of either kind for an estimate."""

_STEPS, _CLOSE = 100, 1e-12


class Recalibration(NamedTuple):
    """Intercept and slope with intervals, NaN where not estimable, and the reason (a whole sentence, else empty)."""

    intercept: float
    intercept_interval: Interval
    slope: float
    slope_interval: Interval
    reason: str


def recalibration(
    probabilities: Array, positive: Flags, confidence: float = 0.95, groups: Codes | None = None
) -> Recalibration:
    """Estimate intercept and slope by maximum likelihood with Newton's method.

    Args:
        probabilities: Predicted probability that each sample is positive, shape (n,).
        positive: Whether each sample is positive, shape (n,).
        confidence: Confidence level of the intervals.
        groups: Group of each sample, such as its patient, shape (n,); None: all samples are independent. With groups
            the standard errors are those of the sandwich estimator (Huber 1967; Liang and Zeger 1986), without a
            correction for few groups.

    Returns:
        Intercept and slope with their intervals, and why any is not estimable.

    Example:
        The predictions are 0.1 and 0.9, but 2 of 8 and 6 of 8 samples are positive. They are right on average, and too
        extreme: the slope is logit(0.75) / logit(0.9).

        >>> positive = np.array([True] * 2 + [False] * 6 + [True] * 6 + [False] * 2)
        >>> found = recalibration(np.repeat([0.1, 0.9], 8), positive)
        >>> abs(round(found.intercept, 6)), round(found.slope, 6)
        (0.0, 0.5)
    """
    reason = _find_obstacle(probabilities, positive)
    nan = float("nan")
    if reason in (_EXTREME, _FEW):
        return Recalibration(nan, NOT_ESTIMABLE, nan, NOT_ESTIMABLE, reason)
    logits, y = special.logit(probabilities), positive.astype(float)
    ones = np.ones((len(y), 1))
    intercept, error = _fit_logistic(ones, logits, y, groups)
    large = float(intercept[0]), _wald(intercept[0], error[0], confidence)
    if reason:
        return Recalibration(*large, nan, NOT_ESTIMABLE, reason)
    both, errors = _fit_logistic(np.column_stack([ones[:, 0], logits]), np.zeros(len(y)), y, groups)
    return Recalibration(*large, float(both[1]), _wald(both[1], errors[1], confidence), "")


_FEW = "There are too few samples of a class."
_EXTREME = "A probability is exactly 0 or 1, and its logit infinite."
_SEPARATED = "The probabilities separate the classes without an error, so the slope has no finite estimate."
_CONSTANT = "The probabilities are all the same, so there is no slope."


def _find_obstacle(probabilities: Array, positive: Flags) -> str:
    above, below = probabilities[positive], probabilities[~positive]
    if min(len(above), len(below)) < FEWEST:
        return _FEW
    if not ((probabilities > 0) & (probabilities < 1)).all():
        return _EXTREME
    if np.ptp(probabilities) <= _CLOSE:
        return _CONSTANT
    return _SEPARATED if above.min() >= below.max() or above.max() <= below.min() else ""


def _fit_logistic(design: Array, offset: Array, y: Array, groups: Codes | None) -> tuple[Array, Array]:
    """Fit a logistic regression for coefficients and standard errors; steps are halved until the likelihood rises."""
    beta = np.zeros(design.shape[1])
    if design.shape[1] == 2:
        beta[1] = 1.0
    for _ in range(_STEPS):
        p = special.expit(design @ beta + offset)
        information = (design * (p * (1 - p))[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ (y - p))
        while _likelihood(design @ (beta + step) + offset, y) < _likelihood(design @ beta + offset, y) - _CLOSE:
            step = step / 2
        beta = beta + step
        if np.abs(step).max() < _CLOSE:
            break
    p = special.expit(design @ beta + offset)
    covariance = np.linalg.inv((design * (p * (1 - p))[:, None]).T @ design)
    if groups is not None:
        scores = np.zeros((groups.max() + 1, design.shape[1]))
        np.add.at(scores, groups, design * (y - p)[:, None])
        covariance = covariance @ scores.T @ scores @ covariance
    return beta, np.sqrt(np.diagonal(covariance))


def _likelihood(scores: Array, y: Array) -> float:
    return float((y * scores - np.logaddexp(0, scores)).sum())


def _wald(value: float, error: float, confidence: float) -> Interval:
    half = float(special.ndtri((1 + confidence) / 2)) * float(error)
    return Interval(float(value) - half, float(value) + half)
