"""The result of the enrichment stage."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from genereport.analyses.result import Tabled
from genereport.frames import Frame

MARKERS = "markers"
"""Origin of the marker classes; the origin of a gene set is the name of its file."""


@dataclass(frozen=True, eq=False)
class Enrichment(Tabled, main="sets"):
    """Enrichment of marker classes and gene sets in the whole comparison.

    A gene with several probes is represented by the one with the highest average expression, which is chosen without
    regard to the classes.

    Attributes:
        universe: Number of tested genes, one probe each; a probe without a symbol is a gene of its own.
        named: Number of those with a symbol, or of all if the cohort has no symbols: the universe of the gene sets.
        significant: Number of genes of the universe with adj.P.Val < alpha.
        named_significant: Number of them that are named.
        alpha: Limit of adj.P.Val, and of the adjusted p-values of the sets.
        correlation: Correlation between the genes of a set that the rank test allows for.
        smallest: Smallest number of measured genes of a set that is tested.
        left_out: Number of sets that were left out because they have fewer.
        tested: Number of sets that were tested.
        over: Number of them that are not circular and have adj.P.hyper < alpha.
        shifted: Number of them that are not circular and have adj.P.rank < alpha.
        sets: Index set; columns origin (``markers`` or the name of a GMT file), size (genes listed), measured,
            significant, expected, odds_ratio, P.hyper and adj.P.hyper (Benjamini–Hochberg within the origin), directed,
            agreeing, agree.L, agree.R (Wilson interval of the share), P.sign (NaN where nothing is directed), AUC,
            direction (``up`` or ``down`` in the target; empty for marker classes and several classes), P.rank,
            adj.P.rank, circular (``yes`` or ``no``), genes (the significant ones, at most ten). Gene sets are ranked by
            t, marker classes, which hold markers of either class, by its size, several classes by F. Sorted by origin
            and the smaller p-value.
        members: Set → ids of its measured genes, of the first sets of the table; empty in results of earlier versions.
    """

    universe: int
    named: int
    significant: int
    named_significant: int
    alpha: float
    correlation: float
    smallest: int
    left_out: int
    tested: int
    over: int
    shifted: int
    sets: Frame
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def with_gene_sets(self) -> bool:
        """Whether gene sets were tested, besides the marker classes."""
        return bool((self.sets["origin"] != MARKERS).any())

    @property
    def circular_rows(self) -> tuple[int, ...]:
        """Rows of the circular sets, which come from this very cohort."""
        return _rows(self._is_circular)

    @property
    def all_circular(self) -> bool:
        """Whether every set is circular."""
        return bool(self._is_circular.all())

    @property
    def over_rows(self) -> tuple[int, ...]:
        """Rows of the sets that `over` counts, in the order of the table."""
        return _rows(~self._is_circular & (self.sets["adj.P.hyper"] < self.alpha))

    @property
    def shifted_rows(self) -> tuple[int, ...]:
        """Rows of the sets that `shifted` counts, in the order of the table."""
        return _rows(~self._is_circular & (self.sets["adj.P.rank"] < self.alpha))

    @property
    def _is_circular(self) -> pd.Series[bool]:
        return self.sets["circular"] == "yes"


def _rows(chosen: pd.Series[bool]) -> tuple[int, ...]:
    return tuple(int(row) for row in chosen.to_numpy().nonzero()[0])
