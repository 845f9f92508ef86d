"""The one place where numbers become text, as R would print them."""

from __future__ import annotations

import math

MISSING = "–"
MINUS = "−"
SMALLEST_P = 2.2e-16


def count(value: float) -> str:
    """A whole number with thousands separated: ``7,129``."""
    return f"{int(value):,}"


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage: ``94.1 %``."""
    return MISSING if math.isnan(share) else f"{100 * share:.{digits}f} %"


def fixed(value: float, digits: int = 3) -> str:
    """A number with so many decimals and a true minus sign: ``−0.250``."""
    if math.isnan(value):
        return MISSING
    text = f"{value:.{digits}f}"
    zero = text.strip("-0.") == ""
    return text.lstrip("-") if zero else text.replace("-", MINUS)


def two(value: float) -> str:
    """Two decimals."""
    return fixed(value, 2)


def general(value: float, digits: int = 4) -> str:
    """A number to so many significant digits: ``16,000``, ``7.25``."""
    if math.isnan(value):
        return MISSING
    text = f"{value:,.{digits}g}"
    return (f"{value:,.0f}" if "e" in text and abs(value) < 1e9 else text).replace("-", MINUS)


def p_value(p: float) -> str:
    """A p-value to three significant digits as R's ``format.pval`` prints it: ``0.0123``, ``5.88e-08``, ``< 2e-16``."""
    if math.isnan(p):
        return MISSING
    if p < SMALLEST_P:
        return "< 2e-16"
    return f"{p:.2e}" if p < 1e-4 else f"{p:.3g}"


def p_equation(p: float) -> str:
    """A p-value in running text: ``p = 0.012`` or ``p < 2e-16``."""
    text = p_value(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def stars(p: float) -> str:
    """R's significance codes: ``***`` below 0.001, ``**`` 0.01, ``*`` 0.05, ``.`` 0.1."""
    for limit, code in ((0.001, "***"), (0.01, "**"), (0.05, "*"), (0.1, ".")):
        if p < limit:
            return code
    return ""


def interval(low: float, high: float, digits: int = 3) -> str:
    """Limits joined by *to*, so that a minus sign cannot be misread: ``0.831 to 0.967``."""
    return "not estimable" if math.isnan(low) else f"{fixed(low, digits)} to {fixed(high, digits)}"


def plural(number: float, one: str, many: str | None = None) -> str:
    """The noun that goes with the number: ``gene`` or ``genes``."""
    return one if number == 1 else many or f"{one}s"


def listing(items: list[str]) -> str:
    """Items as a sentence lists them: ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
