"""Figures of the principal components."""

from __future__ import annotations

from typing import Any

from genereport.analyses.components.result import Components
from genereport.formats import percent
from genereport.plotting import style
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import HALF, INK, SOFT, canvas, class_handles, colour, marker


def draw_plane(components: Components) -> Drawn:
    """Draw samples on the first two components: shape and colour by class, filled for training, else hollow."""
    with canvas(2.6, width=HALF) as (figure, axes):
        _draw_scatter(axes, components, ["PC1", "PC2"])
        axes.axhline(0, color=style.FAINT, linewidth=0.6, zorder=0)
        axes.axvline(0, color=style.FAINT, linewidth=0.6, zorder=0)
        axes.set(xlabel=_axis_label(components, "PC1"), ylabel=_axis_label(components, "PC2"))
        handles = class_handles(components.classes, sets=components.projected)
        figure.legend(handles=handles, loc="outside upper left", ncols=4, handletextpad=0.2, columnspacing=1)
    return Drawn(figure)


def draw_space(components: Components) -> Drawn:
    """Draw samples on the first three components, which must exist."""
    with style.look():
        figure = style.Plot(figsize=(style.WIDTH, 4.2))
        axes: Any = figure.add_subplot(projection="3d", computed_zorder=False)
        _draw_scatter(axes, components, ["PC1", "PC2", "PC3"])
        axes.set(
            xlabel=_axis_label(components, "PC1"),
            ylabel=_axis_label(components, "PC2"),
            zlabel=_axis_label(components, "PC3"),
        )
        axes.view_init(elev=18, azim=-60)
        axes.tick_params(labelsize=6, pad=-2)
        for panel in (axes.xaxis, axes.yaxis, axes.zaxis):
            panel.set_pane_color((1, 1, 1, 0))
            panel.labelpad = -4
        axes.set_box_aspect((1.35, 1.15, 0.95), zoom=1.12)
        figure.subplots_adjust(left=0, right=1, bottom=0.02, top=0.98)
        handles = class_handles(components.classes, sets=components.projected)
        figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.01, 1), ncols=3)
    return Drawn(figure)


def draw_scree(components: Components) -> Drawn:
    """Draw the share of the variance by component, and the cumulative share with the share that was asked for."""
    variance = components.variance
    x = range(1, len(variance) + 1)
    with canvas(2.6, width=HALF) as (figure, axes):
        axes.bar(x, 100 * variance["share"], color=SOFT, width=0.7)
        axes.set(xlabel="component", ylabel="variance explained (%)", xlim=(0.3, len(variance) + 0.7))
        total = axes.twinx()
        total.spines["right"].set_visible(True)
        total.plot(x, 100 * variance["cumulative"], color=colour(0), marker="o", markersize=2.5)
        total.axhline(100 * components.share, color=INK, linewidth=0.7, linestyle="--")
        total.axvline(components.needed, color=INK, linewidth=0.7, linestyle="--")
        told = f"{percent(components.share, 0)}: {components.needed} components "
        total.text(components.needed, 50, told, ha="right", va="center", fontsize=7)
        total.set(ylabel="cumulative (%)", ylim=(0, 104))
    return Drawn(figure)


def _draw_scatter(axes: Any, components: Components, names: list[str]) -> None:
    scores = components.scores
    for position, name in enumerate(components.classes):
        for which, face in (("train", colour(position)), ("test", "none")):
            chosen = scores[(scores["class"] == name) & (scores["set"] == which)]
            axes.scatter(
                *(chosen[axis] for axis in names), marker=marker(position), s=18, facecolors=face,
                edgecolors=colour(position), linewidths=0.9,
            )  # fmt: skip


def _axis_label(components: Components, name: str) -> str:
    return f"{name} ({percent(float(components.variance['share'][name]))})"


def describe_plane(components: Components) -> dict[str, Any]:
    """Return the share of the variance on two components, and the samples of each class."""
    return _describe(components, 2)


def describe_space(components: Components) -> dict[str, Any]:
    """Return the share of the variance on three components, and the samples of each class."""
    return _describe(components, 3)


def _describe(components: Components, number: int) -> dict[str, Any]:
    names = components.scores["class"]
    return {
        "share": float(components.variance["cumulative"].iloc[number - 1]),
        "sizes": ", ".join(f"{(names == name).sum()} {name}" for name in dict.fromkeys(names)),
    }
