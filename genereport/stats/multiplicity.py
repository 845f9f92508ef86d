"""Adjusted p-values. Missing p-values stay missing and are not counted, as in R's ``p.adjust``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from statsmodels.stats.multitest import multipletests

from genereport.stats.moments import Array

_THRESHOLDS = 0.05 + 0.05 * np.arange(19)  # 0.05 … 0.95
_FEWEST = 20  # fewer p-values, all from true null hypotheses, would leave less than one expected above 0.95


class Storey(NamedTuple):
    """q-values, of the shape of the p-values, and the estimated share of true null hypotheses."""

    q: Array
    pi0: float


def bonferroni(p: Array) -> Array:
    """Adjust by Bonferroni's method, min(1, m p) with m the number of p-values present, shape (n,).

    It controls the family-wise error rate.
    """
    return _adjust(p, "bonferroni")


def holm(p: Array) -> Array:
    """Adjust by Holm's step-down method (Holm 1979), shape (n,); it controls the family-wise error rate."""
    return _adjust(p, "holm")


def benjamini_hochberg(p: Array) -> Array:
    """Adjust by Benjamini and Hochberg's step-up method (1995), shape (n,); it controls the false discovery rate."""
    return _step_up(p, 1.0)


def benjamini_yekutieli(p: Array) -> Array:
    """Adjust by Benjamini and Yekutieli's step-up method (2001), shape (n,).

    It controls the false discovery rate under any dependence.
    """
    return _step_up(p, float((1 / np.arange(1, np.count_nonzero(~np.isnan(p)) + 1)).sum()))


def storey(p: Array) -> Storey:
    """Compute Storey's q-values (2002): Benjamini and Hochberg's times pi0, the estimated share of true nulls.

    They equal those of R's ``qvalue(p, pi0.method = "bootstrap")``, which fails if no p-value is 0.95 or more. With
    fewer than 20 p-values, or an estimate of 0, pi0 is 1, and the q-values are those of Benjamini and Hochberg.
    """
    pi0 = _null_share(p[~np.isnan(p)])
    return Storey(pi0 * benjamini_hochberg(p), pi0)


def _null_share(p: Array) -> float:
    """Return the share of p-values above a threshold λ, over 1 − λ, at the λ with the least mean squared error.

    The error is that of the bootstrap of Storey, Taylor and Siegmund (2004), whose variance has a closed form: that of
    a binomial share. The bias is measured from the lowest decile of the estimates.
    """
    m = len(p)
    if m < _FEWEST:
        return 1.0
    above = m - np.searchsorted(np.sort(p), _THRESHOLDS)
    estimates = above / (m * (1 - _THRESHOLDS))
    variance = above / (m * (1 - _THRESHOLDS)) ** 2 * (1 - above / m)
    error = variance + (estimates - np.quantile(estimates, 0.1)) ** 2
    best = float(estimates[error == error.min()].min())
    return min(best, 1.0) if best > 0 else 1.0


def _adjust(p: Array, method: str) -> Array:
    """Apply statsmodels' adjustment of this name to the p-values that are present."""
    adjusted = np.full_like(p, np.nan)
    present = ~np.isnan(p)
    if present.any():
        adjusted[present] = multipletests(p[present], method=method)[1]
    return adjusted


def _step_up(p: Array, factor: float) -> Array:
    """Return the running minimum of `factor` m p / rank from the largest p-value down.

    statsmodels divides by rank / m instead, whose rounding can lift an adjusted p-value above Holm's.
    """
    present = np.flatnonzero(~np.isnan(p))
    order, m = present[np.argsort(p[present], kind="stable")], present.size
    ratio = p[order] * (factor * m / np.arange(1, m + 1))  # multiplied so that the largest p is unchanged for factor 1
    adjusted = np.full_like(p, np.nan)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(ratio[::-1])[::-1])
    return adjusted
