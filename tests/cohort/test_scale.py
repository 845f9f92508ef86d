from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genereport.cohort.model import Scale
from genereport.cohort.scale import detect_scale, named_scale

RNG = np.random.default_rng(7)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("log2", RNG.normal(8, 2, (20, 500)).clip(2, 16)),
        ("log2", RNG.normal(4, 3, (20, 500)).clip(-2, 20)),
        ("log2", np.log2(RNG.poisson(5, (20, 500)) + 1.0)),
        ("ratio", RNG.normal(0, 1, (20, 500))),
        ("intensity", np.exp(RNG.normal(6, 2, (20, 500)))),
        ("intensity", np.rint(np.exp(RNG.normal(7, 1, (20, 500))) + 20)),
        ("intensity", np.rint(RNG.normal(300, 500, (20, 500)))),
        ("counts", RNG.negative_binomial(1, 0.005, (20, 500)).astype(float)),
        ("counts", RNG.poisson(20, (20, 500)).astype(float)),
        ("counts", RNG.poisson(3, (20, 500)).astype(float)),
    ],
)
def test_the_scale_of_values_made_to_have_it(name: str, values: np.ndarray) -> None:
    assert detect_scale(values).name == name


def test_missing_values_are_passed_over() -> None:
    values = RNG.normal(8, 2, (20, 50))
    values[::2, ::3] = np.nan
    assert detect_scale(values).name == "log2"


def test_the_evidence_has_its_numbers() -> None:
    assert detect_scale(np.array([[-1.0, 0.5, 1.0, -2.0]])) == Scale(
        "ratio", "range -2 to 1, 50 % of the values negative: log ratios around zero"
    )


def test_a_setting_overrides_and_says_what_it_overrode() -> None:
    found = Scale("log2", "evidence")
    assert named_scale("log2", found).reason == "set by preprocess.scale, as the values suggest (evidence)"
    assert "look like log2" in named_scale("counts", found).reason


@pytest.mark.parametrize(("folder", "name"), [("alon", "intensity"), ("khan", "ratio")])
def test_public_cohorts(shared_cohorts: Path, folder: str, name: str) -> None:
    values = np.loadtxt(shared_cohorts / folder / "expression.tsv", skiprows=1, usecols=range(1, 60), delimiter="\t")
    assert detect_scale(values).name == name
