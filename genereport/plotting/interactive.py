"""Interactive figures, which the scripts of a page draw in place of static ones."""

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
        data: The data for it, as plain values that JSON can hold. The numbers of genes are not included, because the
            scripts read them from the page's single table of genes.
    """

    way: str
    data: Mapping[str, Any]


def short_number(value: float) -> float | None:
    """Return a number rounded to nine digits; None if it is missing or infinite."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
