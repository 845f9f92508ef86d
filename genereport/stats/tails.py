"""Tails of Student's t and of F that stay accurate where p is near 0 and near 1."""

from __future__ import annotations

import numpy as np
from scipy import special

from genereport.stats.moments import Array


def two_sided_p(t: Array, df: Array) -> Array:
    """Two-sided p-values of Student's t, accurate in the far tail and near t = 0; NaN stays NaN."""
    p = np.asarray(2.0 * special.stdtr(df, -np.abs(t)), dtype=float)
    # stdtr loses t² beside df: at df = 1, t = 1e-8 its p is off by 3e-9. The F distribution of t² keeps it.
    near = np.abs(t) < 1
    p[near] = 1.0 - special.fdtr(1.0, df[near], t[near] ** 2)
    return p


def upper_f(f: Array, df1: Array | float, df2: Array) -> Array:
    """Upper tail of the F distribution, accurate in the far tail and near f = 0; NaN stays NaN."""
    return np.where(f < 1, 1.0 - special.fdtr(df1, df2, f), special.fdtrc(df1, df2, f))
