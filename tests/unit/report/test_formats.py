"""Numbers read as R prints them."""

from __future__ import annotations

import math
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport import formats
from genereport.report.value_ids import agrees


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.25e299, "1.25 × 10²⁹⁹"), (-3e12, "−3 × 10¹²"), (999_999_999.0, "999999999.000"), (1e-300, "0.000")],
)
def test_a_number_of_many_digits_is_written_with_a_power_of_ten(value: float, text: str) -> None:
    assert formats.fixed(value) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        # R: signif(c(0.0123456, 5.8795e-08, 1.2e-23, 1, 0.05, 0.00012345), 3), small ones as powers of ten
        (0.0123456, "0.0123"),
        (5.8795e-08, "5.88 × 10⁻⁸"),
        (1.2e-23, "1.20 × 10⁻²³"),
        (9.999e-5, "1.00 × 10⁻⁴"),
        (9e-301, "< 10⁻³⁰⁰"),
        (0.0, "< 10⁻³⁰⁰"),
        (1.0, "1"),
        (0.05, "0.05"),
        (0.00012345, "0.000123"),
        (math.nan, "–"),
    ],
)
def test_p_values(p: float, text: str) -> None:
    assert formats.p_value(p) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        # AMA Manual of Style, 11th edition, 19.5: two digits, three below .01, <.001, >.99, no zero before the point;
        # more digits where rounding would make a result seem not significant.
        (0.0312, ".03"),
        (0.5, ".50"),
        (0.01, ".01"),
        (0.0042, ".004"),
        (0.001, ".001"),
        (0.00099, "<.001"),
        (0.0, "<.001"),
        (0.0496, ".0496"),
        (0.049, ".049"),
        (0.0504, ".05"),
        (0.0098, ".0098"),
        (0.99, ".99"),
        (0.991, ">.99"),
        (1.0, ">.99"),
        (math.nan, "–"),
    ],
)
def test_p_values_in_ama_style(p: float, text: str) -> None:
    assert formats.p_value(p, "AMA") == text


@pytest.mark.parametrize("style", ["R", "AMA"])
@given(near=st.sampled_from([0.05, 0.01, 0.001, 0.5]), offset=st.floats(-1, 1), shrink=st.integers(0, 16))
def test_no_printed_p_value_crosses_a_limit(
    style: Literal["R", "AMA"], near: float, offset: float, shrink: int
) -> None:
    p = min(1.0, near + near * offset * 10.0**-shrink)
    text = formats.p_value(p, style)
    assert agrees(text, p)
    for limit in (0.05, 0.01, 0.001):
        below = float(formats.typed(text).lstrip("<> ")) < limit or (text == "<.001" and limit == 0.001)
        assert below == (p < limit), text


@pytest.mark.parametrize(("value", "text"), [(-0.25, "−0.250"), (-0.0001, "0.000"), (1.0, "1.000"), (math.nan, "–")])
def test_fixed_decimals_have_a_true_minus_and_no_negative_zero(value: float, text: str) -> None:
    assert formats.fixed(value) == text


@pytest.mark.parametrize(
    ("value", "limit", "digits", "text"),
    [
        (0.61, 0.7, 2, "0.61"),
        (0.69996, 0.7, 2, "0.69996"),
        (0.7, 0.7, 2, "0.70"),
        (-0.0504, 0.05, 3, "−0.0504"),
        (0.05, 0.05, 3, "0.050"),
        (0.7 - 1e-12, 0.7, 2, "0.70000000"),
        (math.nan, 0.7, 2, "–"),
    ],
)
def test_a_number_beside_its_limit_has_the_decimals_that_tell(
    value: float, limit: float, digits: int, text: str
) -> None:
    assert formats.beside_limit(value, limit, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(16000, "16,000"), (100.0, "100"), (-28400, "−28,400"), (0.05, "0.05"), (71369, "71,369"), (1e-5, "10⁻⁵")],
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
    assert formats.p_equation(1e-20) == "p = 1.00 × 10⁻²⁰"
    assert formats.p_equation(0.0) == "p < 10⁻³⁰⁰"
    assert formats.p_equation(0.0123) == "p = 0.0123"
    assert formats.p_equation(1e-20, "AMA") == "P < .001"
    assert formats.p_equation(0.03, "AMA") == "P = .03"
    assert formats.p_equation(1, "AMA") == "P > .99"


@given(st.lists(st.floats(1e-300, 1), min_size=2, max_size=2))
def test_printed_p_values_keep_their_order(pair: list[float]) -> None:
    low, high = (float(formats.typed(formats.p_value(p))) for p in sorted(pair))
    assert low <= high
    assert low < high or min(pair) > 0.99 * max(pair)


@given(st.floats(-1e300, 1e300))
def test_a_number_is_typed_as_it_was_printed(value: float) -> None:
    assert float(formats.typed(formats.general(value)).replace(",", "")) == pytest.approx(value, rel=1e-3)
