"""Differences between models: over the folds, and on the independent set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.models.metrics import Outcome
from genereport.analyses.models.result import Differences
from genereport.learn.metrics import PRIMARY, predicted_classes
from genereport.stats.intervals import corrected_resampled_t
from genereport.stats.multiplicity import holm
from genereport.stats.paired import delong_test, mcnemar_exact
from genereport.types import Array, Key

Figures = Mapping[Key, Mapping[str, Array]]

_EFFECT = ["metric", "difference", "ci_low", "ci_high", "t", "df", "p"]
_COLUMNS = [
    *("model_1", "features_1", "model_2", "features_2", "difference", "ci_low", "ci_high", "p", "P.Holm.models"),
    *("only_1", "only_2", "P.McNemar", "P.McNemar.Holm"),
    *("AUC.difference", "AUC.L", "AUC.R", "P.DeLong", "P.DeLong.Holm"),
]
_ADJUSTED = {"p": "P.Holm.models", "P.McNemar": "P.McNemar.Holm", "P.DeLong": "P.DeLong.Holm"}


def selection_effect_table(figures: Figures, test_share: float, confidence: float) -> pd.DataFrame:
    """Return the effect of selection: the primary metric on selected minus all genes, over the same splits."""
    rows = {}
    for model, features in figures:
        if features == "selected" and (model, "all") in figures:
            difference = figures[model, "selected"][PRIMARY] - figures[model, "all"][PRIMARY]
            rows[model] = (PRIMARY, *corrected_resampled_t(difference, test_share, confidence))
    return pd.DataFrame.from_dict(rows, orient="index", columns=_EFFECT).rename_axis(index="model")


def pair_table(
    eligible: Sequence[Key], figures: Figures, test_share: float, test: Outcome | None, confidence: float
) -> pd.DataFrame:
    """Return all pairs of the models that can be named, with Holm's correction over the pairs."""
    rows: list[dict[str, Any]] = []
    for first, second in combinations(eligible, 2):
        found = corrected_resampled_t(figures[first][PRIMARY] - figures[second][PRIMARY], test_share, confidence)
        names: dict[str, Any] = dict(
            zip(("model_1", "features_1", "model_2", "features_2"), (*first, *second), strict=True)
        )
        p = 1.0 if np.isnan(found.p) and found.difference == 0 else found.p  # equal in every split
        figure = {"difference": found.difference, "ci_low": found.low, "ci_high": found.high, "p": p}
        rows.append(names | figure | _test_on_independent_set(first, second, test, confidence))
    frame = pd.DataFrame(rows).rename_axis(index="pair")
    for column, adjusted in _ADJUSTED.items():
        frame[adjusted] = _adjust_p_values(frame[column].to_numpy(dtype=float))
    return frame[_COLUMNS]


def differences(pairs: pd.DataFrame, effect: pd.DataFrame, alpha: float) -> Differences:
    """Return how many of the differences between models are detectable at `alpha`."""
    folds, labels, areas = (int((pairs[name] < alpha).sum()) for name in _ADJUSTED.values())
    return Differences(
        alpha=alpha,
        pairs=len(pairs),
        folds=folds,
        labels=labels,
        areas=areas,
        effects=len(effect),
        clear_effects=int((effect["p"] < alpha).sum()),
    )


def _adjust_p_values(p: Array) -> Array:
    """Apply Holm's correction over all pairs; a pair without a p-value counts as well."""
    found: Array = np.where(np.isnan(p), np.nan, holm(np.nan_to_num(p, nan=1.0)))
    return found


def _test_on_independent_set(first: Key, second: Key, test: Outcome | None, confidence: float) -> dict[str, Any]:
    """Return exact McNemar's test of the labels, and with two classes DeLong's test of the areas."""
    names = ("only_1", "only_2", "P.McNemar", "AUC.difference", "AUC.L", "AUC.R", "P.DeLong")
    found: dict[str, Any] = dict.fromkeys(names, np.nan)
    if test is None:
        return found
    one, other = (test.probabilities[key][0] for key in (first, second))
    right = [predicted_classes(part) == test.codes for part in (one, other)]
    labels = mcnemar_exact(*right)
    found |= {"only_1": labels.first_only, "only_2": labels.second_only, "P.McNemar": labels.p}
    if len(test.classes) == 2:
        areas = delong_test(one[:, 1], other[:, 1], test.codes == 1, confidence)
        found |= {
            "AUC.difference": areas.difference,
            "AUC.L": areas.low,
            "AUC.R": areas.high,
            "P.DeLong": areas.p,
        }
    return found
