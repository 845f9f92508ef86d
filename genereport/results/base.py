"""What all results share: they show themselves in a notebook, and have a table or a reason for having none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd


class Shown:
    """What a notebook shows."""

    def _repr_html_(self) -> str:
        from genereport.report.display import display

        return display(self)


class Tabled(Shown):
    """A result with a main table, which the class names: ``class Known(Tabled, main="sets")``."""

    _main: ClassVar[str]

    def __init_subclass__(cls, *, main: str) -> None:
        cls._main = main

    def to_frame(self) -> pd.DataFrame:
        """A copy of the main table."""
        frame: pd.DataFrame = getattr(self, self._main)
        return frame.copy()


@dataclass(frozen=True)
class Skipped(Shown):
    """A stage that does not apply to this cohort.

    Attributes:
        skipped: Why, one whole sentence; the report prints it in place of the section.
    """

    skipped: str
