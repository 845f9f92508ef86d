"""One negative binomial model for every gene: a log-linear mean, fitted by iteratively reweighted least squares.

The count of gene g in sample i has mean s_i exp(x_i'β_g), where s_i is the size factor of the sample, and variance
μ + αμ², where α is the dispersion of the gene.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from genereport.stats.moments import blocks
from genereport.types import Array, Flags, Positions

SMALLEST_MEAN = 0.5
"""Fitted means below this count as this, as in DESeq2."""

_PENALTY = 1e-6 / np.log(2) ** 2  # precision of a normal prior of the coefficients: 1e-6 on the log2 scale
_OFFSET = 0.1  # added to the counts of which the first coefficients are the least squares fit
_ITERATIONS = 100  # divided by the share of the steps
_TOLERANCE = 1e-10  # a fit ends when no coefficient changes by more than this, relative to 1 or to the coefficient
_STEP_SHARES = (1.0, 0.5, 0.1)  # shares of each step; where the fit does not settle, the next one is tried
_LARGEST = 100.0  # largest logarithm of a mean over the size factor


class NegativeBinomialFit(NamedTuple):
    """The models of p genes over n samples with k coefficients, on the natural logarithm.

    Attributes:
        coefficients: Shape (k, p).
        covariance: Their covariance matrices, shape (k, k, p).
        mean: Fitted means, shape (n, p).
        leverage: Diagonals of the hat matrices, shape (n, p).
        converged: Whether the fit of each gene settled, shape (p,).
    """

    coefficients: Array
    covariance: Array
    mean: Array
    leverage: Array
    converged: Flags


def fit_negative_binomial(counts: Array, design: Array, sizes: Array, dispersions: Array) -> NegativeBinomialFit:
    """Fit the coefficients of every gene at a given dispersion by maximum likelihood, as DESeq2 does.

    The weights and the working response use means of at least 0.5 counts, so that the coefficients stay finite where
    all counts of a group are zero. The coefficients have a normal prior of mean 0 and standard deviation 1000 on the
    log2 scale. The fit of a gene that does not settle in 100 iterations is repeated with half of each step, and again
    with a tenth.

    Args:
        counts: Whole counts, shape (n, p).
        design: Model matrix of full column rank, shape (n, k).
        sizes: Size factors, shape (n,).
        dispersions: Dispersion of each gene, above 0, shape (p,).

    Returns:
        The fits. DESeq2 stops when the deviance changes by less than 1e-8 of it; here the coefficients settle to 1e-10.

    Source: Love, Huber and Anders (2014), Genome Biology 15:550.

    Example:
        Without covariates the mean of counts with equal size factors is their maximum likelihood estimate.

        >>> counts = np.array([[4.0], [6.0], [8.0]])
        >>> fit = fit_negative_binomial(counts, np.ones((3, 1)), np.ones(3), np.array([0.1]))
        >>> np.exp(fit.coefficients).round(4).tolist()
        [[6.0]]
    """
    n, p = counts.shape
    k = design.shape[1]
    fit = NegativeBinomialFit(
        np.empty((k, p)), np.empty((k, k, p)), np.empty((n, p)), np.empty((n, p)), np.empty(p, dtype=bool)
    )
    for columns in blocks(counts):
        _fit_block(fit, columns, counts[:, columns], design, sizes, dispersions[columns])
    return fit


def log_likelihood(counts: Array, mean: Array, dispersions: Array) -> Array:
    """Return the negative binomial log likelihood of every gene.

    Args:
        counts: Whole counts, shape (n, p).
        mean: Their means, above 0, shape (n, p).
        dispersions: Dispersions, above 0, shape (p,).

    Returns:
        Log likelihoods, shape (p,).

    Example:
        R's ``sum(dnbinom(c(3, 5), mu = c(4, 4), size = 1 / 0.2, log = TRUE))`` is -3.9737.

        >>> log_likelihood(np.array([[3.0], [5.0]]), np.full((2, 1), 4.0), np.array([0.2])).round(4).tolist()
        [-3.9737]
    """
    size = 1 / dispersions
    found = special.gammaln(counts + size) - special.gammaln(size) - special.gammaln(counts + 1)
    spread = np.log1p(dispersions * mean)
    found += special.xlogy(counts, dispersions * mean) - (counts + size) * spread
    return np.asarray(found.sum(axis=0))


def cross_products(weights: Array, design: Array) -> Array:
    """Return X'WX of every gene.

    Args:
        weights: Weights of the samples, shape (n, p).
        design: Model matrix X, shape (n, k).

    Returns:
        The matrices, shape (p, k, k).

    Example:
        >>> cross_products(np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((2, 1))).ravel().tolist()
        [4.0, 6.0]
    """
    k = design.shape[1]
    row, column = np.triu_indices(k)
    pairs = design[:, row] * design[:, column]
    used = pairs.any(axis=0)  # products of indicators of different units are zero
    row, column = row[used], column[used]
    found = np.zeros((weights.shape[1], k, k))
    found[:, row, column] = weights.T @ pairs[:, used]
    found[:, column, row] = found[:, row, column]
    return found


def _fit_block(
    fit: NegativeBinomialFit, columns: slice, counts: Array, design: Array, sizes: Array, dispersions: Array
) -> None:
    beta = np.empty((design.shape[1], counts.shape[1]))
    active: Positions = np.arange(counts.shape[1])
    for share in _STEP_SHARES:
        beta[:, active], settled = _iterate(counts[:, active], design, sizes, dispersions[active], share)
        active = active[~settled]
        if not len(active):
            break
    fit.converged[columns] = True
    fit.converged[columns.start + active] = False
    fit.coefficients[:, columns] = beta
    _, weights = _means_and_weights(beta, design, sizes, dispersions)
    products = cross_products(weights, design)
    inverse = np.linalg.inv(products + _PENALTY * np.eye(design.shape[1]))
    fit.mean[:, columns] = sizes[:, None] * np.exp(np.minimum(design @ beta, _LARGEST))
    fit.covariance[:, :, columns] = np.moveaxis(inverse @ products @ inverse, 0, -1)
    fit.leverage[:, columns] = weights * np.einsum("nk,pkl,nl->np", design, inverse, design, optimize=True)


def _iterate(counts: Array, design: Array, sizes: Array, dispersions: Array, share: float) -> tuple[Array, Flags]:
    """Iterate from the least squares fit of the log counts, by a share of each step; return whether it settled, too."""
    beta = np.asarray(np.linalg.lstsq(design, np.log(counts / sizes[:, None] + _OFFSET))[0], dtype=np.float64)
    active: Positions = np.arange(counts.shape[1])
    for _ in range(round(_ITERATIONS / share)):
        before = beta[:, active]
        mean, weights = _means_and_weights(before, design, sizes, dispersions[active])
        response = np.log(mean / sizes[:, None]) + (counts[:, active] - mean) / mean
        beta[:, active] = after = before + share * (_solve(weights, design, response) - before)
        active = active[(np.abs(after - before) > _TOLERANCE * np.maximum(1.0, np.abs(before))).any(axis=0)]
        if not len(active):
            break
    settled = np.ones(counts.shape[1], dtype=bool)
    settled[active] = False
    return beta, settled


def _means_and_weights(beta: Array, design: Array, sizes: Array, dispersions: Array) -> tuple[Array, Array]:
    mean = np.clip(sizes[:, None] * np.exp(np.minimum(design @ beta, _LARGEST)), SMALLEST_MEAN, None)
    return mean, mean / (1 + dispersions * mean)


def _solve(weights: Array, design: Array, response: Array) -> Array:
    """Return the penalised weighted least squares fit of every gene, shape (k, p)."""
    information = cross_products(weights, design) + _PENALTY * np.eye(design.shape[1])
    right = (design.T @ (weights * response)).T
    return np.asarray(np.linalg.solve(information, right[:, :, None])[:, :, 0].T)
