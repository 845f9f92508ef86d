"""SOFT files of GEO: a family, whose samples have a table each, and a data set with one table of all samples."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from genereport.cohort.decoding import Decoded
from genereport.cohort.layout import Matrix, Parts, require_gene_ids, require_unique_samples
from genereport.cohort.matrix import genes_by_samples
from genereport.cohort.readers.containers import ContainerReader, Content
from genereport.cohort.soft_lines import (
    Entity,
    Soft,
    chosen_samples,
    is_soft,
    peek_soft_columns,
    read_soft,
    soft_sheet,
)
from genereport.cohort.table import MISSING
from genereport.cohort.tables import TextTable, table_of
from genereport.cohort.wording import counted
from genereport.errors import CohortError, Finding
from genereport.locations import Location
from genereport.settings import CohortSettings
from genereport.types import Array

_SYMBOLS = ("genesymbol", "symbol", "ilmngene")
_DESCRIPTIONS = ("genetitle", "definition", "genedescription", "genename", "description")
_MISSING = sorted({*MISSING, *(word.upper() for word in MISSING), "NaN"})


@dataclass(frozen=True)
class SoftReader(ContainerReader):
    """Reader of SOFT files.

    Attributes:
        layout: Name of the layout.
        platform: Accession of the platform that is read of a family; empty if none is chosen.
    """

    layout: str = "soft"
    platform: str = ""

    def holds(self, location: Location) -> bool:
        """Return whether the file begins with a part of a SOFT file."""
        return is_soft(location)

    def columns(self, location: Location) -> tuple[str, ...]:
        """Return the names of what the file tells of the samples."""
        return peek_soft_columns(location)

    def read(self, settings: CohortSettings) -> Parts:
        """Read the file and the sheet.

        Raises:
            CohortError: GR1xx.
        """
        chosen = replace(self, platform=settings.platform or "")
        return super(SoftReader, chosen).read(settings)

    def load(self, location: Location, role: str) -> Content:
        """Read a SOFT file.

        Raises:
            CohortError: GR101 to GR109, GR111, GR129, GR143 for a file that cannot be read, GR112 a file that is none,
                GR140 no table, GR141 a file that was cut off, GR194 several platforms.
        """
        if not is_soft(location):
            raise CohortError(
                "GR112", "This is no SOFT file, and the other matrix is one.", "Name two SOFT files.", location.name
            )
        soft = read_soft(location, role)
        sets = [each for each in soft.of("DATASET") if each.table]
        return _load_set(soft, sets[0]) if sets else _load_family(soft, chosen_samples(soft, self.platform))


def _load_set(soft: Soft, found: Entity) -> Content:
    """Return the one table of a data set."""
    sheet = soft_sheet(soft)
    table = _table(soft, found)
    samples = set(sheet.frame["geo_accession"])
    header = tuple("symbol" if name.upper() == "IDENTIFIER" else name for name in table.header)
    table = replace(table, header=header)
    columns = [j for j, name in enumerate(header) if name in samples]
    others = [j for j, name in enumerate(header) if name not in samples]
    require_unique_samples([header[j] for j in columns], [f"column {j + 1}" for j in columns], soft.source.name)
    return Content(table, genes_by_samples(table, columns, others), sheet)


def _table(soft: Soft, found: Entity) -> TextTable:
    """Return the table of a part, with the lines of the file."""
    start, stop = found.table or (0, 0)
    return table_of(soft.source, Decoded("\n" * (soft.line(start) - 1) + soft.text[start:stop], soft.findings))


def _load_family(soft: Soft, samples: Sequence[Entity]) -> Content:
    """Return the values of the samples of one platform."""
    names = [sample.name for sample in samples]
    require_unique_samples(names, [f"sample {number}" for number in range(1, len(names) + 1)], soft.source.name)
    columns = [_values(soft, sample) for sample in samples]
    ids, values, unequal = _aligned(columns, names, soft.source.name)
    platform = samples[0].value("Sample_platform_id")
    symbols, descriptions, told = _annotation(soft, platform, ids)
    table = TextTable(soft.source, ("ID_REF", *names), (), "", "\t", findings=(*soft.findings, *unequal, *told))
    matrix = Matrix(
        name=soft.source.name,
        samples=tuple(names),
        genes=tuple(map(str, ids)),
        values=values,
        symbols=symbols,
        descriptions=descriptions,
        places=tuple(f"row {line} of the table of {names[0]}" for line in range(1, len(ids) + 1)),
    )
    return Content(table, matrix, soft_sheet(soft, names))


def _values(soft: Soft, sample: Entity) -> pd.Series[float]:
    """Return the column VALUE of a sample by its column ID_REF.

    Raises:
        CohortError: GR105 a table without these columns, GR106, GR107 a cell that is no number, GR111 a probe without
            an id.
    """
    start, stop = sample.table or (0, 0)
    text = soft.text[start:stop]
    header = [name.strip().upper() for name in text[: text.find("\n")].split("\t")]
    if not {"ID_REF", "VALUE"} <= set(header):
        raise CohortError(
            "GR105",
            f"This is a SOFT file of GEO in which the table of {sample.name} lacks the column ID_REF or VALUE.",
            "Download it again, or use the series matrix.",
            f"{soft.source.name}, row {soft.line(start)}",
        )
    places = [header.index("ID_REF"), header.index("VALUE")]
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep="\t",
            header=0,
            names=range(len(header)),
            usecols=places,
            dtype={places[0]: str, places[1]: np.float64},
            na_values=_MISSING,
            keep_default_na=False,
            quoting=csv.QUOTE_NONE,
        )
        ids, values = frame[places[0]].str.strip(), frame[places[1]].to_numpy()
        whole = not np.isinf(values).any() and not ids.isna().any()
    except ValueError:
        whole = False
    if not whole:  # read once more by what names the row of a wrong cell
        table = _table(soft, sample)
        ids, values = table.strings([places[0]])[places[0]], table.numbers([places[1]])[:, 0]
    if (ids == "").any():
        require_gene_ids(
            ids.tolist(), [f"row {soft.line(start) + 1 + row}" for row in range(len(ids))], soft.source.name
        )
    return pd.Series(values, index=pd.Index(ids))


def _aligned(
    columns: Sequence[pd.Series[float]], names: Sequence[str], file: str
) -> tuple[pd.Index, Array, tuple[Finding, ...]]:
    """Return the probes, the values as samples × probes, and a finding if samples lack probes.

    Raises:
        CohortError: GR110 if probes repeat and samples have different ones.
    """
    first = columns[0].index
    if all(column.index.equals(first) for column in columns):
        return first, np.array([column.to_numpy() for column in columns]), ()
    for name, column in zip(names, columns, strict=True):
        if column.index.has_duplicates:
            raise CohortError(
                "GR110",
                f"This is a SOFT file of GEO in which the table of {name} has the probe "
                f"'{column.index[column.index.duplicated()][0]}' more than once.",
                "Use the series matrix.",
                file,
            )
    every = pd.Index(dict.fromkeys(probe for column in columns for probe in column.index))
    values = np.array([column.reindex(every).to_numpy() for column in columns])
    lacking = sum(len(column) < len(every) for column in columns)
    said = counted(lacking, "sample lacks", "samples lack")
    message = f"{said} some of the {len(every):,} probes; their values are missing."
    return every, values, (Finding("GR367", "note", file, message),) if lacking else ()


def _annotation(
    soft: Soft, platform: str, ids: pd.Index
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Finding, ...]]:
    """Return symbols and descriptions of the probes from the table of the platform, and a finding that names it."""
    empty = ("",) * len(ids)
    found = next((each for each in soft.of("PLATFORM") if each.name == platform and each.table), None)
    if found is None or found.table is None:
        return empty, empty, ()
    text = soft.text[slice(*found.table)]
    header = text[: text.find("\n")].split("\t")
    letters = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in header]
    chosen = [
        next((letters.index(name) for name in names if name in letters), None) for names in (_SYMBOLS, _DESCRIPTIONS)
    ]
    wanted = [0, *(place for place in chosen if place)]
    frame = pd.read_csv(
        io.StringIO(text),
        sep="\t",
        header=0,
        names=range(len(header)),
        usecols=sorted(set(wanted)),
        dtype=str,
        na_filter=False,
        quoting=csv.QUOTE_NONE,
        on_bad_lines="skip",
    ).drop_duplicates(0)
    cells = frame.set_index(frame[0].str.strip()).reindex(ids, fill_value="")
    symbols, descriptions = (
        tuple("" if cell.strip().lower() in MISSING else cell.strip() for cell in cells[place]) if place else empty
        for place in chosen
    )
    titles = " and ".join(f"'{header[place].strip()}'" for place in chosen if place)
    if not titles:
        return empty, empty, ()
    message = (
        f"Symbols and descriptions of the probes are those of {platform}, from its {titles}: "
        f"{sum(map(bool, symbols)):,} of {len(ids):,} probes have a symbol. A probe of several genes keeps the text "
        "of the platform."
    )
    return symbols, descriptions, (Finding("GR368", "note", soft.source.name, message),)
