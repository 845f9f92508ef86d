"""What the command prints obeys nobody."""

from __future__ import annotations

from dataclasses import replace

from genereport.formats import p_value, stars, two, typed
from genereport.summary import summary, summary_data
from tests.analyses import four_class, nasty, three_against_three, two_class
from tests.unit.report import synthetic


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
    skipped = set(summary_data(three_against_three())["skipped"])
    without_models = {"selection", "models", "named_model", "probabilities", "trust", "instability", "subgroups"}
    assert skipped == without_models | {"replication", "enrichment"}


def test_planned_contrasts_are_listed() -> None:
    lines = summary(nasty()).splitlines()
    start = lines.index("Planned contrasts, significant genes at 0.05")
    assert [line.split()[0] for line in lines[start + 2 : start + 4]] == ["<u>1</u>", "$2$"]
    assert lines[start + 4] == ""
    listed = summary_data(nasty())["planned_contrasts"]
    assert list(listed) == ["<u>1</u>", "$2$", "{{3}}"]
    assert listed["$2$"]["bonferroni"] == nasty().differential.bonferroni
    assert "has '<b>c</b>' in the column '{y}'" in listed["{{3}}"]["reason"]


def test_the_first_ten_genes_are_printed_as_the_report_prints_them() -> None:
    result = synthetic.two_class().differential
    lines = summary(synthetic.two_class()).splitlines()
    head = next(place for place, line in enumerate(lines) if "logFC" in line and "AveExpr" in line)
    assert lines[head].split() == ["symbol", "logFC", "AveExpr", "t", "P.Value", "P.Bonferroni", "adj.P.Val", "B"]
    assert lines[head + 11] == "---"
    for line, (gene, row) in zip(lines[head + 1 : head + 11], result.table.head(10).iterrows(), strict=True):
        numbers = [two(row[name]) for name in ("logFC", "AveExpr", "t")]
        numbers += [p_value(row[name]) for name in ("P.Value", "P.Bonferroni", "adj.P.Val")]
        printed = typed(" ".join([*numbers, two(row["B"]), stars(row["P.Bonferroni"])]))
        assert line.startswith(str(gene))
        assert " ".join(line.split()).endswith(printed)


def test_symbols_have_a_column_where_there_are_any() -> None:
    analysis = four_class()
    head = next(line for line in summary(analysis).splitlines() if "AveExpr" in line)
    assert head.split() == ["AveExpr", "logFC.largest", "largest", "F", "P.Value", "P.Bonferroni", "adj.P.Val"]
    differential = analysis.differential
    named = replace(differential, table=differential.table.assign(symbol=["S", *[""] * (len(differential.table) - 1)]))
    head = next(line for line in summary(analysis.with_results(differential=named)).splitlines() if "AveExpr" in line)
    assert head.split()[0] == "symbol"


def test_each_adjustment_has_a_line() -> None:
    kept = two_class().differential.kept
    lines = [" ".join(line.split()) for line in summary(two_class()).splitlines()]
    for adjustment, row in kept.iterrows():
        assert f"{adjustment} {row['test']} {row['controls']} {row['genes']:,}" in lines
