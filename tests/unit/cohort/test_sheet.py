from __future__ import annotations

import pandas as pd
import pytest

from genereport.cohort.sheet import as_sets, label_column, typed


def series(*cells: str) -> pd.Series:
    return pd.Series(cells, index=[f"S{i}" for i in range(len(cells))], dtype=str, name="set")


@pytest.mark.parametrize("name", ["class", "Label", "CANCER", "diagnosis", "group", "condition", "Type"])
def test_the_label_column_goes_by_customary_names(name: str) -> None:
    assert label_column(["age", name], None, "samples.tsv") == name


def test_a_named_label_column_wins() -> None:
    assert label_column(["class", "age"], "age", "samples.tsv") == "age"


@pytest.mark.parametrize(
    ("columns", "wanted", "code", "said"),
    [
        (["age", "sex"], None, "GR116", "No column is called class, label"),
        (["class", "group", "sex"], None, "GR116", "Several columns could hold the class: 'class', 'group'."),
        (["class", "tumour"], "tumor", "GR115", "There is no column 'tumor'. Did you mean 'tumour'?"),
    ],
)
def test_an_unclear_label_column(refused, columns: list[str], wanted: str | None, code: str, said: str) -> None:
    error = refused(label_column, columns, wanted, "samples.tsv")
    assert error.code == code
    assert said in str(error)


def test_words_for_the_sets() -> None:
    words = series("train", "Training", "discovery", "test", "Independent", "VALIDATION", "hold-out")
    assert as_sets(words, "samples.tsv").tolist() == ["train"] * 3 + ["test"] * 4


@pytest.mark.parametrize(("word", "said"), [("first", "says 'first'"), ("", "says nothing for sample 'S1'")])
def test_other_words(refused, word: str, said: str) -> None:
    error = refused(as_sets, series("train", word), "samples.tsv")
    assert error.code == "GR120"
    assert said in str(error)


@pytest.mark.parametrize("cells", [map(str, range(30, 42)), ["1", "2"] * 6, ["3.5"]], ids=["many", "two", "one"])
def test_numbers_are_numbers_however_few_values_they_have(cells: list[str]) -> None:
    column = typed(series(*cells, ""))
    assert column.dtype == "float64"
    assert column.isna().sum() == 1


def test_what_is_not_all_numbers_is_text() -> None:
    batches = typed(series(*["1", "2b", ""] * 5))
    assert batches.dropna().unique().tolist() == ["1", "2b"]
    assert batches.isna().sum() == 5


def test_two_columns_of_one_name(study) -> None:
    error = study.write(samples__tsv=study.sheet().replace("sample\tclass", "sample\tsample", 1)).refusal()
    assert error.code == "GR122"
    assert "'sample'" in str(error)
