from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from genereport.cohort.reader import read_cohort
from genereport.errors import CohortError
from genereport.settings import resolve


def test_a_sound_cohort_gives_no_finding(study) -> None:
    study.columns |= {"sex": ["F", "F", "M", "M"] * 6, "age": [str(30 + (7 * i) % 24) for i in range(24)]}
    assert study.write().read().findings == ()


@pytest.mark.parametrize("cell", ["", "NA"])
def test_a_sample_without_a_label(study, cell: str) -> None:
    study.labels[4] = cell
    error = study.write().refusal()
    assert error.code == "GR114"
    assert "samples.tsv: 1 sample has no class in the column 'class': 'S05'." in str(error)


def test_a_measurement_is_no_class(study) -> None:
    study.labels = [str(i * 1.5) for i in range(24)]
    error = study.write().refusal()
    assert error.code == "GR207"
    assert "24 different numbers" in str(error)


def test_a_sample_without_any_value(study) -> None:
    lines = [line.split("\t") for line in study.matrix().splitlines()]
    for row in lines[1:]:
        row[3] = "NA"
    error = study.write(expression__tsv="".join("\t".join(row) + "\n" for row in lines)).refusal()
    assert error.code == "GR121"
    assert "expression.tsv: 1 sample has no value at all: 'S03'." in str(error)


def test_no_training_sample(study) -> None:
    study.columns["set"] = ["test"] * 24
    assert study.write().refusal().code == "GR210"


def test_a_class_that_only_the_independent_set_has(study) -> None:
    study.columns["set"] = ["train"] * 22 + ["test"] * 2
    study.labels[23] = "c"
    error = study.write().refusal()
    assert error.code == "GR206"
    assert "The independent set has the class 'c' ('S24'), which no training sample has" in str(error)


def test_a_single_class(study) -> None:
    study.labels = ["a"] * 24
    error = study.write().refusal()
    assert error.code == "GR201"
    assert "All 24 training samples have the class 'a'" in str(error)


def test_too_few_samples(study) -> None:
    study.samples, study.labels, study.values = study.samples[:2], ["a", "b"], study.values[:, :2]
    assert study.write().refusal().code == "GR203"


def test_a_class_that_is_too_small_for_a_cross_validation_is_a_finding(study) -> None:
    study.labels = ["a"] * 21 + ["b"] * 3
    (told,) = study.write().found("GR335")
    assert "The class 'b' has 3 training samples, too few for a cross-validation" in told
    assert "no classifier is trained" in told
    assert study.found("GR309") == study.found("GR336") == []


def test_folds_that_come_down_are_a_note(study) -> None:
    study.labels = ["a"] * 20 + ["b"] * 4
    (told,) = study.write().found("GR336")
    assert "4 folds instead of 5: the smallest class, 'b', has 4 training samples" in told
    assert "each of the 4 folds" in study.found("GR309")[0]
    assert study.found("GR335") == study.found("GR336", "evaluation.folds=4") == []
    assert "4 folds instead of 9" in study.found("GR336", "evaluation.folds=9")[0]


def test_units_limit_the_folds(study) -> None:
    study.columns["patient"] = [f"p{number // 2 % 3}" for number in range(24)]
    (told,) = study.write().found("GR335", "evaluation.groups=patient")
    assert "training samples of 3 units (column 'patient')" in told


def test_a_class_of_one(study) -> None:
    study.labels = ["a"] * 23 + ["b"]
    error = study.write().refusal()
    assert error.code == "GR202"
    assert "The class 'b' has 1 training sample" in error.problem


@pytest.mark.parametrize(("labels", "code"), [(["a"] * 2 + ["b"], "GR202"), (["a", "b"], "GR203")])
def test_fewer_than_two_against_two(study, labels: list[str], code: str) -> None:
    number = len(labels)
    study.samples, study.labels, study.values = study.samples[:number], labels, study.values[:, :number]
    assert study.write().refusal().code == code


def test_two_against_two_is_enough(study) -> None:
    study.samples, study.labels, study.values = study.samples[:4], [*"aabb"], study.values[:, :4]
    assert len(study.write().found("GR335")) == 1


def test_a_share_set_aside_must_leave_two_of_each_class(study) -> None:
    study.labels = ["a"] * 21 + ["b"] * 3
    error = study.write().refusal("evaluation.holdout=0.5")
    assert error.code == "GR202"
    assert "evaluation.holdout = 0.5" in str(error)


@pytest.mark.parametrize(("factor", "told"), [(1e299, "e+3"), (1e-300, "e-"), (-1e200, "e+2")])
@pytest.mark.parametrize("scale", ["log2", "intensity", "counts"])
def test_values_that_no_number_can_be_made_of_are_refused(study, factor: float, told: str, scale: str) -> None:
    study.values = (study.values + 1) * factor
    error = study.write().refusal(f"preprocess.scale={scale}")
    assert error.code == "GR224"
    assert told in error.problem
    assert len(str(error)) < 300


def test_confounding_that_is_complete(study) -> None:
    study.columns["centre"] = ["x", "z", "y", "z"] * 6
    assert study.write().found("GR304") == [
        "Class and 'centre' are confounded on the training set: each of the 3 values of 'centre' occurs in one class "
        "only (x: a 6; y: a 6; z: b 12). Differences between the classes may be due to 'centre'."
    ]


def test_confounding_is_judged_on_the_training_set(study) -> None:
    study.columns["set"] = ["train"] * 20 + ["test"] * 4
    study.columns["centre"] = ["x", "z"] * 10 + ["z", "z", "x", "x"]
    assert len(study.write().found("GR304")) == 1


def test_association_that_is_partial(study) -> None:
    study.columns["sex"] = ["F", "M"] * 11 + ["M", "F"]
    p = stats.fisher_exact([[11, 1], [1, 11]]).pvalue
    (message,) = study.write().found("GR305")
    assert f"Fisher's exact test, p = {p:.2g}; F: a 11, b 1; M: a 1, b 11" in message


def test_numbered_categories_are_judged_level_by_level(study) -> None:
    study.columns["batch"] = ["1", "3", "2", "3"] * 6
    assert "(1: a 6; 2: a 6; 3: b 12)" in study.write().found("GR304")[0]


def test_grades_that_rise_with_the_class(study) -> None:
    study.columns["grade"] = [str(i // 4 + 1 + 4 * (i % 2)) for i in range(24)]
    lower, higher = [1, 2, 3, 4, 5, 6] * 2, [5, 6, 7, 8, 9, 10] * 2
    counts = np.stack([np.bincount(each, minlength=11)[1:] for each in (lower, higher)])
    assert stats.chi2_contingency(counts).pvalue > 0.01
    (message,) = study.write().found("GR305")
    assert f"Kruskal–Wallis test, p = {stats.kruskal(lower, higher).pvalue:.2g}; medians a 3.5, b 7.5" in message


def test_association_with_more_levels(study) -> None:
    study.columns["batch"] = ["1", "2"] * 9 + ["3", "3"] * 2 + ["2", "1"]
    p = stats.chi2_contingency([[9, 1], [1, 9], [2, 2]]).pvalue
    (message,) = study.write().found("GR305")
    assert f"chi-squared test, p = {p:.2g}" in message


def test_units_are_told_with_what_follows_and_are_no_covariate(study) -> None:
    study.columns["patient"] = [f"P{number // 4 * 2 + number % 2}" for number in range(24)]
    study.write()
    (message,) = study.found("GR330")
    assert message.startswith(
        "'patient' names units, such as patients: 12 of them, with 2 samples each (recognised by its name"
    )
    assert "Samples of one unit stay together in every split" in message
    assert "the tests treat units as a random effect. cohort.unit=none switches this off" in message
    assert study.found("GR304") == study.found("GR331") == study.found("GR333") == []
    assert study.found("GR330", "cohort.unit=none") == []
    assert len(study.found("GR304", "cohort.unit=none")) == 1
    (named,) = study.found("GR330", "cohort.unit=patient")
    assert "cohort.unit says so" in named
    assert "switches" not in named
    (grouped,) = study.found("GR330", "evaluation.groups=patient")
    assert "Samples that share a value of 'patient' (evaluation.groups) stay together" in grouped


def test_a_unit_in_both_sets_is_a_warning(study) -> None:
    study.columns["set"] = ["train"] * 16 + ["test"] * 8
    study.columns["donor"] = (
        [f"d{number // 2}" for number in range(14)]
        + ["d7", "d8", "d7", "d8"]
        + [f"d{number // 2}" for number in range(18, 24)]
    )
    assert study.write().found("GR331") == [
        "2 units of 'donor' have samples in the training set and in the independent set: 'd7', 'd8'. The models "
        "were trained on these units, so the metrics of the independent set are too good."
    ]


def test_a_sample_without_a_partner_is_named(study) -> None:
    study.labels = ["a"] * 12 + ["b"] * 12
    study.columns["patient"] = [f"P{number % 12}" for number in range(23)] + ["P12"]
    (message,) = study.write().found("GR333")
    assert message.startswith("2 training samples of 'patient' have no partner of another class: 'S12', 'S24'.")
    assert "left out of the paired test" in message


def test_units_of_one_sample_and_numbers_that_may_be_units_are_notes(study) -> None:
    study.labels = ["a"] * 12 + ["b"] * 12
    study.columns["code"] = [f"x{number}" for number in range(24)]
    study.columns["who"] = [str(number % 12 + 1) for number in range(24)]
    assert len(study.write().found("GR332", "cohort.unit=code")) == 1
    (message,) = study.found("GR334")
    assert "set cohort.unit=who" in message
    assert study.found("GR334", "cohort.unit=none") == []


def test_a_measurement_that_differs_between_the_classes(study) -> None:
    study.columns["age"] = [str(20 + i + 40 * (i % 2)) for i in range(24)]
    (message,) = study.write().found("GR305")
    assert "'age' differs between the classes" in message
    assert "medians a 31, b 72" in message


def test_gaps_that_go_with_the_class(study) -> None:
    study.columns["sex"] = [
        ["F", "M", "F"][number // 2 % 3] if number % 2 or number < 4 else "" for number in range(24)
    ]
    (message,) = study.write().found("GR313")
    p = stats.fisher_exact([[10, 0], [2, 12]]).pvalue
    assert f"Fisher's exact test, p = {p:.2g}; missing: a 10 of 12, b 0 of 12). Any comparison" in message
    assert study.found("GR315") == study.found("GR316") == []


def test_a_covariate_that_one_class_lacks_and_with_a_single_known_value(study) -> None:
    study.columns["sex"] = ["", "F"] * 12
    (message,) = study.write().found("GR313")
    assert "known for no training sample of 'a'" in message
    (message,) = study.found("GR316")
    assert "single value 'F' in the 12 training samples in which it is known, and is missing in the other 12" in message


def test_gaps_that_go_with_the_set(study) -> None:
    study.columns["set"] = ["train"] * 16 + ["test"] * 8
    study.columns["sex"] = ["F", "F", "M", "M"] * 4 + [""] * 7 + ["F"]
    (message,) = study.write().found("GR315")
    p = stats.fisher_exact([[0, 7], [16, 1]]).pvalue
    assert (
        f"in 0 of 16 training samples and in 7 of 8 independent samples (Fisher's exact test, p = {p:.2g})" in message
    )
    assert study.found("GR313") == []


@pytest.mark.parametrize(
    "cells",
    [["x"] * 24, [f"p{i}" for i in range(24)], ["x", "x", "y", "y"] * 6, [""] * 23 + ["x"]],
    ids=["constant", "a level per sample", "balanced", "hardly known"],
)
def test_covariates_that_say_nothing_about_the_class(study, cells: list[str]) -> None:
    study.columns["covariate"] = cells
    assert study.write().read().findings == ()


def test_a_covariate_that_subdivides_the_class(study) -> None:
    study.labels = ["ALL", "AML"] * 12
    study.columns["subtype"] = ["B-ALL", "AML", "T-ALL", "AML"] * 6
    cohort = study.write().read()
    assert [(each.code, each.severity) for each in cohort.findings] == [("GR312", "note")]


@pytest.mark.parametrize(("labels", "sites"), [(["a", "b"], ["Mayo", "b"]), (["1", "2"], ["1", "2"])])
def test_letters_and_numbers_do_not_make_a_subdivision(study, labels: list[str], sites: list[str]) -> None:
    study.labels, study.columns["site"] = labels * 12, sites * 12
    assert len(study.write().found("GR304")) == 1


def test_a_level_that_training_does_not_have(study) -> None:
    study.columns["set"] = ["train"] * 18 + ["test"] * 6
    study.columns["tissue"] = ["marrow", "marrow", "node", "node"] * 4 + ["marrow"] * 4 + ["blood"] * 4
    assert study.write().found("GR306") == [
        "In 4 of 6 independent samples 'tissue' has a value that no training sample has (blood 4). Performance on them "
        "is an extrapolation."
    ]


def test_imbalance(study) -> None:
    study.labels = ["a"] * 19 + ["b"] * 5
    assert "19 training samples are 'a' and 5 'b'" in study.write().found("GR307")[0]
    study.labels = ["a"] * 18 + ["b"] * 6
    assert study.write().found("GR307") == []


def test_few_samples_per_fold(study) -> None:
    study.labels = ["a"] * 15 + ["b"] * 9
    assert "(b 9)" in study.write().found("GR309")[0]
    assert study.found("GR309", "evaluation.folds=4") == []


@pytest.mark.parametrize("labels", [["control", "Control", "CONTROL ", "drug"], ["t 1", "t1", "T  1", "t2"]])
def test_a_class_written_in_several_ways(study, labels: list[str]) -> None:
    study.labels = labels * 6
    error = study.write().refusal()
    assert error.code == "GR130"
    for label in labels[:3]:
        assert f"'{label.strip()}' (6 samples)" in str(error)
    assert labels[3] not in str(error)


def test_the_case_whose_labels_differ_in_case_and_spaces(cases: Path) -> None:
    files = {"expression": cases / "labelcase" / "counts.tsv", "labels": cases / "labelcase" / "samples.csv"}
    with pytest.raises(CohortError) as caught:
        read_cohort(resolve(environment={}, overrides={"cohort": files | {"label_column": "condition"}}))
    assert caught.value.code == "GR130"
    assert "'control' (4 samples), 'CONTROL' (1 sample), 'Control' (1 sample)" in str(caught.value)
    assert caught.value.remedy.startswith("Did you mean 'control'?")


def test_spaces_around_labels_and_levels_are_trimmed(study) -> None:
    study.labels = ["a ", " b", "a", "b"] * 6
    study.columns["sex"] = ["F ", "F", " M", "M"] * 6
    cohort = study.write().read()
    assert cohort.classes == ("a", "b")
    assert cohort.findings == ()


def test_covariate_levels_that_differ_in_case_are_told(study) -> None:
    study.columns["sex"] = ["F", "f", "m", "m"] * 6
    (message,) = study.write().found("GR321")
    assert "'sex' has levels that differ in case or spaces only: 'F' (6 samples), 'f' (6 samples)." in message


@pytest.mark.parametrize(
    ("labels", "classes"),
    [(["t10", "t2"], ("t2", "t10")), (["10", "9"], ("9", "10")), (["0.5 uM", "0.25 uM"], ("0.25 uM", "0.5 uM"))],
)
def test_classes_order_naturally_and_a_named_reference_comes_first(study, labels, classes) -> None:
    study.labels = labels * 12
    assert study.write().read().classes == classes
    assert study.read(f'cohort.reference="{classes[1]}"').classes == classes[::-1]


def test_levels_are_listed_naturally(study) -> None:
    study.columns["batch"] = ["b10", "b2"] * 11 + ["b2", "b10"]
    assert "b2: a 1, b 11; b10: a 11, b 1" in study.write().found("GR305")[0]


def test_numbered_batches_in_a_design_are_told(study) -> None:
    study.columns["batch"] = ["1", "1", "2", "2", "3", "3"] * 4
    (message,) = study.write().found("GR320", 'tests.design="~ class + batch"')
    assert "'batch' entered the design as a number, with one slope per unit, and has 3 distinct values" in message
    assert "write C(batch) to make it a factor" in message
    for formula in ("~ class", "~ class + C(batch)", "~ class + I(batch)"):
        assert study.found("GR320", f'tests.design="{formula}"') == [], formula


def test_a_measurement_in_a_design_is_no_batch(study) -> None:
    study.columns["age"] = [str(30 + (7 * i) % 24) for i in range(24)]
    study.columns["dose"] = ["0.5", "1.5", "1.5", "0.5", "3", "3"] * 4
    assert study.write().found("GR320", 'tests.design="~ class + age + dose"') == []


def test_missing_values_that_go_with_the_class(study) -> None:
    study.values[:6, 1::2] = np.where(np.arange(12) < 9, np.nan, study.values[:6, 1::2])
    study.values[6:, 0] = np.nan
    (message,) = study.write().found("GR322")
    assert "in 6 genes of 30 with gaps (Fisher's exact test, adjusted after Benjamini and Hochberg" in message
    assert "'G1', 'G2'" in message
    assert "Shares of missing values: a 6.7%, b 15.0%" in message
    assert "replaced by the gene's median over all classes, which makes the classes more alike" in message


def test_missing_values_that_do_not_go_with_the_class_are_no_finding(study) -> None:
    study.values[np.random.default_rng(0).random(study.values.shape) < 0.2] = np.nan
    assert study.write().found("GR322") == []


def test_missing_values_are_judged_on_the_training_set(study) -> None:
    study.columns["set"] = ["train"] * 12 + ["test"] * 12
    study.values[:6, 13::2] = np.nan
    assert study.write().found("GR322") == []


def test_near_copies(study) -> None:
    study.values[:, 7] = study.values[:, 3] + 1e-9
    study.values[:, 9] = study.values[:, 5] = study.values[:, 3] * (1 + 1e-7)
    (message,) = study.write().found("GR323")
    assert "1 group of samples holds near-copies, whose values correlate above 0.9999: 'S04' ≈ 'S06' ≈ 'S08'" in message
    assert "Cross-validation may train on a sample and test on its copy" in message
    assert "'S06' = 'S10'" in study.found("GR308")[0]


def test_near_copies_across_the_sets(study) -> None:
    study.columns["set"] = ["train"] * 18 + ["test"] * 6
    study.values[:, 20] = study.values[:, 3] + 1e-9
    study.values[:, 22] = study.values[:, 21] + 1e-9
    (message,) = study.write().found("GR323")
    assert "2 groups of samples hold near-copies" in message
    assert "1 group has samples in the training set and in the independent set" in message
    assert "Cross-validation" not in message


def test_identical_samples(study) -> None:
    study.values[:, 7] = study.values[:, 3]
    study.values[0, [3, 7]] = 0.0, -0.0
    (message,) = study.write().found("GR308")
    assert "1 group of samples has identical values: 'S04' = 'S08'. Cross-validation may" in message


def test_identical_samples_across_the_sets(study) -> None:
    study.columns["set"] = ["train"] * 18 + ["test"] * 6
    study.values[:, 20] = study.values[:, 3]
    assert "1 group has samples in the training set and in the independent set" in study.write().found("GR308")[0]


def test_depth_that_goes_with_the_class_is_found(study) -> None:
    rng = np.random.default_rng(0)
    study.values = rng.poisson(20, (30, 24))
    assert study.write().found("GR337") == []
    deeper = np.array([label == study.labels[0] for label in study.labels])
    study.values = rng.poisson(np.where(deeper, 40, 20), (30, 24))
    (told,) = study.write().found("GR337")
    assert "Sequencing depth goes with the class" in told


def test_depth_that_differs_by_chance_is_not_found(study) -> None:
    rng = np.random.default_rng(1)
    study.values = rng.poisson(20 * rng.uniform(0.5, 2, 24), (30, 24))
    assert study.write().found("GR337") == []
