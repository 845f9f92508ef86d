"""Figures of the trust section hold what the results hold: hollow what flatters, filled what is honest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from genereport.analyses.models.figures import draw_precision_recall
from genereport.analyses.result import Skipped
from genereport.analyses.trust.figures import draw_bias, draw_gaps, draw_learning_curve, draw_permutation
from genereport.analyses.trust.result import LabelPermutation
from tests.unit.report.synthetic import two_class


@pytest.mark.parametrize(
    ("draw", "table", "columns"),
    [(draw_gaps, "gaps", ("training", "held_out")), (draw_bias, "bias", ("leaked", "honest"))],
)
def test_two_figures_a_model_are_joined(draw, table: str, columns: tuple[str, str]) -> None:  # type: ignore[no-untyped-def]
    trust = two_class().trust
    expected = getattr(trust, table)
    axes = draw(trust).figure.axes[0]
    flattering, honest = axes.lines
    np.testing.assert_allclose(flattering.get_xdata(), expected[columns[0]])
    np.testing.assert_allclose(honest.get_xdata(), expected[columns[1]])
    assert flattering.get_markerfacecolor() == "white" != honest.get_markerfacecolor()
    bars = next(part for part in axes.collections if isinstance(part, LineCollection))
    np.testing.assert_allclose([path[:, 0] for path in bars.get_segments()], expected[list(columns)])
    assert len(axes.get_yticklabels()) == len(expected)


def test_the_learning_curve_has_a_point_and_an_interval_a_size() -> None:
    trust = two_class().trust
    axes = draw_learning_curve(trust).figure.axes[0]
    np.testing.assert_allclose(axes.lines[0].get_xydata(), trust.learning[["samples", "estimate"]])
    bars = next(part for part in axes.collections if isinstance(part, LineCollection))
    known = trust.learning.dropna()
    drawn = [path[:, 1] for path in bars.get_segments() if len(path)]
    np.testing.assert_allclose(drawn, known[["ci_low", "ci_high"]])


def test_the_histogram_counts_every_permutation_and_marks_the_true_labels() -> None:
    found = two_class().trust.permutation
    assert isinstance(found, LabelPermutation)
    axes = draw_permutation(two_class().trust).figure.axes[0]
    assert sum(patch.get_height() for patch in axes.patches) == found.count
    assert [line.get_xdata()[0] for line in axes.lines] == [found.observed, found.high]
    legend = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert legend == ["permuted labels", "true labels", "95 % quantile of the permuted labels"]


def test_without_permuted_labels_there_is_nothing_to_draw() -> None:
    trust = replace(two_class().trust, permutation=Skipped("The labels were not permuted."))
    with pytest.raises(TypeError, match=r"The labels were not permuted\."):
        draw_permutation(trust)


def test_precision_recall_curves_fall_and_end_at_full_recall() -> None:
    panels = [axes for axes in draw_precision_recall(two_class().models).figure.axes if axes.get_visible()]
    assert len(panels) == 6
    for axes in panels:
        assert len(axes.lines) == 2
        for line in axes.lines:
            assert line.get_xdata()[-1] == 1
            assert 0 < line.get_ydata()[-1] <= line.get_ydata().max() <= 1
