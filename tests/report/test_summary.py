"""What the command prints obeys nobody."""

from __future__ import annotations

from dataclasses import replace

from genereport.report.summary import summary
from tests.report import synthetic


def test_names_that_a_terminal_would_obey_are_printed_harmlessly() -> None:
    told = summary(replace(synthetic.two_class(), title="\x1b[2Jgone\x07\r"))
    assert told.startswith("\N{REPLACEMENT CHARACTER}[2Jgone")
    assert not set(told) & {"\x1b", "\x07", "\r"}
