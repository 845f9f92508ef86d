"""Figures of the classifiers."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genereport.analyses.columns import rows_with
from genereport.analyses.models.lines import Line, area_below, precision_recall_lines, roc_lines
from genereport.analyses.models.result import Models, is_pooled
from genereport.formats import two
from genereport.names import FEATURE_NAMES, bare_name, model_name, short_model_name
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, HALF, INK, ON_LIGHT, canvas, colour, dash, fitting, shortened
from genereport.types import AnyArray, Array, Key

PRIMARY, FLOOR = "balanced_accuracy", "majority_class"

_FEATURES = ("selected", "all", "components")
_ACROSS, _CURVES_ACROSS = 4, 6
_SIDES = (("cv", 0.14, colour(0), "cross-validated"), ("test", -0.14, "white", "independent set"))
_MARKS = {"†": "† interval not estimable", "*": "* pooled interval"}


def keys(table: pd.DataFrame) -> list[Key]:
    """Return model and features of a table, in the order of first appearance."""
    return list(dict.fromkeys(zip(table["model"], table["features"], strict=True)))


def draw_comparison(models: Models) -> Drawn:
    """Draw a forest plot of balanced accuracy: filled cross-validated, hollow on the independent set."""
    table = models.metrics[models.metrics["metric"] == PRIMARY]
    order = sorted(keys(table), key=lambda key: key[0] == FLOOR)
    y = {key: len(order) - 1 - row for row, key in enumerate(order)}
    named = (models.named.model, models.named.features)
    notes = _notes(table)
    with canvas(0.16 * len(order) + 0.65 + 0.13 * notes.count("\n"), width=HALF) as (figure, axes):
        for which, shift, face, text in _SIDES:
            part = table[table["set"] == which]
            height = np.array([y[key] for key in keys(part)]) + shift * bool(models.test)
            if len(part):
                _draw_intervals(axes, part, part["estimate"], height)
                axes.plot(
                    part["estimate"], height, "o", markersize=4, color=colour(0), markerfacecolor=face, label=text
                )
        floor = table[(table["model"] == FLOOR) & (table["set"] == "cv")]["estimate"]
        for value in floor:
            axes.axvline(value, color=INK, linewidth=0.7, linestyle=":", zorder=0, label="majority class")
        ticks = [short_model_name(*key) for key in order]
        axes.set_yticks([y[key] for key in order], ticks, fontsize=6.5)
        axes.get_yticklabels()[order.index(named)].set_fontweight("bold")
        axes.grid(axis="x", color=FAINT, linewidth=0.4)
        lowest = table[["estimate", "ci_low"]].to_numpy(dtype=float)
        axes.set(xlabel=f"balanced accuracy{notes}", xlim=(min(0.3, float(np.nanmin(lowest)) - 0.02), 1.03))
        dots = [line for line in axes.lines if line.get_label() in {text for *_, text in _SIDES}]
        figure.legend(handles=dots, loc="outside upper right", ncols=2, columnspacing=1, handletextpad=0.4)
    return Drawn(figure)


def _draw_intervals(axes: Axes, table: pd.DataFrame, estimates: pd.Series, height: AnyArray) -> None:
    """Draw the intervals, with a mark beside points that have none, and one beside those whose interval is pooled."""
    axes.hlines(height, table["ci_low"], table["ci_high"], color=colour(0), linewidth=1.1)
    for value, at, mark in zip(estimates, height, _interval_marks(table), strict=True):
        if mark:
            axes.annotate(
                mark,
                (value, at),
                (0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=7,
                annotation_clip=False,
            )


def _interval_marks(table: pd.DataFrame) -> list[str]:
    how = table["interval"] if "interval" in table else pd.Series("", index=table.index)
    return [
        "†" if missing else "*" if is_pooled(text) else ""
        for missing, text in zip(table["ci_low"].isna(), how, strict=True)
    ]


def _notes(table: pd.DataFrame) -> str:
    marks = _interval_marks(table)
    told = [text for mark, text in _MARKS.items() if mark in marks]
    return "".join(f"\n{text}" for text in told)


def describe_comparison(models: Models) -> dict[str, Any]:
    """Return the number of models, their lowest and highest cross-validated estimate, and those without an interval."""
    table = models.metrics[models.metrics["metric"] == PRIMARY]
    estimate = estimates(models, "cv", PRIMARY)
    return {
        "models": len(estimate),
        "lowest": float(estimate.min()),
        "highest": float(estimate.max()),
        "without": [model_name(*key) for key in keys(table[table["ci_low"].isna()])],
    }


def draw_confusion(models: Models) -> Drawn:
    """Draw confusion matrices of the held-out samples, counts summed over the repeats."""
    return _draw_confusion(models, "cv")


def draw_confusion_test(models: Models) -> Drawn:
    """Draw confusion matrices on the independent set."""
    return _draw_confusion(models, "test")


def _draw_confusion(models: Models, which: str) -> Drawn:
    table = _matrices(models, which)
    order = keys(table)
    rows = -(-len(order) // _ACROSS)
    room = 100 / len(models.classes)  # points per cell
    ticks, turn = fitting(models.classes, 6.5, room)
    with canvas(1.6 * rows + (0.4 if turn == 0 else 0.8), rows, _ACROSS, squeeze=False) as (figure, panels):
        for number, (axes, (model, features)) in enumerate(zip(panels.flat, order, strict=False)):
            part = rows_with(table, model=model, features=features)
            counts = part.pivot_table(index="truth", columns="predicted", values="n", aggfunc="sum", sort=False)
            counts = counts.reindex(index=models.classes, columns=models.classes).fillna(0)
            _draw_matrix(axes, counts.to_numpy(dtype=float), room)
            axes.set_title(wrapped_name(model, features), fontsize=6, loc="center")
            if number % _ACROSS == 0:
                axes.set_yticks(range(len(ticks)), [shortened(name, 14) for name in models.classes], fontsize=6.5)
            if number // _ACROSS == rows - 1:
                axes.set_xticks(range(len(ticks)), ticks, rotation=turn, fontsize=6.5)
        for axes in panels.flat[len(order) :]:
            axes.set_visible(False)
        figure.supylabel("true class", fontsize=8)
        figure.supxlabel("predicted class", fontsize=8)
    return Drawn(figure)


def describe_confusion(models: Models) -> dict[str, Any]:
    """Return the held-out samples that each model misclassifies, counts summed over the repeats."""
    return {"errors": _errors(models, "cv")}


def describe_confusion_test(models: Models) -> dict[str, Any]:
    """Return the independent samples that each model misclassifies."""
    return {"errors": _errors(models, "test")}


def _errors(models: Models, which: str) -> list[dict[str, Any]]:
    table = _matrices(models, which)
    total = table.groupby(["model", "features"])["n"].sum()
    wrong = table[table["truth"] != table["predicted"]].groupby(["model", "features"])["n"].sum()
    return [{"name": model_name(*key), "wrong": int(wrong[key]), "total": int(total[key])} for key in keys(table)]


def _matrices(models: Models, which: str) -> pd.DataFrame:
    return models.confusion[(models.confusion["set"] == which) & (models.confusion["model"] != FLOOR)]


def _draw_matrix(axes: Axes, numbers: Array, room: float) -> None:
    """Draw counts, and shares of the true class if a cell of `room` points holds both; shading by share."""
    shares = numbers / np.maximum(numbers.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.25)
    digits = len(f"{numbers.max():.0f}")
    size = min(6.5, room / (0.68 * max(digits, 3)))
    for (row, column), share in np.ndenumerate(shares):
        text = f"{numbers[row, column]:.0f}"
        text += f"\n{100 * share:.0f} %" if room >= 20 else ""
        axes.text(
            column, row, text, ha="center", va="center", fontsize=size, color="white" if share > 0.6 else ON_LIGHT
        )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def wrapped_name(model: str, features: str) -> str:
    """Return the name of a model in two lines, the second its features."""
    return model_name(model, features).replace(" on ", "\non ")


def draw_roc(models: Models) -> Drawn:
    """Draw ROC curves of the held-out samples, one panel per model, one line per set of features."""
    return _draw_roc(models, "cv")


def draw_roc_test(models: Models) -> Drawn:
    """Draw ROC curves on the independent set."""
    return _draw_roc(models, "test")


def _draw_roc(models: Models, which: str) -> Drawn:
    labels = ("false-positive rate", f"true-positive rate{_mean_of(models)}")
    return Drawn(_draw_panels(roc_lines(models, which), labels, "AUC"))


def draw_precision_recall(models: Models) -> Drawn:
    """Draw precision–recall curves of the held-out samples, one panel per model, one line per set of features."""
    return Drawn(_draw_panels(precision_recall_lines(models), ("recall", f"precision{_mean_of(models)}"), "AP"))


def _mean_of(models: Models) -> str:
    return ",\nmean of one class against the rest" if len(models.classes) > 2 else ""


def describe_roc(models: Models) -> dict[str, Any]:
    """Return the area below each curve that is drawn for the held-out samples."""
    return {"areas": _areas(roc_lines(models, "cv"))}


def describe_roc_test(models: Models) -> dict[str, Any]:
    """Return the area below each curve that is drawn for the independent set."""
    return {"areas": _areas(roc_lines(models, "test"))}


def describe_precision_recall(models: Models) -> dict[str, Any]:
    """Return the area below each curve that is drawn."""
    return {"areas": _areas(precision_recall_lines(models))}


def _areas(lines: list[Line]) -> list[dict[str, Any]]:
    """Return the name of each model and the area below its curve."""
    return [{"name": model_name(*key), "area": area_below(x, y)} for key, x, y in lines]


def estimates(models: Models, which: str, metric: str) -> pd.Series[float]:
    """Return the estimates of a metric in one set, by model and features."""
    table = models.metrics[(models.metrics["set"] == which) & (models.metrics["metric"] == metric)]
    return table.set_index(["model", "features"])["estimate"]


def _draw_panels(lines: list[Line], labels: tuple[str, str], short: str) -> Figure:
    """Draw one panel per kind of model, with a line for each set of features, and the areas below the lines."""
    names = list(dict.fromkeys(bare_name(key[0]) for key, _, _ in lines))
    rows = -(-len(names) // _CURVES_ACROSS)
    handles = {}
    with canvas(1.85 * rows + 0.15, rows, _CURVES_ACROSS, squeeze=False, sharex=True, sharey=True) as (figure, panels):
        for axes, name in zip(panels.flat, names, strict=False):
            if short == "AUC":
                axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.7)
            told = []
            for (model, features), x, y in lines:
                if bare_name(model) == name:
                    place = _FEATURES.index(features)
                    (handles[features],) = axes.plot(
                        x, y, color=colour(place), linestyle=dash(place), label=FEATURE_NAMES[features]
                    )
                    told.append(f"{features} {two(area_below(x, y))}")
            axes.set_title(fill(name, 16), fontsize=6.5)
            axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1], aspect="equal")
            axes.tick_params(labelsize=6.5, labelbottom=True)
            axes.set_xlabel("\n".join([f"{short}:", *told]), fontsize=6.5)
        for axes in panels.flat[len(names) :]:
            axes.set_visible(False)
        figure.legend(handles=handles.values(), loc="outside upper right", ncols=3)
        figure.supxlabel(labels[0], fontsize=8)
        figure.supylabel(labels[1], fontsize=8)
    return figure


def draw_selection_effect(models: Models) -> Drawn:
    """Draw the difference in balanced accuracy, selected − all genes, with intervals."""
    table = models.selection_effect
    y = np.arange(len(table))[::-1]
    with canvas(0.32 * len(table) + 0.7) as (figure, axes):
        axes.axvline(0, color=INK, linewidth=0.7, linestyle=":")
        _draw_intervals(axes, table, table["difference"], y)
        axes.plot(table["difference"], y, "o", markersize=5, color=colour(0))
        axes.set_yticks(y, [bare_name(str(model)) for model in table.index])
        axes.set(xlabel=f"balanced accuracy, selected − all genes{_notes(table)}", ylim=(-0.6, len(table) - 0.4))
    return Drawn(figure)


def draw_learning_curves(models: Models) -> Drawn:
    """Draw training and validation accuracy and loss by epoch, mean and 5 % to 95 % range over the networks."""
    curves = models.curves
    features = list(dict.fromkeys(curves.index))
    with canvas(1.8, 1, 2 * len(features), squeeze=False, sharex=True) as (figure, panels):
        for row, name in zip(panels.reshape(-1, 2), features, strict=True):
            for axes, quantity in zip(row, ("accuracy", "loss"), strict=True):
                for position, prefix in enumerate(("", "val_")):
                    part = curves[(curves.index == name) & (curves["quantity"] == prefix + quantity)]
                    text = "validation" if prefix else "training"
                    axes.fill_between(
                        part["epoch"], part["low"], part["high"], color=colour(position), alpha=0.18, linewidth=0
                    )
                    axes.plot(part["epoch"], part["mean"], color=colour(position), linestyle=dash(position), label=text)
                axes.set_title(f"{FEATURE_NAMES.get(name, name)}: {quantity}".capitalize(), fontsize=7.5)
            row[0].set_ylim(0, 1.03)
            row[1].set_ylim(bottom=0)
        for axes in panels[0]:
            axes.set_xlabel("epoch")
        panels[0][0].legend(loc="lower right")
    return Drawn(figure)


def describe_learning_curves(models: Models) -> dict[str, Any]:
    """Return the features of each network, and its final training and validation accuracy, mean over the networks."""
    last = models.curves[models.curves["epoch"] == models.last_epoch].set_index("quantity", append=True)["mean"]
    return {
        "ends": [
            {
                "features": FEATURE_NAMES.get(name, name),
                "training": float(last[name, "accuracy"]),
                "validation": float(last[name, "val_accuracy"]),
            }
            for name in dict.fromkeys(models.curves.index)
        ]
    }
