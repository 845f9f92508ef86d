"""Quality of the samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import computed_field

from genereport.analyses.result import Tabled
from genereport.frames import Frame

WHISKER = 1.5
"""Number of interquartile ranges above the third quartile beyond which a distance is outlying."""


@dataclass(frozen=True, eq=False)
class ArrayQuality(Tabled, main="arrays"):
    """The distance of each array from the others, after preprocessing.

    Attributes:
        genes: Number of genes that were used: those without a missing value.
        limit: Distance beyond which an array is an outlier: the third quartile of the training arrays plus 1.5 times
            their interquartile range.
        arrays: Index sample; columns set, class, rle_median and rle_iqr (of the array's relative log expression),
            spread (median over the genes of the absolute residual from the class median, in units of the gene's own
            median; 1 is usual), distance (mean absolute difference from the training arrays), outlier (``yes`` or
            ``no``). The arrays with the largest distance come first.
        classes: Class levels, the reference first; empty in the results of earlier versions.
        whisker: Number of interquartile ranges in `limit`.
    """

    whisker: ClassVar[float] = WHISKER

    genes: int
    limit: float
    arrays: Frame
    classes: tuple[str, ...] = ()

    @computed_field
    @property
    def number(self) -> int:
        """The number of arrays."""
        return len(self.arrays)

    @computed_field
    @property
    def outliers(self) -> int:
        """The number of arrays beyond the limit."""
        return int((self.arrays["outlier"] == "yes").sum())
