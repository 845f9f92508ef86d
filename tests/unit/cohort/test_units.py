"""Units are recognised where a column names them, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genereport.cohort.design import make_design
from genereport.cohort.model import Cohort
from genereport.cohort.units import find_unit, label_units, suspect_unit, unit_column
from genereport.errors import CohortError
from genereport.settings import Settings, resolve
from tests.factory import make_cohort

DEFAULT = resolve(environment={})


def sheet(classes: str, **columns: list[object]) -> pd.DataFrame:
    """Samples with the classes, all of the training set."""
    index = pd.Index([f"s{number:02d}" for number in range(len(classes))], name="sample")
    return pd.DataFrame({"class": list(classes), "set": "train", **columns}, index=index)


def asked(*assignments: str) -> Settings:
    return resolve(environment={}, assignments=assignments)


def cohort_of(samples: pd.DataFrame, *assignments: str) -> Cohort:
    """A cohort of noise with these samples and the unit that the settings give it."""
    rng = np.random.default_rng(1)
    made = make_cohort(train=(len(samples) - 1, 1), genes=5)
    values = pd.DataFrame(rng.normal(8, 1, (len(samples), 5)), samples.index, made.expression.columns)
    classes = tuple(sorted(set(samples["class"])))
    unit = unit_column(samples, asked(*assignments))
    return replace(made, expression=values, samples=samples, classes=classes, unit=unit)


CONSTANT = "aa" * 6 + "bb" * 6
PAIRED = "a" * 12 + "b" * 12
TWICE = [number // 2 for number in range(24)]
PAIRS = [*range(12), *range(12)]


@pytest.mark.parametrize(
    "name", ["patient", "PATIENT_ID", "subject.id", "donorID", "AnimalNumber", "bcr_patient_barcode"]
)
@pytest.mark.parametrize(("classes", "numbers"), [(CONSTANT, TWICE), (PAIRED, PAIRS)])
def test_a_column_that_is_called_patient_may_hold_numbers_or_text(name: str, classes: str, numbers: list[int]) -> None:
    for values in (numbers, [float(number) for number in numbers], [f"P{number}" for number in numbers]):
        assert find_unit(sheet(classes, **{name: values}), DEFAULT) == (name, "name")


@pytest.mark.parametrize(("classes", "numbers"), [(CONSTANT, TWICE), (PAIRED, PAIRS)])
@pytest.mark.parametrize("name", ["origin", "who", "cell_line"])
def test_codes_are_recognised_by_their_values_alone(name: str, classes: str, numbers: list[int]) -> None:
    samples = sheet(classes, **{name: [f"X-{number:03d}" for number in numbers]})
    assert find_unit(samples, DEFAULT) == (name, "values")
    assert find_unit(samples, asked("cohort.unit=none")) is None
    samples.iloc[-1, -1] = None
    assert find_unit(samples, DEFAULT) == (name, "values")


@pytest.mark.parametrize(
    ("name", "classes", "values"),
    [
        ("age", PAIRED, [41 + 3 * number for number in PAIRS]),
        ("age", PAIRED, [f"{41 + 3 * number} years" for number in PAIRS]),
        ("age", PAIRED, [str(number) for number in PAIRS]),
        ("patient_age", PAIRED, [41 + 3 * number for number in PAIRS]),
        ("weight", CONSTANT, [60.5 + number for number in TWICE]),
        ("patient", PAIRED, [41.5 + 3 * number for number in PAIRS]),
        ("who", PAIRED, [float(number) for number in PAIRS]),
        ("batch", PAIRED, [f"B{number}" for number in PAIRS]),
        ("batch_no", CONSTANT, [f"B{number}" for number in TWICE]),
        ("source", PAIRED, [f"centre{number % 3}" for number in range(24)]),
        ("source", "ab" * 12, [f"c{number // 4}" for number in range(24)]),
        ("replicate", PAIRED, [f"rep{number}" for number in PAIRS]),
        ("sample_number", PAIRED, [f"sample{number}" for number in PAIRS]),
        ("timepoint", PAIRED, [f"T{number}" for number in PAIRS]),
        ("who", "aab" * 8, [f"P{number // 3}" for number in [*range(22), 0, 0]]),
        ("patient_sex", PAIRED, ["F", "M"] * 12),
        ("case_control", PAIRED, ["case", "control"] * 12),
        ("title", PAIRED, [f"P{number}" for number in range(24)]),
        ("tissue", PAIRED, ["lung", "liver", "brain", "skin", "bone", "gut"] * 4),
        ("stage", PAIRED, ["T1", "T2", "T3", "T4"] * 6),
        ("patient", PAIRED, ["same"] * 24),
        ("family", PAIRED, ["carcinoma", "sarcoma", "lymphoma", "leukaemia"] * 6),
    ],
)  # fmt: skip
def test_what_is_measured_technical_or_coarse_is_no_unit(name: str, classes: str, values: list[object]) -> None:
    assert find_unit(sheet(classes, **{name: values}), DEFAULT) is None


@given(st.integers(0, 2**32 - 1), st.sampled_from(["age", "weight", "score", "who", "origin", "x", "level", "bmi"]))
@settings(max_examples=60, deadline=None)
def test_numbers_with_ties_are_no_units_whatever_their_ties(seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(3, 14))
    values = np.repeat(rng.integers(0, 90, size), rng.integers(1, 5, size))
    classes = "".join(rng.choice(["a", "b"], len(values)))
    assert find_unit(sheet(classes, **{name: list(values)}), DEFAULT) is None
    assert find_unit(sheet(classes, **{name: [str(value) for value in values]}), DEFAULT) is None


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_neither_the_order_of_samples_nor_the_names_of_units_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    each = int(rng.integers(2, 5))
    units = int(rng.integers(3 * each, 3 * each + 9))
    paired = bool(rng.integers(2))
    numbers = np.repeat(np.arange(units), each)
    classes = np.array(["a", "b"])[np.tile(np.arange(each) % 2, units) if paired else numbers % 2]
    names = rng.permutation([f"Q{number}" for number in rng.choice(1000, units, replace=False)])
    samples = sheet("".join(classes), who=list(names[numbers])).sample(frac=1, random_state=int(seed))
    assert find_unit(samples, DEFAULT) == ("who", "values")


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_codes_that_have_nothing_to_do_with_the_classes_are_no_units(seed: int) -> None:
    """Six samples and more a code, as centres and batches have, or classes at random."""
    rng = np.random.default_rng(seed)
    large = list(rng.permutation([f"C{number % 6}" for number in range(36)]))
    assert find_unit(sheet("ab" * 18, who=large), DEFAULT) is None
    uneven = [f"C{number}" for number in np.repeat(np.arange(8), [1, 2, 3, 4, 1, 2, 3, 4])]
    assert find_unit(sheet("".join(rng.choice(["a", "b"], 20)), who=uneven), DEFAULT) is None


def test_numbers_that_are_counted_up_are_suspected_and_left_alone() -> None:
    assert suspect_unit(sheet(PAIRED, who=[number + 1 for number in PAIRS])) == "who"
    assert suspect_unit(sheet(PAIRED, day=[number + 1 for number in PAIRS])) == ""
    assert suspect_unit(sheet(PAIRED, who=[41 + 3 * number for number in PAIRS])) == ""


def test_a_covariate_of_the_design_with_few_samples_a_value_is_a_unit() -> None:
    samples = sheet(PAIRED, cage=[f"{number % 7}" if number % 2 else f"c{number % 7}" for number in range(24)])
    assert find_unit(samples, DEFAULT) is None
    assert find_unit(samples, asked('tests.design="~ class + cage"')) == ("cage", "design")
    numbers = sheet(PAIRED, age=[41.0 + 3 * number for number in PAIRS])
    assert find_unit(numbers, asked('tests.design="~ class + age"')) is None


@pytest.mark.parametrize(
    ("column", "code", "told"),
    [
        ("patiend", "GR216", "Did you mean 'patient'?"),
        ("class", "GR216", "no column 'class'"),
        ("who", "GR217", "'s03'"),
        ("tissue", "GR218", "this is 'BM' in every sample"),
    ],
)
def test_a_column_that_cannot_name_units_is_refused(column: str, code: str, told: str) -> None:
    who = [f"P{number}" for number in TWICE]
    samples = sheet(CONSTANT, patient=who, who=[*who[:3], None, *who[4:]], tissue=["BM"] * 24)
    with pytest.raises(CohortError, match=rf"{code}.*{told}"):
        find_unit(samples, asked(f"cohort.unit={column}"))


def test_a_sample_without_a_unit_is_one_by_itself() -> None:
    samples = sheet("aabb", patient=[1.0, 1.0, None, 12.0])
    assert label_units(samples["patient"]).tolist() == ["1", "1", "only s02", "12"]


def test_patients_of_both_classes_are_compared_within_and_the_lone_one_is_named() -> None:
    """The case pairedinc: 12 samples of a, 11 of b, by patient P1 to P12, of which P12 has none of b."""
    patients = [f"P{number}" for number in [*range(1, 13), *range(1, 12)]]
    design = make_design(cohort_of(sheet("a" * 12 + "b" * 11, patient=patients)))
    assert (design.formula, design.unit, design.block, design.lone) == ("~ class + patient", "patient", None, ("s11",))
    assert design.partners is not None
    assert design.partners.shape == (2, 11)
    assert [patients[row] for row in design.partners[0]] == [patients[row] for row in design.partners[1]]
    assert 11 not in design.partners


def test_numbered_patients_are_a_factor() -> None:
    design = make_design(cohort_of(sheet(PAIRED, patient=[float(number) for number in PAIRS])))
    assert design.partners is not None
    assert design.matrix.shape == (24, 13)


def test_patients_of_one_class_each_are_a_random_effect() -> None:
    design = make_design(cohort_of(sheet(CONSTANT, patient=[f"P{number}" for number in TWICE])))
    assert (design.formula, design.unit, design.covariates, design.lone) == ("~ class", "patient", (), ())
    assert design.block is not None
    assert design.block.tolist() == TWICE


def test_patients_of_whom_many_have_one_class_are_a_random_effect() -> None:
    design = make_design(cohort_of(sheet("ab" * 4 + "aabb" * 4, patient=TWICE)))
    assert (design.formula, design.partners) == ("~ class", None)
    assert design.block is not None


def test_several_samples_of_a_class_within_a_patient_make_a_linear_model() -> None:
    design = make_design(cohort_of(sheet("aabb" * 6, patient=[number // 4 for number in range(24)])))
    assert (design.formula, design.partners, design.block) == ("~ class + patient", None, None)
    assert design.matrix.shape == (24, 7)


def test_three_classes_within_each_patient_make_a_linear_model() -> None:
    design = make_design(cohort_of(sheet("abc" * 8, patient=[number // 3 for number in range(24)])))
    assert (design.formula, design.block, len(design.pairs)) == ("~ class + patient", None, 3)


def test_a_design_that_is_written_stays_and_gets_the_units_as_a_random_effect() -> None:
    samples = sheet(PAIRED, patient=PAIRS, sex=["f", "m", "m"] * 8)
    for formula in ("~ class", "~ class + sex"):
        design = make_design(cohort_of(samples), formula)
        assert (design.formula, design.partners, design.unit) == (formula, None, "patient")
        assert design.block is not None
        assert make_design(cohort_of(samples, "cohort.unit=none"), formula).block is None
    assert make_design(cohort_of(samples), "~ class + patient").block is None


def test_a_measurement_that_pairs_the_classes_by_accident_is_a_slope() -> None:
    """The case agepair, where R's lm gives 21 degrees of freedom."""
    samples = sheet(PAIRED, age=[41.0 + 3 * number for number in PAIRS])
    design = make_design(cohort_of(samples, 'tests.design="~ class + age"'), "~ class + age")
    assert (design.matrix.shape, design.partners, design.block) == ((24, 3), None, None)


def test_a_name_that_is_no_identifier_is_written_in_backticks() -> None:
    design = make_design(cohort_of(sheet(PAIRED, **{"patient id": PAIRS})))
    assert (design.formula, design.covariates) == ("~ class + `patient id`", ("patient id",))
