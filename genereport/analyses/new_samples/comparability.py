"""Six checks of whether new samples are comparable to the training samples of a frozen model.

Every check has several measures. A measure has a limit beyond which to be careful, and one beyond which predictions
are not to be interpreted; the worst measure is the level of the check. The limits are `settings.ApplySettings`. They
were set on real cohorts: Golub's independent set, with a known batch shift and other tissues, is *careful*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from genereport.analyses.new_samples.incoming import Incoming
from genereport.analyses.new_samples.result import LEVELS, SLACK, Level
from genereport.analyses.preprocessing.stage import array_summaries
from genereport.cohort.levels import has_levels
from genereport.cohort.scale import detect_scale
from genereport.learn.frozen import FinalModels
from genereport.learn.manifest import MAIN
from genereport.learn.reference import Groups, Reference
from genereport.settings import ApplySettings
from genereport.stats.arrays import array_moments
from genereport.stats.conformal import conformal_p, expected_outside, outside_p
from genereport.types import Array, Codes, Key

NAN = float("nan")

_LOGARITHMS = ("log2", "ln", "log10", "ratio", "standardised")
_HARDLY = 0.01
"""Difference (log2 units) below which quantiles of arrays count as equal."""

_FLAT = 1e-9
"""Ratio of standard deviations below which the spread of the new values is only rounding error."""

_GENES, _NAMED_GENES, _CELLS = 0.01, (0.0, 0.25), 0.05
_MOST, _ANY = 0.5, 0.0
_ASSOCIATION = 0.01
_CERTAIN = 0.975
"""Quantile of Student's t for the lower limit of a move towards a class, as a multiple of its standard error."""

_FREE = 2
"""Degrees of freedom below which that limit is not given."""


class Measure(NamedTuple):
    """A number of a check, and its limits; a limit is NaN if the measure is not judged by it.

    Attributes:
        name: Name, unique in its check.
        value: Value; NaN if it cannot be determined.
        careful: Limit beyond which to be careful.
        stop: Limit beyond which not to interpret predictions.
        below: Whether smaller values are worse.
    """

    name: str
    value: float
    careful: float = NAN
    stop: float = NAN
    below: bool = False

    @property
    def level(self) -> Level:
        """The level of the measure; *fine* if its value cannot be determined or is not judged."""
        sign = -1 if self.below else 1
        beyond = [sign * self.value > sign * limit for limit in (self.careful, self.stop)]
        return LEVELS[2 if beyond[1] else int(beyond[0])]


Checks = dict[str, tuple[Measure, ...]]


def level_of(measures: tuple[Measure, ...]) -> Level:
    """Return the worst level of some measures."""
    return max((measure.level for measure in measures), key=LEVELS.index)


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of the new samples: their classes and covariates.

    Attributes:
        codes: Class of each sample, shape (m,); −1 where unknown.
        covariates: Covariates by sample, as read.
    """

    codes: Codes
    covariates: pd.DataFrame

    @property
    def complete(self) -> bool:
        """Whether every sample has a class."""
        return bool((self.codes >= 0).all())


class Association(NamedTuple):
    """The covariate most strongly associated with the class of the new samples; the name is empty if there is none."""

    covariate: str = ""
    p: float = NAN
    pure: bool = False


class Found(NamedTuple):
    """All checks, and the values behind them.

    Attributes:
        checks: Name of the check → measures.
        arrays: As in `Applied`, from the column q5 on.
        training: As in `Applied`.
        shift: Shift of each gene, in standard deviations within the classes, shape (p,); NaN where unknown.
        association: Association of the classes with a covariate.
    """

    checks: Checks
    arrays: pd.DataFrame
    training: pd.DataFrame
    shift: Array
    association: Association


def compare(final: FinalModels, named: Key, incoming: Incoming, truth: Truth, limits: ApplySettings) -> Found:
    """Compare new samples with the training set.

    Args:
        final: The frozen models, with the reference values of the training set.
        named: The named model.
        incoming: The new samples, prepared as the training set was.
        truth: Classes and covariates, as far as known.
        limits: Limits of the measures.
    """
    quantiles, deviations = _array_deviations(incoming.values, final.reference)
    distances = final.reference.cloud.distances(incoming.values, final.preparations[MAIN])
    held = final.reference.cloud.held_out
    shift, mixed, expected = _estimate_shift(incoming.values, truth, final.reference.groups)
    association = _strongest_association(truth, final.classes)
    checks = {
        "genes": _measure_genes(final, named, incoming, limits),
        "scale": _measure_scale(final, incoming, limits),
        "arrays": _measure_outside("", deviations.training, deviations.new, limits, limits.surprise),
        "shift": _share_shifted(shift, expected, limits),
        "batch": (*_measure_moves(final, incoming.values, truth, mixed, limits), *_associated(association)),
        "cloud": tuple(
            measure
            for j, name in enumerate(("plane", "residual"))
            for measure in _measure_outside(f"{name}_", held[:, j], distances[:, j], limits, limits.surprise / 2)
        ),
    }
    arrays = {
        **_quantile_columns(quantiles),
        "deviation": deviations.new,
        "p_arrays": conformal_p(deviations.training, deviations.new),
        "plane": distances[:, 0],
        "p_plane": conformal_p(held[:, 0], distances[:, 0]),
        "residual": distances[:, 1],
        "p_residual": conformal_p(held[:, 1], distances[:, 1]),
    }
    training = {
        **_quantile_columns(final.reference.measured.prepared),
        "deviation": deviations.training,
        "plane": held[:, 0],
        "residual": held[:, 1],
    }
    numbered = pd.RangeIndex(1, len(held) + 1, name="array")
    return Found(checks, pd.DataFrame(arrays), pd.DataFrame(training, index=numbered), shift, association)


def _quantile_columns(quantiles: Array) -> dict[str, Array]:
    return {f"q{name}": column for name, column in zip((5, 25, 50, 75, 95), quantiles.T, strict=True)}


def _measure_genes(final: FinalModels, named: Key, incoming: Incoming, limits: ApplySettings) -> tuple[Measure, ...]:
    """Return shares of missing genes, of all that the models see and of the named model, and of missing values."""
    preparation = final.preparations[final.preparation(named)]
    columns = preparation.scaling.columns
    used = columns[preparation.selected] if named[1] == "selected" else columns
    gaps = np.isnan(incoming.values[:, ~incoming.lacking])
    return (
        Measure("missing", float(incoming.lacking.mean()), _GENES, limits.missing),
        Measure("named_missing", float(incoming.lacking[used].mean()), *_NAMED_GENES),
        Measure("cells", float(gaps.mean()) if gaps.size else NAN, _CELLS),
    )


def _measure_scale(final: FinalModels, incoming: Incoming, limits: ApplySettings) -> tuple[Measure, ...]:
    """Return the kind of the values, and their location and spread as logarithms, before array scaling."""
    trained, new = final.reference.measured.detected, detect_scale(incoming.raw, prove=False).name
    kin = (trained in _LOGARITHMS) == (new in _LOGARITHMS)
    kind = 0.0 if trained == new else 1.0 if kin else 2.0
    location, spread = (float(final.preprocessing[name]) for name in ("location", "spread"))
    locations, spreads = array_moments(incoming.basis)
    ratio, moved = float(np.median(spreads)) / spread, (float(np.median(locations)) - location) / spread
    return (
        Measure("kind", kind, 0.0, 1.0),
        Measure("ratio", ratio),
        Measure("spread", max(ratio, 1 / ratio) if ratio > _FLAT else float("inf"), *limits.spread),
        Measure("moved", moved),
        Measure("location", abs(moved), *limits.location),
    )


class _Deviations(NamedTuple):
    training: Array
    new: Array


def _array_deviations(values: Array, reference: Reference) -> tuple[Array, _Deviations]:
    """Return quantiles of the new arrays, and deviations of all: each training array is compared with the others."""
    quantiles, known = array_summaries(values), reference.measured.prepared
    apart = [_deviation(known[[row]], np.delete(known, row, axis=0))[0] for row in range(len(known))]
    return quantiles, _Deviations(np.array(apart), _deviation(quantiles, known))


def _deviation(quantiles: Array, known: Array) -> Array:
    """Return the largest robust z of the quantiles of each array, shape (m,)."""
    centre = np.median(known, axis=0)
    spread = 1.4826 * np.median(np.abs(known - centre), axis=0)
    return np.asarray((np.abs(quantiles - centre) / np.maximum(spread, _HARDLY)).max(axis=1))


def _measure_outside(
    prefix: str, training: Array, new: Array, limits: ApplySettings, surprise: float
) -> tuple[Measure, ...]:
    """Return how many new samples lie outside the training set, how improbable that is, and how many are far away."""
    n, m = len(training), len(new)
    outside = int((conformal_p(training, new) < limits.outside).sum())
    return (
        Measure(f"{prefix}outside", float(outside)),
        Measure(f"{prefix}expected", expected_outside(n, m, limits.outside)),
        Measure(f"{prefix}surprise", outside_p(outside, n, m, limits.outside), surprise, below=True),
        Measure(f"{prefix}far", float((new > limits.far * training.max()).mean()), _ANY, _MOST),
    )


class Mixed(NamedTuple):
    """A mix of classes: weights that add to 1, and their standard errors, NaN if not estimable; shape (k,) each."""

    weights: Array
    errors: Array


def _estimate_shift(values: Array, truth: Truth, groups: Groups) -> tuple[Array, Mixed, float]:
    """Return the shift of each gene, shape (p,), the mix of classes it is adjusted by, and its sampling variance.

    With labels each sample is compared with the mean of its class. Without labels all are compared with the mix of the
    class means that fits best, so that another mix of classes is not taken for a shift.
    """
    m, sizes = len(values), groups.sizes
    if truth.complete:
        mix = Mixed(np.bincount(truth.codes, minlength=len(sizes)) / m, np.zeros(len(sizes)))
        shift = _mean(values - groups.means[truth.codes])
    else:
        mix = _estimate_mix(values, groups)
        held = np.clip(mix.weights, 0, None)
        mean = held @ np.nan_to_num(groups.means, nan=np.inf) / held.sum()
        shift = _mean(values) - np.where(np.isinf(mean), NAN, mean)
    within = np.where(groups.within > 0, groups.within, NAN)
    shares = np.clip(mix.weights, 0, None) / np.clip(mix.weights, 0, None).sum()
    return shift / within, mix, 1 / m + float((shares**2 / sizes).sum())


def _mean(values: Array) -> Array:
    """Return the mean of each column over the samples that have a value; NaN if none has."""
    present = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(present, values, 0.0).sum(axis=0) / present.sum(axis=0))


def _estimate_mix(values: Array, groups: Groups) -> Mixed:
    """Estimate the weights of the class means that give the mean of the new samples; they add to 1 and may be negative.

    The estimate is by least squares on standardised genes, corrected for the noise of the class means, which occur on
    both sides: over q genes the noise of a class of n samples has the expected sum of squares q / n, as in `_noise`.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        apart, away = (groups.means[1:] - groups.means[0]) / groups.within, (values - groups.means[0]) / groups.within
    known = np.isfinite(_mean(away)) & np.isfinite(apart).all(axis=0)
    away = np.where(np.isnan(away), _mean(away), away)[:, known]
    q, inverse = _noise(int(known.sum()), groups), 1 / groups.sizes
    products = apart[:, known] @ apart[:, known].T - q * (np.diag(inverse[1:]) + inverse[0])
    each = np.linalg.lstsq(products, apart[:, known] @ away.T - q * inverse[0], rcond=None)[0].T
    each = np.column_stack([1 - each.sum(axis=1), each])  # linear in the samples: their mean is that of the mean
    m = len(each)
    errors = each.std(axis=0, ddof=1) / np.sqrt(m) if m > _FREE else np.full(each.shape[1], NAN)
    return Mixed(each.mean(axis=0), errors)


def _noise(genes: int, groups: Groups) -> float:
    """Return the expected sum of squares of one standardised sample over genes without any effect.

    That of a mean of n samples is 1/n of it. The standard deviations are estimated, too: E[σ²/s²] = d / (d − 2) for d
    degrees of freedom.
    """
    free = int(groups.sizes.sum()) - len(groups.sizes)
    return genes * free / (free - 2) if free > 2 else float(genes)


def _share_shifted(shift: Array, variance: float, limits: ApplySettings) -> tuple[Measure, ...]:
    """Return the share of genes whose mean differs by more than a standard deviation, and that expected by chance."""
    known = shift[np.isfinite(shift)]
    share = float((np.abs(known) > 1).mean()) if len(known) else NAN
    expected = float(2 * stats.norm.sf(1 / np.sqrt(variance)))
    return (
        Measure("share", share),
        Measure("expected", expected),
        Measure("excess", share - SLACK * expected, *limits.shift),
    )


def _measure_moves(
    final: FinalModels, values: Array, truth: Truth, mix: Mixed, limits: ApplySettings
) -> tuple[Measure, ...]:
    """Return how far samples are moved along a difference between classes, which would bias predictions."""
    if not truth.complete:
        weights = tuple(Measure(f"mix_{name}", float(w)) for name, w in zip(final.classes, mix.weights, strict=True))
        below = (-mix.weights - float(stats.t.ppf(_CERTAIN, max(len(values) - 1, 1))) * mix.errors).max()
        return (*weights, Measure("beyond", float(np.maximum(below, 0.0)), *limits.push))
    levels = (1,) if len(final.classes) == 2 else range(len(final.classes))
    found = [_estimate_move(values, truth.codes, final.reference.groups, level) for level in levels]
    worst = max(found, key=lambda push: -1.0 if np.isnan(push.at_least) else push.at_least)
    return (
        Measure("class", float(worst.level)),
        Measure("cosine", worst.cosine),
        Measure("push", worst.push),
        Measure("error", worst.error),
        Measure("at_least", worst.at_least, *limits.push),
    )


class _Push(NamedTuple):
    """A move along the difference of one class from the others, in units of that difference."""

    level: int
    cosine: float
    push: float
    error: float
    at_least: float


def _estimate_move(values: Array, codes: Codes, groups: Groups, level: int) -> _Push:
    """Return the move, corrected for the noise of the class means as in `_estimate_mix`, and its standard error."""
    k, m = len(groups.sizes), len(codes)
    weights = np.full(k, -1 / (k - 1))
    weights[level] = 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        direction = weights @ groups.means / groups.within
        moves = (values - groups.means[codes]) / groups.within
    known = np.isfinite(direction) & ~np.isnan(moves).all(axis=0)
    direction, moves = direction[known], np.nan_to_num(moves[:, known])
    q = _noise(len(direction), groups)
    length = float(direction @ direction) - q * float((weights**2 / groups.sizes).sum())
    if length <= 0:
        return _Push(level, NAN, NAN, NAN, NAN)
    each = (moves @ direction + q * (weights / groups.sizes)[codes]) / length
    shift = moves.mean(axis=0)
    cosine = float(shift @ direction / np.sqrt((shift @ shift) * (direction @ direction)))
    present = np.unique(codes)
    free = m - len(present)
    push = float(each.mean())
    if free < _FREE:
        return _Push(level, cosine, push, NAN, NAN)
    rest = each - (np.bincount(codes, each, k) / np.maximum(np.bincount(codes, minlength=k), 1))[codes]
    shares = np.bincount(codes, minlength=k) / m
    error = float(np.sqrt((rest @ rest) / free * (1 / m + (shares**2 / groups.sizes).sum())))
    return _Push(level, cosine, push, error, max(0.0, abs(push) - float(stats.t.ppf(_CERTAIN, free)) * error))


def _strongest_association(truth: Truth, classes: tuple[str, ...]) -> Association:
    """Return the covariate with the smallest p-value against the class of the new samples, if it is below the limit."""
    known = truth.codes >= 0
    labels = pd.Series(np.array(classes, dtype=object)[truth.codes[known]])
    found = []
    for name in truth.covariates:
        column = truth.covariates[name][known].reset_index(drop=True)
        if has_levels(column):
            found.append(_associated_with(str(name), pd.crosstab(column, labels)))
    best = min(found, key=lambda each: each.p, default=Association())
    return best if best.p < _ASSOCIATION else Association()


def _associated_with(name: str, table: pd.DataFrame) -> Association:
    if min(table.shape) < 2 or any(str(owner) in str(level) for level, owner in table.idxmax(axis=1).items()):
        return Association(name, 1.0)  # a covariate whose values are named after the classes does not count
    counts = table.to_numpy()
    found = stats.fisher_exact(counts) if table.shape == (2, 2) else stats.chi2_contingency(counts)
    return Association(name, float(found.pvalue), bool(((counts > 0).sum(axis=1) == 1).all()))


def _associated(association: Association) -> tuple[Measure, ...]:
    return (Measure("association", association.p, _ASSOCIATION, below=True),) if association.covariate else ()


def measure_table(checks: Mapping[str, tuple[Measure, ...]]) -> pd.DataFrame:
    """Return one row per check and measure, columns as in `ComparabilityCheck.measures`."""
    rows = [
        (check, each.name, each.value, "below" if each.below else "above", each.careful, each.stop, each.level)
        for check, measures in checks.items()
        for each in measures
    ]
    table = pd.DataFrame(rows, columns=["check", "measure", "value", "worse", "careful", "stop", "level"])
    return table.astype({"value": "float64", "careful": "float64", "stop": "float64"})
