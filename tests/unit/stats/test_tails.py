"""Tails and quantiles of t and F against R and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from genereport.stats.tails import t_quantile, two_sided_p, upper_f
from tests.unit.stats.references import reference

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def test_t_is_accurate_in_the_far_tail_and_beside_zero() -> None:
    # R: 2 * pt(-t, df), t from 1e-12 to 1e5, p down to 1e-300. Largest deviation 3.3e-14.
    table = reference("tails_t")
    np.testing.assert_allclose(two_sided_p(table["t"].to_numpy(), table["df"].to_numpy()), table["p"], rtol=1e-12)


def test_f_is_accurate_in_the_far_tail_and_beside_zero() -> None:
    # R: pf(f, df1, df2, lower.tail = FALSE). Largest deviation 4.9e-14.
    table = reference("tails_f")
    found = upper_f(*(table[name].to_numpy() for name in ("f", "df1", "df2")))
    np.testing.assert_allclose(found, table["p"], rtol=1e-12)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize(("low", "high"), [(1, 36), (1, 1e6), (7, 7.5), (4, np.inf)])
def test_interpolated_quantiles_are_those_of_scipy(confidence: float, low: float, high: float) -> None:
    df = 1 / np.random.default_rng(3).uniform(1 / high, 1 / low, 1000)
    np.testing.assert_allclose(t_quantile(confidence, df), stats.t.ppf((1 + confidence) / 2, df), rtol=1e-12)


def test_quantiles_of_one_df_and_of_missing_ones() -> None:
    df = np.array([7.0, np.nan, 7.0])
    np.testing.assert_allclose(t_quantile(0.95, df), [2.364624251592785, np.nan, 2.364624251592785], rtol=1e-14)
    assert np.isnan(t_quantile(0.95, np.full(3, np.nan))).all()


def test_an_endless_denominator_makes_f_a_chi_squared_variable() -> None:
    f, endless = np.array([0.0, 0.3, 2.0, 50.0, np.nan]), np.full(5, np.inf)
    np.testing.assert_allclose(upper_f(f, 3.0, endless), stats.chi2.sf(3 * f, 3), rtol=1e-12)
