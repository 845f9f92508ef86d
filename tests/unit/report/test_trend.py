"""The section on earlier runs: a row a run, dashes where a run has no number, a figure where there are some."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genereport.analyses.trend.figures import draw_trend
from genereport.analyses.trend.result import Trend
from genereport.analysis import Analysis
from genereport.report.document import Figure
from tests.unit.report.drawing import shown
from tests.unit.report.synthetic import two_class, with_trend
from tests.unit.report.words import blocks, table, words


def runs_of(**columns: object) -> Analysis:
    """The analysis as the last of five runs, some columns of which are others."""
    made = with_trend(two_class())
    return made.with_results(trend=replace(made.trend, runs=made.trend.runs.assign(**columns)))


def test_every_run_has_its_row() -> None:
    made = with_trend(two_class())
    runs = made.trend.runs
    head, *rows = table(made, "trend", "trend")
    assert head == (
        "Run", "Samples", "Tested", "Bonferroni", "BH", "Named model", "Cross-validated", "Independent", "Genes kept",
    )  # fmt: skip
    assert [row[0] for row in rows] == list(runs["time"])
    assert rows[0][1:6] == ("30", "6,000", "40", "300", "Nearest shrunken centroids on selected genes")
    assert rows[0][6:] == (f"{runs['cv'].iloc[0]:.3f} (not estimable)", "–", "–")
    second = runs.iloc[1]
    assert rows[1][6] == f"{second['cv']:.3f} ({second['cv_low']:.3f} to {second['cv_high']:.3f})"
    assert rows[1][8] == "41 of 50"


def test_a_run_without_models_and_tests_has_dashes() -> None:
    made = runs_of(tested=np.nan, bonferroni=np.nan, bh=np.nan, model="", features="", cv=np.nan, independent=np.nan)
    assert {row[2:8] for row in table(made, "trend", "trend")[1:]} == {("–",) * 6}
    assert not any(isinstance(block, Figure) for block in blocks(made, "trend"))


@pytest.mark.parametrize(
    ("left_out", "told"), [(0, None), (1, "1 older run is not listed."), (2, "2 older runs are not listed.")]
)
def test_runs_that_are_not_listed_are_counted(left_out: int, told: str | None) -> None:
    made = with_trend(two_class())
    found = words(made.with_results(trend=replace(made.trend, left_out=left_out)), "trend")
    assert "7 runs of this study with different inputs, settings or versions are kept" in found
    assert told in found if told else "not listed" not in found


def test_the_figure_shows_each_estimate_with_its_interval_and_the_text_tells_them() -> None:
    trend = with_trend(two_class()).trend
    assert isinstance(trend, Trend)
    assert trend.estimated == ("cv", "independent")
    axes = draw_trend(trend).figure.axes[0]
    for line, name in zip(axes.lines, trend.estimated, strict=True):
        np.testing.assert_allclose(line.get_ydata(), trend.runs[name])
    for bars, name in zip(axes.collections, trend.estimated, strict=True):
        drawn = [path[:, 1] for path in bars.get_segments() if len(path)]
        known = trend.runs[[f"{name}_low", f"{name}_high"]].dropna()
        np.testing.assert_allclose(drawn, known)
    alt = shown(with_trend(two_class()), "trend", "trend").alt
    first = trend.runs.iloc[0]
    assert alt.startswith(
        f"Balanced accuracy of the model named in each of 5 runs. cross-validated: {first['time']} {first['cv']:.2f}, "
    )
    assert f"; independent set: {first['time']} –, " in alt
    assert alt.endswith(f"this run {trend.runs['independent'].iloc[-1]:.2f}.")


def test_without_any_independent_set_one_line_is_drawn_and_told_of() -> None:
    made = runs_of(independent=np.nan, independent_low=np.nan, independent_high=np.nan)
    assert made.trend.estimated == ("cv",)
    assert len(draw_trend(made.trend).figure.axes[0].lines) == 1
    assert "independent set" not in shown(made, "trend", "trend").alt
