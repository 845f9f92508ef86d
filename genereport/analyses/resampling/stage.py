"""Runs the resampling engine once, for every stage that draws on the splits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from genereport.analyses.preprocessing.stage import Unscaled
from genereport.analyses.stage import Upstream, probes_of
from genereport.cohort.folds import effective_folds, smallest_class, why_too_few
from genereport.cohort.model import Cohort
from genereport.errors import CohortError, NotApplicable, listed, nearest
from genereport.learn.engine import Fold, Job, Tick, run, silent
from genereport.learn.models import CLASSIFIERS, Classifier, Key
from genereport.learn.preparation import Limits, Matrix, Preparation, Rows
from genereport.learn.resampling import Split, SplitPlan
from genereport.learn.training import Protocol, Tuning, chosen_on
from genereport.settings import Collapse, ModelSettings


@dataclass(frozen=True, eq=False)
class Resampled:
    """What the engine made of the training samples: for later stages to read, not for the report to print.

    Attributes:
        plan: How the samples were split; with fewer folds than were asked for, where a class has too few samples.
        protocol: What was fitted on every training part.
        genes: The p genes that are offered: index gene, column symbol.
        values: Training samples × genes, log2, before arrays are scaled, shape (n, p).
        codes: Their classes, shape (n,).
        groups: Their groups, shape (n,), if some stay together.
        grouped_by: The column that names the groups, or empty.
        splits: The splits.
        seeds: One a split.
        folds: What came of each split.
        final: The same of all training samples, nothing held out: the final models.
    """

    plan: SplitPlan
    protocol: Protocol
    genes: pd.DataFrame
    values: Matrix
    codes: Rows
    groups: Rows | None
    grouped_by: str
    splits: tuple[Split, ...]
    seeds: tuple[int, ...]
    folds: tuple[Fold, ...]
    final: Fold

    @property
    def once(self) -> tuple[tuple[Split, Preparation], ...]:
        """The splits of the first repeat, in which each sample is held out once, with what was fitted in them."""
        both = zip(self.splits, self.folds, strict=True)
        return tuple((split, fold.preparation) for split, fold in both if split.repeat == 0)

    @property
    def held_out_in(self) -> Rows:
        """Number of the fold, from 1, in which each sample is held out, shape (repeats, n)."""
        numbers = np.zeros((self.plan.repeats, len(self.codes)), dtype=np.intp)
        for split in self.splits:
            numbers[split.repeat, split.test] = split.fold + 1
        return numbers

    def pooled(self, kind: str = "held_out") -> dict[Key, Matrix]:
        """Predictions for the samples in their order, by model, shape (repeats, n, classes).

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
        plan: How to split; the folds come down to the smallest class (see `effective_folds`).
        limits: How genes are chosen.
        settings: Of the models.
        classifiers: That are compared, besides the networks.
        tuning: What is tuned inside each training part; None: nothing.
        collapse: Which probe stands for a gene with several.
        groups: Column whose samples stay together; None: the one that names units, if there is one.
        tick: Told of progress.
        inner_folds: Folds inside a training part where nothing is tuned.
    """

    plan: SplitPlan
    limits: Limits
    settings: ModelSettings
    classifiers: tuple[Classifier, ...] = CLASSIFIERS
    tuning: Tuning | None = None
    collapse: Collapse = "none"
    groups: str | None = None
    tick: Tick = silent
    inner_folds: int = 5
    name: str = "resampling"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Resampled:
        """Fit and predict on the training set alone, arrays scaled anew in every training part.

        Raises:
            NotApplicable: if there are too few samples for a cross-validation.
            CohortError: GR215 if samples cannot be kept together as asked.
        """
        samples, unscaled = cohort.subset("train"), upstream.need(Unscaled)
        values, codes, genes = unscaled.values, samples.codes, unscaled.genes
        probes = probes_of(genes, self.collapse)
        protocol = Protocol(
            self.limits,
            self.settings,
            self.classifiers,
            self.tuning,
            probes,
            len(cohort.classes),
            unscaled.rule,
            self.inner_folds,
        )
        groups = _groups(samples, self.groups) if self.groups else samples.units
        column = "" if groups is None else self.groups or samples.unit
        smallest = smallest_class(samples.samples, cohort.classes, column)
        folds = effective_folds(smallest.size, self.plan.folds)
        if folds is None:
            raise NotApplicable(why_too_few(smallest, self.plan.folds))
        plan = replace(self.plan, folds=folds)
        splits = plan.splits(codes, groups)
        if groups is not None:
            _require_every_class(splits, codes, column, "evaluation.groups" if self.groups else "cohort.unit")
        *seeds, last = (int(seed) for seed in rng.integers(0, 2**31, len(splits) + 1))
        jobs = [Job(split.train, split.test, codes, seed, groups) for split, seed in zip(splits, seeds, strict=True)]
        jobs.append(Job(np.arange(len(codes)), np.empty(0, dtype=np.intp), codes, last, groups))
        biased = chosen_on(values, codes, protocol).path[: protocol.most]
        *fitted, final = run(values, jobs, protocol, protocol.keys, biased, self.tick)
        return Resampled(
            plan, protocol, genes, values, codes, groups, column, splits, tuple(seeds), tuple(fitted), final
        )


def _groups(samples: Cohort, column: str) -> Rows:
    if column not in samples.covariates:
        raise CohortError(
            "GR215",
            f"There is no column '{column}' to keep samples together by.",
            nearest(column, samples.covariates) if samples.covariates else "Add it to the sample sheet.",
            "evaluation.groups",
        )
    levels = samples.samples[column]
    if levels.isna().any():
        raise CohortError(
            "GR215",
            f"Training samples have no value in the column '{column}': {listed(levels.index[levels.isna()])}.",
            "Fill it in: a sample that belongs with no other gets a value of its own.",
            "evaluation.groups",
        )
    return np.asarray(pd.factorize(levels)[0], dtype=np.intp)


def _require_every_class(splits: tuple[Split, ...], codes: Rows, column: str, setting: str) -> None:
    classes = len(np.unique(codes))
    fewest = [(np.bincount(codes[s.train], minlength=classes).min(), len(np.unique(codes[s.test]))) for s in splits]
    if any(train < 2 or test < classes for train, test in fewest):
        raise CohortError(
            "GR215",
            f"With samples of one '{column}' kept together, some folds lack a class or leave one sample of it.",
            "Lower evaluation.folds, or keep samples together by a column with more values.",
            setting,
        )
