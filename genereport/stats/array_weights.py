"""How precise each sample is, estimated from the residuals of all genes, as limma's ``arrayWeights``.

The variance of a value is its gene's variance over the weight of its sample. The logarithms of the weights sum to 0,
and maximise the residual likelihood of all genes. A prior draws them towards 0.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.linalg import lapack

from genereport.stats.linear import independent_columns
from genereport.types import Array

_NOTHING = 1e-15  # residual variance below which a gene says nothing, as in limma
_CELLS = 1 << 21  # largest number of values in a stack of matrices
_STEPS, _TOLERANCE = 50, 1e-5  # most steps of the search and its tolerance, as in limma


def array_weights(
    values: Array,
    design: Array,
    weights: Array | None = None,
    *,
    method: Literal["genebygene", "reml"] = "genebygene",
    prior_genes: float = 10.0,
) -> Array:
    """Estimate the precision of each sample, as limma 3.54's ``arrayWeights``.

    The method "genebygene" goes through the genes once and corrects the weights after each. It is approximate, and the
    order of the genes matters slightly. The method "reml" repeats Fisher's scoring on all genes at once until the
    weights stay nearly the same; genes with missing values are left out. It stops where limma stops. If values have
    weights, limma divides its criterion by the number of genes once more, and stops after fewer steps.

    All weights are 1 with fewer than two genes or two residual degrees of freedom.

    Args:
        values: Values such as log2 counts per million, shape (n, p); NaN and infinite ones are missing.
        design: Model matrix, shape (n, k); columns that depend on earlier ones are left out.
        weights: Precision of each value against the others of its gene, shape (n, p); a value whose weight is 0 counts
            as missing. None: all are equal.
        method: "genebygene" or "reml".
        prior_genes: How many genes the prior, that all weights are 1, counts for.

    Returns:
        Weights of geometric mean 1, shape (n,).

    Raises:
        ValueError: if a weight is negative or not finite.

    Source: Ritchie and others (2006), BMC Bioinformatics 7:261; Liu and others (2015), Nucleic Acids Research 43:e97.

    >>> noise = np.random.default_rng(1).normal(size=(6, 9000)) * np.array([1, 1, 1, 1, 1, 3])[:, None]
    >>> array_weights(noise, np.ones((6, 1)), method="reml").round(1).tolist()
    [1.5, 1.4, 1.4, 1.5, 1.4, 0.2]
    """
    design = design[:, independent_columns(design)]
    if values.shape[1] < 2 or len(design) - design.shape[1] < 2:
        return np.ones(len(values))
    values = np.where(np.isfinite(values), values, np.nan)
    if weights is not None:
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise ValueError("weights must be finite and not negative")
        values = np.where(weights > 0, values, np.nan)
    if method == "genebygene":
        return _gene_by_gene(values, design, weights, prior_genes)
    complete = ~np.isnan(values).any(axis=0)
    if complete.sum() < 2:
        return np.ones(len(values))
    return _reml(values[:, complete], design, None if weights is None else weights[:, complete], prior_genes)


def _gene_by_gene(values: Array, design: Array, weights: Array | None, prior_genes: float) -> Array:
    """Correct the log weights after each gene by one step of scoring, with the information of all genes so far.

    With residual degrees of freedom u = 1 − leverage of each sample, the information of a gene about the log weights
    is diag(u) − u u' / Σu, and the score is squared residual / variance − u.
    """
    samples = len(values)
    information = prior_genes * np.eye(samples)
    diagonal = np.einsum("ii->i", information)
    log_weight = np.zeros(samples)
    gaps = np.isnan(values.sum(axis=0))
    for gene in range(values.shape[1]):
        weight = np.exp(log_weight) if weights is None else np.exp(log_weight) * weights[:, gene]
        if gaps[gene]:
            square, free = _with_gaps(values[:, gene], design, weight)
        else:
            square, free = _left(values[:, gene], design, np.sqrt(weight))
        df = free.sum()
        variance = square.sum() / df if df > 0 else 0.0
        if variance < _NOTHING:
            continue
        diagonal += free
        information -= np.outer(free / df, free)
        score = square / variance - free
        log_weight -= _solved(information, score - score.mean())
    return np.asarray(np.exp(log_weight))


def _solved(information: Array, score: Array) -> Array:
    """Solve by Cholesky's method; LAPACK itself, because SciPy's checks take longer than a small system for a gene."""
    _, step, failed = lapack.dposv(information, score, lower=1)
    if failed:
        raise np.linalg.LinAlgError("the information about the weights of the samples is not positive definite")
    return np.asarray(step)


def _left(values: Array, design: Array, root: Array) -> tuple[Array, Array]:
    """Return squared weighted residuals and 1 − leverage of each sample, shape (n,) each."""
    axes = np.linalg.qr(root[:, None] * design)[0]
    scaled = root * values
    residual = scaled - axes @ (scaled @ axes)
    return residual**2, 1 - np.einsum("ij,ij->i", axes, axes)


def _with_gaps(values: Array, design: Array, weight: Array) -> tuple[Array, Array]:
    """Do the same for a gene with missing values, 0 for these; all 0 with fewer than two degrees of freedom."""
    present = ~np.isnan(values)
    square, free = np.zeros(len(values)), np.zeros(len(values))
    own = design[present]
    own = own[:, independent_columns(own)]
    if len(own) - own.shape[1] >= 2:
        square[present], free[present] = _left(values[present], own, np.sqrt(weight[present]))
    return square, free


def _reml(values: Array, design: Array, weights: Array | None, prior_genes: float) -> Array:
    """Maximise the residual likelihood by Fisher's scoring, with the steps and the end of limma's search."""
    samples = len(values)
    if weights is None:
        varying = _residual_variance(values, design) >= _NOTHING
        values = values[:, varying]
        if values.shape[1] < 2:
            return np.ones(samples)
    log_weight, before = np.zeros(samples), np.inf
    total = values.shape[1] + prior_genes
    for _ in range(_STEPS):
        score, information = _summed(values, design, np.exp(log_weight), weights)
        score += prior_genes * (np.exp(log_weight) - 1)
        score -= score.mean()
        step = _solved(information + prior_genes * np.eye(samples), score)
        gain = float(score @ step) / (samples - 1) / total
        if weights is not None:
            gain /= total
        elif gain >= before:
            break
        log_weight -= step
        before = gain
        if gain < _TOLERANCE:
            break
    return np.asarray(np.exp(log_weight))


def _residual_variance(values: Array, design: Array) -> Array:
    axes = np.linalg.qr(design)[0]
    residual = values - axes @ (axes.T @ values)
    return np.asarray((residual**2).sum(axis=0) / (len(design) - design.shape[1]))


def _summed(values: Array, design: Array, sample: Array, weights: Array | None) -> tuple[Array, Array]:
    """Return score and information of the log weights, summed over genes, shapes (n,) and (n, n).

    Args:
        values: Shape (n, p).
        design: Shape (n, k).
        sample: Weights of the samples, shape (n,).
        weights: Shape (n, p), or None.
    """
    if weights is None:
        root = np.sqrt(sample)[:, None]
        return _one_step((root * values)[None], (root * design)[None])
    score, information = np.zeros(len(sample)), np.zeros((len(sample), len(sample)))
    many = max(1, _CELLS // len(sample) ** 2)
    for start in range(0, values.shape[1], many):
        genes = slice(start, start + many)
        root = np.sqrt(sample * weights[:, genes].T)[:, :, None]
        found = _one_step(root * values[:, genes].T[:, :, None], root * design)
        score += found[0]
        information += found[1]
    return score, information


def _one_step(values: Array, design: Array) -> tuple[Array, Array]:
    """Return the sums of score and information over m genes of each of g designs, scaled by the roots of the weights.

    With the projection R onto the residuals and its diagonal u, the information of a gene is R∘R − u u' / Σu, where ∘
    is the product of elements, and its score is squared residual / variance − u.

    Args:
        values: Shape (g, n, m).
        design: Shape (g, n, k).
    """
    axes = np.linalg.qr(design)[0]
    across = np.swapaxes(axes, 1, 2)
    square = (values - axes @ (across @ values)) ** 2
    df = design.shape[1] - design.shape[2]
    variance = square.sum(axis=1) / df
    free = 1 - (axes**2).sum(axis=2)
    used = np.where(variance > _NOTHING, variance, np.inf)
    score = (square / used[:, None]).sum(axis=(0, 2)) - np.isfinite(used).sum(axis=1) @ free
    projection = np.eye(design.shape[1]) - axes @ across
    information = np.einsum("gij,gij->ij", projection, projection) - free.T @ free / df
    return score, values.shape[2] * information
