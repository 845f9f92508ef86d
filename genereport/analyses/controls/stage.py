"""Run the negative and the positive control."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from genereport.analyses.controls.result import Controls, NegativeControl, PositiveControl, SexCheck
from genereport.analyses.models.result import Models
from genereport.analyses.preprocessing.stage import Unscaled
from genereport.analyses.resampling.stage import Resampled
from genereport.analyses.result import Skipped
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.cohort.folds import effective_folds
from genereport.cohort.model import Cohort
from genereport.cohort.sex import MARGIN, ExpressionSex
from genereport.cohort.units import label_units
from genereport.learn.engine import Fold, Job, Tick, begin, silent
from genereport.learn.metrics import PRIMARY, label_metrics
from genereport.learn.resampling import Split, SplitPlan, permuted_labels
from genereport.learn.summary import counted, over_folds
from genereport.settings import Effort, Settings
from genereport.stats.intervals import mean_of_proportions, wilson
from genereport.types import Array, Codes, Key

COUNTS: dict[Effort, int] = {"quick": 1, "standard": 10, "thorough": 10}
"""Number of permutations of the negative control by effort."""

_SEX_FOLDS: dict[Effort, int] = {"quick": 3}
"""Number of folds for the prediction of sex, where it is not that of the comparison."""

_ORDER = {"possible swap": 0, "unclear": 1, "inferred": 2, "": 3}


@dataclass(frozen=True)
class ControlsStage:
    """Permuted labels and sex, predicted by the pipeline of the named model; sex by its genes.

    Attributes:
        settings: Settings of the run.
        tick: Called with the number of refits that are done, and their number in all.
    """

    settings: Settings
    tick: Tick = silent
    name: str = "controls"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Controls:
        """Refit the named model's pipeline on permuted labels and on sex, and compare sex with the sample sheet."""
        sex = upstream.need(ExpressionSex)
        resampled, models = upstream.get(Resampled), upstream.get(Models)
        if resampled is None or models is None:
            negative: NegativeControl | Skipped = Skipped("Without a cross-validation there is no negative control.")
            positive: PositiveControl | Skipped = Skipped("Without a cross-validation no model predicts sex.")
        else:
            named = (models.named.model, models.named.features)
            # Both begin before either is waited for, so that no worker is idle in between.
            finish_negative = self._begin_negative(cohort, resampled, upstream.get(Trust), named, rng)
            finish_positive = self._begin_positive(cohort, upstream, resampled, named, rng)
            negative, positive = finish_negative(), finish_positive()
        samples = _tabulate(cohort, sex)
        return Controls(negative, positive, _check_sex(sex, samples, self.settings.tests.confidence), samples)

    def _begin_negative(
        self, cohort: Cohort, resampled: Resampled, trust: Trust | None, named: Key, rng: np.random.Generator
    ) -> Callable[[], NegativeControl | Skipped]:
        if trust is not None and isinstance(trust.permutation, LabelPermutation):
            return partial(Skipped, "The permutation of the labels with all models takes the place of this control.")
        units = cohort.subset("train").units
        column = resampled.grouped_by if units is None else cohort.unit
        units = resampled.groups if units is None else units
        plan = SplitPlan(resampled.plan.folds, 1, resampled.plan.seed)
        relabelled = [
            permuted_labels(resampled.codes, units, rng) for _ in range(COUNTS[self.settings.evaluation.effort])
        ]
        jobs = [
            Job(split.train, split.test, codes, seed, resampled.groups)
            for codes, seed in zip(relabelled, rng.integers(0, 2**31, len(relabelled)).tolist(), strict=True)
            for split in plan.splits(codes, resampled.groups)
        ]
        running = begin(resampled.values, jobs, resampled.protocol, [named])

        def finish() -> NegativeControl:
            k = resampled.protocol.classes
            counts = _confusions(jobs, running.folds(self.tick), named).reshape(len(relabelled), plan.folds, k, k)
            values = np.nanmean(label_metrics(counts)[PRIMARY], axis=1)
            share = 1.0 if units is None else len(np.unique(units)) / len(units)
            low, high = _limits(values, counts.sum(axis=1) * share, self.settings.tests.confidence)
            return NegativeControl(
                model=named[0],
                features=named[1],
                count=len(relabelled),
                folds=plan.folds,
                expected=1 / k,
                estimate=float(values.mean()),
                ci_low=low,
                ci_high=high,
                unit=column,
            )

        return finish

    def _begin_positive(
        self, cohort: Cohort, upstream: Upstream, resampled: Resampled, named: Key, rng: np.random.Generator
    ) -> Callable[[], PositiveControl | Skipped]:
        """Cross-validate the pipeline of the named model once, with sex in the place of the class, on both sets."""
        sex, unscaled = upstream.need(ExpressionSex), upstream.need(Unscaled)
        if not sex.column:
            return partial(Skipped, "The sample sheet has no column from which the sex of the samples is known.")
        samples = pd.concat([cohort.subset("train").samples, cohort.subset("test").samples])
        recorded = sex.samples.loc[samples.index, "recorded"]
        known = np.flatnonzero((recorded != "").to_numpy())
        codes = (recorded == "male").to_numpy().astype(np.intp)
        groups = None if resampled.groups is None else _group_codes(samples[resampled.grouped_by])
        males = int(codes[known].sum())
        fewest = _SEX_FOLDS.get(self.settings.evaluation.effort, resampled.plan.folds)
        plan = replace(resampled.plan, folds=min(fewest, resampled.plan.folds), repeats=1)
        parts = _split(codes[known], None if groups is None else groups[known], plan)
        if not parts:
            return partial(
                Skipped,
                f"Sex is recorded for {len(known) - males} female and {males} male samples, which are too few to "
                "cross-validate its prediction.",
            )
        jobs = [
            Job(known[part.train], known[part.test], codes, int(seed), groups)
            for part, seed in zip(parts, rng.integers(0, 2**31, len(parts)), strict=True)
        ]
        values = np.vstack([unscaled.values, unscaled.independent])
        running = begin(values, jobs, replace(resampled.protocol, classes=2), [named])

        def finish() -> PositiveControl:
            counts = _confusions(jobs, running.folds(self.tick), named)
            figures, share = label_metrics(counts)[PRIMARY], 1 / (len(parts) - 1)
            found = over_folds(PRIMARY, figures, counts.sum(axis=0), share, self.settings.tests.confidence)
            return PositiveControl(*named, len(known) - males, males, len(parts), found.value, *found.interval)

        return finish


def _group_codes(column: pd.Series) -> Codes:
    return np.asarray(pd.factorize(label_units(column))[0], dtype=np.intp)


def _split(codes: Codes, groups: Codes | None, plan: SplitPlan) -> tuple[Split, ...]:
    """Return the splits of the samples of known sex; none if they are too few.

    Args:
        codes: Sex, shape (n,).
        groups: Groups that stay together, shape (n,), or None.
        plan: How they are split, if there are enough.
    """
    units = np.arange(len(codes)) if groups is None else groups
    folds = effective_folds(min(len(np.unique(units[codes == code])) for code in (0, 1)), plan.folds)
    if folds is None:
        return ()
    splits = replace(plan, folds=folds).splits(codes, groups)
    whole = all(
        np.bincount(codes[split.train], minlength=2).min() >= 2 and len(set(codes[split.test])) == 2 for split in splits
    )
    return splits if whole else ()


def _confusions(jobs: Sequence[Job], folds: Sequence[Fold], named: Key) -> Array:
    """Return the confusion matrix of the named model in every split, shape (splits, k, k)."""
    return np.array([counted(job.codes[job.test], fold.held_out[named]) for job, fold in zip(jobs, folds, strict=True)])


def _limits(values: Array, counts: Array, confidence: float) -> tuple[float, float]:
    """Return the interval of the mean balanced accuracy over permutations.

    Args:
        values: Balanced accuracy of each permutation, shape (m,).
        counts: Pooled confusion matrix of each, shape (m, k, k), in numbers of independent units.
        confidence: Confidence level.
    """
    if len(values) == 1:
        totals = counts[0].sum(axis=1)
        whole = np.maximum(1, np.round(totals))
        return mean_of_proportions(np.diagonal(counts[0]) / totals * whole, whole, confidence)
    half = float(stats.t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return float(values.mean()) - half, float(values.mean()) + half


def _tabulate(cohort: Cohort, sex: ExpressionSex) -> pd.DataFrame:
    """Return the samples with both sexes and a remark, as in `Controls.samples`."""
    known, shown = sex.samples["recorded"] != "", sex.samples["expression"] != "unclear"
    agree = sex.samples["recorded"] == sex.samples["expression"]
    remark = np.select([known & shown & ~agree, ~shown, ~known], ["possible swap", "unclear", "inferred"], default="")
    remark = remark if sex.separates else np.full(len(remark), "")
    described = cohort.samples.loc[sex.samples.index, ["set", "class"]]
    table = pd.concat([described, sex.samples], axis=1).assign(remark=remark)
    return table.sort_values("remark", key=lambda each: each.map(_ORDER), kind="stable").rename_axis("sample")


def _check_sex(sex: ExpressionSex, samples: pd.DataFrame, confidence: float) -> SexCheck | Skipped:
    """Count the samples in which expression and sheet agree.

    Args:
        sex: Sex by expression and by the sheet.
        samples: As in `Controls.samples`.
        confidence: Confidence level.
    """
    if sex.genes.empty:
        return Skipped(
            "The file has neither XIST nor genes of the Y chromosome by known names, so expression shows no sex."
        )
    if not sex.separates:
        names = ", ".join(dict.fromkeys(sex.genes["symbol"]))
        return Skipped(
            f"The sex genes of the file ({names}) do not divide the samples into two groups, so expression shows no "
            "sex: the samples may be of one sex."
        )
    known, shown = samples["recorded"] != "", samples["expression"] != "unclear"
    compared = int((known & shown).sum())
    agree = int((known & (samples["recorded"] == samples["expression"])).sum())
    limits = wilson(agree, compared, confidence)
    return SexCheck(
        column=sex.column,
        genes=sex.genes.assign(used=np.where(_used(sex), "yes", "no")),
        separates=sex.separates,
        known=int(known.sum()),
        compared=compared,
        agree=agree,
        agree_low=limits.low,
        agree_high=limits.high,
        unclear=int((~shown).sum()),
        inferred=int((~known & shown).sum()),
        margin=MARGIN,
    )


def _used(sex: ExpressionSex) -> pd.Series:
    """Return which genes decide: those that are used, of the chromosomes that separate the samples."""
    return sex.genes["used"] & sex.genes["chromosome"].isin(sex.separates)


def make_stage(context: StageContext) -> ControlsStage:
    """Return the stage with the settings of a run."""
    return ControlsStage(context.settings, context.tick("controls"))


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    if context.too_few:
        return Plan("sex by the sex genes", "permuted labels and predicted sex, because they need the cross-validation")
    if context.settings.label_permutations:
        return Plan("sex, predicted and by the sex genes", "permuted labels, because all models are refitted on them")
    count = COUNTS[context.settings.evaluation.effort]
    return Plan(f"{count} permutations of the labels with the named model; sex, predicted and by the sex genes")
