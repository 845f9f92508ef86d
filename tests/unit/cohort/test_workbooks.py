"""Workbooks: the sheet is found, cells keep their values, and what is no workbook is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pytest

from genereport.cohort.new_samples import read_new_samples
from genereport.cohort.recognition import recognise
from genereport.cohort.spreadsheet import changed_names
from genereport.cohort.tables import read_table
from genereport.errors import CohortError
from genereport.locations import Remote, file_of, part_of
from tests.binary_files import Wrong, write_ods, write_xlsx

CASES = Path(__file__).resolve().parents[2] / "cases" / "workbooks"


def matrix_rows(study) -> list[list]:
    rows = zip(study.genes, study.values.tolist(), strict=True)
    return [["gene", *study.samples], *([name, *values] for name, values in rows)]


def sheet_rows(study) -> list[list]:
    return [["sample", "class"], *map(list, zip(study.samples, study.labels, strict=True))]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("Raw counts", "Samples"), "because of its name"),
        (("Table 1", "clinical data"), "because 'clinical data' is called otherwise"),
        (("Sheet1", "Sheet2"), "times as many numbers as"),
    ],
)
def test_one_workbook_holds_matrix_and_sheet(study, names, reason: str) -> None:
    sheets = {names[1]: sheet_rows(study), "old": [["x"]], names[0]: matrix_rows(study)}
    path = write_xlsx(study.folder / "cohort.xlsx", sheets, hidden=["old"])
    for named in ({"study": path}, {}, {"study": None, "expression": path}):
        cohort = study.read(**named)
        np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
        assert cohort.samples["class"].tolist() == study.labels
    assert reason in next(each.message for each in cohort.findings if each.code == "GR390")
    found = recognise(study.folder)
    assert (part_of(found.files.sheet), found.label) == (names[1], "class")


def test_a_sheet_for_the_independent_set(study) -> None:
    rows = matrix_rows(study)
    sheets = {"expression": [r[:19] for r in rows], "expression test": [[r[0], *r[19:]] for r in rows]}
    path = write_xlsx(study.folder / "cohort.xlsx", {**sheets, "samples": sheet_rows(study)})
    assert study.read(study=path).samples["set"].tolist() == ["train"] * 18 + ["test"] * 6


def test_a_workbook_for_the_independent_set(study) -> None:
    rows, more = matrix_rows(study), [["note", "x"], ["written by", "me"]]
    first = write_xlsx(study.folder / "a.xlsx", {"counts": [r[:19] for r in rows], "samples": sheet_rows(study)})
    second = write_xlsx(study.folder / "b.xlsx", {"counts": [[r[0], *r[19:]] for r in rows], "notes": more})
    cohort = study.read(study=first, test_expression=second)
    assert cohort.samples["set"].tolist() == ["train"] * 18 + ["test"] * 6


def test_a_text_has_no_parts(study, refused) -> None:
    study.write()
    path = study.folder / "text.xlsx"
    path.write_text(study.matrix())
    np.testing.assert_array_equal(read_table(path, "expression").numbers(range(1, 25)), study.values)
    assert refused(read_table, Path(f"{path}#counts"), "expression").code == "GR180"


def test_a_sheet_is_named_behind_the_file(study) -> None:
    sheets = {"raw": matrix_rows(study), "vst": matrix_rows(study), "s": sheet_rows(study)}
    path = write_xlsx(study.folder / "c.xlsx", sheets)
    assert study.refusal(study=path).code == "GR180"
    named = {"expression": Path(f"{path}#vst"), "labels": Path(f"{path}#s")}
    cohort = study.read(study=None, **named)
    assert [(each.role, each.name) for each in cohort.sources] == [("expression", "c.xlsx#vst"), ("labels", "c.xlsx#s")]
    assert [each.path for each in cohort.sources] == [str(path)] * 2
    error = study.refusal(study=None, expression=Path(f"{path}#rlog"), labels=named["labels"])
    assert (error.code, "Its sheets are 'raw', 'vst', 's'" in error.problem) == ("GR180", True)
    unclear = study.refusal(study=None, expression=path, labels=named["labels"])
    assert unclear.code == "GR180"
    assert '"c.xlsx#raw"' in unclear.remedy


def test_a_folder_with_another_table_is_not_guessed(study) -> None:
    write_xlsx(study.folder / "cohort.xlsx", {"counts": matrix_rows(study), "samples": sheet_rows(study)})
    (study.folder / "notes.csv").write_text("a,b\n1,2\n")
    assert study.refusal().code == "GR112"


def test_a_workbook_for_each_and_one_table(study) -> None:
    matrix = write_xlsx(study.folder / "m.bin", {"Sheet1": matrix_rows(study)})
    sheet = write_ods(study.folder / "s.ods", {"Tabelle1": sheet_rows(study)})
    np.testing.assert_array_equal(study.read(study=None, expression=matrix, labels=sheet).expression, study.values.T)
    header, *rows = [list(row) for row in zip(*matrix_rows(study), strict=True)]
    rows = [[sample, label, *values] for (sample, *values), label in zip(rows, study.labels, strict=True)]
    (study.folder / "one").mkdir()
    one = write_xlsx(study.folder / "one" / "t.xlsx", {"Sheet1": [["sample", "class", *header[1:]], *rows]})
    cohort = study.read(study=one)
    assert (cohort.layout, cohort.samples["class"].tolist()) == ("one table", study.labels)


def test_cells_keep_their_values(tmp_path: Path) -> None:
    rows = [
        ["Table S1. Expression"],
        [],
        ["gene", "S1", "S2", 3.0, None],
        [dt.date(2021, 3, 1), 0.1 + 0.2, 7.0, "8.25", None],
        [7157.0, None, Wrong("#N/A"), "NA", None],
        [None] * 5,
        ["TRUE1", 1e300, -2, 5, None],
    ]
    table = read_table(write_xlsx(tmp_path / "t.xlsx", {"s": rows}), "expression")
    assert table.header == ("gene", "S1", "S2", "3")
    assert table.lines == (4, 5, 7)
    assert table.strings([0])[0].tolist() == ["2021-03-01", "7157", "TRUE1"]
    assert changed_names(table.strings([0])[0]) == ["2021-03-01"]
    expected = [[0.1 + 0.2, 7, 8.25], [np.nan] * 3, [1e300, -2, 5]]
    np.testing.assert_array_equal(table.numbers([1, 2, 3]), expected)
    assert [each.code for each in table.findings] == ["GR391"]
    with pytest.raises(CohortError, match=r"t\.xlsx, row 4, column 'gene': '2021-03-01' is not a number") as caught:
        table.numbers([0, 1])
    assert caught.value.code == "GR106"


def test_a_sheet_of_words(tmp_path: Path) -> None:
    rows = [["id", "age", "when", "smoker"], [1.0, 41.5, dt.date(2021, 3, 1), True], [2.0, None, None, False]]
    table = read_table(write_xlsx(tmp_path / "t.xlsx", {"s": rows}), "labels")
    assert table.strings([0, 1, 2, 3]).to_numpy().tolist() == [
        ["1", "41.5", "2021-03-01", "TRUE"],
        ["2", "", "", "FALSE"],
    ]


def test_error_values_are_missing(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", {"s": [["gene", "S1"], ["G1", 1.0], ["G2", Wrong("#DIV/0!")]]})
    np.testing.assert_array_equal(read_table(path, "expression").numbers([1]), [[1], [np.nan]])


@pytest.mark.parametrize("name", ["old.xls", "binary.xlsb"])
def test_the_binary_formats_of_excel(name: str) -> None:
    table = read_table(CASES / name, "expression")
    assert table.header[:3] == ("gene", "S1", "S2")
    np.testing.assert_array_equal(table.numbers([1, 2]), [[1.5, 2], [0.1, 7]])


def test_what_cannot_be_read_is_refused(tmp_path: Path, refused) -> None:
    whole = write_xlsx(tmp_path / "t.xlsx", {"s": [["gene", "S1"], ["G1", 1.0]]}).read_bytes()
    cut, empty = tmp_path / "cut.xlsx", write_xlsx(tmp_path / "e.xlsx", {"s": []})
    cut.write_bytes(whole[:300])
    assert "protected by a password" in refused(read_table, CASES / "protected.xlsx", "expression").problem
    assert refused(read_table, cut, "expression").code == "GR104"
    assert refused(read_table, empty, "expression").code == "GR102"


def test_new_samples_and_their_labels(study) -> None:
    path = write_xlsx(study.folder / "new.xlsx", {"counts": matrix_rows(study), "samples": sheet_rows(study)})
    found = read_new_samples(path, study.genes[:5], ["a", "b"], labels=path)
    np.testing.assert_array_equal(found.expression[study.genes[:5]].to_numpy(), study.values[:5].T)
    assert found.labels.tolist() == study.labels
    assert [each.name for each in found.sources] == ["new.xlsx#counts", "new.xlsx#samples"]


def test_a_workbook_at_an_address(study) -> None:
    sheets = {"Raw counts": matrix_rows(study), "vst": matrix_rows(study), "samples": sheet_rows(study)}
    content = write_xlsx(study.folder / "c.xlsx", sheets).read_bytes()
    with fsspec.open("memory://shared/c.xlsx", "wb") as file:
        file.write(content)
    matrix, sheet = Remote("memory://shared/c.xlsx#Raw%20counts"), Remote("memory://shared/c.xlsx")
    cohort = study.read(study=None, expression=matrix, labels=sheet)
    np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
    assert [each.name for each in cohort.sources] == ["c.xlsx#Raw counts", "c.xlsx#samples"]
    signed = Remote("https://host/c.xlsx?token=secret#A%20b")
    assert (signed.name, part_of(signed), file_of(signed).address) == (
        "c.xlsx#A b",
        "A b",
        "https://host/c.xlsx?token=secret",
    )
    assert "secret" not in str(signed) + signed.name


def test_numbers_as_text_agree_with_pandas(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.5], "b": [3.0, np.nan]})
    rows = [["id", "a", "b"], ["x", 1.0, 3.0], ["y", 2.5, None]]
    table = read_table(write_xlsx(tmp_path / "t.xlsx", {"s": rows}), "expression")
    np.testing.assert_array_equal(table.numbers([1, 2]), frame.to_numpy())
    assert table.peek(1) == [("x",), ("1",), ("3",)]
