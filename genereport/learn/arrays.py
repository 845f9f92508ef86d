"""Which genes are expressed, and how arrays are brought to one scale: learnt from the training arrays of each split.

Two errors can arise where intensities are floored and arrays are scaled.

*The floor moves.* A gene at the floor in nearly every array is constant as long as arrays are not scaled. Scaling moves
the floor of one array relative to that of another, and the gene then differs wherever the arrays do. After scaling, all
values are therefore raised to one common floor. It is the highest value to which scaling moved the floor of a training
array; a few far darker arrays are left out. Genes that lie above it in too few training arrays are set aside.

*Genes that differ move the array.* Where a tenth of the genes is higher in one class, the median and the spread of its
arrays are higher, too. Scaling an array by its own moments then passes the difference on to all other genes. Arrays
are therefore shifted by genes that hardly vary between training arrays. These genes are found without using the
classes.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from genereport.learn.libraries import (
    Libraries,
    ThinningRule,
    counted_genes,
    fit_depth,
    fit_libraries,
    seen_genes,
)
from genereport.rules import (
    FEW_SAMPLES,
    FEWEST_CANDIDATES,
    LARGE_SHARE,
    LEAST_FOLD,
    LEAST_RANGE,
    OUTLYING,
    ROUNDS,
    SEEN,
    STABLE,
)
from genereport.stats.arrays import array_moments, has_different_values, normal_scores
from genereport.stats.depth import thin_counts
from genereport.stats.medians import medians
from genereport.types import Array, Codes, Counts, Positions

Scaling = Literal["none", "stable_genes", "standardise", "quantile", "library_size", "tmm"]
ExpressionRule = Literal["none", "above_floor", "fold_range", "filter_by_expr"]

OF_COUNTS: tuple[Scaling, ...] = ("library_size", "tmm")
"""Ways to bring counts to one scale; the others are for values that are logarithms already."""

_ROUNDING = 1e-9  # log2 units: a value at the floor is not above it


class ArrayRule(NamedTuple):
    """The rules that are fixed before any array is used.

    Attributes:
        scaling: How arrays are brought to one scale: ``stable_genes``: shifted by genes that hardly vary;
            ``standardise``: by their own median and median absolute deviation; ``quantile``: by their ranks. Counts
            become log2 counts per million of the ``library_size``, or of that normalised by ``tmm``.
        expression: Which genes count as expressed: ``none``: all; ``above_floor``: those above the common floor in at
            least `fewest_expressed` training arrays; ``fold_range``: those with max/min > 5 and max − min > 500 over
            the training arrays, in the unit of the file, after floor and cap and before arrays are scaled;
            ``filter_by_expr``: counts that `counted_genes` keeps.
        floor: Log2 of the floor; None where there is none.
        thin: Whether the counts of deeper samples are thinned: ``none``, ``always``, or ``auto``, only if depth goes
            with the class in the training samples.
    """

    scaling: Scaling = "none"
    expression: ExpressionRule = "none"
    floor: float | None = None
    thin: ThinningRule = "none"


class Arrays(NamedTuple):
    """What is learnt from the training arrays; by default they are on one scale already.

    Attributes:
        expressed: Positions of the expressed genes; None: all genes.
        scaling: As in `ArrayRule`.
        basis: Positions of the genes that an array is scaled by; None: all genes.
        reference: Median of each of these over the shifted training arrays; for ``stable_genes`` only.
        location: Median over the training arrays of the median of these genes, log2; for ``standardise`` and
            ``quantile``.
        spread: Likewise of their median absolute deviation, times 1.4826.
        floor: Common floor, to which values are raised after scaling; None where there is none.
    """

    expressed: Positions | None = None
    scaling: Scaling = "none"
    basis: Positions | None = None
    reference: Array | float = 0.0
    location: float = 0.0
    spread: float = 1.0
    floor: float | None = None

    def columns(self, genes: int) -> Positions:
        """Return the positions of the expressed genes.

        Args:
            genes: Number of all genes.

        Example:
            >>> Arrays().columns(3), Arrays(expressed=np.array([0, 2])).columns(3)
            (array([0, 1, 2]), array([0, 2]))
        """
        return np.arange(genes) if self.expressed is None else self.expressed

    def scaled(self, logged: Array) -> Array:
        """Bring arrays to one scale and raise their values to the common floor.

        Each array is scaled by its own values and what was learnt from the training arrays.

        Args:
            logged: Samples × all genes, log2, shape (m, p); NaN is missing.

        Returns:
            Scaled values, log2, shape (m, p).

        Example:
            The array is one unit darker than the training arrays in the two genes that it is shifted by.

            >>> arrays = Arrays(scaling="stable_genes", basis=np.array([0, 1]), reference=np.array([8.0, 10.0]))
            >>> print(arrays.scaled(np.array([[7.0, 9.0, 12.0]])))
            [[ 8. 10. 13.]]
        """
        if self.scaling == "none" or not len(logged):
            return logged
        moved = self._shift_and_scale(logged)
        return moved if self.floor is None else np.maximum(moved, self.floor)

    def _shift_and_scale(self, logged: Array) -> Array:
        part = logged if self.basis is None else logged[:, self.basis]
        if self.scaling == "stable_genes":
            return logged - medians((part - self.reference).T)[:, None]
        if self.scaling == "standardise":
            location, spread = array_moments(part)
            unit = np.where(spread > 0, spread, 1.0)[:, None]
            return np.asarray(self.location + self.spread * ((logged - location[:, None]) / unit))
        scores = np.full_like(logged, np.nan)
        scores[:, slice(None) if self.basis is None else self.basis] = normal_scores(part)
        return np.asarray(self.location + self.spread * scores)


ON_ONE_SCALE = Arrays()
"""The result for arrays that are on one scale already."""

NO_RULE = ArrayRule()
"""Every gene counts as expressed, and arrays are not scaled."""


def fit_arrays(logged: Array, codes: Codes, rule: ArrayRule) -> Arrays | Libraries:
    """Learn how to scale arrays, and which genes are expressed, from the training arrays.

    Where no gene passes the rule of expression, every gene that varies counts as expressed, because a small part of the
    samples can fail the rule although the whole set passes it.

    Args:
        logged: Training samples × genes, shape (n, p); NaN is missing. Log2 after floor and cap, or counts.
        codes: Their classes, shape (n,); only the sizes of the classes are used.
        rule: What to learn.

    Returns:
        What `Arrays.scaled` needs to scale any array.

    Example:
        The second array is one unit brighter in all genes; both are scaled to the same values.

        >>> logged = np.array([[6.0, 8.0, 10.0, 12.0], [7.0, 9.0, 11.0, 13.0]])
        >>> arrays = fit_arrays(logged, np.array([0, 1]), ArrayRule(scaling="stable_genes"))
        >>> print(arrays.scaled(logged))
        [[ 6.5  8.5 10.5 12.5]
         [ 6.5  8.5 10.5 12.5]]
    """
    if rule.scaling in OF_COUNTS:
        return _fit_counts(logged, codes, rule)
    arrays = fit_scaling_of_arrays(logged, codes, rule)
    expressed = expressed_genes(logged, arrays, codes, rule)
    if expressed is not None and not len(expressed):
        expressed = np.flatnonzero(has_different_values(logged))
    return arrays._replace(expressed=expressed)


def _fit_counts(counts: Array, codes: Codes, rule: ArrayRule) -> Libraries:
    """Learn which genes have enough counts and how libraries are normalised; as `fit_arrays`, of counts."""
    depth = fit_depth(counts, codes, rule.thin)
    used = thin_counts(counts, depth) if depth else counts
    kept = np.empty(0, dtype=np.intp)
    if rule.expression == "filter_by_expr":
        kept = counted_genes(counts, codes)
        kept = np.intersect1d(kept, counted_genes(used, codes)) if depth else kept
    kept = kept if len(kept) else seen_genes(used)
    return fit_libraries(used, kept, normalise=rule.scaling == "tmm")._replace(depth=depth)


def fit_scaling_of_arrays(logged: Array, codes: Codes, rule: ArrayRule) -> Arrays:
    """Learn how to scale arrays, but not which genes are expressed.

    Args:
        logged: As in `fit_arrays`.
        codes: As in `fit_arrays`.
        rule: What to learn.

    Returns:
        What `Arrays.scaled` needs; all genes count as expressed.

    Example:
        Arrays are brought to a median of 9, the median of 8 and 10.

        >>> logged = np.array([[6.0, 8.0, 10.0], [8.0, 10.0, 12.0]])
        >>> fit_scaling_of_arrays(logged, np.array([0, 1]), ArrayRule(scaling="standardise")).location
        9.0
    """
    if rule.scaling == "none":
        return Arrays(floor=rule.floor)
    above = _count_above(logged, rule.floor)
    if rule.scaling == "stable_genes":
        candidates = np.flatnonzero(above >= SEEN * len(logged))
        if len(candidates) < FEWEST_CANDIDATES:
            candidates = np.flatnonzero(above >= fewest_expressed(codes))
        basis, reference = stable_genes(logged, candidates if len(candidates) else np.arange(logged.shape[1]))
        arrays = Arrays(None, rule.scaling, basis, reference)
    else:
        expressed = expressed_genes(logged, Arrays(floor=rule.floor), codes, rule)
        basis = np.arange(logged.shape[1]) if expressed is None or not len(expressed) else expressed
        location, spread = array_moments(logged[:, basis])
        arrays = Arrays(None, rule.scaling, basis, 0.0, float(np.median(location)), float(np.median(spread)))
    return arrays if rule.floor is None else arrays._replace(floor=_common_floor(logged, arrays, rule.floor))


def stable_genes(logged: Array, candidates: Positions) -> tuple[Positions, Array]:
    """Find the genes that vary least between the training arrays, and their medians over the shifted arrays.

    Two steps are repeated three times. Each array is shifted by the median over the genes of its difference from the
    gene's median. Then the half of the candidates that varies least between the shifted arrays is kept. The classes are
    not used. Like all methods that scale arrays, this assumes that few genes differ. The invariant set of Li and Wong
    (2001, PNAS 98:31) is similar.

    Args:
        logged: Training samples × genes, log2, shape (n, p); NaN is missing.
        candidates: Positions of the genes to choose among.

    Returns:
        Positions of the stable genes in ascending order, and their medians.

    Example:
        The last two genes differ between the arrays, which are shifted by one unit.

        >>> logged = np.array([[6.0, 8.0, 5.0, 13.0], [7.0, 9.0, 12.0, 6.0]])
        >>> kept, medians = stable_genes(logged, np.arange(4))
        >>> print(kept, medians)
        [0 1] [6.5 8.5]
    """
    part = logged[:, candidates]
    gaps = bool(np.isnan(part).any())
    kept, reference = np.arange(len(candidates)), medians(part)
    for _ in range(ROUNDS):
        shifted = part - medians((part[:, kept] - reference[kept]).T)[:, None]
        reference = medians(shifted)
        variance = np.nanvar(shifted, axis=0) if gaps else shifted.var(axis=0)
        kept = np.flatnonzero(variance <= np.nanquantile(variance, STABLE))
    return candidates[kept], reference[kept]


def fewest_expressed(codes: Codes) -> int:
    """Return in how many training arrays a gene must lie above the floor: the size of the smallest class.

    If that class has more than ten samples, ten and 70 % of the rest are enough. A gene that only one class expresses
    is then kept even if it is at the floor in some of its samples. Source: Chen, Lun and Smyth (2016), F1000Research
    5:1438, edgeR's filterByExpr.

    Args:
        codes: Classes of the training arrays, shape (n,).

    Example:
        Ten and 70 % of ten; five of five.

        >>> fewest_expressed(np.repeat([0, 1], [30, 20])), fewest_expressed(np.repeat([0, 1], [30, 5]))
        (17, 5)
    """
    smallest = int(np.bincount(codes)[np.unique(codes)].min())
    beyond = max(smallest - FEW_SAMPLES, 0)
    return int(np.ceil(min(smallest, FEW_SAMPLES) + LARGE_SHARE * beyond - 1e-9))


def expressed_genes(logged: Array, arrays: Arrays, codes: Codes, rule: ArrayRule) -> Positions | None:
    """Find the genes that count as expressed.

    Args:
        logged: As in `fit_arrays`.
        arrays: How they are scaled.
        codes: As in `fit_arrays`.
        rule: Which rule to apply.

    Returns:
        Their positions in ascending order; None if all do.

    Example:
        With a floor of 6, the first gene lies above it in one array, and the second in both arrays of a class.

        >>> logged = np.array([[6.0, 6.0], [6.5, 6.0], [6.0, 9.0], [6.0, 8.0]])
        >>> rule = ArrayRule(expression="above_floor", floor=6.0)
        >>> expressed_genes(logged, Arrays(floor=6.0), np.array([0, 0, 1, 1]), rule)
        array([1])
    """
    if rule.expression == "none":
        return None
    scaled = arrays.scaled(logged)
    if rule.expression == "above_floor":
        kept = _count_above(scaled, arrays.floor) >= fewest_expressed(codes)
    else:
        values = np.exp2(logged)
        low = np.where(np.isnan(values), np.inf, values).min(axis=0)
        high = np.where(np.isnan(values), -np.inf, values).max(axis=0)
        beyond = 1 + _ROUNDING  # the values are computed from their logarithms
        kept = (high > beyond * LEAST_FOLD * low) & (high - low > beyond * LEAST_RANGE)
    return np.flatnonzero(kept & has_different_values(scaled))


def _count_above(values: Array, floor: float | None) -> Counts:
    """Count the arrays in which each gene lies above the floor; without a floor, those in which it has a value."""
    return np.asarray(np.count_nonzero(values > (-np.inf if floor is None else floor + _ROUNDING), axis=0))


def _common_floor(logged: Array, arrays: Arrays, floor: float) -> float:
    """Return the highest value to which scaling moved the floor of a training array, without far darker arrays."""
    at_floor = np.where(logged <= floor + _ROUNDING, arrays.scaled(logged), np.nan)
    reached = at_floor[~np.isnan(at_floor).all(axis=1)]
    if not len(reached):
        return floor
    each = np.nanmax(reached, axis=1)
    location, spread = (float(moment[0]) for moment in array_moments(each[None]))
    return float(each[each <= location + OUTLYING * spread + _ROUNDING].max())
