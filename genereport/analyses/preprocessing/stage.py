"""Convert the values in the file to comparable values, log2 wherever the scale has logarithms.

Floor, cap and logarithm are applied value by value, and an array is scaled by its own values alone. Which genes count
as expressed, and the location and spread to which arrays are scaled, are learnt from the training arrays: here from all
of them, for the tests; and anew from the training part of each split, for the models (`genereport.learn.arrays`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.analyses.preprocessing.counted import as_log_cpm, describe_libraries, rule_for_counts, unsuited_rule
from genereport.analyses.preprocessing.matrices import in_rows, only_genes, with_values
from genereport.analyses.preprocessing.result import BETA_EDGE, Preprocessing
from genereport.analyses.quality.stage import array_quantiles
from genereport.analyses.stage import Plan, PlanContext, value_unit
from genereport.cohort.floor import Bounds, find_bounds
from genereport.cohort.model import Cohort
from genereport.cohort.scale import detect_scale
from genereport.errors import CohortError
from genereport.learn.arrays import (
    OF_COUNTS,
    ArrayRule,
    Arrays,
    ExpressionRule,
    Scaling,
    expressed_genes,
    fewest_expressed,
    fit_scaling_of_arrays,
)
from genereport.learn.libraries import Libraries
from genereport.learn.reference import QUANTILES, Measured, sample_checksums
from genereport.names import scale_name
from genereport.settings import Collapse, PreprocessSettings
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
HALF_COUNT = 0.5
"""Count that is added before the logarithm where no library size is known."""

_QUANTILE_COLUMNS = [f"q{round(100 * share)}" for share in QUANTILES]


@dataclass(frozen=True, eq=False)
class Unscaled:
    """The samples before arrays are scaled; the training part of each split is taken from those for training.

    Attributes:
        genes: Index gene, column symbol: the p genes that vary over the training samples.
        values: Training samples × genes, shape (n, p), log2 after floor and cap, or counts; NaN where missing.
        independent: The same of the independent set, shape (m, p).
        rule: How arrays are scaled, and which genes count as expressed.
    """

    genes: pd.DataFrame
    values: Array
    independent: Array
    rule: ArrayRule


@dataclass(frozen=True, eq=False)
class AsRead:
    """The cohort as it was read, for stages that preprocess it in other ways."""

    cohort: Cohort


class Prepared(NamedTuple):
    """A cohort on its way through the preprocessing.

    Attributes:
        log: How logarithms were made.
        testable: Which genes can differ between the training samples, shape (genes,).
        probes: The testable genes, before probes are collapsed.
        varying: The same after that, before arrays are scaled.
        cohort: The expressed genes with arrays on one scale.
        arrays: What was learnt from the training arrays.
    """

    log: str
    testable: Flags
    probes: Cohort
    varying: Cohort
    cohort: Cohort
    arrays: Arrays | Libraries


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
        genes = only_genes(cohort, ~controls)
        raw = in_rows(genes.expression)
        train = (genes.samples["set"] == "train").to_numpy()
        bounds = find_bounds(raw[train], cohort.scale.name, self.settings)
        rule = self._rule(cohort.scale.name, bounds)
        log, testable, probes, varying, prepared, arrays = prepare(genes, bounds, rule, self.settings.collapse)
        location, spread = _moments(prepared if isinstance(arrays, Libraries) else varying, arrays)
        quiet = varying.expression.columns.difference(prepared.expression.columns, sort=False)
        untestable = genes.expression.columns[~testable]
        return prepared, Preprocessing(
            classes=cohort.classes,
            scale=cohort.scale.name,
            scale_reason=cohort.scale.reason,
            scale_sure=cohort.scale.sure,
            undo=cohort.scale.undo,
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
            common_floor=arrays.floor if isinstance(arrays, Arrays) else None,
            controls=int(controls.sum()),
            untestable=len(untestable),
            thin=self.settings.thin if isinstance(arrays, Libraries) else "none",
            libraries=describe_libraries(arrays, varying, prepared) if isinstance(arrays, Libraries) else None,
            expression_rule=rule.expression,
            fewest_expressed=fewest_expressed(varying.subset("train").codes),
            unexpressed=len(quiet),
            testable=prepared.expression.shape[1],
            collapse=self.settings.collapse,
            several=_count_several_probes(probes),
            untestable_genes=tuple(untestable),
            unexpressed_genes=tuple(quiet),
            steps=_steps(
                cohort,
                control=int(controls.sum()),
                **{"uncounted" if isinstance(arrays, Libraries) else "constant": len(untestable)},
                collapsed=probes.expression.shape[1] - varying.expression.shape[1],
                unexpressed=len(quiet),
            ),
            missing=int(prepared.expression.isna().to_numpy().sum()),
            arrays_read=array_quantiles(cohort),
            arrays=array_quantiles(prepared),
        )

    def _rule(self, scale: str, bounds: Bounds) -> ArrayRule:
        asked = self.settings.array_scaling, self.settings.expressed
        if scale == "counts":
            return rule_for_counts(*asked)
        for value, name in zip(asked, ("array_scaling", "expressed"), strict=True):
            if value in ("tmm", "filter_by_expr"):
                raise unsuited_rule(name, value, f"belongs to counts, and these values are {scale_name(scale)}")
        if self.settings.thin == "always":
            raise unsuited_rule("thin", "always", f"belongs to counts, and these values are {scale_name(scale)}")
        if asked[1] == "fold_range" and scale != "intensity":
            raise unsuited_rule(
                "expressed", "fold_range", f"belongs to raw intensities, and these values are {scale_name(scale)}"
            )
        scaling: Scaling = "stable_genes" if scale == "intensity" else "none"
        expression: ExpressionRule = "none" if bounds.floor is None else "above_floor"
        return ArrayRule(
            scaling if asked[0] == "auto" else asked[0],
            expression if asked[1] == "auto" else asked[1],
            None if bounds.floor is None else float(np.log2(bounds.floor)),
        )


def prepare(genes: Cohort, bounds: Bounds, rule: ArrayRule, collapse: Collapse) -> Prepared:
    """Convert the values of a cohort without control probes.

    Raises:
        CohortError: GR204 if no gene varies over the training samples, or none is expressed; GR205 if a value has no
            logarithm.
    """
    raw = in_rows(genes.expression)
    train = (genes.samples["set"] == "train").to_numpy()
    logged, log = to_log2(raw, genes.scale.name, *bounds)
    testable = _testable(raw[train], logged[train], rule)
    probes = with_values(only_genes(genes, testable), logged[:, testable])
    varying = _medians(probes) if collapse == "median" else probes
    return Prepared(log, testable, probes, varying, *_on_one_scale(varying, rule))


def _testable(raw: Array, logged: Array, rule: ArrayRule) -> Flags:
    """Return which genes can differ between the training samples, shape (g,).

    Counts must not all be 0, and none may be missing; other values must vary.

    Args:
        raw: Training samples × genes in the unit of the file, shape (n, g).
        logged: The same after the logarithm.
        rule: How the samples are brought to one scale.

    Raises:
        CohortError: GR204 if there is none.
    """
    if rule.scaling in OF_COUNTS:
        found = (raw > 0).any(axis=0) & ~np.isnan(raw).any(axis=0)
        problem = "Every gene has missing counts, or no count at all, in the training samples."
        remedy = "Check the matrix: voom and TMM need a count of every gene in every sample."
    else:
        found = has_different_values(logged) & has_different_values(raw)
        problem = "No gene varies over the training samples after floor, cap and logarithm."
        remedy = "Check the scale of the values and preprocess.floor and preprocess.cap."
    if not found.any():
        raise CohortError("GR204", problem, remedy)
    return np.asarray(found)


def _on_one_scale(varying: Cohort, rule: ArrayRule) -> tuple[Cohort, Arrays | Libraries]:
    """Return the expressed genes with arrays on one scale, and what was learnt from the training arrays.

    Raises:
        CohortError: GR204 if no gene is expressed.
    """
    if rule.scaling in OF_COUNTS:
        return as_log_cpm(varying, rule)
    train = varying.subset("train")
    logged = in_rows(train.expression)
    arrays = fit_scaling_of_arrays(logged, train.codes, rule)
    expressed = expressed_genes(logged, arrays, train.codes, rule)
    if expressed is not None and not len(expressed):
        raise CohortError(
            "GR204",
            f"No gene counts as expressed by the rule '{rule.expression}' in the training samples.",
            "Lower preprocess.floor, check the scale of the values, or set another rule with preprocess.expressed.",
        )
    mask = np.zeros(logged.shape[1], dtype=bool)
    mask[arrays._replace(expressed=expressed).columns(len(mask))] = True
    scaled = arrays.scaled(in_rows(varying.expression))
    return with_values(only_genes(varying, mask), in_rows(pd.DataFrame(scaled[:, mask]))), arrays


def _steps(cohort: Cohort, **aside: int) -> pd.DataFrame:
    """Return what each step sets aside and leaves, as in `Preprocessing.steps`.

    Args:
        cohort: The cohort as it was read.
        aside: Number of genes that each step of the preprocessing sets aside, by its name, in order.
    """
    every = [(step, number) for step, number in (*cohort.set_aside, *aside.items()) if number]
    rows = cohort.expression.shape[1] + sum(number for _, number in cohort.set_aside)
    left = rows - np.cumsum([0, *(number for _, number in every)])
    table = pd.DataFrame({"genes": [0, *(number for _, number in every)], "left": left})
    return table.set_index(pd.Index(["file", *(step for step, _ in every)], name="step", dtype=str))


def _moments(cohort: Cohort, arrays: Arrays | Libraries) -> tuple[float, float]:
    """Return the medians over the training arrays of their median and median absolute deviation.

    Args:
        cohort: Logarithms before arrays are scaled, or log2 counts per million.
        arrays: How the arrays are scaled.
    """
    logged = in_rows(cohort.subset("train").expression)
    whole = isinstance(arrays, Libraries) or arrays.basis is None
    location, spread = array_moments(logged if whole else logged[:, arrays.basis])
    return float(np.median(location)), float(np.median(spread))


def unscaled(cohort: Cohort, found: Preprocessing) -> Unscaled:
    """Return the samples before arrays are scaled.

    Args:
        cohort: The cohort as it was read.
        found: The record of its preprocessing.
    """
    genes = only_genes(cohort, ~cohort.genes["control"].to_numpy(dtype=bool))
    logged, _ = to_log2(in_rows(genes.expression), found.scale, found.floor, found.cap)
    testable = ~genes.expression.columns.isin(found.untestable_genes)
    probes = with_values(only_genes(genes, testable), logged[:, testable])
    varying = _medians(probes) if found.collapse == "median" else probes
    floor = None if found.floor is None else np.log2(found.floor)
    rule = ArrayRule(found.array_scaling, found.expression_rule, floor, found.thin)
    values, independent = in_rows(varying.subset("train").expression), in_rows(varying.subset("test").expression)
    return Unscaled(varying.genes, values, independent, rule)


def measured(cohort: Cohort, found: Preprocessing) -> Measured:
    """Return what a frozen model must record of the training arrays as they were measured.

    Args:
        cohort: The cohort as it was read.
        found: The record of its preprocessing.
    """
    genes = only_genes(cohort, ~cohort.genes["control"].to_numpy(dtype=bool))
    raw = in_rows(genes.subset("train").expression)
    logged, _ = to_log2(raw, found.scale, found.floor, found.cap)
    if found.libraries is not None:
        logged = np.log2(logged + HALF_COUNT)
    return Measured(
        tuple(genes.expression.columns),
        tuple(genes.genes["symbol"]),
        ~genes.expression.columns.isin(found.untestable_genes),
        np.nanmedian(logged, axis=0),
        detect_scale(raw, prove=False).name,
        array_summaries(raw),
        np.ascontiguousarray(found.arrays.loc[found.arrays["set"] == "train", _QUANTILE_COLUMNS].to_numpy()),
        tuple(sorted(sample_checksums(raw))),
    )


def array_summaries(values: Array) -> Array:
    """Return the `QUANTILES` of each array, shape (n, 5)."""
    return np.ascontiguousarray(np.nanquantile(values, QUANTILES, axis=1).T)


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


def _share(where: Flags, raw: Array) -> float:
    return float(where.sum() / np.count_nonzero(~np.isnan(raw)))


def to_log2(raw: Array, scale: str, floor: float | None, cap: float | None) -> tuple[Array, str]:
    """Return log2 values and how they were made; standardised values and log ratios are left as they are.

    Methylation shares β become M-values log2(β / (1 − β)) (Du and others 2010, BMC Bioinformatics 11:587); TPM, CPM and
    FPKM become log2(x + 1). Counts stay as they are: they become log2 counts per million where samples are brought to
    one scale, since that needs library sizes (`genereport.learn.libraries`).

    Args:
        raw: Samples × genes in the unit of the file, shape (n, g).
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
        why, remedy = "A value that is not positive has no logarithm.", "Set preprocess.floor to a positive number."
        _require(lowest > 0, lowest, why, remedy)
        return np.log2(limited), how
    remedy = "Set preprocess.scale to the scale of the values."
    _require(lowest >= 0, lowest, f"Values on the scale {scale} cannot be negative.", remedy)
    if scale == "beta":
        kept = np.clip(limited, BETA_EDGE, 1 - BETA_EDGE)
        return np.log2(kept / (1 - kept)), how
    return (np.log2(limited + 1) if scale == "tpm" else limited), how


def _require(met: bool, lowest: float, why: str, remedy: str) -> None:
    if not met:
        raise CohortError("GR205", f"The smallest value is {lowest:g}. {why}", remedy)


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
