"""Bring new samples to the scale of a frozen model by its stored constants; nothing is detected or fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from genereport.analyses.preprocessing.matrices import in_rows
from genereport.analyses.preprocessing.stage import HALF_COUNT, gene_medians, to_log2
from genereport.cohort.floor import NOISY
from genereport.cohort.impossible import find_codes
from genereport.cohort.scale import detect_scale
from genereport.cohort.undo import can_undo, describe_undo, undo_values
from genereport.errors import BundleError, CohortError
from genereport.learn.arrays import Arrays, Scaling
from genereport.learn.frozen import FinalModels
from genereport.learn.libraries import Libraries
from genereport.learn.manifest import MANIFEST
from genereport.learn.reference import Basis, Measured
from genereport.names import scale_name
from genereport.stats.counts import TmmReference
from genereport.types import Array, Flags, Undo


@checked(frozen=True, config=ConfigDict(extra="forbid"))
class LibraryConstants:
    """Constants that normalise library sizes, and the depth to which counts are thinned, as in `Libraries`."""

    reference_size: float
    geometric_mean: float
    mean_size: float
    depth: float = 0.0


@checked(frozen=True, config=ConfigDict(extra="forbid"))
class PreprocessingConstants:
    """Constants that convert measured values to comparable log2 values, as in `Preprocessing`."""

    scale: str
    floor: float | None
    cap: float | None
    log: str
    array_scaling: Scaling
    location: float
    spread: float
    common_floor: float | None
    collapse: str
    value_unit: str
    libraries: LibraryConstants | None = None
    undo: Undo | None = None

    def arrays(self, basis: Basis) -> Arrays | Libraries:
        """Return the scaling of arrays that was learnt from the training arrays."""
        if self.libraries is not None:
            size, mean = self.libraries.reference_size, self.libraries.geometric_mean
            reference = TmmReference(basis.reference, size, mean) if self.array_scaling == "tmm" else None
            return Libraries(basis.positions, reference, self.libraries.mean_size, self.libraries.depth)
        positions = basis.positions if len(basis.positions) else None
        return Arrays(
            None, self.array_scaling, positions, basis.reference, self.location, self.spread, self.common_floor
        )


@dataclass(frozen=True, eq=False)
class Incoming:
    """New samples with the genes of the model.

    Attributes:
        raw: Samples × the g genes that array scaling is taken over, unit of the file, shape (m, g); NaN is missing.
        basis: Samples × the genes by which arrays are scaled (all that vary, if they are not), log2, before scaling;
            of counts, log2 counts per million.
        values: Samples × the p genes that the models see, arrays on one scale, shape (m, p).
        lacking: Whether no sample has a value of a gene, shape (p,).
    """

    raw: Array
    basis: Array
    values: Array
    lacking: Flags


def read_constants(stored: dict[str, Any]) -> PreprocessingConstants:
    """Return the constants that a manifest holds.

    Raises:
        BundleError: GR602 if they are not valid.
    """
    problem = "The constants of the preprocessing are not those that genereport writes."
    try:
        found = TypeAdapter(PreprocessingConstants).validate_python(stored)
    except ValidationError as error:
        raise BundleError("GR602", problem, "Build the report again.", MANIFEST) from error
    if (found.scale == "counts") != (found.libraries is not None):
        raise BundleError("GR602", problem, "Build the report again.", MANIFEST)
    return found


def bring(final: FinalModels, expression: pd.DataFrame) -> Incoming:
    """Prepare new samples as the training set was prepared.

    Args:
        final: The models with their constants.
        expression: Samples × genes in the unit of the file; genes may be missing, and other genes are ignored.

    Raises:
        CohortError: GR617 if a value has no logarithm, or the values cannot be converted back as the model's were.
        BundleError: GR602 if the stored constants are not valid.
    """
    measured, constants = final.reference.measured, read_constants(dict(final.preprocessing))
    raw = _remove_codes(_convert_back(in_rows(expression.reindex(columns=list(measured.genes))), constants), constants)
    _require_logarithms(raw, constants)
    logged, _ = to_log2(raw, constants.scale, constants.floor, constants.cap)
    lacking = _without_value(raw)
    counted = constants.libraries is not None
    fill_in = _fill_in_counts if counted else _fill_in
    varying = _varying_genes(fill_in(logged, lacking, measured), measured, constants)
    arrays = constants.arrays(final.reference.basis)
    scaled = pd.DataFrame(arrays.scaled(in_rows(varying)), columns=varying.columns)
    logged[:, lacking] = np.nan
    known = _varying_genes(logged, measured, constants).notna().any(axis=0)
    values = in_rows(scaled[list(final.genes)].where(known[list(final.genes)], axis=1))
    compared = scaled if counted else varying
    basis = in_rows(compared if arrays.basis is None else compared.iloc[:, arrays.basis])
    return Incoming(raw, basis, values, _without_value(values))


def _convert_back(values: Array, constants: PreprocessingConstants) -> Array:
    """Return the values on the scale of the model, as the values of its training samples were converted back.

    Raises:
        CohortError: GR617 if they cannot be converted.
    """
    undo = constants.undo
    if undo is None:
        return values
    known = np.where(find_codes(values), np.nan, values)
    if can_undo(undo, known):
        return undo_values(undo, known)
    found = detect_scale(known)
    raise CohortError(
        "GR617",
        f"The values that the model was trained on are {describe_undo(undo, scale_name(constants.scale))}, and the new "
        f"values are not: they look like {scale_name(found.name)} ({found.reason}).",
        "Transform the new values as the training values were transformed.",
    )


def _remove_codes(raw: Array, constants: PreprocessingConstants) -> Array:
    """Return the values without codes for missing ones, and without intensities ≤ 0 if there are only a few."""
    kept = np.where(find_codes(raw), np.nan, raw)
    dark = kept <= 0
    if constants.scale == "intensity" and constants.floor is None and dark.mean() < NOISY:
        kept[dark] = np.nan
    return kept


def _without_value(values: Array) -> Flags:
    return np.asarray(np.isnan(values).all(axis=0))


def _fill_in(logged: Array, lacking: Flags, measured: Measured) -> Array:
    """Fill in genes that no sample has, for location and spread of an array, with values expected from its other genes.

    If they were left out, they would change both: arrays in a file without the genes of low expression look brighter.
    """
    if not lacking.any() or lacking.all():
        return logged
    offset = np.nanmedian(logged[:, ~lacking] - measured.levels[~lacking], axis=1)
    filled = logged.copy()
    filled[:, lacking] = measured.levels[lacking] + offset[:, None]
    return filled


def _fill_in_counts(counts: Array, lacking: Flags, measured: Measured) -> Array:
    """Fill in the counts of genes that no sample has, so that library sizes do not lack them."""
    if not lacking.any() or lacking.all():
        return counts
    filled = np.exp2(_fill_in(np.log2(counts + HALF_COUNT), lacking, measured)) - HALF_COUNT
    return np.where(lacking, np.maximum(filled, 0.0), counts)


def _varying_genes(logged: Array, measured: Measured, constants: PreprocessingConstants) -> pd.DataFrame:
    """Return the genes that vary over the training samples, in the order of the training set."""
    kept = np.flatnonzero(measured.testable)
    names = [measured.genes[i] for i in kept]
    frame = pd.DataFrame(logged[:, kept], columns=names)
    if constants.collapse != "median":
        return frame
    return gene_medians(frame, pd.Series([measured.symbols[i] for i in kept], index=names, dtype=str))


def _require_logarithms(raw: Array, constants: PreprocessingConstants) -> None:
    """Check that the stored preprocessing can take logarithms.

    Raises:
        CohortError: GR617 if a value has no logarithm.
    """
    least = {"intensity": float(np.nextafter(0, 1)), "counts": 0.0, "tpm": 0.0, "beta": 0.0}.get(
        constants.scale, -np.inf
    )
    lowest = float(np.nanmin(raw, initial=np.inf))
    lowest = lowest if constants.floor is None else max(lowest, constants.floor)
    if lowest < least:
        found = detect_scale(raw, prove=False)
        raise CohortError(
            "GR617",
            f"The model takes logarithms of {constants.scale} values without a floor, and the smallest new value is "
            f"{lowest:g}; the new values look like {scale_name(found.name)} ({found.reason}).",
            "Give the values on the scale that the model was trained on.",
        )
