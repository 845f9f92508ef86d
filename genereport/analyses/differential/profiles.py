"""The values of the genes sample by sample, small enough for a page to hold them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from genereport.analyses.differential.result import Profiles
from genereport.cohort.model import Cohort

MOST_VALUES = 1_200_000
"""Largest number of values; of a larger cohort the genes with the smallest p-values are kept."""

STEPS = 254
"""Steps between the smallest and the largest value of a gene. A plot of 200 pixels shows fewer."""

MISSING = 255
"""Stands for a missing value."""


def make_profiles(cohort: Cohort, genes: pd.Index) -> Profiles:
    """Return the values of the first of these genes, as many as a page may hold.

    Args:
        cohort: The preprocessed cohort, with its independent set.
        genes: Ids of genes; those that the cohort lacks have missing values.
    """
    shown = genes[: max(MOST_VALUES // max(len(cohort.samples), 1), 1)]
    columns = cohort.expression.columns.get_indexer(shown)
    values = cohort.expression.to_numpy(dtype=float)[:, columns].T
    values[columns < 0] = np.nan
    known = np.isfinite(values)
    low = np.where(known, values, np.inf).min(axis=1)
    high = np.where(known, values, -np.inf).max(axis=1)
    some = known.any(axis=1)
    bottom, span = np.where(some, low, 0.0), np.where(some & (high > low), high - low, 1.0)
    steps = np.rint(STEPS * (np.where(known, values, bottom[:, None]) - bottom[:, None]) / span[:, None])
    limits = {"low": np.where(some, low, np.nan), "high": np.where(some, high, np.nan)}
    return Profiles(
        samples=cohort.samples[["set", "class"]].rename_axis(index="sample"),
        genes=pd.DataFrame(limits, index=shown.rename("gene")),
        levels=np.where(known, steps, MISSING).astype(np.uint8),
    )
