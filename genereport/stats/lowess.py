"""Robust locally weighted regression (Cleveland 1979), with the choices of R's ``lowess``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.types import Array

_NEAR, _FAR = 0.001, 0.999  # below this share of the bandwidth a weight is 1, above that one it is 0
_NARROW = 0.001  # share of the range of x; where neighbours scatter less, their mean is the fit
_BANDWIDTHS = 6.0  # bandwidth of the robustness weights, in median absolute residuals
_EXACT = 1e-7  # share of the mean absolute residual; a smaller bandwidth ends the iterations
_ROUNDING = 100 * float(np.finfo(float).eps)  # share of the largest |y|; smaller residuals are rounding
_STEP = 0.01  # share of the range of x, default of `delta`


class Line(NamedTuple):
    """A fitted curve: `x` sorted, and the fit there, shape (n,) each."""

    x: Array
    y: Array


class _Anchor(NamedTuple):
    """A point at which the regression is computed.

    Attributes:
        position: Its index among the sorted points.
        near: Its neighbours.
        kernel: Their tricube weights.
        away: Their distances from it, with sign.
        spread: The standard deviation of their places must be above this for a slope.
    """

    position: int
    near: slice
    kernel: Array
    away: Array
    spread: float


def lowess(x: Array, y: Array, *, span: float = 2 / 3, iterations: int = 3, delta: float | None = None) -> Line:
    """Fit a curve by robust locally weighted linear regression, as R's ``lowess``.

    A straight line is fitted around each point, to the nearest share `span` of the points, with weights that fall
    with the distance. All fits are repeated with less weight for points with large residuals. To save time, a line is
    fitted only at points about `delta` apart; the curve is straight between them.

    Where the first curve passes through at least half of the points, the fits are not repeated. R repeats them if the
    residuals are not exactly 0, and its curve then depends on rounding.

    Args:
        x: Places, shape (n,).
        y: Values, shape (n,).
        span: Share of the points that each line is fitted to.
        iterations: How often the fits are repeated with robustness weights.
        delta: Distance of the points at which a line is fitted, in units of x; None: 1 % of the range of x.

    Returns:
        The sorted places and the curve there; points with equal places have equal fits.

    Raises:
        ValueError: if there are no points, or one is not finite.

    Source: Cleveland (1979), Journal of the American Statistical Association 74:829.

    >>> line = lowess(np.array([3.0, 1.0, 2.0, 4.0, 5.0]), np.array([6.0, 2.0, 4.0, 8.0, 10.0]))
    >>> line.x.tolist(), line.y.round(6).tolist()
    ([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 4.0, 6.0, 8.0, 10.0])
    """
    if not len(x) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("lowess needs points, all of them finite")
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    if len(x) == 1:
        return Line(x, y)
    anchors = _anchors(x, span, _STEP * float(x[-1] - x[0]) if delta is None else delta)
    places = x[[anchor.position for anchor in anchors]]
    robustness, rounding = np.ones(len(x)), _ROUNDING * float(np.abs(y).max())
    for repeat in range(iterations + 1):
        line = np.interp(x, places, [_local_fit(anchor, y, robustness) for anchor in anchors])
        if repeat == iterations:
            break
        residual = np.abs(y - line)
        bandwidth = _BANDWIDTHS * float(np.median(residual))
        if bandwidth < max(_EXACT * residual.mean(), rounding):
            break
        robustness = _falling(residual, bandwidth, 2)
    return Line(x, line)


def _anchors(x: Array, span: float, delta: float) -> list[_Anchor]:
    """Choose the points at which lines are fitted, and their neighbours, for sorted places."""
    count = len(x)
    width = max(min(int(span * count + 1e-7), count), 2)
    narrow = _NARROW * float(x[-1] - x[0])
    anchors, start, position = [], 0, 0
    while position < count:
        start = _start_of_neighbours(x, float(x[position]), start, width)
        after_ties = int(np.searchsorted(x, x[position], side="right"))
        near = slice(start, max(start + width, after_ties))
        away = x[near] - x[position]
        distance = np.abs(away)
        kernel = _falling(distance, float(distance.max()), 3)
        anchors.append(_Anchor(position, near, kernel, away, narrow))
        if after_ties >= count:
            break
        # The next one is the last within `delta`, or the next place if none is.
        position = max(after_ties, int(np.searchsorted(x, x[position] + delta, side="right")) - 1)
    return anchors


def _start_of_neighbours(x: Array, place: float, start: int, width: int) -> int:
    """Move a window of neighbours to the right as long as the point that it gains is nearer than the one it loses."""
    last = len(x) - width
    nearer = x[start + width :] - place < place - x[start:last]
    stays = np.flatnonzero(~nearer)
    return start + int(stays[0]) if len(stays) else last


def _falling(distance: Array, bandwidth: float, power: int) -> Array:
    """Return (1 − (d/h)^k)^k: Tukey's biweight for power 2, tricube for 3; 1 close by, 0 at the bandwidth."""
    if bandwidth == 0:
        return np.where(distance == 0, 1.0, 0.0)
    weight = (1 - (distance / bandwidth) ** power) ** power
    return np.where(distance <= _NEAR * bandwidth, 1.0, np.where(distance <= _FAR * bandwidth, weight, 0.0))


def _local_fit(anchor: _Anchor, y: Array, robustness: Array) -> float:
    """Return the weighted regression at an anchor, its own value if all weights are 0."""
    weight = anchor.kernel * robustness[anchor.near]
    total = float(weight.sum())
    if not total > 0:
        return float(y[anchor.position])
    weight = weight / total
    centre = weight @ anchor.away
    deviation = anchor.away - centre
    square = weight @ deviation**2
    if np.sqrt(square) > anchor.spread:
        weight = weight * (1 - centre / square * deviation)
    return float(weight @ y[anchor.near])
