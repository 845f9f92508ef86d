"""Permuted labels predict nothing, sex is predicted, and swaps in the sheet are listed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genereport.analyses.controls.result import Controls, NegativeControl, PositiveControl, SexCheck
from genereport.analyses.controls.stage import COUNTS, ControlsStage
from genereport.analyses.models.result import Models
from genereport.analyses.result import Skipped
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.sex import ExpressionSex, infer_sex
from genereport.settings import Settings
from genereport.stats.intervals import wilson
from tests.factory import settings_of
from tests.unit.analyses.deeper import QUICK, make, upstream


def run(settings: Settings | None = None, patients: int = 0, sex: ExpressionSex | None = None) -> Controls:
    cohort, found, usual = upstream(patients)
    found = Upstream((sex, *found._results)) if sex else found
    return ControlsStage(settings or usual).run(cohort, found, stage_rng(1, "controls"))


def test_permuted_labels_are_predicted_by_chance_and_sex_is_found() -> None:
    found = run()
    negative, positive = found.negative, found.positive
    assert isinstance(negative, NegativeControl)
    assert (negative.count, negative.expected, negative.verdict) == (1, 0.5, "passed")
    assert negative.ci_low < negative.estimate < negative.ci_high
    assert isinstance(positive, PositiveControl)
    assert (positive.females, positive.males, positive.folds) == (17, 17, 3)
    assert positive.estimate > 0.8
    assert positive.verdict == "passed"
    models = upstream()[1].need(Models)
    assert (negative.model, negative.features) == (models.named.model, models.named.features)


def test_several_permutations_have_an_interval_of_student() -> None:
    found = run(settings_of(*QUICK, "evaluation.effort=standard")).negative
    assert isinstance(found, NegativeControl)
    assert found.count == COUNTS["standard"]
    assert found.estimate - found.ci_low == pytest.approx(found.ci_high - found.estimate)


@pytest.mark.parametrize(("low", "high", "verdict"), [(0.4, 0.6, "passed"), (0.51, 0.7, "above"), (0.2, 0.49, "below")])
def test_the_verdict_follows_from_the_interval(low: float, high: float, verdict: str) -> None:
    found = run().negative
    assert isinstance(found, NegativeControl)
    assert replace(found, ci_low=low, ci_high=high).verdict == verdict


def test_samples_of_a_patient_stay_together() -> None:
    found = run(patients=2)
    assert isinstance(found.negative, NegativeControl)
    assert found.negative.unit == "patient"
    assert isinstance(found.positive, PositiveControl)


def test_swapped_and_unknown_sexes_are_listed_first() -> None:
    cohort = make()
    sheet = cohort.samples["sex"].astype(object)
    sheet.iloc[4], sheet.iloc[7] = "F", None
    sex = infer_sex(replace(cohort, samples=cohort.samples.assign(sex=sheet)), settings_of().preprocess)
    made = run(sex=sex)
    found = made.sex
    assert isinstance(found, SexCheck)
    assert made.samples["remark"].tolist() == ["possible swap", "inferred", *[""] * 32]
    assert list(made.samples.index[:2]) == ["s04", "s07"]
    assert (found.known, found.compared, found.agree, found.swaps) == (33, 33, 32, 1)
    assert (found.unclear, found.inferred) == (0, 1)
    assert (found.agree_low, found.agree_high) == wilson(32, 33)
    assert found.genes["used"].tolist() == ["yes", "yes", "no"] or found.genes["used"].tolist() == ["yes", "no", "yes"]


def test_what_cannot_be_done_is_said() -> None:
    cohort, _, settings = upstream()
    nothing = ControlsStage(settings).run(cohort, Upstream(), stage_rng(1, "controls"))
    assert all(isinstance(each, Skipped) for each in (nothing.negative, nothing.positive, nothing.sex))
    plain = replace(make(), genes=make().genes.assign(symbol=""))
    without_genes = run(sex=infer_sex(plain, settings.preprocess))
    assert isinstance(without_genes.sex, Skipped)
    assert isinstance(without_genes.positive, PositiveControl)
    few = make().samples["sex"].where(np.arange(34) < 5)
    sex = infer_sex(replace(make(), samples=make().samples.assign(sex=few)), settings.preprocess)
    too_few = run(sex=sex).positive
    assert isinstance(too_few, Skipped)
    assert "2 female and 3 male samples" in too_few.skipped
    one = infer_sex(replace(make(), samples=make().samples.drop(columns="sex")), settings.preprocess)
    assert isinstance(run(sex=one).positive, Skipped)
    assert isinstance(run(sex=one).sex, SexCheck)
