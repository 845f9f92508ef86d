"""Quality of the samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import computed_field

from genereport.analyses.result import Tabled
from genereport.frames import Frame

WHISKER = 1.5
"""Number of interquartile ranges beyond a quartile where a value is outlying."""

MOST_COMPARED = 150
"""Largest number of samples whose distances from each other are kept."""


@dataclass(frozen=True, eq=False)
class ArrayQuality(Tabled, main="arrays"):
    """The distance of each array from the others, after preprocessing, and further measures of its quality.

    Attributes:
        classes: Class levels, the reference first.
        genes: Number of genes that were used: those without a missing value.
        limit: Distance beyond which an array is an outlier, as in `limits`.
        limits: Index measure; columns low and high (limits; NaN: none), exceeding (number of arrays beyond them). The
            limits are 1.5 interquartile ranges of the training arrays beyond their quartiles. A measure whose quartiles
            are equal has no limits and is left out. Measures are distance,
            RLE median, RLE IQR, residual spread, correlation, and for counts library size (limits on the log scale)
            and genes detected.
        arrays: Index sample; columns set, class, rle_median and rle_iqr (of the array's relative log expression),
            spread (median over the genes of the absolute residual from the class median, in units of the gene's own
            median; 1 is usual), correlation (Pearson, with the medians of its class), distance (mean absolute
            difference from the training arrays), for counts library_size and detected (share of the genes with a
            count), outlier (``yes`` if it is beyond the limit of any measure, else ``no``), exceeded (number of these
            measures) and exceeds (their names, separated by semicolons). The arrays with the largest distance come
            first.
        rle: Index sample, in the same order; columns q5 q25 q50 q75 q95, quantiles of relative log expression.
        distances: Mean absolute difference of each array from each other, to four decimals: index sample, in the order
            of the cohort; columns ``0``, ``1``, … in the same order. Empty with more than 150 arrays.
        covariates: Index sample, in the order of the cohort; columns class, set and covariates.
        whisker: Number of interquartile ranges in the limits.
        most_compared: Largest number of arrays for `distances`.
    """

    whisker: ClassVar[float] = WHISKER
    most_compared: ClassVar[int] = MOST_COMPARED

    classes: tuple[str, ...]
    genes: int
    limit: float
    limits: Frame
    arrays: Frame
    rle: Frame
    distances: Frame
    covariates: Frame

    @computed_field
    @property
    def measures(self) -> int:
        """The number of measures with limits."""
        return len(self.limits)

    @computed_field
    @property
    def trained(self) -> int:
        """The number of training arrays."""
        return int((self.arrays["set"] == "train").sum())

    @computed_field
    @property
    def number(self) -> int:
        """The number of arrays."""
        return len(self.arrays)

    @computed_field
    @property
    def outliers(self) -> int:
        """The number of training arrays beyond the limit of any measure."""
        return self._count_outliers("train")

    @computed_field
    @property
    def independent_outliers(self) -> int:
        """The number of independent arrays beyond the limit of any measure."""
        return self._count_outliers("test")

    def _count_outliers(self, which: str) -> int:
        return int(((self.arrays["outlier"] == "yes") & (self.arrays["set"] == which)).sum())

    @computed_field
    @property
    def several(self) -> int:
        """The number of arrays beyond the limits of two or more measures."""
        return int((self.arrays["exceeded"] > 1).sum())
