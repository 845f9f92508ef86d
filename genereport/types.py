"""Names of array types and of values that several parts share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from genereport.display import Shown

Array = npt.NDArray[np.float64]
"""Numbers; what takes or returns them states their shape, such as (samples, genes)."""

AnyArray = npt.NDArray[Any]
"""Values of any type and shape."""

Flags = npt.NDArray[np.bool_]
"""Truth values, of the shape of what they are about."""

Codes = npt.NDArray[np.intp]
"""The class, or the group, of each sample as a number from 0 on; shape (samples,)."""

Positions = npt.NDArray[np.intp]
"""Positions of rows or columns of an array, from 0 on; shape (positions,)."""

Counts = npt.NDArray[np.intp]
"""Counts, of the shape of what is counted."""

ValueUnit = Literal["log2", "ratio", "SD", "M"]
"""The unit of differences between prepared values: log2 units, log ratios, standard deviations or M-values."""


class Reported(Protocol):
    """An analysis, as far as its summary, its figures and its tables are made from it."""

    @property
    def title(self) -> str:
        """Title of the report."""

    @property
    def simulated(self) -> bool:
        """True when no patient is behind the numbers."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Resolved settings."""

    @property
    def results(self) -> Mapping[str, Any]:
        """Name of an analysis → its result, or why it was skipped."""


Key = tuple[str, str]
"""A model and the features that it is trained on."""

FLOOR: Key = ("majority_class", "all")
"""The classifier that predicts the majority class, the baseline of every model."""

PENALTIES = (1.0, 0.1, 10.0)
"""Values of C that tuning compares, the default first."""

WEIGHT_DECAYS = (0.0, 0.01)
"""L2 penalties of the networks that tuning compares, the default first."""

L1_GAP = 1e-8
"""Duality gap at which a fit of the L1 logistic regression ends, as a share of the loss of the model without genes."""

NAMING_RESAMPLES = 1000
"""Bootstrap resamples by which the estimate of the named model is corrected for the naming."""

STOPPING_SHARE = 0.2
"""Share of the training part by whose loss the training of a network is stopped early."""


@dataclass(frozen=True)
class Term(Shown):
    """How a covariate entered the linear model.

    Attributes:
        name: Name in the formula: ``age``, ``C(batch)``, ``log(age)``.
        kind: ``number`` (one slope per unit), ``factor``, ``transformation`` (of a number) or ``interaction``.
        levels: Number of levels of a factor; else 0.
        coefficients: Number of its coefficients in the model.
    """

    name: str
    kind: Literal["number", "factor", "transformation", "interaction"]
    levels: int
    coefficients: int


@dataclass(frozen=True)
class Undo:
    """What was done to the values of a file, so that it can be undone.

    Attributes:
        base: Base of the logarithm: 2, e or 10; 0: no logarithm was taken.
        pseudocount: What was added before the logarithm; 0: each sample has its own, and its smallest value stands for
            a count of 0.
        by_unit: Whether the values of each sample were divided by a number of its own, such as a size factor. One count
            is then the largest number of which all values of the sample are multiples.
        whole: Whether the result are counts, which are rounded to whole numbers where the rounding of the file is
            known to have moved them by less than 0.5.
    """

    base: float
    pseudocount: float
    by_unit: bool = False
    whole: bool = True
