"""Reporting checklists: where the report addresses an item, and what only the author can supply.

Items and rules are data, ``data/checklists.toml``. An item counts as reported only if the part that reports it is in
the document. How well an item is addressed is not judged.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple

import pandas as pd
from pydantic import BaseModel, ConfigDict, model_validator

from genereport.analysis import Analysis
from genereport.report.document import (
    LEFT_OUT,
    Document,
    Figure,
    Inline,
    Note,
    Ref,
    Row,
    Section,
    Table,
    numbers,
)
from genereport.resources import folder

Condition = Literal["simulated", "no_independent_set", "equal_weights", "counts"]
Status = Literal["reported", "not applicable", "author must supply"]

_HOLDS: dict[Condition, Callable[[Analysis], bool]] = {
    "simulated": lambda analysis: analysis.simulated,
    "no_independent_set": lambda analysis: not analysis.quality.counts["test"].any(),
    "equal_weights": lambda analysis: analysis.settings["models"]["class_weight"] == "none",
    "counts": lambda analysis: analysis.preprocessing.scale == "counts",
}


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Item(_Entry):
    """An item of a checklist, and the rules by which its status is determined."""

    number: str
    """Number in the paper."""
    topic: str
    """What the item asks for, in short."""
    where: tuple[str, ...] = ()
    """Ids of the parts that report it, the best first."""
    remark: str = ""
    """Remark that is printed beside it where it is reported."""
    partly: tuple[str, ...] = ()
    """Ids of the parts that address it in part; the rest is for the author."""
    author: str = ""
    """What the author must supply if it is not reported here."""
    not_applicable: str = ""
    """Reason why it never applies."""
    unless: tuple[Condition, ...] = ()
    """Conditions under which it does not apply."""

    @model_validator(mode="after")
    def _one_way(self) -> Item:
        if bool(self.author) == bool(self.not_applicable):
            raise ValueError(f"{self.number}: either author or not_applicable")
        if (self.not_applicable and (self.where or self.partly or self.unless)) or (self.where and self.partly):
            raise ValueError(f"{self.number}: only one of where, partly and not_applicable")
        if self.remark and not self.where:
            raise ValueError(f"{self.number}: a remark belongs to where")
        return self


class Checklist(_Entry):
    """A published checklist."""

    name: str
    """Name of the checklist."""
    about: str
    """Kind of study that it is for."""
    cite: tuple[str, ...]
    """Keys of the bibliography."""
    item: tuple[Item, ...]
    """The items in the order of the paper."""

    @property
    def id(self) -> str:
        """Id of the table of the checklist."""
        return f"tab-{self.name.lower().replace('+', '-')}"


class Checklists(_Entry):
    """The content of ``data/checklists.toml``."""

    reasons: dict[Condition, str]
    """Reason why an item does not apply, for each condition."""
    checklist: tuple[Checklist, ...]
    """The checklists in the order of the section."""


class _Judged(NamedTuple):
    status: Status
    where: str
    what: str


class JudgedList(NamedTuple):
    """A checklist with the status of each item in a document.

    Attributes:
        name: Name of the checklist.
        about: Kind of study that it is for.
        cite: Keys of the bibliography.
        id: Id of its table.
        rows: Items in the order of the paper: number, topic, status, reference to where it is reported, remark.
        reported: Number of items that are reported in the document.
        not_applicable: Number of items that do not apply to the analysis.
        left: Number of items that the author must supply.
    """

    name: str
    about: str
    cite: tuple[str, ...]
    id: str
    rows: tuple[Row, ...]
    reported: int
    not_applicable: int
    left: int


@cache
def checklists() -> Checklists:
    """Return the bundled checklists.

    Raises:
        pydantic.ValidationError: If the file has an unknown key, or an item whose rules contradict each other.
    """
    return Checklists.model_validate(tomllib.loads((folder("data") / "checklists.toml").read_text(encoding="utf-8")))


def judge(analysis: Analysis, document: Document) -> tuple[JudgedList, ...]:
    """Determine the status of each item of each checklist from the parts of a document.

    Args:
        analysis: The analysis, whose conditions determine which items apply.
        document: The document without the section on the checklists.
    """
    held = _ids_with_content(document)
    return tuple(
        _judge_list(checklist, [_judge_item(item, analysis, held) for item in checklist.item])
        for checklist in checklists().checklist
    )


def _judge_list(checklist: Checklist, judged: list[_Judged]) -> JudgedList:
    rows = tuple(
        (item.number, item.topic, status, Ref(where) if where else "", what)
        for item, (status, where, what) in zip(checklist.item, judged, strict=True)
    )
    tally = Counter(status for status, _, _ in judged)
    return JudgedList(
        name=checklist.name,
        about=checklist.about,
        cite=checklist.cite,
        id=checklist.id,
        rows=rows,
        reported=tally["reported"],
        not_applicable=tally["not applicable"],
        left=tally["author must supply"],
    )


def checklist_rows(document: Document) -> pd.DataFrame:
    """Return the section as one table: list, item, topic, status, where, note; places as the document labels them."""
    labels = numbers(document)
    names = {checklist.id: checklist.name for checklist in checklists().checklist}
    rows = [
        (names[block.id], *(_text(cell, labels) for cell in row))
        for block in document.walk()
        if isinstance(block, Table) and block.id in names
        for row in block.rows
    ]
    return pd.DataFrame(rows, columns=["list", "item", "topic", "status", "where", "note"], dtype="str")


def _text(cell: Inline, labels: dict[str, str]) -> str:
    match cell:
        case Ref():
            return labels.get(cell.target, LEFT_OUT)
        case str():
            return cell
        case _:
            raise TypeError(f"a checklist holds texts and references, not {cell!r}")


def _ids_with_content(document: Document) -> frozenset[str]:
    """Return the ids of the parts that have content."""
    parts = (block for block in document.walk() if isinstance(block, (Section, Table, Figure)))
    return frozenset(part.id for part in parts if not _is_empty(part))


def _is_empty(part: Section | Table | Figure) -> bool:
    """Return whether a part only states why it is empty, as the section of a skipped stage does."""
    match part:
        case Section():
            return all(isinstance(block, Note) for block in part.blocks)
        case Table():
            return not part.rows
        case _:
            return False


def _judge_item(item: Item, analysis: Analysis, held: frozenset[str]) -> _Judged:
    reasons = [checklists().reasons[condition] for condition in item.unless if _HOLDS[condition](analysis)]
    if item.not_applicable or reasons:
        return _Judged("not applicable", "", item.not_applicable or reasons[0])
    where = next((place for place in item.where if place in held), "")
    if where:
        return _Judged("reported", where, item.remark)
    return _Judged("author must supply", next((place for place in item.partly if place in held), ""), item.author)
