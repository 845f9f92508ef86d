"""What every reader of a file layout hands over: the values, the sample sheet, and how they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from genereport.cohort.model import Source
from genereport.cohort.tables import Values
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding, listed
from genereport.locations import Location
from genereport.settings import CohortSettings


@dataclass(frozen=True, eq=False)
class Matrix:
    """The values of one file, turned to samples × genes.

    Attributes:
        name: File name, for messages.
        samples: Sample ids, unique.
        genes: Gene or probe ids; not empty, possibly repeated until `resolved`.
        values: float64, shape (samples, genes), NaN where missing.
        symbols: Gene symbols, empty where the file gives none.
        descriptions: Gene descriptions, empty where the file gives none.
        places: Where each gene stands in the file: ``row 7`` or ``column 7``.
    """

    name: str
    samples: tuple[str, ...]
    genes: tuple[str, ...]
    values: Values
    symbols: tuple[str, ...]
    descriptions: tuple[str, ...]
    places: tuple[str, ...]

    def take(self, genes: Sequence[int]) -> Matrix:
        """The genes at some positions, in that order."""
        return replace(
            self,
            genes=tuple(self.genes[i] for i in genes),
            values=self.values[:, list(genes)],
            symbols=tuple(self.symbols[i] for i in genes),
            descriptions=tuple(self.descriptions[i] for i in genes),
            places=tuple(self.places[i] for i in genes),
        )


class Files(NamedTuple):
    """Where the matrix is, the sample sheet, and the independent matrix if there is one."""

    matrix: Location
    sheet: Location
    independent: Location | None


@dataclass(frozen=True, eq=False)
class Parts:
    """A cohort as its files hold it, before it is assembled.

    Attributes:
        layout: Name of the layout.
        matrix: The training samples, or all samples when there is no second matrix.
        independent: The independent samples, when they have a matrix of their own.
        sheet: Index sample id; every other column of the sample sheet as text, empty where missing.
        sheet_name: File name of the sheet, for messages.
        label: Column of `sheet` that holds the class.
        sources: The files.
    """

    layout: str
    matrix: Matrix
    independent: Matrix | None
    sheet: pd.DataFrame
    sheet_name: str
    label: str
    sources: tuple[Source, ...]


class Reader(Protocol):
    """Reads one file layout."""

    @property
    def layout(self) -> str:
        """Name of the layout."""

    def recognises(self, settings: CohortSettings) -> bool:
        """Whether the files that the settings name have this layout; reads no more than headers."""

    def locate(self, settings: CohortSettings) -> Files:
        """The files of the cohort: those the settings name, else those of the folder that are what is missing.

        Raises:
            CohortError: GR112 when a file is not found or several could be meant.
        """

    def read(self, settings: CohortSettings) -> Parts:
        """Read the files.

        Raises:
            CohortError: GR1xx.
        """


def repeats(names: Sequence[str]) -> dict[str, list[int]]:
    """Names that occur more than once, in order of first occurrence, with their positions."""
    places: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        places.setdefault(name, []).append(position)
    return {name: found for name, found in places.items() if len(found) > 1}


def require_unique_samples(samples: Sequence[str], places: Sequence[str], name: str) -> None:
    """Make sure that every sample has an id and that no two share one.

    Raises:
        CohortError: GR109 a sample id occurs twice, GR111 a sample without an id.
    """
    if "" in samples:
        raise CohortError(
            "GR111", "A sample has no id.", "Give it one, or remove it.", f"{name}, {places[samples.index('')]}"
        )
    for sample, found in repeats(samples).items():
        raise CohortError(
            "GR109",
            f"The sample id '{sample}' occurs {len(found)} times: {listed(places[i] for i in found)}.",
            "Give every sample an id of its own, or remove the copies.",
            name,
        )


def require_gene_ids(genes: Sequence[str], places: Sequence[str], name: str) -> None:
    """Make sure that every gene has an id.

    Raises:
        CohortError: GR111.
    """
    if "" in genes:
        raise CohortError(
            "GR111",
            f"The gene has no id ({counted(genes.count(''), 'gene has', 'genes have')} none).",
            "Give it one, or remove it.",
            f"{name}, {places[genes.index('')]}",
        )


def resolved(matrix: Matrix, rule: str, judged_on: npt.NDArray[np.bool_]) -> tuple[Matrix, tuple[Finding, ...]]:
    """The matrix with every gene id once.

    Args:
        matrix: Gene ids may repeat.
        rule: ``refuse``, or ``highest_mean``: of the rows that share an id keep the one with the highest mean.
        judged_on: Samples whose values make the mean, shape (samples,): training samples, so that nothing leaks.

    Raises:
        CohortError: GR110 when gene ids repeat and the rule is to refuse.
    """
    repeated = repeats(matrix.genes)
    if not repeated:
        return matrix, ()
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
        "Give the rows ids of their own (probe ids, say), or keep the one with the highest mean: "
        "--set cohort.duplicate_genes=highest_mean.",
        matrix.name,
    )
