"""Gene names that spreadsheet software turned into dates or numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from genereport.cohort.gene_table import resolve_name

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_CHANGED = re.compile(
    rf"\d{{1,2}}[-/ ]{_MONTH}(?:[-/ ]\d{{2,4}})?"  # 1-Mar, 01-Mar-2021
    rf"|{_MONTH}[-/ ]\d{{1,4}}"  # Mar-01, Sep-2001
    r"|(?:19|20)\d\d[-/]\d{1,2}[-/]\d{1,2}(?:[ T]00:00(?::00)?)?"  # 2021-03-01 00:00:00
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d"  # 01/03/2021
    r"|\d(?:[.,]\d+)?E\+\d{2,}",  # 2.31E+13
    re.IGNORECASE | re.ASCII,
)


def changed_names(names: Iterable[str]) -> list[str]:
    """Return the names that are dates or numbers in scientific notation, in their order, each once.

    Args:
        names: Ids or symbols of genes.

    Example:
        >>> changed_names(["TP53", "1-Mar", "SEPT2", "2.31E+13", "2001-09-02", "MAR1", "1234"])
        ['1-Mar', '2.31E+13', '2001-09-02']
    """
    return list(dict.fromkeys(name for name in names if name and name[0].isascii() and _CHANGED.fullmatch(name)))


_SPELLINGS = {
    "jan": ("JAN", "JANUARY"),
    "feb": ("FEB", "FEBRUARY"),
    "mar": ("MAR", "MARC", "MARCH"),
    "apr": ("APR", "APRIL"),
    "may": ("MAY",),
    "jun": ("JUN", "JUNE"),
    "jul": ("JUL", "JULY"),
    "aug": ("AUG", "AUGUST"),
    "sep": ("SEP", "SEPT", "SEPTEMBER"),
    "oct": ("OCT", "OCTOBER"),
    "nov": ("NOV", "NOVEMBER"),
    "dec": ("DEC", "DECEMBER"),
}
"""Month → what spreadsheet software takes for it in front of a number."""

_MONTHS = tuple(_SPELLINGS)
_DAY_FIRST = re.compile(rf"(\d{{1,2}})[-/ ]({_MONTH})(?:[-/ ]\d{{2,4}})?", re.IGNORECASE | re.ASCII)
_MONTH_FIRST = re.compile(rf"({_MONTH})[-/ ](\d{{1,2}})", re.IGNORECASE | re.ASCII)
_YEAR_FIRST = re.compile(r"(?:19|20)\d\d[-/](\d{1,2})[-/](\d{1,2})(?:[ T]00:00(?::00)?)?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](?:19|20)\d\d", re.ASCII)


def possible_genes(name: str) -> tuple[str, ...]:
    """Return the current symbols of the human genes whose present or former symbols can have become a date, sorted.

    Args:
        name: A date, as `changed_names` finds it; for a number in scientific notation there is no gene.

    Example:
        >>> possible_genes("2-Sep"), possible_genes("1-Dec"), possible_genes("1-Mar"), possible_genes("2.31E+13")
        (('SEPTIN2',), ('DELEC1',), ('MARCHF1', 'MTARC1'), ())
    """
    written = [f"{word}{day}" for day, month in _days_and_months(name) for word in _SPELLINGS[month]]
    found = {one.symbol for one in map(resolve_name, written) if one.rule in ("current", "previous")}
    return tuple(sorted(found))


def _days_and_months(name: str) -> Iterator[tuple[int, str]]:
    """Yield the day and the month that a date may mean; day and month may be exchanged if both are numbers."""
    if found := _DAY_FIRST.fullmatch(name):
        yield int(found[1]), found[2][:3].lower()
    elif found := _MONTH_FIRST.fullmatch(name):
        yield int(found[2]), found[1][:3].lower()
    elif found := _YEAR_FIRST.fullmatch(name):
        yield from _both_ways(found[2], found[1], either=False)
    elif found := _YEAR_LAST.fullmatch(name):
        yield from _both_ways(found[1], found[2], either=True)


def _both_ways(day: str, month: str, *, either: bool) -> Iterator[tuple[int, str]]:
    pairs = {(int(day), int(month)), (int(month), int(day))} if either else {(int(day), int(month))}
    yield from ((first, _MONTHS[second - 1]) for first, second in sorted(pairs) if 0 < second <= len(_MONTHS))
