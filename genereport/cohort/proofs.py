"""Proofs of what the values of a file were before they became logarithms, or were divided by size factors.

A proof needs more than a plausible range. Zeros must recur as the logarithm of the pseudocount; and then the values
must be whole numbers, multiples of one number in each sample, or add up to a million in each sample.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from genereport.cohort.model import ScaleName
from genereport.cohort.undo import can_undo, find_unit, raise_values, share_of_whole, undo_values
from genereport.types import Array, Undo

_BASES = ((2.0, "base-2 logarithms"), (float(np.e), "natural logarithms"), (10.0, "base-10 logarithms"))
_PSEUDOCOUNTS = (1.0, 0.5, 0.25, 0.1, 0.05, 0.01, 0.001, 1e-4, 1e-5, 1e-6)
_KNOWN = 2e-4  # relative error of a pseudocount that a file with few decimals still shows
_RECURRING, _OFTEN, _SAMPLES = 0.002, 5, 0.8
_HIGHER, _DECLINE, _AS_FREQUENT, _FEWER = (6, 10), 2.0, 4.0, 15.0
_FEWEST_ONES = 30
_DIFFERENT = 1e-4  # units of samples differ by more than their errors
_MILLION, _MILLION_OFF = 1e6, 0.01
_SAME = 1e-9
_COLUMNS = 4000
"""Genes by which whole numbers are recognised; sums of samples take all."""


class Proof(NamedTuple):
    """What the values are, and the evidence.

    Attributes:
        name: Scale of the values once they are converted back.
        told: The evidence in words, without the range of the values.
        undo: How to convert them back.
    """

    name: ScaleName
    told: str
    undo: Undo


def prove_logarithms(matrix: Array) -> Proof | None:
    """Prove that values are logarithms of counts, of TPM or of CPM with a pseudocount, or return None.

    Args:
        matrix: Samples × genes; NaN is missing.
    """
    lowest = float(np.nanmin(matrix))
    common = _recurring_share(matrix, np.full(len(matrix), lowest))
    zeros = common or _recurring_share(matrix, np.nanmin(matrix, axis=1))
    if not zeros:
        return None
    part = matrix[:, :: max(matrix.shape[1] // _COLUMNS, 1)]
    for base, named in _BASES:
        added = _pseudocount(base**lowest) if common else 0.0
        found = _prove_with_pseudocount(matrix, part, Undo(base, added), named, zeros) if added else None
        if not added:
            found = _prove_own_pseudocounts(matrix, part, Undo(base, 0.0, by_unit=True), named, zeros)
        if found is not None:
            return found
    return None


def prove_unit(matrix: Array) -> Proof | None:
    """Prove that values are counts that were divided by a number of each sample, or return None.

    Args:
        matrix: Samples × genes, none below 0; NaN is missing.
    """
    part = matrix[:, :: max(matrix.shape[1] // _COLUMNS, 1)]
    undo = Undo(0.0, 0.0, by_unit=True)
    zeros = float(np.mean(matrix[~np.isnan(matrix)] == 0))
    units = _units(part, undo, zeros)
    if units is None or not can_undo(undo, matrix):
        return None
    sums = np.nansum(matrix, axis=1)
    if np.all(np.abs(sums - _MILLION) <= _MILLION_OFF * _MILLION):
        what = "and the sums are a million: counts per million (CPM)"
    else:
        what = "as in counts that were divided by size factors (DESeq2, edgeR)"
    return Proof("counts", f"{_describe_units(units)}, {what}; they were multiplied to give counts again", undo)


def describe_pseudocount(matrix: Array) -> str:
    """Describe values that recur as the logarithm of a pseudocount, where nothing more can be proven; else empty.

    Args:
        matrix: Samples × genes of logarithms; NaN is missing.
    """
    lowest = float(np.nanmin(matrix))
    share = _recurring_share(matrix, np.full(len(matrix), lowest))
    if not share:
        own = _recurring_share(matrix, np.nanmin(matrix, axis=1))
        told = "each sample has a smallest value of its own that recurs, as log CPM with a prior count have"
        return f"; {told}" if own and lowest < 0 else ""
    if lowest > 0:
        return (
            f"; the smallest value, {lowest:.4g}, recurs ({100 * share:.2g} %): genes at a floor, or genes without "
            "counts after a variance-stabilising transformation"
        )
    for base, _ in _BASES:
        added = _pseudocount(base**lowest)
        if added:
            return (
                f"; the smallest value recurs ({100 * share:.2g} %) and is the logarithm of {added:g}, which was added "
                "or is the smallest value that was kept"
            )
    return ""


def _recurring_share(matrix: Array, lowest: Array) -> float:
    """Return the share of the values that are the lowest of their sample, or 0 if it is not frequent in most samples.

    Args:
        matrix: Samples × genes; NaN is missing.
        lowest: The lowest value of each sample, shape (n,).
    """
    at = np.abs(matrix - lowest[:, None]) <= _SAME * np.maximum(np.abs(lowest[:, None]), 1.0)
    number = at.sum(axis=1)
    share = float(number.sum() / np.count_nonzero(~np.isnan(matrix)))
    often = float(np.mean(number >= _OFTEN))
    return share if share >= _RECURRING and often >= _SAMPLES else 0.0


def _pseudocount(power: float) -> float:
    """Return the usual pseudocount that a number is, up to the rounding of its logarithm; 0 if it is none."""
    near = [added for added in _PSEUDOCOUNTS if abs(power / added - 1) <= _KNOWN]
    return near[0] if near else 0.0


def _prove_with_pseudocount(matrix: Array, part: Array, undo: Undo, named: str, zeros: float) -> Proof | None:
    told = f"the smallest value recurs ({100 * zeros:.2g} %) as zeros do in {named} of x + {undo.pseudocount:g}"
    if _are_counts(part, undo, zeros) and can_undo(undo, matrix):
        return Proof("counts", f"{told}, and x is a whole number; they were converted back to counts", undo)
    divided = replace(undo, by_unit=True)
    units = _units(part, divided, zeros)
    if units is not None and can_undo(divided, matrix):
        what = f"{told}, and x is counts divided by a number of each sample: {_describe_units(units)}"
        return Proof("counts", f"{what}; they were converted back to counts", divided)
    shares = replace(undo, whole=False)
    if can_undo(shares, matrix):
        sums = np.nansum(undo_values(shares, matrix), axis=1)
        if np.all(np.abs(sums - _MILLION) <= _MILLION_OFF * _MILLION):
            what = f"{told}, and x adds up to a million in each sample; they were converted back to TPM or CPM"
            return Proof("tpm", what, shares)
    return None


def _prove_own_pseudocounts(matrix: Array, part: Array, undo: Undo, named: str, zeros: float) -> Proof | None:
    units = _units(part, undo, zeros)
    if units is None or not can_undo(undo, matrix):
        return None
    told = (
        f"the smallest value of each sample recurs ({100 * zeros:.2g} %) as zeros do in {named} of counts per million "
        f"with a prior count, and relative to it {_describe_units(units)}; they were converted back to counts"
    )
    return Proof("counts", told, undo)


def _are_counts(part: Array, undo: Undo, zeros: float) -> bool:
    """Return whether x is whole and no value that was raised to a floor."""
    raised = [raise_values(row[~np.isnan(row)], undo) for row in part]
    values, error = (np.concatenate(each) for each in zip(*raised, strict=True))
    return _begins_as_counts(values, error, zeros) and share_of_whole(values, error).proves


def _begins_as_counts(values: Array, error: Array, zeros: float) -> bool:
    """Return whether the smallest whole numbers are as frequent as in counts, and unlike values above a floor.

    In counts ones are nearly as frequent as zeros, or at least far more frequent than larger numbers. Whole intensities
    that were raised to a floor are different: many lie at the floor, and few at each number above it, equally often.

    Args:
        values: Values that may be counts, shape (values,).
        error: Their errors by rounding.
        zeros: Share of zeros.
    """
    number = np.rint(values[values > error])
    found = int(np.count_nonzero(number == 1))
    ones = found / len(values)
    higher = np.count_nonzero((number >= _HIGHER[0]) & (number <= _HIGHER[1])) / len(values)
    declines = found >= _FEWEST_ONES and ones >= _DECLINE * higher / (_HIGHER[1] - _HIGHER[0] + 1)
    return bool(ones * _AS_FREQUENT >= zeros or (declines and ones * _FEWER >= zeros))


def _units(part: Array, undo: Undo, zeros: float) -> Array | None:
    """Return the unit of each sample, shape (n,), or None if a sample has none or a floor may explain the values."""
    units, counts, errors = [], [], []
    for row in part:
        values, error = raise_values(row[~np.isnan(row)], undo)
        unit = find_unit(values, error)
        if unit is None:
            return None
        units.append(unit)
        counts.append(values / unit)
        errors.append(error / unit)
    found = np.array(units)
    differ = np.ptp(found) > _DIFFERENT * found.max()
    return found if differ or _begins_as_counts(np.concatenate(counts), np.concatenate(errors), zeros) else None


def _describe_units(units: Array) -> str:
    return f"all values of a sample are multiples of one number, from {units.min():.4g} to {units.max():.4g}"
