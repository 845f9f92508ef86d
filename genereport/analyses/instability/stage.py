"""Refit the named model on bootstrap samples of the training set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from genereport.analyses.instability.result import COVERAGE, PredictionInstability
from genereport.analyses.models.result import Models
from genereport.analyses.resampling.stage import Resampled
from genereport.analyses.stage import NEEDS_FOLDS, Plan, PlanContext, StageContext, Upstream
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.learn.engine import Job, Tick, run, silent
from genereport.learn.metrics import predicted_classes
from genereport.settings import Settings
from genereport.stats.instability import bootstrap_rows, instability
from genereport.types import Array

_WHY_NOT = (
    "The named model was not refitted on bootstrap samples, so the stability of single predictions is not known. "
    "Effort standard, or evaluation.instability, does this."
)


@dataclass(frozen=True)
class InstabilityStage:
    """The whole pipeline of the named model on bootstrap samples, and its predictions for all training samples.

    Attributes:
        settings: Settings of the run.
        tick: Called with the number of refits that are done, and their number in all.
    """

    settings: Settings
    tick: Tick = silent
    name: str = "instability"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> PredictionInstability:
        """Refit and predict; copies of a sample, and samples of one group, are never separated inside.

        Raises:
            NotApplicable: If no bootstrap samples are asked for.
        """
        resampled, models = upstream.need(Resampled), upstream.need(Models)
        count = self.settings.instability
        if not count:
            raise NotApplicable(_WHY_NOT)
        named, codes = (models.named.model, models.named.features), resampled.codes
        everyone = np.arange(len(codes))
        groups = everyone if resampled.groups is None else resampled.groups
        jobs = [
            Job(bootstrap_rows(codes, resampled.groups, rng), everyone, codes, int(seed), groups)
            for seed in rng.integers(0, 2**31, count)
        ]
        folds = run(resampled.values, jobs, resampled.protocol, [named], tick=self.tick)
        return _summarise(
            cohort.subset("train"),
            models,
            resampled.grouped_by,
            resampled.final.training[named],
            np.array([fold.held_out[named] for fold in folds]),
            self.settings.tests.confidence,
        )


def _summarise(
    samples: Cohort, models: Models, grouped_by: str, original: Array, refitted: Array, confidence: float
) -> PredictionInstability:
    """Return the result from probabilities by the original model, shape (n, k), and the refitted ones, (B, n, k)."""
    classes = predicted_classes(original)
    shown = np.full(len(classes), 1) if original.shape[1] == 2 else classes
    everyone = np.arange(len(classes))
    probabilities = refitted[:, everyone, shown]
    predicted = np.array([predicted_classes(each) for each in refitted])
    found = instability(original[everyone, shown], probabilities, classes, predicted, COVERAGE)
    table = pd.DataFrame(
        {
            "class": samples.samples["class"].to_numpy(),
            "original": original[everyone, shown],
            "median": found.median,
            "low": found.low,
            "high": found.high,
            "mape": found.error,
            "changed": found.changed,
        },
        index=samples.expression.index.rename("sample"),
    )
    mape, count = float(found.error.mean()), len(refitted)
    half = float("nan")
    if count > 1:
        half = float(stats.t.ppf((1 + confidence) / 2, count - 1) * found.by_model.std(ddof=1) / np.sqrt(count))
    return PredictionInstability(
        model=models.named.model,
        features=models.named.features,
        classes=samples.classes,
        count=count,
        target=samples.target if original.shape[1] == 2 else "",
        grouped_by=grouped_by,
        samples=table.sort_values("mape", ascending=False, kind="stable"),
        mape=mape,
        mape_low=mape - half,
        mape_high=mape + half,
        changed=float(found.changed.mean()),
        bootstrap=pd.DataFrame(
            {
                "sample": np.tile(table.index.to_numpy(), count),
                "probability": probabilities.ravel(),
            },
            index=pd.Index(np.repeat(np.arange(1, count + 1), len(classes)), name="model"),
        ).astype({"sample": "str"}),
    )


def make_stage(context: StageContext) -> InstabilityStage:
    """Return the stage with the settings of a run."""
    return InstabilityStage(context.settings, context.tick("instability"))


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    if context.too_few:
        return Plan("nothing", NEEDS_FOLDS)
    count = context.settings.instability
    if not count:
        return Plan("nothing", "the whole stage, because evaluation.instability is 0 (its default at effort quick)")
    return Plan(f"{count:,} bootstrap samples, on each of which the named model is refitted")
