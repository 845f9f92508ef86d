"""What every reader of a file layout returns: the values, the sample sheet, and their names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from genereport.cohort.model import Scale, Source
from genereport.cohort.spreadsheet import changed_names
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding, listed
from genereport.locations import Location
from genereport.settings import CohortSettings
from genereport.types import Array, Flags


@dataclass(frozen=True, eq=False)
class Matrix:
    """The values of one file as samples × genes.

    Attributes:
        name: File name, for messages.
        samples: Sample ids, unique.
        genes: Gene or probe ids; not empty, possibly repeated until `resolved`.
        values: float64, shape (samples, genes), NaN where missing.
        symbols: Gene symbols, empty where the file gives none.
        descriptions: Gene descriptions, empty where the file gives none.
        places: Position of each gene in the file: ``row 7`` or ``column 7``.
        unlabelled: Ids of the samples of the file that have no row in the sample sheet; their values are not read.
        findings: What the reader must know about rows and columns that were set aside.
    """

    name: str
    samples: tuple[str, ...]
    genes: tuple[str, ...]
    values: Array
    symbols: tuple[str, ...]
    descriptions: tuple[str, ...]
    places: tuple[str, ...]
    unlabelled: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def of_samples(self, keep: Flags) -> Matrix:
        """Return the matrix of some of its samples.

        Args:
            keep: Which samples to keep, shape (samples,).
        """
        samples = tuple(name for name, kept in zip(self.samples, keep, strict=True) if kept)
        return replace(self, samples=samples, values=self.values[keep])

    def with_rows(self, known: Collection[str]) -> Matrix:
        """Return the matrix of the samples that have a row in the sample sheet; the others are unlabelled.

        Args:
            known: Ids of the sheet.
        """
        unlabelled = tuple(sample for sample in self.samples if sample not in known)
        if not unlabelled:
            return self
        return replace(self.of_samples(np.array([sample in known for sample in self.samples])), unlabelled=unlabelled)

    def take(self, genes: Sequence[int]) -> Matrix:
        """Return the matrix of the genes at some positions, in that order."""
        return replace(
            self,
            genes=tuple(self.genes[i] for i in genes),
            values=self.values[:, list(genes)],
            symbols=tuple(self.symbols[i] for i in genes),
            descriptions=tuple(self.descriptions[i] for i in genes),
            places=tuple(self.places[i] for i in genes),
        )


class Files(NamedTuple):
    """Locations of the files of a cohort.

    Attributes:
        matrix: The matrix.
        sheet: The sample sheet; that of the matrix if it is in the same file.
        independent: The independent matrix, if there is one.
        columns: The columns of the sheet, if it is not a plain table.
    """

    matrix: Location
    sheet: Location
    independent: Location | None
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True, eq=False)
class Parts:
    """The content of the files of a cohort, before it is assembled.

    Attributes:
        layout: Name of the layout.
        matrix: The training samples, or all samples when there is no second matrix.
        independent: The independent samples, if they have a matrix of their own.
        sheet: Index sample id; every other column of the sample sheet as text, empty where missing.
        sheet_name: File name of the sheet, for messages.
        label: Column of `sheet` that holds the class.
        sources: The files.
        findings: What the reader must know about how the files were read and joined.
        scale: The scale, if the files themselves name it; None if it follows from the values.
    """

    layout: str
    matrix: Matrix
    independent: Matrix | None
    sheet: pd.DataFrame
    sheet_name: str
    label: str
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...] = ()
    scale: Scale | None = None


class Reader(Protocol):
    """Protocol of a reader of one file layout."""

    @property
    def layout(self) -> str:
        """The name of the layout."""

    def recognises(self, settings: CohortSettings) -> bool:
        """Return whether the files that the settings name have this layout; only headers are read."""

    def locate(self, settings: CohortSettings) -> Files:
        """Locate the files of the cohort: those that the settings name, and matching files of the folder for the rest.

        Raises:
            CohortError: GR112 if a file is not found or several could be meant.
        """

    def read(self, settings: CohortSettings) -> Parts:
        """Read the files.

        Raises:
            CohortError: GR1xx.
        """


def introduced(error: CohortError, what: str) -> CohortError:
    """Return an error whose message begins with a sentence on what the file or folder is."""
    return CohortError(error.code, f"{what} {error.problem}", error.remedy, error.where)


def repeats(names: Sequence[str]) -> dict[str, list[int]]:
    """Return names that occur more than once, in order of first occurrence, with their positions."""
    places: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        places.setdefault(name, []).append(position)
    return {name: found for name, found in places.items() if len(found) > 1}


def require_unique_samples(samples: Sequence[str], places: Sequence[str], name: str) -> None:
    """Require that every sample has an id and that no two share one.

    Raises:
        CohortError: GR109 a sample id occurs twice, GR111 a sample without an id.
    """
    if "" in samples:
        raise CohortError(
            "GR111", "A sample has no id.", "Give it an id, or remove it.", f"{name}, {places[samples.index('')]}"
        )
    for sample, found in repeats(samples).items():
        raise CohortError(
            "GR109",
            f"The sample id '{sample}' occurs {len(found)} times: {listed(places[i] for i in found)}.",
            "Give every sample an id of its own, or remove the copies.",
            name,
        )


def require_gene_ids(genes: Sequence[str], places: Sequence[str], name: str) -> None:
    """Require that every gene has an id.

    Raises:
        CohortError: GR111 if one has none.
    """
    if "" in genes:
        raise CohortError(
            "GR111",
            f"The gene has no id ({counted(genes.count(''), 'gene has', 'genes have')} none).",
            "Give it an id, or remove it.",
            f"{name}, {places[genes.index('')]}",
        )


def resolved(matrix: Matrix, rule: str, judged_on: Flags) -> tuple[Matrix, tuple[Finding, ...]]:
    """Return the matrix with every gene id once.

    Args:
        matrix: Matrix whose gene ids may repeat.
        rule: ``refuse``, or ``highest_mean``: of the rows that share an id keep the one with the highest mean.
        judged_on: Samples over which the mean is taken, shape (samples,): training samples, so that nothing leaks.

    Raises:
        CohortError: GR110 if gene ids repeat and the rule is to refuse; GR152 if a spreadsheet made them equal.
    """
    repeated = repeats(matrix.genes)
    if not repeated:
        return matrix, ()
    changed = changed_names(repeated)
    if changed:
        raise CohortError(
            "GR152",
            f"{counted(len(changed), 'repeated gene id is', 'repeated gene ids are')} a date or a number that "
            f"spreadsheet software puts in place of different gene names: {quoted(changed)}.",
            "Take the ids from the original file, or remove the rows.",
            matrix.name,
        )
    if rule == "refuse":
        raise _duplicate_genes(matrix, repeated)
    values = matrix.values[judged_on]
    present = ~np.isnan(values)
    sums, sizes = np.where(present, values, 0.0).sum(axis=0), present.sum(axis=0)
    means = np.where(sizes > 0, sums / np.maximum(sizes, 1), -np.inf)
    dropped = {i for found in repeated.values() for i in found if i != max(found, key=lambda j: (means[j], -j))}
    finding = Finding(
        "GR311",
        "note",
        matrix.name,
        f"{counted(len(repeated), 'gene id occurs', 'gene ids occur')} more than once ({quoted(repeated)}); of each "
        f"the row with the highest mean was kept, and {counted(len(dropped), 'row was', 'rows were')} left out.",
    )
    return matrix.take([i for i in range(len(matrix.genes)) if i not in dropped]), (finding,)


def _duplicate_genes(matrix: Matrix, repeated: dict[str, list[int]]) -> CohortError:
    gene, found = next(iter(repeated.items()))
    problem = f"The gene id '{gene}' occurs {len(found)} times: {listed(matrix.places[i] for i in found)}."
    if len(repeated) > 1:
        problem += f" {len(repeated)} ids in all are repeated."
    return CohortError(
        "GR110",
        problem,
        "Give the rows ids of their own, such as probe ids, or keep the row with the highest mean of each id: "
        "--set cohort.duplicate_genes=highest_mean.",
        matrix.name,
    )
