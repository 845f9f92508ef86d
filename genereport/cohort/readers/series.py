"""GEO series matrices: the lines of the samples are the sample sheet, the table between two marks is the matrix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genereport.cohort.layout import Files, require_unique_samples
from genereport.cohort.matrix import genes_by_samples
from genereport.cohort.names import tables_in
from genereport.cohort.readers.containers import ContainerReader, Content
from genereport.cohort.series_lines import SeriesLines, is_series, peek_columns, read_series_lines
from genereport.cohort.tables import table_of
from genereport.cohort.wording import quoted
from genereport.errors import CohortError, listed
from genereport.locations import Location
from genereport.settings import CohortSettings


@dataclass(frozen=True)
class SeriesReader(ContainerReader):
    """Reader of GEO series matrices."""

    layout: str = "series"

    def holds(self, location: Location) -> bool:
        """Return whether the file begins with lines of a series."""
        return is_series(location)

    def columns(self, location: Location) -> tuple[str, ...]:
        """Return the names of what the lines tell of the samples."""
        return peek_columns(location)

    def recognises(self, settings: CohortSettings) -> bool:
        """Return whether the named file is a series matrix, or the folder holds one, or several by platform."""
        return super().recognises(settings) or len(_series_in(settings)) > 1

    def locate(self, settings: CohortSettings) -> Files:
        """Locate the series matrix and the sheet.

        Raises:
            CohortError: GR112 if there is no sheet, or the folder holds several series matrices.
        """
        several = _series_in(settings)
        if len(several) > 1:
            raise CohortError(
                "GR112",
                f"The folder holds several GEO series matrices, as GEO writes one for each platform: "
                f"{quoted(path.name for path in several)}. Platforms have different probes.",
                f"Name one of them: --expression {several[0].name}.",
                str(settings.study),
            )
        return super().locate(settings)

    def load(self, location: Location, role: str) -> Content:
        """Read a series matrix.

        Raises:
            CohortError: GR101 to GR109, GR111, GR129, GR143 for a file that cannot be read, GR140 a table without
                rows, GR141 a file that was cut off.
        """
        if not is_series(location):
            raise CohortError(
                "GR112",
                "This is no GEO series matrix, and the other matrix is one.",
                "Name two series matrices.",
                location.name,
            )
        series = read_series_lines(location, role)
        if len([line for line in series.table.text.split("\n") if line.strip()]) < 2:
            raise _empty_error(series)
        table = table_of(series.source, series.table)
        columns = range(1, len(table.header))
        require_unique_samples(table.header[1:], [f"column {j + 1}" for j in columns], table.source.name)
        return Content(table, genes_by_samples(table, columns, [0]), series.sheet)


def _series_in(settings: CohortSettings) -> list[Path]:
    """Return the series matrices of the folder, if it is named and no matrix is."""
    study = settings.study
    if settings.expression is not None or not isinstance(study, Path) or not study.is_dir():
        return []
    return [path for path in tables_in(study) if is_series(path)]


def _empty_error(series: SeriesLines) -> CohortError:
    where = f" ({listed(series.supplements, 2)})" if series.supplements else ""
    return CohortError(
        "GR140",
        "This is a GEO series matrix without an expression table: GEO keeps the values of such series, most of them "
        f"RNA-seq, in supplementary files{where}.",
        "Download the matrix from the page of the series and name it beside this file, which holds the sample sheet: "
        "--expression F --labels " + series.source.name + ".",
        series.source.name,
    )
