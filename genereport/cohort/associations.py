"""Covariates that describe samples, and their tests against the class, over known values and over missing ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.cohort.levels import has_levels, level_text
from genereport.cohort.model import Cohort
from genereport.stats.fisher import fisher_2_by_k

ASSOCIATION_ALPHA = 0.01
"""p-values below it are findings."""


UNKNOWN = "unknown"
"""Level of the samples without a value of a covariate."""

MOST_SHOWN, MOST_LEVELS = 8, 8
"""Largest number of covariates by which figures are coloured, and of the levels of one of them."""


class Association(NamedTuple):
    """A test of independence: its name, and its p-value."""

    test: str
    p: float


class Gaps(NamedTuple):
    """Samples without a value of a covariate, by class or by set.

    Attributes:
        missing: Number of samples without a value; index group.
        samples: Number of samples; index group.
        p: p-value of Fisher's exact test; NaN if there is a single group, no gap, or nothing else.
    """

    missing: pd.Series[int]
    samples: pd.Series[int]
    p: float


def tested_covariates(cohort: Cohort) -> list[str]:
    """Return the covariates that describe samples: no unit, and no identifier, whose values hardly recur."""
    return [
        name
        for name in cohort.covariates
        if name != cohort.unit
        and (has_levels(cohort.samples[name]) or cohort.samples[name].dtype.kind == "f")
        and cohort.samples[name].notna().any()
    ]


def name_unknown(levels: Iterable[object]) -> str:
    """Return the level of the samples without a value, which none of the levels has."""
    return f"{UNKNOWN} (no value)" if UNKNOWN in set(levels) else UNKNOWN


def shown_covariates(cohort: Cohort) -> pd.DataFrame:
    """Return the covariates by which figures are coloured, index sample; the first few, without those of many levels.

    A covariate with levels is text, and its missing values are a level of their own; a measurement is float64, NaN
    where it is missing.
    """
    shown: dict[str, pd.Series] = {}
    for name in tested_covariates(cohort):
        column = cohort.samples[name]
        if name == "sample":  # the name of the index
            continue
        if has_levels(column) and column.nunique() <= MOST_LEVELS:
            unknown = name_unknown(column.dropna())
            shown[name] = column.map(level_text, na_action="ignore").fillna(unknown).astype("str")
        elif column.dtype.kind == "f" and not has_levels(column):
            shown[name] = column
    kept = dict(list(shown.items())[:MOST_SHOWN])
    return pd.DataFrame(kept, index=cohort.samples.index).rename_axis(index="sample")


def count_gaps(column: pd.Series, groups: pd.Series[str]) -> Gaps:
    """Count the missing values of a covariate by group, and test whether they are independent of it.

    Args:
        column: One value per sample, NaN where it is missing.
        groups: Group of each sample.
    """
    missing = column.isna().groupby(groups).sum().astype(int)
    samples = column.isna().groupby(groups).size()
    testable = len(samples) > 1 and 0 < missing.sum() < samples.sum()
    counts = [np.array(part, dtype=np.intp) for part in (missing, samples)]
    p = fisher_2_by_k(*counts) if testable else np.nan
    return Gaps(missing, samples, float(p))


def associate_levels(table: pd.DataFrame) -> Association:
    """Test levels × classes for independence: Fisher's exact test of a 2 × 2 table, else Pearson's chi-squared test."""
    from scipy import stats

    counts = table.to_numpy()
    if counts.shape == (2, 2):
        return Association("Fisher's exact test", fisher_2_by_k(counts[0], counts.sum(axis=0)))
    return Association("chi-squared test", float(stats.chi2_contingency(counts).pvalue))


def associate_measurement(column: pd.Series, classes: pd.Series[str]) -> Association | None:
    """Compare a numeric covariate between the classes (Kruskal–Wallis); None if only one class or value is known.

    Args:
        column: One value per sample, NaN where it is missing.
        classes: Class of each sample.
    """
    from scipy import stats

    known = column.dropna()
    groups = [group.to_numpy(dtype=np.float64) for _, group in known.groupby(classes)]
    if len(groups) < 2 or known.nunique() < 2:
        return None
    return Association("Kruskal–Wallis test", float(stats.kruskal(*groups).pvalue))


def associate(column: pd.Series, classes: pd.Series[str]) -> Association | None:
    """Test a covariate against the class over its known values; None if there is nothing to compare.

    Numbers with few different values may be codes, so that they are tested level by level first.

    Args:
        column: One value per sample, NaN where it is missing.
        classes: Class of each sample.
    """
    found = None
    if has_levels(column):
        table = pd.crosstab(column, classes)
        found = associate_levels(table) if min(table.shape) > 1 else None
    if column.dtype.kind == "f" and (found is None or found.p >= ASSOCIATION_ALPHA):
        return associate_measurement(column, classes)
    return found
