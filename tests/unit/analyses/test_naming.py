"""What the naming costs is estimated from the held-out predictions, and inside the training parts alone."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from genereport.analyses.models import naming
from genereport.analyses.models.naming import nest_naming
from genereport.analyses.models.result import NestedNaming
from genereport.analyses.resampling.stage import Resampled
from genereport.analyses.result import Skipped
from genereport.learn.engine import Job, silent
from genereport.learn.metrics import PRIMARY
from genereport.learn.models import CLASSIFIERS, preference
from genereport.learn.summary import counted
from genereport.types import Key
from tests.unit.analyses.test_named_model import SIZES, run

PREFERENCE = preference(CLASSIFIERS)


def test_the_correction_is_a_little_lower_and_has_an_interval() -> None:
    _, _, models = run(SIZES[0])
    corrected = models.corrected
    assert corrected.estimate == pytest.approx(models.named.estimate - corrected.optimism)
    assert corrected.ci_low < corrected.estimate < corrected.ci_high
    own = models.metrics.iloc[models.named_in_cv]
    widths = corrected.ci_high - corrected.ci_low, own["ci_high"] - own["ci_low"]
    clipped = corrected.ci_high == 1 or corrected.ci_low == 0
    assert clipped or widths[0] >= widths[1] - 1e-12
    assert 0 < corrected.again <= 1
    assert isinstance(models.nested, Skipped)


def test_the_naming_inside_a_training_part_sees_nothing_of_what_judges_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _, before, _ = run(SIZES[0])
    resampled = before.need(Resampled)
    asked: list[Job] = []
    best = PREFERENCE[3], PREFERENCE[5], PREFERENCE[1]  # what is always right inside each of the three training parts

    def guess(values: Any, jobs: Sequence[Job], protocol: Any, keys: Sequence[Key], tick: Any) -> list[Any]:
        asked.extend(jobs)
        each = len(jobs) // 3
        return [
            SimpleNamespace(
                held_out={
                    key: np.eye(2)[job.codes[job.test] if key == best[at // each] else 1 - job.codes[job.test]]
                    for key in keys
                }
            )
            for at, job in enumerate(jobs)
        ]

    monkeypatch.setattr(naming, "run", guess)
    found = nest_naming(resampled, PREFERENCE, best[0], np.random.default_rng(1), silent)
    assert isinstance(found, NestedNaming)
    outer = [split for split in resampled.splits if split.repeat == 0]
    each = len(asked) // len(outer)
    for at, split in enumerate(outer):
        for job in asked[at * each :][:each]:
            assert set(job.train) | set(job.test) == set(split.train)
            assert not set(job.train) & set(job.test)
    assert list(zip(found.named["model"], found.named["features"], strict=True)) == list(best)
    assert (found.folds, found.inner_folds, found.again) == (3, each, 1)
    for key, split, fold, value in zip(best, outer, resampled.folds, found.named[PRIMARY], strict=False):
        counts = counted(resampled.codes[split.test], fold.held_out[key])
        assert value == pytest.approx(np.mean(np.diagonal(counts) / counts.sum(axis=1)))
    assert found.estimate == pytest.approx(found.named[PRIMARY].mean())
