"""Names of array types and of values that several parts share."""

from __future__ import annotations

from typing import Literal

ValueUnit = Literal["log2", "ratio", "SD", "M"]
"""The unit of differences between prepared values: log2 units, log ratios, standard deviations or M-values."""
