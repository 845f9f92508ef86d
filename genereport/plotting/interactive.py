"""What the scripts of a page draw in place of a figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_DIGITS = 9


@dataclass(frozen=True)
class Interactive:
    """A figure that the scripts of a page draw.

    Attributes:
        way: How it is drawn: ``genes``, ``samples`` or ``curves`` (see ``templates/report.js``).
        data: What that way needs; plain values that JSON can hold. Numbers of genes are not in it: the scripts read
            them from the one table of genes that the page holds.
    """

    way: str
    data: Mapping[str, Any]


def short_number(value: float) -> float | None:
    """A number to nine digits; None where it is missing or infinite."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
