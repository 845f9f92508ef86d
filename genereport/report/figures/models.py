"""Figures of the classifiers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from genereport.report.figures.style import FAINT, INK, Drawn, canvas, colour, dash, shortened
from genereport.report.formats import fixed
from genereport.report.names import model_name
from genereport.results import Models

Key = tuple[str, str]
_FEATURES = ("selected", "all", "components")


def keys(table: pd.DataFrame) -> list[Key]:
    """Model and features of a table, in the order of first appearance."""
    return list(dict.fromkeys(zip(table["model"], table["features"], strict=True)))


def comparison(models: Models) -> Drawn:
    """Forest plot of balanced accuracy: filled cross-validated, hollow on the independent set."""
    table = models.metrics[models.metrics["metric"] == "balanced_accuracy"]
    order = keys(table)
    y = {key: len(order) - 1 - row for row, key in enumerate(order)}
    named = (models.named.model, models.named.features)
    with canvas(0.3 * len(order) + 0.8) as (figure, axes):
        floor = table[(table["model"] == "majority_class") & (table["set"] == "cv")]["estimate"]
        axes.axvline(float(floor.iloc[0]), color=INK, linewidth=0.7, linestyle=":")
        for which, shift, face in (("cv", 0.14, colour(0)), ("test", -0.14, "white")):
            part = table[table["set"] == which]
            height = np.array([y[key] for key in keys(part)]) + shift * bool(models.test)
            axes.hlines(height, part["ci_low"], part["ci_high"], color=colour(0), linewidth=1.1)
            text = "cross-validated" if which == "cv" else "independent set"
            if len(part):
                axes.plot(
                    part["estimate"], height, "o", markersize=5, color=colour(0), markerfacecolor=face, label=text
                )
        ticks = [model_name(*key) + (" (named)" if key == named else "") for key in order]
        axes.set_yticks([y[key] for key in order], ticks)
        axes.get_yticklabels()[order.index(named)].set_fontweight("bold")
        axes.grid(axis="x", color=FAINT, linewidth=0.4)
        axes.set(xlabel="balanced accuracy", xlim=(min(0.3, float(table["ci_low"].min()) - 0.02), 1.02))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    best = table[table["set"] == "cv"].set_index(["model", "features"])["estimate"]
    return Drawn(
        figure,
        f"Forest plot of {len(order)} models. Cross-validated balanced accuracy runs from {fixed(best.min())} to "
        f"{fixed(best.max())}; the named model, {model_name(*named)}, has {fixed(best[named])}.",
    )


def confusion(models: Models) -> Drawn:
    """Confusion matrices of the held-out samples, counts summed over the repeats."""
    return _confusion(models, "cv")


def confusion_test(models: Models) -> Drawn:
    """Confusion matrices on the independent set."""
    return _confusion(models, "test")


def _confusion(models: Models, which: str) -> Drawn:
    table = models.confusion[models.confusion["set"] == which]
    order = keys(table)
    rows = -(-len(order) // 4)
    with canvas(1.75 * rows + 0.2, rows, 4, squeeze=False) as (figure, panels):
        for axes, (model, features) in zip(panels.flat, order, strict=False):
            part = table[(table["model"] == model) & (table["features"] == features)]
            counts = part.pivot_table(index="truth", columns="predicted", values="n", aggfunc="sum", sort=False)
            _matrix(axes, counts.reindex(index=models.classes, columns=models.classes))
            axes.set_title(_wrapped(model, features), fontsize=6, loc="center")
        for axes in panels.flat[len(order) :]:
            axes.set_visible(False)
        figure.supylabel("true class", fontsize=8)
        figure.supxlabel("predicted class", fontsize=8)
    wrong = table[table["truth"] != table["predicted"]].groupby(["model", "features"])["n"].sum()
    return Drawn(
        figure,
        f"{len(order)} confusion matrices. Errors: "
        + ", ".join(f"{model_name(*key)} {wrong[key]}" for key in order)
        + ".",
    )


def _matrix(axes: Axes, counts: pd.DataFrame) -> None:
    numbers = counts.to_numpy(dtype=float)
    shares = numbers / np.maximum(numbers.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.25)
    for (row, column), share in np.ndenumerate(shares):
        text = f"{numbers[row, column]:.0f}"
        text += f"\n{100 * share:.0f} %" if len(numbers) == 2 else ""
        axes.text(column, row, text, ha="center", va="center", fontsize=6.5, color="white" if share > 0.6 else INK)
    names = [shortened(str(name), 9) for name in counts.index]
    axes.set_xticks(range(len(names)), names, fontsize=6.5)
    axes.set_yticks(range(len(names)), names, fontsize=6.5)
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
    table = models.roc[(models.roc["set"] == which) & (models.roc["model"] != "majority_class")]
    names = list(dict.fromkeys(table["model"]))
    rows = -(-len(names) // 3)
    areas = models.metrics[(models.metrics["set"] == which) & (models.metrics["metric"] == "roc_auc")]
    area = areas.set_index(["model", "features"])["estimate"]
    with canvas(2.25 * rows + 0.2, rows, 3, squeeze=False, sharex=True, sharey=True) as (figure, panels):
        for axes, model in zip(panels.flat, names, strict=False):
            axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.7)
            for features, fpr, tpr in _curves(table[table["model"] == model]):
                position = _FEATURES.index(features)
                text = f"{features} ({fixed(float(area[model, features]), 2)})"
                axes.plot(fpr, tpr, color=colour(position), linestyle=dash(position), label=text)
            axes.set_title(model_name(model, "").removesuffix(" on "), fontsize=7.5)
            axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
            axes.legend(loc="lower right", title="features (AUC)", title_fontsize=6.5, fontsize=6.5)
        for axes in panels.flat[len(names) :]:
            axes.set_visible(False)
        figure.supxlabel("false-positive rate", fontsize=8)
        figure.supylabel("true-positive rate", fontsize=8)
    return Drawn(
        figure,
        "ROC curves. Areas: "
        + ", ".join(f"{model_name(*key)} {fixed(float(area[key]), 2)}" for key in keys(table))
        + ".",
    )


def _curves(table: pd.DataFrame) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Features and curve; with several classes the mean of the one-vs-rest curves."""
    for features, part in table.groupby("features", sort=False):
        curves = [curve for _, curve in part.groupby("class", sort=False)]
        if len(curves) == 1:
            yield str(features), curves[0]["fpr"].to_numpy(), curves[0]["tpr"].to_numpy()
            continue
        grid = np.linspace(0, 1, 101)
        heights = [np.interp(grid, *_upper(curve)) for curve in curves]
        yield str(features), np.r_[0, grid], np.r_[0, np.mean(heights, axis=0)]


def _upper(curve: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    highest = curve.groupby("fpr")["tpr"].max()
    return highest.index.to_numpy(), highest.to_numpy()


def selection_effect(models: Models) -> Drawn:
    """Difference in balanced accuracy, selected − all genes, with intervals."""
    table = models.selection_effect
    y = np.arange(len(table))[::-1]
    with canvas(0.32 * len(table) + 0.7) as (figure, axes):
        axes.axvline(0, color=INK, linewidth=0.7, linestyle=":")
        axes.hlines(y, table["ci_low"], table["ci_high"], color=colour(0), linewidth=1.1)
        axes.plot(table["difference"], y, "o", markersize=5, color=colour(0))
        axes.set_yticks(y, [model_name(str(model), "").removesuffix(" on ") for model in table.index])
        axes.set(xlabel="balanced accuracy, selected − all genes", ylim=(-0.6, len(table) - 0.4))
    told = ", ".join(
        f"{model_name(str(m), '').removesuffix(' on ')} {fixed(d)}" for m, d in table["difference"].items()
    )
    return Drawn(figure, f"Differences with intervals: {told}.")


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
                axes.set_title(f"{name}: {quantity}", fontsize=8)
            row[0].set_ylim(0, 1.03)
            row[1].set_ylim(bottom=0)
        for axes in panels[-1]:
            axes.set_xlabel("epoch")
        panels[0][0].legend(loc="lower right")
    final = curves[curves["epoch"] == curves["epoch"].max()].set_index("quantity", append=True)["mean"]
    told = "; ".join(
        f"{n}: {fixed(final[n, 'accuracy'], 2)} and {fixed(final[n, 'val_accuracy'], 2)}" for n in features
    )
    return Drawn(figure, f"Learning curves. Training and validation accuracy at the end: {told}.")
