"""Relative log expression, residual spread and distances of the arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from genereport.analyses.array_quality.result import WHISKER, ArrayQuality
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.types import Array, Codes, Flags

_FEWEST = 4
"""Smallest number of training arrays for quartiles of distances."""


@dataclass(frozen=True)
class ArrayQualityStage:
    """Compares every array with the training arrays; independent arrays do not affect medians and limits."""

    name: str = "array_quality"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> ArrayQuality:  # noqa: ARG002
        """Measure the prepared arrays.

        Raises:
            NotApplicable: If there are fewer than four training arrays, or no gene without a missing value.
        """
        values = cohort.expression.to_numpy()
        values = values[:, ~np.isnan(values).any(axis=0)]
        train = (cohort.samples["set"] == "train").to_numpy()
        if train.sum() < _FEWEST or not values.shape[1]:
            raise NotApplicable(
                "Sample quality needs at least four training samples and at least one gene without missing values."
            )
        relative = values - np.median(values[train], axis=0)
        quartiles = np.quantile(relative, [0.25, 0.5, 0.75], axis=1)
        distance = _distances(values, train)
        low, high = np.quantile(distance[train], [0.25, 0.75])
        limit = float(high + WHISKER * (high - low))
        arrays = pd.DataFrame(
            {
                "set": cohort.samples["set"].to_numpy(),
                "class": cohort.samples["class"].to_numpy(),
                "rle_median": quartiles[1],
                "rle_iqr": quartiles[2] - quartiles[0],
                "spread": _residual_spread(values, cohort.codes, train),
                "distance": distance,
                "outlier": np.where(distance > limit, "yes", "no"),
            },
            index=cohort.expression.index.rename("sample"),
        )
        return ArrayQuality(
            genes=values.shape[1],
            limit=limit,
            arrays=arrays.sort_values("distance", ascending=False, kind="stable"),
            classes=cohort.classes,
        )


def _distances(values: Array, train: Flags) -> Array:
    """Return the mean absolute difference of each array from the training arrays without itself, shape (n,)."""
    differences = np.array([np.abs(values[train] - array).mean(axis=1).sum() for array in values])
    return np.asarray(differences / (train.sum() - train))


def _residual_spread(values: Array, codes: Codes, train: Flags) -> Array:
    """Return the median over the genes of the absolute residual of an array from its class median, shape (n,).

    Residuals are divided by the gene's median absolute residual over the training arrays, as NUSE divides standard
    errors by their median over the arrays.
    """
    centres = np.array([np.median(values[train & (codes == code)], axis=0) for code in range(codes.max() + 1)])
    sizes = np.abs(values - centres[codes])
    usual = np.median(sizes[train], axis=0)
    varying = usual > 0
    if not varying.any():
        return np.full(len(values), np.nan)
    return np.asarray(np.median(sizes[:, varying] / usual[varying], axis=1))


def make_stage(context: StageContext) -> ArrayQualityStage:  # noqa: ARG001 - it has no settings
    """Return the stage."""
    return ArrayQualityStage()


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    train = int((context.prepared.samples["set"] == "train").sum())
    if train < _FEWEST:
        return Plan("nothing", f"the whole stage, because there are {train} training samples and it needs {_FEWEST}")
    return Plan(f"relative log expression and distances of {len(context.prepared.samples):,} samples")
