"""Gene names that spreadsheet software turned into dates or numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
