"""Pieces that composers share."""

from __future__ import annotations

from genereport.errors import Finding
from genereport.report.compose.parts import finding_note, pruned
from genereport.report.document import Code, Column, Table, Value, prose


def test_columns_that_hold_nothing_are_left_out() -> None:
    columns = (Column("Gene"), Column("Symbol"), Column("logFC", numeric=True), Column("p", numeric=True))
    rows = ((Code("g1"), "", Value("a", "–"), Value("b", "0.1")), (Code("g2"), "", Value("c", "–"), Value("d", "–")))
    kept = pruned(Table("t", prose("Caption."), columns, rows))
    assert [column.head for column in kept.columns] == ["Gene", "p"]
    assert kept.rows == ((rows[0][0], rows[0][3]), (rows[1][0], rows[1][3]))


def test_a_finding_is_printed_as_it_is() -> None:
    note = finding_note(Finding("GR304", "warning", "{x}", "Class and '{x}' cannot be told apart."))
    assert note.severity == "warning"
    assert note.body.parts == (Code("GR304"), " ", "Class and '{x}' cannot be told apart.")
