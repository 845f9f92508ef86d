"""Ids lead to what they name and nowhere else; a text agrees with its number or does not."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport import formats
from genereport.formats import whole_percent
from genereport.report.value_ids import agrees, resolve

CONTENT = {
    "title": "T",
    "settings": {"tests": {"alpha": 0.05}, "models": {"hidden": [32, 16]}},
    "inputs": [{"name": "a.tsv", "size": 12}],
    "models": {
        "metrics": {
            "index": "model",
            "columns": {
                "model": {"type": "str", "values": ["a", "b"]},
                "adj.P.Val": {"type": "float64", "values": [0.5, None]},
                "tumour [IV].x": {"type": "int64", "values": [1, 2]},
                "two\nlines": {"type": "int64", "values": [3, 4]},
            },
        }
    },
}


@pytest.mark.parametrize(
    ("id", "value"),
    [
        ("title", "T"),
        ("settings.tests.alpha", 0.05),
        ("settings.models.hidden[1]", 16),
        ("inputs[0].size", 12),
        ("models.metrics[1].model", "b"),
        ("models.metrics[0].adj.P.Val", 0.5),
        ("models.metrics[1].adj.P.Val", None),
        ("models.metrics[1].tumour [IV].x", 2),
        ("models.metrics[1].two\nlines", 4),
    ],
)
def test_an_id_leads_to_its_number(id: str, value: object) -> None:  # noqa: A002
    assert resolve(CONTENT, id) == value


@pytest.mark.parametrize(
    "id",
    [
        "",
        ".title",
        "title.x",
        "title[0]",
        "nothing",
        "settings.tests.",
        "settings..tests",
        "settings.models.hidden[2]",
        "settings.models.hidden[-1]",
        "settings.models.hidden.0",
        "settings[0]",
        "inputs[0]size",
        "inputs[0",
        "models.metrics.model",
        "models.metrics.columns.model",
        "models.metrics[2].model",
        "models.metrics[0].P.Val",
        "models.metrics[0]",
    ],
)
def test_an_id_that_leads_nowhere_is_refused_by_name(id: str) -> None:  # noqa: A002
    with pytest.raises(KeyError) as refused:
        resolve(CONTENT, id)
    assert refused.value.args == (id,)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7,129", 7129),
        ("94.1 %", 0.94117),
        ("95 %", 0.95),
        ("−0.250", -0.25),
        ("0.000", -0.0001),
        ("16,000", 16000.0),
        ("5.88e-08", 5.8795e-08),
        ("1e−05", 1e-5),
        ("< 2e-16", 0.0),  # of earlier versions
        ("< 10⁻³⁰⁰", 0.0),
        ("5.88 × 10⁻⁸", 5.8795e-08),
        ("10⁻⁵", 1e-5),
        ("−1.2 × 10³⁰", -1.2e30),
        ("<.001", 0.0002),
        ("< .001", 0.0002),
        (".03", 0.0312),
        (">.99", 1.0),
        ("–", None),
        ("not estimable", None),
        ("∞", "inf"),
        ("Inf", "inf"),
        ("−∞", "-inf"),
        ("no", 0),
        ("none", 0),
        ("once", 1),
        ("yes", True),
        ("false", False),
        ("ALL", "ALL"),
        ("", ""),
        ("lineage, planted", "lineage;planted"),
        ("[32, 16]", [32, 16]),
        ('"standard"', "standard"),
        ("null", None),
    ],
)
def test_a_text_that_says_the_value_agrees(text: str, value: object) -> None:
    assert agrees(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7,128", 7129),
        ("71,29", 7129),
        ("94.2 %", 0.94117),
        ("0.941 %", 0.94117),
        ("0.250", -0.25),
        ("0.13", 0.125),  # printed by Python as 0.12
        ("5.89e-08", 5.8795e-08),
        ("5.88e-07", 5.8795e-08),
        ("< 2e-16", 1e-15),
        ("< 10⁻³⁰⁰", 1e-299),
        ("5.89 × 10⁻⁸", 5.8795e-08),
        ("10⁻⁵", 1e-6),
        ("<.001", 0.001),
        ("<.001", -1),
        (".031", 0.0302),
        (">.99", 0.99),
        ("–", 0.0),
        ("0", None),
        ("–", "–x"),
        ("", 0),
        ("–", float("inf")),
        ("0.5", "inf"),
        ("yes", False),
        ("1", True),
        ("all", "ALL"),
        ("ALL ", "ALL"),
        ("1 gene", 1),
        ("none", 1),
        ("[32, 17]", [32, 16]),
        ("0.05\n", 0.05),
        ("٣", 3),
        (".", 0),
        ("-", 0),
        ("e5", 0),
    ],
)
def test_a_text_that_says_something_else_does_not(text: str, value: object) -> None:
    assert not agrees(text, value)


FORMS = {
    "count": (formats.count, st.integers(-(10**9), 10**9)),
    "percent": (formats.percent, st.floats(-10, 10)),
    "whole percent": (whole_percent, st.floats(0.5, 1, exclude_max=True)),
    "fixed": (formats.fixed, st.floats(-1e6, 1e6)),
    "general": (formats.general, st.floats(-1e12, 1e12)),
    "R": (formats.p_value, st.floats(0, 1)),
    "AMA": (lambda p: formats.p_value(p, "AMA"), st.floats(0, 1)),
}


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_whatever_a_format_prints_agrees_and_another_last_digit_does_not(form: str, data: st.DataObject) -> None:
    written, numbers = FORMS[form]
    value = data.draw(numbers)
    text = written(value)
    assert agrees(text, value)
    mantissa, mark, exponent = formats.typed(text).partition("e")
    last = max((place for place, sign in enumerate(mantissa) if sign.isdigit()), default=None)
    if last is None or text[0] in "<>":
        return
    for digit in "0123456789":
        changed = f"{mantissa[:last]}{digit}{mantissa[last + 1 :]}{mark}{exponent}"
        assert agrees(changed, value) == (digit == mantissa[last]), changed


def test_a_missing_number_is_nan_in_memory_and_null_in_the_file() -> None:
    for form in (formats.fixed, formats.percent, formats.general, formats.p_value):
        assert agrees(form(math.nan), None)
