"""Figures of the comparison: what is plotted is what was found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from genereport.analyses.differential.result import Differential
from genereport.plotting.style import to_svg
from genereport.report import figures
from tests.analyses import nasty
from tests.report.synthetic import four_class, two_class, without_independent_set

EFFECTS = (("logFC", "CI.L", "CI.R"), ("g", "g.L", "g.R"), ("AUC", "AUC.L", "AUC.R"))


def result(analysis) -> Differential:  # type: ignore[no-untyped-def]
    found = analysis().differential
    assert isinstance(found, Differential)
    return found


def points(figure: Figure, panel: int = 0) -> np.ndarray:
    parts = [np.asarray(part.get_offsets()) for part in figure.axes[panel].collections if hasattr(part, "get_sizes")]
    return np.vstack([part for part in parts if len(part)])


def test_the_ma_plot_shows_every_gene_at_its_average_and_fold_change() -> None:
    found = result(two_class)
    drawn = figures.ma(found)
    table = found.table.dropna(subset="P.Value")
    shown = pd.DataFrame(points(drawn.figure), columns=["x", "y"]).sort_values(["x", "y"]).to_numpy()
    np.testing.assert_allclose(shown, table[["AveExpr", "logFC"]].sort_values(["AveExpr", "logFC"]).to_numpy())
    _, up, down = drawn.figure.axes[0].collections
    assert (len(up.get_offsets()), len(down.get_offsets())) == (found.up, found.bonferroni - found.up)


def test_the_histogram_has_lines_for_no_difference_and_for_pi0() -> None:
    found = replace(result(two_class), pi0=0.4)
    drawn = figures.p_values(found)
    heights = [float(line.get_ydata()[0]) for line in drawn.figure.axes[0].lines]
    tested = found.table["P.Value"].notna().sum()
    np.testing.assert_allclose(heights, [tested / 20, 0.4 * tested / 20])
    assert "40.0 %" in drawn.alt


@pytest.mark.parametrize("panel", range(3))
def test_effects_have_their_intervals_and_hollow_points_without_one(panel: int) -> None:
    found = result(two_class)
    table = found.table.assign(**{"AUC.L": found.table["AUC"] - 0.1, "AUC.R": found.table["AUC"]})
    table.iloc[0, table.columns.get_indexer(["AUC.L", "AUC.R"])] = np.nan
    drawn = figures.effects(replace(found, table=table))
    top, (value, low, high) = table.head(20), EFFECTS[panel]
    np.testing.assert_allclose(np.sort(points(drawn.figure, panel)[:, 0]), np.sort(top[value]))
    lines, _, hollow = drawn.figure.axes[panel].collections
    segments = np.array(lines.get_segments())[:, :, 0]
    known = top[low].notna()
    np.testing.assert_allclose(np.sort(segments, axis=0), np.sort(top.loc[known, [low, high]], axis=0))
    assert len(hollow.get_offsets()) == (~known).sum()
    assert f"No interval for the AUC of {top['AUC.L'].isna().sum()}" in drawn.alt


def test_every_pair_of_classes_has_a_panel_and_its_genes() -> None:
    found = result(four_class)
    drawn = figures.contrast_volcanoes(found)
    titles = [axes.get_title(loc="left") for axes in drawn.figure.axes if axes.get_visible()]
    assert titles[0] == "EWS_$1$ − BL"
    assert len(titles) == 6
    for panel, (_, part) in enumerate(found.contrasts.groupby("contrast", sort=False)):
        assert len(points(drawn.figure, panel)) == part["P.Value"].notna().sum()
        _, up, down = drawn.figure.axes[panel].collections
        assert len(up.get_offsets()) + len(down.get_offsets()) == found.pairs["bonferroni"].iloc[panel]


@pytest.mark.parametrize("draw", [figures.ma, figures.p_values, figures.effects, figures.volcano])
@pytest.mark.parametrize("analysis", [without_independent_set, nasty], ids=lambda made: made.__name__)
def test_equal_figures_give_equal_bytes_and_say_what_is_to_be_seen(draw, analysis) -> None:  # type: ignore[no-untyped-def]
    first, second = draw(result(analysis)), draw(result(analysis))
    assert to_svg(first.figure) == to_svg(second.figure)
    assert first.alt == second.alt
    assert first.alt.endswith(".")


def test_one_gene_and_none_are_drawn() -> None:
    found = result(without_independent_set)
    for table in (found.table.head(1), found.table.assign(**{"P.Value": np.nan})):
        few = replace(found, table=table, tested=len(table.dropna(subset="P.Value")), bonferroni=0, up=0)
        for draw in (figures.ma, figures.p_values, figures.effects, figures.volcano):
            assert to_svg(draw(few).figure).startswith("<?xml")
