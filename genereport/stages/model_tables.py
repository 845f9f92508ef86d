"""The tables of `results.Models`, one row a fact, alike for cross-validation and for the independent set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from genereport.learn.comparison import Key, Probabilities
from genereport.learn.metrics import PRIMARY, confusion, one_vs_rest, predicted_classes
from genereport.learn.network import QUANTITIES, Network
from genereport.learn.resampling import Rows, Split, SplitPlan
from genereport.learn.summary import Estimate
from genereport.stats.intervals import corrected_resampled_t
from genereport.stats.roc import roc_curve

Matrix = npt.NDArray[np.float64]

_ROC_GRID = np.linspace(0, 1, 101)


class Outcome(NamedTuple):
    """Predictions for one set of samples that had no part in the fits.

    Attributes:
        set: ``cv`` or ``test``.
        samples: Sample ids, shape (n,).
        codes: Their classes, shape (n,).
        classes: Class levels, the reference first.
        probabilities: Model and features → predicted class probabilities, shape (repeats, n, classes).
    """

    set: str
    samples: pd.Index
    codes: Rows
    classes: tuple[str, ...]
    probabilities: dict[Key, Matrix]

    def each(self) -> Iterator[tuple[Key, int, Matrix]]:
        """Model and features, number of the repeat (from 1; 0 on the independent set), probabilities (n, classes)."""
        for key, repeats in self.probabilities.items():
            for number, part in enumerate(repeats, start=int(self.set == "cv")):
                yield key, number, part


def pooled(by_split: Sequence[Probabilities], splits: Sequence[Split], repeats: int, n: int) -> dict[Key, Matrix]:
    """Held-out predictions brought back to the order of the samples, one set per repeat."""
    result = {key: np.empty((repeats, n, part.shape[1])) for key, part in by_split[0].items()}
    for probabilities, split in zip(by_split, splits, strict=True):
        for key, part in probabilities.items():
            result[key][split.repeat, split.test] = part
    return result


def metrics_table(estimates: Mapping[Key, Mapping[str, Estimate]], outcome: Outcome) -> pd.DataFrame:
    """Estimates with intervals, one row per model, features and metric."""
    rows = [
        (*key, outcome.set, metric, found.value, *found.interval, len(outcome.codes), found.method)
        for key, metrics in estimates.items()
        for metric, found in metrics.items()
    ]
    columns = ["model", "features", "set", "metric", "estimate", "ci_low", "ci_high", "n", "interval"]
    return pd.DataFrame(rows, columns=columns)


def fold_table(figures: Mapping[Key, Mapping[str, Matrix]], splits: Sequence[Split]) -> pd.DataFrame:
    """Every figure of every split."""
    rows = [
        (*key, split.repeat + 1, split.fold + 1, metric, value)
        for key, metrics in figures.items()
        for metric, values in metrics.items()
        for split, value in zip(splits, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["model", "features", "repeat", "fold", "metric", "value"])


def prediction_table(outcome: Outcome) -> pd.DataFrame:
    """Every prediction for every sample, with the probability of each class."""
    names = np.array(outcome.classes, dtype=object)
    parts = []
    for (model, features), repeat, probabilities in outcome.each():
        columns = {
            "sample": outcome.samples,
            "set": outcome.set,
            "repeat": repeat,
            "model": model,
            "features": features,
            "truth": names[outcome.codes],
            "predicted": names[predicted_classes(probabilities)],
        }
        shares = {f"p_{name}": column for name, column in zip(outcome.classes, probabilities.T, strict=True)}
        parts.append(pd.DataFrame(columns | shares))
    return pd.concat(parts, ignore_index=True)


def confusion_table(outcome: Outcome) -> pd.DataFrame:
    """Counts by true and predicted class, summed over the repeats."""
    k = len(outcome.classes)
    rows = []
    for (model, features), repeats in outcome.probabilities.items():
        counts = sum(confusion(outcome.codes, predicted_classes(part), k) for part in repeats)
        rows += [
            (model, features, outcome.set, outcome.classes[i], outcome.classes[j], int(count))
            for (i, j), count in np.ndenumerate(counts)
        ]
    return pd.DataFrame(rows, columns=["model", "features", "set", "truth", "predicted", "n"])


def roc_table(outcome: Outcome) -> pd.DataFrame:
    """ROC curves: the empirical one of the independent set; the mean over repeats, on a grid, in cross-validation."""
    k = len(outcome.classes)
    truths = one_vs_rest(outcome.codes, k)
    levels = outcome.classes[-truths.shape[1] :]
    parts = []
    for (model, features), repeats in outcome.probabilities.items():
        for position, level in enumerate(levels):
            scores = repeats[:, :, k - len(levels) + position]
            fpr, tpr = _mean_curve(scores, truths[:, position], exact=outcome.set == "test")
            frame = {"model": model, "features": features, "set": outcome.set, "class": level, "fpr": fpr, "tpr": tpr}
            parts.append(pd.DataFrame(frame))
    return pd.concat(parts, ignore_index=True)


def _mean_curve(scores: Matrix, positive: npt.NDArray[np.bool_], *, exact: bool) -> tuple[Matrix, Matrix]:
    curves = [roc_curve(part, positive) for part in scores]
    if exact:
        return curves[0].fpr, curves[0].tpr
    # A vertical step must keep both of its ends, so the grid value just above a step takes the upper end.
    heights = np.mean([np.interp(_ROC_GRID, *_upper(curve.fpr, curve.tpr)) for curve in curves], axis=0)
    return np.r_[0.0, _ROC_GRID], np.r_[0.0, heights]


def _upper(fpr: Matrix, tpr: Matrix) -> tuple[Matrix, Matrix]:
    """The highest true-positive rate at each false-positive rate."""
    last = np.r_[np.diff(fpr) > 0, True]
    return fpr[last], tpr[last]


def selection_effect_table(
    figures: Mapping[Key, Mapping[str, Matrix]], plan: SplitPlan, confidence: float
) -> pd.DataFrame:
    """Whether choosing genes helps: the primary metric on selected minus all genes, over the same splits."""
    rows = {}
    for model, features in figures:
        if features == "selected" and (model, "all") in figures:
            difference = figures[model, "selected"][PRIMARY] - figures[model, "all"][PRIMARY]
            rows[model] = (PRIMARY, *corrected_resampled_t(difference, plan.test_share, confidence))
    columns = ["metric", "difference", "ci_low", "ci_high", "t", "df", "p"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis(index="model")


def curve_table(networks: Sequence[Mapping[str, Network]]) -> pd.DataFrame:
    """Mean and 5–95 % range over the networks of every quantity of their histories, epoch by epoch."""
    parts = []
    for features in networks[0]:
        histories = np.stack([fitted[features].history for fitted in networks])
        low, high = np.quantile(histories, (0.05, 0.95), axis=0)
        for column, quantity in enumerate(QUANTITIES):
            frame = {
                "epoch": np.arange(1, histories.shape[1] + 1),
                "quantity": quantity,
                "mean": histories[:, :, column].mean(axis=0),
                "low": low[:, column],
                "high": high[:, column],
            }
            parts.append(pd.DataFrame(frame, index=pd.Index([features] * histories.shape[1], name="features")))
    return pd.concat(parts)


def error_table(outcome: Outcome, floor: str) -> pd.DataFrame:
    """Samples that at least one model misses (in more than half of the repeats), and which models miss them."""
    missed: dict[int, list[str]] = {}
    for (model, features), repeats in outcome.probabilities.items():
        if model != floor:
            wrong = (predicted_classes(repeats) != outcome.codes).mean(axis=0) > 0.5
            for row in np.flatnonzero(wrong):
                missed.setdefault(int(row), []).append(f"{model}/{features}")
    rows = sorted(missed, key=lambda row: -len(missed[row]))
    columns = {
        "set": outcome.set,
        "class": [outcome.classes[outcome.codes[row]] for row in rows],
        "missed": [len(missed[row]) for row in rows],
        "models": [" ".join(missed[row]) for row in rows],
    }
    return pd.DataFrame(columns, index=pd.Index(outcome.samples[rows], name="sample", dtype=str))
