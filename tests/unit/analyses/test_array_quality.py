"""Measures of the quality of arrays against NumPy, their limits, and the figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from genereport.analyses.array_quality.figures import describe_distances, draw_arrays, draw_distances, has_distances
from genereport.analyses.array_quality.result import ArrayQuality
from genereport.analyses.array_quality.stage import ArrayQualityStage
from genereport.analyses.array_quality.tables import ARRAYS
from genereport.analyses.columns import Style
from genereport.analyses.preprocessing.stage import PreprocessingStage, unscaled
from genereport.analyses.stage import Upstream
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.plotting.style import to_svg
from tests.factory import make_cohort, settings_of


def run(cohort: Cohort) -> ArrayQuality:
    return ArrayQualityStage().run(cohort, Upstream(), np.random.default_rng(0))


def with_outlier() -> Cohort:
    cohort = make_cohort(train=(12, 10), test=(3, 2), genes=200)
    cohort.expression.iloc[4] += np.random.default_rng(1).normal(0, 6, 200)
    return cohort


def test_the_measures_are_those_of_numpy() -> None:
    cohort = with_outlier()
    found = run(cohort)
    x, train = cohort.expression.to_numpy(), (cohort.samples["set"] == "train").to_numpy()
    arrays = found.arrays.loc[cohort.samples.index]
    relative = x - np.median(x[train], axis=0)
    np.testing.assert_allclose(arrays["rle_median"], np.median(relative, axis=1))
    np.testing.assert_allclose(found.rle.loc[cohort.samples.index, "q95"], np.quantile(relative, 0.95, axis=1))
    centre = np.median(x[train & (cohort.samples["class"] == "A").to_numpy()], axis=0)
    np.testing.assert_allclose(arrays["correlation"].iloc[0], np.corrcoef(x[0], centre)[0, 1])
    distance = np.abs(x[:, None] - x[None]).mean(axis=2)
    np.testing.assert_allclose(found.distances, distance, atol=5e-5)
    expected = [np.delete(row, i)[np.delete(train, i)].mean() for i, row in enumerate(distance)]
    np.testing.assert_allclose(arrays["distance"], expected)


def test_limits_are_whiskers_of_the_training_arrays_and_an_outlier_is_listed_with_its_measures() -> None:
    cohort = with_outlier()
    found = run(cohort)
    train = found.arrays[found.arrays["set"] == "train"]
    low, high = np.quantile(train["distance"], [0.25, 0.75])
    assert found.limit == found.limits.loc["distance", "high"] == high + 1.5 * (high - low)
    assert np.isnan(found.limits.loc["distance", "low"])
    low, high = np.quantile(train["rle_median"], [0.25, 0.75])
    np.testing.assert_allclose(
        found.limits.loc["RLE median", ["low", "high"]], [2.5 * low - 1.5 * high, 2.5 * high - 1.5 * low]
    )
    first = found.arrays.iloc[0]
    assert (first.name, first["outlier"]) == ("s04", "yes")
    assert {"distance", "RLE IQR", "residual spread"} <= set(first["exceeds"].split(";"))
    assert first["exceeded"] == len(first["exceeds"].split(";"))
    counted = [
        found.arrays["exceeds"].str.split(";").map(lambda held, name=name: name in held).sum()
        for name in found.limits.index
    ]
    assert list(found.limits["exceeding"]) == counted
    assert found.outliers + found.independent_outliers == (found.arrays["exceeded"] > 0).sum()


def test_independent_samples_move_no_limit() -> None:
    cohort = with_outlier()
    before = run(cohort).limits
    cohort.expression.loc[cohort.samples["set"] == "test"] += 9
    after = run(cohort).limits
    np.testing.assert_array_equal(before[["low", "high"]], after[["low", "high"]])
    assert after.loc["RLE median", "exceeding"] >= 5


def test_counts_have_their_library_sizes_and_detected_genes() -> None:
    cohort = make_cohort(train=(8, 8), test=(2, 2), genes=90, scale="counts")
    rng = np.random.default_rng(3)
    cohort.expression.iloc[:, :] = rng.poisson(rng.gamma(1.0, 60.0, 90), (20, 90))
    cohort.expression.iloc[2] = rng.binomial(cohort.expression.iloc[2].to_numpy().astype(int), 0.01)
    prepared, steps = PreprocessingStage(settings_of().preprocess).run(cohort)
    upstream = Upstream((steps, unscaled(cohort, steps)))
    found = ArrayQualityStage().run(prepared, upstream, np.random.default_rng(0))
    arrays = found.arrays.loc[cohort.samples.index]
    np.testing.assert_allclose(arrays["detected"], (cohort.expression > 0).mean(axis=1))
    np.testing.assert_allclose(arrays["library_size"], steps.libraries.sizes["library_size"])  # type: ignore[union-attr]
    assert {"library size", "genes detected"} <= set(arrays.loc["s02", "exceeds"].split(";"))
    heads = [column.head for column in ARRAYS.print(found, Style()).columns]
    assert heads[-3:] == ["Library size", "Detected", "Beyond the limit of"]


def test_a_measure_that_does_not_vary_has_no_limit() -> None:
    cohort = make_cohort(train=(8, 8), genes=101)
    cohort.expression.iloc[:, :60] = 5.0
    found = run(cohort)
    assert "RLE median" not in found.limits.index
    assert set(found.arrays["rle_median"]) == {0.0}


def test_too_few_arrays_are_not_judged() -> None:
    with pytest.raises(NotApplicable):
        run(make_cohort(train=(2, 1)))


def boxes(figure: Figure) -> int:
    return sum(len(axes.patches) for axes in figure.axes)


def test_few_samples_get_boxes_and_many_get_points() -> None:
    found = run(with_outlier())
    assert boxes(draw_arrays(found).figure) == 27
    many = run(make_cohort(train=(50, 40), genes=30))
    assert boxes(draw_arrays(many).figure) == 0
    assert has_distances(many)
    most = run(make_cohort(train=(90, 70), genes=20))
    assert not has_distances(most)


def test_the_heat_map_is_ordered_by_similarity_and_names_its_rows() -> None:
    cohort = with_outlier()
    cohort.samples["age"] = [np.nan, *range(30, 56)]
    cohort.samples["sex"] = (["F", "M", np.nan] * 9)[:27]
    found = run(cohort)
    assert describe_distances(found)["rows"] == ["class", "set", "age", "sex"]
    figure = draw_distances(found).figure
    body = figure.axes[0]
    shown = np.asarray(body.images[0].get_array())
    names = [int(tick.get_text()[1:]) for tick in body.get_yticklabels()]
    np.testing.assert_allclose(shown, found.distances.to_numpy()[np.ix_(names, names)])
    assert names != sorted(names)
    assert "unknown" in [text.get_text() for text in figure.axes[-1].get_legend().get_texts()]
    alone = replace(found, covariates=found.covariates.assign(set="train"))
    assert describe_distances(alone)["rows"] == ["class", "age", "sex"]
    assert to_svg(draw_distances(alone).figure).startswith("<?xml")
