"""Figures of the comparison: what is plotted is what was found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from genereport.analyses.differential.figures import (
    draw_contrasts,
    draw_effects,
    draw_ma,
    draw_p_values,
    draw_volcano,
)
from genereport.analyses.differential.result import Differential
from genereport.analyses.differential.upset import describe_adjustments, draw_adjustments, has_overlaps
from genereport.formats import p_equation
from genereport.plotting.style import to_svg
from tests.analyses import nasty
from tests.unit.report.drawing import shown
from tests.unit.report.synthetic import NASTY_SYMBOLS, four_class, two_class, without_independent_set

EFFECTS = (("logFC", "CI.L", "CI.R"), ("g", "g.L", "g.R"), ("AUC", "AUC.L", "AUC.R"))


def result(analysis) -> Differential:  # type: ignore[no-untyped-def]
    found = analysis().differential
    assert isinstance(found, Differential)
    return found


def alt(found: Differential, name: str, analysis=two_class) -> str:  # type: ignore[no-untyped-def]
    """The alternative text of a figure in the report of this result."""
    return shown(analysis().with_results(differential=found), "differential", name).alt


def points(figure: Figure, panel: int = 0) -> np.ndarray:
    parts = [np.asarray(part.get_offsets()) for part in figure.axes[panel].collections if hasattr(part, "get_sizes")]
    return np.vstack([part for part in parts if len(part)])


def test_the_ma_plot_shows_every_gene_at_its_average_and_fold_change() -> None:
    found = result(two_class)
    drawn = draw_ma(found)
    table = found.table.dropna(subset="P.Value")
    shown = pd.DataFrame(points(drawn.figure), columns=["x", "y"]).sort_values(["x", "y"]).to_numpy()
    np.testing.assert_allclose(shown, table[["AveExpr", "logFC"]].sort_values(["AveExpr", "logFC"]).to_numpy())
    _, up, down = drawn.figure.axes[0].collections
    assert (len(up.get_offsets()), len(down.get_offsets())) == (found.up, found.bonferroni - found.up)


def test_the_histogram_has_lines_for_no_difference_and_for_pi0() -> None:
    found = replace(result(two_class), pi0=0.4)
    drawn = draw_p_values(found)
    heights = [float(line.get_ydata()[0]) for line in drawn.figure.axes[0].lines]
    tested = found.table["P.Value"].notna().sum()
    np.testing.assert_allclose(heights, [tested / 20, 0.4 * tested / 20])
    assert "40.0 %" in alt(found, "p")


@pytest.mark.parametrize("panel", range(3))
def test_effects_have_their_intervals_and_hollow_points_without_one(panel: int) -> None:
    found = result(two_class)
    table = found.table.assign(**{"AUC.L": found.table["AUC"] - 0.1, "AUC.R": found.table["AUC"]})
    table.iloc[0, table.columns.get_indexer(["AUC.L", "AUC.R"])] = np.nan
    changed = replace(found, table=table)
    drawn = draw_effects(changed)
    top, (value, low, high) = table.head(20), EFFECTS[panel]
    np.testing.assert_allclose(np.sort(points(drawn.figure, panel)[:, 0]), np.sort(top[value]))
    lines, _, hollow = drawn.figure.axes[panel].collections
    segments = np.array(lines.get_segments())[:, :, 0]
    known = top[low].notna()
    np.testing.assert_allclose(np.sort(segments, axis=0), np.sort(top.loc[known, [low, high]], axis=0))
    assert len(hollow.get_offsets()) == (~known).sum()
    assert f"The AUC of {top['AUC.L'].isna().sum()} gene" in alt(changed, "effects")


def test_every_pair_of_classes_has_a_panel_and_its_genes() -> None:
    found = result(four_class)
    drawn = draw_contrasts(found)
    titles = [axes.get_title(loc="left") for axes in drawn.figure.axes if axes.get_visible()]
    assert titles[0] == "EWS_$1$ − BL"
    assert len(titles) == 6
    for panel, (_, part) in enumerate(found.contrasts.groupby("contrast", sort=False)):
        assert len(points(drawn.figure, panel)) == part["P.Value"].notna().sum()
        _, up, down = drawn.figure.axes[panel].collections
        assert len(up.get_offsets()) + len(down.get_offsets()) == found.pairs["bonferroni"].iloc[panel]


@pytest.mark.parametrize("name", ["ma", "p", "effects", "volcano"])
@pytest.mark.parametrize("analysis", [without_independent_set, nasty], ids=lambda made: made.__name__)
def test_equal_figures_give_equal_bytes_and_say_what_is_to_be_seen(name: str, analysis) -> None:  # type: ignore[no-untyped-def]
    first, second = (shown(analysis(), "differential", name) for _ in range(2))
    assert to_svg(first.drawn.figure) == to_svg(second.drawn.figure)
    assert first.alt == second.alt
    assert first.alt.endswith(".")


def test_one_gene_and_none_are_drawn() -> None:
    found = result(without_independent_set)
    for table in (found.table.head(1), found.table.assign(**{"P.Value": np.nan})):
        few = replace(found, table=table, tested=len(table.dropna(subset="P.Value")), bonferroni=0, up=0)
        for draw in (draw_ma, draw_p_values, draw_effects, draw_volcano):
            assert to_svg(draw(few).figure).startswith("<?xml")


def test_alternative_texts_tell_what_is_drawn() -> None:
    found = result(two_class)
    table = found.table.dropna(subset="P.Value")
    low, median, high = (f"{value:.2f}".replace("-", "−") for value in table["logFC"].quantile([0.025, 0.5, 0.975]))
    assert alt(found, "ma") == (
        f"Log2 fold change of {len(table):,} genes against their average expression: the median is {median}, and "
        f"95 % of them lie between {low} and {high}."
    )
    small = (table["P.Value"] < 0.05).sum()
    assert f"Histogram of {len(table):,} p-values in 20 bars; {small} are below 0.05" in alt(found, "p")
    assert f"where about {round(0.05 * len(table))} are expected if no gene differs" in alt(found, "p")
    smallest = p_equation(table["P.Value"].iloc[0])
    assert alt(found, "volcano").startswith(
        f"{found.tested:,} genes; {found.bonferroni} lie above the Bonferroni threshold, {found.up} of them higher in "
        f"AML and {found.down} in ALL. The smallest p-value is that of {NASTY_SYMBOLS[0]} "
        f"({smallest}, log2 fold change "
    )
    first = table.iloc[0]
    told = f"The first are {NASTY_SYMBOLS[0]} (g {first['g']:.2f}, AUC {first['AUC']:.2f})".replace("-", "−")
    assert told in alt(found, "effects")


def test_genes_without_an_interval_for_the_auc_are_said_to_separate_the_classes_if_all_do() -> None:
    found = result(two_class)
    table = found.table.assign(**{"AUC.L": 0.1, "AUC.R": 0.9})
    assert "has no interval" not in alt(replace(found, table=table), "effects")
    columns = table.columns.get_indexer(["AUC", "AUC.L", "AUC.R"])
    table.iloc[0, columns] = (1.0, np.nan, np.nan)
    one = alt(replace(found, table=table), "effects")
    assert one.endswith("The AUC of 1 gene has no interval, because it separates the classes completely.")
    table.iloc[1, columns] = (0.9, np.nan, np.nan)
    assert alt(replace(found, table=table), "effects").endswith("The AUC of 2 genes has no interval.")


def test_the_alternative_text_of_the_pairs_counts_the_genes_of_each_and_says_what_is_not_shown() -> None:
    found = result(four_class)
    told = alt(found, "contrasts", four_class)
    first = found.pairs["bonferroni"].iloc[0]
    assert told.startswith(
        f"6 volcano plots, one for each pair of classes; genes above the Bonferroni threshold: EWS_$1$ − BL {first}, "
    )
    assert "are shown" not in told
    many = replace(found, pairs=pd.concat([found.pairs, found.pairs]))
    assert alt(many, "contrasts", four_class).endswith("Only the first 10 of 12 pairs are shown.")


def test_bars_of_the_adjustments_count_the_genes_of_each_combination() -> None:
    found = result(two_class)
    spec = {"Bonferroni": "P.Bonferroni", "Holm": "P.Holm", "Benjamini–Hochberg": "adj.P.Val", "Storey q": "q.Value"}
    columns = [*spec.values(), "P.mod.Bonferroni", "adj.P.mod", "P.maxT", "adj.P.BY", "P.minP"]
    assert found.overlaps["genes"].sum() == (found.table[columns] < 0.05).any(axis=1).sum()
    for name, column in spec.items():
        own = found.overlaps[[name in key.split(";") for key in found.overlaps.index]]
        assert own["genes"].sum() == found.kept.loc[name, "genes"] == (found.table[column] < 0.05).sum()
    axes = draw_adjustments(found).figure.axes
    bars, totals, dots = axes[1:]
    assert [bar.get_height() for bar in bars.patches] == list(found.overlaps["genes"].head(16))
    kept = found.kept[found.kept["genes"] > 0]
    assert [bar.get_width() for bar in totals.patches] == list(kept["genes"])
    assert len(dots.collections[0].get_offsets()) == len(kept) * len(bars.patches)
    described = describe_adjustments(found)
    assert described["genes"] == found.overlaps["genes"].iloc[0]
    assert described["combinations"] == len(found.overlaps)


def test_without_significant_genes_there_are_no_adjustments_to_draw() -> None:
    found = result(two_class)
    assert not has_overlaps(replace(found, overlaps=found.overlaps.head(0)))
