"""Right predictions are counted by group, and centres are left out without leaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.models.result import Models
from genereport.analyses.resampling.stage import Resampled
from genereport.analyses.result import Skipped
from genereport.analyses.stage import Upstream, stage_rng
from genereport.analyses.subgroups import stage as module
from genereport.analyses.subgroups.result import LeaveCentreOut, Subgroups
from genereport.analyses.subgroups.stage import SubgroupsStage
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.learn.engine import Job
from genereport.stats.intervals import mean_of_proportions, wilson
from tests.unit.analyses.deeper import upstream


def run(cohort: Cohort | None = None, patients: int = 0, classes: int = 2) -> Subgroups:
    prepared, found, settings = upstream(patients, classes)
    return SubgroupsStage(settings).run(cohort or prepared, found, stage_rng(1, "subgroups"))


@pytest.mark.parametrize("classes", [2, 3])
def test_groups_are_counted_as_by_hand(classes: int) -> None:
    cohort, results, _ = upstream(0, classes)
    found, models = run(classes=classes), results.need(Models)
    assert found.covariates == ("sex", "site")
    assert found.passed_over == ("age",)
    own = models.predictions.query("model == @found.model and features == @found.features")
    for which, column in (("cv", "cv"), ("test", "test")):
        part = own[own["set"] == which].set_index("sample")
        for (covariate, level), row in found.groups.set_index("level", append=True).iterrows():
            values = cohort.samples[covariate]
            members = values.index[values.isna() if level == "unknown" else values == level]
            chosen = part[part.index.isin(members)]
            right = int((chosen["truth"] == chosen["predicted"]).sum())
            assert row[f"n_{column}"] == len(chosen)
            expected = wilson(right, len(chosen))
            assert (row[f"low_{column}"], row[f"high_{column}"]) == pytest.approx(expected, nan_ok=True)
    assert found.groups.loc["site", "level"].tolist() == ["north", "south", "west", "unknown"]
    sums = found.classes[found.classes["set"] == "cv"].groupby(level="covariate")["n"].sum()
    assert (sums == len(own[own["set"] == "cv"])).all()


def test_without_an_independent_set_its_columns_count_nothing() -> None:
    cohort, results, settings = upstream()
    models = results.need(Models)
    alone = replace(models, test=0, predictions=models.predictions.query("set == 'cv'"))
    found = SubgroupsStage(settings).run(
        cohort.subset("train"), Upstream((alone, results.need(Resampled))), stage_rng(1, "subgroups")
    )
    assert (found.groups["n_test"] == 0).all()
    assert found.groups["n_cv"].to_list() == run().groups["n_cv"].to_list()
    assert set(found.classes["set"]) == {"cv"}


def test_small_groups_are_counted() -> None:
    found = run()
    sizes = pd.concat([found.groups["n_cv"], found.groups["n_test"]])
    assert found.small == ((sizes > 0) & (sizes < 10)).sum()
    assert found.number == (sizes > 0).sum()


def test_each_centre_is_tested_by_models_of_the_others() -> None:
    cohort, results, _ = upstream()
    centre, resampled = run().centre, results.need(Resampled)
    assert isinstance(centre, LeaveCentreOut)
    sites = cohort.subset("train").samples["site"]
    assert centre.centres["n"].to_dict() == sites.value_counts().sort_index().to_dict()
    assert (centre.centres["trained"] + centre.centres["n"] == 25).all()
    assert (centre.tested, centre.nowhere, centre.left_out, centre.related) == (25, 1, 3, 0)
    right = centre.tested - int(centre.centres["errors"].sum())
    assert centre.accuracy == right / 25
    assert (centre.accuracy_low, centre.accuracy_high) == wilson(right, 25)
    totals = np.bincount(resampled.codes[sites.notna().to_numpy()])
    assert centre.balanced > 0.7
    assert centre.ci_high <= mean_of_proportions(totals, totals).high


def test_samples_of_a_tested_patient_are_not_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Job] = []
    original = module.run

    def spy(values, jobs, *rest, **more):  # type: ignore[no-untyped-def]
        seen.extend(jobs)
        return original(values, jobs, *rest, **more)

    monkeypatch.setattr(module, "run", spy)
    centre = run(patients=2).centre
    assert isinstance(centre, LeaveCentreOut)
    assert centre.related > 0
    groups = upstream(2)[1].need(Resampled).groups
    assert groups is not None
    assert seen
    assert all(not set(groups[job.train]) & set(groups[job.test]) for job in seen)


def test_confounded_centres_stay_and_it_is_said_why() -> None:
    cohort, _, _ = upstream()
    samples = cohort.samples.assign(site=np.where(cohort.samples["class"] == "A", "one", "two"))
    centre = run(replace(cohort, samples=samples)).centre
    assert isinstance(centre, Skipped)
    assert "confounded with the class: without one, for instance, fewer than 3 training samples of A" in centre.skipped
    mixed = samples.assign(site=np.where(np.arange(len(samples)) % 4 == 0, "three", samples["site"]))
    partly = run(replace(cohort, samples=mixed)).centre
    assert isinstance(partly, LeaveCentreOut)
    assert 0 < partly.left_out <= len(partly.centres)


def test_without_covariates_or_centres_it_is_said() -> None:
    cohort, _, _ = upstream()
    with pytest.raises(NotApplicable, match="no covariate"):
        run(replace(cohort, samples=cohort.samples[["class", "set"]]))
    found = run(replace(cohort, samples=cohort.samples.drop(columns="site")))
    assert isinstance(found.centre, Skipped)
    assert "No column of the sample sheet names centres" in found.centre.skipped
    single = run(replace(cohort, samples=cohort.samples.assign(site="one"))).centre
    assert isinstance(single, Skipped)
