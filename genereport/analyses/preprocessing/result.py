"""Preprocessing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import computed_field

from genereport.analyses.result import Tabled
from genereport.display import Shown
from genereport.frames import Frame
from genereport.rules import (
    FEW_SAMPLES,
    FEWEST_CANDIDATES,
    LARGE_SHARE,
    LEAST_COUNT,
    LEAST_FOLD,
    LEAST_RANGE,
    LEAST_TOTAL,
    OUTLYING,
    PRIOR_COUNT,
    ROUNDS,
    SEEN,
    STABLE,
)
from genereport.types import Undo, ValueUnit

BETA_EDGE = 0.001
"""Methylation shares are kept this far from 0 and 1, which have no logit."""


@dataclass(frozen=True, eq=False)
class LibraryNormalisation(Shown):
    """The normalisation of the library sizes of counts.

    Attributes:
        reference_size: Library size of the training sample that the others are normalised against; 0 if library sizes
            are not normalised.
        geometric_mean: Geometric mean of the training samples' factors against that sample, by which all are divided.
        mean_size: Mean effective library size of the training samples.
        least_cpm: Counts per million that a gene must reach in enough training samples to be kept.
        sizes: Index sample; columns set, class, counts (of all genes), library_size (counts of the genes that are
            kept), factor (of TMM), effective_size (library_size · factor).
        plane: Index sample; columns set, class, dim1, dim2: samples placed by leading log fold changes.
        plane_shares: Share of the variance on the two axes of the plane.
        plane_genes: Number of genes by which two samples are compared in the plane.
        pairwise: Whether these are the genes that differ most between the two samples; otherwise they are those with
            the largest variance over all samples.
        least_count: Count that `least_cpm` stands for in the training sample of median depth.
        least_total: Count that a gene must have in all training samples together.
        prior_count: Count that is added before the logarithm, to a library of mean size.
    """

    least_count: ClassVar[float] = LEAST_COUNT
    least_total: ClassVar[float] = LEAST_TOTAL
    prior_count: ClassVar[float] = PRIOR_COUNT

    reference_size: float
    geometric_mean: float
    mean_size: float
    least_cpm: float
    sizes: Frame
    plane: Frame
    plane_shares: tuple[float, float]
    plane_genes: int
    pairwise: bool

    @computed_field
    @property
    def smallest_factor(self) -> float:
        """The smallest normalisation factor."""
        return float(self.sizes["factor"].min())

    @computed_field
    @property
    def largest_factor(self) -> float:
        """The largest normalisation factor."""
        return float(self.sizes["factor"].max())

    @computed_field
    @property
    def smallest_size(self) -> float:
        """The smallest library size."""
        return float(self.sizes["library_size"].min())

    @computed_field
    @property
    def largest_size(self) -> float:
        """The largest library size."""
        return float(self.sizes["library_size"].max())


@dataclass(frozen=True, eq=False)
class Preprocessing(Tabled, main="arrays"):
    """The conversion of the values in the file to comparable values.

    Attributes:
        classes: Class levels, the reference first.
        scale: Scale of the values in the file, as in `settings.PreprocessSettings.scale`.
        scale_reason: Why this scale is assumed.
        scale_sure: How certain the scale is: ``clear``, ``likely`` or ``ambiguous``.
        undo: How the values of the file were converted to this scale; None: they were on it.
        value_unit: Unit of differences between prepared values: ``log2`` units, ``ratio`` (units of the log
            ratio of the file), ``SD`` (standard deviations) or ``M`` (units of the M-value, log2).
        floor: Lower bound that was applied, or None.
        cap: Upper bound that was applied, or None.
        floored: Share of the values that were raised to the floor.
        capped: Share of the values that were lowered to the cap.
        log: How the values were brought to their prepared scale: ``log2``, ``from ln``, ``from log10`` (multiplied by a
            constant), ``log2 CPM``, ``log2(x + 1)``, ``M-value`` or ``none``.
        array_scaling: ``none``, ``stable_genes``, ``standardise`` or ``quantile``, as resolved; for counts
            ``library_size`` or ``tmm``.
        scaled_by: Number of genes that arrays are scaled by: stable or expressed ones; 0 if arrays are not scaled.
        location: Median over the training arrays of the median of these genes (of all, if arrays are not scaled),
            before scaling.
        spread: Likewise of their median absolute deviation, times 1.4826.
        common_floor: The highest value to which scaling moved the floor of a training array, log2, without arrays that
            lie three spreads above the median of all; all values were raised to it. None if there is no floor.
        controls: Number of control probes that were set aside.
        untestable: Number of other genes that do not vary over the training samples before array scaling; of counts,
            those without any count or with a missing one.
        libraries: The normalisation of library sizes; None unless the values are counts.
        thin: Whether the counts of deeper samples are thinned for the classifiers, as set; ``none`` without counts.
        expression_rule: Which genes count as expressed, as resolved: ``none`` (all), ``above_floor``, ``fold_range``
            or, for counts, ``filter_by_expr``.
        fewest_expressed: Number of training arrays in which a gene must lie above the floor by the rule
            ``above_floor``, or have enough counts by ``filter_by_expr``.
        unexpressed: Number of varying genes that do not count as expressed over all training samples.
        testable: Number of remaining genes, counted after probes were replaced by their median if they were.
        collapse: How a gene with several probes is represented: ``none`` (each probe for itself), ``highest_mean``,
            ``highest_variance`` or ``median``.
        several: Number of genes that have more than one varying probe, as far as symbols are known.
        untestable_genes: Ids of the untestable genes.
        unexpressed_genes: Ids of the unexpressed genes.
        steps: What the readers and the preprocessing set aside. Index step, in order, the first of them the file;
            columns genes (rows, probes or genes that the step sets aside) and left (those that remain). Steps that set
            nothing aside are left out.
        missing: Number of missing values among the testable genes.
        arrays_read: As in `Quality.arrays`: before preprocessing, all genes.
        arrays: Likewise after preprocessing, testable genes only.
        beta_edges: Limits to which methylation shares are clipped.
        seen: Share of the training arrays in which a gene must lie above the floor to be a candidate for a stable gene.
        fewest_candidates: Number of candidates below which `fewest_expressed` arrays above the floor are enough.
        stable: Share of the candidates that counts as stable, those with the smallest variance.
        rounds: Number of rounds in which the stable genes are found.
        outlying: Number of spreads above the median of all from which on an array is left out of the common floor.
        few_samples: Number of samples of the smallest class that `fewest_expressed` counts in full.
        large_share: Share of the samples beyond these that `fewest_expressed` counts.
        least_fold: Value that max/min of a gene must exceed by the rule ``fold_range``.
        least_range: Value that max − min must exceed by that rule, in the unit of the file.
    """

    beta_edges: ClassVar[tuple[float, float]] = (BETA_EDGE, 1 - BETA_EDGE)
    seen: ClassVar[float] = SEEN
    fewest_candidates: ClassVar[int] = FEWEST_CANDIDATES
    stable: ClassVar[float] = STABLE
    rounds: ClassVar[int] = ROUNDS
    outlying: ClassVar[float] = OUTLYING
    few_samples: ClassVar[int] = FEW_SAMPLES
    large_share: ClassVar[float] = LARGE_SHARE
    least_fold: ClassVar[float] = LEAST_FOLD
    least_range: ClassVar[float] = LEAST_RANGE

    classes: tuple[str, ...]
    scale: str
    scale_reason: str
    scale_sure: Literal["clear", "likely", "ambiguous"]
    undo: Undo | None
    value_unit: ValueUnit
    floor: float | None
    cap: float | None
    floored: float
    capped: float
    log: str
    array_scaling: Literal["none", "stable_genes", "standardise", "quantile", "library_size", "tmm"]
    scaled_by: int
    location: float
    spread: float
    common_floor: float | None
    controls: int
    untestable: int
    thin: Literal["auto", "none", "always"]
    libraries: LibraryNormalisation | None
    expression_rule: Literal["none", "above_floor", "fold_range", "filter_by_expr"]
    fewest_expressed: int
    unexpressed: int
    testable: int
    collapse: str
    several: int
    untestable_genes: tuple[str, ...]
    unexpressed_genes: tuple[str, ...]
    steps: Frame
    missing: int
    arrays_read: Frame
    arrays: Frame
