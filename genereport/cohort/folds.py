"""The number of folds that a cohort allows, and the messages if it is smaller than requested."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import pandas as pd

from genereport.cohort.model import Cohort
from genereport.cohort.units import label_units
from genereport.cohort.wording import counted
from genereport.settings import Settings

FEWEST_TRAINING = 3
"""Smallest number of samples of each class in a training part."""


def effective_folds(smallest: int, asked: int) -> int | None:
    """Return the number of folds of a cross-validation: as requested, but at most the size of the smallest class.

    A training part is split once more to calibrate a model or to choose a threshold. Each of these parts needs two
    samples of a class, because a single one has no variance, so a training part needs three. Four samples in four folds
    leave three; three samples in three folds leave two, which are too few.

    Args:
        smallest: Number of training samples of the smallest class; where samples of one unit stay together, of units.
        asked: Number of folds requested, at least 2.

    Returns:
        The folds; None if they would leave fewer than `FEWEST_TRAINING` of the smallest class in a training part.
    """
    folds = min(asked, smallest)
    return folds if folds >= 2 and smallest - ceil(smallest / folds) >= FEWEST_TRAINING else None


class Smallest(NamedTuple):
    """The class that limits the folds.

    Attributes:
        name: Name of the class.
        size: Number of its training samples, or of its units where samples of one unit stay together.
        unit: Column that names the units, or empty.
    """

    name: str
    size: int
    unit: str

    @property
    def in_words(self) -> str:
        """The size in words."""
        if self.unit:
            return f"training samples of {counted(self.size, 'unit', 'units')} (column '{self.unit}')"
        return counted(self.size, "training sample", "training samples")


def smallest_class(samples: pd.DataFrame, classes: Sequence[str], unit: str = "") -> Smallest:
    """Return the class with the fewest training samples, or units; the first of equal ones.

    Args:
        samples: Training samples as in `Cohort.samples`.
        classes: Class levels.
        unit: Column whose samples stay together, or empty.
    """
    known = unit if unit in samples else ""
    names = label_units(samples[known]) if known else samples.index.to_series()
    sizes = names.groupby(samples["class"]).nunique().reindex(list(classes), fill_value=0)
    return Smallest(str(sizes.idxmin()), int(sizes.min()), known)


def split_column(cohort: Cohort, settings: Settings) -> str:
    """Return the column whose samples stay together in the splits, or empty.

    Args:
        cohort: Training samples.
        settings: Resolved settings.
    """
    return settings.evaluation.groups or (cohort.unit if cohort.units is not None else "")


CONSEQUENCE = "Therefore no classifier is trained, evaluated or saved, and no genes are selected by cross-validation."
"""Consequence of too few samples."""


def why_too_few(smallest: Smallest, asked: int) -> str:
    """Say why there is no cross-validation."""
    folds = min(asked, smallest.size)
    enough = effective_folds(smallest.size, smallest.size)
    remedy = f" evaluation.folds = {enough} would leave enough of them." if enough else ""
    return (
        f"The class '{smallest.name}' has {smallest.in_words}, too few for a cross-validation: with {folds} folds some "
        f"training parts would keep fewer than {FEWEST_TRAINING} of them.{remedy}"
    )


def why_fewer(smallest: Smallest, asked: int, used: int) -> str:
    """Say that the number of folds was reduced, and to how many."""
    return (
        f"The cross-validation uses {used} folds instead of {asked}: the smallest class, '{smallest.name}', has "
        f"{smallest.in_words}, and every fold must hold every class."
    )
