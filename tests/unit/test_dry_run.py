"""What is said before an analysis is what it then does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from genereport.analyses import run_order
from genereport.analyses.differential.result import Differential
from genereport.analyses.result import Skipped
from genereport.cohort.model import Contrast
from genereport.cohort.simulate import Plan, simulated_cohort
from genereport.dry_run import Step, plan_analysis
from genereport.errors import CohortError, SettingsError
from genereport.settings import resolve
from tests.analyses import QUICK, four_class, three_against_three, two_class, without_independent_set
from tests.factory import make_cohort


def planned(cohort, *assignments: str) -> dict[str, Step]:  # type: ignore[no-untyped-def]
    steps = plan_analysis(cohort, resolve(environment={}, assignments=[*QUICK, *assignments]))
    return {step.stage: step for step in steps}


def test_every_stage_is_told_in_its_order() -> None:
    steps = planned(make_cohort())
    names = [spec.name for spec in run_order() if spec.staged]
    assert list(steps) == [name for name in names if name != "planned_contrasts"]
    plan = (Contrast("one", "class", "A", "B"), Contrast("two", "centre", "x", "y", ("class",)))
    cohort = make_cohort()
    both = replace(cohort, samples=cohort.samples.assign(centre=["x", "y"] * 12), contrasts=plan)
    assert list(planned(both)) == names
    assert planned(both)["planned_contrasts"].does == "2 contrasts: one (~ class), two (~ centre + class)"
    assert names[:2] == ["quality", "preprocessing"]
    assert all(step.does for step in steps.values())


def test_the_plan_agrees_with_the_analysis_of_the_same_cohort() -> None:
    analysis, steps = two_class(), planned(simulated_cohort(1999, Plan(genes=500)))
    assert isinstance(analysis.differential, Differential)
    assert steps["quality"].does == "38 training samples and 34 independent samples"
    assert f"{analysis.preprocessing.testable:,} genes are tested" in steps["preprocessing"].does
    assert f"floor {analysis.preprocessing.floor:g}" in steps["preprocessing"].does
    assert analysis.differential.design in steps["differential"].does
    assert (
        f"{analysis.models.compared + 1} combinations with feature sets" in steps["models"].does
    )  # the floor is compared with
    assert f"{analysis.biomarkers.measured} of them" in steps["biomarkers"].does
    assert steps["enrichment"].left_out == ""
    assert "5 folds × 1 repeats = 5 splits, effort quick" in steps["resampling"].does


@pytest.mark.parametrize(
    ("analysis", "cohort"),
    [
        (without_independent_set, make_cohort(train=(14, 12), genes=80)),
        (four_class, make_cohort(train=(10, 9, 8, 7), test=(3, 3, 3, 3), genes=80)),
    ],
)
def test_a_stage_that_would_be_skipped_is_named(analysis, cohort) -> None:  # type: ignore[no-untyped-def]
    steps = planned(cohort)
    for name in ("differential", "components", "selection", "models", "trust", "biomarkers", "enrichment"):
        skipped = isinstance(getattr(analysis(), name), Skipped)
        assert steps[name].left_out.startswith("the whole stage") == skipped, name
    assert ("independent" in steps["quality"].left_out) == (not cohort.has_test)
    assert isinstance(analysis().trust.permutation, Skipped)
    assert "permutation of the labels" in steps["trust"].left_out


def test_what_a_small_study_leaves_out_is_told() -> None:
    steps = planned(make_cohort(train=(3, 3)))
    analysis = three_against_three()
    for name in ("differential", "components", "selection", "models", "trust", "enrichment"):
        assert steps[name].left_out.startswith("the whole stage") == isinstance(getattr(analysis, name), Skipped), name
    assert "The class 'A' has 3 training samples" in steps["resampling"].left_out
    assert "need a cross-validation" in steps["biomarkers"].left_out
    assert "4 folds (instead of 5) × 1 repeats = 4 splits" in planned(make_cohort(train=(4, 9)))["resampling"].does
    assert "the whole stage" in planned(make_cohort(train=(5, 5)), "evaluation.holdout=0.4")["models"].left_out


def test_settings_decide_what_is_left_out() -> None:
    cohort = make_cohort(train=(14, 12), genes=80)
    cohort = replace(cohort, samples=cohort.samples.assign(centre=["x", "y"] * 13))
    assert "~ class + centre: linear model" in planned(cohort, 'tests.design="~ class + centre"')["differential"].does
    assert "exchangeable" in planned(cohort, 'tests.design="~ class + centre"')["differential"].left_out
    assert "tests.permutations is 0" in planned(cohort, "tests.permutations=0")["differential"].left_out
    thorough = planned(cohort, "evaluation.effort=thorough")
    assert (thorough["resampling"].left_out, thorough["trust"].left_out) == ("", "")
    assert "set aside by evaluation.holdout = 0.25" in planned(cohort, "evaluation.holdout=0.25")["quality"].does


def test_what_an_analysis_would_refuse_the_plan_refuses() -> None:
    with pytest.raises(SettingsError, match="GR005"):
        planned(make_cohort(), 'tests.design="~ class + nowhere"')
    with pytest.raises(CohortError, match="GR204"):
        planned(make_cohort(scale="intensity"), "preprocess.floor=1e9")


def test_units_are_named_where_they_matter() -> None:
    cohort = make_cohort(train=(12, 12), genes=80)
    paired = replace(cohort, samples=cohort.samples.assign(patient=[f"p{number % 12}" for number in range(24)]))
    steps = planned(paired)
    assert steps["differential"].does.startswith("~ class + patient: paired t-tests, moderated tests")
    assert steps["resampling"].does.endswith("samples of one 'patient' kept together")
    repeated = replace(cohort, samples=cohort.samples.assign(patient=[f"p{number // 2}" for number in range(24)]))
    steps = planned(repeated)
    assert "~ class: linear model, 'patient' as a random effect" in steps["differential"].does
    assert "samples of one 'patient' are not exchangeable" in steps["differential"].left_out
    assert "kept together" not in planned(repeated, "cohort.unit=none")["resampling"].does
