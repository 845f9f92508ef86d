"""Compare the models of two runs: paired if both predicted the same samples, else with independent intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from genereport.analyses.columns import rows_with
from genereport.analyses.comparison.result import ModelChanges
from genereport.analyses.models.result import Models
from genereport.analyses.result import Skipped
from genereport.analyses.stage import stage_rng
from genereport.analysis import Analysis
from genereport.learn.metrics import PRIMARY, score_metrics
from genereport.stats.bootstrap import mean_of_groups, paired_difference, percentile_interval, resample_counts
from genereport.stats.intervals import Interval, difference_interval
from genereport.stats.multiplicity import holm
from genereport.stats.paired import delong_test, mcnemar_exact
from genereport.stats.roc import delong_interval
from genereport.types import FLOOR, Array, Codes, Key

METRICS = (PRIMARY, "accuracy", "roc_auc")
POOLED_AUC = "pooled_auc"
SETS = ("cv", "test")

_ROUNDING = 1e-12

_ESTIMATES = ("set", "metric", "earlier", "earlier_low", "earlier_high", "later", "later_low", "later_high")
_CHANGES = ("difference", "ci_low", "ci_high", "interval", "test", "only_earlier", "only_later", "p")
_COLUMNS = [*_ESTIMATES, *_CHANGES, "P.Holm.models"]
_WORDS = dict.fromkeys(("set", "metric", "interval", "test"), "str")


class Reading(NamedTuple):
    """The predictions of one model for one set of samples, in the order that both runs share.

    Attributes:
        right: Share of the repeats in which each sample is classified correctly, shape (n,).
        probabilities: Class probabilities, mean over the repeats, shape (n, classes).
    """

    right: Array
    probabilities: Array


class Ground(NamedTuple):
    """The samples of one set on which two runs are paired.

    Attributes:
        set: ``cv`` or ``test``.
        samples: Ids of the samples.
        codes: Classes of the samples, shape (n,).
        classes: Class levels, the reference first.
        counts: Bootstrap counts, shape (resamples, n).
        confidence: Confidence level.
    """

    set: str
    samples: pd.Index
    codes: Codes
    classes: tuple[str, ...]
    counts: Array
    confidence: float


class Pair(NamedTuple):
    """The models of both runs."""

    earlier: Models
    later: Models


class Estimate(NamedTuple):
    """A metric of one run with its interval."""

    value: float
    interval: Interval

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Estimate:
        """Return the estimate in a row of `Models.metrics`."""
        return cls(float(row["estimate"]), Interval(float(row["ci_low"]), float(row["ci_high"])))


class Change(NamedTuple):
    """Two estimates, the interval of later − earlier and its method, and a paired test; NaN if there is none."""

    earlier: Estimate
    later: Estimate
    interval: Interval
    method: str
    test: str = ""
    only: tuple[float, float] = (float("nan"), float("nan"))
    p: float = float("nan")

    def row(self) -> tuple[Any, ...]:
        """Return the values in the order of the columns."""
        sides = (side for one in (self.earlier, self.later) for side in (one.value, *one.interval))
        difference = self.later.value - self.earlier.value
        return *sides, difference, *self.interval, self.method, self.test, *self.only, self.p


def model_changes(earlier: Analysis, later: Analysis, settings: dict[str, Any]) -> ModelChanges | Skipped:
    """Compare the metrics of the models that are in both runs, and of the named models."""
    for which, run in (("earlier", earlier), ("later", later)):
        if not isinstance(run.models, Models):
            return Skipped(f"The {which} run compares no models. {run.models.skipped}")
    pair = Pair(earlier.models, later.models)
    if set(pair.earlier.classes) != set(pair.later.classes):
        return Skipped("The models of the two runs distinguish different classes.")
    grounds = {name: _shared_ground(pair, name, settings) for name in SETS}
    keys = [_keys(models) for models in pair]
    shared = [key for key in keys[1] if key in keys[0]]
    metrics = _adjust_p_values(_table([(key, key) for key in shared], METRICS, pair, grounds))
    named = [(models.named.model, models.named.features) for models in pair]
    headline = _table([(named[0], named[1])], (PRIMARY,), pair, grounds)
    return ModelChanges(
        *named[0],
        *named[1],
        same=named[0] == named[1],
        compared=len(shared),
        tests=int(metrics["p"].notna().sum()),
        clear=int((metrics["P.Holm.models"] < settings["compare"]["alpha"]).sum()),
        pairing=_pair_models(pair, grounds),
        named=_adjust_p_values(headline).drop(columns=["model", "features"]),
        figures=metrics,
        alone=_only_in_one(*keys),
    )


def _keys(models: Models) -> list[Key]:
    table = models.metrics
    found = dict.fromkeys(zip(table["model"].astype(str), table["features"].astype(str), strict=True))
    return [key for key in found if key != FLOOR]


def _classes_by_sample(models: Models, which: str) -> pd.Series:
    """Return the class of each sample of a set, by its id."""
    part = models.predictions[models.predictions["set"] == which]
    return part.drop_duplicates("sample").set_index("sample")["truth"].astype(str)


def _shared_ground(pair: Pair, which: str, settings: dict[str, Any]) -> Ground | None:
    """Return the samples of a set if both runs have the same samples with the same classes; else None."""
    one, other = (_classes_by_sample(models, which) for models in pair)
    same = len(one) > 0 and set(one.index) == set(other.index)
    if not same or not (one.loc[other.index] == other).all():
        return None
    samples = other.index.sort_values()  # so that the bootstrap does not depend on the order in a file
    classes = pair.later.classes
    codes = pd.Index(classes).get_indexer(pd.Index(other.loc[samples])).astype(np.intp)
    rng = stage_rng(settings["seed"], f"compare models {which}")
    counts = resample_counts(codes, rng, settings["evaluation"]["bootstrap"])
    return Ground(which, samples, codes, classes, counts, settings["tests"]["confidence"])


def _pair_models(pair: Pair, grounds: dict[str, Ground | None]) -> pd.DataFrame:
    rows = {}
    for name in SETS:
        one, other = (_classes_by_sample(models, name) for models in pair)
        both = one.index.intersection(other.index)
        shared = int((one.loc[both] == other.loc[both]).sum())
        if len(one) or len(other):
            rows[name] = (len(one), len(other), shared, "no" if grounds[name] is None else "yes")
    index = pd.Index(list(rows), name="set", dtype="str")
    frame = pd.DataFrame(list(rows.values()), index=index, columns=["earlier", "later", "shared", "paired"])
    return frame.astype({"earlier": "int64", "later": "int64", "shared": "int64", "paired": "str"})


def _only_in_one(earlier: list[Key], later: list[Key]) -> pd.DataFrame:
    rows = [(*key, "earlier") for key in earlier if key not in later]
    rows += [(*key, "later") for key in later if key not in earlier]
    return pd.DataFrame(rows, columns=["model", "features", "run"], dtype="str")


def _table(
    keys: list[tuple[Key, Key]],
    metrics: tuple[str, ...],
    pair: Pair,
    grounds: dict[str, Ground | None],
) -> pd.DataFrame:
    """Return one row per pair of models, set and metric that both runs have."""
    rows = [row for either in keys for which in SETS for row in _rows(either, which, metrics, pair, grounds)]
    columns = ["model", "features", *_COLUMNS[:-1]]
    numbers = {name: float for name in columns[4:] if name not in _WORDS}
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"model": "str", "features": "str", **_WORDS, **numbers})


def _rows(
    keys: tuple[Key, Key],
    which: str,
    metrics: tuple[str, ...],
    pair: Pair,
    grounds: dict[str, Ground | None],
) -> Iterator[tuple[Any, ...]]:
    estimates = [_estimates(models, key, which) for models, key in zip(pair, keys, strict=True)]
    if not all(len(found) for found in estimates):
        return
    ground = grounds[which]
    readings = (
        [_read_predictions(models, key, ground) for models, key in zip(pair, keys, strict=True)] if ground else []
    )
    for metric in metrics:
        one, other = (Estimate.of(dict(found.loc[metric])) for found in estimates)
        if ground is None:
            interval = difference_interval(one.value, one.interval, other.value, other.interval)
            found = Change(one, other, interval, "unpaired")
        elif metric == "roc_auc":
            found = _compare_areas(one, other, ground, readings)
        else:
            found = _compare_shares(metric, one, other, ground, readings)
        name = POOLED_AUC if metric == "roc_auc" and ground and which == "cv" else metric
        yield *keys[1], which, name, *found.row()


def _estimates(models: Models, key: Key, which: str) -> pd.DataFrame:
    """Return a frame with index metric and columns estimate, ci_low, ci_high."""
    found = rows_with(models.metrics, model=key[0], features=key[1], set=which)
    return found.set_index("metric")[["estimate", "ci_low", "ci_high"]]


def _read_predictions(models: Models, key: Key, ground: Ground) -> Reading:
    part = rows_with(models.predictions, model=key[0], features=key[1], set=ground.set)
    shares = part[[f"p_{name}" for name in ground.classes]].assign(right=part["predicted"] == part["truth"])
    means = shares.astype(float).groupby(part["sample"].astype(str)).mean().loc[ground.samples]
    return Reading(means["right"].to_numpy(), means.drop(columns="right").to_numpy())


def _compare_shares(metric: str, earlier: Estimate, later: Estimate, ground: Ground, readings: list[Reading]) -> Change:
    """Compare shares of correct samples: by the bootstrap, and by McNemar's test if each sample is predicted once."""
    once = np.ones((1, len(ground.codes)))
    pooled = [_share_correct(metric, ground, reading, once)[0] for reading in readings]
    moved = (later.value - earlier.value) - (pooled[1] - pooled[0])
    before, after = (_share_correct(metric, ground, reading, ground.counts) for reading in readings)
    interval = paired_difference(before, after, moved if abs(moved) > _ROUNDING else 0.0, ground.confidence)
    if metric != "accuracy" or ground.set != "test":
        return Change(earlier, later, interval, "paired bootstrap")
    test = mcnemar_exact(*(reading.right == 1 for reading in readings))
    return Change(earlier, later, interval, "paired bootstrap", "McNemar", test[:2], test.p)


def _share_correct(metric: str, ground: Ground, reading: Reading, counts: Array) -> Array:
    groups = ground.codes if metric == PRIMARY else np.zeros_like(ground.codes)
    return mean_of_groups(reading.right, groups, counts)


def _compare_areas(earlier: Estimate, later: Estimate, ground: Ground, readings: list[Reading]) -> Change:
    """Compare areas: as reported on the independent set; for mean probabilities over repeats in cross-validation."""
    scores = [reading.probabilities for reading in readings]
    if ground.set == "cv":
        earlier, later = (_pooled_area(ground, score) for score in scores)
    if len(ground.classes) == 2:
        test = delong_test(scores[1][:, 1], scores[0][:, 1], ground.codes == 1, ground.confidence)
        return Change(earlier, later, Interval(test.low, test.high), "DeLong", "DeLong", p=test.p)
    before, after = (score_metrics(ground.codes, score, ground.counts)["roc_auc"] for score in scores)
    interval = paired_difference(before, after, confidence=ground.confidence)
    return Change(earlier, later, interval, "paired bootstrap")


def _pooled_area(ground: Ground, probabilities: Array) -> Estimate:
    value = float(score_metrics(ground.codes, probabilities)["roc_auc"])
    if len(ground.classes) == 2:
        return Estimate(value, delong_interval(probabilities[:, 1], ground.codes == 1, ground.confidence))
    resampled = score_metrics(ground.codes, probabilities, ground.counts)["roc_auc"]
    return Estimate(value, percentile_interval(resampled, ground.confidence))


def _adjust_p_values(metrics: pd.DataFrame) -> pd.DataFrame:
    """Apply Holm's correction over the models of a set and metric; a model without a p-value counts as well."""
    values = metrics["p"].to_numpy(dtype=float)
    adjusted = np.full(len(metrics), np.nan)
    for rows in metrics.groupby(["set", "metric"], sort=False).indices.values():
        found = holm(np.nan_to_num(values[rows], nan=1.0))
        adjusted[rows] = np.where(np.isnan(values[rows]), np.nan, found)
    return metrics.assign(**{"P.Holm.models": adjusted})
