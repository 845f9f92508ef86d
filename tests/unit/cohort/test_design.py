"""Formulas: what they become, and what is refused with the column named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from genereport.cohort.design import Term, make_design
from genereport.cohort.model import Cohort
from genereport.cohort.units import unit_column
from genereport.errors import GenereportError
from genereport.settings import resolve
from tests.factory import make_cohort


def cohort(**covariates: object) -> Cohort:
    """Six samples of A and six of B for training, two of each apart, with covariates of the twelve."""
    made = make_cohort(train=(6, 6), test=(2, 2), genes=4)
    columns = {name: pd.Series([*values, *values[:4]], made.samples.index) for name, values in covariates.items()}  # type: ignore[misc, index]
    return replace(made, samples=made.samples.assign(**columns))


def test_a_covariate_is_adjusted_for_on_the_training_samples_only() -> None:
    design = make_design(cohort(centre=list("xyz" * 4), age=np.arange(12.0)), "~ class + centre + age")
    assert design.columns == ("Intercept", "class[T.B]", "centre[T.y]", "centre[T.z]", "age")
    assert design.matrix.shape == (12, 5)
    assert design.contrasts.T.tolist() == [[0, 1, 0, 0, 0]]
    assert design.covariates == ("centre", "age")
    assert design.partners is None


def test_transformed_and_quoted_columns_are_covariates_too() -> None:
    made = cohort(age=np.arange(12.0), **{"my centre": list("xyz" * 4)})
    for formula, covariates in (
        ("~ class + poly(age, 2)", ("age",)),
        ("~ class + log(age + 1)", ("age",)),
        ("~ class + I(age > 8) + `my centre`", ("age", "my centre")),
        ("~ class + C(`my centre`, contr.sum)", ("my centre",)),
    ):
        assert make_design(made, formula).covariates == covariates, formula


def test_contrasts_are_target_minus_reference_whatever_the_coding() -> None:
    made = replace(make_cohort(train=(4, 4, 4), genes=3), classes=("C", "A", "B"))
    for formula in ("~ class", "~ 0 + class"):
        design = make_design(made, formula)
        means = np.linalg.lstsq(design.matrix, pd.get_dummies(made.samples["class"]).to_numpy(float))[0]
        differences = {(0, 1): [1, 0, -1], (0, 2): [0, 1, -1], (1, 2): [-1, 1, 0]}
        assert design.pairs == tuple(differences)
        np.testing.assert_allclose(design.contrasts.T @ means, list(differences.values()), atol=1e-12)


@pytest.mark.parametrize("numbered", [False, True])
def test_every_patient_with_a_sample_of_either_class_makes_pairs(numbered: bool) -> None:
    patients = np.array([3, 1, 4, 5, 9, 2, 1, 2, 3, 4, 5, 9])
    made = replace(cohort(patient=[float(p) if numbered else f"p{p}" for p in patients]), unit="patient")
    design = make_design(made, "~ class + patient")
    assert design.partners is not None
    reference, target = design.partners
    assert patients[reference].tolist() == patients[target].tolist()
    assert set(reference) == set(range(6))
    assert design.matrix.shape == (12, 7)


@pytest.mark.parametrize(
    ("name", "formula", "paired"),
    [
        ("age", "~ class + age", False),
        ("age", "~ class + log(age)", False),
        ("age", "~ class + C(age)", True),
        ("patient_age", "~ class + patient_age", False),
        ("PatientID", "~ class + PatientID", True),
        ("donor no.", "~ class + `donor no.`", True),
    ],
)
def test_numbers_make_pairs_by_the_name_of_their_column_or_by_c(name: str, formula: str, paired: bool) -> None:
    made = cohort(**{name: np.array([3.0, 1, 4, 5, 9, 2, 1, 2, 3, 4, 5, 9])})
    assert (make_design(made, formula).partners is not None) is paired
    assert unit_column(made.samples[:12], resolve(environment={})) == ("" if "age" in name else name)
    in_design = resolve(environment={}, assignments=[f'tests.design="{formula}"'])
    assert unit_column(made.samples[:12], in_design) == (name if paired else "")


def test_how_each_covariate_entered_is_told_in_the_order_of_the_formula() -> None:
    made = cohort(age=np.arange(12.0), batch=[1.0, 2, 3] * 4, **{"my sex": list("fm" * 6)})
    design = make_design(made, "~ class + C(batch) + age + log(age + 1) + `my sex` + age:`my sex`")
    assert design.terms == (
        Term("C(batch)", "factor", 3, 2),
        Term("age", "number", 0, 1),
        Term("log(age + 1)", "transformation", 0, 1),
        Term("my sex", "factor", 2, 1),
        Term("age:my sex", "interaction", 0, 1),
    )
    assert make_design(made, "~ class").terms == ()


def test_a_block_that_is_no_pair_has_no_partners() -> None:
    assert make_design(cohort(patient=list("abcabcabcabc")), "~ class + patient").partners is None


@pytest.mark.parametrize(
    ("formula", "code", "hint"),
    [
        ("~ class +", "GR005", "is not a formula"),
        ("y ~ class", "GR005", "right-hand side"),
        ("~ class | centre", "GR005", "right-hand side"),
        ("~ class + log(centre)", "GR005", "cannot be evaluated on the columns of the samples"),
        ("~ class + C(centre, nope)", "GR005", "no column 'nope'"),
        ("~ class + poly(agee, 2)", "GR005", "Did you mean 'age'?"),
        ("~ class + open('/etc/passwd')", "GR005", "something other than a transformation: open"),
        ("~ class + __import__('os')", "GR005", "something other than a transformation: __import__"),
        ("~ class + np.log(age)", "GR005", "np.log"),
        ("~ class + I(age.__class__)", "GR005", "age.__class__"),
        ("~ class + I([x for x in age])", "GR005", "columns and transformations"),
        ("~ centre", "GR005", "does not contain the class"),
        ("~ class + center", "GR005", "Did you mean 'centre'?"),
        ("~ class * centre", "GR005", "depends on a covariate"),
        ("~ class + log(zero)", "GR005", "not finite numbers"),
        ("~ class + tissue", "GR211", "'tissue' is constant: it is 'BM' in all 12 training samples"),
        ("~ class + source", "GR212", "'source[T.s2]' is a combination of 'class[T.B]'"),
        ("~ source + class", "GR212", "cannot be separated from the class"),
        ("~ class + centre + twin", "GR212", "'twin[T."),
        ("~ class + sex", "GR213", "2 training samples have no value in the column 'sex': 's01', 's04'"),
        ("~ class + C(age)", "GR214", "12 training samples"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_cannot_be_estimated_is_refused_by_name(formula: str, code: str, hint: str) -> None:
    made = cohort(
        centre=list("xyz" * 4),
        twin=list("XYZ" * 4),
        tissue=["BM"] * 12,
        source=["s1"] * 6 + ["s2"] * 6,
        sex=["f", None, "m", "f", None, "m", *"fmfmfm"],
        age=[*range(11), 0.0],
        zero=np.zeros(12) + [0, 1] * 6,
    )
    with pytest.raises(GenereportError, match=code) as refusal:
        make_design(made, formula)
    assert hint in str(refusal.value)
