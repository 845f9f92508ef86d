"""SOFT files of GEO: their parts, and what they tell of the samples.

A family file (GSE….soft) holds the series, its platforms and its samples, the latter two each with a table. A data set
(GDS….soft) holds one table of all samples, and subsets that divide them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

import pandas as pd

from genereport.cohort.decoding import peek_lines
from genereport.cohort.model import Source
from genereport.cohort.series_lines import ACCESSION, SampleLine, sample_columns
from genereport.cohort.sheet import Sheet
from genereport.cohort.tables import TextTable, read_content
from genereport.cohort.wording import counted
from genereport.errors import CohortError, Finding
from genereport.locations import Location

_STARTS = ("^DATABASE", "^SERIES", "^DATASET", "^PLATFORM", "^SAMPLE", "^SUBSET")
_PEEKED = (30_000, 400_000)
"""Numbers of lines within which the first sample is looked for: behind the table of its platform."""

_TOLD = ("title", "source_name_ch1", "source_name_ch2", "description", "platform_id")
_OF_COLUMN = re.compile(r"#(GSM\d+)\s*=\s*(?:Value for GSM\d+:\s*)?(.*)")


class Entity(NamedTuple):
    """A part of a SOFT file.

    Attributes:
        kind: ``SERIES``, ``PLATFORM``, ``SAMPLE``, ``DATASET`` or ``SUBSET``.
        name: Its accession or name.
        head: The lines above its table.
        start: Position of its first line in the text.
        table: Positions in the text at which its table begins and ends; None if it has none.
    """

    kind: str
    name: str
    head: str
    start: int
    table: tuple[int, int] | None

    def values(self, attribute: str) -> list[str]:
        """Return the texts of an attribute, such as ``Sample_title``."""
        found = re.findall(rf"^!{attribute}\s*=[ \t]*(.*)$", self.head, re.MULTILINE | re.IGNORECASE)
        return [text.strip() for text in found]

    def value(self, attribute: str) -> str:
        """Return the text of an attribute that occurs once; empty if it does not occur."""
        return [*self.values(attribute), ""][0]


class Soft(NamedTuple):
    """A SOFT file.

    Attributes:
        source: The file.
        text: Its text.
        entities: Its parts, in the order of the file.
        findings: What the reader must know about how it was read.
    """

    source: Source
    text: str
    entities: tuple[Entity, ...]
    findings: tuple[Finding, ...]

    def of(self, kind: str) -> list[Entity]:
        """Return the parts of a kind."""
        return [entity for entity in self.entities if entity.kind == kind]

    def line(self, position: int) -> int:
        """Return the line of a position of the text, from 1."""
        return self.text.count("\n", 0, position) + 1


def is_soft(path: Location) -> bool:
    """Return whether a file begins as a SOFT file does; only its first lines are read."""
    first = next((line for line in peek_lines(path, 5) if line.strip()), "")
    return first.startswith(_STARTS)


def read_soft(path: Location, role: str) -> Soft:
    """Read a SOFT file and divide it into its parts.

    Raises:
        CohortError: GR101 to GR104, GR129, GR143 for a file that cannot be read, GR141 a table without an end.
    """
    source, content = read_content(path, role, legacy=True)
    soft = Soft(source, content.text, tuple(_entities(content.text)), content.findings)
    broken = next((each for each in soft.entities if each.table is not None and each.table[1] < 0), None)
    if broken is not None:
        raise CohortError(
            "GR141",
            f"This is a SOFT file of GEO in which the table of {broken.name} has no end; it was cut off.",
            "Download it again.",
            f"{source.name}, row {soft.line(broken.start)}",
        )
    return soft


def _entities(text: str) -> Iterator[Entity]:
    """Yield the parts of a text; the end of a table is negative if it is missing."""
    starts = [0] if text.startswith("^") else []
    place = text.find("\n^")
    while place >= 0:
        starts.append(place + 1)
        place = text.find("\n^", place + 1)
    for start, stop in zip(starts, [*starts[1:], len(text)], strict=True):
        kind, _, name = text[start : text.find("\n", start, stop) if "\n" in text[start:stop] else stop][1:].partition(
            "="
        )
        mark = f"!{kind.strip().lower()}_table_"
        begin = text.find(f"{mark}begin", start, stop)
        if begin < 0:
            yield Entity(kind.strip().upper(), name.strip(), text[start:stop], start, None)
            continue
        first = text.find("\n", begin, stop) + 1
        yield Entity(
            kind.strip().upper(), name.strip(), text[start:begin], start, (first, text.find(f"{mark}end", begin, stop))
        )


def peek_soft_columns(path: Location) -> tuple[str, ...]:
    """Return the names of what a SOFT file tells of its samples, from its first lines and its first sample."""
    lines: list[str] = []
    for limit in _PEEKED:
        lines = peek_lines(path, limit)
        if len(lines) < limit or any(
            line.startswith(("!sample_table_begin", "!dataset_table_begin")) for line in lines
        ):
            break
    starts = [place for place, line in enumerate(lines) if line.startswith("^SAMPLE")]
    stop = starts[1] if len(starts) > 1 else len(lines)
    kept = [line for line in lines[:stop] if line.startswith(("^", "!", "#"))]
    found = [*_entities("\n".join(kept))]
    return tuple(_told([each for each in found if each.kind == "SAMPLE"], "")) or (
        "geo_accession",
        *dict.fromkeys(each.value("subset_type") for each in found if each.kind == "SUBSET"),
    )


def soft_sheet(soft: Soft, samples: Sequence[str] | None = None) -> Sheet:
    """Return what a SOFT file tells of its samples: accession, characteristics or subsets, and descriptions.

    Args:
        soft: The file.
        samples: The samples; None: all.
    """
    known = [each for each in soft.of("SAMPLE") if samples is None or each.name in set(samples)]
    columns = _told(known, soft.source.name) if known else _subsets(soft)
    frame = pd.DataFrame(columns, dtype=str)
    table = TextTable(soft.source, tuple(columns), (1,) * len(frame), "", findings=soft.findings)
    return Sheet(table, frame)


def _told(samples: Sequence[Entity], name: str) -> Mapping[str, list[str]]:
    """Return name → text for each sample of a family; empty if there is no sample."""
    if not samples:
        return {}
    lines = [SampleLine(1, ACCESSION, tuple(each.name for each in samples))]
    for channel in (1, 2):
        each = [sample.values(f"Sample_characteristics_ch{channel}") for sample in samples]
        ranks = zip_longest(*each, fillvalue="")
        lines += [SampleLine(1, f"!Sample_characteristics_ch{channel}", tuple(rank)) for rank in ranks]
    lines += [
        SampleLine(1, f"!Sample_{told}", tuple(sample.value(f"Sample_{told}") for sample in samples)) for told in _TOLD
    ]
    return sample_columns(lines, name)


def _subsets(soft: Soft) -> Mapping[str, list[str]]:
    """Return name → text for each sample of a data set: its subset of each type, its title and its source."""
    texts = [found for entity in soft.of("DATASET") for found in map(_OF_COLUMN.fullmatch, entity.head.split("\n"))]
    about = {found[1]: found[2].partition("; src:") for found in texts if found}
    members = [
        (each.value("subset_type") or "subset", each.value("subset_description"), re.findall(r"\w+", ids))
        for each in soft.of("SUBSET")
        for ids in each.values("subset_sample_id")
    ]
    samples = list(dict.fromkeys([*about, *(sample for _, _, ids in members for sample in ids)]))
    columns = {"geo_accession": samples}
    for kind in dict.fromkeys(kind for kind, _, _ in members):
        mine = [(word, set(ids)) for each, word, ids in members if each == kind]
        columns[kind] = ["; ".join(word for word, ids in mine if sample in ids) for sample in samples]
    for title, place in (("title", 0), ("source", 2)):
        cells = [about[sample][place].strip() if sample in about else "" for sample in samples]
        columns |= {title: cells} if any(cells) and title not in columns else {}
    return columns


def chosen_samples(soft: Soft, platform: str) -> list[Entity]:
    """Return the samples of a family that have a table, of one platform.

    Args:
        soft: The file.
        platform: Accession of the platform; empty if none is chosen.

    Raises:
        CohortError: GR140 no sample has a table, GR194 several platforms and none is chosen, or an unknown one.
    """
    samples = soft.of("SAMPLE")
    if not any(each.table for each in samples):
        supplements = [text for each in soft.of("SERIES") for text in each.values("Series_supplementary_file")]
        where = f" ({supplements[0]})" if supplements else ""
        raise CohortError(
            "GR140",
            "This is a SOFT file of GEO without tables of values: GEO keeps the values of such series, most of them "
            f"RNA-seq, in supplementary files{where}.",
            "Download the matrix from the page of the series and name it beside this file, which holds the sample "
            f"sheet: --expression F --labels {soft.source.name}.",
            soft.source.name,
        )
    groups: dict[str, list[Entity]] = {}
    for sample in samples:
        if sample.table:
            groups.setdefault(sample.value("Sample_platform_id"), []).append(sample)
    if platform in groups or (not platform and len(groups) == 1):
        return groups[platform] if platform else next(iter(groups.values()))
    held = ", ".join(f"{name} with {counted(len(each), 'sample', 'samples')}" for name, each in groups.items())
    raise CohortError(
        "GR194",
        f"This is a SOFT file of GEO with the platforms {held}"
        + (f", and cohort.platform names '{platform}'." if platform else ". Platforms have different probes."),
        f"Choose one: --set cohort.platform={next(iter(groups))}.",
        soft.source.name,
    )
