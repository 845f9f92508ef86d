"""Values that are not measurements: codes for a missing value, and values that are impossible on a scale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from genereport.cohort.model import ScaleName
from genereport.errors import CohortError, Finding, listed
from genereport.types import Array, Flags

CODES = (-99999.0, -9999.0, -999.0, -666.0, -99.0, 99.0, 999.0, 9999.0, 99999.0)
"""Numbers that files write where a value is missing."""

_EDGE = 0.001  # share of the values on either side that is ignored for the range
_SPIKE, _LEAST = 20.0, 5  # a code among ordinary values: times as frequent as its neighbours, and least frequency
_NEAR = 0.02  # a neighbour is within this share of the code

_LARGEST, _SMALLEST = 1e12, 1e-9
_MOST_IMPOSSIBLE = 0.01

_BOUNDS: dict[str, tuple[float, float]] = {
    "log2": (-40.0, 40.0),
    "ln": (-28.0, 28.0),
    "log10": (-12.0, 12.0),
    "ratio": (-40.0, 40.0),
    "standardised": (-100.0, 100.0),
    "beta": (0.0, 1.0),
    "counts": (0.0, 1e12),
    "tpm": (0.0, 1e12),
    "intensity": (-1e9, 1e9),
}
"""Limits of the values of each scale; 2^40 exceeds any count of molecules or photons."""


def find_codes(values: Array) -> Flags:
    """Return where a value is one of `CODES` and not a measurement; the shape of `values`.

    A number counts as a code if it is separated from all other values by more than their range, if it is negative and
    no other value is, or if it is far more frequent than the values next to it. An intensity of 999 among many
    intensities is therefore kept.

    Args:
        values: Values of any shape, in the unit of the file; NaN where missing.
    """
    candidate = np.isin(values, CODES)
    result = np.zeros(values.shape, dtype=bool)
    if not candidate.any():
        return result
    rest = values[~candidate & np.isfinite(values)]
    if not len(rest):
        return result
    low, high = np.quantile(rest, (_EDGE, 1 - _EDGE))
    width, least = high - low, rest.min()
    for code in np.unique(values[candidate]):
        at = values == code
        apart = code > high + width or code < low - width or (code < 0 <= least)
        if apart or _is_spike(float(code), int(at.sum()), rest):
            result |= at
    return result


def _is_spike(code: float, times: int, rest: Array) -> bool:
    near = np.abs(rest - code) <= _NEAR * abs(code)
    expected = np.count_nonzero(near) / max(len(np.unique(rest[near])), 1)
    return times >= _LEAST and times > _SPIKE * max(expected, 1.0)


def find_impossible(values: Array, scale: ScaleName) -> Flags:
    """Return where a value is impossible on its scale; the shape of `values`.

    Args:
        values: Values of any shape, in the unit of the file; NaN where missing.
        scale: Scale of the values.
    """
    low, high = _BOUNDS[scale]
    with np.errstate(invalid="ignore"):
        return np.asarray((values < low) | (values > high))


def require_plausible(values: Array) -> None:
    """Require that the values can be measurements.

    Args:
        values: Values of any shape; NaN where missing, at least one value present.

    Raises:
        CohortError: GR224 nearly all values are far too large or too small.
    """
    largest = float(np.nanquantile(np.abs(values), 0.99))
    if largest > _LARGEST or 0 < largest < _SMALLEST:
        raise CohortError(
            "GR224",
            f"{'99 % of the values are no larger than' if largest < 1 else '1 % of the values are larger than'} "
            f"{largest:.3g}, which no measurement of expression is.",
            "Check the unit and the number format of the matrix, and give the values in their usual unit.",
        )


def describe_codes(values: pd.DataFrame, where: Flags) -> tuple[Finding, ...]:
    """Return the finding that lists codes for missing values, and where they occur.

    Args:
        values: Samples × genes as read.
        where: Which of them are codes, the same shape.
    """
    if not where.any():
        return ()
    codes, times = np.unique(values.to_numpy()[where], return_counts=True)
    each = listed(f"{code:g} ({count:,} times)" for code, count in zip(codes, times, strict=True))
    message = (
        f"The matrix holds numbers that stand for missing values: {each}, for example in "
        f"{_places(values, where)}. They were taken as missing."
    )
    return (Finding("GR326", "warning", "expression", message),)


def describe_impossible(values: pd.DataFrame, where: Flags, scale: ScaleName, what: str) -> tuple[Finding, ...]:
    """Return the finding that lists values that are impossible on the scale.

    Args:
        values: Samples × genes as read.
        where: Which of them are impossible, the same shape.
        scale: Scale of the values.
        what: Name of the scale in a sentence.

    Raises:
        CohortError: GR226 more than one value in a hundred is impossible.
    """
    if not where.any():
        return ()
    number, found = int(where.sum()), values.to_numpy()[where]
    low, high = _BOUNDS[scale]
    told = (
        f"{number:,} {'value lies' if number == 1 else 'values lie'} outside {low:g} to {high:g}, the range of "
        f"possible {what}: {listed(f'{value:g}' for value in np.unique(found))}, for example in "
        f"{_places(values, where)}."
    )
    if number > _MOST_IMPOSSIBLE * np.count_nonzero(~np.isnan(values.to_numpy())):
        remedy = "Correct the matrix, or name its scale with --set preprocess.scale=SCALE."
        raise CohortError("GR226", told, remedy, "expression")
    return (
        Finding(
            "GR327", "warning", "expression", f"{told} {'It was' if number == 1 else 'They were'} taken as missing."
        ),
    )


def describe_nonpositive(values: pd.DataFrame, where: Flags) -> tuple[Finding, ...]:
    """Return the finding that lists intensities of zero or less, if these are so few that no floor is needed.

    Args:
        values: Samples × genes, raw intensities.
        where: Which of them are zero or less, the same shape.
    """
    if not where.any():
        return ()
    number = int(where.sum())
    message = (
        f"{number:,} of {int(values.notna().to_numpy().sum()):,} intensities {'is' if number == 1 else 'are'} zero or "
        f"less and {'has' if number == 1 else 'have'} no logarithm, for example in {_places(values, where)}. "
        "They are so few that they were taken as missing. Set preprocess.floor to raise them to a floor instead."
    )
    return (Finding("GR328", "warning", "expression", message),)


def _places(values: pd.DataFrame, where: Flags) -> str:
    rows, columns = (positions[:3] for positions in np.nonzero(where))
    each = (f"gene {values.columns[j]} of sample {values.index[i]}" for i, j in zip(rows, columns, strict=True))
    return ", ".join(each)
