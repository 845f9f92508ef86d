"""Whether two runs say the same, in one sentence, and the checks behind it."""

from __future__ import annotations

import math
from collections.abc import Callable

from genereport.formats import MISSING, count, fixed, general, plural
from genereport.names import in_sentence, model_name
from genereport.report.document import Column, Inline, Paragraph, Phrase, Row, Table, prose
from genereport.report.quote import Quote, listed

_MOST_DIGITS = 8

_CHECKS = {
    "classes": "Classes in one run only",
    "reference": "Reference class",
    "scale": "Scale of the values",
    "relabelled": "Samples relabelled",
    "signature": "Signature, Jaccard index",
    "effects": "Log fold changes, lowest concordance",
    "named": "Named model",
    "cv": "Its balanced accuracy, cross-validated, change",
    "test": "Its balanced accuracy, independent set, change",
    "tests": "Differences of models below the limit after Holm",
    "parts": "Parts of the analysis that one run lacks",
}
"""Check → its name in the table."""

_BOUNDS = {"signature": "at least ", "effects": "at least ", "cv": "at most ±", "test": "at most ±", "tests": "p < "}
"""Check → how its limit is told."""

_DIGITS = {"signature": 2, "effects": 3, "cv": 3, "test": 3}
"""Check → decimals of its value; others are counts."""


def verdict(q: Quote) -> Paragraph:
    """The verdict in one sentence, with what it rests on."""
    checks = q.frame("verdict.checks")
    found = [str(name) for name in checks.index[checks["outcome"] == "material"]]
    if found:
        return prose("Material change: {changes}.", changes=listed([_CHANGES[name](q) for name in found]))
    kept = [name for name in _KEPT if checks.loc[name, "outcome"] == "within"]
    if not kept:
        return prose("No material change, but little could be compared.")
    return prose("No material change: {kept}.", kept=listed([_KEPT[name](q) for name in kept]))


def check_table(q: Quote) -> Table:
    """Every check with what was found, its limit and its outcome."""
    frame, path = q.frame("verdict.checks"), "verdict.checks"
    rows: tuple[Row, ...] = tuple(
        (_CHECKS[str(name)], _found(q, row), _limit(q, row), q.cell(path, row, "outcome"))
        for row, name in enumerate(frame.index)
    )
    heads = (Column("Check"), Column("Found", numeric=True), Column("Limit", numeric=True), Column("Outcome"))
    caption = prose("The checks behind the verdict. One that is material makes the whole so.")
    return Table("tab-checks", caption, heads, rows)


def _found(q: Quote, row: int) -> Inline:
    frame = q.frame("verdict.checks")
    name, material = str(frame.index[row]), frame["outcome"].iloc[row] == "material"
    if name in ("reference", "scale", "named"):
        return MISSING if frame["outcome"].iloc[row] == "not compared" else "another" if material else "the same"
    return q.cell("verdict.checks", row, "value", _telling(q, name))


def _limit(q: Quote, row: int) -> Inline:
    name = str(q.frame("verdict.checks").index[row])
    if name not in _BOUNDS:
        return "any change"
    return Phrase((_BOUNDS[name], q.cell("verdict.checks", row, "limit", general)))


def _telling(q: Quote, check: str) -> Callable[[float], str]:
    """As many decimals as it takes to see on which side of its limit a value is."""
    if check not in _DIGITS:
        return lambda value: MISSING if math.isnan(value) else count(value)
    limit = float(q.frame("verdict.checks")["limit"][check])

    def form(value: float) -> str:
        digits = _DIGITS[check]
        while digits < _MOST_DIGITS and _side(round(value, digits), limit) != _side(value, limit):
            digits += 1
        return fixed(value, digits)

    return form


def _side(value: float, limit: float) -> tuple[bool, bool]:
    return value < limit, abs(value) > limit


def _value(q: Quote, check: str) -> Inline:
    row = list(q.frame("verdict.checks").index).index(check)
    return q.cell("verdict.checks", row, "value", _telling(q, check))


def _bound(q: Quote, check: str) -> Inline:
    row = list(q.frame("verdict.checks").index).index(check)
    return q.cell("verdict.checks", row, "limit", general)


def _phrase(template: str, **parts: Inline) -> Phrase:
    return Phrase(prose(template, **parts).parts)


def _classes(q: Quote) -> Phrase:
    return _phrase("the classes are {later} instead of {earlier}", later=q.names("later.classes"),
                   earlier=q.names("earlier.classes"))  # fmt: skip


def _reference(q: Quote) -> Phrase:
    return _phrase("log fold changes are measured from {later} instead of {earlier}", later=q("later.classes[0]"),
                   earlier=q("earlier.classes[0]"))  # fmt: skip


def _scale(q: Quote) -> Phrase:
    return _phrase("the values were taken to be {later} instead of {earlier}", later=q("later.scale"),
                   earlier=q("earlier.scale"))  # fmt: skip


def _relabelled(q: Quote) -> Phrase:
    number = q.analysis.samples.relabelled
    return _phrase(f"{{n}} {plural(number, 'sample was', 'samples were')} relabelled", n=q("samples.relabelled", count))


def _signature(q: Quote) -> Phrase:
    lists = q.analysis.signature
    replaced = f"{{left}} of {{size}} genes of the signature {plural(lists.left, 'was', 'were')} replaced"
    changed = "{left} of {size} genes left the signature and {entered} entered it"
    joined = f"{{entered}} {plural(lists.entered, 'gene')} joined those of the signature"
    told = replaced if lists.left == lists.entered else changed if lists.left else joined
    return _phrase(
        f"{told} (Jaccard {{value}}, below {{limit}})",
        left=q("signature.left", count),
        entered=q("signature.entered", count),
        size=q("signature.earlier", count),
        value=_value(q, "signature"),
        limit=_bound(q, "signature"),
    )


def _effects(q: Quote) -> Phrase:
    return _phrase("the log fold changes agree too little (concordance {value}, below {limit})", value=_value(q, "effects"),
                   limit=_bound(q, "effects"))  # fmt: skip


def _named(q: Quote) -> Phrase:
    models = q.analysis.models
    return _phrase(
        "{later} is named instead of {earlier}",
        later=in_sentence(model_name(models.later_model, models.later_features)),
        earlier=in_sentence(model_name(models.earlier_model, models.earlier_features)),
    )


def _cv(q: Quote) -> Phrase:
    return _phrase(
        "the named model’s cross-validated balanced accuracy changed by {value} (more than {limit})",
        value=_value(q, "cv"),
        limit=_bound(q, "cv"),
    )


def _test(q: Quote) -> Phrase:
    return _phrase(
        "the named model’s balanced accuracy on the independent set changed by {value} (more than {limit})",
        value=_value(q, "test"),
        limit=_bound(q, "test"),
    )


def _tests(q: Quote) -> Phrase:
    number = q.analysis.models.clear
    return _phrase(
        f"{{n}} paired {plural(number, 'difference of a model is', 'differences of models are')} detectable at {{alpha}}",
        n=q("models.clear", count),
        alpha=_bound(q, "tests"),
    )


def _parts(q: Quote) -> Phrase:
    value = float(q.frame("verdict.checks")["value"]["parts"])
    return _phrase(
        f"{{n}} {plural(value, 'part of the analysis was', 'parts of the analysis were')} done in one run only",
        n=_value(q, "parts"),
    )


_CHANGES: dict[str, Callable[[Quote], Phrase]] = {
    "classes": _classes,
    "reference": _reference,
    "scale": _scale,
    "relabelled": _relabelled,
    "signature": _signature,
    "effects": _effects,
    "named": _named,
    "cv": _cv,
    "test": _test,
    "tests": _tests,
    "parts": _parts,
}
"""Check → what it says where it found a material change."""


def _kept_signature(q: Quote) -> Phrase:
    return _phrase("the signatures’ Jaccard index is {value} (at least {limit})", value=_value(q, "signature"),
                   limit=_bound(q, "signature"))  # fmt: skip


def _kept_effects(q: Quote) -> Phrase:
    return _phrase("the concordance of the log fold changes is {value} (at least {limit})", value=_value(q, "effects"),
                   limit=_bound(q, "effects"))  # fmt: skip


def _kept_cv(q: Quote) -> Phrase:
    return _phrase(
        "the named model’s cross-validated balanced accuracy differs by {value} (at most {limit})",
        value=_value(q, "cv"),
        limit=_bound(q, "cv"),
    )


_KEPT: dict[str, Callable[[Quote], Phrase]] = {
    "signature": _kept_signature,
    "effects": _kept_effects,
    "cv": _kept_cv,
}
"""Check → what it says where all is within the limits."""
