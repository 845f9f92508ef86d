"""ROC curves, areas and DeLong's interval against R's pROC, and the symmetries they must have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.stats.roc import auc, delong_interval, roc_curve

REFERENCE = Path(__file__).parents[2] / "reference"
CASES = ("continuous", "tied", "coarse", "unbalanced")

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def reference(name: str, case: str) -> pd.DataFrame:
    table = pd.read_csv(REFERENCE / f"{name}.csv")
    return table[table["case"] == case]


def scores(case: str) -> tuple[np.ndarray, np.ndarray]:
    table = reference("scores", case)
    return table["score"].to_numpy(), table["positive"].to_numpy() == 1


@st.composite
def samples(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Scores with many ties, at least two samples of either kind."""
    positive = np.array([False, False, True, True, *draw(st.lists(st.booleans(), max_size=20))])
    values = draw(st.lists(st.integers(-6, 6), min_size=len(positive), max_size=len(positive)))
    return np.array(values) / 2, positive


# R: ci.auc(roc(positive, score, levels = c(0, 1), direction = "<"), method = "delong"). Largest deviation 1.6e-16.
@pytest.mark.parametrize("case", CASES)
def test_area_and_delong_interval_equal_procs(case: str) -> None:
    expected = reference("auc", case).iloc[0]
    assert auc(*scores(case)) == pytest.approx(expected["auc"], rel=1e-14)
    assert delong_interval(*scores(case)) == pytest.approx((expected["low"], expected["high"]), rel=1e-12)


# R: 1 - roc$specificities and roc$sensitivities, reversed. Largest deviation 8.3e-16: 1 − specificity rounds.
@pytest.mark.parametrize("case", CASES)
def test_curve_equals_procs(case: str) -> None:
    expected = reference("roc", case)
    np.testing.assert_allclose(np.column_stack(roc_curve(*scores(case))), expected[["fpr", "tpr"]], rtol=1e-14)


def test_curve_worked_by_hand() -> None:
    curve = roc_curve(np.array([0.9, 0.8, 0.8, 0.1]), np.array([True, True, False, False]))
    np.testing.assert_array_equal(curve.fpr, [0, 0, 0.5, 1])
    np.testing.assert_array_equal(curve.tpr, [0, 0.5, 1, 1])


@given(sample=samples())
def test_area_is_the_trapezoid_area_under_the_curve(sample: tuple[np.ndarray, np.ndarray]) -> None:
    curve = roc_curve(*sample)
    assert auc(*sample) == pytest.approx(np.trapezoid(curve.tpr, curve.fpr), abs=1e-14)


@given(sample=samples())
def test_curve_rises_from_corner_to_corner(sample: tuple[np.ndarray, np.ndarray]) -> None:
    curve = np.array(roc_curve(*sample))
    assert (np.diff(curve) >= 0).all()
    np.testing.assert_array_equal(curve[:, [0, -1]], [[0, 1], [0, 1]])


@given(sample=samples())
def test_reversed_scores_have_the_complementary_area(sample: tuple[np.ndarray, np.ndarray]) -> None:
    values, positive = sample
    assert auc(-values, positive) == pytest.approx(1 - auc(values, positive), abs=1e-14)
    assert auc(values, ~positive) == pytest.approx(1 - auc(values, positive), abs=1e-14)


@given(sample=samples())
@pytest.mark.parametrize("transform", [np.exp, np.cbrt, lambda s: 3 * s - 7])
def test_only_the_order_of_the_scores_matters(transform, sample: tuple[np.ndarray, np.ndarray]) -> None:  # type: ignore[no-untyped-def]
    values, positive = sample
    assert auc(transform(values), positive) == auc(values, positive)
    np.testing.assert_array_equal(delong_interval(transform(values), positive), delong_interval(values, positive))


@given(sample=samples())
def test_delong_interval_holds_the_area(sample: tuple[np.ndarray, np.ndarray]) -> None:
    low, high = delong_interval(*sample)
    assert np.isnan(low) or 0 <= low <= auc(*sample) <= high <= 1


@pytest.mark.parametrize("values", [[1, 2, 3, 4], [4, 3, 2, 1], [1, 1, 1, 1]])
def test_delong_without_varying_placements_is_not_estimable(values: list[float]) -> None:
    assert np.isnan(delong_interval(np.array(values, dtype=float), np.array([False, False, True, True]))).all()


@pytest.mark.parametrize("positive", [[True, True, True], [False, False, False], [True, False, False]])
def test_delong_needs_two_of_either_kind(positive: list[bool]) -> None:
    assert np.isnan(delong_interval(np.arange(3.0), np.array(positive))).all()


@pytest.mark.parametrize("positive", [[True, True], [False, False], []])
def test_one_kind_alone_has_no_area(positive: list[bool]) -> None:
    assert np.isnan(auc(np.arange(float(len(positive))), np.array(positive, dtype=bool)))


def test_infinite_scores_tie_like_any_others() -> None:
    curve = roc_curve(np.array([np.inf, np.inf, 0.0]), np.array([True, False, False]))
    np.testing.assert_array_equal(curve.tpr, [0, 1, 1])
