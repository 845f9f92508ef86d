"""The formats in which a report and its figures are written."""

from __future__ import annotations

from typing import Literal

PageFormat = Literal["pdf", "html"]
PAGE_FORMATS: tuple[PageFormat, ...] = ("pdf", "html")
FigureFormat = Literal["svg", "pdf"]
