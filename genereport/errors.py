"""Errors and findings about the input, with a remedy for the reader.

Every error has a stable code (``GR101``) and says what is wrong, where, and what to do. The longer explanation that
``genereport explain GR101`` prints is in ``data/codes.toml``. Anything that does not stop a run is a `Finding`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["note", "warning"]


class GenereportError(Exception):
    """Base class of all errors of genereport.

    Args:
        code: Stable code, e.g. ``"GR106"``; explained in ``data/codes.toml``.
        problem: What is wrong, a whole sentence.
        remedy: What to do about it, a whole sentence.
        where: File, row, column or id at fault, e.g. ``"matrix.tsv, row 7, column 'S03'"``.
    """

    def __init__(self, code: str, problem: str, remedy: str, where: str = "") -> None:
        super().__init__(code, problem, remedy, where)
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"[{self.code}] {place}{self.problem} {self.remedy}"


class SettingsError(GenereportError):
    """A setting, a study file or a command-line value is wrong (``GR0xx``)."""


class CohortError(GenereportError):
    """A cohort file cannot be read, or the cohort cannot be analysed (``GR1xx``, ``GR2xx``)."""


class OutputError(GenereportError):
    """The report cannot be written to the given place (``GR4xx``)."""


class LockedError(GenereportError):
    """Another run holds the folder (``GR404``); the input is valid, and a later attempt may succeed."""


class RenderError(GenereportError):
    """The document cannot be turned into HTML or PDF (``GR5xx``)."""


class BundleError(GenereportError):
    """A frozen model cannot be used (``GR6xx``)."""


class VerificationError(GenereportError):
    """A report was changed after it was written, or there is none (``GR6xx``)."""


class ComparisonError(GenereportError):
    """Two runs cannot be compared (``GR62x``)."""


class NotApplicable(Exception):  # noqa: N818 - a statement about the data, not an error
    """A stage does not apply to this cohort; becomes an `analyses.result.Skipped` with the same reason."""


@dataclass(frozen=True)
class Finding:
    """Information about the cohort that a reader must know but that does not stop the run (``GR3xx``).

    Attributes:
        code: Stable code, explained in ``data/codes.toml``.
        severity: ``"warning"`` if conclusions may be affected, else ``"note"``.
        subject: What it is about: a covariate, a file, sample ids.
        message: One or two whole sentences with the numbers.
    """

    code: str
    severity: Severity
    subject: str
    message: str


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return a sentence with the valid name closest to a misspelt one; else the list of valid names."""
    names = sorted(valid)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"Did you mean '{close[0]}'?" if close else f"Valid names: {', '.join(names)}."


def listed(items: Iterable[object], limit: int = 5) -> str:
    """Return up to `limit` items, comma-separated, and how many more there are: ``a, b, c and 4 more``."""
    names = [str(item) for item in items]
    rest = len(names) - limit
    return ", ".join(names) if rest <= 0 else f"{', '.join(names[:limit])} and {rest} more"
