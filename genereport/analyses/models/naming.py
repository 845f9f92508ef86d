"""Estimates of the named model's performance that account for its having been named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from genereport.analyses.models.result import CorrectedEstimate, NestedNaming
from genereport.analyses.resampling.stage import Resampled
from genereport.analyses.result import Skipped
from genereport.learn.engine import Fold, Job, Tick, run
from genereport.learn.inside import inner_rows
from genereport.learn.metrics import PRIMARY, label_metrics, predicted_classes
from genereport.learn.naming import Corrected, HeldOut, correct_for_naming, name_by_rule
from genereport.learn.resampling import Split
from genereport.learn.summary import Estimate, counted, over_folds
from genereport.stats.intervals import NOT_ESTIMABLE, Interval
from genereport.types import NAMING_RESAMPLES, Key


def correct_estimate(
    resampled: Resampled,
    eligible: Sequence[Key],
    named: Key,
    estimates: Mapping[Key, Mapping[str, Estimate]],
    rng: np.random.Generator,
) -> CorrectedEstimate:
    """Return the balanced accuracy of the named model, corrected for the naming.

    Args:
        resampled: The held-out predictions.
        eligible: Models that could be named, in the order of preference.
        named: The one that was.
        estimates: Model → metric → its estimate without correction.
        rng: Generator of the stage, whose own stream is left as it is.
    """
    pooled = resampled.pooled()
    right = np.stack([predicted_classes(pooled[key]) == resampled.codes for key in eligible])
    held = HeldOut(right, resampled.codes, resampled.held_out_in, resampled.groups)
    confidence = resampled.protocol.settings.tests.confidence
    found = correct_for_naming(held, resampled.plan.test_share, NAMING_RESAMPLES, confidence, rng.spawn(1)[0])
    naive = estimates[named][PRIMARY]
    interval, method = _wider(found, naive)
    return CorrectedEstimate(
        estimate=found.value,
        ci_low=interval.low,
        ci_high=interval.high,
        interval=method,
        optimism=naive.value - found.value,
        resamples=found.resamples,
        again=float(found.named[list(eligible).index(named)]),
    )


def _wider(found: Corrected, naive: Estimate) -> tuple[Interval, str]:
    """Return the percentile interval, or that of the uncorrected estimate moved by the correction where it is wider.

    The resamples do not vary the training samples, so their interval may be too narrow.
    """
    moved = Interval(*np.clip(np.add(naive.interval, found.value - naive.value), 0, 1).tolist())
    if np.isnan(found.value) or np.isnan([*found.interval, *moved]).all():
        return NOT_ESTIMABLE, "not estimable"
    percentile, other = found.interval.high - found.interval.low, moved.high - moved.low
    if np.isnan(other) or percentile >= other:
        return found.interval, "bootstrap"
    return moved, f"moved; {naive.method}"


def nest_naming(
    resampled: Resampled, eligible: Sequence[Key], named: Key, rng: np.random.Generator, tick: Tick
) -> NestedNaming | Skipped:
    """Repeat the naming inside the training parts of the first repeat, and judge each named model on its held-out part.

    Inside a training part the eligible models are cross-validated in as many folds as tuning uses; the model that the
    rule names there was fitted on the whole training part by the engine already.

    Args:
        resampled: The splits, with the predictions of every model.
        eligible: Models that could be named, in the order of preference.
        named: The one that was named on all training samples.
        rng: Generator of the stage, whose own stream is left as it is.
        tick: Called with the progress.
    """
    settings, codes = resampled.protocol.settings, resampled.codes
    own = rng.spawn(1)[0]
    outer = [part for part in zip(resampled.splits, resampled.folds, strict=True) if part[0].repeat == 0]
    jobs = [_inner_jobs(resampled, split, own) for split, _ in outer]
    if not all(jobs):
        return Skipped("The training parts have too few samples for the naming to be repeated inside them.")
    every = [job for part in jobs for job in part]
    fitted = iter(run(resampled.values, every, resampled.protocol, list(eligible), tick=tick))
    rows, counts = [], []
    for (split, fold), part in zip(outer, jobs, strict=True):
        key = _name_inside(part, [next(fitted) for _ in part], eligible)
        counts.append(counted(codes[split.test], fold.held_out[key]))
        rows.append((*key, float(label_metrics(counts[-1])[PRIMARY])))
    table = pd.DataFrame(
        rows, columns=["model", "features", PRIMARY], index=pd.RangeIndex(1, len(rows) + 1, name="fold")
    )
    found = over_folds(
        PRIMARY,
        table[PRIMARY].to_numpy(),
        np.sum(counts, axis=0),
        resampled.plan.test_share,
        settings.tests.confidence,
    )
    return NestedNaming(
        estimate=found.value,
        ci_low=found.interval.low,
        ci_high=found.interval.high,
        interval=found.method,
        folds=len(table),
        inner_folds=max(map(len, jobs)),
        again=sum(row[:2] == named for row in rows),
        named=table,
    )


def _inner_jobs(resampled: Resampled, split: Split, rng: np.random.Generator) -> list[Job]:
    """Return the splits inside a training part; none if a class would be left with one sample."""
    groups = resampled.groups
    folds, seed = resampled.protocol.settings.evaluation.inner_folds, int(rng.integers(2**31))
    own = None if groups is None else groups[split.train]
    parts = inner_rows(resampled.codes[split.train], folds, seed, own)
    return [
        Job(split.train[train], split.train[held], resampled.codes, int(rng.integers(2**31)), groups)
        for train, held in parts
    ]


def _name_inside(jobs: Sequence[Job], folds: Sequence[Fold], eligible: Sequence[Key]) -> Key:
    """Return the model that the rule names by the splits inside a training part."""
    values = {
        key: np.array(
            [
                label_metrics(counted(job.codes[job.test], fold.held_out[key]))[PRIMARY]
                for job, fold in zip(jobs, folds, strict=True)
            ]
        )
        for key in eligible
    }
    return name_by_rule(values, 1 / (len(jobs) - 1)).named
