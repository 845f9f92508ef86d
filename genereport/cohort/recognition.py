"""Recognise the cohort in a folder or beside a matrix from headers only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genereport.cohort.binary.opening import opening_once
from genereport.cohort.layout import Files
from genereport.cohort.reader import reader_of
from genereport.cohort.sheet import label_column
from genereport.cohort.tables import peek_columns, require_file
from genereport.errors import CohortError
from genereport.settings import CohortSettings


@dataclass(frozen=True)
class Recognised:
    """The files of a cohort.

    Attributes:
        layout: Name of the layout.
        files: Locations of the files.
        label: Column of the sample sheet that holds the class; None if that is not clear.
        unclear: Why it is not clear; empty if it is.
    """

    layout: str
    files: Files
    label: str | None
    unclear: str = ""


def recognise(place: Path) -> Recognised:
    """Find the files of a cohort in a folder, or beside a matrix.

    Raises:
        CohortError: GR101 there is nothing, GR112 no layout is recognised, or several files could be meant.
    """
    require_file(place, "--from")
    named = CohortSettings(study=place)
    with opening_once():
        reader = reader_of(named)
        files = reader.locate(named)
        header = peek_columns(files.sheet, "labels") if files.columns is None else files.columns
    try:
        return Recognised(reader.layout, files, label_column(header, None, files.sheet.name))
    except CohortError as error:
        return Recognised(reader.layout, files, None, error.problem)
