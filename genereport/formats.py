"""The one place where numbers become text, as R would print them."""

from __future__ import annotations

import math
import re
from typing import Literal

MISSING = "–"
NOT_ESTIMABLE = "not estimable"
MINUS = "−"
UNDERFLOW = 1e-300
"""Below this a p-value is too small to be told from 0 reliably."""

_LONG = 1e9
"""From here on a number is written with an exponent."""

PStyle = Literal["R", "AMA"]

_MOST_DECIMALS = 8

_LIMITS = (0.05, 0.01, 0.001)
"""Limits of significance that no rounding may carry a p-value across."""

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_POWER = re.compile(r"(?:(?P<digits>[\d.]+)\s×\s)?(?<![\d.])10(?P<power>⁻?[⁰¹²³⁴-⁹]+)")

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""What a terminal would obey; names come from files."""


def count(value: float) -> str:
    """Return a whole number with thousands separated.

    Example:
        >>> count(7129)
        '7,129'
    """
    return f"{int(value):,}"


def percent(share: float, digits: int = 1) -> str:
    """Return a share as a percentage; a dash for NaN.

    Args:
        share: Share of 1.
        digits: Decimals of the percentage.

    Example:
        >>> percent(0.9412)
        '94.1 %'
    """
    return MISSING if math.isnan(share) else f"{100 * share:.{digits}f} %"


def whole_percent(share: float) -> str:
    """Return a share, such as a confidence level, as a percentage with no more decimals than it has.

    Args:
        share: Share of 1.

    Example:
        >>> whole_percent(0.95), whole_percent(0.999)
        ('95 %', '99.9 %')
    """
    return f"{100 * share:.4g} %"


def fixed(value: float, digits: int = 3) -> str:
    """Return a number with a fixed number of decimals and a true minus sign; a dash for NaN.

    A number of 1e9 or more prints with an exponent.

    Args:
        value: The number.
        digits: Number of decimals.

    Example:
        >>> fixed(-0.25), fixed(-0.0001), fixed(float("nan")), fixed(1.2e30)
        ('−0.250', '0.000', '–', '1.2 × 10³⁰')
    """
    if math.isnan(value):
        return MISSING
    if abs(value) >= _LONG:
        return general(value)
    text = f"{value:.{digits}f}"
    zero = text.strip("-0.") == ""
    return text.lstrip("-") if zero else text.replace("-", MINUS)


def beside_limit(value: float, limit: float, digits: int = 3) -> str:
    """Return a number with enough decimals to see on which side of a limit it lies, and whether its size is above it.

    Args:
        value: The number.
        limit: What it is compared with.
        digits: Smallest number of decimals; there are at most eight.

    Example:
        Two decimals would print 0.70, as if the limit had been reached.

        >>> beside_limit(0.6996, limit=0.7, digits=2), beside_limit(0.61, limit=0.7, digits=2)
        ('0.6996', '0.61')
    """

    def side(number: float) -> tuple[bool, bool]:
        return number < limit, abs(number) > limit

    while digits < _MOST_DECIMALS and side(round(value, digits)) != side(value):
        digits += 1
    return fixed(value, digits)


def two(value: float) -> str:
    """Return a number with two decimals.

    Example:
        >>> two(2.3456)
        '2.35'
    """
    return fixed(value, 2)


def general(value: float, digits: int = 4) -> str:
    """Return a number with a number of significant digits; a dash for NaN.

    Args:
        value: The number.
        digits: Number of significant digits.

    Example:
        >>> general(16000), general(7.25), general(0.000012345)
        ('16,000', '7.25', '1.234 × 10⁻⁵')
    """
    if math.isnan(value):
        return MISSING
    text = f"{value:,.{digits}g}"
    if "e" not in text:
        return text.replace("-", MINUS)
    return f"{value:,.0f}".replace("-", MINUS) if 1 <= abs(value) < _LONG else powered(text)


def powered(text: str) -> str:
    """Return a number that Python wrote with an exponent as digits times a power of ten.

    Args:
        text: Such as ``-1.2e-23``.

    Example:
        >>> powered("-1.2e-23"), powered("1e+09")
        ('−1.2 × 10⁻²³', '10⁹')
    """
    digits, _, exponent = text.partition("e")
    power = f"10{str(int(exponent)).translate(_RAISED)}"
    sign = MINUS if digits.startswith("-") else ""
    size = digits.removeprefix("-")
    return f"{sign}{power}" if size == "1" else f"{sign}{size} × {power}"


def typed(text: str) -> str:
    """Return a text with its numbers as they are typed: with ASCII signs, and with exponents in place of powers.

    Example:
        >>> typed("p = 1.2 × 10⁻²³"), typed("< 10⁻³⁰⁰"), typed("−0.25")
        ('p = 1.2e-23', '< 1e-300', '-0.25')
    """

    def type_power(found: re.Match[str]) -> str:
        return f"{found['digits'] or 1}e{int(found['power'].translate(_LOWERED)):+03d}"

    return _POWER.sub(type_power, text).replace(MINUS, "-")


def p_value(p: float, style: PStyle = "R") -> str:
    """Return a p-value, with more digits than its style has where fewer would carry it across 0.05, 0.01 or 0.001.

    Args:
        p: The p-value; NaN where there is none.
        style: ``R``: three significant digits, below 0.0001 with a power of ten, so that small ones keep their order;
            ``AMA``: two decimals, three below .01, no zero before the point, ``.03``, ``.004``, ``<.001``, ``>.99``.

    Example:
        >>> p_value(0.0123456), p_value(5.876e-8), p_value(0.0), p_value(0.049996)
        ('0.0123', '5.88 × 10⁻⁸', '< 10⁻³⁰⁰', '0.049996')
        >>> p_value(0.0312, "AMA"), p_value(0.0004, "AMA"), p_value(0.0496, "AMA")
        ('.03', '<.001', '.0496')
    """
    if math.isnan(p):
        return MISSING
    return _format_as_ama(p) if style == "AMA" else _format_as_r(p)


def _format_as_r(p: float) -> str:
    if p < UNDERFLOW:
        return f"< {powered(f'{UNDERFLOW:.0e}')}"
    return powered(f"{p:.2e}") if p < 1e-4 else _keep_side_of_limits(p, 3, "g")


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
    """Return the symbol of a p-value in running text and in the heads of tables.

    Args:
        style: As in `p_value`.

    Example:
        >>> p_letter("R"), p_letter("AMA")
        ('p', 'P')
    """
    return "P" if style == "AMA" else "p"


def p_spaced(text: str) -> str:
    """Return a printed p-value as running text has it: with a space after a sign of its own.

    Args:
        text: As `p_value` returns it.

    Example:
        >>> p_spaced("<.001"), p_spaced("0.012")
        ('< .001', '0.012')
    """
    return f"{text[0]} {text[1:].lstrip()}" if text[0] in "<>" else text


def p_lead(text: str, style: PStyle = "R") -> str:
    """Return what goes before a printed p-value in running text: no equals sign where it has a sign of its own.

    Args:
        text: As `p_value` returns it.
        style: As in `p_value`.

    Example:
        >>> p_lead("0.012"), p_lead("<.001", "AMA")
        ('p = ', 'P ')
    """
    return f"{p_letter(style)} " if text[0] in "<>" else f"{p_letter(style)} = "


def p_equation(p: float, style: PStyle = "R") -> str:
    """Return a p-value with its symbol, as running text has it.

    Args:
        p: The p-value.
        style: As in `p_value`.

    Example:
        >>> p_equation(0.012), p_equation(0.0), p_equation(0.0004, "AMA")
        ('p = 0.012', 'p < 10⁻³⁰⁰', 'P < .001')
    """
    text = p_spaced(p_value(p, style))
    return f"{p_lead(text, style)}{text}"


def stars(p: float) -> str:
    """Return R's significance code of a p-value: ``***`` below 0.001, ``**`` 0.01, ``*`` 0.05, ``.`` 0.1, else nothing.

    Example:
        >>> stars(0.0004), stars(0.02), stars(0.3)
        ('***', '*', '')
    """
    for limit, code in ((0.001, "***"), (0.01, "**"), (0.05, "*"), (0.1, ".")):
        if p < limit:
            return code
    return ""


def interval(low: float, high: float, digits: int = 3) -> str:
    """Return limits joined by *to*, so that a minus sign cannot be misread.

    Args:
        low: Lower limit; NaN where the interval is not estimable.
        high: Upper limit.
        digits: Number of decimals.

    Example:
        >>> interval(-0.0312, 0.967), interval(float("nan"), float("nan"))
        ('−0.031 to 0.967', 'not estimable')
    """
    return NOT_ESTIMABLE if math.isnan(low) else f"{fixed(low, digits)} to {fixed(high, digits)}"


def plural(number: float, one: str, many: str | None = None) -> str:
    """Return the noun that goes with a number.

    Args:
        number: The number.
        one: The singular.
        many: The plural; None: the singular with an s.

    Example:
        >>> plural(1, "gene"), plural(2, "gene"), plural(0, "class", "classes")
        ('gene', 'genes', 'classes')
    """
    return one if number == 1 else many or f"{one}s"


def listing(items: list[str]) -> str:
    """Return items as a sentence lists them.

    Example:
        >>> listing(["age", "sex", "batch"]), listing(["age"])
        ('age, sex and batch', 'age')
    """
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def plain(text: str) -> str:
    r"""Return a text without control characters, which could change how a terminal shows other text.

    Example:
        The escape sequence would print in red.

        >>> plain("\x1b[31mred") == "\N{REPLACEMENT CHARACTER}[31mred"
        True
    """
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
