"""Empirical Bayes moderation of the residual variances of many genes (Smyth 2004), as limma's ``eBayes``.

The variances are assumed to follow a scaled F distribution: each is its gene's true variance times χ²/df, and the true
variances scatter around a prior value as d0·s0²/χ²(d0). The prior is estimated from all genes, each variance is shrunk
towards it, and the t-statistics gain d0 degrees of freedom.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from genereport.stats.linear import LinearFit
from genereport.stats.prior import Prior, fitted_prior
from genereport.stats.robust import robust_prior
from genereport.stats.tails import two_sided_p, upper_f
from genereport.types import Array, Flags

_PROPORTION = 0.01  # prior share of genes that differ, for B; limma's value
_SD_LIMITS = (0.1, 4.0)  # limits of the standard deviation of true log fold changes
_ENDLESS = 1e6  # prior degrees of freedom above this count as infinite


class Moderated(NamedTuple):
    """Moderated tests of every contrast, shape (c, p), and numbers per gene, shape (p,). NaN where not estimable.

    Attributes:
        t: Moderated t-statistics.
        p: Their two-sided p-values.
        b: Log-odds that the gene differs, natural logarithm.
        df: Degrees of freedom of t.
        f: Moderated F-statistic of all contrasts at once.
        f_df: Its denominator degrees of freedom.
        f_p: Its p-value.
        variance: Posterior variance.
        prior: The prior.
    """

    t: Array
    p: Array
    b: Array
    df: Array
    f: Array
    f_df: Array
    f_p: Array
    variance: Array
    prior: Prior


def moderate(fit: LinearFit, *, trend: bool = False, robust: bool = False, genes: Flags | None = None) -> Moderated:
    """Compute moderated t, B and F of a fit (Smyth 2004), as limma 3.54's ``eBayes``.

    Args:
        fit: As `fit_linear` returns it.
        trend: Whether the prior variance depends on the average expression by a natural spline of 4 degrees of freedom.
        robust: Whether to estimate the prior from the bulk of the genes and shrink outlying variances less (Phipson and
            others 2016).
        genes: Which genes are used, shape (p,): the others have no part in the prior, and their results are NaN. None:
            all genes.

    Returns:
        Tests of every contrast, and numbers per gene.

    Raises:
        ValueError: if no gene has a residual variance, or if both `trend` and `robust` are set.

    Example:
        Three genes in two groups of three samples. The prior has 2.12 degrees of freedom, which are added to the four
        of each gene. limma's ``eBayes(lmFit(t(x), design))`` gives the same t and p.

        >>> from genereport.stats.linear import fit_linear
        >>> x = np.array([[1.0, 5, 2], [2, 6, 9], [3, 7, 4], [4, 5, 3], [5, 7, 8], [6, 6.5, 10]])
        >>> design = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
        >>> found = moderate(fit_linear(x, design, contrasts=np.array([[0.0], [1.0]])))
        >>> print(round(found.prior.overall, 2), found.t[0].round(3), found.p[0].round(4))
        2.12 [3.244 0.178 0.811] [0.0171 0.8642 0.4479]
    """
    if genes is not None and not genes.all():
        return _spread_over_genes(moderate(_select_genes(fit, genes), trend=trend, robust=robust), genes)
    if trend and robust:
        raise ValueError("a robust prior along a trend is not supported")
    usable = np.isfinite(fit.variance) & (fit.df > 0)
    if not usable.any():
        raise ValueError("no gene has a residual variance")
    variance = np.where(usable, fit.variance, 0.0)
    if robust:
        prior = robust_prior(variance, fit.df, usable)
    else:
        prior = fitted_prior(variance, fit.df, usable, fit.average if trend else None)
    posterior = squeezed(variance, fit.df, prior)
    df = np.minimum(fit.df + prior.df, fit.df.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        t = fit.estimate / fit.unscaled / np.sqrt(posterior)
        f = fit.mean_square / posterior
    f_df = fit.df + prior.df
    b = np.stack([_log_odds(*row, df, prior) for row in zip(t, fit.unscaled, strict=True)])
    p = two_sided_p(t, np.broadcast_to(df, t.shape))
    return Moderated(t, p, b, df, f, f_df, upper_f(f, float(fit.rank), f_df), posterior, prior)


def _select_genes(fit: LinearFit, genes: Flags) -> LinearFit:
    own = fit._replace(estimate=fit.estimate[:, genes], unscaled=fit.unscaled[:, genes], average=fit.average[genes])
    return own._replace(mean_square=fit.mean_square[genes], variance=fit.variance[genes], df=fit.df[genes])


def _spread_over_genes(found: Moderated, genes: Flags) -> Moderated:
    """Return the results of some genes at their positions among all genes, NaN for the others."""

    def whole(part: Array) -> Array:
        result = np.full((*part.shape[:-1], len(genes)), np.nan)
        result[..., genes] = part
        return result

    prior = Prior(whole(found.prior.df), whole(found.prior.variance), found.prior.overall)
    t, p, b, df = (whole(part) for part in (found.t, found.p, found.b, found.df))
    f, f_df, f_p = (whole(part) for part in (found.f, found.f_df, found.f_p))
    return Moderated(t, p, b, df, f, f_df, f_p, whole(found.variance), prior)


def squeezed(variance: Array, df: Array, prior: Prior) -> Array:
    """Return the posterior variances, the mean of each variance and its prior, weighted by their degrees of freedom.

    Args:
        variance: Residual variances, shape (p,).
        df: Their degrees of freedom, shape (p,).
        prior: As `fitted_prior` returns it.

    Returns:
        The posterior variances, shape (p,), as limma's ``squeezeVar``.

    Example:
        The prior counts as much as the four degrees of freedom of a gene: (1 + 3) / 2 and (9 + 3) / 2.

        >>> prior = Prior(df=np.full(2, 4.0), variance=np.full(2, 3.0), overall=4.0)
        >>> print(squeezed(np.array([1.0, 9.0]), np.full(2, 4.0), prior))
        [2. 6.]
    """
    finite = np.where(np.isinf(prior.df), 0.0, prior.df)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = (df * variance + finite * prior.variance) / (df + finite)
    return np.where(np.isinf(prior.df), prior.variance, between)


def _log_odds(t: Array, unscaled: Array, df: Array, prior: Prior) -> Array:
    """Return B of one contrast: log of the prior odds times the ratio of the densities of t with and without effect."""
    spread = _effect_variance(t, unscaled, df, prior)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = (unscaled**2 + spread) / unscaled**2
        square = t**2
        endless = square * (1 - 1 / ratio) / 2
        kernel = (1 + df) / 2 * np.log((square + df) / (square / ratio + df))
        kernel = np.where(prior.df > _ENDLESS, endless, kernel)
        return np.asarray(np.log(_PROPORTION / (1 - _PROPORTION)) - np.log(ratio) / 2 + kernel)


def _effect_variance(t: Array, unscaled: Array, df: Array, prior: Prior) -> float:
    """Estimate the variance of true log fold changes over the residual variance, from the largest t (Smyth 2004)."""
    low, high = (limit**2 / float(np.median(prior.variance)) for limit in _SD_LIMITS)
    known = ~np.isnan(t)
    count = int(known.sum())
    target = int(np.ceil(_PROPORTION / 2 * count))
    if target < 1:
        return 1 / float(prior.variance[0])
    share = max(target / count, _PROPORTION)
    most = float(df[known].max())
    size = np.abs(t[known])
    fewer = df[known] < most
    size[fewer] = -special.stdtrit(most, special.stdtr(df[known][fewer], -size[fewer]))
    top = np.argsort(-size, kind="stable")[:target]
    size, square = size[top], unscaled[known][top] ** 2
    under_null = two_sided_p(size, np.full(target, most))
    expected = ((np.arange(target) + 0.5) / count - (1 - share) * under_null) / share
    with np.errstate(invalid="ignore"):
        reached = -special.stdtrit(most, expected / 2)
        excess = np.where(expected > under_null, square * ((size / reached) ** 2 - 1), 0.0)
    return float(np.clip(excess, low, high).mean())
