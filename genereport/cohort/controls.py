"""Names of classes that call their samples controls."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

_WORDS = frozenset({
    "control", "controls", "ctrl", "ctrls", "ctl", "normal", "normals", "untreated", "unstimulated", "uninfected",
    "unexposed", "wildtype", "wt", "healthy", "vehicle", "dmso", "mock", "sham", "placebo",
})  # fmt: skip
_NEGATIONS = frozenset({"non", "not", "no", "like", "positive", "un", "ab"})


def is_control(name: str) -> bool:
    """Return whether the name of a class contains a word for controls, such as control, normal, wt or wild type.

    Args:
        name: Name of the class.

    Example:
        >>> is_control("Solid Tissue Normal"), is_control("wild-type"), is_control("abnormal"), is_control("non-normal")
        (True, True, False, False)
    """
    words = re.findall(r"[^\W\d_]+", name.lower())
    wild = any(pair == ("wild", "type") for pair in pairwise(words))
    return (wild or not _WORDS.isdisjoint(words)) and _NEGATIONS.isdisjoint(words)


def control_class(classes: Iterable[str]) -> str | None:
    """Return the only class whose name contains a word for controls; None if there is none, or more than one.

    Args:
        classes: Names of the classes.
    """
    found = [name for name in classes if is_control(name)]
    return found[0] if len(found) == 1 else None
