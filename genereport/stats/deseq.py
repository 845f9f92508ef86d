"""DESeq2's tests of counts: negative binomial models with shrunken dispersions, written from its paper.

Counts are compared after division by size factors. `deseq` fits the model of every gene and makes Wald tests of the
contrasts; `likelihood_ratio` tests whether all of them are zero; `filter_by_mean` adjusts p-values after the genes with
few counts were set aside.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import linalg, special

from genereport.stats.dispersions import Dispersions, estimate_dispersions
from genereport.stats.lowess import lowess
from genereport.stats.multiplicity import benjamini_hochberg
from genereport.stats.negbin import NegativeBinomialFit, fit_negative_binomial, log_likelihood
from genereport.stats.outliers import (
    REPLACED_FROM,
    REPLICATES,
    cook_distances,
    find_outliers,
    group_samples,
    replace_outliers,
)
from genereport.types import Array, Flags

_LOG2 = float(np.log(2))
_QUANTILES = 50  # of the mean counts, at which the filter is tried
_LAST_QUANTILE = 0.95
_FEWEST = 10  # the filter is used only if some quantile lets more genes be significant
_SPAN = 0.2  # of the curve of their numbers
_SHARES = (0.9, 0.8)  # of the curve's maximum, which decide where no quantile is within the error of the curve


class Deseq(NamedTuple):
    """Negative binomial models of p genes over n samples, and Wald tests of c contrasts.

    Attributes:
        sizes: Size factors, shape (n,).
        counts: The counts that were fitted, outliers replaced, shape (n, p).
        mean: Mean of the normalised counts, shape (p,).
        dispersions: Dispersions, shape (p,) each.
        fit: The models; NaN for a gene without counts after the replacement.
        log_fold: The contrasts on the log2 scale, shape (c, p).
        error: Their standard errors, shape (c, p).
        z: Wald statistics, shape (c, p).
        p: Their two-sided p-values by the normal distribution, shape (c, p); NaN for genes with an outlier, and
            for those whose fit did not settle.
        outlying: Whether a gene has a count that its model does not fit, shape (p,).
        replaced: Which counts were replaced, shape (n, p).
    """

    sizes: Array
    counts: Array
    mean: Array
    dispersions: Dispersions
    fit: NegativeBinomialFit
    log_fold: Array
    error: Array
    z: Array
    p: Array
    outlying: Flags
    replaced: Flags


class LikelihoodRatio(NamedTuple):
    """Likelihood ratio tests of p genes: the statistic, its degrees of freedom, and p-values of χ², shape (p,)."""

    statistic: Array
    df: int
    p: Array


class MeanFilter(NamedTuple):
    """P-values adjusted among the genes with enough counts.

    Attributes:
        adjusted: Adjusted p-values, NaN for genes below the threshold, shape (p,).
        threshold: Smallest mean of the normalised counts of the genes that were kept.
        share: Share of the genes below it.
    """

    adjusted: Array
    threshold: float
    share: float


def size_factors(counts: Array) -> Array:
    """Return the size factors of samples: the median over the genes of the ratios to their geometric means.

    Genes with a zero have no part in it. If all genes have one, geometric means are of the positive counts, divided by
    the number of all samples, as DESeq2's type ``poscounts``, and the factors have geometric mean 1.

    Args:
        counts: Counts, shape (n, p).

    Returns:
        Shape (n,).

    Raises:
        ValueError: if a sample has no positive count to compare.

    Source: Anders and Huber (2010), Genome Biology 11:R106.

    >>> size_factors(np.array([[10.0, 20.0, 0.0], [20.0, 40.0, 50.0]])).round(4).tolist()
    [0.7071, 1.4142]
    """
    with np.errstate(divide="ignore"):
        logs = np.log(counts)
    complete = np.isfinite(logs).all(axis=0)
    if complete.any():
        ratios = logs[:, complete] - logs[:, complete].mean(axis=0)
        return np.asarray(np.exp(np.median(ratios, axis=1)))
    positive = np.isfinite(logs)
    if not positive.any(axis=1).all():
        raise ValueError("a sample has no counts")
    centre = np.where(positive, logs, 0.0).mean(axis=0)
    medians = [np.median((row - centre)[own]) for row, own in zip(logs, positive, strict=True)]
    return np.asarray(np.exp(np.array(medians) - np.mean(medians)))


def deseq(counts: Array, design: Array, contrasts: Array, sizes: Array | None = None) -> Deseq:
    """Fit a negative binomial model to every gene and test contrasts of its coefficients, as DESeq2 1.38.

    Dispersions are estimated gene by gene, shrunk towards their trend, and used as if they were known. A gene with a
    count that has too large an influence has no p-value; in groups of at least seven samples such counts are replaced
    and the gene is fitted anew, with the trend and the prior of the first fit.

    Args:
        counts: Whole counts, shape (n, p); each gene has one.
        design: Model matrix of full column rank, shape (n, k), k < n.
        contrasts: One contrast of the coefficients per column, shape (k, c).
        sizes: Size factors, shape (n,); None: as `size_factors` returns them.

    Raises:
        ValueError: if a count is negative, missing or not whole, a sample or a gene has no counts, the design leaves no
            residual degrees of freedom, or no gene varies more than Poisson counts.

    Source: Love, Huber and Anders (2014), Genome Biology 15:550.

    >>> rng = np.random.default_rng(1)
    >>> mean = np.geomspace(20, 2000, 200) * np.ones((8, 1))
    >>> mean[4:, 0] *= 8
    >>> counts = rng.negative_binomial(10, 10 / (10 + mean)).astype(float)
    >>> design = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])
    >>> found = deseq(counts, design, np.array([[0.0], [1.0]]))
    >>> round(float(found.log_fold[0, 0]), 1), bool(found.p[0, 0] < 1e-6)
    (2.5, True)
    """
    _require_whole(counts, design)
    sizes = size_factors(counts) if sizes is None else sizes
    dispersions = estimate_dispersions(counts, design, sizes)
    fit = fit_negative_binomial(counts, design, sizes, dispersions.final)
    distances = cook_distances(counts, design, sizes, fit)
    _, replicates = group_samples(design)
    judged = replicates >= REPLICATES
    used, replaced = replace_outliers(counts, design, sizes, distances)
    again = np.asarray(replaced.any(axis=0))
    if again.any():
        judged &= replicates < REPLACED_FROM
        dispersions, fit = _refit(dispersions, fit, used, design, sizes, again)
    outlying = find_outliers(counts, design, distances, judged)
    log_fold, error = _contrasted(fit, contrasts)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = log_fold / error
    p = np.where(outlying | ~fit.converged, np.nan, 2 * special.ndtr(-np.abs(z)))
    mean = (used / sizes[:, None]).mean(axis=0)
    return Deseq(sizes, used, mean, dispersions, fit, log_fold, error, z, p, outlying, replaced)


def likelihood_ratio(found: Deseq, design: Array, contrasts: Array) -> LikelihoodRatio:
    """Test whether all contrasts of a gene are zero, by twice the difference of the log likelihoods.

    The dispersions are those of the whole model. DESeq2 takes the mean of the normalised counts for the coefficient of
    a model that has only an intercept; here it is fitted as any other.

    Args:
        found: As `deseq` returns it.
        design: Its model matrix, shape (n, k).
        contrasts: Its contrasts, shape (k, c).

    Returns:
        The tests; no p-value for genes with an outlier or a fit that did not settle.

    >>> rng = np.random.default_rng(1)
    >>> counts = rng.negative_binomial(10, 10 / (10 + np.full((9, 100), 90.0))).astype(float)
    >>> counts[6:, 0] *= 5
    >>> design, pairs = np.repeat(np.eye(3), 3, axis=0), np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]])
    >>> test = likelihood_ratio(deseq(counts, design, pairs), design, pairs)
    >>> test.df, bool(test.p[0] < 1e-4)
    (2, True)
    """
    reduced = design @ linalg.null_space(contrasts.T)
    dispersion = found.dispersions.final
    known = np.isfinite(dispersion)
    whole = np.full(len(dispersion), np.nan)
    part = whole.copy()
    counts = found.counts[:, known]
    whole[known] = log_likelihood(counts, found.fit.mean[:, known], dispersion[known])
    smaller = fit_negative_binomial(counts, reduced, found.sizes, dispersion[known])
    part[known] = log_likelihood(counts, smaller.mean, dispersion[known])
    statistic, df = 2 * (whole - part), design.shape[1] - reduced.shape[1]
    p = special.chdtrc(df, np.maximum(statistic, 0.0))
    return LikelihoodRatio(statistic, df, np.where(found.outlying | ~found.fit.converged, np.nan, p))


def filter_by_mean(p: Array, mean: Array, alpha: float) -> MeanFilter:
    """Adjust p-values by Benjamini and Hochberg's method among the genes whose mean count is high enough.

    The threshold is a quantile of the mean counts. Of fifty quantiles it is the lowest at which the number of genes
    significant at `alpha` comes within one residual standard deviation of the maximum of a smooth curve through these
    numbers. The mean does not depend on the p-value of a gene that does not differ, so the error rate is kept.

    Args:
        p: P-values, NaN where there is none, shape (p,).
        mean: Mean normalised counts, shape (p,).
        alpha: Significance level after adjustment.

    Source: Bourgon, Gentleman and Huber (2010), PNAS 107:9546; the vignette of DESeq2 on the choice of the threshold.

    >>> found = filter_by_mean(np.array([0.01, 0.02, 0.5, np.nan]), np.array([50.0, 60.0, 2.0, 1.0]), alpha=0.1)
    >>> found.adjusted.round(3).tolist()  # too few genes are significant for a choice
    [0.03, 0.03, 0.5, nan]
    """
    lowest = float((mean == 0).mean())
    shares = np.linspace(lowest, _LAST_QUANTILE if lowest < _LAST_QUANTILE else 1.0, _QUANTILES)
    thresholds = np.quantile(mean, shares)
    tries = [benjamini_hochberg(np.where(mean >= threshold, p, np.nan)) for threshold in thresholds]
    numbers = np.array([np.count_nonzero(adjusted < alpha) for adjusted in tries])
    chosen = _choose_quantile(shares, numbers)
    return MeanFilter(tries[chosen], float(thresholds[chosen]), float(shares[chosen]))


def _choose_quantile(shares: Array, numbers: Array) -> int:
    if numbers.max() <= _FEWEST:
        return 0
    curve = lowess(shares, numbers.astype(float), span=_SPAN).y
    some = numbers > 0
    highest, scatter = curve.max(), np.sqrt(np.mean((numbers[some] - curve[some]) ** 2))
    for level in (curve[some].max() - scatter, *(share * highest for share in _SHARES)):
        if (numbers > level).any():
            return int(np.argmax(numbers > level))
    return 0


def _require_whole(counts: Array, design: Array) -> None:
    if not np.isfinite(counts).all() or (counts < 0).any() or (counts != np.rint(counts)).any():
        raise ValueError("counts must be whole numbers, none of them negative")
    if not counts.any(axis=0).all():
        raise ValueError("genes without counts must be left out")
    if len(counts) <= design.shape[1]:
        raise ValueError("the design leaves no residual degrees of freedom")


def _refit(
    dispersions: Dispersions, fit: NegativeBinomialFit, counts: Array, design: Array, sizes: Array, genes: Flags
) -> tuple[Dispersions, NegativeBinomialFit]:
    """Return the results with those of some genes replaced by what their new counts give, NaN where none is left."""
    present = genes & counts.any(axis=0)
    new = estimate_dispersions(counts[:, present], design, sizes, dispersions.prior)
    fitted = fit_negative_binomial(counts[:, present], design, sizes, new.final)

    def merged(old: Array, part: Array) -> Array:
        whole = old.copy()
        whole[..., genes] = np.nan
        whole[..., present] = part
        return whole

    outlying, converged = dispersions.outlying & ~genes, fit.converged | genes
    outlying[present], converged[present] = new.outlying, fitted.converged
    own, trend = merged(dispersions.own, new.own), merged(dispersions.trend, new.trend)
    shrunken, final = merged(dispersions.shrunken, new.shrunken), merged(dispersions.final, new.final)
    coefficients = merged(fit.coefficients, fitted.coefficients)
    covariance = merged(fit.covariance, fitted.covariance)
    mean, leverage = merged(fit.mean, fitted.mean), merged(fit.leverage, fitted.leverage)
    return (
        Dispersions(own, trend, shrunken, outlying, final, dispersions.prior),
        NegativeBinomialFit(coefficients, covariance, mean, leverage, converged),
    )


def _contrasted(fit: NegativeBinomialFit, contrasts: Array) -> tuple[Array, Array]:
    """Return the contrasts and their standard errors on the log2 scale, shape (c, p) each."""
    variance = np.einsum("kc,klp,lc->cp", contrasts, fit.covariance, contrasts, optimize=True)
    return contrasts.T @ fit.coefficients / _LOG2, np.sqrt(np.maximum(variance, 0.0)) / _LOG2
