"""What is plotted is what the results hold; names do nothing; labels do not collide."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from genereport.report import figures
from genereport.report.figures.style import label_of, shortened, to_svg
from genereport.results import Analysis
from tests.analyses import NASTY, four_class, nasty, two_class, without_independent_set

ANALYSES = (two_class, without_independent_set, four_class, nasty)


def every(analysis: Analysis) -> dict[str, figures.Drawn]:
    """All figures that a report of this analysis shows."""
    classes = tuple(analysis.quality.counts.index)
    models, biomarkers, components = analysis.models, analysis.biomarkers, analysis.components
    drawn = {
        "distributions": figures.distributions(analysis.quality, analysis.preprocessing),
        "volcano": figures.volcano(analysis.differential),
        "p_values": figures.p_values(analysis.differential),
        "pca_plane": figures.pca_plane(components, classes),
        "pca_space": figures.pca_space(components, classes),
        "scree": figures.scree(components),
        "stability": figures.stability(analysis.selection),
        "importance": figures.importance(biomarkers),
        "heatmap": figures.heatmap(biomarkers, classes),
        "expression": figures.expression(biomarkers, classes),
        "comparison": figures.comparison(models),
        "confusion": figures.confusion(models),
        "roc": figures.roc(models),
        "selection_effect": figures.selection_effect(models),
        "learning_curves": figures.learning_curves(models),
    }
    if models.test:
        drawn |= {"confusion_test": figures.confusion_test(models), "roc_test": figures.roc_test(models)}
    return drawn


def points(figure: Figure) -> np.ndarray:
    found = [c.get_offsets() for axes in figure.axes for c in axes.collections if isinstance(c, PathCollection)]
    return np.concatenate([np.asarray(offsets) for offsets in found])


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda made: made.__name__)
def test_every_figure_draws_and_says_what_it_shows(analysis) -> None:  # type: ignore[no-untyped-def]
    for name, drawn in every(analysis()).items():
        svg = to_svg(drawn.figure)
        assert svg.startswith("<?xml"), name
        assert len(svg) < 400_000, name
        assert len(drawn.alt) > 30, name
        assert any(character.isdigit() for character in drawn.alt), name
        drawing, (width, height) = drawn.figure.get_tightbbox(), drawn.figure.get_size_inches()
        assert min(drawing.x0, drawing.y0, width - drawing.x1, height - drawing.y1) > -0.02, name  # nothing is cut off


def test_equal_figures_give_equal_bytes_in_another_process(tmp_path: Path) -> None:
    stored = tmp_path / "results.json"
    stored.write_text(without_independent_set().to_json())
    code = (
        "import hashlib, pathlib, sys\nfrom genereport.report.figures import to_svg\n"
        "from genereport.results import Analysis\n"
        "from tests.report.test_figures import every\n"
        "for drawn in every(Analysis.from_json(pathlib.Path(sys.argv[1]).read_text())).values():\n"
        "    print(hashlib.sha256(to_svg(drawn.figure).encode()).hexdigest())"
    )
    made = [
        subprocess.run(
            [sys.executable, "-c", code, stored],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "3")
    ]
    assert [run.returncode for run in made] == [0, 0], made[0].stderr
    one, other = (run.stdout for run in made)
    assert one == other
    assert len(one.split()) == 15


def test_the_volcano_holds_every_tested_gene_where_it_belongs() -> None:
    result = two_class().differential
    table = result.table.dropna(subset="P.Value")
    plotted = points(figures.volcano(result).figure)
    expected = np.column_stack([table["logFC"], -np.log10(table["P.Value"])])
    np.testing.assert_allclose(np.sort(plotted, axis=0), np.sort(expected, axis=0))


def test_a_p_value_that_underflowed_is_drawn_on_top_and_named_first() -> None:
    result = without_independent_set().differential
    table = result.table.copy()
    table.iloc[0, table.columns.get_loc("P.Value")] = 0.0
    drawn = figures.volcano(replace(result, table=table))
    assert len(points(drawn.figure)) == result.tested
    assert points(drawn.figure)[:, 1].max() > 300
    assert f"The strongest is {table.index[0]} (p < 2e-16)." in drawn.alt


def test_labels_of_the_volcano_meet_neither_each_other_nor_the_edge() -> None:
    figure = figures.volcano(two_class().differential).figure
    axes = figure.axes[0]
    boxes = [label.get_window_extent() for label in axes.texts if label.get_text() != "Bonferroni "]
    assert len(boxes) >= 8
    frame = axes.get_window_extent()
    for number, box in enumerate(boxes):
        assert frame.x0 - 1 <= box.x0
        assert box.x1 <= frame.x1 + 1
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


def test_the_pca_shows_each_sample_once() -> None:
    components = two_class().components
    plotted = points(figures.pca_plane(components, ("ALL", "AML")).figure)
    np.testing.assert_allclose(np.sort(plotted, axis=0), np.sort(components.scores[["PC1", "PC2"]], axis=0))


def test_bars_of_the_scree_are_the_shares() -> None:
    components = two_class().components
    heights = [patch.get_height() for patch in figures.scree(components).figure.axes[0].patches]
    np.testing.assert_allclose(heights, 100 * components.variance["share"])


def test_the_histogram_counts_every_p_value() -> None:
    result = two_class().differential
    heights = [patch.get_height() for patch in figures.p_values(result).figure.axes[0].patches]
    assert sum(heights) == result.tested


def test_the_forest_plot_shows_every_model_at_its_estimate() -> None:
    models = two_class().models
    figure = figures.comparison(models).figure
    table = models.metrics[models.metrics["metric"] == "balanced_accuracy"]
    for line, which in zip(
        [line for line in figure.axes[0].lines if len(line.get_xdata()) > 2], ("cv", "test"), strict=True
    ):
        np.testing.assert_allclose(line.get_xdata(), table.loc[table["set"] == which, "estimate"])
    assert any("(named)" in tick.get_text() for tick in figure.axes[0].get_yticklabels())


@pytest.mark.parametrize(("analysis", "cells"), [(two_class, 4), (four_class, 16)])
def test_confusion_matrices_hold_the_counts(analysis, cells: int) -> None:  # type: ignore[no-untyped-def]
    models = analysis().models
    panels = [axes for axes in figures.confusion(models).figure.axes if axes.get_visible()]
    assert len(panels) == 11
    first = models.confusion.query("model == 'logistic_l1' and features == 'selected' and set == 'cv'")["n"]
    assert [int(text.get_text().split("\n")[0]) for text in panels[0].texts] == list(first)
    assert len(panels[0].texts) == cells


def test_roc_panels_end_in_both_corners() -> None:
    for axes in figures.roc_test(four_class().models).figure.axes:
        for line in axes.lines[1:]:
            assert (line.get_xdata()[0], line.get_ydata()[0]) == (0, 0)
            assert (line.get_xdata()[-1], line.get_ydata()[-1]) == (1, 1)


def test_dollars_in_names_are_no_mathematics() -> None:
    svg = to_svg(figures.pca_plane(nasty().components, ("<b>A</b>", "$B$")).figure)
    assert "mathtext" not in svg
    assert "script" not in svg


def test_names_fit_their_place() -> None:
    assert shortened("short") == "short"
    assert len(shortened("x" * 10_000)) == 22
    assert shortened("a\nb\tc") == "a b c"
    assert label_of("probe_at", "SYM") == "SYM"
    assert label_of(NASTY[0], "") == shortened(NASTY[0])
