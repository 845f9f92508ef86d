"""Precision weights of log counts from the trend of their variance, as limma's ``voom`` (Law and others 2014).

The more counts, the more precise their logarithm. The trend of the residual standard deviation with the number of
counts is estimated from all genes; each value gets the weight that the trend has at its fitted count. The weighted
values then go into `fit_linear` and `moderate`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from genereport.stats.array_weights import array_weights
from genereport.stats.block import BlockCorrelation, block_correlation, block_matrix
from genereport.stats.counts import library_sizes
from genereport.stats.linear import fit_linear
from genereport.stats.lowess import Line, lowess
from genereport.types import Array, Codes

_MILLION = 1e6
_PRIOR = 0.5  # counts added to each count
_PRIOR_SIZE = 1.0  # counts added to each library size


class Voom(NamedTuple):
    """Values with weights, and the trend that the weights come from; without a trend its four arrays are empty.

    Attributes:
        values: Log2 counts per million with a prior of 0.5 counts, shape (n, p).
        weights: Their precisions, shape (n, p).
        x: Average log2 count of each gene that has a count, plus 0.5 counts, shape (m,).
        y: Square root of its residual standard deviation, shape (m,).
        line: The trend: `x` sorted, and the curve there.
        sample_weights: Precision of each sample that the weights include, shape (n,).
    """

    values: Array
    weights: Array
    x: Array
    y: Array
    line: Line
    sample_weights: Array


class BlockedVoom(NamedTuple):
    """Values with weights, and the correlation of samples of one unit that they lead to."""

    voom: Voom
    correlation: BlockCorrelation


def voom(
    counts: Array,
    design: Array,
    lib_sizes: Array | None = None,
    *,
    span: float = 0.5,
    sample_weights: Array | None = None,
    correlation: Array | None = None,
) -> Voom:
    """Compute log2 counts per million and their precision weights, as limma 3.54's ``voom``.

    Genes without a count in any sample have no part in the trend, but they have values and weights. All weights are 1
    if the design leaves no residual degrees of freedom.

    Args:
        counts: Counts, shape (n, p).
        design: Model matrix of full column rank, shape (n, k).
        lib_sizes: Effective library sizes, shape (n,); None: sums of the counts.
        span: Share of the genes that each line of `lowess` is fitted to.
        sample_weights: Precision of each sample in the fit that leads to the trend, shape (n,); the weights do not
            include them. None: all are equal.
        correlation: Correlation of the samples, as `block_matrix` returns it, shape (n, n); None: they are independent.

    Raises:
        ValueError: if a count is negative or missing, a library size is not positive, there are fewer than two genes,
            the design has linearly dependent columns, or the trend is not positive everywhere, so that there are no
            weights.

    Source: Law, Chen, Shi and Smyth (2014), Genome Biology 15:R29.

    >>> rates = np.geomspace(2, 2000, 900)
    >>> counts = np.random.default_rng(1).poisson(rates, size=(6, 900)).astype(float)
    >>> found = voom(counts, np.ones((6, 1)))
    >>> found.weights[:, [0, 450, 899]].mean(axis=0).round().tolist()  # the more counts, the more precise
    [1.0, 33.0, 1163.0]
    """
    sizes = library_sizes(counts, lib_sizes)
    if counts.shape[1] < 2:
        raise ValueError("a trend needs at least two genes")
    scale = np.log2(sizes + _PRIOR_SIZE) - np.log2(_MILLION)
    values = np.log2((counts + _PRIOR) / (sizes + _PRIOR_SIZE)[:, None] * _MILLION)
    fit = fit_linear(values, design, np.eye(design.shape[1]), correlation=_covariance(sample_weights, correlation))
    equal = np.ones(len(counts))
    if len(counts) <= design.shape[1]:
        nothing = np.empty(0)
        return Voom(values, np.ones(values.shape), nothing, nothing, Line(nothing, nothing), equal)
    x, y = _points(counts, fit.variance)
    line = lowess(x, y, span=span)
    if not (line.y > 0).all():
        raise ValueError("the trend of the standard deviations is not positive everywhere")
    fitted = design @ fit.estimate + scale[:, None]
    return Voom(values, _at(line, fitted) ** -4.0, x, y, line, equal)


def voom_with_quality_weights(
    counts: Array,
    design: Array,
    lib_sizes: Array | None = None,
    *,
    span: float = 0.5,
    method: Literal["genebygene", "reml"] = "genebygene",
    correlation: Array | None = None,
) -> Voom:
    """Compute weights that include the precision of each sample, as limma 3.54's ``voomWithQualityWeights``.

    `voom` gives weights of the values, and with them `array_weights` gives weights of the samples. Both are repeated
    with the weights of the samples. The weights of the result are the products of the last two.

    Args:
        counts: Counts, shape (n, p).
        design: Model matrix of full column rank, shape (n, k).
        lib_sizes: Effective library sizes, shape (n,); None: sums of the counts.
        span: Share of the genes that each line of `lowess` is fitted to.
        method: How `array_weights` estimates the weights of the samples.
        correlation: Correlation of the samples, shape (n, n); None: they are independent. Only `voom` uses it, as in
            limma; the weights of the samples are estimated without it.

    Raises:
        ValueError: as `voom`.

    Source: Liu and others (2015), Nucleic Acids Research 43:e97.

    >>> rng = np.random.default_rng(1)
    >>> noise = rng.normal(size=(6, 900)) * np.array([0.2, 0.2, 0.2, 0.2, 0.2, 1.0])[:, None]
    >>> counts = rng.poisson(np.geomspace(20, 2000, 900) * np.exp(noise)).astype(float)
    >>> found = voom_with_quality_weights(counts, np.ones((6, 1)))
    >>> found.sample_weights.round(1).tolist()
    [1.7, 1.6, 1.7, 1.7, 1.9, 0.1]
    """
    first = voom(counts, design, lib_sizes, span=span, correlation=correlation)
    sample = array_weights(first.values, design, first.weights, method=method)
    second = voom(counts, design, lib_sizes, span=span, sample_weights=sample, correlation=correlation)
    sample = array_weights(second.values, design, second.weights, method=method)
    return second._replace(weights=sample[:, None] * second.weights, sample_weights=sample)


def voom_with_blocks(
    counts: Array,
    design: Array,
    block: Codes,
    lib_sizes: Array | None = None,
    *,
    span: float = 0.5,
    rounds: int = 2,
    quality: bool = False,
) -> BlockedVoom:
    """Estimate precision weights and the correlation of samples of one unit in turn, as limma's guide advises.

    In the first round the samples count as independent: `voom` gives weights, and with them `block_correlation` gives
    the correlation. Each further round repeats both with the correlation of the round before. The weights then go into
    `fit_linear` together with the matrix that `block_matrix` makes of the correlation.

    Args:
        counts: Counts, shape (n, p).
        design: Model matrix of full column rank, shape (n, k).
        block: Unit of each sample, such as its patient, shape (n,).
        lib_sizes: Effective library sizes, shape (n,); None: sums of the counts.
        span: Share of the genes that each line of `lowess` is fitted to.
        rounds: Number of rounds, at least 1.
        quality: Whether to use `voom_with_quality_weights`.

    Returns:
        The weights and the correlation of the last round. If no gene has an estimate of the correlation, the consensus
        is NaN and no further round follows.

    Raises:
        ValueError: as `voom`.

    Source: Smyth, Michaud and Scott (2005), Bioinformatics 21:2067, for the correlation; the user's guide of limma.

    >>> rng = np.random.default_rng(1)
    >>> rates = np.repeat(rng.gamma(5, 1 / 5, size=(6, 200)), 2, axis=0) * np.geomspace(20, 2000, 200)
    >>> found = voom_with_blocks(rng.poisson(rates).astype(float), np.ones((12, 1)), np.repeat(np.arange(6), 2))
    >>> round(found.correlation.consensus, 2)
    0.97
    """
    step = voom_with_quality_weights if quality else voom
    found = step(counts, design, lib_sizes, span=span)
    within = block_correlation(found.values, design, block, found.weights)
    for _ in range(rounds - 1):
        if np.isnan(within.consensus):
            break
        found = step(counts, design, lib_sizes, span=span, correlation=block_matrix(block, within.consensus))
        within = block_correlation(found.values, design, block, found.weights)
    return BlockedVoom(found, within)


def _covariance(sample_weights: Array | None, correlation: Array | None) -> Array | None:
    """Return the covariance of the samples of a gene, up to a factor."""
    if sample_weights is None:
        return correlation
    spread = 1 / np.sqrt(sample_weights)
    return np.diag(spread**2) if correlation is None else spread[:, None] * correlation * spread


def _points(counts: Array, variance: Array) -> tuple[Array, Array]:
    """Return the average log2 count and the root of the residual standard deviation of the genes with counts.

    Genes with the same counts in another order have equal averages. In limma rounding makes them differ, so that its
    line depends on rounding where more genes than the span have the same counts.
    """
    present = counts.any(axis=0)
    ordered = np.sort(counts[:, present], axis=0)
    return np.log2(ordered + _PRIOR).mean(axis=0), variance[present] ** 0.25


def _at(line: Line, places: Array) -> Array:
    """Return the trend at places: straight between its points, level beyond them."""
    knots, first = np.unique(line.x, return_index=True)
    return np.interp(places, knots, line.y[first])
