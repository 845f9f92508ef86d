"""Numbers in tables and figures that scripts fill are printed as Python prints them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import numpy as np
import playwright.sync_api as pw
import pytest

from genereport.formats import fixed, general, interval, p_value
from genereport.report.typography import typeset
from genereport.resources import folder
from tests.chrome import Chrome

pytestmark = pytest.mark.slow

TIES = (
    *(0.125, 0.375, 0.625, -0.125, 2.5, 0.5, 1.5, -2.5, 0.25, 0.75, -0.25, 0.03125, 0.09375, 0.015625),
    *(1234.5, 1235.5, 12344.5, 12345.5, 123450.0, 123550.0, 1.2345e9, 1.2355e9, 999_999_999.5, 1e15 + 0.5),
)
"""Numbers in the very middle between two texts: the even one is printed."""

OTHERS = (
    *(0.0, -0.004, 1.005, 2.675, 9.995, 9.9995, 99995.0, 0.00012345, 1e-5, 1.2345e-5, 1e-4, 1e9, 1e22, 1e-300, 5e-324),
    *(
        0.05,
        0.0499999,
        0.01,
        0.00999999,
        0.001,
        0.0009999999,
        0.99,
        0.9900001,
        0.995,
        1.0,
        2.2e-16,
        1e-23,
        1.1e-300,
        9e-301,
    ),
)


def numbers() -> list[float]:
    made = np.random.default_rng(1999)
    fractions = (made.integers(-4000, 4000, 2000) / 2.0 ** made.integers(1, 13, 2000)).tolist()
    decimals = made.uniform(-20, 20, 1000).round(3).tolist()
    sizes = (made.uniform(-1, 1, 2000) * 10 ** made.uniform(-18, 12, 2000)).tolist()
    return [*TIES, *OTHERS, *fractions, *decimals, *sizes]


@pytest.fixture(scope="module")
def script(chrome: Chrome) -> Iterator[pw.Page]:
    """The script of a page that holds nothing but numbers."""
    shown = chrome.browser.new_page()
    text = (folder("templates") / "report.js").read_text(encoding="utf-8")
    genes = {"total": len(numbers()), "columns": {"low": numbers(), "high": numbers()[::-1]}}
    settings = json.dumps({"p_values": "R"})
    shown.set_content(f'<script type="application/json" id="settings">{settings}</script><script>{text}</script>')
    shown.evaluate("held => { genes = held; }", genes)
    yield shown
    shown.close()


FORMATS: dict[str, Callable[[float], str]] = {
    "one": lambda value: fixed(value, 1),
    "two": lambda value: fixed(value, 2),
    "general": general,
}


@pytest.mark.parametrize("name", FORMATS)
def test_numbers_are_rounded_as_python_rounds(script: pw.Page, name: str) -> None:
    printed = script.evaluate("([name, values]) => values.map((value) => format[name](value))", [name, numbers()])
    assert printed == [typeset(FORMATS[name](value)) for value in numbers()]


@pytest.mark.parametrize("style", ["R", "AMA"])
def test_p_values_are_rounded_as_python_rounds(script: pw.Page, style: str) -> None:
    values = [abs(value) % 1 for value in numbers()] + [1.0]
    printed = script.evaluate(
        "([style, values]) => { settings.p_values = style; return values.map(format.p); }", [style, values]
    )
    assert printed == [typeset(p_value(value, style)) for value in values]  # type: ignore[arg-type]


def test_limits_are_rounded_as_python_rounds(script: pw.Page) -> None:
    printed = script.evaluate(
        """genes.columns.low.map((_, row) => cellOf({ source: "low high", form: "interval" }, row, "export"))"""
    )
    assert printed == [
        typeset(interval(low, high, 2)) for low, high in zip(numbers(), reversed(numbers()), strict=True)
    ]


def test_a_missing_number_is_a_dash(script: pw.Page) -> None:
    assert script.evaluate("['one', 'two', 'general', 'p'].map((name) => format[name](null))") == ["–"] * 4
