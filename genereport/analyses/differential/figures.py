"""Figures of the gene by gene comparison."""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from genereport.analyses.differential.result import Deseq2, Differential
from genereport.analyses.result import Skipped
from genereport.formats import count, general
from genereport.names import UNIT_NAMES
from genereport.plotting import style
from genereport.plotting.drawn import Drawn
from genereport.plotting.labels import place
from genereport.plotting.style import (
    DOWN,
    FAINT,
    HALF,
    INK,
    SOFT,
    UP,
    canvas,
    colour,
    gene_labels,
    ids,
    legend_above,
    plain_ticks,
    shortened,
)
from genereport.types import Array, Flags, Positions

_NAMED = 10
_NAMED_SMALL = 3
_BINS = 20
_EFFECTS = 20
MOST_PAIRS = 10
"""Largest number of pairs of classes that are drawn."""

_ACROSS = 3


class _Group(NamedTuple):
    """Points that are drawn with the same colour and marker."""

    chosen: Flags
    paint: str
    shape: str
    text: str


def has_trend(differential: Differential) -> bool:
    """Return whether the tests used a trend of the variances of counts."""
    return differential.counts is not None and len(differential.counts.trend) > 0


def draw_mean_variance(differential: Differential) -> Drawn:
    """Draw the square root of each gene's residual standard deviation against its average, with the trend."""
    if differential.counts is None:
        raise ValueError("the values are no counts")
    trend = differential.counts.trend.sort_values("average", kind="stable")
    average = "log2(count + 0.5)" if differential.counts.method == "voom" else "average log2 counts per million"
    with canvas(2.5, width=HALF) as (figure, axes):
        axes.scatter(
            trend["average"], trend["root_sd"], s=4, color=SOFT, linewidths=0, rasterized=len(trend) > style.CROWD
        )
        axes.plot(trend["average"], trend["line"], color=colour(1), linewidth=1.6)
        axes.set(xlabel=average, ylabel="square root of the standard deviation", ylim=(0, None))
    return Drawn(figure)


def describe_mean_variance(differential: Differential) -> dict[str, Any]:
    """Return the height of the trend at its two ends."""
    if differential.counts is None:
        raise ValueError("the values are no counts")
    trend = differential.counts.trend.sort_values("average", kind="stable")
    return {"first": float(trend["line"].iloc[0]), "last": float(trend["line"].iloc[-1]), "genes": len(trend)}


def has_dispersions(differential: Differential) -> bool:
    """Return whether DESeq2's test was made."""
    return isinstance(differential.deseq2, Deseq2)


def draw_dispersions(differential: Differential) -> Drawn:
    """Draw the dispersions of the genes against their mean count: own, shrunken, and the trend between them."""
    points = _dispersions_of(differential)
    with canvas(2.5, width=HALF) as (figure, axes):
        for column, paint, text in (("own", FAINT, "own estimate"), ("final", SOFT, "used in the test")):
            axes.scatter(
                points["mean"], points[column], s=4, color=paint, linewidths=0, label=text,
                rasterized=len(points) > style.CROWD,
            )  # fmt: skip
        axes.plot(points["mean"], points["trend"], color=colour(1), linewidth=1.6, label="trend")
        low = float(points["final"].min()) / 10  # estimates of genes that vary no more than Poisson counts lie below
        axes.set(xscale="log", yscale="log", xlabel="mean of the normalised counts", ylabel="dispersion")
        axes.set_ylim(bottom=low)
        for axis in (axes.xaxis, axes.yaxis):
            plain_ticks(axis)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, handletextpad=0.2, borderpad=0, markerscale=3)
    return Drawn(figure)


def describe_dispersions(differential: Differential) -> dict[str, Any]:
    """Return the trend at its two ends, and how many dispersions lie below the panel."""
    points = _dispersions_of(differential)
    below = int((points["own"] < points["final"].min() / 10).sum())
    ends = {"first": float(points["trend"].iloc[0]), "last": float(points["trend"].iloc[-1])}
    return {**ends, "genes": len(points), "below": below}


def _dispersions_of(differential: Differential) -> pd.DataFrame:
    if differential.deseq2 is None or isinstance(differential.deseq2, Skipped):
        raise ValueError("DESeq2's test was not made")
    return differential.deseq2.dispersions.dropna().sort_values("mean", kind="stable")


def draw_volcano(differential: Differential) -> Drawn:
    """Draw the volcano plot: significant genes coloured by sign, the first of them named."""
    table = differential.table.dropna(subset="P.Value")
    x, y = table["logFC" if "logFC" in table else "AveExpr"].to_numpy(), _minus_log10(table["P.Value"])
    limit = float(_minus_log10(pd.Series([differential.alpha / max(differential.tested, 1)]))[0])
    kept = (table["P.Bonferroni"] < differential.alpha).to_numpy()
    with canvas(2.75, width=HALF) as (figure, axes):
        _draw_cloud(axes, x, y, kept, _by_sign(differential, kept, x))
        axes.axhline(limit, color=INK, linewidth=0.7, linestyle="--")
        axes.text(1, limit, "Bonferroni ", transform=axes.get_yaxis_transform(), ha="right", va="bottom", fontsize=7)
        axes.set(xlabel=_effect_label(differential), ylabel="−log10 p", ylim=(0, max(y.max(initial=0), limit) * 1.08))
        legend_above(axes, columnspacing=1, handletextpad=0.2)
        place(axes, x, y, gene_labels(table.head(_NAMED)))
    return Drawn(figure)


def draw_ma(differential: Differential) -> Drawn:
    """Draw log fold change of two classes against average expression, coloured and named as in the volcano plot."""
    table = differential.table.dropna(subset="P.Value")
    x, y = table["AveExpr"].to_numpy(), table["logFC"].to_numpy()
    kept = (table["P.Bonferroni"] < differential.alpha).to_numpy()
    with canvas(2.5, width=HALF) as (figure, axes):
        _draw_cloud(axes, x, y, kept, _by_sign(differential, kept, y))
        axes.axhline(0, color=INK, linewidth=0.7)
        axes.set(xlabel=UNIT_NAMES[differential.value_unit].average, ylabel=_effect_label(differential))
        legend_above(axes, columnspacing=1, handletextpad=0.2)
        place(axes, x, y, gene_labels(table.head(_NAMED)))
    return Drawn(figure)


def draw_p_values(differential: Differential) -> Drawn:
    """Draw a histogram of the p-values, with the heights expected if no gene differed, and for the share pi0."""
    p = differential.table["P.Value"].dropna()
    level, pi0 = len(p) / _BINS, differential.pi0
    with canvas(2.5, width=HALF) as (figure, axes):
        axes.hist(p, bins=np.linspace(0, 1, _BINS + 1), color=FAINT, edgecolor="white")
        axes.axhline(level, color=INK, linewidth=0.9, linestyle="--", label="expected if none differed")
        axes.axhline(level * pi0, color=colour(1), linewidth=1.2, linestyle=":", label=f"times π0 = {general(pi0, 2)}")
        axes.set(xlabel="p-value", ylabel="genes", xlim=(0, 1))
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderpad=0, ncols=2, columnspacing=1)
    return Drawn(figure)


def draw_effects(differential: Differential) -> Drawn:
    """Draw fold change, Hedges' g and area under the curve of the first genes of two classes, with intervals."""
    top = differential.table.head(_EFFECTS)
    y = np.arange(len(top))[::-1]
    panels = (
        ("logFC", "CI.L", "CI.R", UNIT_NAMES[differential.value_unit].change, 0.0),
        ("g", "g.L", "g.R", "Hedges’ g", 0.0),
        ("AUC", "AUC.L", "AUC.R", "AUC", 0.5),
    )
    with canvas(0.17 * len(top) + 0.8, 1, len(panels), sharey=True) as (figure, row):
        for axes, (name, low, high, text, nothing) in zip(row, panels, strict=True):
            _draw_intervals(axes, y, *(top[column].to_numpy() for column in (name, low, high)))
            axes.axvline(nothing, color=SOFT, linewidth=0.8, linestyle="--")
            axes.set(xlabel=text, ylim=(-0.8, len(top) - 0.2))
        row[0].set_yticks(y, gene_labels(top), fontsize=6.5)
        if top["AUC.L"].isna().any():
            row[2].set_title("hollow: no interval", loc="right", fontweight="normal", fontsize=7)
    return Drawn(figure, genes=ids(top.index))


def draw_contrasts(differential: Differential) -> Drawn:
    """Draw a small volcano plot for every pair of more than two classes, on one scale, its strongest genes named."""
    pairs = list(combinations(differential.classes, 2))
    shown = pairs[:MOST_PAIRS]
    parts = [part for _, part in differential.contrasts.groupby("contrast", sort=False)][: len(shown)]
    rows = -(-len(shown) // _ACROSS)
    with canvas(1.9 * rows + 0.4, rows, _ACROSS, sharex=True, sharey=True, squeeze=False) as (figure, grid):
        for axes, (reference, target), part in zip(grid.flat, shown, parts, strict=False):
            _small_volcano(
                axes, part.dropna(subset="P.Value").sort_values("P.Value", kind="stable"), differential.alpha
            )
            axes.set_title(f"{shortened(target, 12)} − {shortened(reference, 12)}", fontsize=8)
        for axes in grid.flat[len(shown) :]:
            axes.set_visible(False)
        figure.supxlabel(UNIT_NAMES[differential.value_unit].change, fontsize=8)
        figure.supylabel("−log10 p", fontsize=8)
        grid[0, 0].get_xlim()  # the axes share their limits, which are known only after this
        for axes, part in zip(grid.flat, parts, strict=False):
            ordered = part.dropna(subset="P.Value").sort_values("P.Value", kind="stable")
            place(
                axes,
                ordered["logFC"].to_numpy(),
                _minus_log10(ordered["P.Value"]),
                gene_labels(ordered.head(_NAMED_SMALL)),
            )
    return Drawn(figure)


def _draw_cloud(axes: Axes, x: Array, y: Array, kept: Flags, groups: list[_Group]) -> None:
    """Draw all genes, those that are not significant in a faint colour."""
    axes.scatter(x[~kept], y[~kept], s=5, color=FAINT, linewidths=0, rasterized=len(x) > style.CROWD)
    for group in groups:
        number = int(group.chosen.sum())
        axes.scatter(
            x[group.chosen], y[group.chosen], s=12, color=group.paint, marker=group.shape, linewidths=0,
            label=f"{group.text} ({count(number)})", rasterized=number > style.CROWD,
        )  # fmt: skip


def _by_sign(differential: Differential, kept: Flags, effect: Array) -> list[_Group]:
    """Return the significant genes by direction; with more than two classes there is no direction."""
    if len(differential.classes) > 2:
        return [_Group(kept, UP, "^", "significant")]
    reference, target = (shortened(name) for name in differential.classes)
    higher, lower = kept & (effect > 0), kept & (effect <= 0)
    return [_Group(higher, UP, "^", f"higher in {target}"), _Group(lower, DOWN, "v", f"higher in {reference}")]


def _small_volcano(axes: Axes, part: pd.DataFrame, alpha: float) -> None:
    x, p = part["logFC"].to_numpy(), part["P.Value"]
    limit = alpha / max(len(part), 1)
    kept = (p < limit).to_numpy()
    y = _minus_log10(p)
    axes.scatter(x[~kept], y[~kept], s=3, color=FAINT, linewidths=0, rasterized=len(part) > style.CROWD)
    for chosen, paint, shape in ((kept & (x > 0), UP, "^"), (kept & (x <= 0), DOWN, "v")):
        axes.scatter(
            x[chosen], y[chosen], s=7, color=paint, marker=shape, linewidths=0, rasterized=len(part) > style.CROWD
        )
    line = float(_minus_log10(pd.Series([limit]))[0])
    axes.axhline(line, color=INK, linewidth=0.6, linestyle="--")
    axes.set_ylim(0, max(y.max(initial=line) * 1.12, axes.get_ylim()[1]))


def _draw_intervals(axes: Axes, y: Positions, value: Array, low: Array, high: Array) -> None:
    known = np.isfinite(low) & np.isfinite(high)
    axes.hlines(y[known], low[known], high[known], color=colour(0), linewidth=1.1)
    axes.scatter(value[known], y[known], s=13, color=colour(0), zorder=3)
    axes.scatter(value[~known], y[~known], s=13, facecolors="white", edgecolors=colour(0), linewidths=0.9, zorder=3)


def _minus_log10(p: pd.Series[Any]) -> Array:
    """Return −log10 of p-values; a p-value of 0 counts as the smallest positive number."""
    return np.asarray(-np.log10(p.clip(lower=np.finfo(float).tiny)), dtype=np.float64)


def _effect_label(differential: Differential) -> str:
    if len(differential.classes) > 2:
        return UNIT_NAMES[differential.value_unit].average
    reference, target = (shortened(name) for name in differential.classes)
    return f"{UNIT_NAMES[differential.value_unit].change}, {target} − {reference}"


def describe_p_values(differential: Differential) -> dict[str, Any]:
    """Return numbers of p-values, of bars, of p-values below 0.05, and of those expected there if no gene differs."""
    p = differential.table["P.Value"].dropna()
    return {"genes": len(p), "bars": _BINS, "small": int((p < 0.05).sum()), "expected": round(0.05 * len(p))}


def describe_volcano(differential: Differential) -> dict[str, Any]:
    """Return the number of genes with a p-value, and name, p-value and change of the gene with the smallest."""
    table = differential.table.dropna(subset="P.Value")
    if table.empty:
        return {"genes": 0}
    change = table["logFC"].iloc[0] if "logFC" in table else None
    return {
        "genes": len(table),
        "first": gene_labels(table.head(1))[0],
        "p": table["P.Value"].iloc[0],
        "change": change,
    }


def describe_ma(differential: Differential) -> dict[str, Any]:
    """Return the number of genes with a p-value, and the median and the middle 95 % of their changes."""
    change = differential.table.dropna(subset="P.Value")["logFC"].to_numpy()
    if not len(change):
        return {"genes": 0}
    low, median, high = (float(value) for value in np.quantile(change, [0.025, 0.5, 0.975]))
    return {"genes": len(change), "low": low, "median": median, "high": high}


def describe_effects(differential: Differential) -> dict[str, Any]:
    """Return the first three genes, how many lack an interval for the AUC, and whether all of these have AUC 0 or 1."""
    top = differential.table.head(_EFFECTS)
    first = [
        {"name": name, "g": row["g"], "auc": row["AUC"]}
        for name, (_, row) in zip(gene_labels(top.head(3)), top.head(3).iterrows(), strict=True)
    ]
    without = top.loc[top["AUC.L"].isna(), "AUC"]
    return {"genes": len(top), "first": first, "without": len(without), "apart": bool(without.isin((0.0, 1.0)).all())}


def describe_contrasts(differential: Differential) -> dict[str, Any]:
    """Return the number of pairs, the number that are drawn, and the number of significant genes of each of these."""
    first = differential.pairs.head(MOST_PAIRS)
    named = zip(first["target"], first["reference"], first["bonferroni"], strict=True)
    return {
        "pairs": len(differential.pairs),
        "shown": len(first),
        "kept": [(f"{target} − {reference}", genes) for target, reference, genes in named],
    }
