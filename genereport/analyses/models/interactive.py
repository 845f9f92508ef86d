"""What the scripts of the page draw of the models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from genereport.analyses.models.figures import FLOOR, curve_lines, recall_lines
from genereport.analyses.models.result import Models
from genereport.names import model_name
from genereport.plotting.interactive import Interactive, short_number
from genereport.plotting.style import colour


def roc(models: Models, which: str) -> Interactive:
    """Curves of all models on one pair of axes."""
    table = models.roc[models.roc["set"] == which]
    metric = _estimates(models, which, "roc_auc")
    lines = [line for line in curve_lines(table) if line[0][0] != FLOOR]
    return _curves(models, lines, metric, ("AUC", "false-positive rate", "true-positive rate"))


def precision_recall(models: Models) -> Interactive:
    """Curves of all models on one pair of axes."""
    table = models.precision_recall[models.precision_recall["set"] == "cv"]
    metric = _estimates(models, "cv", "average_precision")
    lines = [line for line in recall_lines(table) if line[0][0] != FLOOR]
    return _curves(models, lines, metric, ("AP", "recall", "precision"))


def _estimates(models: Models, which: str, metric: str) -> pd.Series[float]:
    table = models.metrics[(models.metrics["set"] == which) & (models.metrics["metric"] == metric)]
    return table.set_index(["model", "features"])["estimate"]


def _curves(
    models: Models, lines: Sequence[Any], metric: pd.Series[float], labels: tuple[str, str, str]
) -> Interactive:
    """The models on selected genes first; the others can be switched on."""
    short, *axes = labels
    named = models.named.model, models.named.features
    traces = [
        {
            "name": f"{model_name(*key)} ({short} {metric[key]:.3f})",
            "colour": colour(position),
            "dash": "dash" if key[1] == "all" else "solid",
            "bold": key == named,
            "shown": key[1] != "all" or key == named,
            "points": [[short_number(value) for value in side] for side in (x, y)],
        }
        for position, (key, x, y) in enumerate(lines)
    ]
    return Interactive("curves", {"labels": axes, "diagonal": short == "AUC", "traces": traces})
