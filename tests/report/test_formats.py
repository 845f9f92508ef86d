"""Numbers read as R prints them."""

from __future__ import annotations

import math

import pytest

from genereport.report import formats


@pytest.mark.parametrize(
    ("p", "text"),
    [
        # R: format.pval(c(0.0123456, 5.8795e-08, 1e-300, 1, 0.05, 0.00012345), digits = 3)
        (0.0123456, "0.0123"),
        (5.8795e-08, "5.88e-08"),
        (1e-300, "< 2e-16"),
        (1.0, "1"),
        (0.05, "0.05"),
        (0.00012345, "0.000123"),
        (math.nan, "–"),
    ],
)
def test_p_values(p: float, text: str) -> None:
    assert formats.p_value(p) == text


@pytest.mark.parametrize(("value", "text"), [(-0.25, "−0.250"), (-0.0001, "0.000"), (1.0, "1.000"), (math.nan, "–")])
def test_fixed_decimals_have_a_true_minus_and_no_negative_zero(value: float, text: str) -> None:
    assert formats.fixed(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(16000, "16,000"), (100.0, "100"), (-28400, "−28,400"), (0.05, "0.05"), (71369, "71,369")]
)
def test_general_numbers(value: float, text: str) -> None:
    assert formats.general(value) == text


@pytest.mark.parametrize(
    ("p", "code"), [(0.0005, "***"), (0.001, "**"), (0.049, "*"), (0.05, "."), (0.1, ""), (math.nan, "")]
)
def test_significance_codes(p: float, code: str) -> None:
    assert formats.stars(p) == code


def test_sentences() -> None:
    assert formats.listing(["a"]) == "a"
    assert formats.listing(["a", "b", "c"]) == "a, b and c"
    assert formats.plural(1, "gene") == "gene"
    assert formats.plural(0, "class", "classes") == "classes"
    assert formats.interval(math.nan, math.nan) == "not estimable"
    assert formats.interval(-0.1, 0.25, 2) == "−0.10 to 0.25"
    assert formats.p_equation(1e-20) == "p < 2e-16"
