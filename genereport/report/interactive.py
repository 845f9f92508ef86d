"""What the scripts of the page draw and list: data only, each gene once for all figures and tables.

A `Live` names the way it is drawn (see ``templates/report.js``) and holds what that way needs. Numbers of genes are
not in it: figures and tables name columns of the one table of `gene_data`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from genereport.analyses.components.result import Components
from genereport.analyses.differential.result import Differential
from genereport.analyses.models.figures import FLOOR, curve_lines, recall_lines
from genereport.analyses.models.result import Models
from genereport.analysis import Analysis
from genereport.formats import percent
from genereport.names import UNIT_NAMES, model_name
from genereport.plotting.style import DOWN, UP, colour
from genereport.report.document import GeneData, Live

MOST_GENES = 20_000
"""More would make the page larger than a mail takes; the genes with the smallest p-values are kept."""

_DIGITS = 9
_COLUMNS = (
    "logFC", "CI.L", "CI.R", "AveExpr", "t", "F", "df", "df1", "df2", "P.Value", "P.Bonferroni", "adj.P.Val",
)  # fmt: skip
_SYMBOLS = ("circle", "diamond", "square", "cross", "x")
_FLAT_SYMBOLS = ("circle", "triangle-up", "square", "diamond", "triangle-down", "cross", "x", "star")


def gene_data(analysis: Analysis) -> GeneData | None:
    """The comparison gene by gene, sorted by p-value, as far as figures and tables of the page show it."""
    result = analysis.differential
    if not isinstance(result, Differential):
        return None
    table = result.table.head(MOST_GENES)
    columns: dict[str, list[Any]] = {
        "gene": [str(gene) for gene in table.index],
        "symbol": [str(symbol) for symbol in table["symbol"]],
    }
    columns |= {name: [_short(value) for value in table[name]] for name in _COLUMNS if name in table}
    return GeneData(len(result.table), columns)


def _short(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def volcano(result: Differential) -> Live:
    """Evidence against the fold change; with several classes, where there is none, against the average expression."""
    if len(result.classes) > 2:
        return _genes(result, "AveExpr", "P.Value", (UNIT_NAMES[result.value_unit].average, "−log10 p"))
    return _genes(result, "logFC", "P.Value", (_change(result), "−log10 p"))


def ma(result: Differential) -> Live:
    """Fold change against average expression."""
    return _genes(result, "AveExpr", "logFC", (UNIT_NAMES[result.value_unit].average, _change(result)))


def _change(result: Differential) -> str:
    reference, target = result.classes
    return f"{UNIT_NAMES[result.value_unit].change}, {target} − {reference}"


def _genes(result: Differential, x: str, y: str, labels: tuple[str, str]) -> Live:
    reference, target = result.classes[0], result.classes[-1]
    both = [
        {"name": f"higher in {target}", "colour": UP, "symbol": "triangle-up"},
        {"name": f"higher in {reference}", "colour": DOWN, "symbol": "triangle-down"},
    ]
    groups = both if len(result.classes) == 2 else [{"name": "significant", "colour": UP, "symbol": "triangle-up"}]
    line = result.alpha / max(result.tested, 1) if y == "P.Value" else None
    return Live("genes", {"x": x, "y": y, "labels": labels, "groups": groups, "alpha": result.alpha, "line": line})


def samples(result: Components, classes: Sequence[str], dimensions: int) -> Live:
    """Samples on the first two or three components, as in the figure that stands still."""
    axes = [f"PC{number}" for number in range(1, dimensions + 1)]
    labels = [f"{name} ({percent(float(result.variance['share'][name]))})" for name in axes]
    return Live("samples", {"labels": labels, "traces": list(_clouds(result, classes, axes))})


def _clouds(result: Components, classes: Sequence[str], axes: list[str]) -> Iterator[dict[str, Any]]:
    shapes = _FLAT_SYMBOLS if len(axes) == 2 else _SYMBOLS
    for position, level in enumerate(classes):
        for which, hollow in (("train", False), ("test", True)):
            part = result.scores[(result.scores["class"] == level) & (result.scores["set"] == which)]
            if len(part):
                yield {
                    "name": level + ", independent" * hollow,
                    "colour": colour(position),
                    "symbol": shapes[position % len(shapes)] + "-open" * hollow,
                    "samples": [str(sample) for sample in part.index],
                    "points": [[_short(value) for value in part[name]] for name in axes],
                }


def roc(models: Models, which: str) -> Live:
    """Curves of all models on one pair of axes."""
    table = models.roc[models.roc["set"] == which]
    metric = _estimates(models, which, "roc_auc")
    lines = [line for line in curve_lines(table) if line[0][0] != FLOOR]
    return _curves(models, lines, metric, ("AUC", "false-positive rate", "true-positive rate"))


def precision_recall(models: Models) -> Live:
    """Curves of all models on one pair of axes."""
    table = models.precision_recall[models.precision_recall["set"] == "cv"]
    metric = _estimates(models, "cv", "average_precision")
    lines = [line for line in recall_lines(table) if line[0][0] != FLOOR]
    return _curves(models, lines, metric, ("AP", "recall", "precision"))


def _estimates(models: Models, which: str, metric: str) -> pd.Series[float]:
    table = models.metrics[(models.metrics["set"] == which) & (models.metrics["metric"] == metric)]
    return table.set_index(["model", "features"])["estimate"]


def _curves(models: Models, lines: Sequence[Any], metric: pd.Series[float], labels: tuple[str, str, str]) -> Live:
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
            "points": [[_short(value) for value in side] for side in (x, y)],
        }
        for position, (key, x, y) in enumerate(lines)
    ]
    return Live("curves", {"labels": axes, "diagonal": short == "AUC", "traces": traces})
