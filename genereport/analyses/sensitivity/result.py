"""Sensitivity of the gene list to the preprocessing and to the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import computed_field

from genereport.analyses.result import Tabled
from genereport.frames import Frame

FIRST = 50
"""Number of genes with the smallest p-values that are compared as well."""

REPORTED = "Reported analysis"


@dataclass(frozen=True, eq=False)
class Sensitivity(Tabled, main="choices"):
    """The list of significant genes under other choices of preprocessing and test, one change at a time.

    Attributes:
        criterion: What makes the list: significance after ``Bonferroni`` correction; else, if no gene is, after
            ``Benjamini–Hochberg``; else the ``first`` 50 genes by p-value.
        alpha: Significance level after correction.
        listed: Number of genes of the reported list.
        choices: Index choice, the reported analysis first; columns step (what is changed: ``floor``, ``cap``,
            ``array scaling``, ``expressed genes`` or ``test``; empty for the reported analysis), tested, bonferroni, bh
            (genes with a p-value, and significant ones), listed (genes of its own list), shared (those that the
            reported list has, too), jaccard (shared genes, as a share of the genes of either list), first (how many of
            the first 50 genes of the reported analysis are among its first 50), correlation (Spearman, of the p-values
            of the genes that both tested).
        left_out: Choices that leave nothing to test.
        genes: The genes of any of the lists: index gene; columns symbol, reported (``yes`` or ``no``), choices (number
            of the lists that have the gene), always (``yes`` if all have it). In the order of the reported p-values.
        first: Largest number of first genes.
    """

    first: ClassVar[int] = FIRST

    criterion: Literal["Bonferroni", "Benjamini–Hochberg", "first"]
    alpha: float
    listed: int
    choices: Frame
    left_out: tuple[str, ...]
    genes: Frame

    @computed_field
    @property
    def alternatives(self) -> int:
        """The number of other choices."""
        return len(self.choices) - 1

    @computed_field
    @property
    def most_changed(self) -> int:
        """The row of the choice whose list has the smallest Jaccard index with the reported one; 0 without any."""
        others = self.choices["jaccard"].to_numpy()[1:]
        return int(others.argmin()) + 1 if len(others) else 0

    @computed_field
    @property
    def always(self) -> int:
        """The number of genes that every list has."""
        return int((self.genes["always"] == "yes").sum())

    @computed_field
    @property
    def ever(self) -> int:
        """The number of genes that any list has."""
        return len(self.genes)
