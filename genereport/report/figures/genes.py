"""Figures of genes: tests, selection, signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.gridspec import GridSpec
from matplotlib.patches import Patch

from genereport.report.figures import style
from genereport.report.figures.labels import place
from genereport.report.figures.style import (
    DOWN,
    FAINT,
    INK,
    SOFT,
    UP,
    Drawn,
    canvas,
    colour,
    label_of,
    marker,
    plain_ticks,
    shortened,
)
from genereport.report.formats import count, p_equation
from genereport.results import Biomarkers, Differential, Selection

_NAMED = 14
_LEAST = np.finfo(float).tiny  # a p-value that underflowed to 0 is drawn here
_SIGNATURE = 25
_STABLE = 40
_PANELS = 12
_RANKS = {"test": "p-value", "rfe": "elimination", "l1": "L1", "forest": "forest"}


def volcano(differential: Differential) -> Drawn:
    """Evidence against effect, the significant genes coloured by sign and the first of them named."""
    table = differential.table.dropna(subset="P.Value")
    effect = "logFC" if "logFC" in table else "AveExpr"
    x, y = table[effect].to_numpy(), -np.log10(np.maximum(table["P.Value"].to_numpy(), _LEAST))
    kept = (table["P.Bonferroni"] < differential.alpha).to_numpy()
    with canvas(4.3) as (figure, axes):
        crowd = len(table) > style.CROWD
        axes.scatter(x[~kept], y[~kept], s=5, color=FAINT, linewidths=0, rasterized=crowd)
        up = kept & (x > 0) if effect == "logFC" else kept  # without a fold change there is no direction
        for chosen, paint, shape in ((up, UP, "^"), (kept & ~up, DOWN, "v")):
            axes.scatter(x[chosen], y[chosen], s=12, color=paint, marker=shape, linewidths=0)
        limit = -np.log10(differential.alpha / max(differential.tested, 1))
        axes.axhline(limit, color=INK, linewidth=0.7, linestyle="--")
        axes.text(1, limit, "Bonferroni ", transform=axes.get_yaxis_transform(), ha="right", va="bottom", fontsize=7)
        axes.set(xlabel=_effect_label(differential), ylabel="−log10 p", ylim=(0, y.max(initial=limit) * 1.08))
        names = [label_of(str(g), str(s)) for g, s in zip(table.index[:_NAMED], table["symbol"][:_NAMED], strict=True)]
        place(axes, x[:_NAMED], y[:_NAMED], names)
    alt = (
        f"{count(differential.tested)} genes; {count(differential.bonferroni)} lie above the Bonferroni line. The strongest is "
        f"{label_of(str(table.index[0]), str(table['symbol'].iloc[0]))} ({p_equation(table['P.Value'].iloc[0])})."
    )
    return Drawn(figure, alt)


def _effect_label(differential: Differential) -> str:
    if len(differential.classes) > 2:
        return "average expression (log2)"
    reference, target = (shortened(name) for name in differential.classes)
    return f"log2 fold change, {target} − {reference}"


def p_values(differential: Differential) -> Drawn:
    """Histogram of the p-values, with the height that each bar would have if no gene differed."""
    p = differential.table["P.Value"].dropna()
    with canvas(2.5) as (figure, axes):
        axes.hist(p, bins=np.linspace(0, 1, 21), color=SOFT, edgecolor="white")
        axes.axhline(len(p) / 20, color=INK, linewidth=0.8, linestyle="--")
        axes.set(xlabel="p-value", ylabel="genes", xlim=(0, 1))
    small = int((p < 0.05).sum())
    return Drawn(
        figure,
        f"Histogram of {count(len(p))} p-values in 20 bars; {count(small)} are below 0.05, {len(p) / 20:.0f} would be if no gene differed.",
    )


def stability(selection: Selection) -> Drawn:
    """How often the most frequently chosen genes were chosen."""
    top = selection.stability.head(_STABLE)
    x = np.arange(len(top))
    with canvas(2.9) as (figure, axes):
        axes.bar(x, 100 * top["frequency"], color=[colour(0) if f == 1 else SOFT for f in top["frequency"]], width=0.75)
        axes.set_xticks(
            x,
            [label_of(str(g), str(s)) for g, s in zip(top.index, top["symbol"], strict=True)],
            rotation=90,
            fontsize=6,
        )
        axes.set(ylabel="training parts (%)", ylim=(0, 104), xlim=(-0.7, len(top) - 0.3))
    alt = (
        f"Bars of the {len(top)} genes chosen most often, from {100 * top['frequency'].iloc[0]:.0f} % down to "
        f"{100 * top['frequency'].iloc[-1]:.0f} % of {selection.folds} training parts; {selection.always} were chosen in all."
    )
    return Drawn(figure, alt)


def importance(biomarkers: Biomarkers) -> Drawn:
    """Rank of the top genes of the signature by each method, and how often each was chosen."""
    top = biomarkers.signature.head(_SIGNATURE)
    y = np.arange(len(top))[::-1]
    with canvas(0.19 * len(top) + 0.9, 1, 2, sharey=True, width_ratios=[3, 1]) as (figure, (ranks, times)):
        ranks.hlines(y, 1, top[[f"rank_{name}" for name in _RANKS]].max(axis=1), color=FAINT, linewidth=0.6)
        for position, (name, text) in enumerate(_RANKS.items()):
            ranks.plot(
                top[f"rank_{name}"],
                y,
                linestyle="",
                marker=marker(position),
                markersize=4,
                color=colour(position),
                label=text,
            )
        ranks.set_xscale("log")
        plain_ticks(ranks.xaxis)
        ranks.set_yticks(y, _names(top))
        ranks.set(xlabel="rank (1 is best)", ylim=(-0.8, len(top) - 0.2))
        ranks.legend(ncols=4, loc="lower left", bbox_to_anchor=(0, 1), handletextpad=0.2)
        times.barh(y, 100 * top["frequency"], color=SOFT, height=0.6)
        times.set(xlabel="chosen in training parts (%)", xlim=(0, 100))
    first = ", ".join(_names(top)[:3])
    return Drawn(
        figure, f"Ranks of the first {len(top)} genes by four methods, and how often each was chosen. First: {first}."
    )


def _names(signature: pd.DataFrame) -> list[str]:
    return [label_of(str(g), str(s)) for g, s in zip(signature["gene"], signature["symbol"], strict=True)]


def expression(biomarkers: Biomarkers, classes: Sequence[str]) -> Drawn:
    """Expression of the first genes of the signature by class; hollow symbols are independent samples."""
    frame, names = biomarkers.expression, _names(biomarkers.signature)
    genes = list(frame.columns[2:])[:_PANELS]
    rows = -(-len(genes) // 4)
    with canvas(1.65 * rows + 0.35, rows, 4, squeeze=False) as (figure, panels):
        for axes, gene, name in zip(panels.flat, genes, names, strict=False):
            for position, level in enumerate(classes):
                _strip(axes, frame[frame["class"] == level], gene, position)
            axes.set_title(name, fontsize=7.5)
            axes.set_xticks(range(len(classes)), [shortened(level, 10) for level in classes], fontsize=7)
            axes.set_xlim(-0.6, len(classes) - 0.4)
        for axes in panels.flat[len(genes) :]:
            axes.set_visible(False)
        figure.supylabel("log2 value", fontsize=8)
    return Drawn(figure, f"Expression of {', '.join(names[: len(genes)])} by class, one point a sample.")


def _strip(axes: Axes, rows: pd.DataFrame, gene: str, position: int) -> None:
    values = rows[gene].to_numpy()
    spread = np.resize(np.linspace(-0.22, 0.22, 9)[[4, 1, 7, 3, 5, 0, 8, 2, 6]], len(values))
    for which, face in (("train", colour(position)), ("test", "none")):
        chosen = (rows["set"] == which).to_numpy()
        axes.scatter(
            position + spread[chosen], values[chosen], s=9, marker=marker(position), facecolors=face, edgecolors=colour(position), linewidths=0.6
        )  # fmt: skip
    axes.hlines(np.median(values), position - 0.35, position + 0.35, color=INK, linewidth=1.2)


def heatmap(biomarkers: Biomarkers, classes: Sequence[str]) -> Drawn:
    """Top genes by sample, standardised by gene and clipped at ±3 for display; genes ordered by average linkage."""
    frame = biomarkers.expression
    genes = list(frame.columns[2:])
    names = dict(zip(genes, _names(biomarkers.signature), strict=False))
    values = frame[genes].to_numpy().T
    spread = values.std(axis=1, keepdims=True)
    scaled = np.clip((values - values.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1), -3, 3)
    tree = _linkage(scaled)
    rows = _leaves(tree, len(genes))
    columns = _column_order(frame, scaled, classes)
    shown, samples = scaled[np.ix_(rows, columns)], frame.iloc[columns]
    with canvas(0.155 * len(genes) + 1.1, 1, 1) as (figure, placeholder):
        placeholder.remove()
        grid = GridSpec(2, 3, figure=figure, height_ratios=[0.045, 1], width_ratios=[0.12, 1, 0.02])
        bars, body = figure.add_subplot(grid[0, 1]), figure.add_subplot(grid[1, 1])
        image = body.imshow(shown, aspect="auto", cmap="RdBu_r", vmin=-3, vmax=3, interpolation="nearest")
        body.yaxis.tick_right()
        body.set_yticks(range(len(rows)), [names[genes[row]] for row in rows], fontsize=6.5)
        body.set_xticks([])
        body.spines[:].set_visible(False)
        body.tick_params(length=0)
        body.set_xlabel(f"{len(samples)} samples")
        _annotation(bars, samples, classes)
        if tree is not None:
            _dendrogram(figure.add_subplot(grid[1, 0]), tree)
        bar = figure.colorbar(image, cax=figure.add_subplot(grid[1, 2]))
        bar.ax.set_ylabel("z-score", fontsize=7)
        bar.ax.tick_params(labelsize=6.5)
    return Drawn(
        figure,
        f"Heat map of {len(genes)} genes by {len(samples)} samples, samples grouped by class and set: blue is low, red is high.",
    )


def _linkage(scaled: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    from scipy.cluster.hierarchy import linkage, optimal_leaf_ordering
    from scipy.spatial.distance import pdist

    if len(scaled) < 3:
        return None
    distances = np.nan_to_num(pdist(scaled, "correlation"), nan=1.0)
    return np.asarray(optimal_leaf_ordering(linkage(distances, "average"), distances))


def _leaves(tree: npt.NDArray[np.float64] | None, size: int) -> list[int]:
    from scipy.cluster.hierarchy import leaves_list

    return list(range(size)) if tree is None else [int(leaf) for leaf in leaves_list(tree)]


def _column_order(frame: pd.DataFrame, scaled: npt.NDArray[np.float64], classes: Sequence[str]) -> list[int]:
    """Samples by class, then set, then by similarity within."""
    order: list[int] = []
    for name in classes:
        for which in ("train", "test"):
            chosen = np.flatnonzero((frame["class"] == name) & (frame["set"] == which))
            order += [int(chosen[leaf]) for leaf in _leaves(_linkage(scaled[:, chosen].T), len(chosen))]
    return order


def _annotation(axes: Axes, samples: pd.DataFrame, classes: Sequence[str]) -> None:
    for x, (name, which) in enumerate(zip(samples["class"], samples["set"], strict=True)):
        axes.barh([1], 1, left=x - 0.5, height=0.9, color=colour(classes.index(name)), linewidth=0)
        axes.barh([0], 1, left=x - 0.5, height=0.9, color=SOFT if which == "train" else FAINT, linewidth=0)
    axes.set(xlim=(-0.5, len(samples) - 0.5), ylim=(-0.5, 1.5), xticks=[])
    axes.set_yticks([1, 0], ["class", "set"], fontsize=6.5)
    axes.yaxis.tick_right()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    handles = [Patch(color=colour(i), label=shortened(name)) for i, name in enumerate(classes)]
    if (samples["set"] == "test").any():
        handles += [Patch(color=SOFT, label="training"), Patch(color=FAINT, label="independent")]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=6, handlelength=1, columnspacing=1)


def _dendrogram(axes: Axes, tree: npt.NDArray[np.float64]) -> None:
    from scipy.cluster.hierarchy import dendrogram

    drawn: Any = dendrogram(tree, no_plot=True)
    for x, y in zip(drawn["dcoord"], drawn["icoord"], strict=True):
        axes.plot(x, y, color=SOFT, linewidth=0.7)
    axes.set(xlim=(max(map(max, drawn["dcoord"])) * 1.02, 0), ylim=(10 * (len(tree) + 1), 0))
    axes.set_axis_off()
