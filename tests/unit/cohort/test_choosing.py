"""Which samples are analysed, and which class is the reference."""

from __future__ import annotations

import pytest

from genereport.cohort.controls import control_class, is_control
from genereport.cohort.design import make_design
from genereport.cohort.formula import with_class
from genereport.cohort.model import Cohort
from genereport.cohort.reader import read_cohort
from genereport.cohort.spreadsheet import changed_names
from genereport.errors import CohortError
from genereport.settings import resolve

from .test_joining import transposed


@pytest.mark.parametrize("turn", [str, transposed])
def test_samples_without_a_row_are_left_out_on_request(study, turn) -> None:
    sheet = "".join(line + "\n" for line in study.sheet().splitlines()[:-2])
    study.write(samples__tsv=sheet, expression__tsv=turn(study.matrix()))
    assert "--set cohort.samples=labelled" in study.refusal().remedy
    cohort = study.read("cohort.samples=labelled")
    assert list(cohort.expression.index) == study.samples[:-2]
    assert cohort.expression.to_numpy().tolist() == study.values.T[:-2].tolist()
    (found,) = study.found("GR353", "cohort.samples=labelled")
    assert "2 samples were left out ('S23', 'S24'): they have no row in 'samples.tsv'" in found


def test_samples_without_a_class_are_left_out_on_request(study) -> None:
    study.labels[4], study.labels[7] = "NA", ""
    assert "--set cohort.samples=labelled" in study.write().refusal().remedy
    cohort = study.read("cohort.samples=labelled")
    assert len(cohort.samples) == 22
    assert not {"S05", "S08"} & set(cohort.samples.index)
    (found,) = study.found("GR353", "cohort.samples=labelled")
    assert "2 samples were left out ('S05', 'S08'): they have no class in the column 'class'" in found
    assert study.found("GR301", "cohort.samples=labelled") == []


@pytest.mark.parametrize("given", ['["S03", "S24"]', '["S24", "S03"]'])
def test_samples_are_left_out_by_name(study, given: str) -> None:
    study.labels[2] = ""
    cohort = study.write().read(f"cohort.exclude={given}")
    assert list(cohort.samples.index) == [name for name in study.samples if name not in ("S03", "S24")]
    (found,) = study.found("GR352", f"cohort.exclude={given}")
    assert "2 samples were left out ('S03', 'S24'): cohort.exclude names them." in found


def test_a_sample_without_a_row_may_be_left_out_by_name(study) -> None:
    sheet = "".join(line + "\n" for line in study.sheet().splitlines()[:-1])
    assert len(study.write(samples__tsv=sheet).read("cohort.exclude=S24").samples) == 23


def test_an_unknown_sample_is_not_left_out_silently(study) -> None:
    error = study.write().refusal("cohort.exclude=s03")
    assert (error.code, error.where) == ("GR150", "cohort.exclude")
    assert error.remedy.startswith("Did you mean 'S")


def test_other_classes_are_left_out(study) -> None:
    study.labels = ["a"] * 11 + ["b"] * 11 + ["c"] * 2
    cohort = study.write().read('cohort.classes=["b", "a"]')
    assert cohort.classes == ("a", "b")
    assert len(cohort.samples) == 22
    (found,) = study.found("GR354", 'cohort.classes=["b", "a"]')
    assert "2 samples were left out ('S23', 'S24'): cohort.classes does not name their classes ('c' 2)" in found


def test_an_unknown_class_is_refused(study) -> None:
    error = study.write().refusal('cohort.classes=["a", "B"]')
    assert (error.code, error.where) == ("GR150", "cohort.classes")


def test_a_class_of_one_may_be_left_out(study) -> None:
    study.labels = ["a"] * 12 + ["b"] * 11 + ["c"]
    error = study.write().refusal()
    assert error.code == "GR202"
    assert """--set 'cohort.classes=["a", "b"]'""" in error.remedy
    assert study.read('cohort.classes=["a", "b"]').classes == ("a", "b")


def test_of_two_classes_none_can_be_left_out(study) -> None:
    study.labels = ["a"] * 23 + ["b"]
    assert "cohort.classes" not in study.write().refusal().remedy


def test_samples_are_left_out_by_a_filter(study) -> None:
    study.columns["stage"] = ["0", "1", "2", ""] * 6
    given = 'cohort.filter=stage != "0"'
    cohort = study.write().read(given)
    assert list(cohort.samples.index) == [name for at, name in enumerate(study.samples) if at % 4 in (1, 2)]
    (found,) = study.found("GR370", given)
    assert found.startswith("12 samples were left out ('S01', 'S04', 'S05', 'S08', 'S09' and 7 more): the filter ")
    assert "For 6 samples of them this is unknown, because a value is missing ('S04'" in found
    assert study.found("GR370", "cohort.filter=stage >= 0 or stage in [9]") == [
        "6 samples were left out ('S04', 'S08', 'S12', 'S16', 'S20' and 1 more): the filter stage >= 0 or stage in [9] "
        "does not hold for them. For 6 samples of them this is unknown, because a value is missing ('S04', 'S08', "
        "'S12', 'S16', 'S20' and 1 more). No sample has '9' in the column 'stage'."
    ]
    assert study.found("GR370", 'cohort.filter=class != "z"') == [
        "The filter leaves no sample out. No sample has 'z' in the column 'class'."
    ]
    error = study.refusal("cohort.filter=stages > 0")
    assert (error.code, error.remedy) == ("GR161", "Did you mean 'stage'?")
    assert study.refusal("cohort.filter=stage > 5").code == "GR151"


def test_each_sample_is_left_out_for_the_first_reason(study) -> None:
    study.labels = ["a"] * 10 + ["b"] * 10 + ["c"] * 2 + [""] * 2
    study.columns["stage"] = ["0", "1"] * 12
    sheet = "".join(line + "\n" for line in study.sheet().splitlines()[:-1])
    study.write(samples__tsv=sheet)
    cohort = study.read(
        'cohort.exclude=["S01", "S23"]',
        "cohort.samples=labelled",
        "cohort.filter=stage == 1",
        "cohort.classes=['a','b']",
    )
    assert [(each.step, len(each.samples)) for each in cohort.excluded] == [
        ("named", 2),
        ("unlisted", 1),
        ("filter", 10),
        ("other class", 1),
    ]
    assert (cohort.excluded[0].samples, cohort.excluded[0].classes) == (("S01", "S23"), ("a", ""))
    assert len(cohort.samples) + sum(len(each.samples) for each in cohort.excluded) == 24


def test_a_design_over_the_samples_that_a_filter_leaves(study) -> None:
    study.columns["batch"] = ["x", "y", "z", "z"] * 6
    study.labels = ["untreated", "treated", "treated", "other"] * 3 + ["treated", "untreated", "other", "treated"] * 3
    given = ('cohort.filter=batch != "z" and class != "other"', "tests.design=~ class + batch")
    cohort = study.write().read(*given)
    assert cohort.classes == ("untreated", "treated")
    assert make_design(cohort, given[1].partition("=")[2]).columns == ("Intercept", "class[T.treated]", "batch[T.y]")
    error = study.refusal(*given, "cohort.reference=other")
    assert (error.code, error.where) == ("GR209", "cohort.reference")
    assert error.problem == "There is no class 'other', because all of its samples were left out."


def test_no_sample_is_left(study) -> None:
    study.write()
    assert study.refusal("cohort.exclude=[" + ", ".join(f'"{name}"' for name in study.samples) + "]").code == "GR151"


def test_an_independent_set_that_is_left_out_as_a_whole(study) -> None:
    study.write(
        expression__tsv=study.matrix(samples=slice(0, 22)), expression_test__tsv=study.matrix(samples=slice(22, 24))
    )
    assert study.read().has_test
    assert not study.read('cohort.exclude=["S23", "S24"]').has_test


def test_samples_of_the_simulated_cohort_are_chosen() -> None:
    def read(*assignments: str) -> Cohort:
        return read_cohort(resolve(environment={}, assignments=assignments))

    first, *rest = read().samples.index
    cohort = read(f"cohort.exclude={first}")
    assert list(cohort.samples.index) == rest
    assert [finding.code for finding in cohort.findings if finding.code >= "GR350"] == ["GR352"]
    with pytest.raises(CohortError, match="GR150"):
        read("cohort.exclude=nobody")
    with pytest.raises(CohortError, match="GR201"):
        read("cohort.classes=AML")
    cohort = read('cohort.filter=sex == "F"')
    assert set(cohort.samples["sex"]) == {"F"}
    assert [each.step for each in cohort.excluded] == ["filter"]


def test_one_name_and_numbers_are_names() -> None:
    def excluded(text: str) -> tuple[str, ...]:
        return resolve(environment={}, assignments=[f"cohort.exclude={text}"]).cohort.exclude

    assert (excluded("P07"), excluded("[7, 12]"), excluded("7")) == (("P07",), ("7", "12"), ("7",))


@pytest.mark.parametrize(
    ("names", "reference"),
    [
        (("dex", "untreated"), "untreated"),
        (("Primary Tumor", "Solid Tissue Normal"), "Solid Tissue Normal"),
        (("KO", "wild type"), "wild type"),
        (("KO", "WT"), "WT"),
        (("drug", "vehicle_24h"), "vehicle_24h"),
        (("Basal", "Her2", "Normal-like"), "Basal"),
        (("control", "healthy", "sick"), "control"),
        (("abnormal", "typical"), "abnormal"),
        (("ALL", "AML"), "ALL"),
        (("normal", "tumor"), "normal"),
        (("a", "uncontrolled"), "a"),
    ],
)
def test_the_reference(study, names: tuple[str, ...], reference: str) -> None:
    study.labels = [names[position % len(names)] for position in range(24)]
    assert study.write().read().reference == reference
    changed = reference != min(names)
    assert len(study.found("GR355")) == changed
    assert study.found("GR355", f"cohort.reference={names[0]}") == []
    assert study.read(f"cohort.reference={names[0]}").reference == names[0]


def test_words_for_controls() -> None:
    assert all(map(is_control, ["Control", "ctrl", "healthy donors", "wild-type", "wt_0h", "placebo", "Mock"]))
    assert not any(map(is_control, ["wilde", "controlled", "positive control", "non-normal", "subnormal", "growth"]))
    assert control_class(["wt", "mock", "ko"]) is None


def test_the_label_column_stands_for_the_class_in_a_design(study) -> None:
    study.columns["centre"] = ["x", "x", "y", "y"] * 6
    sheet = study.sheet().replace("class", "condition", 1)
    study.write(samples__tsv=sheet)
    study.read("tests.design=~ condition + centre")
    study.read("tests.design=~ class + centre")
    with pytest.raises(Exception, match="GR005"):
        study.read("tests.design=~ conditions + centre")


@pytest.mark.parametrize(
    ("formula", "label", "expected"),
    [
        ("~ condition + patient", "condition", "~ class + patient"),
        ("~ `my class` + C(patient)", "my class", "~ class + C(patient)"),
        ("~ C(condition) + condition2 + `condition`", "condition", "~ C(class) + condition2 + class"),
        ("~ log(log)", "log", "~ log(class)"),
        ("~ class + centre", "class", "~ class + centre"),
        ("~ condition + age", "age", "~ condition + age"),
    ],
)
def test_with_class(formula: str, label: str, expected: str) -> None:
    assert with_class(formula, label, ["class", "patient", "age"]) == expected


def test_names_that_a_spreadsheet_changed(study) -> None:
    study.genes[:4] = ["1-Mar", "2-Sep", "2.31E+13", "MARCH3"]
    (found,) = study.write().found("GR356")
    assert found.startswith("3 gene names are dates or numbers")
    assert "not known that the genes are human: '1-Mar' (of human genes MARCHF1 or MTARC1), '2-Sep'" in found
    assert (study.read().genes["symbol"][["1-Mar", "2-Sep"]] == ["1-Mar", "2-Sep"]).all()
    assert set(study.genes) == set(study.read().genes.index)


@pytest.mark.parametrize("rule", ["refuse", "highest_mean"])
def test_genes_of_one_changed_name_are_never_merged(study, rule: str) -> None:
    study.genes[:2] = ["1-Mar", "1-Mar"]
    error = study.write().refusal(f"cohort.duplicate_genes={rule}")
    assert error.code == "GR152"
    assert "'1-Mar'" in error.problem


def test_what_is_no_date() -> None:
    names = ["TP53", "MARCH1", "SEPT2", "DEC1", "1-8D", "marvel-1", "1007_s_at", "12345", "1.5", "H2-Ea", "7SK"]
    assert changed_names(names) == []
    dates = ["1-Mar", "01-Mar-21", "Sep-02", "2021-03-01", "2001-09-02 00:00:00", "3/1/2001", "2.31E+13", "5E+10"]
    assert changed_names(dates) == dates
