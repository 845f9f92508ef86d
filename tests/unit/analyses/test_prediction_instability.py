"""The pipeline is refitted on bootstrap samples, and copies of a sample never face each other inside."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.analyses.instability import stage as module
from genereport.analyses.instability.result import PredictionInstability
from genereport.analyses.instability.stage import InstabilityStage
from genereport.analyses.resampling.stage import Resampled
from genereport.analyses.stage import stage_rng
from genereport.errors import NotApplicable
from genereport.learn.engine import Job
from genereport.learn.inside import inner_rows
from tests.factory import settings_of
from tests.unit.analyses.deeper import QUICK, upstream


def run(count: int = 4, patients: int = 0, classes: int = 2) -> PredictionInstability:
    cohort, found, _ = upstream(patients, classes)
    settings = settings_of(*QUICK, f"evaluation.instability={count}")
    return InstabilityStage(settings).run(cohort, found, stage_rng(1, "instability"))


@pytest.mark.parametrize("classes", [2, 3])
def test_differences_are_those_of_the_probabilities(classes: int) -> None:
    found = run(classes=classes)
    samples, wide = found.samples, found.bootstrap.pivot(columns="sample", values="probability")
    assert wide.shape == (4, len(samples))
    wide = wide[samples.index]
    differences = (wide - samples["original"]).abs()
    assert samples["mape"].to_numpy() == pytest.approx(differences.mean().to_numpy())
    assert found.mape == pytest.approx(differences.to_numpy().mean())
    assert found.mape_low < found.mape < found.mape_high
    assert samples["low"].to_numpy() == pytest.approx(wide.quantile(0.025).to_numpy())
    assert samples["mape"].is_monotonic_decreasing
    assert found.target == ("B" if classes == 2 else "")
    assert found.changed == pytest.approx(samples["changed"].mean())
    assert found.unstable == (samples["changed"] >= 0.1).sum()
    if classes == 2:
        moved = ((wide > 0.5) != (samples["original"] > 0.5)).mean()
        assert samples["changed"].to_numpy() == pytest.approx(moved.to_numpy())


@pytest.mark.parametrize("patients", [0, 2])
def test_copies_and_patients_stay_together_in_the_inner_folds(patients: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Job] = []
    original = module.run

    def spy(values, jobs, *rest, **more):  # type: ignore[no-untyped-def]
        seen.extend(jobs)
        return original(values, jobs, *rest, **more)

    monkeypatch.setattr(module, "run", spy)
    found = run(2, patients)
    groups = upstream(patients)[1].need(Resampled).groups
    assert found.grouped_by == ("patient" if patients else "")
    for job in seen:
        assert job.groups is not None
        assert len(set(job.train)) < len(job.train)
        if groups is not None:
            assert (job.groups == groups).all()
        for train, held in inner_rows(job.codes[job.train], 5, job.seed, job.groups[job.train]):
            assert not set(job.groups[job.train[train]]) & set(job.groups[job.train[held]])
        assert (job.test == np.arange(26)).all()


def test_equal_seeds_give_equal_results_and_none_are_made_unasked() -> None:
    assert run(2).samples.equals(run(2).samples)
    assert np.isnan(run(1).mape_low)
    with pytest.raises(NotApplicable, match=r"evaluation\.instability"):
        run(0)
