"""The correlation of samples of one unit, such as a patient, as limma's ``duplicateCorrelation`` estimates it.

The values of each gene are assumed to share a random effect within a unit. The share of the variance that is between
units is the correlation of two samples of one unit. It is estimated by residual maximum likelihood, gene by gene. All
genes together give one consensus correlation, which `fit_linear` then uses (Smyth, Michaud and Scott 2005).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from genereport.stats.linear import rows_present
from genereport.types import Array, Codes

_TRIM = 0.15  # share of the correlations at either end that the consensus leaves out, as in limma
_HIGHEST = 0.99  # largest correlation of a gene, as in limma
_STEPS, _TOLERANCE = 21, 1e-6  # most steps and tolerance of the scoring, as limma calls statmod's ``mixedModel2Fit``
_ENCODED = 1e-8  # below this the design accounts for all of the units
_NOTHING = 1e-15  # an eigenvalue, a deviance or a variance of mean 1 below this counts as 0
_MOST_DAMPED = 1e15
_EPS = float(np.finfo(float).eps)
_CELLS = 1 << 22  # largest number of values in a stack of matrices


class BlockCorrelation(NamedTuple):
    """Correlation of samples of one unit.

    Attributes:
        consensus: Hyperbolic tangent of the trimmed mean of `atanh`; NaN if no gene has an estimate.
        atanh: Fisher's transform of each gene's correlation, NaN where it cannot be estimated, shape (p,).
    """

    consensus: float
    atanh: Array


def block_correlation(x: Array, design: Array, block: Codes, weights: Array | None = None) -> BlockCorrelation:
    """Estimate the correlation of samples of one unit, as limma 3.54's ``duplicateCorrelation`` with ``block``.

    It can be estimated from a gene that varies beyond the design, has at least three values more than the design has
    columns, and has at least two units but fewer than its number of values less one. Correlations are limited to
    between the least value possible for the largest unit, plus 0.01, and 0.99. If each unit has one sample, or the
    design includes the units, all are 0.

    Args:
        x: Values, shape (n, p); NaN is missing and left out gene by gene.
        design: Model matrix, shape (n, k).
        block: Unit of each sample, shape (n,).
        weights: Precision of each value against the others of its gene, shape (n, p); values whose weight is 0 or less
            are left out. The correlation is that of the values times the roots of their weights, as in `fit_linear`.

    Returns:
        The consensus of all genes, and the transformed correlation of each gene.

    Example:
        Four patients with two samples each. The mean squares are 40/3 between and 1/2 within patients, and the
        correlation is (40/3 − 1/2) / (40/3 + 1/2).

        >>> x = np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0], [8.0]])
        >>> found = block_correlation(x, design=np.ones((8, 1)), block=np.repeat([0, 1, 2, 3], 2))
        >>> round(found.consensus, 4)
        0.9277
    """
    _, unit = np.unique(block, return_inverse=True)
    member = np.eye(int(unit.max()) + 1)[unit]
    largest = int(member.sum(axis=0).max())
    if largest == 1 or np.abs(_project_out(design, member)).max(initial=0.0) < _ENCODED:
        return BlockCorrelation(0.0, np.zeros(x.shape[1]))
    components = np.full((2, x.shape[1]), np.nan)
    if weights is not None:
        x = np.where(weights > 0, x, np.nan)
    x = _to_one(x)
    for rows, genes in rows_present(x, np.arange(x.shape[1])):
        units = member[rows][:, member[rows].any(axis=0)]
        if len(rows) <= design.shape[1] + 2 or not 1 < units.shape[1] < len(rows) - 1:
            continue
        values = x[np.ix_(rows, genes)].T
        if weights is None:
            components[:, genes] = _variance_components(*_spectrum(values, design[rows], units))
            continue
        many = max(1, _CELLS // len(rows) ** 2)
        for part in (slice(start, start + many) for start in range(0, len(genes), many)):
            root = np.sqrt(weights[np.ix_(rows, genes[part])].T)[:, :, None]
            spectrum = _spectrum(values[part] * root[:, :, 0], root * design[rows], units)
            components[:, genes[part]] = _variance_components(*spectrum)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.clip(components[1] / components.sum(axis=0), 1 / (1 - largest) + 0.01, _HIGHEST)
    atanh = np.arctanh(correlation)
    known = atanh[~np.isnan(atanh)]
    return BlockCorrelation(float(np.tanh(stats.trim_mean(known, _TRIM))) if len(known) else np.nan, atanh)


def block_matrix(block: Codes, correlation: float) -> Array:
    """Return the correlations of samples: 1 on the diagonal, `correlation` within a unit, 0 between units.

    Args:
        block: Unit of each sample, shape (n,).
        correlation: Correlation of two samples of one unit, such as the consensus of `block_correlation`.

    Returns:
        The correlations, shape (n, n), as `fit_linear` takes them.

    Example:
        >>> print(block_matrix(np.array([0, 0, 1]), 0.4))
        [[1.  0.4 0. ]
         [0.4 1.  0. ]
         [0.  0.  1. ]]
    """
    return np.where(np.eye(len(block), dtype=bool), 1.0, correlation * (block[:, None] == block))


def _to_one(x: Array) -> Array:
    """Divide each gene by its largest absolute value, so that squares of tiny or huge values stay in range."""
    size = np.nan_to_num(np.abs(x)).max(axis=0, initial=0.0)
    return np.asarray(x / np.where(size > 0, size, 1.0))


def _project_out(design: Array, values: Array) -> Array:
    """Return coordinates of `values`, (…, n, v), in the orthogonal complement of a design, (…, n, k).

    The result has shape (…, n − rank, v).
    """
    left, lengths, _ = np.linalg.svd(design, full_matrices=True)
    rank = int((lengths > lengths.max(axis=-1, keepdims=True) * 1e-7).sum(axis=-1).min())
    return np.asarray(np.swapaxes(left[..., rank:], -1, -2) @ values)


def _spectrum(values: Array, design: Array, units: Array) -> tuple[Array, Array]:
    """Return the eigenvalues of the units in the orthogonal complement of the design, and the squares on their axes.

    The expectation of a square is residual variance + eigenvalue × variance of the units, and the square over its
    expectation is χ² with one degree of freedom. Fitting this is residual maximum likelihood.

    Args:
        values: Shape (g, n).
        design: Shape (n, k), or (g, n, k) if it differs between genes.
        units: Indicators of the units, shape (n, u).

    Returns:
        Eigenvalues, shape (1, m) or (g, m), and squares, shape (g, m).
    """
    if design.ndim == 2:
        beside = _project_out(design, np.column_stack([units, values.T]))
        count = units.shape[1]
        axes, lengths, _ = np.linalg.svd(beside[:, :count], full_matrices=True)
        squares = (axes.T @ beside[:, count:]).T ** 2
        lengths = lengths[None]
    else:
        beside = _project_out(
            design, np.concatenate([np.broadcast_to(units, (len(values), *units.shape)), values[:, :, None]], axis=2)
        )
        axes, lengths, _ = np.linalg.svd(beside[:, :, :-1], full_matrices=True)
        squares = np.einsum("gij,gi->gj", axes, beside[:, :, -1]) ** 2
    eigenvalues = np.zeros((len(lengths), squares.shape[1]))
    eigenvalues[:, : lengths.shape[1]] = lengths**2
    return eigenvalues, squares


def _variance_components(eigenvalues: Array, squares: Array) -> Array:
    """Estimate the residual variance and the variance of the units, up to one factor per gene; shape (2, g).

    They are NaN where nothing varies. The method is that of statmod's ``mixedModel2Fit``: least squares of the squares
    on the eigenvalues, then Fisher scoring from there if at least two eigenvalues are not 0.

    Args:
        eigenvalues: Shape (1, m) or (g, m).
        squares: Squares of values scaled to a size of 1, shape (g, m).
    """
    level = squares.mean(axis=1, keepdims=True)
    y = squares / np.where(level > (10 * _EPS) ** 2, level, np.nan)
    middle = eigenvalues.mean(axis=1, keepdims=True)
    away = eigenvalues - middle
    spread = (away**2).sum(axis=1)
    slope = (away * y).sum(axis=1) / np.where(spread > _NOTHING, spread, np.nan)
    found = np.stack([1 - slope * middle[:, 0], slope])
    told = ~np.isnan(slope) & ((eigenvalues > _NOTHING).sum(axis=1) > 1)
    if told.any():
        own = np.broadcast_to(eigenvalues, y.shape)[told]
        found[:, told] = _fit_by_scoring(own, y[told], found[:, told])
    return found


def _fit_by_scoring(d: Array, y: Array, start: Array) -> Array:
    """Fit the mean β₀ + β₁ d of squares y by maximum likelihood: damped Fisher scoring as statmod's ``glmgam.fit``.

    The search stops where statmod's stops, so that the estimates are limma's: with its tolerance the estimates differ
    from the maximum by more than rounding.

    Args:
        d: Eigenvalues, shape (g, m).
        y: Squares of mean 1, shape (g, m).
        start: β, shape (2, g); where it gives a negative mean, the search starts from no variance of the units.
    """
    y = np.maximum(y, np.finfo(float).tiny)
    beta = np.where((_mean(start, d) >= 0).all(axis=1), start, np.array([[1.0], [0.0]]))
    deviance = _deviance(y, _mean(beta, d))
    damping = np.full(len(y), np.nan)
    active = np.arange(len(y))
    for step in range(_STEPS):
        mean = _mean(beta[:, active], d[active])
        information, gradient = _derivatives(d[active], y[active], mean)
        largest = np.maximum(information[0], information[2])
        if step == 0:
            damping = (information[0] + information[2]) / 4
        before, moved = beta[:, active], np.zeros((2, len(active)))
        waiting, first = np.arange(len(active)), np.ones(len(active), dtype=bool)
        while len(waiting):
            genes = active[waiting]
            moved[:, waiting] = _solve_two_by_two(information[:, waiting], damping[genes], gradient[:, waiting])
            tried = before[:, waiting] + moved[:, waiting]
            reached = _mean(tried, d[genes])
            found = _deviance(y[genes], reached)
            with np.errstate(invalid="ignore", divide="ignore"):
                better = (found <= deviance[genes]) | (found / reached.max(axis=1) < _NOTHING)
            beta[:, genes[better]], deviance[genes[better]] = tried[:, better], found[better]
            waiting = waiting[~better]
            first[waiting] = False
            waiting = waiting[damping[active[waiting]] <= _MOST_DAMPED * largest[waiting]]
            damping[active[waiting]] *= 2
        stuck = damping[active] > _MOST_DAMPED * largest
        damping[active[first]] /= 10
        gain = (gradient * moved).sum(axis=0)
        exact = deviance[active] < _NOTHING * _mean(beta[:, active], d[active]).max(axis=1)
        active = active[~(stuck | (gain < _TOLERANCE) | exact)]
        if not len(active):
            break
    return beta


def _mean(beta: Array, d: Array) -> Array:
    return np.asarray(beta[0][:, None] + beta[1][:, None] * d)


def _deviance(y: Array, mean: Array) -> Array:
    """Return the deviance of the gamma distribution, infinite where a mean is negative; shape (g,)."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio = y / mean
        summed = 2 * np.where((y < _NOTHING) & (mean < _NOTHING), 0.0, ratio - 1 - np.log(ratio)).sum(axis=1)
    return np.where((mean < 0).any(axis=1), np.inf, summed)


def _derivatives(d: Array, y: Array, mean: Array) -> tuple[Array, Array]:
    """Return information (00, 01, 11), shape (3, g), and gradient, shape (2, g), of β; small variances are raised."""
    variance = mean**2
    weight = 1 / np.maximum(variance, variance.max(axis=1, keepdims=True) / 1e3)
    along = weight * d
    residual = y - mean
    information = np.stack([weight.sum(axis=1), along.sum(axis=1), (along * d).sum(axis=1)])
    return information, np.stack([(weight * residual).sum(axis=1), (along * residual).sum(axis=1)])


def _solve_two_by_two(information: Array, damping: Array, gradient: Array) -> Array:
    first, second = information[0] + damping, information[2] + damping
    determinant = first * second - information[1] ** 2
    return np.stack(
        [
            (second * gradient[0] - information[1] * gradient[1]) / determinant,
            (first * gradient[1] - information[1] * gradient[0]) / determinant,
        ]
    )
