"""Gene selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import computed_field

from genereport.analyses.result import Tabled
from genereport.frames import Frame
from genereport.rules import ELIMINATED_SHARE, ELIMINATION_C, ONE_BY_ONE

_MANY = 2
"""Ratio of genes chosen at least once to the length of a list, from which on a list depends much on the samples."""


@dataclass(frozen=True, eq=False)
class Selection(Tabled, main="stability"):
    """Genes chosen in each training part, and on the whole training set.

    Attributes:
        variance_quantile: Share of genes dropped by the variance filter.
        candidates: Number of genes with the smallest p-values that enter the elimination.
        genes: Number of genes that remain.
        folds: Number of training parts.
        chosen: Genes of the whole training set, best first.
        ranking: Index gene; columns symbol, test (rank of the p-value within the filtered genes), rfe (rank in the
            elimination, NaN if the gene did not enter): whole training set.
        stability: Index gene; columns symbol, times, frequency over the training parts; all genes chosen at least once.
        by_fold: Index split (0-based, repeat-major); columns rank (1 is best), gene: the chosen genes.
        always: Number of genes chosen in every training part.
        ever: Number of genes chosen in at least one.
        penalty: Inverse strength of the penalty of the support vector machine that eliminates genes.
        squared: Whether the loss of that machine is the squared hinge.
        in_shares: Whether the first half of the candidates was eliminated a share of those left at a time.
        share: That share.
        one_by_one: Largest number of genes that are left when the others are eliminated one by one.
    """

    penalty: ClassVar[float] = ELIMINATION_C
    share: ClassVar[float] = ELIMINATED_SHARE
    one_by_one: ClassVar[int] = ONE_BY_ONE

    variance_quantile: float
    candidates: int
    genes: int
    folds: int
    chosen: tuple[str, ...]
    ranking: Frame
    stability: Frame
    by_fold: Frame
    always: int
    ever: int
    squared: bool = False
    in_shares: bool = False

    @computed_field
    @property
    def depends_on_samples(self) -> bool:
        """Whether the training parts together chose at least twice as many genes as each of them."""
        return self.ever >= _MANY * self.genes
