"""Counts of RNA sequencing: which genes have enough, how libraries differ, and counts per million, as in edgeR.

Counts may be fractional, as programs that divide reads among transcripts report them. The library size of a sample is
the sum of its counts, unless it is passed. Library size times normalisation factor is the effective library size.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from genereport.stats.linear import independent_columns
from genereport.types import Array

_MILLION = 1e6
_ROUNDING = 1e-9  # tolerance of the comparison with the smallest number of samples
_SUM_ROUNDING = 1e-14  # tolerance of the comparison with the smallest sum of a gene, as in edgeR
_SAME = 1e-6  # if no log ratio is above this, the factor is 1, as in edgeR
_NO_QUARTILE = 1e-20  # below this, the upper quartiles count as 0, as in edgeR


class TmmOptions(NamedTuple):
    """Which genes a trimmed mean of M-values uses, and how it weights them. The defaults are edgeR's.

    Attributes:
        log_ratio_trim: Share of the genes left out at either end of the log ratios.
        sum_trim: Share of the genes left out at either end of the average log abundances.
        weighted: Whether genes are weighted by the precision of their log ratios.
        abundance_cutoff: Genes whose average log2 abundance is not above this are left out.
    """

    log_ratio_trim: float = 0.3
    sum_trim: float = 0.05
    weighted: bool = True
    abundance_cutoff: float = -1e10


EDGER_TMM = TmmOptions()


class TmmReference(NamedTuple):
    """What normalisation factors of further samples need of the training samples; see `fit_tmm`.

    Attributes:
        counts: Counts of the reference sample, shape (p,).
        size: Its library size, in counts.
        geometric_mean: Geometric mean of the training samples' factors before they were divided by it.
        options: Which genes are used.
    """

    counts: Array
    size: float
    geometric_mean: float
    options: TmmOptions = EDGER_TMM


def filter_by_expr(
    counts: Array,
    *,
    design: Array | None = None,
    groups: npt.ArrayLike | None = None,
    lib_sizes: Array | None = None,
    min_count: float = 10.0,
    min_total_count: float = 15.0,
    large_n: float = 10.0,
    min_prop: float = 0.7,
) -> npt.NDArray[np.bool_]:
    """Return which genes have enough counts to be tested, as edgeR 3.40's ``filterByExpr``.

    A gene is kept if enough samples have at least the counts per million that `min_count` counts are in a library of
    median size, and if the sum of its counts is at least `min_total_count`. Enough samples are as many as the smallest
    group has, or the inverse of the largest leverage of a sample in the design. If that is more than `large_n`, only
    the share `min_prop` of those above `large_n` is added. The numbers of samples are compared with a tolerance of
    1e-9. In edgeR the tolerance is 1e-14, so that rounding of the leverage may require one sample more.

    Args:
        counts: Counts, shape (n, p).
        design: Model matrix, shape (n, k), used if there are no groups. An intercept is added, as edgeR does.
        groups: Group of each sample, shape (n,). Without groups and design all samples are one group.
        lib_sizes: Library sizes, shape (n,); None: sums of the counts.
        min_count: Counts that are required in a library of median size.
        min_total_count: Smallest sum of a gene's counts.
        large_n: Number of samples up to which all of the smallest group are required.
        min_prop: Share of further samples that is required.

    Returns:
        Whether each gene is kept, shape (p,).

    Raises:
        ValueError: if a count is negative or missing, or a library size is not positive.

    Source: Chen, Lun and Smyth (2016), F1000Research 5:1438, who describe the rule.

    >>> counts = np.array([[20.0, 0.0, 3.0], [30.0, 1.0, 2.0], [25.0, 0.0, 4.0], [15.0, 12.0, 2.0]])
    >>> filter_by_expr(counts, groups=[0, 0, 1, 1]).tolist()
    [True, False, False]
    """
    sizes = library_sizes(counts, lib_sizes)
    if groups is not None:
        fewest = float(np.unique(np.asarray(groups), return_counts=True)[1].min())
    elif design is not None:
        fewest = 1 / _largest_leverage(design)
    else:
        fewest = float(len(counts))
    if fewest > large_n:
        fewest = large_n + (fewest - large_n) * min_prop
    # The order of the operations is edgeR's: a sample of median size often has exactly `min_count` counts of a gene,
    # and rounding then decides.
    cutoff = min_count / float(np.median(sizes)) * _MILLION
    high = np.count_nonzero(counts * (_MILLION / sizes)[:, None] >= cutoff, axis=0)
    enough = counts.sum(axis=0) >= min_total_count - _SUM_ROUNDING
    return np.asarray((high >= fewest - _ROUNDING) & enough)


def tmm_factors(counts: Array, lib_sizes: Array | None = None, options: TmmOptions = EDGER_TMM) -> Array:
    """Compute normalisation factors by trimmed means of M-values, as edgeR 3.40's ``calcNormFactors``.

    The log ratios of each sample's genes to a reference sample are averaged, without the most extreme ones. The factor
    is 2 to the power of that mean, divided by the geometric mean of all samples. `fit_tmm` and `apply_tmm` do this in
    two steps, so that further samples can have factors, too.

    Args:
        counts: Counts, shape (n, p).
        lib_sizes: Library sizes, shape (n,); None: sums of the counts.
        options: Which genes are used.

    Returns:
        Factors of geometric mean 1, shape (n,).

    Raises:
        ValueError: if a count is negative or missing, or a library size is not positive.

    Source: Robinson and Oshlack (2010), Genome Biology 11:R25.

    >>> counts = np.array([[10.0, 20.0, 30.0, 40.0], [10.0, 20.0, 30.0, 340.0]])  # one gene takes up a library
    >>> tmm_factors(counts).round(6).tolist()
    [2.0, 0.5]
    """
    sizes = library_sizes(counts, lib_sizes)
    return apply_tmm(fit_tmm(counts, sizes, options), counts, sizes)


def fit_tmm(counts: Array, lib_sizes: Array | None = None, options: TmmOptions = EDGER_TMM) -> TmmReference:
    """Choose a reference among training samples, and compute the geometric mean of their factors.

    The reference is the sample whose upper quartile of counts, over its library size, is nearest to the mean of the
    samples. Genes without a count in any training sample have no part in the quartile. If the upper quartile is 0 in
    most samples, the reference is the sample with the largest sum of square roots of counts.

    edgeR divides the factors of a set of samples by their geometric mean. Here this divisor is computed from the
    training samples once, and `apply_tmm` uses it unchanged: a further sample gets the factor that it has relative to
    the training samples, and changes no other sample's factor. The factors of further samples therefore do not have
    geometric mean 1.

    Args:
        counts: Counts of the training samples, shape (n, p).
        lib_sizes: Library sizes, shape (n,); None: sums of the counts.
        options: Which genes are used.

    Raises:
        ValueError: if a count is negative or missing, or a library size is not positive.

    Source: Robinson and Oshlack (2010), Genome Biology 11:R25.

    >>> reference = fit_tmm(np.array([[10.0, 20.0, 30.0, 40.0], [12.0, 18.0, 33.0, 41.0], [9.0, 22.0, 30.0, 39.0]]))
    >>> reference.size
    100.0
    """
    sizes = library_sizes(counts, lib_sizes)
    row = _reference_sample(counts, sizes)
    raw = TmmReference(counts[row].copy(), float(sizes[row]), 1.0, options)
    factors = apply_tmm(raw, counts, sizes)
    return raw._replace(geometric_mean=float(np.exp(np.log(factors).mean())))


def apply_tmm(reference: TmmReference, counts: Array, lib_sizes: Array | None = None) -> Array:
    """Compute each sample's normalisation factor against a frozen reference, independent of the other samples.

    The factor is 1 over the frozen geometric mean where no gene has counts in both the sample and the reference.

    Args:
        reference: As `fit_tmm` returns it.
        counts: Counts, shape (m, p), of the genes of the reference in the same order.
        lib_sizes: Library sizes, shape (m,); None: sums of the counts.

    Returns:
        Factors, shape (m,). Those of the training samples are edgeR's.

    Raises:
        ValueError: if a count is negative or missing, a library size is not positive, or the number of genes is not
            the reference's.

    Source: Robinson and Oshlack (2010), Genome Biology 11:R25.

    >>> reference = fit_tmm(np.array([[10.0, 20.0, 30.0, 40.0], [10.0, 20.0, 30.0, 340.0]]))
    >>> apply_tmm(reference, np.array([[5.0, 10.0, 15.0, 70.0]])).round(6).tolist()
    [1.0]
    """
    sizes = library_sizes(counts, lib_sizes)
    if counts.shape[1] != len(reference.counts):
        raise ValueError(f"{counts.shape[1]} genes, but the reference has {len(reference.counts)}")
    raw = np.array([_raw_factor(sample, float(size), reference) for sample, size in zip(counts, sizes, strict=True)])
    return raw / reference.geometric_mean


def log_cpm(
    counts: Array,
    lib_sizes: Array | None = None,
    *,
    prior_count: float = 2.0,
    mean_lib_size: float | None = None,
) -> Array:
    """Compute log2 of counts per million with a prior count, as edgeR 3.40's ``cpm(log = TRUE)``.

    The prior count of a sample is `prior_count` times its library size over the mean library size. edgeR takes the
    mean of the samples at hand, so that its values of a sample depend on the other samples. For samples that must not
    change each other, pass the mean of the training samples as `mean_lib_size`; for the training samples themselves
    this changes nothing.

    Args:
        counts: Counts, shape (n, p).
        lib_sizes: Effective library sizes, shape (n,); None: sums of the counts.
        prior_count: Average prior count, in counts.
        mean_lib_size: Mean effective library size; None: that of these samples.

    Returns:
        Log2 counts per million, shape (n, p).

    Raises:
        ValueError: if a count is negative or missing, or a library size is not positive.

    Source: the documentation of edgeR; Robinson, McCarthy and Smyth (2010), Bioinformatics 26:139.

    >>> log_cpm(np.array([[0.0, 100.0], [10.0, 290.0]])).round(4).tolist()
    [[13.2591, 19.9174], [15.3746, 19.8689]]
    """
    sizes = library_sizes(counts, lib_sizes)
    mean = float(sizes.mean()) if mean_lib_size is None else mean_lib_size
    prior = prior_count * sizes / mean
    return np.asarray(np.log2((counts + prior[:, None]) * (_MILLION / (sizes + 2 * prior))[:, None]))


def library_sizes(counts: Array, lib_sizes: Array | None = None) -> Array:
    """Check counts and return the library sizes, shape (n,): those passed, or the sums of the counts.

    Args:
        counts: Counts, shape (n, p).
        lib_sizes: Library sizes, shape (n,), or None.

    Raises:
        ValueError: if a count is negative or not finite, or a library size is not positive.

    >>> library_sizes(np.array([[1.0, 2.5], [0.0, 4.0]])).tolist()
    [3.5, 4.0]
    """
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError("counts must be finite and not negative")
    sizes = _exact_sums(counts) if lib_sizes is None else np.asarray(lib_sizes, dtype=float)
    if sizes.shape != (len(counts),):
        raise ValueError("there must be one library size for each sample")
    if not (np.isfinite(sizes) & (sizes > 0)).all():
        raise ValueError("library sizes must be finite and positive")
    return sizes


def _exact_sums(counts: Array) -> Array:
    """Return correctly rounded sums of the rows.

    With them the order of the genes changes nothing: the last digit may decide which genes `tmm_factors` trims.
    """
    if (counts == np.rint(counts)).all():
        return np.asarray(counts.sum(axis=1))
    return np.array([math.fsum(sample) for sample in counts.tolist()])


def _largest_leverage(design: Array) -> float:
    """Return the largest diagonal element of the projection onto the columns of a design and an intercept."""
    whole = np.column_stack([np.ones(len(design)), design])
    axes = np.linalg.qr(whole[:, independent_columns(whole)])[0]
    return float((axes**2).sum(axis=1).max())


def _reference_sample(counts: Array, sizes: Array) -> int:
    present = counts[:, counts.any(axis=0)]
    if not present.size:
        return 0
    quartile = _upper_quartile(present) / sizes
    if np.median(quartile) < _NO_QUARTILE:
        return int(np.argmax(np.sqrt(present).sum(axis=1)))
    # Of two samples both are equally near to the mean but for rounding, so the sum is exact.
    return int(np.argmin(np.abs(quartile - math.fsum(quartile) / len(quartile))))


def _upper_quartile(counts: Array) -> Array:
    """Return the upper quartile of each row, interpolated linearly between order statistics."""
    place = 0.75 * (counts.shape[1] - 1)
    low, high = math.floor(place), math.ceil(place)
    ordered = np.partition(counts, (low, high), axis=1)
    share = place - low
    return np.asarray((1 - share) * ordered[:, low] + share * ordered[:, high])


def _raw_factor(sample: Array, size: float, reference: TmmReference) -> float:
    """Return the factor of one sample before division by the geometric mean."""
    options = reference.options
    both = (sample > 0) & (reference.counts > 0)
    own, other = sample[both] / size, reference.counts[both] / reference.size
    ratio, abundance = np.log2(own / other), (np.log2(own) + np.log2(other)) / 2
    used = np.isfinite(ratio) & np.isfinite(abundance) & (abundance > options.abundance_cutoff)
    ratio, abundance = ratio[used], abundance[used]
    if np.abs(ratio).max(initial=0.0) < _SAME:
        return 1.0
    kept = _within(ratio, options.log_ratio_trim) & _within(abundance, options.sum_trim)
    ratio = ratio[kept]
    if not options.weighted:
        return float(2 ** ratio.mean()) if len(ratio) else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        # By the delta method, the variance of the log of a binomial share is (1 − share) / count.
        variance = (1 - own) / sample[both] + (1 - other) / reference.counts[both]
        precision = 1 / variance[used][kept]
        centre = (ratio * precision).sum() / precision.sum()
    return float(2**centre) if np.isfinite(centre) else 1.0


def _within(values: Array, trim: float) -> npt.NDArray[np.bool_]:
    """Return which values remain when a share is trimmed at either end; tied values have their mean rank."""
    lowest = math.floor(len(values) * trim) + 1
    rank = stats.rankdata(values)
    return np.asarray((rank >= lowest) & (rank <= len(values) + 1 - lowest))
