"""The output folder of nf-core/rnaseq: merged counts of genes, and the samplesheet of the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from genereport.cohort.layout import Files, Parts, introduced
from genereport.cohort.matrix import MatrixReader, find_sheet, tables_named
from genereport.cohort.model import Scale
from genereport.cohort.names import SHEET_WORDS
from genereport.cohort.wording import quoted
from genereport.errors import CohortError, Finding
from genereport.locations import Location
from genereport.settings import CohortSettings

_FOLDERS = (".", "star_salmon", "star_rsem", "salmon", "kallisto")
_TABLES = (
    "salmon.merged.gene_counts_length_scaled.tsv",
    "salmon.merged.gene_counts.tsv",
    "rsem.merged.gene_counts.tsv",
    "kallisto.merged.gene_counts_length_scaled.tsv",
    "kallisto.merged.gene_counts.tsv",
)
_WHY = {
    True: "Its counts are scaled from abundances by the average length of each gene (lengthScaledTPM of tximport), so "
    "that they do not change where only the share of long and short transcripts does.",
    False: "It holds the sums of counts; there is no table of counts that are scaled by length.",
}


@dataclass(frozen=True)
class NfcoreReader:
    """Reader of folders that nf-core/rnaseq wrote; of the merged tables it reads counts, never TPM."""

    layout: str = "nf-core"

    def recognises(self, settings: CohortSettings) -> bool:
        """Return whether the named folder, or the folder of a quantifier in it, holds merged counts of genes."""
        return any(_counts(settings))

    def locate(self, settings: CohortSettings) -> Files:
        """Locate the counts and the samplesheet: as named, else in the folder, in pipeline_info, or beside the folder.

        Raises:
            CohortError: GR112 if there is no samplesheet, or several could be meant.
        """
        counts = next(_counts(settings))
        return Files(counts, settings.labels or _samplesheet(counts), settings.test_expression)

    def read(self, settings: CohortSettings) -> Parts:
        """Read the counts and the samplesheet.

        Raises:
            CohortError: GR1xx.
        """
        counts, *others = _counts(settings)
        files = self.locate(settings)
        named = {"study": None, "expression": counts, "labels": files.sheet, "test_expression": _inside(files)}
        parts = MatrixReader().read(settings.model_copy(update=named))
        besides = f" The folder also has {quoted(_place(path) for path in others)}." if others else ""
        message = (
            f"Of the output of nf-core/rnaseq '{_place(counts)}' was read. {_WHY['length_scaled' in counts.name]} "
            f"TPM are not analysed.{besides}"
        )
        scale = Scale("counts", f"'{counts.name}' holds counts, as its name says")
        return replace(
            parts,
            scale=scale,
            layout=self.layout,
            findings=(Finding("GR364", "note", counts.name, message), *parts.findings),
        )


def _counts(settings: CohortSettings) -> Iterator[Path]:
    """Yield the merged counts of each quantifier, that which is read first."""
    yield from _merged(settings.expression or settings.study)


def _merged(named: Location | None) -> Iterator[Path]:
    if not isinstance(named, Path) or not named.is_dir():
        return
    for folder in _FOLDERS:
        found = [named / folder / name for name in _TABLES if (named / folder / name).is_file()]
        yield from found[:1]


def _inside(files: Files) -> Location | None:
    """Return the merged counts of the independent set if a folder is named for it, else what is named."""
    return next(_merged(files.independent), files.independent)


def _samplesheet(counts: Path) -> Path:
    """Return the samplesheet nearest to the counts.

    Raises:
        CohortError: GR112 if there is none, or several could be meant.
    """
    inner = counts.absolute().parent
    outer = inner.parent if inner.name in _FOLDERS else inner
    places = [inner, outer, outer / "pipeline_info", outer.parent]
    found = next((place for place in places if place.is_dir() and tables_named(place, SHEET_WORDS)), inner)
    try:
        return find_sheet(found)
    except CohortError as error:
        raise introduced(error, f"This is output of nf-core/rnaseq with the counts '{_place(counts)}'.") from error


def _place(path: Path) -> str:
    return "/".join(path.parts[-2:]) if path.parent.name in _FOLDERS else path.name
