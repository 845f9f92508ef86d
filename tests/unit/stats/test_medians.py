"""Medians against NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.stats.medians import medians


@pytest.mark.parametrize("n", [1, 2, 3, 24, 31, 500, 501, 502])
@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("order", ["C", "F"])
def test_medians_equal_numpys_bit_for_bit(n: int, missing: float, order: str) -> None:
    rng = np.random.default_rng(n)
    values = np.array(rng.normal(size=(n, 40)).round(2), order=order)  # type: ignore[call-overload]
    values[:, 0] = 5.0
    values[rng.random(values.shape) < missing] = np.nan
    values[0] = 1.0  # every column has a value
    assert np.array_equal(medians(values), np.nanmedian(values, axis=0))


def test_a_column_without_values_has_no_median() -> None:
    found = medians(np.array([[np.nan, 1.0], [np.nan, 4.0]]))
    assert np.isnan(found[0])
    assert found[1] == 2.5
