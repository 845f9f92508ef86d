"""The ids of matrix and sheet: by which rule they are joined, and when they are not."""

from __future__ import annotations

import pytest

from genereport.cohort.joining import RULES, make_name

NUMBERS = range(1, 25)


def written(study, matrix: list[str], sheet: list[str], **files: str) -> None:
    """Write the study with other ids in the matrix and in the sheet."""
    study.samples = sheet
    text = study.sheet()
    study.samples = matrix
    study.write(**({"samples__tsv": text} | files))


def transposed(text: str) -> str:
    return "".join("\t".join(row) + "\n" for row in zip(*(line.split("\t") for line in text.splitlines()), strict=True))


@pytest.mark.parametrize(
    ("matrix", "sheet", "told"),
    [
        ("P\u00a0 {0}", "P {0}", "without blanks and invisible characters"),
        ("X{0}", "{0}", "after both ids were written as R's make.names writes them"),
        ("a.{0}.b", "a-{0}-b", "after both ids were written as R's make.names writes them"),
        ("P{0:02}", "P{0:02}fb", "without the suffix 'fb', which all ids of the sheet have"),
        ("GSM_{0:02}", "{0:02}", "without the prefix 'GSM_', which all ids of the matrix have"),
        ("run.P{0:02}.x", "P{0:02}", "without the prefix 'run.' and the suffix '.x', which all ids of the matrix have"),
        ("/data/{0}/P{0}_R1.fastq.gz", "P{0}", "without folders and without the endings of file names"),
        ("P{0}.sorted.bam", "{0:02}/P{0}.cram", "without folders and without the endings of file names"),
        ("TCGA-AB-1{0:03}-01A-{0:02}R", "TCGA-AB-1{0:03}", "by the first 12 characters of the TCGA barcodes"),
        ("TCGA.AB.1{0:03}.01A.11R", "TCGA-AB-1{0:03}-01A", "by the first 16 characters of the TCGA barcodes"),
        ("{0:03}", "{0}", "without leading zeros"),
    ],
)
@pytest.mark.parametrize("turn", [str, transposed])
def test_each_rule(study, matrix: str, sheet: str, told: str, turn) -> None:
    here, there = [matrix.format(number) for number in NUMBERS], [sheet.format(number) for number in NUMBERS]
    written(study, here, there)
    study.write(samples__tsv=(study.folder / "samples.tsv").read_text(), expression__tsv=turn(study.matrix()))
    cohort = study.read()
    assert cohort.samples["class"].tolist() == study.labels
    (found,) = [finding for finding in cohort.findings if finding.code == "GR350"]
    assert told in found.message
    assert f"'{' '.join(here[0].split())}' is '{there[0]}'" in " ".join(found.message.split())
    assert "Each of the 24 samples has exactly one row" in found.message


def test_equal_ids_need_no_rule(study) -> None:
    assert study.write().found("GR350") == []


def test_some_ids_are_equal_and_all_are_without_zeros(study) -> None:
    written(study, [f"{number:02}" for number in NUMBERS], [str(number) for number in NUMBERS])
    assert study.read().samples["class"].tolist() == study.labels
    assert "'01' is '1'" in study.found("GR350")[0]


def test_shuffled_rows_are_joined_by_id(study) -> None:
    rows = [f"{number}fb\t{label}" for number, label in zip(NUMBERS, study.labels, strict=True)]
    study.samples = [str(number) for number in NUMBERS]
    cohort = study.write(samples__tsv="\n".join(["file\tclass", *rows[::-1]]) + "\n").read()
    assert cohort.samples["class"].tolist() == study.labels


def test_another_column_of_the_sheet(study) -> None:
    study.columns["file"] = [f"X{number}.bam" for number in NUMBERS]
    written(study, [f"X{number}" for number in NUMBERS], [f"patient {number * 7}" for number in NUMBERS])
    cohort = study.read()
    assert cohort.samples["class"].tolist() == study.labels
    assert "the column 'file' of 'samples.tsv'" in study.found("GR350")[0]


def test_measurements_are_no_ids(study) -> None:
    study.columns["age"] = [str(number) for number in NUMBERS]
    written(study, [f"X{number}" for number in NUMBERS], [f"patient {number * 7}" for number in NUMBERS])
    assert study.refusal().code == "GR113"


def test_replicates_are_no_reads(study) -> None:
    numbered = [(number // 2, number % 2 + 1) for number in range(24)]
    written(
        study, [f"K{unit}_R{read}" for unit, read in numbered], [f"K{unit}_R{3 - read}x" for unit, read in numbered]
    )
    assert study.read().samples["class"].tolist() == [study.labels[number ^ 1] for number in range(24)]
    written(study, [f"K{number}_R1" for number in NUMBERS], [f"K{number}_R2" for number in NUMBERS])
    assert study.refusal().code == "GR113"


def test_row_numbers_are_no_ids(study) -> None:
    written(study, [f"X{number}" for number in NUMBERS], [str(number) for number in NUMBERS])
    sheet = study.folder / "samples.tsv"
    assert len(study.read().samples) == 24
    sheet.write_text(sheet.read_text().replace("sample", "", 1))
    assert study.refusal().code == "GR113"


def test_two_samples_of_a_patient_are_not_joined_by_patient(study) -> None:
    matrix = [f"TCGA-AB-1{number // 2:03}-{1 + 10 * (number % 2):02}A" for number in range(24)]
    written(study, matrix, [f"TCGA-AB-1{number:03}" for number in range(24)])
    error = study.refusal()
    assert error.code == "GR113"
    assert "12 characters of the TCGA barcodes, which name the patient, 0 of 24 samples have a row" in error.problem
    assert "for 24 it is unclear which row is theirs" in error.problem


def test_nearly_all_are_not_enough(study) -> None:
    written(study, [f"P{number}" for number in NUMBERS], [*(f"P{number}fb" for number in NUMBERS[:-1]), "Q99fb"])
    error = study.refusal()
    assert error.code == "GR113"
    assert "without the suffix 'fb', which all ids of the sheet have, 23 of 24 samples have a row" in error.problem


def test_a_prefix_never_cuts_through_a_number(study) -> None:
    written(study, [f"{100 + number}" for number in NUMBERS], [f"{number:02}" for number in NUMBERS])
    assert study.refusal().code == "GR113"


def test_ids_that_fit_in_two_ways(study) -> None:
    study.columns["file"] = [f"{number}.bam" for number in reversed(NUMBERS)]
    study.columns["other"] = [f"{number}.cram" for number in NUMBERS]
    written(study, [f"{number}" for number in NUMBERS], [f"p{number * 7}x" for number in NUMBERS])
    error = study.refusal()
    assert error.code == "GR113"
    assert "The ids fit in more than one way" in error.problem
    assert "(column 'file')" in error.problem
    assert "(column 'other')" in error.problem


def test_ids_that_one_rule_makes_equal_within_a_file_are_not_joined_by_it(study) -> None:
    sheet = [f"a-{number}" for number in NUMBERS[:-1]] + ["a_1"]
    written(study, [f"a.{number}" for number in NUMBERS[:-1]] + ["a.1x"], sheet)
    error = study.refusal()
    assert error.code == "GR113"
    assert "23 of 24 samples have a row" in error.problem


def test_no_rule_fits(study) -> None:
    written(study, [f"S{number}" for number in NUMBERS], [f"patient {number * 7}" for number in NUMBERS])
    error = study.refusal()
    assert error.code == "GR113"
    assert f"Joined by no rule ({', '.join(rule.name for rule in RULES)})" in error.problem


@pytest.mark.parametrize("turn", [str, transposed])
def test_a_sheet_with_the_samples_in_columns(study, turn) -> None:
    study.columns["centre"] = ["x", "y", "y"] * 8
    cohort = study.write(samples__tsv=transposed(study.sheet()), expression__tsv=turn(study.matrix())).read()
    assert cohort.samples["class"].tolist() == study.labels
    assert cohort.samples["centre"].tolist() == study.columns["centre"]
    (found,) = [finding.message for finding in cohort.findings if finding.code == "GR351"]
    assert "24 samples, with 'class', 'centre'" in found


def test_a_turned_sheet_names_columns_in_its_errors(study) -> None:
    sheet = study.sheet().replace("S05\tb", "S05\t", 1).replace("S05\ta", "S05\t", 1)
    error = study.write(samples__tsv=transposed(sheet)).refusal()
    assert error.code == "GR114"
    assert "'S05'" in error.problem


def test_an_independent_matrix_is_joined_by_its_own_rule(study) -> None:
    study.samples = [f"P{number:02}fb" for number in NUMBERS]
    sheet = study.sheet()
    study.samples = [f"P{number:02}" for number in NUMBERS[:16]] + [f"P{number:02}fb" for number in NUMBERS[16:]]
    cohort = study.write(
        samples__tsv=sheet,
        expression__tsv=study.matrix(samples=slice(0, 16)),
        expression_test__tsv=study.matrix(samples=slice(16, 24)),
    ).read()
    assert cohort.samples["class"].tolist() == study.labels
    assert cohort.samples["set"].tolist() == ["train"] * 16 + ["test"] * 8


def test_names_as_r_makes_them() -> None:
    # R: make.names(c("1", "a-b", ".1", "_a", "a b", "X1", ".a"))
    names = ["1", "a-b", ".1", "_a", "a b", "X1", ".a"]
    assert [make_name(name) for name in names] == ["X1", "a.b", "X.1", "X_a", "a.b", "X1", ".a"]
