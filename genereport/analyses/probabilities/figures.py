"""Figures of the predicted probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from genereport.analyses.columns import rows_with
from genereport.analyses.models.figures import FLOOR, keys, wrapped_name
from genereport.analyses.probabilities.result import Probabilities
from genereport.names import model_name
from genereport.plotting.drawn import Drawn
from genereport.plotting.labels import place
from genereport.plotting.style import CROWD, FAINT, INK, SOFT, canvas, class_handles, colour, fitting, marker, shortened

_SETS = {"cv": "cross-validated", "test": "independent set"}
_NAMED = 8
"""Largest number of misclassified samples that are named."""

_ACROSS = 4
_TURN = 0.618  # spreads points evenly within a strip, in any number


def draw_named(result: Probabilities) -> Drawn:
    """Draw calibration, distribution and decision curve of the named model; no decision curve with several classes.

    Filled markers and solid lines: cross-validated; hollow markers and dashed lines: independent set.
    """
    panels = 3 if result.has_decision else 2
    with canvas(2.35, 1, panels) as (figure, (calibration, strips, *decision)):
        _draw_named_calibration(calibration, result)
        points = _draw_strips(strips, result)
        for axes in decision:
            _draw_decision(axes, result)
        figure.legend(handles=_handles(result), loc="outside upper right", ncols=6)
        wrong = points[points["correct"] == "no"].sort_values("height", kind="stable")
        both = pd.concat([wrong, points[points["correct"] == "yes"]])
        x, y = both[["x", "height"]].to_numpy().T
        place(strips, x, y, [shortened(str(name), 12) for name in wrong.index[:_NAMED]])
    return Drawn(figure)


def _handles(result: Probabilities) -> list[Line2D]:
    sets = list(result.sets.index)
    if len(result.classes) > 2:
        handles = class_handles(result.classes, sets=False)
        return handles + [_symbol(SOFT, which, _SETS[which]) for which in sets]
    return [_symbol(colour(place), which, _SETS[which]) for place, which in enumerate(sets)]


def _symbol(paint: str, which: str, text: str) -> Line2D:
    face = paint if which == "cv" else "white"
    line = _line(which)
    return Line2D([], [], color=paint, linestyle=line, marker="o", markersize=4.5, markerfacecolor=face, label=text)


def _line(which: str) -> Literal["-", "--"]:
    return "-" if which == "cv" else "--"


def _draw_named_calibration(axes: Axes, result: Probabilities) -> None:
    own = rows_with(result.bins, model=result.model, features=result.features)
    several = len(result.classes) > 2
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.7)
    for position, which in enumerate(result.sets.index):
        for level, (_, bins) in enumerate(rows_with(own, set=which).groupby("class", sort=False)):
            paint = colour(level if several else position)
            face, shape = paint if which == "cv" else "white", marker(level) if several else "o"
            axes.vlines(bins["predicted"], bins["ci_low"], bins["ci_high"], color=paint, linewidth=0.8)
            axes.plot(bins["predicted"], bins["observed"], shape, markersize=4, color=paint, markerfacecolor=face)
    axes.set_title("Calibration", fontsize=7.5)
    axes.set(xlabel=f"predicted probability{_of_target(result)}", ylabel="observed proportion", aspect="equal")
    axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))


def _of_target(result: Probabilities) -> str:
    return f" of {shortened(result.classes[1], 14)}" if len(result.classes) == 2 else ""


def _draw_strips(axes: Axes, result: Probabilities) -> pd.DataFrame:
    """Draw the probabilities of the samples by class and set, and return them with their places."""
    sets, classes, points = list(result.sets.index), result.classes, named_points(result)
    room = 0.8 / len(sets)
    middle = points["class"].map(classes.index) + room * (points["set"].map(sets.index) - (len(sets) - 1) / 2)
    order = points.groupby(["class", "set"]).cumcount()
    points["x"] = middle + 0.7 * room * ((order * _TURN) % 1 - 0.5)
    for (level, which), part in points.groupby(["class", "set"], sort=False):
        paint = colour(classes.index(level) if len(classes) > 2 else sets.index(which))
        shape = marker(classes.index(level)) if len(classes) > 2 else "o"
        for correct, edge, width in (("yes", paint, 0.7), ("no", INK, 1.2)):
            own = part[part["correct"] == correct]
            axes.plot(
                own["x"], own["height"], shape, markersize=3.5, markerfacecolor=paint if which == "cv" else "white",
                markeredgecolor=edge, markeredgewidth=width, rasterized=len(points) > CROWD,
            )  # fmt: skip
    if len(classes) == 2:
        axes.axhline(0.5, color=INK, linewidth=0.7, linestyle=":")
    ticks, turn = fitting(classes, 7.5, 100 / len(classes))
    axes.set_xticks(range(len(classes)), ticks, rotation=turn)
    axes.set_title("Distribution", fontsize=7.5)
    shown = _of_target(result) or " of the true class"
    axes.set(xlabel="true class", ylabel=f"probability{shown}")
    axes.set(xlim=(-0.5, len(classes) - 0.5), ylim=(-0.04, 1.04))
    return points


def named_points(result: Probabilities) -> pd.DataFrame:
    """Return the drawn probability of each sample, `height`: of the target of two classes, or of its own of more."""
    points = result.samples.copy()
    if len(result.classes) == 2:
        return points.assign(height=points[f"p_{result.classes[1]}"])
    own = [points[f"p_{level}"].iloc[row] for row, level in enumerate(points["class"])]
    return points.assign(height=np.array(own, dtype=float))


def _draw_decision(axes: Axes, result: Probabilities) -> None:
    highest = float(result.decision["ci_high"].max())
    axes.axhline(0, color=INK, linewidth=0.8)
    for position, (which, curve) in enumerate(result.decision.groupby("set", sort=False)):
        line = _line(str(which))
        axes.fill_between(
            curve["threshold"], curve["ci_low"], curve["ci_high"], color=colour(position), alpha=0.18, linewidth=0
        )
        axes.plot(curve["threshold"], curve["all"], color=SOFT, linewidth=0.9, linestyle=line)
        axes.plot(curve["threshold"], curve["net_benefit"], color=colour(position), linestyle=line)
    axes.set_title("Decision curve", fontsize=7.5)
    axes.set(xlabel=f"threshold probability{_of_target(result)}", ylabel="net benefit")
    axes.set(xlim=(0, 1), ylim=(-0.25 * highest, 1.08 * highest))


def describe_named(result: Probabilities) -> dict[str, Any]:
    """Return the numbers of the alternative text by set.

    These are the largest difference between observed proportion and predicted probability in a bin, the medians of the
    drawn probabilities by class, and the largest net benefit that is drawn.
    """
    own = rows_with(result.bins, model=result.model, features=result.features)
    points = named_points(result)
    found = []
    for which in result.sets.index:
        medians = rows_with(points, set=which).groupby("class")["height"].median()
        decision = rows_with(result.decision, set=which)
        found.append(
            {
                "name": _SETS[str(which)],
                "gap": _largest_gap(rows_with(own, set=which)),
                "medians": [(level, float(medians[level])) for level in result.classes if level in medians],
                "benefit": float(decision["net_benefit"].max()) if len(decision) else None,
            }
        )
    return {"sets": found}


def _largest_gap(bins: pd.DataFrame) -> float:
    return float((bins["observed"] - bins["predicted"]).abs().max())


def draw_calibration(result: Probabilities) -> Drawn:
    """Draw observed share against predicted probability on selected genes and components, with intervals."""
    order = [key for key, _ in _calibration_shown(result)]
    rows = -(-len(order) // _ACROSS)
    with canvas(1.75 * rows + 0.3, rows, _ACROSS, squeeze=False, sharex=True, sharey=True) as (figure, panels):
        for axes, (key, part) in zip(panels.flat, _calibration_shown(result), strict=False):
            axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.7)
            for position, (_, bins) in enumerate(part.groupby("class", sort=False)):
                paint = colour(position)
                axes.vlines(bins["predicted"], bins["ci_low"], bins["ci_high"], color=paint, linewidth=0.8)
                axes.plot(bins["predicted"], bins["observed"], "o", markersize=3.5, color=paint)
            axes.set_title(wrapped_name(*key), fontsize=6.5, loc="center")
            axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04), aspect="equal")
        for axes in panels.flat[len(order) :]:
            axes.set_visible(False)
        figure.supxlabel("predicted probability", fontsize=8)
        figure.supylabel("observed proportion", fontsize=8)
    return Drawn(figure)


def describe_calibration(result: Probabilities) -> dict[str, Any]:
    """Return the largest difference between observed proportion and predicted probability in a bin of each model."""
    return {"gaps": [{"name": model_name(*key), "gap": _largest_gap(bins)} for key, bins in _calibration_shown(result)]}


def _calibration_shown(result: Probabilities) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Yield the models on selected genes and on components, with their cross-validated bins."""
    table = result.bins
    table = table[(table["set"] == "cv") & (table["model"] != FLOOR) & (table["features"] != "all")]
    for model, features in keys(table):
        yield (model, features), rows_with(table, model=model, features=features)
