from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from genereport.cohort.model import Scale
from genereport.cohort.scale import detect_scale, named_scale

RNG = np.random.default_rng(7)
LOGS = RNG.normal(8, 2, (20, 500)).clip(2, 16)


def millions(values: np.ndarray) -> np.ndarray:
    return np.asarray(values / values.sum(axis=1, keepdims=True) * 1e6)


@pytest.mark.parametrize(
    ("name", "sure", "values"),
    [
        ("log2", "clear", LOGS),
        ("log2", "clear", RNG.normal(4, 3, (20, 500)).clip(-2, 20)),
        ("log2", "clear", np.log2(RNG.poisson(5, (20, 500)) + 1.0)),
        ("ln", "clear", np.log1p(RNG.poisson(50, (20, 500)))),
        ("ln", "likely", RNG.normal(8, 2, (5, 2500)).clip(2, 15) * np.log(2)),
        ("log2", "likely", LOGS.clip(2, 15) * np.log(2)),
        ("log10", "likely", LOGS * np.log10(2)),
        ("ratio", "clear", RNG.normal(0, 1, (20, 500))),
        ("standardised", "clear", stats.zscore(RNG.lognormal(0, 1, (20, 500)), axis=0)),
        ("standardised", "clear", stats.zscore(RNG.lognormal(0, 1, (20, 500)), axis=1, ddof=1)),
        ("beta", "likely", RNG.beta(0.4, 0.4, (20, 500))),
        ("intensity", "clear", np.exp(RNG.normal(6, 2, (20, 500)))),
        ("intensity", "ambiguous", np.rint(np.exp(RNG.normal(7, 1, (20, 500))) + 20)),
        ("intensity", "likely", np.rint(np.exp(RNG.normal(7, 1, (5, 2500))) + 20)),
        ("intensity", "clear", np.rint(RNG.normal(300, 500, (20, 500)))),
        ("counts", "clear", RNG.negative_binomial(1, 0.005, (20, 500)).astype(float)),
        ("counts", "likely", RNG.poisson(20, (20, 500)).astype(float)),
        ("counts", "likely", RNG.poisson(3, (20, 500)).astype(float)),
        ("counts", "clear", RNG.negative_binomial(1, 0.01, (20, 500)) + np.where(RNG.random((20, 500)) < 0.3, 0.37, 0)),
        ("tpm", "clear", millions(RNG.lognormal(2, 3, (20, 500)))),
        ("tpm", "likely", RNG.lognormal(1, 2.5, (20, 500)) * (RNG.random((20, 500)) > 0.1)),
        ("log2", "ambiguous", RNG.choice([5.0, 6.0], (20, 500))),
    ],
)
def test_the_scale_of_values_made_to_have_it(name: str, sure: str, values: np.ndarray) -> None:
    found = detect_scale(values)
    assert (found.name, found.sure) == (name, sure)


@given(st.integers(0, 2**32 - 1), st.sampled_from([999.0, -99.0, 0.0, 57_000.0, -12_000.0, 1e9]))
def test_no_single_value_decides(seed: int, value: float) -> None:
    rng = np.random.default_rng(seed)
    for values in (rng.normal(8, 2, (8, 300)).clip(2, 16), rng.normal(0, 1, (8, 300)), rng.lognormal(7, 1, (8, 300))):
        expected = detect_scale(values)
        changed = values.copy()
        changed[rng.integers(8), rng.integers(300)] = value
        assert (detect_scale(changed).name, detect_scale(changed).sure) == (expected.name, expected.sure)


def test_missing_values_are_passed_over() -> None:
    values = RNG.normal(8, 2, (20, 50))
    values[::2, ::3] = np.nan
    assert detect_scale(values).name == "log2"


def test_the_evidence_has_its_numbers() -> None:
    reason = detect_scale(np.array([[-1.0, 0.5, 1.0, -2.0]])).reason
    assert reason == ("99.8 % of the values lie between -2 and 0.998, 50 % of them negative: log ratios around zero")


def test_a_setting_overrides_and_says_what_it_overrode() -> None:
    found = Scale("log2", "evidence")
    assert named_scale("log2", found).reason == "set by preprocess.scale, as the values suggest (evidence)"
    assert "look like base-2 logarithms (evidence)" in named_scale("counts", found).reason


@pytest.mark.parametrize(("folder", "name"), [("alon", "intensity"), ("khan", "ratio")])
def test_public_cohorts(shared_cohorts: Path, folder: str, name: str) -> None:
    values = np.loadtxt(shared_cohorts / folder / "expression.tsv", skiprows=1, usecols=range(1, 60), delimiter="\t")
    assert detect_scale(values).name == name
