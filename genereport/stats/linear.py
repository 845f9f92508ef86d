"""One linear model for every gene: contrasts of its coefficients and the residual variance, as limma's ``lmFit``.

Samples may be correlated, and values may have weights: the fit is then generalised least squares, as limma's
``gls.series``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.stats.moments import blocks
from genereport.stats.tails import t_quantile, two_sided_p, upper_f
from genereport.types import Array, Flags, Positions

_TOLERANCE = 1e-7  # below this a column counts as a linear combination of others, as in R
_CELLS = 1 << 18  # largest number of values in a stack of designs
_EPS = float(np.finfo(float).eps)


class LinearFit(NamedTuple):
    """Contrasts of the coefficients of each gene's linear model; NaN where they cannot be estimated.

    Attributes:
        estimate: The contrasts, shape (c, p).
        unscaled: Their standard errors in units of the residual standard deviation, shape (c, p).
        mean_square: Mean square of the hypothesis that all contrasts are 0, shape (p,).
        rank: Degrees of freedom of that hypothesis.
        variance: Residual variance, NaN without residual degrees of freedom, shape (p,).
        df: Residual degrees of freedom, shape (p,).
        average: Mean of the values, shape (p,).
    """

    estimate: Array
    unscaled: Array
    mean_square: Array
    rank: int
    variance: Array
    df: Array
    average: Array


class LinearTest(NamedTuple):
    """Ordinary t-tests of the contrasts, (c, p) each but df (p,), and the F-test that all are 0, (p,) each."""

    ci_low: Array
    ci_high: Array
    t: Array
    df: Array
    p: Array
    f: Array
    f_p: Array


class _Basis(NamedTuple):
    """The column space of a design and the contrasts in it.

    Attributes:
        axes: Orthonormal axes, shape (n, r).
        weights: Contrast = weights' · effects, shape (r, c).
        hypothesis: Orthonormal axes of the contrasts among the effects, shape (r, q).
        whitening: Matrix that makes the values independent with equal variances, shape (n, n); None if they are.
    """

    axes: Array
    weights: Array
    hypothesis: Array
    whitening: Array | None


def fit_linear(
    x: Array, design: Array, contrasts: Array, *, correlation: Array | None = None, weights: Array | None = None
) -> LinearFit:
    """Fit every column of `x` by least squares, missing values left out column by column.

    Columns with the same values missing are fitted together, on the rows that are present. A contrast that cannot be
    estimated from those rows is NaN, whereas R would drop coefficients until the rest can be estimated.

    With weights, standard errors of contrasts and the mean square of the hypothesis are those of each gene's own model.
    limma's ``contrasts.fit`` and its F are approximate then: they use the correlation of the coefficients without
    weights. A single coefficient is the same in both.

    Args:
        x: Values, shape (n, p); NaN is missing.
        design: Model matrix of full column rank, shape (n, k).
        contrasts: One contrast of the coefficients per column, shape (k, c).
        correlation: Correlation of the samples, positive definite, shape (n, n); None: they are independent.
        weights: Precision of each value against the others of its column, shape (n, p); values whose weight is 0 or
            less are left out. None: all are equal.

    Returns:
        Estimates and residual variances, which `linear_test` and `genereport.stats.ebayes.moderate` take.

    Raises:
        ValueError: if the design does not have full column rank.

    Example:
        A slope on 0, 1, 2, 3. The residuals are 0.1, 0.2, −0.7 and 0.4, and their mean square is 0.7 / 2.

        >>> design = np.column_stack([np.ones(4), [0, 1, 2, 3]])
        >>> fit = fit_linear(np.array([[1.0], [2], [2], [4]]), design, contrasts=np.array([[0.0], [1.0]]))
        >>> print(fit.estimate.round(3), fit.variance.round(3), fit.df)
        [[0.9]] [0.35] [2.]
    """
    if len(independent_columns(design)) < design.shape[1]:
        raise ValueError("the design has linearly dependent columns")
    whole = _basis(design, contrasts, _whitening(correlation, slice(None)))
    count, p = contrasts.shape[1], x.shape[1]
    rank = whole.hypothesis.shape[1]
    fit = LinearFit(np.empty((count, p)), np.empty((count, p)), np.empty(p), rank, *(np.empty(p) for _ in range(3)))
    if weights is not None:
        _solve_weighted(fit, x, design, contrasts, correlation, weights)
        return fit
    gaps = np.zeros(p, dtype=bool)
    for columns in blocks(x):
        gaps[columns] = np.isnan(x[:, columns].sum(axis=0))
        _solve_columns(fit, columns, x[:, columns], whole)
    for present, genes in rows_present(x, np.flatnonzero(gaps)):
        basis = _basis(design[present], contrasts, _whitening(correlation, present))
        _solve_columns(fit, genes, x[np.ix_(present, genes)], basis)
    return fit


def independent_columns(design: Array) -> list[int]:
    """Return the columns that do not depend linearly on earlier ones, as R's ``qr`` keeps them.

    Args:
        design: Model matrix, shape (n, k).

    Returns:
        Positions of the columns, in ascending order.

    Example:
        The third column is the sum of the first two.

        >>> independent_columns(np.array([[1.0, 0, 1, 2], [1, 1, 2, 0], [1, 2, 3, 1], [1, 3, 4, 5]]))
        [0, 1, 3]
    """
    axes = np.empty((len(design), 0))
    kept = []
    for position, column in enumerate(design.T):
        rest = column - axes @ (axes.T @ column)
        rest -= axes @ (axes.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > _TOLERANCE * np.linalg.norm(column):
            axes = np.column_stack([axes, rest / length])
            kept.append(position)
    return kept


def linear_test(fit: LinearFit, confidence: float = 0.95) -> LinearTest:
    """Compute ordinary t- and F-tests of a fit, as R's ``lm``; NaN where only rounding is left of the residuals.

    Args:
        fit: As `fit_linear` returns it.
        confidence: Confidence level of the intervals for the contrasts.

    Returns:
        The tests of every contrast, and of all contrasts at once.

    Example:
        R's ``summary(lm(c(1, 2, 2, 4) ~ c(0, 1, 2, 3)))`` prints t = 3.402 and p = 0.0766 for the slope of 0.9.

        >>> design = np.column_stack([np.ones(4), [0, 1, 2, 3]])
        >>> fit = fit_linear(np.array([[1.0], [2], [2], [4]]), design, contrasts=np.array([[0.0], [1.0]]))
        >>> found = linear_test(fit)
        >>> print(found.t.round(3), found.p.round(4), found.ci_low.round(3), found.ci_high.round(3))
        [[3.402]] [[0.0766]] [[-0.238]] [[2.038]]
    """
    variance = np.where(varies_within(fit), fit.variance, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = fit.unscaled * np.sqrt(variance)
        t, f = fit.estimate / error, fit.mean_square / variance
        half = t_quantile(confidence, fit.df) * error
        p = two_sided_p(t, np.broadcast_to(fit.df, t.shape))
        f_p = upper_f(f, float(fit.rank), fit.df)
    return LinearTest(fit.estimate - half, fit.estimate + half, t, fit.df, p, f, f_p)


def rows_present(x: Array, columns: Positions) -> list[tuple[Positions, Positions]]:
    """Group columns by the rows in which their values are present.

    Args:
        x: Values, shape (n, p); NaN is missing.
        columns: Positions of the columns to group.

    Returns:
        For every pattern of missing values, the positions of the rows that are present, and of the columns.

    Example:
        Columns 0 and 2 are complete; column 1 lacks its first value.

        >>> x = np.array([[1.0, np.nan, 5.0], [2.0, 4.0, 6.0]])
        >>> for rows, columns in rows_present(x, np.arange(3)):
        ...     print(rows, columns)
        [1] [1]
        [0 1] [0 2]
    """
    if not len(columns):
        return []
    patterns, which = np.unique(~np.isnan(x[:, columns]), axis=1, return_inverse=True)
    return [(np.flatnonzero(rows), columns[which.ravel() == number]) for number, rows in enumerate(patterns.T)]


def varies_within(fit: LinearFit) -> Flags:
    """Return whether each gene has a finite residual variance beyond rounding.

    Args:
        fit: As `fit_linear` returns it.

    Returns:
        True where the gene can be tested, shape (p,).

    Example:
        The second gene lies exactly on a line.

        >>> design = np.column_stack([np.ones(4), [0, 1, 2, 3]])
        >>> x = np.array([[1.0, 1.0], [2.0, 2.0], [2.0, 3.0], [4.0, 4.0]])
        >>> varies_within(fit_linear(x, design, contrasts=np.array([[0.0], [1.0]])))
        array([ True, False])
    """
    with np.errstate(invalid="ignore"):
        size = np.nan_to_num(np.abs(np.vstack([fit.average, fit.estimate]))).max(axis=0)
        beyond = (fit.variance > 0) & (np.sqrt(fit.variance) >= 10 * _EPS * size)
        return np.asarray(beyond & np.isfinite(fit.variance))


def _whitening(correlation: Array | None, rows: slice | Positions) -> Array | None:
    """Return the matrix that makes these correlated rows independent, the inverse of the Cholesky factor."""
    return None if correlation is None else np.linalg.inv(np.linalg.cholesky(correlation[rows][:, rows]))


def _basis(design: Array, contrasts: Array, whitening: Array | None) -> _Basis:
    white = design if whitening is None else whitening @ design
    left, singular, right = np.linalg.svd(white, full_matrices=False)
    kept = singular > singular[:1] * _TOLERANCE
    weights = (right[kept] @ contrasts) / singular[kept, None]
    lost = np.abs(contrasts - right[kept].T @ (right[kept] @ contrasts)).max(axis=0, initial=0.0)
    axes, lengths, _ = np.linalg.svd(weights, full_matrices=False)
    weights[:, lost > _TOLERANCE] = np.nan
    return _Basis(left[:, kept], weights, axes[:, lengths > lengths[:1] * _TOLERANCE], whitening)


def _solve_columns(fit: LinearFit, columns: slice | Positions, block: Array, basis: _Basis) -> None:
    white = block if basis.whitening is None else basis.whitening @ block
    effects = basis.axes.T @ white
    residuals = white - basis.axes @ effects
    df = len(block) - basis.axes.shape[1]
    with np.errstate(over="ignore"):
        squares = np.einsum("ij,ij->j", residuals, residuals)
        between = ((basis.hypothesis.T @ effects) ** 2).sum(axis=0)
    known = len(basis.weights) > 0  # without a value there are no effects, and sums over them would be 0
    fit.estimate[:, columns] = basis.weights.T @ effects if known else np.nan
    fit.unscaled[:, columns] = np.sqrt((basis.weights**2).sum(axis=0))[:, None] if known else np.nan
    whole = basis.hypothesis.shape[1] == fit.rank and not np.isnan(basis.weights).any()
    fit.mean_square[columns] = between / fit.rank if whole else np.nan
    fit.variance[columns] = squares / df if df > 0 else np.nan
    fit.df[columns] = df
    fit.average[columns] = block.mean(axis=0) if len(block) else np.nan


def _solve_weighted(
    fit: LinearFit, x: Array, design: Array, contrasts: Array, correlation: Array | None, weights: Array
) -> None:
    """Fit each column with its own weights, columns with the same values missing in stacks."""
    x = np.where(weights > 0, x, np.nan)
    for present, genes in rows_present(x, np.arange(x.shape[1])):
        whitening = _whitening(correlation, present)
        many = max(1, _CELLS // max(design[present].size, 1))
        for start in range(0, len(genes), many):
            part = genes[start : start + many]
            block, root = x[np.ix_(present, part)], np.sqrt(weights[np.ix_(present, part)])
            regular = _solve_stack(fit, part, block, root, design[present], contrasts, whitening)
            for place in np.flatnonzero(~regular):
                own = np.diag(root[:, place]) if whitening is None else whitening * root[:, place]
                gene = int(part[place])
                _solve_columns(
                    fit, slice(gene, gene + 1), block[:, place, None], _basis(design[present], contrasts, own)
                )


def _solve_stack(
    fit: LinearFit,
    genes: Positions,
    block: Array,
    root: Array,
    design: Array,
    contrasts: Array,
    whitening: Array | None,
) -> Flags:
    """Fit genes with the same rows, and return for which of them the weighted design has full column rank.

    Args:
        fit: What the results of the genes are written to.
        genes: Positions of the genes, shape (g,).
        block: Their values, shape (m, g).
        root: Roots of their weights, shape (m, g).
        design: Shape (m, k).
        contrasts: Shape (k, c).
        whitening: Shape (m, m), or None.
    """
    if len(block) < design.shape[1]:
        return np.zeros(len(genes), dtype=bool)
    white, own = (root * block).T, root.T[:, :, None] * design
    if whitening is not None:
        white, own = white @ whitening.T, whitening @ own
    left, singular, right = np.linalg.svd(own, full_matrices=False)
    effects = np.einsum("gmk,gm->gk", left, white)
    residuals = white - np.einsum("gmk,gk->gm", left, effects)
    regular = singular[:, -1] > singular[:, 0] * _TOLERANCE
    weights = right @ contrasts / np.where(regular[:, None], singular, 1.0)[:, :, None]
    axes, lengths, _ = np.linalg.svd(weights, full_matrices=False)
    used = lengths > lengths[:, :1] * _TOLERANCE
    between = np.where(used, np.einsum("gkq,gk->gq", axes, effects) ** 2, 0.0).sum(axis=1)
    df = len(block) - design.shape[1]
    fit.estimate[:, genes] = np.einsum("gkc,gk->cg", weights, effects)
    fit.unscaled[:, genes] = np.sqrt((weights**2).sum(axis=1)).T
    fit.mean_square[genes] = np.where(used.sum(axis=1) == fit.rank, between / fit.rank, np.nan)
    fit.variance[genes] = np.einsum("gm,gm->g", residuals, residuals) / df if df > 0 else np.nan
    fit.df[genes] = df
    fit.average[genes] = block.mean(axis=0)
    return np.asarray(regular)
