"""Tables of `Models` with one row per fact, alike for cross-validation and for the independent set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.learn.metrics import confusion, predicted_classes
from genereport.learn.resampling import Split
from genereport.learn.summary import Estimate
from genereport.learn.training import Choice
from genereport.types import FLOOR, AnyArray, Array, Codes, Key


class Outcome(NamedTuple):
    """Predictions for one set of samples that had no part in the fits.

    Attributes:
        set: ``cv`` or ``test``.
        samples: Sample ids, shape (n,).
        codes: Classes of the samples, shape (n,).
        classes: Class levels, the reference first.
        probabilities: Model and features → predicted class probabilities, shape (repeats, n, classes).
    """

    set: str
    samples: pd.Index
    codes: Codes
    classes: tuple[str, ...]
    probabilities: dict[Key, Array]

    def each(self) -> Iterator[tuple[Key, int, Array]]:
        """Yield model and features, repeat (from 1; 0 on the independent set), and probabilities (n, classes)."""
        for key, repeats in self.probabilities.items():
            for number, part in enumerate(repeats, start=int(self.set == "cv")):
                yield key, number, part


def metrics_table(estimates: Mapping[Key, Mapping[str, Estimate]], outcome: Outcome) -> pd.DataFrame:
    """Return estimates with intervals, one row per model, features and metric."""
    rows = [
        (*key, outcome.set, metric, found.value, *found.interval, len(outcome.codes), found.method)
        for key, metrics in estimates.items()
        for metric, found in metrics.items()
    ]
    columns = ["model", "features", "set", "metric", "estimate", "ci_low", "ci_high", "n", "interval"]
    return pd.DataFrame(rows, columns=columns)


def fold_table(figures: Mapping[Key, Mapping[str, Array]], splits: Sequence[Split]) -> pd.DataFrame:
    """Return every metric of every split."""
    rows = [
        (*key, split.repeat + 1, split.fold + 1, metric, value)
        for key, metrics in figures.items()
        for metric, values in metrics.items()
        for split, value in zip(splits, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["model", "features", "repeat", "fold", "metric", "value"])


def prediction_table(outcome: Outcome, folds: AnyArray | None) -> pd.DataFrame:
    """Return every prediction for every sample, with the probability of each class.

    Args:
        outcome: The predictions.
        folds: Fold in which each sample was held out, from 1, shape (repeats, n); None on the independent set,
            whose fold is 0.
    """
    names = np.array(outcome.classes, dtype=object)
    parts = []
    for (model, features), repeat, probabilities in outcome.each():
        columns = {
            "sample": outcome.samples,
            "set": outcome.set,
            "repeat": repeat,
            "fold": 0 if folds is None else folds[repeat - 1],
            "model": model,
            "features": features,
            "truth": names[outcome.codes],
            "predicted": names[predicted_classes(probabilities)],
        }
        shares = {f"p_{name}": column for name, column in zip(outcome.classes, probabilities.T, strict=True)}
        parts.append(pd.DataFrame(columns | shares))
    return pd.concat(parts, ignore_index=True)


def confusion_table(outcome: Outcome) -> pd.DataFrame:
    """Return counts by true and predicted class, summed over the repeats."""
    k = len(outcome.classes)
    rows = []
    for (model, features), repeats in outcome.probabilities.items():
        counts = sum(confusion(outcome.codes, predicted_classes(part), k) for part in repeats)
        rows += [
            (model, features, outcome.set, outcome.classes[i], outcome.classes[j], int(count))
            for (i, j), count in np.ndenumerate(counts)
        ]
    return pd.DataFrame(rows, columns=["model", "features", "set", "truth", "predicted", "n"])


def error_table(outcome: Outcome) -> pd.DataFrame:
    """Return samples that at least one model misses (in more than half of the repeats), and which models miss them."""
    missed: dict[int, list[str]] = {}
    for (model, features), repeats in outcome.probabilities.items():
        if (model, features) != FLOOR:
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


def missed_by(outcome: Outcome, key: Key) -> int:
    """Return the number of samples of an independent set that one model misclassifies."""
    return int((predicted_classes(outcome.probabilities[key][0]) != outcome.codes).sum())


def tuning_table(tuned: Mapping[Key, Sequence[Choice]], final: Mapping[Key, Choice]) -> pd.DataFrame:
    """Return what tuning chose for each model, in how many training parts, and for the final model."""
    rows = []
    for (model, features), choices in tuned.items():
        for choice, times in Counter([*choices, final[model, features]]).most_common():
            changes = dict(choice.changes)
            rows.append(
                {
                    "model": model,
                    "features": features,
                    "genes": float(choice.genes) if features == "selected" else np.nan,
                    "penalty_c": changes.get("penalty_c", np.nan),
                    "weight_decay": changes.get("weight_decay", np.nan),
                    "times": times - int(choice == final[model, features]),
                    "final": choice == final[model, features],
                }
            )
    kinds = {"model": "str", "features": "str", "genes": "float64", "penalty_c": "float64", "weight_decay": "float64"}
    kinds |= {"times": "int64", "final": "bool"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)
