"""Which numbers the texts of each figure hold, recomputed from what is plotted or from the tables of the data folder.

A new figure needs one line in `RULES`. A rule gives the numbers of a text in their order, and, as text, the names that
hold digits. A number that is not estimable is left out of the text, so NaN may stay in the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.legend import Legend

from genereport.analysis import Analysis
from genereport.report.document import Figure
from genereport.report.markdown import to_text

Told = Iterable[float | str]
"""Numbers and names in their order."""


class Picture:
    """A figure of a report, its texts and its tables."""

    def __init__(self, analysis: Analysis, node: Figure) -> None:
        self.analysis = analysis
        self.name = node.id.removeprefix("fig-")
        self.node = node

    @cached_property
    def figure(self) -> MatplotlibFigure:
        return self.node.drawn.figure

    @cached_property
    def axes(self) -> list[Axes]:
        """The axes that are visible."""
        return [axes for axes in self.figure.axes if axes.get_visible()]

    @cached_property
    def texts(self) -> dict[str, str]:
        """The texts by their kind; the labels are those of the axes."""
        legends = [text.get_text() for legend in self.figure.findobj(Legend) for text in legend.get_texts()]
        labels = [text for axes in self.axes for text in (axes.get_xlabel(), axes.get_ylabel())]
        return {
            "caption": to_text(self.node.caption),
            "alt": self.node.alt,
            "legend": " ; ".join(legends),
            "labels": " ; ".join(labels),
        }

    def table(self, name: str) -> pd.DataFrame:
        """A table of the data folder."""
        return self.analysis.tables[name]

    @property
    def level(self) -> float:
        """The confidence level in percent."""
        return 100 * self.analysis.settings["tests"]["confidence"]

    def sizes(self, which: str = "") -> list[int]:
        """Samples by class in a set, or in both; classes without any are left out."""
        arrays = self.analysis.quality.arrays
        own = arrays if not which else arrays[arrays["set"] == which]
        counts = own["class"].value_counts()
        return [int(counts[name]) for name in self.analysis.quality.counts.index if name in counts]

    @property
    def alpha(self) -> float:
        return float(self.analysis.settings["tests"]["alpha"])


def area(line: Any) -> float:
    """The area below a plotted line."""
    x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))


def areas(shown: Picture) -> list[float]:
    """The areas below the curves, panel by panel; the diagonal has no label."""
    return [area(line) for axes in shown.axes for line in axes.lines if not line.get_label().startswith("_")]


def points(axes: Axes) -> np.ndarray:
    found = [part.get_offsets() for part in axes.collections if isinstance(part, PathCollection)]
    return np.concatenate([np.asarray(offsets, float) for offsets in found])


def flow(shown: Picture) -> Iterator[float]:
    train, test = shown.sizes("train"), shown.sizes("test")
    yield from (sum(shown.sizes()), sum(train), *train)
    yield from (sum(test), *test) if test else ()


def distributions(shown: Picture) -> Told:
    medians = [[path[0, 1] for path in part.get_segments() if path[0, 1] == path[1, 1]]
               for axes in shown.axes for part in axes.collections if isinstance(part, LineCollection)]  # fmt: skip
    before, after = (values for values in medians if values)
    parts = [sum(shown.sizes()), *shown.sizes("train"), *shown.sizes("test")]
    return [*parts, min(before), max(before), min(after), max(after)]


def farthest(shown: Picture) -> Told:
    arrays = shown.table("array_quality")
    first = arrays.loc[arrays["distance"].idxmax()]
    limit = shown.axes[1].lines[-1].get_ydata()[0]
    return [len(arrays), first["distance"], str(first["sample"]), first["class"], limit]


def p_values(shown: Picture) -> Told:
    axes = shown.axes[0]
    heights = [bar.get_height() for bar in axes.patches]
    level, contribution = (line.get_ydata()[0] for line in axes.lines)
    return [sum(heights), len(heights), heights[0], 0.05, round(level), 100 * contribution / level]


def significant(shown: Picture) -> list[int]:
    """Significant genes, and those of them with a higher and with a lower value in the target."""
    table = shown.table("differential")
    kept = table[table["P.Bonferroni"] < shown.alpha]
    if "logFC" not in kept:
        return [len(kept)]
    return [len(kept), int((kept["logFC"] > 0).sum()), int((kept["logFC"] < 0).sum())]


def volcano(shown: Picture) -> Told:
    first = shown.table("differential").iloc[0]
    name = first["symbol"] or first["gene"]
    change = [first["logFC"]] if "logFC" in first else []
    return [len(points(shown.axes[0])), *significant(shown), name, first["P.Value"], *change]


def contrasts(shown: Picture) -> Told:
    """Panels, and the points of each that stand out from the crowd, which is drawn first."""
    clouds = [[part for part in axes.collections if isinstance(part, PathCollection)] for axes in shown.axes]
    return [len(clouds), *(sum(len(part.get_offsets()) for part in cloud[1:]) for cloud in clouds)]


def changes(shown: Picture) -> Told:
    y = points(shown.axes[0])[:, 1]
    return [len(y), np.median(y), 95, *np.quantile(y, [0.025, 0.975])]


def effects(shown: Picture) -> Told:
    top = shown.table("differential").head(20)
    first = [
        value for _, row in top.head(3).iterrows() for value in (row["symbol"] or row["gene"], row["g"], row["AUC"])
    ]
    without = int(top["AUC.L"].isna().sum())
    return [len(top), *first, *([without] if without else [])]


def plane(number: int) -> Callable[[Picture], Told]:
    def told(shown: Picture) -> Told:
        components = shown.analysis.components
        return [100 * components.variance["share"].iloc[:number].sum(), *shown.sizes(), components.silhouette]

    return told


def scree(shown: Picture) -> Told:
    bars, total = shown.axes
    asked, needed = total.lines[1].get_ydata()[0], total.lines[2].get_xdata()[0]
    assert total.lines[0].get_ydata()[int(needed) - 1] >= asked > total.lines[0].get_ydata()[int(needed) - 2]
    return [bars.patches[0].get_height(), asked, needed]


def frequencies(shown: Picture) -> list[float]:
    return [bar.get_height() for bar in shown.axes[0].patches]


def always(shown: Picture) -> int:
    return int((shown.table("stability")["frequency"] == 1).sum())


def stability(shown: Picture) -> Told:
    heights, selection = frequencies(shown), shown.analysis.selection
    return [len(heights), max(heights), min(heights), selection.folds, always(shown), selection.ever]


def importance(shown: Picture) -> Told:
    ranks = [line.get_xdata() for line in shown.axes[0].lines[:4]]
    names = [tick.get_text() for tick in shown.axes[0].get_yticklabels()]
    first = [[names[row], *(method[row] for method in ranks)] for row in range(3)]
    return [len(names), *(value for part in first for value in part)]


def heatmap(shown: Picture) -> Told:
    body = np.asarray(shown.axes[0].images[0].get_array())
    arrays = shown.analysis.biomarkers.expression
    blocks = arrays.groupby(["class", "set"]).size()
    order = [(name, which) for name in shown.analysis.quality.counts.index for which in ("train", "test")]
    low, high = shown.axes[0].images[0].get_clim()
    names = [tick.get_text() for tick in shown.axes[0].get_yticklabels()]
    return [*body.shape, *(int(blocks[each]) for each in order if each in blocks), low, high, *names]


def expression(shown: Picture) -> Told:
    axes = shown.axes[0]
    medians = [
        path[0, 1] for part in axes.collections if isinstance(part, LineCollection) for path in part.get_segments()
    ]
    return [
        *(panel.get_title(loc="left") for panel in shown.axes),
        len(points(axes)),
        axes.get_title(loc="left"),
        *medians,
    ]


def comparison(shown: Picture) -> Told:
    metrics = shown.table("metrics").query("metric == 'balanced_accuracy'")
    named = shown.analysis.models.named
    own = metrics[(metrics["model"] == named.model) & (metrics["features"] == named.features)].set_index("set")
    filled, *hollow = (line.get_xdata() for line in shown.axes[0].lines if len(line.get_xdata()) > 2)
    test = [own.loc["test", "estimate"]] if hollow else []
    return [len(filled), min(filled), max(filled), *own.loc["cv", ["estimate", "ci_low", "ci_high"]], *test]


def errors(shown: Picture) -> Told:
    """Wrong and all samples of each matrix, from the numbers that are written in it."""
    told: list[float] = [len(shown.axes)]
    for axes in shown.axes:
        cells = np.array([int(text.get_text().split("\n")[0]) for text in axes.texts])
        size = round(len(cells) ** 0.5)
        counts = cells.reshape(size, size)
        told += [counts.sum() - np.trace(counts), counts.sum()]
    return told


def effect_of_selection(shown: Picture) -> Told:
    axes = shown.axes[0]
    drawn = [line for line in axes.lines if len(line.get_xdata()) > 2][-1].get_xdata()
    table = shown.analysis.models.selection_effect
    return [
        len(drawn),
        *(v for x, row in zip(drawn, table.itertuples(), strict=True) for v in (x, row.ci_low, row.ci_high)),
    ]


def last_epochs(shown: Picture) -> Told:
    return [line.get_ydata()[-1] for row in (shown.axes[0], shown.axes[2]) for line in row.lines]


def joined_pairs(shown: Picture) -> Told:
    first, second = (line.get_xdata() for line in shown.axes[0].lines)
    return [len(first), *np.column_stack([first, second]).ravel()]


def learning_curve(shown: Picture) -> Told:
    drawn = shown.axes[0].lines[0].get_xydata()
    table = shown.table("learning_curve")
    return [
        v for (x, y), row in zip(drawn, table.itertuples(), strict=True) for v in (round(x), y, row.ci_low, row.ci_high)
    ]


def permutation(shown: Picture) -> Told:
    values = shown.table("label_permutations")["balanced_accuracy"]
    true, high = (line.get_xdata()[0] for line in shown.axes[0].lines)
    reached = int((values >= true).sum())
    count = sum(patch.get_height() for patch in shown.axes[0].patches)
    return [
        count,
        shown.analysis.trust.permutation.mean,
        95,
        high,
        true,
        (reached + 1) / (count + 1),
        100 * reached / count,
    ]


def trend(shown: Picture) -> Told:
    times = shown.table("trend")["time"]
    return [
        len(times),
        *(v for line in shown.axes[0].lines for pair in zip(times, line.get_ydata(), strict=True) for v in pair),
    ]


def libraries(shown: Picture) -> Told:
    sizes, factors = shown.table("libraries")["library_size"], shown.table("libraries")["factor"]
    return [len(sizes), sizes.min(), sizes.max(), factors.min(), factors.max()]


def mds(shown: Picture) -> list[float]:
    return [100 * share for share in shown.analysis.preprocessing.libraries.plane_shares[:2]]


def trend_ends(shown: Picture) -> Told:
    line = shown.axes[0].lines[-1]
    order = np.argsort(line.get_xdata())
    return [len(order), line.get_ydata()[order[0]], line.get_ydata()[order[-1]]]


def bins(axes: Axes) -> list[np.ndarray]:
    """Points of the calibration, line by line, without the diagonal."""
    return [np.asarray(line.get_xydata(), float) for line in axes.lines[1:]]


def largest_gap(found: Iterable[np.ndarray]) -> float:
    return max(float(np.abs(part[:, 1] - part[:, 0]).max()) for part in found)


def named_probabilities(shown: Picture) -> Iterator[float | str]:
    """Per set: errors and size from the markers, the largest gap, the medians, and the largest net benefit."""
    calibration, strips, *decision = shown.axes
    samples = shown.table("mean_probabilities")
    classes, sets = shown.analysis.probabilities.classes, list(dict.fromkeys(samples["set"]))
    drawn = {which: [] for which in sets}
    marks = [line for line in strips.lines if line.get_linestyle() == "None"]
    keys = list(samples.groupby(["class", "set"], sort=False).groups)
    for (level, which), right, wrong in zip(keys, marks[::2], marks[1::2], strict=True):
        drawn[which].append((level, right.get_ydata(), wrong.get_ydata()))
    per_set = len(bins(calibration)) // len(sets)
    for place, which in enumerate(sets):
        wrong = sum(len(part[2]) for part in drawn[which])
        yield from (wrong, sum(len(part[1]) for part in drawn[which]) + wrong)
        yield largest_gap(bins(calibration)[place * per_set :][:per_set])
        heights = {level: np.concatenate([right, missed]) for level, right, missed in drawn[which]}
        yield from (np.median(heights[level]) for level in classes)
        if decision:
            yield max(decision[0].lines[2 * place + 2].get_ydata())


def distances(shown: Picture) -> Told:
    values = next(np.asarray(axes.images[0].get_array(), float) for axes in shown.axes if axes.images)
    others = values[~np.eye(len(values), dtype=bool)]
    return [len(values), others.min(), others.max()]


def adjustments(shown: Picture) -> Told:
    heights = [bar.get_height() for bar in shown.axes[1].patches]
    names = shown.analysis.differential.overlaps.index[0].split(";")
    return [len(shown.analysis.differential.overlaps), max(heights), *names]


def replication(shown: Picture) -> Told:
    """Points of each outcome, from the plotted effects and the p-values of the independent set."""
    x, y = points(shown.axes[0]).T
    table = shown.table("replication")
    same = table[table["logFC"] * table["logFC.ind"] > 0]
    names = [text.get_text() for text in shown.axes[0].texts]
    replicated = int((same["P.ind"] < shown.alpha).sum())
    return [len(x), int((x * y > 0).sum()), replicated, shown.alpha, int((x * y < 0).sum()), *names]


def ratios(shown: Picture) -> Told:
    """The effects in the independent set divided by those in the training set, as plotted."""
    x, y = points(shown.axes[0]).T
    known = shown.analysis.replication.ratios
    limits = [] if np.isnan(known.low) else [shown.level, known.low, known.high]
    return [np.median(y / x), *limits, min(y / x), max(y / x), int((y / x < 1).sum()), len(x)]


def instability(shown: Picture) -> Told:
    y = points(shown.axes[1])[:, 1]
    table = shown.table("instability")
    return [len(y), y.mean(), y.max(), table.loc[table["mape"].idxmax(), "sample"]]


def calibrations(shown: Picture) -> Told:
    return [len(shown.axes), *(largest_gap(bins(axes)) for axes in shown.axes)]


def level(shown: Picture) -> Told:
    return [shown.level]


Rule = Callable[[Picture], Told]


RULES: dict[str, dict[str, Rule]] = {
    "flow": {"alt": flow},
    "distributions": {"alt": distributions, "caption": lambda _: [5, 95]},
    "array-quality": {"alt": farthest},
    "libraries": {"alt": libraries, "caption": lambda _: [1]},
    "mds": {
        "alt": lambda s: [len(points(s.axes[0])), *mds(s)],
        "caption": lambda s: [s.analysis.preprocessing.libraries.plane_genes],
        "labels": lambda s: [value for axis, share in enumerate(mds(s), start=1) for value in (axis, share)],
    },
    "sample-distances": {"alt": distances, "caption": lambda s: [s.analysis.array_quality.genes]},
    "adjustments": {"alt": adjustments},
    "replication": {"alt": replication, "caption": ratios},
    "instability": {"alt": instability, "caption": lambda _: [95]},
    "p": {"alt": p_values, "legend": lambda s: [s.analysis.differential.pi0]},
    "mean-variance": {"alt": trend_ends, "labels": lambda _: [0.5]},
    "dispersions": {
        "alt": trend_ends,
        "caption": lambda s: (
            [s.analysis.differential.deseq2.unshrunken]
            + [below for below in [int((s.table("dispersions")["own"] < s.axes[0].get_ylim()[0]).sum())] if below]
        ),
    },
    "volcano": {
        "alt": volcano,
        "caption": lambda s: [len(points(s.axes[0]))],
        "legend": lambda s: significant(s)[1:] or significant(s),
    },
    "contrasts": {"alt": contrasts},
    "ma": {"alt": changes, "legend": lambda s: significant(s)[1:]},
    "effects": {"alt": effects, "caption": level},
    "pca": {
        "alt": plane(2),
        "labels": lambda s: 100 * s.analysis.components.variance["share"].iloc[:2],
    },
    "pca3": {"alt": plane(3), "labels": lambda s: 100 * s.analysis.components.variance["share"].iloc[:2]},
    "scree": {"alt": scree, "caption": lambda s: scree(s)[1:2]},
    "stability": {
        "alt": stability,
        "caption": lambda s: [s.analysis.selection.folds],
        "legend": lambda s: [s.analysis.selection.folds, always(s), s.analysis.selection.ever - always(s)],
    },
    "importance": {"alt": importance, "labels": lambda _: [1]},
    "heatmap": {"alt": heatmap, "labels": lambda s: [s.axes[0].images[0].get_array().shape[1]]},
    "expression": {"alt": expression},
    "comparison": {"alt": comparison, "caption": level},
    "confusion": {"alt": errors, "caption": lambda s: [s.analysis.models.repeats] * (s.analysis.models.repeats > 1)},
    "confusion-test": {"alt": errors, "caption": lambda s: [sum(s.sizes("test"))]},
    "roc": {"alt": areas, "labels": areas},
    "roc-test": {"alt": areas, "labels": areas},
    "precision-recall": {"alt": areas, "labels": areas},
    "selection-effect": {"alt": effect_of_selection, "caption": level},
    "learning": {"alt": last_epochs, "caption": lambda _: [5, 95]},
    "named-probabilities": {"alt": named_probabilities},
    "calibration": {"alt": calibrations},
    "gaps": {"alt": joined_pairs},
    "bias": {"alt": joined_pairs},
    "permutation": {"alt": permutation, "legend": lambda _: [95]},
    "learning-curve": {
        "alt": learning_curve,
        "caption": lambda s: [s.level, *s.table("learning_curve")["splits"].iloc[[0, -1]]],
    },
    "trend": {"alt": trend, "caption": level},
}
"""Name of a figure → kind of text → the numbers in it; a text that is not listed holds none."""
