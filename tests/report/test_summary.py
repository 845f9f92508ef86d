"""What the command prints obeys nobody."""

from __future__ import annotations

from dataclasses import replace

from genereport.report.summary import summary, summary_data
from tests.analyses import three_against_three
from tests.report import synthetic


def test_names_that_a_terminal_would_obey_are_printed_harmlessly() -> None:
    told = summary(replace(synthetic.two_class(), title="\x1b[2Jgone\x07\r"))
    assert told.startswith("\N{REPLACEMENT CHARACTER}[2Jgone")
    assert not set(told) & {"\x1b", "\x07", "\r"}


def test_the_level_of_the_intervals_is_that_of_the_settings() -> None:
    made = synthetic.two_class()
    settings = {**made.settings, "tests": {**made.settings["tests"], "confidence": 0.9}}
    assert "Balanced accuracy (90 % CI)" in summary(replace(made, settings=settings))


def test_a_small_study_says_that_no_classifier_was_compared() -> None:
    assert "No classifier was compared. The class 'A' has 3 training samples" in summary(three_against_three())
    assert set(summary_data(three_against_three())["skipped"]) == {"selection", "models", "trust", "enrichment"}
