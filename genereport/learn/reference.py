"""Summary of the training set in a bundle, with which new arrays are prepared in the same way and compared.

No sample's values are kept, only five quantiles of each array, moments of each gene, the mean and size of each class,
and a checksum of each sample's values, by which a training sample is recognised. How far a sample may lie from the
training set cannot be learnt from the training samples themselves: with more genes than samples, each of them lies in
the plane that was fitted to it. The distances that are kept are therefore those of samples that were held out when the
plane was fitted.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter

from genereport.learn.archive import archive, array_of, canonical_json, changed, distrusted, members, named, npy
from genereport.learn.preparation import Preparation
from genereport.learn.resampling import Split
from genereport.stats.components import principal_components
from genereport.types import AnyArray, Array, Codes, Counts, Flags, Key, Positions

ARRAYS, FACTS = "reference.npz", "reference.json"
DEVELOPMENT = "development.json"

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SHARE = 0.5
"""Share of the variance that the plane explains: what most samples have in common, not what is particular to each."""


class Measured(NamedTuple):
    """The training arrays as they were measured.

    Attributes:
        genes: Ids of the g genes used for array scaling and library sizes: all but controls, in order.
        symbols: Their symbols, empty where unknown.
        testable: Which of them vary over the training samples, shape (g,).
        levels: Median of each over the training samples, log2 before array scaling, shape (g,).
        detected: Scale detected from the values, whatever the settings say.
        quantiles: `QUANTILES` of each training array in the unit of the file, shape (n, 5), in an order that does not
            reveal the samples.
        prepared: The same after preprocessing, log2, testable genes only.
        checksums: `sample_checksums` of the training samples, sorted; empty in bundles of earlier versions.
    """

    genes: tuple[str, ...]
    symbols: tuple[str, ...]
    testable: Flags
    levels: Array
    detected: str
    quantiles: Array
    prepared: Array
    checksums: tuple[str, ...] = ()


class Groups(NamedTuple):
    """Moments of the p genes that the models use, log2, over the training samples; NaN where nothing is known.

    Attributes:
        sizes: Number of samples of each class, shape (k,).
        means: Mean of each class, shape (k, p).
        spread: Standard deviation over all samples, shape (p,).
        within: Pooled standard deviation within the classes, shape (p,).
    """

    sizes: Counts
    means: Array
    spread: Array
    within: Array


class Cloud(NamedTuple):
    """A plane through the standardised training samples, and how far held-out samples lie from its centre and from it.

    Attributes:
        axes: Number of the first principal axes that span it, at least one.
        variance: Variance of the training samples along each axis, shape (axes,).
        held_out: Distance in the plane (Mahalanobis) and from the plane (root mean square over the genes) of each
            training sample, the plane being fitted without it; shape (n, 2), each column sorted.
    """

    axes: int
    variance: Array
    held_out: Array

    def distances(self, values: Array, preparation: Preparation) -> Array:
        """Return both distances of new samples, shape (m, 2).

        Args:
            values: Samples × genes, log2, shape (m, p).
            preparation: Fitted on the training set.
        """
        standardised = preparation.standardised(np.ascontiguousarray(values))
        return _distances(standardised, preparation.axes[: self.axes], self.variance)


class Basis(NamedTuple):
    """The genes that arrays are scaled by.

    Attributes:
        positions: Positions among the genes that vary over the training samples, shape (b,).
        reference: Their medians over the training arrays, log2, shape (b,); 0 where the scaling does not use them.
    """

    positions: Positions
    reference: Array


class Reference(NamedTuple):
    """The summary of the training set."""

    measured: Measured
    groups: Groups
    cloud: Cloud
    basis: Basis


class Figure(NamedTuple):
    """One metric of a model as estimated in development; NaN where a number could not be estimated."""

    model: str
    features: str
    set: str
    metric: str
    estimate: float
    ci_low: float
    ci_high: float
    n: int


class Development(NamedTuple):
    """Performance of the models in development.

    Attributes:
        simulated: Whether the data are simulated.
        named: Model and features that the rule named.
        confidence: Confidence level of the intervals.
        figures: Metrics, cross-validated (``cv``) and, if there was one, on the independent set (``test``).
    """

    simulated: bool
    named: Key
    confidence: float
    figures: tuple[Figure, ...]


def sample_checksums(raw: Array) -> list[str]:
    """Return the SHA-256 of the values of each sample as 64-bit numbers.

    Args:
        raw: Samples × genes in the unit of the file, shape (n, g); NaN is missing.

    Example:
        >>> one, other, same = sample_checksums(np.array([[1.0, 0.0], [1.0, 2.0], [1.0, -0.0]]))
        >>> one == same, one == other
        (True, False)
    """
    exact = np.where(np.isnan(raw), np.nan, raw + 0.0).astype("<f8")  # one NaN, one zero
    return [hashlib.sha256(row.tobytes()).hexdigest() for row in np.ascontiguousarray(exact)]


def groups(values: Array, codes: Codes) -> Groups:
    """Compute the moments of the training samples.

    Args:
        values: Samples × genes, log2, shape (n, p); NaN is missing.
        codes: Their classes, shape (n,).
    """
    sizes = np.bincount(codes)
    members = np.eye(len(sizes))[:, codes]
    present = ~np.isnan(values)
    known = members @ present
    with np.errstate(invalid="ignore", divide="ignore"):
        means = members @ np.where(present, values, 0.0) / known
        rest = np.where(present, values - means[codes], 0.0)
        within = np.sqrt((rest**2).sum(axis=0) / (known.sum(axis=0) - len(sizes)))
        total = np.where(present, values, 0.0).sum(axis=0) / present.sum(axis=0)
        away = np.where(present, values - total, 0.0)
        spread = np.sqrt((away**2).sum(axis=0) / (present.sum(axis=0) - 1))
    return Groups(sizes.astype(np.intp), means, spread, within)


def cloud(
    values: Array, preparation: Preparation, parts: Iterable[tuple[Split, Preparation]], share: float = SHARE
) -> Cloud:
    """Fit the plane of the training set, and compute each sample's distances from a plane that was fitted without it.

    Args:
        values: Training samples × genes, as the preparations take them, shape (n, p).
        preparation: Preparation fitted on all of them.
        parts: Splits in which each sample is held out once, each with the preparation of its training part.
        share: Share of the variance that the plane explains.
    """
    axes, variance = _principal_plane(preparation.standardised(values), share)
    held = np.empty((len(values), 2))
    for split, fitted in parts:
        plane = _principal_plane(fitted.standardised(values[split.train]), share)
        held[split.test] = _distances(fitted.standardised(values[split.test]), *plane)
    return Cloud(len(axes), variance, np.sort(held, axis=0))


def _principal_plane(standardised: Array, share: float) -> tuple[Array, Array]:
    found = principal_components(standardised)
    kept = max(1, found.needed(share))
    return found.axes[:kept], found.variance[:kept]


def _distances(standardised: Array, axes: Array, variance: Array) -> Array:
    scores = standardised @ axes.T
    inside = np.sqrt((scores**2 / variance).sum(axis=1))
    outside = np.sqrt(((standardised - scores @ axes) ** 2).mean(axis=1))
    return np.column_stack([inside, outside])


_TEXTS: tuple[Literal["genes"], Literal["symbols"]] = ("genes", "symbols")
_Names = TypeAdapter(tuple[str, ...])


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    genes: tuple[str, ...] | None = None
    symbols: tuple[str, ...] | None = None
    detected: str
    axes: int
    checksums: tuple[str, ...] = ()


def write_reference(reference: Reference) -> dict[str, bytes]:
    """Return file name → content; equal references give equal bytes."""
    measured, groups, cloud, basis = reference
    facts = {"detected": measured.detected, "axes": cloud.axes, "checksums": measured.checksums}
    arrays = {f"{name}.npy": npy(array) for name, array in _arrays(measured, groups, cloud, basis).items()}
    texts = {f"{name}.json": json.dumps(getattr(measured, name)).encode() for name in _TEXTS}
    return {FACTS: canonical_json(facts), ARRAYS: archive({**arrays, **texts})}


def _arrays(measured: Measured, groups: Groups, cloud: Cloud, basis: Basis) -> dict[str, AnyArray]:
    own = {name: getattr(measured, name) for name in ("testable", "levels", "quantiles", "prepared")}
    return {**own, **groups._asdict(), "variance": cloud.variance, "held_out": cloud.held_out, **basis._asdict()}


def read_reference(files: Mapping[str, bytes], genes: int, classes: int) -> Reference:
    """Read what `write_reference` wrote.

    Args:
        files: File name → content.
        genes: Number of genes of the bundle.
        classes: Number of classes of the bundle.

    Raises:
        BundleError: GR601 or GR602 if the content is something else.
    """
    try:
        facts = _Facts.model_validate_json(files[FACTS])
    except ValueError as error:
        raise changed(FACTS, "The file does not describe the training arrays as expected.") from error
    arrays, texts = _unpack_reference(files[ARRAYS], facts)
    found = _require_fitting(arrays, texts, facts.axes, genes, classes)
    own = {name: found[name] for name in ("testable", "levels", "quantiles", "prepared")}
    return Reference(
        Measured(texts["genes"], texts["symbols"], detected=facts.detected, **own, checksums=facts.checksums),
        Groups(*(found[name] for name in Groups._fields)),
        Cloud(facts.axes, found["variance"], found["held_out"]),
        Basis(found["positions"], found["reference"]),
    )


def _unpack_reference(content: bytes, facts: _Facts) -> tuple[dict[str, AnyArray], dict[str, tuple[str, ...]]]:
    """Return the arrays, and genes and symbols, which bundles of format 3 have among the facts.

    Raises:
        BundleError: GR602 if the archive holds something else.
    """
    held = members(ARRAYS, content)
    arrays = {
        name.removesuffix(".npy"): array_of(ARRAYS, name, data) for name, data in held.items() if name.endswith(".npy")
    }
    texts: dict[str, tuple[str, ...]] = {}
    for name in _TEXTS:
        told, stored = getattr(facts, name), held.get(f"{name}.json")
        if (told is None) == (stored is None):
            raise distrusted(ARRAYS, f"The bundle does not hold the {name} of the training arrays just once.")
        try:
            texts[name] = told if stored is None else _Names.validate_json(stored)
        except ValueError as error:
            raise distrusted(ARRAYS, f"The {name} of the training arrays are no list of names.") from error
    if len(held) != len(arrays) + sum(getattr(facts, name) is None for name in _TEXTS):
        raise distrusted(ARRAYS, "The archive holds members that do not belong to it.")
    return arrays, texts


def _require_fitting(
    arrays: Mapping[str, AnyArray], texts: Mapping[str, tuple[str, ...]], axes: int, genes: int, classes: int
) -> dict[str, AnyArray]:
    """Return the arrays after checking that their shapes and types fit together.

    Raises:
        BundleError: GR602 if they do not.
    """
    g, n, width = len(texts["genes"]), len(named(arrays, "quantiles", ARRAYS)), len(QUANTILES)
    basis = named(arrays, "positions", ARRAYS)
    shapes: dict[str, tuple[tuple[int, ...], type]] = {
        "testable": ((g,), np.bool_),
        "levels": ((g,), np.float64),
        "quantiles": ((n, width), np.float64),
        "prepared": ((n, width), np.float64),
        "sizes": ((classes,), np.intp),
        "means": ((classes, genes), np.float64),
        "spread": ((genes,), np.float64),
        "within": ((genes,), np.float64),
        "variance": ((axes,), np.float64),
        "held_out": ((n, 2), np.float64),
        "positions": (basis.shape[:1], np.intp),
        "reference": (basis.shape[:1], np.float64),
    }
    found = {name: named(arrays, name, ARRAYS) for name in shapes}
    fits = all(found[name].shape == shape and found[name].dtype == kind for name, (shape, kind) in shapes.items())
    if not fits or len(texts["symbols"]) != g or set(arrays) != set(shapes) or not ((basis >= 0) & (basis < g)).all():
        raise distrusted(ARRAYS, "The arrays of the reference do not fit together.")
    return found


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    features: str
    set: str
    metric: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    n: int


class _Development(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    simulated: bool
    named: tuple[str, str]
    confidence: float
    figures: tuple[_Row, ...]


def write_development(development: Development) -> bytes:
    """Return the performance as JSON; a missing number is null."""
    figures = [
        {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in figure._asdict().items()
        }
        for figure in development.figures
    ]
    return canonical_json({**development._asdict(), "figures": figures})


def read_development(content: bytes) -> Development:
    """Read what `write_development` wrote.

    Raises:
        BundleError: GR601 if the content is something else.
    """
    try:
        found = _Development.model_validate_json(content)
    except ValueError as error:
        raise changed(DEVELOPMENT, "The file does not hold the metrics of development as expected.") from error
    figures = tuple(
        Figure(
            row.model,
            row.features,
            row.set,
            row.metric,
            _number(row.estimate),
            _number(row.ci_low),
            _number(row.ci_high),
            row.n,
        )
        for row in found.figures
    )
    return Development(found.simulated, found.named, found.confidence, figures)


def _number(value: float | None) -> float:
    return math.nan if value is None else value
