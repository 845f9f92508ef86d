"""Detection of the scale of the values from their distribution, never from one value.

All limits are compared with quantiles (0.1 %, 50 %, 99.9 %, …) and shares of the values, so no single value decides.
The rules are applied in this order; each states its evidence:

1. *Standardised*: nine in ten genes, or nine in ten arrays, have mean 0 and standard deviation 1.
2. *Beta*: all values lie between 0 and 1 and reach both ends.
3. *Counts* or *tpm* that were transformed, where this is proven (`genereport.cohort.proofs`): logarithms with a
   pseudocount, and counts that were divided by size factors. The scale then says how to convert them back.
4. Values with a range of less than 60 are *counts* if they are whole numbers, *ratio* if a fifth is negative and they
   lie around 0, and otherwise logarithms. The base of logarithms is proven if the values are logarithms of whole
   numbers. Otherwise it is inferred from the largest values, because no scanner exceeds 2^16 and no assay of a genome
   stays below 2^10: *log10* up to 6, and *log2* from 11.1, the natural logarithm of 65,535. Between the two it is *ln*
   if there are 2,000 genes or more; with fewer genes it is *log2*, which is then less certain.
5. Values with a wider range are *intensity* if some are negative, as after background subtraction; counts from which a
   batch effect was subtracted are refused. Whole numbers are
   *counts* if 1 in 50 is 10 or less. If 3 in 10 or more are whole and the rest are not, they are estimated *counts*, as
   from salmon, kallisto and RSEM. Other fractions are *tpm* (TPM, CPM or FPKM) if the samples add up to a million, or
   if 1 in 20 lies between 0 and 1, and *intensity* if there are no zeros.
6. Anything else is ambiguous: the possible scales are listed, and a setting must name the scale.

`preprocess.scale` overrides the detection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np

from genereport.cohort.impossible import find_codes
from genereport.cohort.model import Scale, ScaleName
from genereport.cohort.processing import describe_normalisation, describe_target, find_corrected_counts
from genereport.cohort.proofs import Proof, describe_pseudocount, prove_logarithms, prove_unit
from genereport.names import scale_name
from genereport.types import Array

_WIDEST_LOG = 60.0
_HIGHEST_LOG10, _HIGHEST_LN = 6.0, 11.1
_GENOME = 2000
_SMALL_COUNT, _SMALL_SHARE, _SCANNER = 10, 0.02, 65_535
_ESTIMATED_WHOLE, _ALL_WHOLE = 0.3, 0.999
_BELOW_ONE, _ZEROS = 0.05, 0.005
_RATIO_SHARE, _AROUND_ZERO = 0.2, 0.25
_SKEWED = 25.0
_ALIKE, _MEAN, _SD = 0.9, 0.02, 0.025
_MILLION, _MILLION_OFF = 1e6, 0.02
_FEWEST_LEVELS = 4
_LATTICE, _LATTICE_VALUES, _ROUNDED = 0.98, 50, 5e-5
_FEWEST_GENES = 20
_CORRECTED = "The values look like counts from which a batch effect was subtracted, so no model of counts holds."


class _Sample:
    """The values of a matrix and the summaries that the rules use."""

    def __init__(self, values: Array) -> None:
        self.matrix = np.atleast_2d(np.where(find_codes(values), np.nan, values))
        self.present = self.matrix[np.isfinite(self.matrix)]
        self.low, self.q05, self.middle, self.q75, self.q95, self.high = (
            float(value) for value in np.quantile(self.present, (0.001, 0.05, 0.5, 0.75, 0.95, 0.999))
        )
        self.negative = float(np.mean(self.present < 0))
        self.zero = float(np.mean(self.present == 0))

    @property
    def span(self) -> str:
        """The range of the values in words."""
        return f"99.8 % of the values lie between {_short(self.low)} and {_short(self.high)}"

    @cached_property
    def measured(self) -> Array:
        """The samples and genes with any value, shape (n, p)."""
        known = np.isfinite(self.matrix)
        kept = np.where(known, self.matrix, np.nan)[known.any(axis=1)]
        return np.asarray(kept[:, known.any(axis=0)])

    @cached_property
    def whole(self) -> float:
        """The share of whole numbers among the values that are not 0."""
        others = self.present[self.present != 0]
        return float(np.mean(others == np.rint(others))) if len(others) else 1.0

    @cached_property
    def small(self) -> float:
        """The share of values from 0 to 10."""
        return float(np.mean((self.present >= 0) & (self.present <= _SMALL_COUNT)))


Rule = Callable[[_Sample], Scale | None]


def detect_scale(values: Array, *, prove: bool = True) -> Scale:
    """Detect the scale of the values, with the evidence in words and its certainty.

    Args:
        values: Samples × genes in the unit of the file; NaN where missing, at least one value present.
        prove: Whether to look for proofs that the values are transformed counts or TPM. Without them, such values are
            logarithms, or TPM, CPM or FPKM.
    """
    sample = _Sample(values)
    rules = _RULES if prove else [rule for rule in _RULES if rule not in _PROOFS]
    return next(found for rule in rules if (found := rule(sample)) is not None)


def named_scale(name: ScaleName, detected: Scale) -> Scale:
    """Return the scale that ``preprocess.scale`` names, with the result of the detection."""
    if name == detected.name and detected.sure != "ambiguous":
        return Scale(name, f"set by preprocess.scale, as the values suggest ({detected.reason})")
    like = " or ".join(scale_name(each) for each in (detected.alternatives or (detected.name,)))
    return Scale(name, f"set by preprocess.scale; the values look like {like} ({detected.reason})")


def _few_levels(sample: _Sample) -> Scale | None:
    levels = np.unique(sample.present)
    if len(sample.present) < 10 * _FEWEST_LEVELS or len(levels) >= _FEWEST_LEVELS:
        return None
    told = f"there are only {len(levels)} different values among {len(sample.present):,}"
    return Scale("log2", told, "ambiguous", ("log2", "counts", "intensity"))


def _try_standardised(sample: _Sample) -> Scale | None:
    matrix = sample.matrix
    if min(matrix.shape) < 3 or sample.negative < 0.05:
        return None
    for axis, what, least in ((0, "genes", 3), (1, "arrays", 10)):
        number = (~np.isnan(matrix)).sum(axis=axis)
        kept = np.compress(number >= least, matrix, axis=1 - axis)
        if kept.size == 0:
            continue
        mean, spread = np.nanmean(kept, axis=axis), np.nanstd(kept, axis=axis)
        size = np.compress(number >= least, number)
        off = np.minimum(np.abs(spread - 1), np.abs(spread * np.sqrt(size / (size - 1)) - 1))
        share = float(np.mean((np.abs(mean) < _MEAN) & (off < _SD)))
        if share >= _ALIKE:
            told = f"{_percent(share)} of the {what} have mean 0 and standard deviation 1"
            return Scale("standardised", f"{told}; {sample.span}")
    return None


def _try_beta(sample: _Sample) -> Scale | None:
    if sample.low < 0 or sample.high > 1 or not sample.q05 < 0.25 < 0.5 < sample.q95:
        return None
    return Scale("beta", f"{sample.span}, from near 0 to near 1, as shares do", "likely")


def _try_logarithms(sample: _Sample) -> Scale | None:
    """Look for a proof that the values are logarithms with a pseudocount."""
    if not _is_narrow(sample) or sample.whole >= _ALL_WHOLE or sample.matrix.shape[1] < _FEWEST_GENES:
        return None
    return _as_proven(sample, prove_logarithms(sample.measured))


def _try_divided_counts(sample: _Sample) -> Scale | None:
    """Look for a proof that the values are counts that were divided by size factors."""
    if sample.negative or sample.whole >= _ALL_WHOLE or sample.matrix.shape[1] < _FEWEST_GENES:
        return None
    return _as_proven(sample, prove_unit(sample.measured))


def _as_proven(sample: _Sample, proof: Proof | None) -> Scale | None:
    return None if proof is None else Scale(proof.name, f"{sample.span}; {proof.told}", undo=proof.undo)


def _is_narrow(sample: _Sample) -> bool:
    return sample.high - sample.low <= _WIDEST_LOG and max(abs(sample.low), abs(sample.high)) <= _WIDEST_LOG


def _classify_narrow(sample: _Sample) -> Scale | None:
    """Classify values of a narrow range: whole numbers, log ratios, logarithms."""
    if not _is_narrow(sample):
        return None
    if sample.negative == 0 and sample.whole >= _ALL_WHOLE:
        return Scale("counts", f"{sample.span}, all of them whole numbers", "likely")
    if sample.negative < _ZEROS and sample.high - sample.middle > _SKEWED * (sample.q75 - sample.middle):
        return None  # logarithms do not have such a tail
    around = abs(sample.middle) <= _AROUND_ZERO * (sample.q95 - sample.q05)
    if sample.negative >= _RATIO_SHARE and around:
        return Scale("ratio", f"{sample.span}, {_percent(sample.negative)} of them negative: log ratios around zero")
    found = _proven_base(sample) or _likely_base(sample)
    traces = describe_pseudocount(sample.measured) or describe_normalisation(sample.measured)
    return replace(found, reason=found.reason + traces)


def _proven_base(sample: _Sample) -> Scale | None:
    """Find the base whose powers are whole numbers, as if counts were transformed to logarithms."""
    fractions = sample.present[sample.present != np.rint(sample.present)]
    if len(fractions) > 20_000:
        fractions = fractions[:: len(fractions) // 20_000]
    bases: tuple[tuple[ScaleName, float, str], ...] = (("log2", 2.0, "2"), ("ln", np.e, "e"), ("log10", 10.0, "10"))
    for name, base, printed in bases:
        power = np.power(base, fractions)
        told = power[power * np.log(base) * _ROUNDED < 0.02]  # larger powers are too inaccurate by rounding
        if len(told) < _LATTICE_VALUES:
            continue
        share = float(np.mean(np.abs(told - np.rint(told)) < 0.04))
        if share >= _LATTICE:
            return Scale(name, f"{sample.span}, and {printed} raised to them is a whole number for {_percent(share)}")
    return None


def _likely_base(sample: _Sample) -> Scale:
    genes = sample.matrix.shape[1]
    if sample.high <= _HIGHEST_LOG10 and sample.negative < _ZEROS and sample.middle < _HIGHEST_LOG10 - 1:
        told = f"{sample.span}: as base-2 logarithms they would stay below {_short(2**sample.high)}"
        return Scale("log10", told, "likely", ("log10", "log2"))
    if sample.high >= _HIGHEST_LN or sample.high <= _HIGHEST_LOG10:
        below = f", {_percent(sample.negative)} of them negative" if sample.negative else ""
        return Scale("log2", f"{sample.span}{below}: narrow enough for logarithms")
    if genes >= _GENOME:
        told = (
            f"{sample.span}: as base-2 logarithms {genes:,} genes would stay below {_short(2**sample.high)}, as "
            f"natural ones they reach {_short(np.exp(sample.high))}"
        )
        return Scale("ln", told, "likely", ("ln", "log2"))
    told = f"{sample.span}: narrow enough for base-2 or natural logarithms"
    return Scale("log2", told, "likely", ("log2", "ln"))


def _wide_negative(sample: _Sample) -> Scale | None:
    if sample.negative < 0.001:
        return None
    corrected = find_corrected_counts(sample.measured)
    if corrected:
        told = f"{sample.span}, {_percent(sample.negative)} of them negative; {corrected}"
        return Scale("counts", told, "ambiguous", ("intensity", "counts"), refused=_CORRECTED)
    told = f"{sample.span}, {_percent(sample.negative)} of them negative, as after background subtraction"
    return Scale("intensity", told + describe_target(sample.measured))


def _wide_whole(sample: _Sample) -> Scale | None:
    if sample.whole < _ALL_WHOLE:
        return None
    told = f"{sample.span}, whole numbers only, {_percent(sample.small)} of them {_SMALL_COUNT} or less"
    if sample.small >= _SMALL_SHARE:
        return Scale("counts", told)
    if sample.high > _SCANNER:
        return Scale("counts", f"{told}; a scanner does not exceed {_SCANNER:,}", "likely")
    if sample.matrix.shape[1] >= _GENOME:
        return Scale("intensity", f"{told}; counts of so many genes would have more of these", "likely")
    return Scale("intensity", told, "ambiguous", ("intensity", "counts"))


def _wide_fractions(sample: _Sample) -> Scale | None:
    if sample.whole >= _ESTIMATED_WHOLE and sample.small >= _SMALL_SHARE:
        told = f"{_percent(sample.whole)} of the values above 0 are whole numbers and the rest fractions"
        return Scale("counts", f"{sample.span}; {told}: estimated counts, as salmon, kallisto or RSEM give them")
    sums = np.nansum(sample.matrix, axis=1)
    if np.all(np.abs(sums - _MILLION) <= _MILLION_OFF * _MILLION):
        return Scale("tpm", f"{sample.span}, and each sample adds up to a million: TPM or CPM")
    below = float(np.mean((sample.present > 0) & (sample.present < 1)))
    if below >= _BELOW_ONE:
        told = f"{_percent(sample.zero)} of them 0 and {_percent(below)} between 0 and 1"
        if float(sums.max()) > (1 + _MILLION_OFF) * _MILLION and float(np.ptp(sums)) > _MILLION_OFF * float(sums.max()):
            what = f"a sample adds up to {_short(float(sums.max()))}, which no part of TPM or CPM does: FPKM"
        else:
            what = "FPKM, normalised counts, or a part of TPM or CPM"
        return Scale("tpm", f"{sample.span}, {told}; {what}", "likely")
    if sample.zero < _ZEROS and sample.whole < _ESTIMATED_WHOLE:
        told = f"{sample.span}, fractions without zeros: too wide for logarithms"
        return Scale("intensity", told + describe_target(sample.measured))
    return None


def _ambiguous_scale(sample: _Sample) -> Scale:
    told = f"{sample.span}, {_percent(sample.zero)} of them 0 and {_percent(sample.whole)} of the others whole numbers"
    return Scale("intensity", told, "ambiguous", ("counts", "tpm", "intensity"))


_PROOFS: tuple[Rule, ...] = (_try_logarithms, _try_divided_counts)

_RULES: tuple[Rule, ...] = (
    _few_levels,
    _try_standardised,
    _try_beta,
    *_PROOFS,
    _classify_narrow,
    _wide_negative,
    _wide_whole,
    _wide_fractions,
    _ambiguous_scale,
)


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.0995 else f"{100 * share:.0f} %"


def _short(value: float) -> str:
    """Format a number with three digits; large ones have thousands separators, very large ones powers of ten."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}"
