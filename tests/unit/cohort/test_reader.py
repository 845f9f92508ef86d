from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genereport.cohort.reader import read_cohort
from genereport.cohort.simulate import simulated_cohort
from genereport.settings import resolve


def test_without_any_file_the_cohort_is_simulated() -> None:
    cohort = read_cohort(resolve(environment={}, assignments=["seed=5"]))
    assert cohort.simulated
    np.testing.assert_array_equal(cohort.expression, simulated_cohort(5).expression)


@pytest.mark.parametrize("setting", ["study", "expression", "labels", "test_expression"])
def test_a_path_that_does_not_exist(study, setting: str) -> None:
    named = {"study": study.write().folder} | {setting: study.folder / "sample.tsv"}
    error = study.refusal(**named)
    assert error.code == "GR101"
    assert f"cohort.{setting} names a file or folder that does not exist. Did you mean 'samples.tsv'?" in str(error)


def test_the_reference_is_the_first_class(study) -> None:
    study.write()
    assert study.read().classes == ("a", "b")
    assert study.read("cohort.reference=b").classes == ("b", "a")


def test_an_unknown_reference_names_the_nearest(study) -> None:
    study.labels = ["normal", "tumor"] * 12
    error = study.write().refusal("cohort.reference=norml")
    assert error.code == "GR209"
    assert str(error) == "[GR209] cohort.reference: There is no class 'norml'. Did you mean 'normal'?"


def test_a_column_for_the_sets(study) -> None:
    study.columns["Set"] = ["training"] * 18 + ["independent"] * 6
    cohort = study.write().read()
    assert cohort.samples["set"].tolist() == ["train"] * 18 + ["test"] * 6
    assert cohort.covariates == []


def test_a_column_for_the_sets_and_a_matrix_for_one_must_agree(study) -> None:
    study.columns["set"] = ["train"] * 21 + ["test"] * 3
    error = study.write(
        expression__tsv=study.matrix(samples=slice(0, 20)), expression_test__tsv=study.matrix(samples=slice(20, 24))
    ).refusal()
    assert error.code == "GR117"
    assert "Sample 'S21'" in str(error)


def test_a_covariate_called_class_keeps_its_values(study) -> None:
    study.columns["subtype"] = ["x", "y", "y", "x"] * 6
    cohort = study.write().read("cohort.label_column=subtype")
    assert cohort.classes == ("x", "y")
    assert cohort.samples["class (sheet)"].tolist() == study.labels


def test_covariates_are_kept_empty_ones_are_not(study) -> None:
    study.columns |= {"age": [str(20 + i) for i in range(24)], "batch": ["1", "1", "2", ""] * 6, "remark": [""] * 24}
    samples = study.write().read().samples
    assert list(samples.columns) == ["class", "set", "age", "batch"]
    assert samples["age"].tolist() == list(range(20, 44))
    assert samples["batch"].isna().sum() == 6


def test_duplicate_genes_are_refused_unless_a_rule_is_named(study) -> None:
    study.genes[5] = study.genes[2]
    study.values[2], study.values[5] = 4.0 + np.arange(24) / 10, 5.0 + np.arange(24) / 10
    error = study.write().refusal()
    assert error.code == "GR110"
    assert "expression.tsv: The gene id 'G3' occurs 2 times: row 4, row 7." in str(error)
    assert "--set cohort.duplicate_genes=highest_mean" in error.remedy
    cohort = study.read("cohort.duplicate_genes=highest_mean")
    assert cohort.expression.shape == (24, 29)
    np.testing.assert_array_equal(cohort.expression["G3"], study.values[5])
    (message,) = study.found("GR311", "cohort.duplicate_genes=highest_mean")
    assert message.startswith("1 gene id occurs more than once ('G3'); of each the row with the highest mean was kept")


def test_the_mean_that_decides_looks_at_training_samples_only(study) -> None:
    study.columns["set"] = ["train"] * 18 + ["test"] * 6
    study.genes[5] = study.genes[2]
    study.values[2], study.values[5] = 4.0 + np.arange(24) / 10, 5.0 + np.arange(24) / 10
    study.values[2, 18:] = 15.0
    cohort = study.write().read("cohort.duplicate_genes=highest_mean")
    np.testing.assert_array_equal(cohort.expression["G3"], study.values[5])


def test_independent_genes_are_joined_by_id(study) -> None:
    lines = study.matrix(samples=slice(18, 24)).splitlines()
    extra = "extra\t" + "\t".join(["8.5"] * 6)
    cohort = study.write(
        expression__tsv=study.matrix(samples=slice(0, 18)),
        expression_test__tsv="\n".join([lines[0], extra, *reversed(lines[1:])]) + "\n",
    ).read()
    np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
    assert [each.message for each in cohort.findings if each.code == "GR303"] == [
        "1 gene of the independent set was left out, because the training set lacks it: 'extra'."
    ]


def test_the_independent_matrix_must_have_all_genes(study) -> None:
    error = study.write(
        expression__tsv=study.matrix(samples=slice(0, 18)),
        expression_test__tsv=study.matrix(genes=28, samples=slice(18, 24)),
    ).refusal()
    assert error.code == "GR118"
    assert "expression_test.tsv: 2 of the 30 genes of 'expression.tsv' are missing: 'G29', 'G30'." in str(error)


def test_sets_on_different_scales(study) -> None:
    study.columns["set"] = ["train"] * 18 + ["test"] * 6
    study.values[:, 18:] = np.exp2(study.values[:, 18:])
    error = study.write().refusal()
    assert error.code == "GR208"
    assert "training values look like base-2 logarithms (99.8 % of the values" in str(error)
    assert study.read("preprocess.scale=intensity").scale.name == "intensity"


def test_rows_without_data_are_a_finding(study) -> None:
    study.write(samples__tsv=study.sheet() + "S90\ta\nS91\tb\n")
    assert study.found("GR301") == ["2 rows of the sample sheet (26 in all) have no expression values: 'S90', 'S91'."]


def test_genes_without_a_value_are_set_aside(study) -> None:
    text = study.matrix().splitlines()
    text[3] = "G3" + "\tNA" * 24
    cohort = study.write(expression__tsv="\n".join(text) + "\n").read()
    assert "G3" not in cohort.expression.columns
    assert list(cohort.genes.index) == list(cohort.expression.columns)
    assert study.found("GR302") == ["1 gene was set aside, because it has no value in any training sample: 'G3'."]


def test_missing_values_are_kept(study) -> None:
    text = study.matrix().splitlines()
    text[3] = "G3" + "\tNA\t\tnull\tNaN" + "\t8" * 20
    cohort = study.write(expression__tsv="\n".join(text) + "\n").read()
    assert cohort.expression["G3"].isna().tolist() == [True] * 4 + [False] * 20


def test_reading_twice_gives_the_same(study, tmp_path: Path) -> None:
    one, two = study.write().read(), study.read()
    assert one.expression.equals(two.expression)
    assert one.samples.equals(two.samples)
    assert (one.sources, one.findings) == (two.sources, two.findings)
