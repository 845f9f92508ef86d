"""Convert the values in the file to comparable values, log2 wherever the scale has logarithms.

Floor, cap and logarithm are applied value by value, and an array is scaled by its own values alone. Which genes count
as expressed, and the location and spread to which arrays are scaled, are learnt from the training arrays: here from all
of them, for the tests; and anew from the training part of each split, for the models (`genereport.learn.arrays`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from genereport.analyses.preprocessing.result import BETA_EDGE, Preprocessing
from genereport.analyses.quality.stage import array_quantiles
from genereport.analyses.stage import Plan, PlanContext, value_unit
from genereport.cohort.floor import Bounds, find_bounds
from genereport.cohort.model import Cohort
from genereport.cohort.scale import detect_scale
from genereport.errors import CohortError
from genereport.learn.arrays import (
    ArrayRule,
    Arrays,
    ExpressionRule,
    Scaling,
    expressed_genes,
    fewest_expressed,
    fit_scaling_of_arrays,
)
from genereport.learn.reference import QUANTILES, Measured, sample_checksums
from genereport.settings import PreprocessSettings
from genereport.stats.arrays import array_moments, has_different_values
from genereport.types import Array, Flags

_LOGS = {
    "intensity": "log2",
    "log2": "none",
    "ln": "from ln",
    "log10": "from log10",
    "ratio": "none",
    "counts": "log2 CPM",
    "tpm": "log2(x + 1)",
    "beta": "M-value",
    "standardised": "none",
}
_QUANTILE_COLUMNS = [f"q{round(100 * share)}" for share in QUANTILES]


@dataclass(frozen=True, eq=False)
class Unscaled:
    """The training samples before arrays are scaled, from which the training part of each split is taken.

    Attributes:
        genes: Index gene, column symbol: the p genes that vary over the training samples.
        values: Training samples × genes, log2, after floor and cap, shape (n, p); NaN where missing.
        rule: How arrays are scaled, and which genes count as expressed.
    """

    genes: pd.DataFrame
    values: Array
    rule: ArrayRule


@dataclass(frozen=True)
class PreprocessingStage:
    """Removal of control probes, floor and cap, logarithm, testability, array scaling, expressed genes."""

    settings: PreprocessSettings
    name: str = "preprocessing"

    def run(self, cohort: Cohort) -> tuple[Cohort, Preprocessing]:
        """Return the cohort for the tests, with expressed genes on one scale, and the record of the preprocessing.

        Raises:
            CohortError: GR204 if no gene varies over the training samples, or none is expressed; GR205 if a value has
                no logarithm; GR225 if floor or cap are given for values that are no raw intensities.
        """
        controls = cohort.genes["control"].to_numpy(dtype=bool)
        genes = _only_genes(cohort, ~controls)
        raw = in_rows(genes.expression)
        train = (genes.samples["set"] == "train").to_numpy()
        bounds = find_bounds(raw[train], cohort.scale.name, self.settings)
        logged, log = to_log2(raw, cohort.scale.name, *bounds)
        # Counts of 0 vary only with the depth of the samples.
        testable = has_different_values(logged[train]) & has_different_values(raw[train])
        if not testable.any():
            raise CohortError(
                "GR204",
                "No gene varies over the training samples after floor, cap and logarithm.",
                "Check the scale of the values and preprocess.floor and preprocess.cap.",
            )
        probes = _with_values(_only_genes(genes, testable), logged[:, testable])
        varying = _medians(probes) if self.settings.collapse == "median" else probes
        rule = self._rule(cohort.scale.name, bounds)
        prepared, arrays = _on_one_scale(varying, rule)
        location, spread = _moments(varying.subset("train"), arrays)
        quiet = varying.expression.columns.difference(prepared.expression.columns, sort=False)
        untestable = genes.expression.columns[~testable]
        return prepared, Preprocessing(
            classes=cohort.classes,
            scale=cohort.scale.name,
            scale_reason=cohort.scale.reason,
            scale_sure=cohort.scale.sure,
            value_unit=value_unit(cohort.scale.name),
            floor=bounds.floor,
            cap=bounds.cap,
            floored=_share(raw < bounds.floor, raw) if bounds.floor is not None else 0.0,
            capped=_share(raw > bounds.cap, raw) if bounds.cap is not None else 0.0,
            log=log,
            array_scaling=rule.scaling,
            scaled_by=0 if arrays.basis is None else len(arrays.basis),
            location=location,
            spread=spread,
            common_floor=arrays.floor,
            controls=int(controls.sum()),
            untestable=len(untestable),
            expression_rule=rule.expression,
            fewest_expressed=fewest_expressed(varying.subset("train").codes),
            unexpressed=len(quiet),
            testable=prepared.expression.shape[1],
            collapse=self.settings.collapse,
            several=_count_several_probes(probes),
            untestable_genes=tuple(untestable),
            unexpressed_genes=tuple(quiet),
            missing=int(prepared.expression.isna().to_numpy().sum()),
            arrays_read=array_quantiles(cohort),
            arrays=array_quantiles(prepared),
        )

    def _rule(self, scale: str, bounds: Bounds) -> ArrayRule:
        scaling: Scaling = "stable_genes" if scale == "intensity" else "none"
        if self.settings.array_scaling != "auto":
            scaling = self.settings.array_scaling
        expression: ExpressionRule = "none" if bounds.floor is None else "above_floor"
        if self.settings.expressed != "auto":
            expression = self.settings.expressed
        return ArrayRule(scaling, expression, None if bounds.floor is None else float(np.log2(bounds.floor)))


def _on_one_scale(varying: Cohort, rule: ArrayRule) -> tuple[Cohort, Arrays]:
    """Return the expressed genes with arrays on one scale, and what was learnt from the training arrays.

    Raises:
        CohortError: GR204 if no gene is expressed.
    """
    train = varying.subset("train")
    logged = in_rows(train.expression)
    arrays = fit_scaling_of_arrays(logged, train.codes, rule)
    expressed = expressed_genes(logged, arrays, train.codes, rule)
    if expressed is not None and not len(expressed):
        raise CohortError(
            "GR204",
            f"No gene counts as expressed by the rule '{rule.expression}' in the training samples.",
            "Lower preprocess.floor, check the scale of the values, or name another rule: preprocess.expressed.",
        )
    mask = np.zeros(logged.shape[1], dtype=bool)
    mask[arrays._replace(expressed=expressed).columns(len(mask))] = True
    scaled = arrays.scaled(in_rows(varying.expression))
    return _with_values(_only_genes(varying, mask), in_rows(pd.DataFrame(scaled[:, mask]))), arrays


def _moments(train: Cohort, arrays: Arrays) -> tuple[float, float]:
    """Return the medians over the training arrays of their median and median absolute deviation, before scaling."""
    logged = in_rows(train.expression)
    location, spread = array_moments(logged if arrays.basis is None else logged[:, arrays.basis])
    return float(np.median(location)), float(np.median(spread))


def unscaled(cohort: Cohort, found: Preprocessing) -> Unscaled:
    """Return the training samples before arrays are scaled.

    Args:
        cohort: The cohort as it was read.
        found: The record of its preprocessing.
    """
    genes = _only_genes(cohort, ~cohort.genes["control"].to_numpy(dtype=bool))
    logged, _ = to_log2(in_rows(genes.expression), found.scale, found.floor, found.cap)
    testable = ~genes.expression.columns.isin(found.untestable_genes)
    probes = _with_values(_only_genes(genes, testable), logged[:, testable]).subset("train")
    varying = _medians(probes) if found.collapse == "median" else probes
    rule = ArrayRule(found.array_scaling, found.expression_rule, None if found.floor is None else np.log2(found.floor))
    return Unscaled(varying.genes, in_rows(varying.expression), rule)


def measured(cohort: Cohort, found: Preprocessing) -> Measured:
    """Return what a frozen model must record of the training arrays as they were measured.

    Args:
        cohort: The cohort as it was read.
        found: The record of its preprocessing.
    """
    genes = _only_genes(cohort, ~cohort.genes["control"].to_numpy(dtype=bool))
    raw = in_rows(genes.subset("train").expression)
    logged, _ = to_log2(raw, found.scale, found.floor, found.cap)
    return Measured(
        tuple(genes.expression.columns),
        tuple(genes.genes["symbol"]),
        ~genes.expression.columns.isin(found.untestable_genes),
        np.nanmedian(logged, axis=0),
        detect_scale(raw).name,
        array_summaries(raw),
        np.ascontiguousarray(found.arrays.loc[found.arrays["set"] == "train", _QUANTILE_COLUMNS].to_numpy()),
        tuple(sorted(sample_checksums(raw))),
    )


def array_summaries(values: Array) -> Array:
    """Return the `QUANTILES` of each array, shape (n, 5)."""
    return np.ascontiguousarray(np.nanquantile(values, QUANTILES, axis=1).T)


def _only_genes(cohort: Cohort, mask: Flags) -> Cohort:
    return replace(cohort, expression=cohort.expression.loc[:, mask], genes=cohort.genes.loc[mask])


def _with_values(cohort: Cohort, values: Array) -> Cohort:
    frame = pd.DataFrame(values, index=cohort.expression.index, columns=cohort.expression.columns)
    return replace(cohort, expression=frame)


def _count_several_probes(cohort: Cohort) -> int:
    """Return the number of genes with more than one probe."""
    symbols = cohort.genes["symbol"]
    return int((symbols[symbols != ""].value_counts() > 1).sum())


def _medians(cohort: Cohort) -> Cohort:
    names = _gene_names(cohort.genes["symbol"])
    genes = cohort.genes.groupby(names, sort=False).first().rename_axis(index="gene")
    return replace(cohort, expression=gene_medians(cohort.expression, cohort.genes["symbol"]), genes=genes)


def gene_medians(expression: pd.DataFrame, symbols: pd.Series[str]) -> pd.DataFrame:
    """Replace probes by genes: the median of the probes with one symbol, array by array; the gene id is the symbol.

    Args:
        expression: Samples × probes.
        symbols: Symbol of each probe, in the order of the columns; empty where unknown.
    """
    return expression.T.groupby(_gene_names(symbols), sort=False).median().T.rename_axis(columns="gene")


def _gene_names(symbols: pd.Series[str]) -> pd.Series[str]:
    return symbols.where((symbols != "") & symbols.duplicated(keep=False), symbols.index.to_series())


def in_rows(expression: pd.DataFrame) -> Array:
    """Return samples × genes with each array contiguous, so that sums over it do not depend on the other arrays."""
    return np.ascontiguousarray(expression.to_numpy())


def _share(where: Flags, raw: Array) -> float:
    return float(where.sum() / np.count_nonzero(~np.isnan(raw)))


def to_log2(raw: Array, scale: str, floor: float | None, cap: float | None) -> tuple[Array, str]:
    """Return log2 values and how they were made; standardised values and log ratios are left as they are.

    Methylation shares β become M-values log2(β / (1 − β)) (Du and others 2010, BMC Bioinformatics 11:587); TPM, CPM and
    FPKM become log2(x + 1), and counts log2 counts per million.

    Args:
        raw: Samples × genes in the unit of the file, shape (n, g); library sizes are taken over all of the genes.
        scale: Scale of `raw`.
        floor: Lower bound before the logarithm, if any.
        cap: Upper bound before the logarithm, if any.

    Raises:
        CohortError: GR205 if a value has no logarithm.
    """
    how = _LOGS[scale]
    if how == "none":
        return raw, how
    if how in ("from ln", "from log10"):
        return raw * np.log2(np.e if how == "from ln" else 10.0), how
    limited = np.clip(raw, floor, cap) if (floor, cap) != (None, None) else raw
    lowest = float(np.nanmin(limited, initial=np.inf))
    if scale == "intensity":
        _require(lowest > 0, lowest, "A value that is not positive has no logarithm.", "preprocess.floor")
        return np.log2(limited), how
    _require(lowest >= 0, lowest, f"Values on the scale {scale} cannot be negative.", "preprocess.scale")
    if scale == "beta":
        kept = np.clip(limited, BETA_EDGE, 1 - BETA_EDGE)
        return np.log2(kept / (1 - kept)), how
    if scale == "tpm":
        return np.log2(limited + 1), how
    library = np.nansum(limited, axis=1, keepdims=True)
    return np.log2((limited + 0.5) / (library + 1) * 1e6), how


def _require(met: bool, lowest: float, why: str, setting: str) -> None:
    if not met:
        raise CohortError("GR205", f"The smallest value is {lowest:g}. {why}", f"Set {setting} to suit the data.")


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    found = context.preprocessing
    limits = [f"{name} {value:g}" for name, value in (("floor", found.floor), ("cap", found.cap)) if value is not None]
    does = ", ".join([*limits, f"logarithm: {found.log}", f"array scaling: {found.array_scaling}"])
    aside = f"{found.controls:,} control probes, {found.untestable:,} genes that do not vary"
    if found.expression_rule != "none":
        aside += f", {found.unexpressed:,} genes that are not expressed ({found.expression_rule})"
    left_out = found.controls + found.untestable + found.unexpressed
    return Plan(f"{does}; {found.testable:,} genes are tested", aside if left_out else "")
