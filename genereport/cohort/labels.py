"""Files that give samples a class: sample sheets, the sample lines of a GEO series matrix, and CLS files."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from genereport.cohort.decoding import peek_lines
from genereport.cohort.series_lines import is_series, read_series_lines
from genereport.cohort.sheet import Sheet, read_sheet
from genereport.cohort.soft_lines import is_soft, read_soft, soft_sheet
from genereport.cohort.tables import TextTable, read_text
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding
from genereport.locations import Location


def read_labels(path: Location, role: str = "labels") -> Sheet:
    """Read a sample sheet, or what a GEO series matrix or a SOFT file tells of the samples.

    Raises:
        CohortError: GR101 to GR105, GR108, GR122, GR129, GR141 and GR143 for a file that cannot be read, GR142 a CLS
            file, which holds no ids.
    """
    if is_series(path):
        return read_series_lines(path, role).sheet
    if is_soft(path):
        return soft_sheet(read_soft(path, role))
    if is_cls(path):
        raise CohortError(
            "GR142",
            "This is a CLS file, which gives classes in the order of the columns of a GCT file and holds no sample id.",
            "Name it together with its GCT file, or name a sample sheet with a column of ids.",
            path.name,
        )
    return read_sheet(path, role)


def is_cls(path: Location) -> bool:
    """Return whether a file begins as a CLS file does; only its first lines are read."""
    first, second = [*peek_lines(path, 2), "", ""][:2]
    return bool(re.fullmatch(r"\s*\d+\s+\d+\s+1\s*", first) and second.startswith("#")) or first.strip() == "#numeric"


def read_cls(path: Location, samples: Sequence[str], matrix: str) -> Sheet:
    """Read the classes of a CLS file, which stand in the order of the columns of its GCT file.

    Args:
        path: The CLS file.
        samples: Sample ids in the order of the GCT file.
        matrix: Name of the GCT file.

    Raises:
        CohortError: GR101 to GR104, GR129, GR143 for a file that cannot be read, GR142 classes that do not fit.
    """
    source, text = read_text(path, "labels")
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    names, marks = (_words(lines[1].lstrip("# ")), _words(lines[2])) if len(lines) == 3 else ([], [])
    order = list(dict.fromkeys(marks))
    fault = _fault(lines, names, marks, order) or (
        f"It gives {counted(len(marks), 'class', 'classes')}, and '{matrix}' has "
        f"{counted(len(samples), 'sample', 'samples')}"
        if len(marks) != len(samples)
        else ""
    )
    if fault:
        raise CohortError(
            "GR142",
            f"This is a CLS file that cannot be used. {fault}.",
            "Correct it, or name a sample sheet with a column of ids and a column of classes.",
            source.name,
        )
    classes = [names[order.index(mark)] for mark in marks]
    told = Finding(
        "GR345",
        "note",
        source.name,
        f"A CLS file holds no sample ids: the classes were given to the columns of '{matrix}' in their order, from "
        f"'{samples[0]}' ({classes[0]}) to '{samples[-1]}' ({classes[-1]}).",
    )
    frame = pd.DataFrame({"sample": list(samples), "class": classes}, dtype=str)
    return Sheet(TextTable(source, ("sample", "class"), (3,) * len(frame), text, findings=(told,)), frame)


def _words(line: str) -> list[str]:
    return [word.strip() for word in (line.split("\t") if "\t" in line else line.split()) if word.strip()]


def _fault(lines: Sequence[str], names: Sequence[str], marks: Sequence[str], order: Sequence[str]) -> str:
    """Return what contradicts the format; empty if nothing does."""
    if lines[0].startswith("#numeric"):
        return "It holds a measurement of each sample (#numeric), not classes"
    sizes = re.findall(r"\d+", lines[0])
    if len(lines) != 3:
        return f"It has {counted(len(lines), 'line', 'lines')} instead of three"
    if [len(marks), len(names)] != [int(size) for size in sizes[:2]]:
        return (
            f"Its first line announces {sizes[0]} samples and {sizes[1]} classes, and it holds {len(marks)} and "
            f"{len(names)}"
        )
    if len(order) != len(names):
        return f"Its second line names {len(names)} classes, and its third line uses {len(order)} ({quoted(order)})"
    numbered = all(mark.isdecimal() for mark in order)
    named = set(order) == set(names)
    if (numbered and [*map(int, order)] != sorted(map(int, order))) or (named and list(order) != list(names)):
        return (
            "Its third line uses the classes in another order than the second line names them, so that the format and "
            "the words contradict each other"
        )
    return ""
