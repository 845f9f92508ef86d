"""Prior knowledge for the comparison: bundled or own markers, checked line by line, and gene sets."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from genereport.cohort.annotation import SUBTYPES, load_markers
from genereport.cohort.genesets import GeneSet, read_gmt
from genereport.cohort.model import Source
from genereport.cohort.table import MISSING, Table
from genereport.cohort.tables import read_table, require_file
from genereport.cohort.wording import quoted
from genereport.errors import CohortError, Finding, nearest
from genereport.locations import Location
from genereport.settings import BiomarkerSettings

COLUMNS = ("symbol", "name", "hgnc_id", "entrez_id", "probes", "direction", "evidence", "source", "remark")
"""Columns of a marker list."""

OWN = "own list"
"""Evidence of an entry of a user's list that gives none."""

_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Markers and gene sets that are known already.

    Attributes:
        markers: One row per entry, `COLUMNS`, all text; directions are classes of the cohort, or parts of one.
        gene_sets: Sets of a GMT file, if one is named.
        sources: The files of both, without the bundled list.
        findings: Findings about the files.
    """

    markers: pd.DataFrame
    gene_sets: tuple[GeneSet, ...] = ()
    sources: tuple[Source, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_knowledge(settings: BiomarkerSettings, classes: tuple[str, ...]) -> Knowledge:
    """Read the markers and gene sets that the settings name.

    Args:
        settings: Locations of the files.
        classes: Classes of the cohort; directions of a user's list must be among them.

    Raises:
        CohortError: GR101 to GR108 for unreadable files, GR124 to GR127 for errors in them, GR129 for an address from
            which they cannot be fetched.
    """
    for setting, path in (("biomarkers.file", settings.file), ("biomarkers.gene_sets", settings.gene_sets)):
        if path is not None:
            require_file(path, setting)
    known = read_markers(settings.file, classes) if settings.file else Knowledge(load_markers())
    if settings.gene_sets is None:
        return known
    source, gene_sets = read_gmt(settings.gene_sets)
    return Knowledge(known.markers, gene_sets, (*known.sources, source), known.findings)


def read_markers(path: Location, classes: tuple[str, ...]) -> Knowledge:
    """Read a user's marker list: CSV or TSV with ``symbol`` or ``probes``, and any other of `COLUMNS`.

    Raises:
        CohortError: GR101 to GR108 for an unreadable file, GR126 without the columns it needs, GR127 for rows that are
            not markers, each listed with its reason.
    """
    table = read_table(path, "biomarkers", narrow=True)
    names = [name.lower() for name in table.header]
    if not {"symbol", "probes"} & set(names):
        hint = next((nearest(wanted, names) for wanted in ("symbol", "probes") if "Did" in nearest(wanted, names)), "")
        problem = f"A marker list needs a column 'symbol' or 'probes'; the columns are {quoted(table.header)}. {hint}"
        raise CohortError(
            "GR126",
            problem.strip(),
            "Call the column of gene symbols 'symbol', and the column of probe ids 'probes'.",
            table.source.name,
        )
    listed = table.strings([names.index(name) for name in COLUMNS if name in names])
    listed = listed.set_axis([name for name in COLUMNS if name in names], axis=1)
    listed = listed.mask(listed.apply(lambda cells: cells.str.lower().isin(MISSING)), "")
    markers = listed.reindex(columns=list(COLUMNS), fill_value="").astype("str")
    markers["evidence"] = markers["evidence"].where(markers["evidence"] != "", OWN)
    _require_markers(markers, table, classes)
    unknown = [name for name in table.header if name and name.lower() not in COLUMNS]
    message = f"These columns of the marker list are unknown to genereport and are not used: {quoted(unknown)}."
    findings = (Finding("GR314", "note", table.source.name, message),) if unknown else ()
    return Knowledge(markers, (), (table.source,), findings)


def _require_markers(markers: pd.DataFrame, table: Table, classes: tuple[str, ...]) -> None:
    valid = {*classes, *(part for part, whole in SUBTYPES.items() if whole in classes)}
    probes = markers["probes"].str.split(";").explode().str.strip()
    twice = set(probes[(probes != "") & probes.duplicated()].index)
    symbols = markers["symbol"].str.upper()
    reasons = {
        "neither symbol nor probes": (markers["symbol"] == "") & (markers["probes"] == ""),
        "a direction that is no class": (markers["direction"] != "") & ~markers["direction"].isin(valid),
        "a symbol that another row has": (symbols != "") & symbols.duplicated(),
        "a probe that another row has": pd.Series(markers.index.isin(twice), index=markers.index),
    }
    wrong = [
        f"row {table.lines[row]} ({markers['symbol'].iloc[row] or 'no symbol'}): {reason}"
        for row in range(len(markers))
        for reason, holds in reasons.items()
        if holds[row]
    ]
    if wrong:
        rest = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise CohortError(
            "GR127",
            f"Some rows are not markers: {'; '.join(wrong[:_SHOWN])}{rest}.",
            "Correct or remove them. A direction is the class in which the gene is higher "
            f"({quoted(sorted(valid))}), or empty.",
            table.source.name,
        )
