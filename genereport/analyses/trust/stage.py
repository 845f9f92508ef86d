"""Check how far the comparison of models can be trusted, each point with its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from genereport.analyses.models.result import Models
from genereport.analyses.models.stage import by_metric, confusions
from genereport.analyses.resampling.stage import Resampled
from genereport.analyses.result import Skipped
from genereport.analyses.stage import NEEDS_FOLDS, Plan, PlanContext, StageContext, Upstream
from genereport.analyses.trust.result import QUANTILE, LabelPermutation, Trust
from genereport.cohort.model import Cohort
from genereport.learn.engine import Job, Tick, run, silent
from genereport.learn.metrics import PRIMARY, confusion, label_metrics, predicted_classes
from genereport.learn.models import preference
from genereport.learn.naming import name_by_rule
from genereport.learn.resampling import SplitPlan, permuted_labels, subsample
from genereport.learn.summary import counted, over_folds
from genereport.settings import Settings
from genereport.stats.intervals import corrected_resampled_t
from genereport.stats.stability import stability
from genereport.types import FLOOR, AnyArray, Array, Codes, Counts, Key

_SHARES = (0.2, 0.4, 0.6, 0.8)
_LEARNING_REPEATS = 2
_AT_ONCE = 50  # relabellings that are refitted together
_ESTIMATE = ["ci_low", "ci_high"]


@dataclass(frozen=True)
class TrustStage:
    """Gaps, selection bias, permuted labels, learning curve, stability, granularity, and samples that are missed.

    Attributes:
        settings: Settings of the run.
        tick: Called with the number of refits that are done, and their number in all.
    """

    settings: Settings
    tick: Tick = silent
    name: str = "trust"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Trust:
        """Evaluate the splits again, and refit the named model for the learning curve and the permutations."""
        resampled, models = upstream.need(Resampled), upstream.need(Models)
        named = (models.named.model, models.named.features)
        chosen = np.zeros((len(resampled.folds), len(resampled.genes)), dtype=bool)
        for row, fold in zip(chosen, resampled.folds, strict=True):
            row[fold.chosen.best] = True
        alike = stability(chosen, self.settings.tests.confidence)
        sizes = np.bincount(resampled.codes)
        hard = models.errors.loc[models.errors["missed"] > models.compared / 2, ["set", "class", "missed"]]
        return Trust(
            model=named[0],
            features=named[1],
            gaps=self._training_gaps(resampled),
            networks=_summarise_networks(models.curves),
            bias=self._measure_bias(resampled),
            permutation=self._test_permuted_labels(resampled, cohort, rng),
            learning=self._make_learning_curve(resampled, named, rng),
            stability=alike.value,
            stability_low=alike.low,
            stability_high=alike.high,
            sets=len(chosen),
            smallest=cohort.classes[int(sizes.argmin())],
            smallest_size=int(sizes.min()),
            fold_step=min(1.0, float(models.folds / sizes.min())),
            models=models.compared,
            missed=len(hard),
            hard=hard,
        )

    def _training_gaps(self, resampled: Resampled) -> pd.DataFrame:
        rows = []
        for key in resampled.protocol.keys:
            if key == FLOOR:
                continue
            seen = [_balanced_accuracy(resampled.codes[s.train], f.training[key]) for s, f in _splits(resampled)]
            held = [_balanced_accuracy(resampled.codes[s.test], f.held_out[key]) for s, f in _splits(resampled)]
            gap = corrected_resampled_t(
                np.subtract(seen, held), resampled.plan.test_share, self.settings.tests.confidence
            )
            rows.append((*key, np.mean(seen), np.mean(held), gap.difference, gap.low, gap.high))
        return pd.DataFrame(rows, columns=["model", "features", "training", "held_out", "gap", *_ESTIMATE])

    def _measure_bias(self, resampled: Resampled) -> pd.DataFrame:
        honest, leaked = by_metric(resampled), by_metric(resampled, "leaked")
        rows = []
        for key, figures in leaked.items():
            both = figures[PRIMARY], honest[key][PRIMARY]
            found = corrected_resampled_t(both[0] - both[1], resampled.plan.test_share, self.settings.tests.confidence)
            rows.append((*key, both[1].mean(), both[0].mean(), found.difference, found.low, found.high, found.p))
        return pd.DataFrame(rows, columns=["model", "features", "honest", "leaked", "difference", *_ESTIMATE, "p"])

    def _make_learning_curve(self, resampled: Resampled, named: Key, rng: np.random.Generator) -> pd.DataFrame:
        """Return the named model on shares of the training parts; the last point is that of the comparison itself."""
        splits = [split for split in resampled.splits if split.repeat < _LEARNING_REPEATS]
        jobs = [
            Job(
                subsample(split.train, resampled.codes, share, rng, resampled.groups),
                split.test,
                resampled.codes,
                seed,
                resampled.groups,
            )
            for share in _SHARES
            for split, seed in zip(splits, resampled.seeds, strict=False)
        ]
        folds = run(resampled.values, jobs, resampled.protocol, [named], tick=self.tick)
        found = [counted(job.codes[job.test], fold.held_out[named]) for job, fold in zip(jobs, folds, strict=True)]
        shape = (len(_SHARES), -1, resampled.plan.folds)
        counts = np.reshape(found, (*shape, *found[0].shape))
        sizes = np.reshape([len(job.train) for job in jobs], shape)
        parts = [*zip(_SHARES, counts, sizes, strict=True)]
        whole = np.reshape([len(split.train) for split in resampled.splits], shape[1:])
        parts.append((1.0, confusions(resampled, named), whole))
        held = len(resampled.codes) / resampled.plan.folds
        rows = [(share, *self._point(part, size, held)) for share, part, size in parts]
        columns = ["share", "samples", "estimate", *_ESTIMATE, "splits"]
        return pd.DataFrame(rows, columns=columns).set_index("share")

    def _point(self, counts: Array, sizes: Counts, held: float) -> tuple[float, float, float, float, int]:
        """Return an estimate and its interval, as in the comparison, from counts of shape (repeats, folds, k, k)."""
        figures, pooled = label_metrics(counts)[PRIMARY].ravel(), counts.sum(axis=1).mean(axis=0)
        found = over_folds(PRIMARY, figures, pooled, held / float(sizes.mean()), self.settings.tests.confidence)
        return float(sizes.mean()), found.value, *found.interval, len(figures)

    def _test_permuted_labels(
        self, resampled: Resampled, cohort: Cohort, rng: np.random.Generator
    ) -> LabelPermutation | Skipped:
        if not self.settings.label_permutations:
            return Skipped(
                "The class labels were not permuted. Use effort thorough, or set evaluation.label_permutations."
            )
        units = cohort.subset("train").units
        column = resampled.grouped_by if units is None else cohort.unit
        units = resampled.groups if units is None else units
        plan = SplitPlan(resampled.plan.folds, 1, resampled.plan.seed)
        eligible = preference(resampled.protocol.classifiers)
        figures = by_metric(resampled)
        true = _name_model({key: figures[key][PRIMARY][: plan.folds] for key in eligible}, plan)
        relabelled = [permuted_labels(resampled.codes, units, rng) for _ in range(self.settings.label_permutations)]
        found = list(self._refit(resampled, relabelled, plan, eligible, rng.integers(0, 2**31, len(relabelled))))
        values = np.array([figure for _, figure in found])
        reached = int(np.count_nonzero(values >= true[1] - 1e-12))
        return LabelPermutation(
            unit=column,
            model=true[0][0],
            features=true[0][1],
            eligible=len(eligible),
            observed=true[1],
            count=len(values),
            mean=float(values.mean()),
            high=float(np.quantile(values, QUANTILE)),
            at_least=reached,
            p=(reached + 1) / (len(values) + 1),
            values=pd.DataFrame(
                [(*key, figure) for key, figure in found],
                columns=["model", "features", "balanced_accuracy"],
                index=pd.RangeIndex(1, len(values) + 1, name="permutation"),
            ),
        )

    def _refit(
        self,
        resampled: Resampled,
        relabelled: Sequence[Codes],
        plan: SplitPlan,
        eligible: Sequence[Key],
        seeds: AnyArray,
    ) -> Iterator[tuple[Key, float]]:
        """Yield the named model of each relabelling and its balanced accuracy; fit in batches to limit memory."""
        total = len(relabelled) * plan.folds
        for start in range(0, len(relabelled), _AT_ONCE):
            jobs = [
                Job(split.train, split.test, codes, int(seed), resampled.groups)
                for codes, seed in zip(relabelled[start:][:_AT_ONCE], seeds[start:], strict=False)
                for split in plan.splits(codes, resampled.groups)
            ]
            tick = partial(_further, self.tick, start * plan.folds, total)
            folds = run(resampled.values, jobs, resampled.protocol, eligible, tick=tick)
            for first in range(0, len(jobs), plan.folds):
                own = list(zip(jobs, folds, strict=True))[first:][: plan.folds]
                figures = {
                    key: [_balanced_accuracy(j.codes[j.test], f.held_out[key]) for j, f in own] for key in eligible
                }
                yield _name_model({key: np.array(values) for key, values in figures.items()}, plan)


def _name_model(values: Mapping[Key, Array], plan: SplitPlan) -> tuple[Key, float]:
    """Return the model that the rule names by the splits of one repeat, and its mean."""
    named = name_by_rule(values, plan.test_share).named
    return named, float(np.nanmean(values[named]))


def _further(tick: Tick, before: int, total: int, done: int, _: int) -> None:
    tick(before + done, total)


def _splits(resampled: Resampled) -> list[tuple]:  # type: ignore[type-arg]
    return list(zip(resampled.splits, resampled.folds, strict=True))


def _balanced_accuracy(truth: Codes, probabilities: Array) -> float:
    counts = confusion(truth, predicted_classes(probabilities), probabilities.shape[1])
    return float(label_metrics(counts)[PRIMARY])


def _summarise_networks(curves: pd.DataFrame) -> pd.DataFrame:
    """Return where the mean validation loss of the networks is smallest, and where it ends."""
    rows = {}
    for features, part in curves.groupby(level="features", sort=False):
        means = part.pivot_table(index="epoch", columns="quantity", values="mean")
        best = int(means.index.to_numpy()[means["val_loss"].to_numpy().argmin()])
        last = means.iloc[-1]
        rows[str(features)] = {
            "epochs": len(means),
            "best_epoch": best,
            "best_loss": means.loc[best, "val_loss"],
            "last_loss": last["val_loss"],
            "rise": last["val_loss"] / means.loc[best, "val_loss"] - 1,
            "gap": last["accuracy"] - last["val_accuracy"],
        }
    return (
        pd.DataFrame.from_dict(rows, orient="index")
        .rename_axis(index="features")
        .astype({"epochs": "int64", "best_epoch": "int64"})
    )


def make_stage(context: StageContext) -> TrustStage:
    """Return the stage with the settings of a run."""
    return TrustStage(context.settings, context.tick("trust"))


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    count = context.settings.label_permutations
    does = "learning curve, training gaps, selection bias, stability of the selection"
    if context.too_few:
        return Plan("nothing", NEEDS_FOLDS)
    if not count:
        return Plan(does, "permutation of the labels: use effort thorough, or set evaluation.label_permutations")
    return Plan(f"{does}, {count:,} permutations of the labels")
