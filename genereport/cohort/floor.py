"""Floor and cap of raw intensities, and the finding that most values lie below the floor."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.cohort.model import ScaleName
from genereport.errors import CohortError
from genereport.settings import PreprocessSettings
from genereport.types import Array

DEFAULT_FLOOR = 100.0
DEFAULT_CAP = 16_000.0
NOISY = 0.01
"""If at least this share of intensities is zero or less, background was subtracted and a floor is needed."""


class Bounds(NamedTuple):
    """Floor and cap of the values before the logarithm, in the unit of the file; None: not applied."""

    floor: float | None = None
    cap: float | None = None


def find_bounds(train: Array, scale: ScaleName, settings: PreprocessSettings) -> Bounds:
    """Return floor and cap as set; else 100 and 16,000 for intensities of which 1 in 100 is zero or less.

    Dudoit, Fridlyand and Speed (2002) used these values for the arrays of Golub and others (1999).

    Args:
        train: Training samples × genes in the unit of the file; NaN where missing.
        scale: Scale of the values.
        settings: Settings of the floor and the cap.

    Raises:
        CohortError: GR225 a floor or a cap is set for values that are not raw intensities.
    """
    floor, cap = settings.floor, settings.cap
    if scale != "intensity":
        named = [name for name, value in (("floor", floor), ("cap", cap)) if value is not None]
        if named:
            raise CohortError(
                "GR225",
                f"preprocess.{named[0]} is set, but the values are taken to be on the {scale} scale. A floor and a cap "
                "apply to raw intensities only.",
                f"Leave preprocess.{named[0]} out; or, if the values are intensities, give --set "
                "preprocess.scale=intensity.",
                f"preprocess.{named[0]}",
            )
        return Bounds()
    present = train[~np.isnan(train)]
    if len(present) and np.mean(present <= 0) >= NOISY:
        return Bounds(DEFAULT_FLOOR if floor is None else floor, DEFAULT_CAP if cap is None else cap)
    return Bounds(floor, cap)
