"""Names of array types and of values that several parts share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

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
"""The classifier that predicts the majority class, which every model is held against."""
