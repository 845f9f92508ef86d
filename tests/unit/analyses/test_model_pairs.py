"""Every pair of models counts in Holm's family, also one that no split tells apart."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from genereport.analyses.models.pairs import pair_table
from genereport.learn.metrics import PRIMARY
from genereport.stats.intervals import corrected_resampled_t

KEYS = (("a", "selected"), ("b", "selected"), ("c", "selected"), ("d", "selected"))


def figures() -> dict[tuple[str, str], dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    perfect = np.ones(20)
    values = (perfect, perfect, perfect - rng.uniform(0.05, 0.1, 20), perfect - rng.uniform(0, 0.3, 20))
    return {key: {PRIMARY: value} for key, value in zip(KEYS, values, strict=True)}


def test_models_alike_in_every_split_have_p_one_and_stay_in_the_family() -> None:
    table = pair_table(KEYS, figures(), 0.25, None, 0.95)
    assert len(table) == 6
    alike = table[(table["model_1"] == "a") & (table["model_2"] == "b")].iloc[0]
    assert (alike["p"], alike["difference"]) == (1, 0)
    assert np.isnan(alike["ci_low"])
    expected = multipletests(table["p"], method="holm")[1]
    np.testing.assert_allclose(table["P.Holm.models"], expected)
    first = corrected_resampled_t(figures()[KEYS[0]][PRIMARY] - figures()[KEYS[2]][PRIMARY], 0.25)
    assert table.loc[(table["model_1"] == "a") & (table["model_2"] == "c"), "p"].item() == pytest.approx(first.p)
    assert table["P.McNemar.Holm"].isna().all()


def test_a_difference_that_never_varies_has_no_p_value_but_counts() -> None:
    changed = figures() | {KEYS[3]: {PRIMARY: np.full(20, 0.9)}}
    table = pair_table(KEYS, changed, 0.25, None, 0.95)
    constant = table["p"].isna()
    assert constant.sum() == 2
    assert table.loc[constant, "P.Holm.models"].isna().all()
    expected = multipletests(table["p"].fillna(1.0), method="holm")[1]
    np.testing.assert_allclose(table.loc[~constant, "P.Holm.models"], expected[~constant])
