"""Run the resampling engine once, for every stage that uses the splits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from genereport.analyses.preprocessing.stage import Unscaled
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream, probes_of, stage_rng
from genereport.cohort.folds import effective_folds, smallest_class, split_column, why_too_few
from genereport.cohort.model import Cohort
from genereport.errors import CohortError, NotApplicable, listed, nearest
from genereport.learn.engine import Fold, Job, Tick, begin, silent
from genereport.learn.models import CLASSIFIERS, Classifier
from genereport.learn.preparation import Preparation, with_loss
from genereport.learn.resampling import Split, SplitPlan
from genereport.learn.training import Protocol, chosen_on
from genereport.settings import Settings
from genereport.types import AnyArray, Array, Codes, Key


@dataclass(frozen=True, eq=False)
class Resampled:
    """The results of the engine for the training samples; later stages read them, and the report does not print them.

    Attributes:
        plan: Plan of the splits; with fewer folds than were asked for if a class has too few samples.
        protocol: What was fitted on every training part.
        genes: The p genes that are offered: index gene, column symbol.
        values: Training samples × genes, log2, before arrays are scaled, shape (n, p).
        codes: Classes of the samples, shape (n,).
        groups: Groups of the samples, shape (n,), if some stay together; else None.
        grouped_by: The column that names the groups, or empty.
        splits: The splits.
        seeds: Seed of each split.
        folds: Results of each split.
        final: The same for all training samples, nothing held out: the final models.
    """

    plan: SplitPlan
    protocol: Protocol
    genes: pd.DataFrame
    values: Array
    codes: Codes
    groups: Codes | None
    grouped_by: str
    splits: tuple[Split, ...]
    seeds: tuple[int, ...]
    folds: tuple[Fold, ...]
    final: Fold

    @property
    def once(self) -> tuple[tuple[Split, Preparation], ...]:
        """The splits of the first repeat, which hold out each sample once, with the preparations fitted in them."""
        both = zip(self.splits, self.folds, strict=True)
        return tuple((split, fold.preparation) for split, fold in both if split.repeat == 0)

    @property
    def held_out_in(self) -> AnyArray:
        """The number of the fold, from 1, in which each sample is held out, shape (repeats, n)."""
        numbers = np.zeros((self.plan.repeats, len(self.codes)), dtype=np.intp)
        for split in self.splits:
            numbers[split.repeat, split.test] = split.fold + 1
        return numbers

    def pooled(self, kind: str = "held_out") -> dict[Key, Array]:
        """Return predictions for the samples in their order, by model, shape (repeats, n, classes).

        Args:
            kind: ``held_out``, or ``leaked`` for genes that were chosen on all samples.
        """
        shape = (self.plan.repeats, len(self.codes), self.protocol.classes)
        result = {key: np.empty(shape) for key in getattr(self.folds[0], kind)}
        for fold, split in zip(self.folds, self.splits, strict=True):
            for key, part in getattr(fold, kind).items():
                result[key][split.repeat, split.test] = part
        return result


@dataclass(frozen=True)
class ResamplingStage:
    """Repeated stratified cross-validation of every model, and the final models.

    Attributes:
        settings: How to split, select, fit and tune; the size of the smallest class limits the number of folds (see
            `effective_folds`).
        classifiers: Classifiers that are compared, besides the networks.
        tick: Called with the number of splits that are done, and their number in all.
    """

    settings: Settings
    classifiers: tuple[Classifier, ...] = CLASSIFIERS
    tick: Tick = silent
    name: str = "resampling"

    @property
    def plan(self) -> SplitPlan:
        """The plan of the splits, whose seed is derived from that of the run."""
        seed = int(stage_rng(self.settings.seed, "splits").integers(2**31))
        return SplitPlan(self.settings.evaluation.folds, self.settings.repeats, seed)

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Resampled:
        """Fit and predict on the training set alone, with arrays scaled anew in every training part.

        Raises:
            NotApplicable: If there are too few samples for a cross-validation.
            CohortError: GR215 if samples cannot be kept together as asked.
        """
        return self.begin(cohort, upstream, rng)()

    def begin(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Callable[[], Resampled]:
        """Let the workers start, and return the function that waits for them and returns the result.

        Raises:
            NotApplicable: If there are too few samples for a cross-validation.
            CohortError: GR215 if samples cannot be kept together as asked.
        """
        samples, unscaled = cohort.subset("train"), upstream.need(Unscaled)
        values, codes, genes = unscaled.values, samples.codes, unscaled.genes
        probes = probes_of(genes, self.settings.preprocess.collapse)
        protocol = Protocol(
            with_loss(self.settings, len(values)), self.classifiers, probes, len(cohort.classes), unscaled.rule
        )
        asked = self.settings.evaluation.groups
        groups = _groups(samples, asked) if asked else samples.units
        column = "" if groups is None else asked or samples.unit
        smallest = smallest_class(samples.samples, cohort.classes, column)
        folds = effective_folds(smallest.size, self.plan.folds)
        if folds is None:
            raise NotApplicable(why_too_few(smallest, self.plan.folds))
        plan = replace(self.plan, folds=folds)
        splits = plan.splits(codes, groups)
        if groups is not None:
            _require_every_class(splits, codes, column, "evaluation.groups" if asked else "cohort.unit")
        *seeds, last = (int(seed) for seed in rng.integers(0, 2**31, len(splits) + 1))
        jobs = [Job(split.train, split.test, codes, seed, groups) for split, seed in zip(splits, seeds, strict=True)]
        chosen = chosen_on(values, codes, protocol)
        jobs.append(Job(np.arange(len(codes)), np.empty(0, dtype=np.intp), codes, last, groups, chosen))
        running = begin(values, jobs, protocol, protocol.keys, chosen.path[: protocol.most])

        def finish() -> Resampled:
            *fitted, final = running.folds(self.tick)
            return Resampled(
                plan, protocol, genes, values, codes, groups, column, splits, tuple(seeds), tuple(fitted), final
            )

        return finish


def _groups(samples: Cohort, column: str) -> Codes:
    if column not in samples.covariates:
        raise CohortError(
            "GR215",
            f"The sample sheet has no column '{column}' by which samples could be kept together.",
            nearest(column, samples.covariates) if samples.covariates else "Add it to the sample sheet.",
            "evaluation.groups",
        )
    levels = samples.samples[column]
    if levels.isna().any():
        raise CohortError(
            "GR215",
            f"Training samples have no value in the column '{column}': {listed(levels.index[levels.isna()])}.",
            "Fill in the values. Give a sample that belongs with no other a value of its own.",
            "evaluation.groups",
        )
    return np.asarray(pd.factorize(levels)[0], dtype=np.intp)


def _require_every_class(splits: tuple[Split, ...], codes: Codes, column: str, setting: str) -> None:
    classes = len(np.unique(codes))
    fewest = [(np.bincount(codes[s.train], minlength=classes).min(), len(np.unique(codes[s.test]))) for s in splits]
    if any(train < 2 or test < classes for train, test in fewest):
        raise CohortError(
            "GR215",
            f"With samples of one '{column}' kept together, some folds lack a class, or some training parts keep fewer "
            "than two samples of one.",
            "Lower evaluation.folds, or name a column with more values.",
            setting,
        )


def make_stage(context: StageContext) -> ResamplingStage:
    """Return the stage with the settings of a run."""
    return ResamplingStage(context.settings, context.classifiers, context.tick("resampling"))


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    settings = context.settings
    evaluation = settings.evaluation
    if context.folds is None:
        return Plan("nothing", f"the whole stage: {context.too_few}")
    fewer = "" if context.folds == evaluation.folds else f" (instead of {evaluation.folds})"
    splits = context.folds * settings.repeats
    does = f"{context.folds} folds{fewer} × {settings.repeats} repeats = {splits} splits, effort {evaluation.effort}"
    column = split_column(context.cohort.subset("train"), settings)
    if column:
        does += f", samples of one '{column}' kept together"
    if evaluation.effort != "thorough":
        return Plan(does, "tuning, which needs effort thorough")
    return Plan(f"{does}, tuned on {evaluation.inner_folds} inner folds")
