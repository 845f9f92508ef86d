"""The curves of `Models`: operating points, calibration, and the learning of the networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from genereport.analyses.models.lines import mean_line
from genereport.analyses.models.metrics import Outcome
from genereport.learn.engine import Fold
from genereport.learn.metrics import one_vs_rest
from genereport.learn.models import NETWORKS
from genereport.learn.network import QUANTITIES
from genereport.stats.intervals import wilson
from genereport.stats.roc import precision_at_recall, roc_curve
from genereport.types import Array, Flags

_BINS = 5


def roc_table(outcome: Outcome) -> pd.DataFrame:
    """Return ROC curves, the mean over the repeats; the area below each is the mean of the areas of the repeats."""

    def curve(scores: Array, positive: Flags) -> dict[str, Array]:
        curves = [roc_curve(part, positive) for part in scores]
        fpr, tpr = mean_line([(each.fpr, each.tpr) for each in curves])
        return {"fpr": fpr, "tpr": tpr}

    return _by_class(outcome, curve)


def precision_recall_table(outcome: Outcome) -> pd.DataFrame:
    """Return precision at every recall, the mean over the repeats."""

    def curve(scores: Array, positive: Flags) -> dict[str, Array]:
        precision = np.mean([precision_at_recall(part, positive) for part in scores], axis=0)
        return {"recall": np.arange(1, len(precision) + 1) / len(precision), "precision": precision}

    return _by_class(outcome, curve)


def calibration_table(outcome: Outcome, confidence: float) -> pd.DataFrame:
    """Return predicted probability and observed share, in bins of about equally many samples."""

    def curve(scores: Array, positive: Flags) -> dict[str, Array]:
        mean = scores.mean(axis=0)
        parts = np.array_split(np.argsort(mean, kind="stable"), min(_BINS, len(mean)))
        hits = [int(positive[rows].sum()) for rows in parts]
        limits = np.array([wilson(hit, len(rows), confidence) for hit, rows in zip(hits, parts, strict=True)])
        sizes = np.array([len(rows) for rows in parts])
        return {
            "bin": np.arange(1, len(parts) + 1),
            "n": sizes,
            "predicted": np.array([mean[rows].mean() for rows in parts]),
            "observed": np.array(hits) / sizes,
            "ci_low": limits[:, 0],
            "ci_high": limits[:, 1],
        }

    return _by_class(outcome, curve)


def curve_table(folds: Sequence[Fold]) -> pd.DataFrame:
    """Return mean and 5–95 % range over the networks of every quantity of their histories, epoch by epoch."""
    parts = []
    for features, name in NETWORKS.items():
        histories = np.stack([fold.histories[name, features] for fold in folds])
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


def _by_class(outcome: Outcome, curve: Callable[[Array, Flags], dict[str, Array]]) -> pd.DataFrame:
    """Return a curve for every model and class; with two classes, for the target only."""
    return pd.concat(
        [pd.DataFrame(head | curve(scores, positive)) for head, scores, positive in _iterate_scores(outcome)],
        ignore_index=True,
    )


def _iterate_scores(outcome: Outcome) -> Iterator[tuple[dict[str, str], Array, Flags]]:
    """Yield the labels of a row, the probabilities of the class, shape (repeats, n), and who is of it, shape (n,)."""
    k = len(outcome.classes)
    truths = one_vs_rest(outcome.codes, k)
    first = k - truths.shape[1]
    for (model, features), repeats in outcome.probabilities.items():
        for position, positive in enumerate(truths.T):
            level = outcome.classes[first + position]
            head = {"model": model, "features": features, "set": outcome.set, "class": level}
            yield head, repeats[:, :, first + position], positive
