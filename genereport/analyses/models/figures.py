"""Figures of the classifiers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genereport.analyses.models.result import Models
from genereport.formats import fixed, interval
from genereport.names import FEATURE_NAMES, bare_name, model_name
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, INK, canvas, colour, dash, fitting, shortened

Key = tuple[str, str]
PRIMARY, FLOOR = "balanced_accuracy", "majority_class"

_FEATURES = ("selected", "all", "components")
_ACROSS = 4
_SIDES = (("cv", 0.14, colour(0), "cross-validated"), ("test", -0.14, "white", "independent set"))
_MARKS = {"†": "† interval not estimable", "*": "* pooled interval"}


def keys(table: pd.DataFrame) -> list[Key]:
    """Model and features of a table, in the order of first appearance."""
    return list(dict.fromkeys(zip(table["model"], table["features"], strict=True)))


def _floor_last(order: list[Key]) -> list[Key]:
    return sorted(order, key=lambda key: key[0] == FLOOR)


def comparison(models: Models) -> Drawn:
    """Forest plot of balanced accuracy: filled cross-validated, hollow on the independent set."""
    table = models.metrics[models.metrics["metric"] == PRIMARY]
    order = _floor_last(keys(table))
    y = {key: len(order) - 1 - row for row, key in enumerate(order)}
    named = (models.named.model, models.named.features)
    with canvas(0.3 * len(order) + 0.8) as (figure, axes):
        for which, shift, face, text in _SIDES:
            part = table[table["set"] == which]
            height = np.array([y[key] for key in keys(part)]) + shift * bool(models.test)
            if len(part):
                _intervals(axes, part, part["estimate"], height)
                axes.plot(
                    part["estimate"], height, "o", markersize=5, color=colour(0), markerfacecolor=face, label=text
                )
        floor = table[(table["model"] == FLOOR) & (table["set"] == "cv")]["estimate"]
        for value in floor:
            axes.axvline(value, color=INK, linewidth=0.7, linestyle=":", zorder=0, label="majority class")
        ticks = [model_name(*key) + (" (named)" if key == named else "") for key in order]
        axes.set_yticks([y[key] for key in order], ticks)
        axes.get_yticklabels()[order.index(named)].set_fontweight("bold")
        axes.grid(axis="x", color=FAINT, linewidth=0.4)
        lowest = table[["estimate", "ci_low"]].to_numpy(dtype=float)
        axes.set(xlabel=f"balanced accuracy{_notes(table)}", xlim=(min(0.3, float(np.nanmin(lowest)) - 0.02), 1.03))
        figure.legend(loc="outside upper right", ncols=3)
    return Drawn(figure, _comparison_alt(table, named))


def _intervals(axes: Axes, table: pd.DataFrame, estimates: pd.Series, height: npt.NDArray[Any]) -> None:
    """Bars of the intervals; a mark beside the points that have none, and one beside those whose is pooled."""
    axes.hlines(height, table["ci_low"], table["ci_high"], color=colour(0), linewidth=1.1)
    for value, at, mark in zip(estimates, height, _marks(table), strict=True):
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


def _marks(table: pd.DataFrame) -> list[str]:
    how = table["interval"] if "interval" in table else pd.Series("", index=table.index)
    return [
        "†" if missing else "*" if "; " in text else ""
        for missing, text in zip(table["ci_low"].isna(), how, strict=True)
    ]


def _notes(table: pd.DataFrame) -> str:
    marks = _marks(table)
    told = [text for mark, text in _MARKS.items() if mark in marks]
    return f"\n({'; '.join(told)})" if told else ""


def _comparison_alt(table: pd.DataFrame, named: Key) -> str:
    cv = table[table["set"] == "cv"].set_index(["model", "features"])
    low, high = (float(cv[side][named]) for side in ("ci_low", "ci_high"))
    best = cv["estimate"]
    told = (
        f"Forest plot of {len(best)} models, the majority class among them. Cross-validated balanced accuracy runs from {fixed(best.min())} to "
        f"{fixed(best.max())}; the named model, {model_name(*named)}, has {fixed(best[named])} ({interval(low, high)})"
    )
    test = table[table["set"] == "test"].set_index(["model", "features"])["estimate"]
    told += f" and {fixed(test[named])} on the independent set." if named in test.index else "."
    missing = [model_name(*key) for key in keys(table[table["ci_low"].isna()])]
    return f"{told} Not estimable: an interval of {'; '.join(missing)}." if missing else told


def confusion(models: Models) -> Drawn:
    """Confusion matrices of the held-out samples, counts summed over the repeats."""
    return _confusion(models, "cv")


def confusion_test(models: Models) -> Drawn:
    """Confusion matrices on the independent set."""
    return _confusion(models, "test")


def _confusion(models: Models, which: str) -> Drawn:
    table = models.confusion[(models.confusion["set"] == which) & (models.confusion["model"] != FLOOR)]
    order = keys(table)
    rows = -(-len(order) // _ACROSS)
    room = 100 / len(models.classes)  # points a cell
    ticks, turn = fitting(models.classes, 6.5, room)
    with canvas(1.6 * rows + (0.4 if turn == 0 else 0.8), rows, _ACROSS, squeeze=False) as (figure, panels):
        for number, (axes, (model, features)) in enumerate(zip(panels.flat, order, strict=False)):
            part = table[(table["model"] == model) & (table["features"] == features)]
            counts = part.pivot_table(index="truth", columns="predicted", values="n", aggfunc="sum", sort=False)
            counts = counts.reindex(index=models.classes, columns=models.classes).fillna(0)
            _matrix(axes, counts.to_numpy(dtype=float), room)
            axes.set_title(_wrapped(model, features), fontsize=6, loc="center")
            if number % _ACROSS == 0:
                axes.set_yticks(range(len(ticks)), [shortened(name, 14) for name in models.classes], fontsize=6.5)
            if number // _ACROSS == rows - 1:
                axes.set_xticks(range(len(ticks)), ticks, rotation=turn, fontsize=6.5)
        for axes in panels.flat[len(order) :]:
            axes.set_visible(False)
        figure.supylabel("true class", fontsize=8)
        figure.supxlabel("predicted class", fontsize=8)
    wrong = table[table["truth"] != table["predicted"]].groupby(["model", "features"])["n"].sum()
    total = table.groupby(["model", "features"])["n"].sum()
    told = "; ".join(f"{model_name(*key)} {wrong[key]} of {total[key]}" for key in order)
    return Drawn(figure, f"{len(order)} confusion matrices. Errors: {told}.")


def _matrix(axes: Axes, numbers: npt.NDArray[np.float64], room: float) -> None:
    """Counts, and shares of the true class where a cell of `room` points holds both; shading by share."""
    shares = numbers / np.maximum(numbers.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.25)
    digits = len(f"{numbers.max():.0f}")
    size = min(6.5, room / (0.68 * max(digits, 3)))
    for (row, column), share in np.ndenumerate(shares):
        text = f"{numbers[row, column]:.0f}"
        text += f"\n{100 * share:.0f} %" if room >= 20 else ""
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color="white" if share > 0.6 else INK)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _wrapped(model: str, features: str) -> str:
    return model_name(model, features).replace(" on ", "\non ")


def roc(models: Models) -> Drawn:
    """ROC curves of the held-out samples, one panel a model, one line a set of features."""
    return _roc(models, "cv")


def roc_test(models: Models) -> Drawn:
    """ROC curves on the independent set."""
    return _roc(models, "test")


def _roc(models: Models, which: str) -> Drawn:
    table = models.roc[models.roc["set"] == which]
    mean = ", mean of one class against the rest" if len(models.classes) > 2 else ""
    labels = ("false-positive rate", f"true-positive rate{mean}")
    drawn, told = _panels(models, which, "roc_auc", list(curve_lines(table)), labels, ("AUC", "lower right"))
    return Drawn(drawn, f"ROC curves of the models{mean}. Areas: {told}.")


def precision_recall(models: Models) -> Drawn:
    """Precision–recall curves of the held-out samples, one panel a model, one line a set of features."""
    table = models.precision_recall[models.precision_recall["set"] == "cv"]
    mean = ", mean of one class against the rest" if len(models.classes) > 2 else ""
    labels, legend = ("recall", f"precision{mean}"), ("AP", "lower left")
    drawn, told = _panels(models, "cv", "average_precision", list(recall_lines(table)), labels, legend)
    return Drawn(drawn, f"Precision–recall curves of the models{mean}. Average precision: {told}.")


_Line = tuple[Key, np.ndarray, np.ndarray]


def _panels(
    models: Models, which: str, metric: str, lines: list[_Line], labels: tuple[str, str], legend: tuple[str, str]
) -> tuple[Figure, str]:
    """One panel a kind of model with a line for each set of features, and the figures behind them in words."""
    lines = [line for line in lines if line[0][0] != FLOOR]
    names = list(dict.fromkeys(bare_name(key[0]) for key, _, _ in lines))
    rows = -(-len(names) // 3)
    figures = models.metrics[(models.metrics["set"] == which) & (models.metrics["metric"] == metric)]
    figure_of = figures.set_index(["model", "features"])["estimate"]
    with canvas(2.25 * rows + 0.2, rows, 3, squeeze=False, sharex=True, sharey=True) as (figure, panels):
        for number, (axes, name) in enumerate(zip(panels.flat, names, strict=False)):
            if metric == "roc_auc":
                axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.7)
            for (model, features), x, y in lines:
                if bare_name(model) == name:
                    position = _FEATURES.index(features)
                    text = f"{features} ({fixed(float(figure_of[model, features]), 2)})"
                    axes.plot(x, y, color=colour(position), linestyle=dash(position), label=text)
            axes.set_title(name, fontsize=7.5)
            axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
            axes.tick_params(labelbottom=number + 3 >= len(names))
            axes.legend(loc=legend[1], title=f"features ({legend[0]})", title_fontsize=6.5, fontsize=6.5)
        for axes in panels.flat[len(names) :]:
            axes.set_visible(False)
        figure.supxlabel(labels[0], fontsize=8)
        figure.supylabel(labels[1], fontsize=8)
    return figure, "; ".join(f"{model_name(*key)} {fixed(float(figure_of[key]), 2)}" for key, _, _ in lines)


def recall_lines(table: pd.DataFrame) -> Iterator[_Line]:
    """Model and features, and their precision–recall curve; with several classes the mean of the one-vs-rest curves."""
    grid = np.linspace(0, 1, 101)[1:]
    for (model, features), part in table.groupby(["model", "features"], sort=False):
        curves = [curve for _, curve in part.groupby("class", sort=False)]
        heights = [
            curve["precision"].to_numpy()[np.searchsorted(curve["recall"].to_numpy(), grid - 1e-9)] for curve in curves
        ]
        yield (str(model), str(features)), grid, np.mean(heights, axis=0)


def calibration(models: Models) -> Drawn:
    """Observed share against predicted probability on selected genes and components, with intervals."""
    table = models.calibration[(models.calibration["set"] == "cv") & (models.calibration["model"] != FLOOR)]
    eligible = table[table["features"] != "all"]
    order = keys(eligible)
    rows = -(-len(order) // 4)
    with canvas(1.75 * rows + 0.3, rows, 4, squeeze=False, sharex=True, sharey=True) as (figure, panels):
        for axes, (model, features) in zip(panels.flat, order, strict=False):
            part = eligible[(eligible["model"] == model) & (eligible["features"] == features)]
            axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.7)
            for position, (_, bins) in enumerate(part.groupby("class", sort=False)):
                paint = colour(position)
                axes.vlines(bins["predicted"], bins["ci_low"], bins["ci_high"], color=paint, linewidth=0.8)
                axes.plot(bins["predicted"], bins["observed"], "o", markersize=3.5, color=paint)
            axes.set_title(_wrapped(model, features), fontsize=6.5, loc="center")
            axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04), aspect="equal")
        for axes in panels.flat[len(order) :]:
            axes.set_visible(False)
        figure.supxlabel("predicted probability", fontsize=8)
        figure.supylabel("observed share", fontsize=8)
    scores = models.metrics[(models.metrics["set"] == "cv") & (models.metrics["metric"] == "brier")]
    brier = scores.set_index(["model", "features"])["estimate"]
    told = "; ".join(f"{model_name(*key)} {fixed(float(brier[key]), 3)}" for key in order)
    return Drawn(figure, f"Calibration of {len(order)} models, bins with intervals. Brier scores: {told}.")


def curve_lines(table: pd.DataFrame) -> Iterator[_Line]:
    """Model and features, and their curve; with several classes the mean of the one-vs-rest curves."""
    for (model, features), part in table.groupby(["model", "features"], sort=False):
        key = str(model), str(features)
        curves = [curve for _, curve in part.groupby("class", sort=False)]
        if len(curves) == 1:
            yield key, curves[0]["fpr"].to_numpy(), curves[0]["tpr"].to_numpy()
            continue
        grid = np.linspace(0, 1, 101)
        heights = [np.interp(grid, *_upper(curve)) for curve in curves]
        yield key, np.r_[0, grid], np.r_[0, np.mean(heights, axis=0)]


def _upper(curve: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    highest = curve.groupby("fpr")["tpr"].max()
    return highest.index.to_numpy(), highest.to_numpy()


def selection_effect(models: Models) -> Drawn:
    """Difference in balanced accuracy, selected − all genes, with intervals."""
    table = models.selection_effect
    y = np.arange(len(table))[::-1]
    with canvas(0.32 * len(table) + 0.7) as (figure, axes):
        axes.axvline(0, color=INK, linewidth=0.7, linestyle=":")
        _intervals(axes, table, table["difference"], y)
        axes.plot(table["difference"], y, "o", markersize=5, color=colour(0))
        axes.set_yticks(y, [bare_name(str(model)) for model in table.index])
        axes.set(xlabel=f"balanced accuracy, selected − all genes{_notes(table)}", ylim=(-0.6, len(table) - 0.4))
    told = "; ".join(
        f"{bare_name(str(model))} {fixed(row['difference'])} ({interval(row['ci_low'], row['ci_high'])})"
        for model, row in table.iterrows()
    )
    return Drawn(figure, f"{len(table)} differences with intervals, selected − all genes: {told}.")


def learning_curves(models: Models) -> Drawn:
    """Training and validation accuracy and loss over the epochs, mean and 5 % to 95 % range over the networks."""
    curves = models.curves
    features = list(dict.fromkeys(curves.index))
    with canvas(2.1 * len(features), len(features), 2, squeeze=False, sharex=True) as (figure, panels):
        for row, name in zip(panels, features, strict=True):
            for axes, quantity in zip(row, ("accuracy", "loss"), strict=True):
                for position, prefix in enumerate(("", "val_")):
                    part = curves[(curves.index == name) & (curves["quantity"] == prefix + quantity)]
                    text = "validation" if prefix else "training"
                    axes.fill_between(
                        part["epoch"], part["low"], part["high"], color=colour(position), alpha=0.18, linewidth=0
                    )
                    axes.plot(part["epoch"], part["mean"], color=colour(position), linestyle=dash(position), label=text)
                axes.set_title(f"{FEATURE_NAMES.get(name, name)}: {quantity}".capitalize(), fontsize=8)
            row[0].set_ylim(0, 1.03)
            row[1].set_ylim(bottom=0)
        for axes in panels[-1]:
            axes.set_xlabel("epoch")
        panels[0][0].legend(loc="lower right")
    final = curves[curves["epoch"] == curves["epoch"].max()].set_index("quantity", append=True)["mean"]
    told = "; ".join(
        f"{FEATURE_NAMES.get(n, n)} {fixed(final[n, 'accuracy'], 2)} and {fixed(final[n, 'val_accuracy'], 2)}"
        for n in features
    )
    return Drawn(figure, f"Learning curves. Training and validation accuracy at the end: {told}.")
