"""GEO series matrices: the sample lines become the sheet, joined by key; the table becomes the matrix."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from genereport.cohort.recognition import recognise
from genereport.cohort.series_lines import peek_columns


def series(study, *lines: str, rows: str | None = None, end: str = "!series_matrix_table_end\n") -> str:
    table = study.matrix().replace("gene\t", "ID_REF\t", 1) if rows is None else rows
    return (
        '!Series_title\t"A series"\n!Series_summary\t"One line\nand a \tsecond"\n'
        '!Series_supplementary_file\t"ftp://x/GSE1_counts.txt.gz"\n\n'
        + line("geo_accession", study.samples)
        + line("title", [f"array {number}" for number in range(24)])
        + line("organism_ch1", ["Homo sapiens"] * 24)
        + "".join(lines)
        + "!series_matrix_table_begin\n"
        + table
        + end
    )


def line(name: str, cells) -> str:
    return f"!Sample_{name}\t" + "\t".join(f'"{cell}"' for cell in cells) + "\n"


def diagnosis(study) -> str:
    return line("characteristics_ch1", [f"diagnosis: {label}" for label in study.labels])


def written(study, text: str | bytes, name: str = "GSE1_series_matrix.txt"):
    path = study.folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_file_alone_is_a_cohort(study) -> None:
    path = written(study, gzip.compress(series(study, diagnosis(study)).encode()), "GSE1_series_matrix.txt.gz")
    cohort = study.read(study=path)
    np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
    assert cohort.samples["class"].tolist() == study.labels
    assert cohort.covariates == ["title"]
    assert (cohort.layout, [source.role for source in cohort.sources]) == ("series", ["expression"])
    assert study.read().classes == ("a", "b")  # the folder
    assert recognise(path).label == "diagnosis"
    assert peek_columns(path) == ("geo_accession", "diagnosis", "title")


def test_characteristics_are_joined_by_key(study) -> None:
    slipped = [
        line("characteristics_ch1", ["age: 40" if i % 3 else "Sex: F" for i in range(24)]),
        line("characteristics_ch1", ["sex: M" if i % 3 else "" for i in range(24)]),
        line("characteristics_ch1", ["sex: M" if i % 2 else "sex: NA" for i in range(24)]),
        line("characteristics_ch1", ["no key" if i % 2 else "ratio: 1:2" for i in range(24)]),
    ]
    samples = study.read(study=written(study, series(study, diagnosis(study), *slipped))).samples
    assert samples["age"].isna().tolist() == [i % 3 == 0 for i in range(24)]
    assert samples["Sex"].tolist() == [("M" if i % 3 else "F; M" if i % 2 else "F") for i in range(24)]
    assert samples["ratio"].tolist()[::2] == ["1:2"] * 12
    assert samples["characteristics_ch1"].tolist()[1::2] == ["no key"] * 12


@pytest.mark.parametrize("newline", ["\r", "\r\n"])
def test_other_line_ends(study, newline: str) -> None:
    path = written(study, series(study, diagnosis(study)).replace("\n", newline))
    np.testing.assert_array_equal(study.read(study=path).expression.to_numpy(), study.values.T)


def test_without_a_customary_column_one_has_to_be_named(study) -> None:
    path = written(study, series(study, line("characteristics_ch1", [f"er: {label}" for label in study.labels])))
    error = study.refusal(study=path)
    assert error.code == "GR116"
    assert "'er'" in str(error)
    assert study.read("cohort.label_column=er", study=path).classes == ("a", "b")


def test_a_sheet_takes_the_place_of_the_sample_lines(study) -> None:
    path = written(study, series(study, diagnosis(study)))
    study.labels.reverse()
    study.write()
    cohort = study.read(study=None, expression=path, labels=study.folder / "samples.tsv")
    assert cohort.samples["class"].tolist() == study.labels


def test_the_sample_lines_are_a_sheet_for_another_matrix(study) -> None:
    path = written(study, series(study, diagnosis(study), rows="ID_REF\n"))
    study.samples = [f"array {number}" for number in range(24)]
    study.write()
    cohort = study.read(study=None, expression=study.folder / "expression.tsv", labels=path)
    assert cohort.samples.index.tolist() == study.samples
    assert cohort.samples["class"].tolist() == study.labels


def test_two_series_matrices(study) -> None:
    whole, samples, labels = series(study, diagnosis(study)), study.samples, study.labels
    study.samples, study.values = [f"T{name}" for name in samples], study.values[:, ::-1]
    study.labels = labels[::-1]
    other = written(study, series(study, diagnosis(study)), "GSE2_series_matrix.txt")
    cohort = study.read(study=None, expression=written(study, whole), test_expression=other)
    assert cohort.samples["class"].tolist() == [*labels, *labels[::-1]]
    assert cohort.samples["set"].tolist() == ["train"] * 24 + ["test"] * 24


@pytest.mark.parametrize("rows", ["ID_REF\n", '"ID_REF"\t"S01"\t"S02"\n', ""])
def test_a_table_without_rows_says_where_the_data_are(study, rows: str) -> None:
    error = study.refusal(study=written(study, series(study, diagnosis(study), rows=rows)))
    assert error.code == "GR140"
    assert error.problem.startswith("This is a GEO series matrix without an expression table")
    assert "ftp://x/GSE1_counts.txt.gz" in error.problem


def test_what_was_cut_off_is_refused(study) -> None:
    assert study.refusal(study=written(study, series(study, diagnosis(study), end=""))).code == "GR141"
    error = study.refusal(study=written(study, series(study, line("characteristics_ch1", ["a: 1"] * 23))))
    assert (error.code, "23 values for 24 samples" in str(error)) == ("GR141", True)
    text = series(study, diagnosis(study)).replace("!Sample_geo_accession", "!Sample_accession")
    assert study.refusal(study=written(study, text)).code == "GR141"
    plain = written(study, study.matrix(), "plain.tsv")
    whole = written(study, series(study, diagnosis(study)))
    assert study.refusal(study=None, expression=whole, test_expression=plain).code == "GR112"
