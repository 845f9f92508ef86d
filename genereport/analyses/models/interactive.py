"""Interactive figures of the models, drawn by the scripts of the page."""

from __future__ import annotations

from collections.abc import Sequence

from genereport.analyses.models.lines import Line, area_below, precision_recall_lines, roc_lines
from genereport.analyses.models.result import Models
from genereport.formats import fixed
from genereport.names import model_name
from genereport.plotting.interactive import Interactive, short_number
from genereport.plotting.style import colour

_RATES = ("false-positive rate", "true-positive rate")


def roc(models: Models) -> Interactive:
    """Return cross-validated ROC curves of all models on one pair of axes."""
    return _curves(models, roc_lines(models, "cv"), "AUC", _RATES)


def roc_test(models: Models) -> Interactive:
    """Return ROC curves of all models on the independent set, on one pair of axes."""
    return _curves(models, roc_lines(models, "test"), "AUC", _RATES)


def precision_recall(models: Models) -> Interactive:
    """Return cross-validated precision–recall curves of all models on one pair of axes."""
    return _curves(models, precision_recall_lines(models), "AP", ("recall", "precision"))


def _curves(models: Models, lines: Sequence[Line], short: str, axes: tuple[str, str]) -> Interactive:
    """Return the curves of the models, each named with the area below it.

    Those on all genes are hidden at first, except that of the named model.
    """
    named = models.named.model, models.named.features
    traces = [
        {
            "name": f"{model_name(*key)} ({short} {fixed(area_below(x, y))})",
            "colour": colour(position),
            "dash": "dash" if key[1] == "all" else "solid",
            "bold": key == named,
            "shown": key[1] != "all" or key == named,
            "points": [[short_number(value) for value in side] for side in (x, y)],
        }
        for position, (key, x, y) in enumerate(lines)
    ]
    return Interactive("curves", {"labels": axes, "diagonal": short == "AUC", "traces": traces})
