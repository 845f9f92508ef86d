"""How a text writes its numbers: decimals with a comma, thousands with a separator.

Numbers are rewritten only where the cells prove the style. Otherwise they stay as they are, and a cell that is no
number is refused where it is read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_MOST_CELLS = 20_000
_MANY = 50
"""Number of cells that all have three digits behind a comma or point, from which this is no chance."""

_UNGROUPED = 10_000  # some countries separate the thousands of numbers with five digits or more only
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_BLANK = r'[ "]*'
_SPACES, _APOSTROPHES = " \u00a0\u2009\u202f", "'\u2019"
_NUMBER_LIKE = re.compile(rf"[+-]?[.,]?\d[\d.,{_SPACES}{_APOSTROPHES}]*{_EXPONENT}", re.ASCII)


class NumberStyle(NamedTuple):
    """How numbers are written.

    Attributes:
        thousands: Characters that may separate thousands; empty if none does.
        decimal: Decimal mark.
    """

    thousands: str
    decimal: str

    @property
    def grouped(self) -> str:
        """A regular expression of numbers whose thousands are separated."""
        if not self.thousands:
            return r"(?!)"
        return rf"[+-]?[1-9]\d{{0,2}}(?:[{re.escape(self.thousands)}]\d{{3}})+(?:{re.escape(self.decimal)}\d+)?"

    @property
    def foreign(self) -> str:
        """A regular expression of numbers that are to be rewritten."""
        return rf"(?:{self.grouped}|[+-]?\d+,\d+{_EXPONENT})" if self.decimal == "," else self.grouped

    def rewrite(self, number: str) -> str:
        """Return a number without separators of thousands and with a decimal point.

        Example:
            >>> NumberStyle(".", ",").rewrite("1.234,5")
            '1234.5'
        """
        return number.translate(dict.fromkeys(map(ord, self.thousands))).replace(self.decimal, ".")


class Rewritten(NamedTuple):
    """A text with decimal points and without separators of thousands.

    Attributes:
        text: The text.
        before: The first number that was rewritten, as in the file; empty if none was.
        after: The same number as rewritten.
    """

    text: str
    before: str = ""
    after: str = ""


def with_plain_numbers(text: str, delimiter: str) -> Rewritten:
    r"""Write decimals with a point and thousands without a separator, if the cells prove how the text writes them.

    Header and first column stay as they are. So does the whole text if any number contradicts the style.

    Args:
        text: A delimited text.
        delimiter: Its delimiter. If it is a comma, only quoted cells can contain one.

    Example:
        >>> with_plain_numbers("gene;S1\n1,5;1.234,5\n", ";")
        Rewritten(text='gene;S1\n1,5;1234.5\n', before='1.234,5', after='1234.5')
    """
    cells = [cell for cell in _peek_cells(text, delimiter) if _NUMBER_LIKE.fullmatch(cell)]
    style = find_style(cells)
    if style is None:
        return Rewritten(text)
    edge = re.escape(delimiter)
    before, after = rf"(?<={edge})({_BLANK})", rf"({_BLANK})(?={edge}|$)"
    if delimiter == "," and "," in style.thousands + style.decimal:
        before, after = r'(?<=,)( *")', r'(" *)(?=,|$)'
    mark = "." if style.decimal == "," else ","
    contradiction = rf"{before}(?!{style.grouped}{after})[+-]?\d*{re.escape(mark)}\d+{_EXPONENT}{after}"
    start = len(text) - len(text.lstrip("\n").partition("\n")[2])
    if re.search(contradiction, text[start:], re.MULTILINE):
        return Rewritten(text)
    plain = re.sub(
        f"{before}({style.foreign}){after}",
        lambda found: f"{found[1]}{style.rewrite(found[2])}{found[3]}",
        text[start:],
        flags=re.MULTILINE,
    )
    first = next(cell for cell in cells if re.fullmatch(style.foreign, cell))
    return Rewritten(text[:start] + plain, first, style.rewrite(first))


def find_style(cells: Sequence[str]) -> NumberStyle | None:
    """Find how cells write numbers, if it is not the plain way.

    Spaces and apostrophes within numbers separate thousands. A comma or a point separates thousands if a number has the
    other one as well, or has two of it; or if 50 numbers or more have it, all of them with three digits behind it,
    beside whole numbers without it. Decimals have a comma if half of the numbers have one and not all of them could be
    thousands. All cells must agree with the style.

    Args:
        cells: Cells that look like numbers, without blanks and quotation marks around them.

    Returns:
        The style; None if numbers are written in the plain way, or if nothing proves another one.

    Example:
        >>> find_style(["1.234,5", "2,75", "12"])
        NumberStyle(thousands='.', decimal=',')
        >>> find_style(["1,234", "567"]) is None
        True
    """
    decimal = "," if any("," in cell for cell in cells) else "."
    styles = (
        *(NumberStyle(separators, decimal) for separators in (_SPACES, _APOSTROPHES)),
        NumberStyle(",", "."),
        NumberStyle(".", ","),
        NumberStyle("", ","),
    )
    seen = set("".join(cells))
    possible = (style for style in styles if seen.intersection(style.thousands or style.decimal))
    return next((style for style in possible if _is_proven(style, cells)), None)


def _is_proven(style: NumberStyle, cells: Sequence[str]) -> bool:
    """Return whether all cells agree with a style, and some of them leave no other."""
    plain = re.compile(rf"[+-]?\d*(?:{re.escape(style.decimal)}\d+)?{_EXPONENT}")
    grouped = [cell for cell in cells if re.fullmatch(style.grouped, cell)]
    others = [cell for cell in cells if not re.fullmatch(style.grouped, cell)]
    if not all(plain.fullmatch(cell) for cell in others):
        return False
    whole = sum(cell.lstrip("+-").isdecimal() for cell in others)
    if not style.thousands:
        decimals = [cell for cell in others if "," in cell]
        return len(decimals) >= max(whole, 1) and not all(re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", c) for c in decimals)
    if not grouped or any(abs(float(style.rewrite(cell))) >= _UNGROUPED for cell in others if cell[-1:].isdigit()):
        return False
    both = any(style.decimal in cell for cell in grouped)
    twice = any(sum(map(cell.count, style.thousands)) > 1 for cell in grouped)
    many = len(grouped) >= _MANY and whole > 0 and whole == len(others)
    return both or twice or many or style.thousands in (_SPACES, _APOSTROPHES)


def _peek_cells(text: str, delimiter: str) -> Iterator[str]:
    """Yield the filled cells of the first rows below the header, without the ids."""
    lines = (line for line in text.split("\n", _MOST_CELLS)[:_MOST_CELLS] if line.strip())
    rows = csv.reader(lines, delimiter=delimiter)
    next(rows, None)
    seen = 0
    for row in rows:
        yield from (cell.strip(' "') for cell in row[1:] if cell.strip(' "'))
        seen += len(row)
        if seen > _MOST_CELLS:
            return
