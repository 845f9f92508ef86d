"""Base classes of results: they are shown in a notebook, and have a main table or a reason for having none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self

import pandas as pd
from pydantic import TypeAdapter

from genereport.display import Shown


class Stored(Shown):
    """A result with a stored form of its own."""

    def to_json(self) -> str:
        """Return the stored form: compact JSON that `from_json` reads back equal."""
        return self._adapter().dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the stored form that `to_json` returns.

        Raises:
            pydantic.ValidationError: If the text is no stored result of this kind and schema version.
        """
        found: Self = cls._adapter().validate_json(text)
        return found

    @classmethod
    @cache
    def _adapter(cls) -> TypeAdapter[Any]:
        return TypeAdapter(cls)


class Tabled(Shown):
    """A result with a main table, which the class names: ``class Enrichment(Tabled, main="sets")``."""

    _main: ClassVar[str]

    def __init_subclass__(cls, *, main: str) -> None:
        cls._main = main

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the main table."""
        frame: pd.DataFrame = getattr(self, self._main)
        return frame.copy()


@dataclass(frozen=True)
class Skipped(Shown):
    """A stage that does not apply to this cohort.

    Attributes:
        skipped: The reason, as one whole sentence; the report prints it in place of the section.
    """

    skipped: str
