"""Undo logarithms, pseudocounts and size factors exactly, sample by sample."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.types import Array, Undo

_DECIMALS = 12
_PEEKED = 2000
_EXACT = 1e-15  # relative error of a decimal that is read and multiplied by a power of ten
_COMPUTED = 1e-11  # relative error of values that a program computed before it wrote them
_MAGNITUDES = (1.0, 10.0, 100.0, 1e3, 1e4, 1e5)
_WHOLE, _TOLD = 0.5, 0.05
LATTICE = 0.999
"""Share of the values that must be whole numbers; a few may be altered."""
_FEWEST_TOLD, _FEWEST_NUMBERS, _FEWEST_LOWEST = 50, 10, 5
_FIRST_NUMBERS = 20.0
_DIVISORS = (1, 2, 3, 4)
_MOST_MULTIPLES = 0.9  # if so many numbers are multiples of the divisor, the unit is larger
_LARGEST_LOG2 = 60.0


def can_undo(undo: Undo, values: Array) -> bool:
    """Return whether samples × genes can be converted back; NaN is missing.

    Args:
        undo: What to undo.
        values: Samples × genes in the unit of the file, shape (n, p).
    """
    if not _can_be_logarithms(undo, values):
        return False
    return all(_proves(undo, row[~np.isnan(row)]) for row in values if not np.isnan(row).all())


def undo_values(undo: Undo, values: Array) -> Array:
    """Return the values before the logarithm and the division, each sample by its own values alone; shape (n, p).

    Args:
        undo: What to undo.
        values: Samples × genes in the unit of the file, for which `can_undo` holds; NaN is missing.
    """
    found = np.full(values.shape, np.nan)
    for row, result in zip(values, found, strict=True):
        known = ~np.isnan(row)
        result[known] = _undo_sample(undo, row[known])
    return found


def describe_undo(undo: Undo, unit: str) -> str:
    """Return what the values of the file are, in words.

    Args:
        undo: What is undone.
        unit: What the values are once they are converted back, such as counts.
    """
    unit = f"{unit} divided by a number of each sample" if undo.by_unit else unit
    if undo.base == 0:
        return unit
    named = {2.0: "base-2 logarithms", 10.0: "base-10 logarithms"}.get(undo.base, "natural logarithms")
    if undo.pseudocount:
        return f"{named} of x + {undo.pseudocount:g}, where x stands for {unit}"
    return f"{named} of {unit}, with a prior count of each sample"


def _can_be_logarithms(undo: Undo, values: Array) -> bool:
    return undo.base == 0 or float(np.nanmax(values, initial=-np.inf)) * np.log2(undo.base) <= _LARGEST_LOG2


def _proves(undo: Undo, sample: Array) -> bool:
    raised, error = raise_values(sample, undo)
    if bool((raised < -2 * error).any()):
        return False
    if undo.by_unit:
        return find_unit(raised, error) is not None
    lattice = share_of_whole(raised, error)
    return not undo.whole or lattice.told == 0 or lattice.share >= LATTICE


def _undo_sample(undo: Undo, sample: Array) -> Array:
    raised, error = raise_values(sample, undo)
    unit = find_unit(raised, error) if undo.by_unit else None
    if unit is not None:
        raised, error = raised / unit, error / unit
    raised = np.where(raised <= error, 0.0, raised)
    return np.where(error < _WHOLE, np.rint(raised), raised) if undo.whole else raised


class Lattice(NamedTuple):
    """How many values are whole numbers.

    Attributes:
        share: Their share among the values above 0 whose rounding is small enough to tell; 0 without such values.
        told: Number of these values.
        different: Number of different whole numbers next to them.
    """

    share: float
    told: int
    different: int

    @property
    def proves(self) -> bool:
        """Whether the values are whole numbers, and enough of them to exclude chance."""
        return self.share >= LATTICE and self.told >= _FEWEST_TOLD and self.different >= _FEWEST_NUMBERS


def raise_values(sample: Array, undo: Undo) -> tuple[Array, Array]:
    """Return the base to the power of the values, less the pseudocount, and the error by the rounding of the file.

    Args:
        sample: Values of one sample, none missing, shape (p,).
        undo: What to undo; without a pseudocount the result is relative to the smallest value.
    """
    error = find_rounding(sample)
    if undo.base == 0:
        return sample, error
    lowest = 0.0 if undo.pseudocount else float(sample.min(initial=np.inf))
    power = np.power(undo.base, sample - lowest)
    slack = np.log(undo.base) * power * (error if undo.pseudocount else 2 * error)
    return power - (undo.pseudocount or 1.0), slack + _COMPUTED * power


def find_rounding(sample: Array) -> Array:
    """Return by how much the file may have rounded each value: half a unit of its last decimal, shape (p,).

    Values of one magnitude have equally many decimals, whether a program wrote a fixed number of decimals or of digits.

    Args:
        sample: Values of one sample, none missing, shape (p,).
    """
    size = np.abs(sample)
    group = np.searchsorted(_MAGNITUDES, size, side="right")
    error = np.zeros(len(sample))
    for number in np.unique(group):
        inside = group == number
        error[inside] = _rounding_of(sample[inside])
    return np.maximum(error, _COMPUTED * size)


def _rounding_of(values: Array) -> float:
    part = values[:: max(len(values) // _PEEKED, 1)]
    for decimals in range(_DECIMALS):
        scaled = part * 10.0**decimals
        if (np.abs(scaled - np.rint(scaled)) <= _EXACT * np.abs(scaled) + 1e-9).all():
            return 0.5 * 10.0**-decimals if decimals else 0.0
    single = (part == part.astype(np.float32)).all()
    return float(np.abs(part).max() * 2.0**-24) if single else 0.0


def share_of_whole(values: Array, error: Array) -> Lattice:
    """Return how many of the values above 0 are whole numbers.

    Args:
        values: Values, shape (p,).
        error: Their errors by rounding, shape (p,).
    """
    told = (error < _TOLD) & (values > 2 * _TOLD)
    near = np.rint(values[told])
    whole = np.abs(values[told] - near) <= 1.5 * error[told] + 1e-6
    return Lattice(float(whole.mean()) if len(near) else 0.0, len(near), len(np.unique(near)))


def find_unit(values: Array, error: Array) -> float | None:
    """Return the largest number of which all values of a sample are multiples; None if there is none.

    The smallest value above 0 is one unit, or a few of them. The unit is then fitted to larger and larger values.

    Args:
        values: Values of one sample, none below 0, shape (p,).
        error: Their errors by rounding, shape (p,).
    """
    above = values > 2 * error
    positive, slack = values[above], error[above]
    if len(positive) < _FEWEST_TOLD:
        return None
    smallest = np.sort(positive)[:_FEWEST_LOWEST]
    if smallest[-1] > 2 * smallest[0]:
        return None  # the smallest value must be no rare one
    for divisor in _DIVISORS:
        unit = _fit_unit(positive, slack, float(smallest[0]) / divisor)
        if unit is None or not share_of_whole(positive / unit, slack / unit).proves:
            continue
        multiples = np.rint(positive / unit)
        if divisor == 1 or float(np.mean(multiples % divisor == 0)) < _MOST_MULTIPLES:
            return unit
    return None


def _fit_unit(values: Array, error: Array, start: float) -> float | None:
    """Fit the unit by weighted least squares to values of up to 20, 200, … units, as long as these stay whole."""
    unit, most = start, _FIRST_NUMBERS
    while True:
        used = (values <= most * unit) & (error < _TOLD * unit)
        if not used.any():
            return None
        number = np.rint(values[used] / unit)
        weight = number / error[used] ** 2
        unit = float((values[used] * weight).sum() / (number * weight).sum())
        off = np.abs(values[used] / unit - number)
        if not np.isfinite(unit) or float(np.quantile(off, 0.99)) > 2 * _TOLD:
            return None
        if most * unit >= values.max():
            return unit
        most *= 10
