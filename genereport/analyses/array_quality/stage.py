"""Relative log expression, residual spread, correlations and distances of the arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.analyses.array_quality.result import MOST_COMPARED, WHISKER, ArrayQuality
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.preprocessing.stage import Unscaled
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream
from genereport.cohort.associations import shown_covariates
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.types import Array, Codes, Flags

_FEWEST = 4
"""Smallest number of training arrays for quartiles of distances."""

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_ROUNDING = 1e-9


class _Measure(NamedTuple):
    """A measure: its printed name, whether its values can be too low or too high, and whether limits are for logs."""

    name: str
    low: bool
    high: bool
    log: bool = False


_MEASURES = {
    "distance": _Measure("distance", low=False, high=True),
    "rle_median": _Measure("RLE median", low=True, high=True),
    "rle_iqr": _Measure("RLE IQR", low=False, high=True),
    "spread": _Measure("residual spread", low=False, high=True),
    "correlation": _Measure("correlation", low=True, high=False),
    "library_size": _Measure("library size", low=True, high=True, log=True),
    "detected": _Measure("genes detected", low=True, high=False),
}


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
        values = np.ascontiguousarray(values[:, ~np.isnan(values).any(axis=0)])
        train = (cohort.samples["set"] == "train").to_numpy()
        if train.sum() < _FEWEST or not values.shape[1]:
            raise NotApplicable(
                "Sample quality needs at least four training samples and at least one gene without missing values."
            )
        index = cohort.expression.index.rename("sample")
        every = len(values) <= MOST_COMPARED
        distances = _compute_distances(values, np.ones_like(train) if every else train)
        relative = np.quantile(values - np.median(values[train], axis=0), _QUANTILES, axis=1)
        spread, correlation = _compare_with_class(values, cohort.codes, train)
        measures = pd.DataFrame(
            {
                "rle_median": relative[2],
                "rle_iqr": relative[3] - relative[1],
                "spread": spread,
                "correlation": correlation,
                "distance": (distances[:, train] if every else distances).sum(axis=1) / (train.sum() - train),
                **_measure_libraries(cohort, upstream),
            },
            index=index,
        )
        limits, verdicts = _judge(measures, train)
        arrays = cohort.samples[["set", "class"]].set_axis(index).join([measures, verdicts])
        order = np.argsort(-arrays["distance"].to_numpy(), kind="stable")
        rle = pd.DataFrame(relative.T, index, [f"q{round(100 * share)}" for share in _QUANTILES])
        return ArrayQuality(
            classes=cohort.classes,
            genes=values.shape[1],
            limit=float(limits["high"].loc["distance"]),
            limits=limits,
            arrays=arrays.iloc[order],
            rle=rle.iloc[order],
            distances=_tabulate(distances if every else distances[:0, :0], index),
            covariates=cohort.samples[["class", "set"]].set_axis(index).join(shown_covariates(cohort).set_axis(index)),
        )


def _compute_distances(values: Array, others: Flags) -> Array:
    """Return the mean absolute difference of each array from the chosen others, shape (n, others)."""
    return np.array([np.abs(values[others] - array).mean(axis=1) for array in values])


def _tabulate(distances: Array, index: pd.Index[str]) -> pd.DataFrame:
    """Return distances between all arrays with four decimals; the columns are numbered from 0."""
    places = [str(place) for place in range(distances.shape[1])]
    return pd.DataFrame(distances.round(4), index=index[: len(distances)], columns=places)


def _compare_with_class(values: Array, codes: Codes, train: Flags) -> tuple[Array, Array]:
    """Return residual spread of each array, and its correlation with the medians of its class, shape (n,) each.

    The residual spread is the median over the genes of the absolute residual from the class median. Residuals are
    divided by the gene's median absolute residual over the training arrays, as NUSE divides standard errors by their
    median over the arrays.
    """
    centres = np.array([np.median(values[train & (codes == code)], axis=0) for code in range(codes.max() + 1)])
    own = centres[codes]
    with np.errstate(invalid="ignore", divide="ignore"):
        centred, expected = (part - part.mean(axis=1, keepdims=True) for part in (values, own))
        products = [np.einsum("ij,ij->i", *pair) for pair in ((centred, expected), (centred,) * 2, (expected,) * 2)]
        correlation = products[0] / np.sqrt(products[1] * products[2])
    sizes = np.abs(values - own)
    usual = np.median(sizes[train], axis=0)
    varying = usual > 0
    if not varying.any():
        return np.full(len(values), np.nan), correlation
    return np.asarray(np.median(sizes[:, varying] / usual[varying], axis=1)), correlation


def _measure_libraries(cohort: Cohort, upstream: Upstream) -> dict[str, Array]:
    """Return library size and share of detected genes, shape (n,) each; nothing unless the values are counts."""
    found, raw = upstream.get(Preprocessing), upstream.get(Unscaled)
    if found is None or found.libraries is None or raw is None:
        return {}
    train = (cohort.samples["set"] == "train").to_numpy()
    detected = np.empty(len(train))
    detected[train], detected[~train] = (raw.values > 0).mean(axis=1), (raw.independent > 0).mean(axis=1)
    sizes = found.libraries.sizes["library_size"]
    return {"library_size": sizes.loc[cohort.samples.index].to_numpy(dtype=np.float64), "detected": detected}


def _judge(measures: pd.DataFrame, train: Flags) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the limits of the measures, and the verdict on each array, as in `ArrayQuality`.

    Args:
        measures: Index sample, one column per measure.
        train: Which of them are training arrays, shape (n,).
    """
    beyond, rows = {}, []
    for name, measure in _MEASURES.items():
        if name not in measures:
            continue
        values = np.log2(measures[name]) if measure.log else measures[name]
        first, third = np.quantile(values[train], [0.25, 0.75])
        if third == first and name != "distance":  # most arrays have one value, as the median of floored values
            continue
        reach = WHISKER * (third - first)
        low, high = first - reach if measure.low else np.nan, third + reach if measure.high else np.nan
        beyond[measure.name] = ((values < low - _ROUNDING) | (values > high + _ROUNDING)).to_numpy()
        told = (2.0**low, 2.0**high) if measure.log else (low, high)
        rows.append((measure.name, *told, int(beyond[measure.name].sum())))
    flags = pd.DataFrame(beyond, index=measures.index)
    verdicts = {
        "outlier": np.where(flags.any(axis=1), "yes", "no"),
        "exceeded": flags.sum(axis=1).astype("int64"),
        "exceeds": [";".join(flags.columns[row]) for row in flags.to_numpy()],
    }
    limits = pd.DataFrame(rows, columns=["measure", "low", "high", "exceeding"]).set_index("measure")
    return limits, pd.DataFrame(verdicts, index=measures.index).astype({"outlier": "str", "exceeds": "str"})


def make_stage(context: StageContext) -> ArrayQualityStage:  # noqa: ARG001 - it has no settings
    """Return the stage."""
    return ArrayQualityStage()


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    train = int((context.prepared.samples["set"] == "train").sum())
    if train < _FEWEST:
        return Plan("nothing", f"the whole stage, because there are {train} training samples and it needs {_FEWEST}")
    return Plan(f"relative log expression and distances of {len(context.prepared.samples):,} samples")
