"""Cohorts with other genes or values, and their values as arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from genereport.cohort.model import Cohort
from genereport.types import Array, Flags


def only_genes(cohort: Cohort, mask: Flags) -> Cohort:
    """Return the cohort with some of its genes; `mask` has shape (genes,)."""
    return replace(cohort, expression=cohort.expression.loc[:, mask], genes=cohort.genes.loc[mask])


def with_values(cohort: Cohort, values: Array) -> Cohort:
    """Return the cohort with other values of its samples and genes, shape (samples, genes)."""
    frame = pd.DataFrame(values, index=cohort.expression.index, columns=cohort.expression.columns)
    return replace(cohort, expression=frame)


def in_rows(expression: pd.DataFrame) -> Array:
    """Return samples × genes with each array contiguous, so that sums over it do not depend on the other arrays."""
    return np.ascontiguousarray(expression.to_numpy())
