"""Traces that processing leaves in the distribution of the values: quantile normalisation, MAS5, batch correction."""

from __future__ import annotations

import numpy as np

from genereport.cohort.undo import find_rounding
from genereport.types import Array

_RANKS_ALIKE, _SAME = 0.95, 1e-6
_INNER = (0.05, 0.25, 0.5, 0.75, 0.95)
_NEAR, _FEWEST_GENES = 0.15, 1000
_RMA = (0.0, 16.5)
_TRIM, _SCALED = 0.02, 1e-3
_LEAST, _SMALL, _LARGE, _UNEQUAL, _MOST_UNEQUAL = 0.05, 15.0, 1000.0, 0.5, 0.33
_FRACTIONS, _WHOLE_PART, _FEWEST_SAMPLES = 0.5, 0.9, 5
_FINEST, _ROUNDED, _PEEKED = 1e-3, 1e-3, 500


def describe_normalisation(logged: Array) -> str:
    """Describe the normalisation that logarithms of arrays show, to be added to a sentence; empty if they show none.

    Args:
        logged: Samples × genes of logarithms; NaN is missing.
    """
    if len(logged) < 2 or np.isnan(logged).any():
        return ""
    ordered = np.sort(logged, axis=1)
    low, high = float(ordered[:, 0].min()), float(ordered[:, -1].max())
    within = _RMA[0] < low and high < _RMA[1]
    alike = float(np.mean(np.ptp(ordered, axis=0) <= _SAME * np.abs(ordered).max()))
    if alike >= _RANKS_ALIKE:
        like = ", as RMA and limma do it for arrays" if within else ""
        return f"; the sorted values of all samples are equal, so they were quantile-normalised{like}"
    apart = float(np.ptp(np.quantile(logged, _INNER, axis=1), axis=1).max())
    if within and logged.shape[1] >= _FEWEST_GENES and apart <= _NEAR:
        return f"; the quantiles of the samples differ by {apart:.2g} at most, as those of arrays normalised by RMA"
    return ""


def describe_target(intensities: Array) -> str:
    """Describe that MAS5 scaled arrays to one trimmed mean, to be added to a sentence; empty if it did not.

    Args:
        intensities: Samples × genes in the unit of the file; NaN is missing.
    """
    from scipy import stats

    if len(intensities) < 2 or np.isnan(intensities).any():
        return ""
    means = np.asarray(stats.trim_mean(intensities, _TRIM, axis=1))
    if np.ptp(means) > _SCALED * means.mean():
        return ""
    return f"; without the lowest and the highest 2 % the mean of each array is {means.mean():.4g}, as MAS5 scales it"


def find_corrected_counts(values: Array) -> str:
    """Return the evidence that values are counts from which a batch effect was subtracted; empty if there is none.

    A linear model subtracts one number for each gene and batch. Within a batch, the differences of a gene's samples
    stay whole numbers, so a gene has as few different fractions as there are batches. Other corrections leave weak
    genes whose spread grows with their counts, while background noise is much the same for all weak genes.

    Args:
        values: Samples × genes, some of them negative; NaN is missing.
    """
    from scipy import stats

    whole = float(np.mean(values[~np.isnan(values)] == np.rint(values[~np.isnan(values)])))
    if whole > _WHOLE_PART:
        return ""
    complete = values[:, ~np.isnan(values).any(axis=0)]
    if complete.shape[1] == 0 or len(complete) < _FEWEST_SAMPLES:
        return ""
    repeated = _share_with_few_fractions(complete)
    if repeated >= _FRACTIONS:
        return (
            f"in {100 * repeated:.0f} % of the genes the samples differ by whole numbers within a few groups, as "
            "counts from which one number was subtracted for each batch"
        )
    spread = complete.std(axis=0, ddof=1)
    weak = spread[complete.mean(axis=0) <= np.median(complete.mean(axis=0))]
    least, usual = float(np.quantile(spread, _LEAST)), float(np.median(weak))
    chance = float(np.sqrt(stats.chi2.ppf(_LEAST, len(complete) - 1) / (len(complete) - 1)))
    if least <= _SMALL and least < min(_UNEQUAL * chance, _MOST_UNEQUAL) * usual and _reaches_thousands(complete):
        return (
            f"the standard deviation of weak genes goes down to {least:.2g} where {usual:.2g} is usual, as in counts; "
            "background noise would give all weak genes much the same"
        )
    return ""


def _reaches_thousands(values: Array) -> bool:
    return float(np.quantile(np.abs(values), 0.999)) >= _LARGE


def _share_with_few_fractions(values: Array) -> float:
    """Return the share of genes whose samples have few different fractional parts, some of them not 0."""
    part = values[:, :: max(values.shape[1] // _PEEKED, 1)]
    if float(find_rounding(part.ravel()).max()) > _FINEST:
        return 0.0  # a file with few decimals has few fractions
    parts = np.sort(np.mod(part + _ROUNDED / 2, 1.0), axis=0)
    different = (np.diff(parts, axis=0) > _ROUNDED).sum(axis=0) + 1
    fractional = (np.abs(part - np.rint(part)) > _ROUNDED).any(axis=0)
    return float(np.mean((different <= max(len(values) // 3, 2)) & fractional))
