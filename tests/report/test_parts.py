"""Pieces that composers share."""

from __future__ import annotations

from genereport.report.compose.parts import pruned
from genereport.report.document import Code, Column, Phrase, Table, Value, prose


def test_columns_that_hold_nothing_are_left_out() -> None:
    columns = (Column("Gene"), Column("Symbol"), Column("logFC", numeric=True), Column("p", numeric=True))
    rows = ((Code("g1"), "", Value("a", "–"), Value("b", "0.1")), (Code("g2"), "", Value("c", "–"), Value("d", "–")))
    kept = pruned(Table("t", prose("Caption."), columns, rows))
    assert [column.head for column in kept.columns] == ["Gene", "p"]
    assert kept.rows == ((rows[0][0], rows[0][3]), (rows[1][0], rows[1][3]))


def test_a_column_that_is_kept_keeps_what_scripts_fill_it_from() -> None:
    told = Column("p", numeric=True, source=("P.Value",), form="p")
    empty = Column("Symbol", source=("symbol",))
    kept = pruned(Table("t", prose("Caption."), (empty, told), (("", Value("a", "0.1")),), whole=True))
    assert kept.columns == (told,)
    assert kept.whole


def test_a_column_of_intervals_is_kept() -> None:
    rows = ((Phrase((Value("a", "0.1"), " to ", Value("b", "0.2"))), Phrase(())),)
    kept = pruned(Table("t", prose("Caption."), (Column("CI"), Column("Nothing")), rows))
    assert [column.head for column in kept.columns] == ["CI"]
