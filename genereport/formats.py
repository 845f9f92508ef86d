"""The one place where numbers become text, as R would print them."""

from __future__ import annotations

import math
import re
from typing import Literal

MISSING = "–"
NOT_ESTIMABLE = "not estimable"
MINUS = "−"
SMALLEST_P = 2.2e-16
_LONG = 1e9
"""From here on a number is written with an exponent."""

PStyle = Literal["R", "AMA"]

_MOST_DECIMALS = 8

_LIMITS = (0.05, 0.01, 0.001)
"""Limits of significance that no rounding may carry a p-value across."""

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""What a terminal would obey; names come from files."""


def count(value: float) -> str:
    """A whole number with thousands separated: ``7,129``."""
    return f"{int(value):,}"


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage: ``94.1 %``."""
    return MISSING if math.isnan(share) else f"{100 * share:.{digits}f} %"


def whole_percent(share: float) -> str:
    """A share such as a confidence level in as few digits as it has: ``95 %``, ``99.9 %``."""
    return f"{100 * share:.4g} %"


def fixed(value: float, digits: int = 3) -> str:
    """A number with so many decimals and a true minus sign: ``−0.250``; ``1.2e+30`` where it has too many digits."""
    if math.isnan(value):
        return MISSING
    if abs(value) >= _LONG:
        return general(value)
    text = f"{value:.{digits}f}"
    zero = text.strip("-0.") == ""
    return text.lstrip("-") if zero else text.replace("-", MINUS)


def beside_limit(value: float, limit: float, digits: int = 3) -> str:
    """A number with as many decimals as it takes to see whether it is below a limit, and whether its size is above it.

    Args:
        value: The number.
        limit: What it is held against.
        digits: Decimals at least; there are eight at most.
    """

    def side(number: float) -> tuple[bool, bool]:
        return number < limit, abs(number) > limit

    while digits < _MOST_DECIMALS and side(round(value, digits)) != side(value):
        digits += 1
    return fixed(value, digits)


def two(value: float) -> str:
    """Two decimals."""
    return fixed(value, 2)


def general(value: float, digits: int = 4) -> str:
    """A number to so many significant digits: ``16,000``, ``7.25``."""
    if math.isnan(value):
        return MISSING
    text = f"{value:,.{digits}g}"
    return (f"{value:,.0f}" if "e" in text and 1 <= abs(value) < _LONG else text).replace("-", MINUS)


def p_value(p: float, style: PStyle = "R") -> str:
    """A p-value, with more digits than its style asks for where fewer would carry it across 0.05, 0.01 or 0.001.

    Args:
        p: NaN where there is none.
        style: ``R``: three significant digits as ``format.pval`` prints them, ``0.0123``, ``5.88e-08``, ``< 2e-16``;
            ``AMA``: two decimals, three below .01, no zero before the point, ``.03``, ``.004``, ``<.001``, ``>.99``.
    """
    if math.isnan(p):
        return MISSING
    return _format_as_ama(p) if style == "AMA" else _format_as_r(p)


def _format_as_r(p: float) -> str:
    if p < SMALLEST_P:
        return "< 2e-16"
    return f"{p:.2e}" if p < 1e-4 else _keep_side_of_limits(p, 3, "g")


def _format_as_ama(p: float) -> str:
    if p < 0.001:
        return "<.001"
    return ">.99" if p > 0.99 else _keep_side_of_limits(p, 2 if p >= 0.01 else 3, "f").removeprefix("0")


def _keep_side_of_limits(p: float, digits: int, kind: str) -> str:
    """At least so many digits; as many more as it takes to stay on the side of every limit where the p-value is."""
    text = f"{p:.{digits}{kind}}"
    while any((float(text) < limit) != (p < limit) for limit in _LIMITS):
        digits += 1
        text = f"{p:.{digits}{kind}}"
    return text


def p_letter(style: PStyle = "R") -> str:
    """What a p-value is called in running text and in the heads of tables."""
    return "P" if style == "AMA" else "p"


def p_spaced(text: str) -> str:
    """A printed p-value as it stands in running text, a sign of its own set apart: ``0.012``, ``< .001``."""
    return f"{text[0]} {text[1:].lstrip()}" if text[0] in "<>" else text


def p_lead(text: str, style: PStyle = "R") -> str:
    """What goes before a printed p-value in running text: ``p = ``, or ``P `` where it has a sign of its own."""
    return f"{p_letter(style)} " if text[0] in "<>" else f"{p_letter(style)} = "


def p_equation(p: float, style: PStyle = "R") -> str:
    """A p-value in running text: ``p = 0.012``, ``p < 2e-16``, ``P < .001``."""
    text = p_spaced(p_value(p, style))
    return f"{p_lead(text, style)}{text}"


def stars(p: float) -> str:
    """R's significance codes: ``***`` below 0.001, ``**`` 0.01, ``*`` 0.05, ``.`` 0.1."""
    for limit, code in ((0.001, "***"), (0.01, "**"), (0.05, "*"), (0.1, ".")):
        if p < limit:
            return code
    return ""


def interval(low: float, high: float, digits: int = 3) -> str:
    """Limits joined by *to*, so that a minus sign cannot be misread: ``0.831 to 0.967``."""
    return NOT_ESTIMABLE if math.isnan(low) else f"{fixed(low, digits)} to {fixed(high, digits)}"


def plural(number: float, one: str, many: str | None = None) -> str:
    """The noun that goes with the number: ``gene`` or ``genes``."""
    return one if number == 1 else many or f"{one}s"


def listing(items: list[str]) -> str:
    """Items as a sentence lists them: ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def plain(text: str) -> str:
    """A text that no terminal obeys."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
