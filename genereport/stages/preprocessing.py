"""From the values in the file to comparable log2 values; nothing here is learnt from more than one array.

Floor, cap and logarithm work value by value, array scaling array by array. What is learnt from several samples
(imputation, standardisation of genes, filters) belongs inside the splits and is not done here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from genereport.cohort.model import Cohort, Scale
from genereport.cohort.scale import detect_scale
from genereport.errors import CohortError
from genereport.learn.reference import QUANTILES, Measured
from genereport.results import Preprocessing
from genereport.settings import PreprocessSettings
from genereport.stages.quality import array_quantiles
from genereport.stats.arrays import normal_scores, standardise_arrays, varies

Values = npt.NDArray[np.float64]

DEFAULT_FLOOR = 100.0
DEFAULT_CAP = 16_000.0


@dataclass(frozen=True)
class PreprocessingStage:
    """Control probes aside, floor and cap, log2, testability, array scaling."""

    settings: PreprocessSettings
    name: str = "preprocessing"

    def run(self, cohort: Cohort) -> tuple[Cohort, Preprocessing]:
        """The cohort as every later stage sees it, log2 values of testable genes, and what was done to it.

        Raises:
            CohortError: GR204 no gene varies over the training samples.
        """
        controls = cohort.genes["control"].to_numpy(dtype=bool)
        genes = _only_genes(cohort, ~controls)
        raw = in_rows(genes.expression)
        floor, cap = self._limits(genes)
        logged, log = to_log2(raw, cohort.scale.name, floor, cap)
        train = (genes.samples["set"] == "train").to_numpy()
        testable = varies(logged[train])
        if not testable.any():
            raise CohortError(
                "GR204",
                "No gene varies over the training samples after floor, cap and logarithm.",
                "Check the scale of the values and preprocess.floor and preprocess.cap.",
            )
        scaling = self._scaling(cohort.scale.name)
        location, spread = _training_location(logged[train])
        scaled = scale_arrays(logged, scaling, location, spread)
        probes = _with_values(_only_genes(genes, testable), scaled[:, testable])
        prepared = _medians(probes) if self.settings.collapse == "median" else probes
        untestable = genes.expression.columns[~testable]
        return prepared, Preprocessing(
            scale=cohort.scale.name,
            scale_reason=cohort.scale.reason,
            floor=floor,
            cap=cap,
            floored=_share(raw < floor, raw) if floor is not None else 0.0,
            capped=_share(raw > cap, raw) if cap is not None else 0.0,
            log=log,
            array_scaling=scaling,
            location=location,
            spread=spread,
            controls=int(controls.sum()),
            untestable=len(untestable),
            testable=int(testable.sum()),
            collapse=self.settings.collapse,
            several=_several(probes),
            untestable_genes=tuple(untestable),
            missing=int(np.isnan(raw[:, testable]).sum()),
            arrays=array_quantiles(prepared),
        )

    def _limits(self, cohort: Cohort) -> tuple[float | None, float | None]:
        """Floor and cap: as set; else the customary ones for intensities that hold values ≤ 0 in the training set."""
        noisy = cohort.scale.name == "intensity" and bool((cohort.subset("train").expression <= 0).any(axis=None))
        floor, cap = self.settings.floor, self.settings.cap
        if noisy:
            floor = DEFAULT_FLOOR if floor is None else floor
            cap = DEFAULT_CAP if cap is None else cap
        return floor, cap

    def _scaling(self, scale: str) -> str:
        if self.settings.array_scaling != "auto":
            return self.settings.array_scaling
        return "standardise" if scale == "intensity" else "none"


def measured(cohort: Cohort, found: Preprocessing) -> Measured:
    """What a bundle must remember of the training arrays as they were measured.

    Args:
        cohort: As it was read.
        found: What was done to it.
    """
    genes = _only_genes(cohort, ~cohort.genes["control"].to_numpy(dtype=bool))
    raw = in_rows(genes.subset("train").expression)
    logged, _ = to_log2(raw, found.scale, found.floor, found.cap)
    testable = ~genes.expression.columns.isin(found.untestable_genes)
    prepared = scale_arrays(logged, found.array_scaling, found.location, found.spread)[:, testable]
    return Measured(
        tuple(genes.expression.columns),
        tuple(genes.genes["symbol"]),
        testable,
        np.nanmedian(logged, axis=0),
        detect_scale(raw).name,
        array_summaries(raw),
        array_summaries(prepared),
    )


def array_summaries(values: Values) -> Values:
    """`QUANTILES` of each array, shape (n, 5)."""
    return np.ascontiguousarray(np.nanquantile(values, QUANTILES, axis=1).T)


def _only_genes(cohort: Cohort, mask: npt.NDArray[np.bool_]) -> Cohort:
    return replace(cohort, expression=cohort.expression.loc[:, mask], genes=cohort.genes.loc[mask])


def _with_values(cohort: Cohort, values: Values) -> Cohort:
    frame = pd.DataFrame(values, index=cohort.expression.index, columns=cohort.expression.columns)
    return replace(cohort, expression=frame, scale=Scale("log2", "preprocessed"))


def _several(cohort: Cohort) -> int:
    """Genes with more than one probe."""
    symbols = cohort.genes["symbol"]
    return int((symbols[symbols != ""].value_counts() > 1).sum())


def _medians(cohort: Cohort) -> Cohort:
    names = _gene_names(cohort.genes["symbol"])
    genes = cohort.genes.groupby(names, sort=False).first().rename_axis(index="gene")
    return replace(cohort, expression=gene_medians(cohort.expression, cohort.genes["symbol"]), genes=genes)


def gene_medians(expression: pd.DataFrame, symbols: pd.Series[str]) -> pd.DataFrame:
    """Genes in place of their probes: the median of those with one symbol, array by array; its id is the symbol.

    Args:
        expression: Samples × probes.
        symbols: By probe, in the order of the columns; empty where unknown.
    """
    return expression.T.groupby(_gene_names(symbols), sort=False).median().T.rename_axis(columns="gene")


def _gene_names(symbols: pd.Series[str]) -> pd.Series[str]:
    return symbols.where((symbols != "") & symbols.duplicated(keep=False), symbols.index.to_series())


def in_rows(expression: pd.DataFrame) -> Values:
    """Samples × genes, each array in one piece, so that sums over it do not depend on the arrays beside it."""
    return np.ascontiguousarray(expression.to_numpy())


def _share(where: npt.NDArray[np.bool_], raw: Values) -> float:
    return float(where.sum() / np.count_nonzero(~np.isnan(raw)))


def to_log2(raw: Values, scale: str, floor: float | None, cap: float | None) -> tuple[Values, str]:
    """Log2 values, and how they were made.

    Args:
        raw: Samples × genes in the unit of the file, shape (n, g); library sizes are taken over all of the genes.
        scale: Of `raw`.
        floor: Lower bound before the logarithm, if any.
        cap: Upper bound, likewise.

    Raises:
        CohortError: GR205 when an intensity or count has no logarithm.
    """
    limited = np.clip(raw, floor, cap) if (floor, cap) != (None, None) else raw
    if scale in ("log2", "ratio"):
        return limited, "none"
    lowest = float(np.nanmin(limited))
    if scale == "counts":
        _require(lowest >= 0, lowest, "A count cannot be negative.", "preprocess.scale")
        library = np.nansum(limited, axis=1, keepdims=True)
        return np.log2((limited + 0.5) / (library + 1) * 1e6), "log2 CPM"
    _require(lowest > 0, lowest, "A value that is not positive has no logarithm.", "preprocess.floor")
    return np.log2(limited), "log2"


def _require(met: bool, lowest: float, why: str, setting: str) -> None:
    if not met:
        raise CohortError("GR205", f"The smallest value is {lowest:g}. {why}", f"Set {setting} to suit the data.")


def _training_location(logged: Values) -> tuple[float, float]:
    """Median over the training arrays of their means and of their standard deviations, log2 units."""
    means, spreads = np.nanmean(logged, axis=1), np.nanstd(logged, axis=1, ddof=1)
    return float(np.median(means)), float(np.median(spreads))


def scale_arrays(logged: Values, scaling: str, location: float, spread: float) -> Values:
    """Arrays with a common location and scale, back in log2 units; one constant shift and factor for all of them.

    Args:
        logged: Samples × genes, log2, shape (n, g).
        scaling: ``none``, ``standardise`` or ``quantile``.
        location: Median over the training arrays of their mean.
        spread: Median over the training arrays of their standard deviation.
    """
    if scaling == "none":
        return logged
    unit = standardise_arrays(logged) if scaling == "standardise" else normal_scores(logged)
    return location + spread * unit
