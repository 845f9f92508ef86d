"""Figures of new samples compared with the training set, and of the predictions of a frozen model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from genereport.analyses.columns import rows_with
from genereport.analyses.models.lines import Line, area_below, curve_lines
from genereport.analyses.new_samples.result import Applied
from genereport.names import model_name
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import CROWD, FAINT, INK, SOFT, canvas, class_handles, colour, marker, shortened
from genereport.types import FLOOR, Array

_NAMED = 60
"""Largest number of samples that are named on an axis."""

_SHIFT = 4
"""Range of the drawn shifts (standard deviations); larger shifts are drawn at the edge."""


def draw_arrays(applied: Applied) -> Drawn:
    """Draw the quantiles of every new array over the range of the training arrays."""
    new, trained = applied.arrays, applied.training
    x = np.arange(len(new))
    with canvas(2.7) as (figure, axes):
        for name, shade in (("q5", 0.55), ("q25", 0.75), ("q50", 1.0), ("q75", 0.75), ("q95", 0.55)):
            axes.axhspan(trained[name].min(), trained[name].max(), color=FAINT, alpha=0.6 * shade, linewidth=0)
        axes.vlines(x, new["q5"], new["q95"], color=colour(0), linewidth=0.7)
        axes.vlines(x, new["q25"], new["q75"], color=colour(0), linewidth=2.2)
        axes.plot(x, new["q50"], "o", markersize=3, color=INK, markerfacecolor="white")
        _name_samples(axes, [str(name) for name in new.index])
        axes.set(xlabel="new sample", ylabel="value after preprocessing", xlim=(-0.8, len(new) - 0.2))
        handles = [
            Line2D([], [], color=colour(0), linewidth=2.2, label="middle half, 5 % to 95 % and median"),
            Line2D([], [], color=FAINT, linewidth=5, label="ranges over the training arrays"),
        ]
        figure.legend(handles=handles, loc="outside upper right", ncols=2)
    return Drawn(figure)


def describe_arrays(applied: Applied) -> dict[str, Any]:
    """Return the numbers of new and of training arrays, and the smallest and the largest of their medians."""
    new, trained = applied.arrays["q50"], applied.training["q50"]
    return {
        "new": {"arrays": len(new), "low": new.min(), "high": new.max()},
        "training": {"arrays": len(trained), "low": trained.min(), "high": trained.max()},
    }


def _name_samples(axes: Axes, names: list[str]) -> None:
    if len(names) <= _NAMED:
        axes.set_xticks(range(len(names)), [shortened(name, 10) for name in names], rotation=90, fontsize=6)


def draw_shift(applied: Applied) -> Drawn:
    """Draw a histogram of the shifts of the genes' means from those of the training set."""
    shift = applied.shift["shift"].dropna().to_numpy()
    drawn = np.clip(shift, -_SHIFT, _SHIFT)
    with canvas(2.2) as (figure, axes):
        axes.hist(drawn, bins=np.arange(-_SHIFT, _SHIFT + 0.001, 0.1), color=colour(0), edgecolor="none")
        for side in (-1, 1):
            axes.axvline(side, color=INK, linewidth=0.7, linestyle=":")
        axes.set(
            xlabel="shift of the mean of a gene (standard deviations within the classes)",
            ylabel="genes",
            xlim=(-_SHIFT, _SHIFT),
        )
    return Drawn(figure)


def describe_shift(applied: Applied) -> dict[str, Any]:
    """Return the number of genes with a shift, the share beyond one standard deviation, and the median (or NaN)."""
    shift = applied.shift["shift"].dropna()
    beyond = (shift.abs() > 1).mean()
    return {"genes": len(shift), "range": _SHIFT, "beyond": float(beyond), "median": float(shift.median())}


def draw_cloud(applied: Applied) -> Drawn:
    """Draw distances of the new samples in and from the plane of the training set, with those of held-out samples."""
    new, trained, classes = applied.arrays, applied.training, applied.origin.classes
    with canvas(3.0) as (figure, axes):
        for name, level, paint in _iterate_groups(applied):
            part = new[new["class"] == name]
            axes.plot(
                part["plane"], part["residual"], marker(level), linestyle="", markersize=4.5, color=paint,
                markerfacecolor="none" if not name else paint, rasterized=len(new) > CROWD,
            )  # fmt: skip
        axes.plot(trained["plane"], np.full(len(trained), 0.0), "|", markersize=6, color=SOFT, clip_on=False)
        axes.plot(np.full(len(trained), 0.0), trained["residual"], "_", markersize=6, color=SOFT, clip_on=False)
        axes.axvline(trained["plane"].max(), color=INK, linewidth=0.7, linestyle=":")
        axes.axhline(trained["residual"].max(), color=INK, linewidth=0.7, linestyle=":")
        axes.set(
            xlabel="distance in the plane of the training set (Mahalanobis)",
            ylabel="distance from the plane",
            xlim=(0, 1.05 * max(new["plane"].max(), trained["plane"].max())),
            ylim=(0, 1.05 * max(new["residual"].max(), trained["residual"].max())),
        )
        handles = class_handles(classes, sets=False) if applied.labelled else []
        if applied.labelled < applied.samples:
            handles.append(
                Line2D([], [], linestyle="", marker="o", color=INK, markerfacecolor="none", label="no label")
            )
        handles.append(Line2D([], [], linestyle="", marker="|", color=SOFT, label="held-out training samples"))
        handles.append(Line2D([], [], color=INK, linewidth=0.7, linestyle=":", label="farthest of these"))
        figure.legend(handles=handles, loc="outside upper right", ncols=6)
    return Drawn(figure)


def describe_cloud(applied: Applied) -> dict[str, Any]:
    """Return smallest and largest distances of the new samples in and from the plane, and the largest held-out ones."""
    new, trained = applied.arrays, applied.training
    return {
        name: {"low": new[name].min(), "high": new[name].max(), "training": trained[name].max()}
        for name in ("plane", "residual")
    }


def _iterate_groups(applied: Applied) -> Iterator[tuple[str, int, str]]:
    """Yield each class with its position and colour; an empty name stands for samples without a known class."""
    for level, name in enumerate(applied.origin.classes):
        yield name, level, colour(level)
    yield "", 0, INK


def draw_probabilities(applied: Applied) -> Drawn:
    """Draw the named model's probability for each sample: of the target class of two, or of the predicted class."""
    origin, own = applied.origin, _of_named_model(applied, applied.predictions)
    binary = len(origin.classes) == 2
    height = _probabilities_shown(applied)
    order = np.argsort(height, kind="stable")
    shown = own["truth"] if applied.labelled else own["predicted"]
    with canvas(2.6) as (figure, axes):
        if binary:
            axes.axhline(0.5, color=INK, linewidth=0.7, linestyle=":")
        for name, level, paint in _iterate_groups(applied):
            chosen = np.flatnonzero((shown == name).to_numpy()[order])
            face = paint if name else "none"
            axes.plot(chosen, height[order][chosen], marker(level), color=paint, markerfacecolor=face, markersize=4.5)
        _name_samples(axes, [str(name) for name in own["sample"].iloc[order]])
        what = shortened(origin.classes[-1]) if binary else "the predicted class"
        axes.set(xlabel="new sample", ylabel=f"probability of {what}", ylim=(-0.03, 1.03), xlim=(-0.8, len(own) - 0.2))
        title = "true class" if applied.labelled else "predicted class"
        figure.legend(
            handles=class_handles(origin.classes, sets=False), loc="outside upper right", ncols=6, title=title
        )
    return Drawn(figure)


def describe_probabilities(applied: Applied) -> dict[str, Any]:
    """Return the smallest and the largest of the probabilities that are drawn."""
    heights = _probabilities_shown(applied)
    return {"low": float(heights.min()), "high": float(heights.max())}


def _probabilities_shown(applied: Applied) -> Array:
    """Return by sample the probability of the target class of two, or of the predicted class of more."""
    names = [f"p_{name}" for name in applied.origin.classes]
    shares = _of_named_model(applied, applied.predictions)[names].to_numpy(dtype=float)
    return np.asarray(shares[:, 1] if len(names) == 2 else shares.max(axis=1))


def _of_named_model(applied: Applied, table: pd.DataFrame) -> pd.DataFrame:
    origin = applied.origin
    return rows_with(table, model=origin.model, features=origin.features).reset_index(drop=True)


def draw_calibration(applied: Applied) -> Drawn:
    """Draw observed share against predicted probability of the named model, by class."""
    origin, own = applied.origin, _of_named_model(applied, applied.bins)
    with canvas(2.8) as (figure, axes):
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.7)
        for name, bins in own.groupby("class", sort=False):
            level = origin.classes.index(str(name))
            axes.vlines(bins["predicted"], bins["ci_low"], bins["ci_high"], color=colour(level), linewidth=0.9)
            axes.plot(bins["predicted"], bins["observed"], marker(level), markersize=4.5, color=colour(level))
        axes.set(xlabel="predicted probability", ylabel="observed proportion", aspect="equal")
        axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))
        if len(origin.classes) > 2:
            figure.legend(handles=class_handles(origin.classes, sets=False), loc="outside upper right", ncols=6)
    return Drawn(figure)


def describe_calibration(applied: Applied) -> dict[str, Any]:
    """Return the predicted probability and the observed share of each bin."""
    return {"bins": _of_named_model(applied, applied.bins)[["predicted", "observed"]].to_dict("records")}


def draw_roc(applied: Applied) -> Drawn:
    """Draw the ROC curve of the named model, with those of the other models in grey."""
    origin = applied.origin
    named = (origin.model, origin.features)
    lines = _curves(applied)
    with canvas(2.8) as (figure, axes):
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.7)
        for key, x, y in lines:
            if key != named:
                axes.plot(x, y, color=FAINT, linewidth=0.9)
        for key, x, y in lines:
            if key == named:
                axes.plot(x, y, color=colour(0), linewidth=1.6, label="named model")
        axes.plot([], [], color=FAINT, label="other models")
        mean = ", mean of one class against the rest" if len(origin.classes) > 2 else ""
        axes.set(xlabel="false-positive rate", ylabel=f"true-positive rate{mean}", aspect="equal")
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
        figure.legend(loc="outside upper right", ncols=2)
    return Drawn(figure)


def describe_roc(applied: Applied) -> dict[str, Any]:
    """Return the models whose curves are drawn, with the area below each."""
    return {"curves": [{"model": model_name(*key), "area": area_below(x, y)} for key, x, y in _curves(applied)]}


def _curves(applied: Applied) -> list[Line]:
    """Return model and features, false-positive and true-positive rates of all models but the majority class."""
    return [line for line in curve_lines(applied.roc) if line[0] != FLOOR]
