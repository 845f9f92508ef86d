"""One drawing gives every form; panels get the room that their labels leave, by the ratios of their grid."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from genereport.plotting.layout import keep_ticks
from genereport.plotting.style import canvas, colour, settle, to_pdf, to_svg, write


def drawn(title: str = "") -> Figure:
    """Two panels, one twice as wide, with labels, a legend outside of them and a shared label."""
    with canvas(2.0, 1, 2, width_ratios=[2, 1]) as (figure, panels):
        for axes in panels:
            axes.plot([0, 1], [0, 12_345], "-o", color=colour(0), label="line")
            axes.set_title(title)
        panels[0].set(xlabel="efficient", ylabel="height")
        panels[1].set_yticks([0, 12_345], ["none", "a long name"])
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right")
        figure.supxlabel("both", fontsize=8)
    return figure


def test_one_drawing_gives_the_bytes_of_two() -> None:
    first, second, third = drawn("one"), drawn("two"), drawn("three")
    written = write([first, second, third], [0, 2])
    assert written.svgs == [to_svg(drawn(title)) for title in ("one", "two", "three")]
    assert written.pdf == to_pdf(drawn("one"), drawn("three"))


@pytest.mark.parametrize(("paged", "screen"), [((), True), ((0,), False)])
def test_a_form_that_is_not_wanted_is_empty(paged: tuple[int, ...], screen: bool) -> None:
    written = write([drawn()], paged, screen=screen)
    assert (len(written.svgs), bool(written.pdf)) == (int(screen), bool(paged))


def test_panels_share_the_room_by_their_ratios_and_nothing_overlaps() -> None:
    figure = drawn("A title")
    settle(figure)
    boxes = [axes.get_position() for axes in figure.axes]
    assert boxes[0].width == pytest.approx(2 * boxes[1].width, abs=1e-4)
    assert [box.y0 for box in boxes] == [boxes[0].y0] * 2
    left, right = (axes.get_tightbbox() for axes in figure.axes)
    assert left is not None
    assert right is not None
    assert 0 <= left.x0 < left.x1 < right.x0 < right.x1 <= 72 * figure.get_figwidth()
    legend, label = figure.legends[0].get_window_extent(), figure.texts[0].get_window_extent()
    assert label.y1 < left.y0
    assert max(left.y1, right.y1) < legend.y0 + 1
    assert legend.y1 <= 144


def test_labels_that_leave_no_room_leave_the_panels_where_they_are() -> None:
    with canvas(0.3) as (figure, axes):
        axes.set_xlabel("\n" * 8 + "low")
    before = axes.get_position().bounds
    settle(figure)
    np.testing.assert_allclose(axes.get_position().bounds, before, atol=1e-5)


def test_ticks_are_computed_anew_once_the_context_ends() -> None:
    figure = drawn()
    axis = figure.axes[0].xaxis
    with keep_ticks(figure):
        figure.axes[0].set_xlim(0, 1)
        assert axis.get_tightbbox() is not None
    assert not {"_update_ticks", "_get_ticklabel_bboxes"} & set(vars(axis))


def test_a_text_of_several_lines_is_written_without_ligatures() -> None:
    with canvas(1.0) as (figure, axes):
        axes.text(0, 0.5, "coefficient\nfilter")
    assert to_svg(figure).count("<!-- coefficient -->") == 1
    pdf = to_pdf(figure)
    assert pdf == to_pdf(figure)
