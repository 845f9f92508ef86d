"""Count the right predictions of the named model by group, and leave out each centre once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.models.result import Models
from genereport.analyses.resampling.stage import Resampled
from genereport.analyses.result import Skipped
from genereport.analyses.stage import NEEDS_FOLDS, Plan, PlanContext, StageContext, Upstream
from genereport.analyses.subgroups.result import FEW, UNKNOWN, LeaveCentreOut, Subgroups
from genereport.cohort.centres import FEWEST, Centre, centre_column, centres_of
from genereport.cohort.levels import has_levels, level_text, natural_order
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.learn.engine import Job, Tick, run, silent
from genereport.learn.metrics import predicted_classes
from genereport.settings import Settings
from genereport.stats.intervals import NOT_ESTIMABLE, mean_of_proportions, wilson
from genereport.types import Codes, Key

_SETS = {"cv": "train", "test": "test"}


@dataclass(frozen=True)
class SubgroupsStage:
    """Accuracy and sensitivities by level of each covariate; leave-one-centre-out.

    Attributes:
        settings: Settings of the run.
        tick: Called with the number of refits that are done, and their number in all.
    """

    settings: Settings
    tick: Tick = silent
    name: str = "subgroups"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Subgroups:
        """Read the predictions of the named model, and refit it without each centre.

        Raises:
            NotApplicable: If there is no covariate.
        """
        resampled, models = upstream.need(Resampled), upstream.need(Models)
        named = (models.named.model, models.named.features)
        covariates = [name for name in cohort.covariates if name != cohort.unit]
        if not covariates:
            raise NotApplicable("The sample sheet has no covariate by which the samples could be grouped.")
        right = _share_right(models, named)
        levelled = [name for name in covariates if has_levels(cohort.samples[name])]
        confidence = self.settings.tests.confidence
        groups = [row for name in levelled for row in _group_rows(cohort, name, right, confidence)]
        classes = [row for name in levelled for row in _class_rows(cohort, name, right, confidence)]
        table = pd.DataFrame(groups, columns=["covariate", "level", *_columns("cv"), *_columns("test")])
        sizes = table[["n_cv", "n_test"]].to_numpy().ravel()
        return Subgroups(
            *named,
            covariates=tuple(levelled),
            passed_over=tuple(name for name in covariates if name not in levelled),
            groups=table.set_index("covariate"),
            classes=pd.DataFrame(
                classes, columns=["covariate", "level", "class", "set", "n", "sensitivity", "ci_low", "ci_high"]
            ).set_index("covariate"),
            small=int(((sizes > 0) & (sizes < FEW)).sum()),
            number=int((sizes > 0).sum()),
            grouped_by=resampled.grouped_by,
            centre=self._leave_centres_out(cohort, resampled, named, rng),
        )

    def _leave_centres_out(
        self, cohort: Cohort, resampled: Resampled, named: Key, rng: np.random.Generator
    ) -> LeaveCentreOut | Skipped:
        """Train on all centres but one, for each centre whose removal leaves every class; training samples only."""
        column, samples = centre_column(cohort, self.settings), cohort.subset("train").samples
        if not column:
            return Skipped("No column of the sample sheet names centres, so none of them could be left out.")
        centres = centres_of(samples, column, cohort.classes)
        if len(centres) < 2:
            return Skipped(f"The training samples are of one {column}, so none could be left out.")
        jobs = [
            _job(centre, resampled, int(seed))
            for centre, seed in zip(centres, rng.integers(0, 2**31, len(centres)), strict=True)
        ]
        possible = [place for place, job in enumerate(jobs) if not _lacking(job, resampled.codes, cohort.classes)]
        if not possible:
            lacking = _lacking(jobs[0], resampled.codes, cohort.classes)
            return Skipped(
                f"No {column} could be left out of the training set, because {column} is confounded with the class: "
                f"without {centres[0].name}, for instance, fewer than {FEWEST} training samples of {lacking[0]} would "
                "be left."
            )
        fitted = run(resampled.values, [jobs[place] for place in possible], resampled.protocol, [named], tick=self.tick)
        predicted = {
            place: predicted_classes(fold.held_out[named]) for place, fold in zip(possible, fitted, strict=True)
        }
        return _summarise(column, cohort, samples, resampled, centres, jobs, predicted, self.settings.tests.confidence)


def _job(centre: Centre, resampled: Resampled, seed: int) -> Job:
    """Return the split that holds a centre out; training samples of a unit that is tested are left out."""
    test, train = centre.rows, centre.others
    if resampled.groups is not None:
        train = train[~np.isin(resampled.groups[train], resampled.groups[test])]
    return Job(train, test, resampled.codes, seed, resampled.groups)


def _lacking(job: Job, codes: Codes, classes: Sequence[str]) -> list[str]:
    """Return the classes of which a training part has too few samples."""
    sizes = np.bincount(codes[job.train], minlength=len(classes))
    return [name for name, size in zip(classes, sizes, strict=True) if size < FEWEST]


def _summarise(
    column: str,
    cohort: Cohort,
    samples: pd.DataFrame,
    resampled: Resampled,
    centres: Sequence[Centre],
    jobs: Sequence[Job],
    predicted: dict[int, Codes],
    confidence: float,
) -> LeaveCentreOut:
    rows = []
    hits, totals = np.zeros(len(cohort.classes)), np.zeros(len(cohort.classes))
    for place, (centre, job) in enumerate(zip(centres, jobs, strict=True)):
        truth, n = resampled.codes[job.test], len(job.test)
        if place not in predicted:
            lacking = ";".join(_lacking(job, resampled.codes, cohort.classes))
            rows.append((centre.name, n, len(job.train), np.nan, np.nan, *NOT_ESTIMABLE, lacking))
            continue
        right = predicted[place] == truth
        hits += np.bincount(truth[right], minlength=len(hits))
        totals += np.bincount(truth, minlength=len(totals))
        rows.append(
            (
                centre.name,
                n,
                len(job.train),
                int((~right).sum()),
                right.mean(),
                *wilson(int(right.sum()), n, confidence),
                "",
            )
        )
    names = ["centre", "n", "trained", "errors", "accuracy", "ci_low", "ci_high", "lacking"]
    accuracy, balanced = (
        wilson(int(hits.sum()), int(totals.sum()), confidence),
        mean_of_proportions(hits, totals, confidence),
    )
    return LeaveCentreOut(
        column=column,
        centres=pd.DataFrame(rows, columns=names).set_index("centre"),
        tested=int(totals.sum()),
        accuracy=float(hits.sum() / totals.sum()),
        accuracy_low=accuracy.low,
        accuracy_high=accuracy.high,
        balanced=float((hits / totals).mean()) if (totals > 0).all() else float("nan"),
        ci_low=balanced.low,
        ci_high=balanced.high,
        nowhere=int(samples[column].isna().sum()),
        related=sum(len(centre.others) - len(job.train) for centre, job in zip(centres, jobs, strict=True)),
    )


def _share_right(models: Models, named: Key) -> pd.DataFrame:
    """Return the share of the repeats in which a sample was right: index set and sample; columns truth, right."""
    table = models.predictions
    own = table[(table["model"] == named[0]) & (table["features"] == named[1])]
    found = own.assign(right=(own["truth"] == own["predicted"]).astype(float))
    return found.groupby(["set", "sample"], sort=False).agg(truth=("truth", "first"), right=("right", "mean"))


def _columns(which: str) -> list[str]:
    return [f"{name}_{which}" for name in ("n", "accuracy", "low", "high")]


def _levels(column: pd.Series) -> pd.Series:
    """Return the levels of a covariate as text; missing values are a level of their own."""
    return column.map(lambda value: UNKNOWN if pd.isna(value) else level_text(value)).astype(str)


def _ordered(column: pd.Series) -> list[str]:
    known = list(dict.fromkeys(level_text(level) for level in natural_order(column.dropna())))
    return [*known, *([UNKNOWN] if column.isna().any() and UNKNOWN not in known else [])]


def _proportion(right: pd.Series, confidence: float) -> tuple[Any, ...]:
    """Return number, share that is right and Wilson's limits."""
    n = len(right)
    return (n, float(right.mean()) if n else np.nan, *wilson(float(right.sum()), n, confidence))


def _group_rows(cohort: Cohort, name: str, right: pd.DataFrame, confidence: float) -> list[tuple[Any, ...]]:
    levels = _levels(cohort.samples[name])
    sets, samples = (right.index.get_level_values(place) for place in (0, 1))
    rows = []
    for level in _ordered(cohort.samples[name]):
        own = samples.isin(levels.index[levels == level])
        cv, test = (_proportion(right.loc[own & (sets == which), "right"], confidence) for which in _SETS)
        rows.append((name, level, *cv, *test))
    return rows


def _class_rows(cohort: Cohort, name: str, right: pd.DataFrame, confidence: float) -> list[tuple[Any, ...]]:
    levels = _levels(cohort.samples[name])
    rows = []
    for level in _ordered(cohort.samples[name]):
        own = levels.index[levels == level]
        for which in dict.fromkeys(right.index.get_level_values(0)):
            part = right.loc[which]
            part = part[part.index.isin(own)]
            for each in cohort.classes:
                chosen = part.loc[part["truth"] == each, "right"]
                if len(chosen):
                    rows.append((name, level, each, which, *_proportion(chosen, confidence)))
    return rows


def make_stage(context: StageContext) -> SubgroupsStage:
    """Return the stage with the settings of a run."""
    return SubgroupsStage(context.settings, context.tick("subgroups"))


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    if context.too_few:
        return Plan("nothing", NEEDS_FOLDS)
    covariates = [name for name in context.cohort.covariates if name != context.cohort.unit]
    if not covariates:
        return Plan("nothing", "the whole stage, because the sample sheet has no covariate")
    column = centre_column(context.cohort, context.settings)
    if not column:
        return Plan("performance by covariate", "leaving out centres, because no column names them")
    return Plan(f"performance by covariate; each {column} left out of the training once, where every class remains")
