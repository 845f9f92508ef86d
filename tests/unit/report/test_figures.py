"""What is plotted is what the results hold; names do nothing; labels do not collide."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from genereport.analyses.biomarkers.figures import (
    describe_expression,
    describe_importance,
    draw_expression,
    draw_importance,
)
from genereport.analyses.biomarkers.heatmap import describe_heatmap, draw_heatmap
from genereport.analyses.components.figures import draw_plane, draw_scree
from genereport.analyses.differential.figures import draw_p_values, draw_volcano
from genereport.analyses.preprocessing.figures import draw_distributions
from genereport.analyses.selection.figures import draw_stability
from genereport.plotting.style import fitting, label_of, look, settle, shortened, text_width, to_pdf, to_svg
from genereport.report.composition import section_writer
from genereport.report.document import Figure as Shown
from tests import analyses
from tests.analyses import NASTY, nasty
from tests.unit.report.drawing import classes_of, shown, written
from tests.unit.report.synthetic import NASTY_SYMBOLS, four_class, two_class, without_independent_set

SYNTHETIC = (two_class, without_independent_set, four_class)
PIPELINE = (analyses.two_class, analyses.without_independent_set, analyses.four_class)
DRAWN = (*SYNTHETIC, nasty, *(pytest.param(made, marks=pytest.mark.slow) for made in PIPELINE))


def points(figure: Figure) -> np.ndarray:
    found = [c.get_offsets() for axes in figure.axes for c in axes.collections if isinstance(c, PathCollection)]
    return np.concatenate([np.asarray(offsets) for offsets in found])


def texts(figure: Figure) -> Iterator[Text]:
    """Every text that is drawn."""
    yield from (text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip())


@pytest.mark.parametrize("analysis", DRAWN, ids=lambda made: f"{made.__module__}-{made.__name__}")
def test_every_figure_draws_and_says_what_it_shows(analysis) -> None:  # type: ignore[no-untyped-def]
    for name, (drawn, svg) in written(analysis).items():
        assert svg.startswith("<?xml"), name
        assert len(svg) < 300_000, name
        assert len(drawn.alt) > 30, name
        assert any(character.isdigit() for character in drawn.alt), name
        assert "nan" not in drawn.alt.split(), name
        drawing, (width, height) = drawn.figure.get_tightbbox(), drawn.figure.get_size_inches()
        assert min(drawing.x0, drawing.y0, width - drawing.x1, height - drawing.y1) > -0.02, name  # nothing is cut off


@pytest.mark.parametrize("analysis", [*SYNTHETIC, nasty], ids=lambda made: made.__name__)
def test_names_of_ticks_do_not_overlap(analysis) -> None:  # type: ignore[no-untyped-def]
    for name, (drawn, _) in written(analysis).items():
        if name == "pca3":  # its ticks lie in space
            continue
        for axes in drawn.figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                labels = [t for t in axis.get_ticklabels() if axes.get_visible() and axes.axison and t.get_text()]
                boxes = [label.get_window_extent() for label in labels if label.get_visible()]
                assert not any(one.overlaps(other) for one, other in combinations(boxes, 2)), (name, labels)


def test_equal_figures_give_equal_bytes_in_another_process(tmp_path: Path) -> None:
    stored = tmp_path / "results.json"
    stored.write_text(two_class().to_json())
    code = (
        "import hashlib, pathlib, sys\nfrom genereport.plotting.style import to_pdf, to_svg\n"
        "from genereport.analysis import Analysis\n"
        "from tests.unit.report.drawing import every\n"
        "drawn = every(Analysis.from_json(pathlib.Path(sys.argv[1]).read_text())).values()\n"
        "for each in drawn:\n"
        "    print(hashlib.sha256(to_svg(each.figure).encode()).hexdigest())\n"
        "print(hashlib.sha256(to_pdf(*(each.figure for each in drawn))).hexdigest())\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    seed = "3" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    other = subprocess.run(
        [sys.executable, "-c", code, stored],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    assert other.returncode == 0, other.stderr
    ours = written(two_class).values()
    pages = to_pdf(*(picture.figure for picture, _ in ours))
    digests = [hashlib.sha256(each).hexdigest() for each in (*(svg.encode() for _, svg in ours), pages)]
    assert other.stdout.split() == digests


def test_a_figure_written_twice_gives_equal_bytes_and_no_date() -> None:
    figure = draw_volcano(two_class().differential).figure
    svg, pdf = to_svg(figure), to_pdf(figure)
    assert (to_svg(figure), to_pdf(figure)) == (svg, pdf)
    assert pdf.startswith(b"%PDF-")
    assert b"CreationDate" not in pdf
    assert "<dc:date>" not in svg
    assert "<text" not in svg  # glyphs are paths


def test_nothing_is_remembered_of_a_figure() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    to_svg(draw_scree(two_class().components).figure)
    assert dict(mpl.rcParams) == before


def test_boxes_of_the_distributions_are_the_quartiles_ordered_by_set_and_class() -> None:
    made = four_class()
    before, after = draw_distributions(made.preprocessing).figure.axes
    rank = {name: number for number, name in enumerate(classes_of(made))}
    described = made.preprocessing.arrays.assign(
        first=lambda t: t["set"] == "test", second=lambda t: t["class"].map(rank)
    )
    ordered = described.sort_values(["first", "second"], kind="stable")
    for axes, arrays in ((before, made.quality.arrays.loc[ordered.index]), (after, ordered)):
        np.testing.assert_allclose([bar.get_y() for bar in axes.patches], arrays["q25"])
        np.testing.assert_allclose([bar.get_y() + bar.get_height() for bar in axes.patches], arrays["q75"])
        whiskers = next(lines for lines in axes.collections if isinstance(lines, LineCollection))
        np.testing.assert_allclose([path[:, 1] for path in whiskers.get_segments()], arrays[["q5", "q95"]])
    blocks = [label.get_text() for label in after.texts]
    assert blocks == [*classes_of(made), *classes_of(made), "training", "independent"]


@pytest.mark.parametrize(("analysis", "scale"), [(two_class, "symlog"), (four_class, "linear")])
def test_only_intensities_get_a_symmetric_logarithmic_axis(analysis, scale: str) -> None:  # type: ignore[no-untyped-def]
    made = analysis()
    assert draw_distributions(made.preprocessing).figure.axes[0].get_yscale() == scale


@pytest.mark.parametrize(("analysis", "effect"), [(two_class, "logFC"), (four_class, "AveExpr")])
def test_the_volcano_holds_every_tested_gene_where_it_belongs(analysis, effect: str) -> None:  # type: ignore[no-untyped-def]
    result = analysis().differential
    table = result.table.dropna(subset="P.Value")
    drawn = draw_volcano(result)
    plotted = points(drawn.figure)
    assert len(plotted) == result.tested <= len(result.table)
    expected = np.column_stack([table[effect], -np.log10(table["P.Value"])])
    np.testing.assert_allclose(np.sort(plotted, axis=0), np.sort(expected, axis=0))
    crowd, *marked = drawn.figure.axes[0].collections
    assert crowd.get_rasterized()
    assert not any(part.get_rasterized() for part in marked)
    assert sum(len(part.get_offsets()) for part in marked) == result.bonferroni


def test_the_volcano_tells_up_from_down_by_shape_and_number() -> None:
    result = two_class().differential
    drawn = draw_volcano(result)
    _, up, down = drawn.figure.axes[0].collections
    assert (len(up.get_offsets()), len(down.get_offsets())) == (result.up, result.bonferroni - result.up)
    assert np.all(np.asarray(up.get_offsets())[:, 0] > 0)
    assert not np.array_equal(up.get_paths()[0].vertices, down.get_paths()[0].vertices)
    legend = [text.get_text() for text in drawn.figure.axes[0].get_legend().get_texts()]
    assert legend == [f"higher in AML ({result.up})", f"higher in ALL ({result.bonferroni - result.up})"]


def test_a_p_value_of_zero_is_shown_and_one_too_many_is_rasterised() -> None:
    result = two_class().differential
    table = result.table.copy()
    table.iloc[0, table.columns.get_loc("P.Value")] = 0.0
    extreme = replace(result, table=table)
    assert len(points(draw_volcano(extreme).figure)) == result.tested
    alt = shown(two_class().with_results(differential=extreme), "differential", "volcano").alt
    assert "(p < 10⁻³⁰⁰" in alt
    assert NASTY_SYMBOLS[0] in alt
    crowded = draw_volcano(replace(result, table=table.assign(**{"P.Bonferroni": 0.001}))).figure
    assert len(to_svg(crowded)) < 300_000


def test_without_any_p_value_the_panels_are_empty() -> None:
    result = two_class().differential
    none = replace(result, table=result.table.assign(**{"P.Value": np.nan}), tested=0, bonferroni=0)
    for name in ("volcano", "p", "ma"):
        figure = shown(two_class().with_results(differential=none), "differential", name)
        to_svg(figure.drawn.figure)
        assert " 0 " in figure.alt


@pytest.mark.parametrize("analysis", [*SYNTHETIC, analyses.two_class], ids=lambda made: made.__name__)
def test_labels_of_the_volcano_meet_neither_each_other_nor_the_edge(analysis) -> None:  # type: ignore[no-untyped-def]
    figure = draw_volcano(analysis().differential).figure
    to_svg(figure)
    axes = figure.axes[0]
    boxes = [Text.get_window_extent(label) for label in axes.texts]  # without the line to the point
    assert len(boxes) >= 8  # the threshold and at least seven of ten names, at half the width
    frame = axes.get_window_extent()
    for box in boxes:
        assert frame.x0 - 1 <= box.x0
        assert box.x1 <= frame.x1 + 1
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("analysis", [two_class, four_class])
def test_the_pca_shows_each_sample_once(analysis) -> None:  # type: ignore[no-untyped-def]
    components = analysis().components
    figure = draw_plane(components).figure
    np.testing.assert_allclose(
        np.sort(points(figure), axis=0), np.sort(components.scores[["PC1", "PC2"]].to_numpy(), axis=0)
    )
    parts = [part for part in figure.axes[0].collections if isinstance(part, PathCollection)]
    for part, which in zip(parts, ["train", "test"] * len(parts), strict=False):
        assert (len(part.get_facecolor()) == 0) == (which == "test")
    assert len({part.get_paths()[0].vertices.tobytes() for part in parts}) == len(parts) / 2
    assert f"({100 * components.variance['share'].iloc[0]:.1f} %)" in figure.axes[0].get_xlabel()


def test_without_a_third_component_there_is_no_space() -> None:
    components = two_class().components
    fewer = replace(components, scores=components.scores[["set", "class", "PC1", "PC2"]])
    names = [
        [
            block.id
            for block in section_writer(two_class().with_results(components=made)).section("components").walk()
            if isinstance(block, Shown)
        ]
        for made in (components, fewer)
    ]
    assert names == [["fig-pca", "fig-scree", "fig-pca3"], ["fig-pca", "fig-scree"]]


def test_bars_of_the_scree_are_the_shares() -> None:
    components = two_class().components
    bars, total = draw_scree(components).figure.axes
    np.testing.assert_allclose([patch.get_height() for patch in bars.patches], 100 * components.variance["share"])
    np.testing.assert_allclose(total.lines[0].get_ydata(), 100 * components.variance["cumulative"])
    assert total.texts[0].get_text().strip() == f"95 %: {components.needed} components"


def test_the_histogram_counts_every_p_value() -> None:
    result = two_class().differential
    axes = draw_p_values(result).figure.axes[0]
    heights = [patch.get_height() for patch in axes.patches]
    assert sum(heights) == result.tested
    assert axes.lines[0].get_ydata()[0] == result.tested / len(heights)


def test_the_heatmap_shows_each_gene_beside_its_own_name() -> None:
    biomarkers = two_class().biomarkers
    backwards = biomarkers.expression[["set", "class", *biomarkers.expression.columns[:1:-1]]]
    names = biomarkers.signature.set_index("gene")["symbol"]
    for table in (biomarkers.expression, backwards):
        changed = replace(biomarkers, expression=table)
        body = draw_heatmap(changed).figure.axes[0]
        shown = np.asarray(body.images[0].get_array())
        values = table[table.columns[2:]]
        z = ((values - values.mean()) / values.std(ddof=0)).clip(-3, 3)
        by_name = {label_of(gene, names[gene]): np.sort(z[gene].to_numpy()) for gene in z}
        assert shown.shape == (30, 72)
        for row, tick in zip(shown, body.get_yticklabels(), strict=True):
            np.testing.assert_allclose(np.sort(row), by_name[tick.get_text()])
        assert describe_heatmap(changed)["names"] == [tick.get_text() for tick in body.get_yticklabels()]


def test_samples_of_the_heatmap_stand_by_class_and_set() -> None:
    made = four_class()
    _, bars, tree, _ = draw_heatmap(made.biomarkers).figure.axes
    counts = made.quality.counts
    sizes = [int(size) for name in counts.index for size in counts.loc[name, ["train", "test"]]]
    assert [bar.get_width() for bar in bars.patches[1::2]] == sizes
    assert [text.get_text() for text in bars.texts] == list(counts.index)
    assert len(tree.lines) == 29
    described = describe_heatmap(made.biomarkers)
    assert [block["size"] for block in described["blocks"]] == sizes
    assert [(block["level"], block["set"]) for block in described["blocks"][:2]] == [("BL", "train"), ("BL", "test")]
    assert described["samples"] == sum(sizes)


def test_a_heatmap_of_two_genes_has_no_tree() -> None:
    biomarkers = two_class().biomarkers
    few = replace(biomarkers, expression=biomarkers.expression.iloc[:, :4])
    assert len(draw_heatmap(few).figure.axes) == 3


def test_importance_puts_each_rank_beside_its_gene() -> None:
    biomarkers = two_class().biomarkers
    ranks, times = draw_importance(biomarkers).figure.axes
    top = biomarkers.signature.head(25)
    for line, name in zip(ranks.lines, ("test", "rfe", "l1", "forest"), strict=True):
        np.testing.assert_allclose(line.get_xdata(), top[f"rank_{name}"])
        assert list(np.round(line.get_ydata())) == list(range(24, -1, -1))
    np.testing.assert_allclose([bar.get_width() for bar in times.patches], 100 * top["frequency"])
    described = describe_importance(biomarkers)
    assert described["genes"] == 25
    assert [gene["name"] for gene in described["first"]] == [tick.get_text() for tick in ranks.get_yticklabels()[:3]]
    told = [[gene[name] for name in ("test", "rfe", "l1", "forest")] for gene in described["first"]]
    columns = top[["rank_test", "rank_rfe", "rank_l1", "rank_forest"]]
    np.testing.assert_array_equal(np.array(told), columns.head(3).to_numpy())


def test_the_figures_of_the_signature_name_their_genes() -> None:
    biomarkers = two_class().biomarkers
    genes = list(biomarkers.signature["gene"])
    assert draw_importance(biomarkers).genes == tuple(genes[:25])
    assert draw_heatmap(biomarkers).genes == tuple(biomarkers.expression.columns[2:])
    assert draw_expression(biomarkers).genes == tuple(biomarkers.expression.columns[2:14])


def test_stability_marks_what_is_chosen_always() -> None:
    selection = two_class().selection
    axes = draw_stability(selection).figure.axes[0]
    top = selection.stability.head(40)
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches], 100 * top["frequency"])
    colours = [bar.get_facecolor() for bar in axes.patches]
    assert colours.count(colours[0]) == selection.always
    assert f"({selection.always} genes)" in axes.get_legend().get_texts()[0].get_text()


@pytest.mark.parametrize("analysis", [two_class, four_class])
def test_expression_shows_every_sample_over_the_quartiles_of_its_class(analysis) -> None:  # type: ignore[no-untyped-def]
    made = analysis()
    frame = made.biomarkers.expression
    panels = draw_expression(made.biomarkers).figure.axes
    assert len(panels) == 12
    for axes, gene in zip(panels, frame.columns[2:], strict=False):
        scattered = [part.get_offsets() for part in axes.collections if isinstance(part, PathCollection)]
        np.testing.assert_allclose(np.sort(np.concatenate(scattered)[:, 1]), np.sort(frame[gene].to_numpy()))
        boxes = frame.groupby("class")[gene].quantile([0.25, 0.75]).unstack().loc[list(classes_of(made))]
        np.testing.assert_allclose([[bar.get_y(), bar.get_y() + bar.get_height()] for bar in axes.patches], boxes)
    described = describe_expression(made.biomarkers)
    assert described["names"] == [axes.get_title(loc="left") for axes in panels]
    assert described["samples"] == len(frame)
    medians = frame.groupby("class")[frame.columns[2]].median()
    assert described["medians"] == [(level, medians[level]) for level in classes_of(made)]


def test_independent_samples_are_told_of_where_the_expression_shows_some() -> None:
    assert describe_expression(two_class().biomarkers)["independent"]
    assert not describe_expression(without_independent_set().biomarkers)["independent"]


def test_names_are_no_mathematics_and_no_markup() -> None:
    for analysis in (nasty, two_class):
        for name, (drawn, svg) in written(analysis).items():
            priced = [text for text in texts(drawn.figure) if "$" in text.get_text()]
            assert not any(text.get_parse_math() for text in priced), name
            assert priced or name not in ("volcano", "stability", "heatmap")
            assert not re.search(r"<(script|b|u)\b", svg), name


def test_names_fit_their_place() -> None:
    assert shortened("short") == "short"
    assert len(shortened("x" * 10_000)) == 22
    assert shortened("tumour <stage IV>", 9) == "tumou…IV>"
    assert shortened("a\nb\tc") == "a b c"
    assert label_of("probe_at", "SYM") == "SYM"
    assert label_of(NASTY[0], "") == shortened(NASTY[0])


def test_names_are_turned_when_they_do_not_fit() -> None:
    with look():
        assert fitting(["ALL", "AML"], 7, 50) == (["ALL", "AML"], 0)
        assert fitting(["ALL", "a longer name"], 7, 20)[1] == 90
        assert text_width("WWW", 7) > text_width("iii", 7) > 0 == text_width(" ", 7)


def test_a_settled_figure_stays_as_it_is() -> None:
    figure = draw_scree(two_class().components).figure
    with look():
        settle(figure)
        before = [axes.get_position().bounds for axes in figure.axes]
        settle(figure)
    assert [axes.get_position().bounds for axes in figure.axes] == before
