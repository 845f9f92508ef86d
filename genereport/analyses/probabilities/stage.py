"""Compare predicted probabilities with classes: calibration, logistic recalibration and net benefit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from genereport.analyses.columns import rows_with
from genereport.analyses.models.curves import calibration_table
from genereport.analyses.models.metrics import Outcome
from genereport.analyses.models.result import Models
from genereport.analyses.probabilities.result import Probabilities
from genereport.analyses.stage import NEEDS_FOLDS, Plan, PlanContext, StageContext, Upstream
from genereport.cohort.model import Cohort
from genereport.cohort.units import label_units
from genereport.learn.metrics import one_vs_rest, predicted_classes
from genereport.stats.decision import decision_curve, longest_run
from genereport.stats.recalibration import recalibration
from genereport.types import FLOOR, Array, Codes, Flags, Key

_THRESHOLDS = np.arange(1, 100) / 100
_ESTIMATES = ("intercept", "intercept_low", "intercept_high", "slope", "slope_low", "slope_high")


@dataclass(frozen=True)
class ProbabilitiesStage:
    """Reads the predictions of the models; nothing is fitted to choose or change a model.

    Attributes:
        confidence: Confidence level of the intervals.
    """

    confidence: float
    name: str = "probabilities"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Probabilities:  # noqa: ARG002
        """Compare the predicted probabilities of every set with its classes."""
        models = upstream.need(Models)
        named = models.named.model, models.named.features
        outcomes = [read_outcome(models, which) for which in ("cv", "test")[: 1 + (models.test > 0)]]
        unit = models.grouped_by or cohort.unit
        groups = [_groups(cohort, each.samples, unit) for each in outcomes]
        curves = [self._decide(each, named) for each in outcomes]
        tables = [self._recalibrate(each, members) for each, members in zip(outcomes, groups, strict=True)]
        order = pd.concat(tables, ignore_index=True)
        others = (order["model"] != named[0]) | (order["features"] != named[1])
        return Probabilities(
            classes=models.classes,
            model=named[0],
            features=named[1],
            repeats=models.repeats,
            grouped_by=unit if any(members is not None for members in groups) else "",
            sets=_summarise_sets(outcomes, named, curves),
            samples=pd.concat([_mean_probabilities(each, named) for each in outcomes]),
            bins=pd.concat([calibration_table(each, self.confidence) for each in outcomes], ignore_index=True),
            recalibration=pd.concat([order[~others], order[others]], ignore_index=True),
            decision=pd.concat(curves, ignore_index=True),
        )

    def _recalibrate(self, outcome: Outcome, groups: Codes | None) -> pd.DataFrame:
        rows = []
        truths = one_vs_rest(outcome.codes, len(outcome.classes))
        first = len(outcome.classes) - truths.shape[1]
        for key, repeats in outcome.probabilities.items():
            for position, positive in enumerate(truths.T, start=first):
                if key == FLOOR:
                    continue
                found = recalibration(repeats[:, :, position].mean(axis=0), positive, self.confidence, groups)
                estimates = (found.intercept, *found.intercept_interval, found.slope, *found.slope_interval)
                verdicts = (
                    _judge(found.intercept_interval, 0, "too high", "too low"),
                    _judge(found.slope_interval, 1, "too extreme", "too moderate"),
                )
                head = (*key, outcome.set, outcome.classes[position], len(positive), int(positive.sum()))
                rows.append((*head, *estimates, *verdicts, found.reason))
        columns = ["model", "features", "set", "class", "n", "events", *_ESTIMATES, "level", "spread", "reason"]
        return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(_ESTIMATES, "float64"))

    def _decide(self, outcome: Outcome, named: Key) -> pd.DataFrame:
        """Return the decision curve of the named model; no rows with several classes, or where one is absent."""
        columns = ["set", "threshold", "net_benefit", "ci_low", "ci_high", "all"]
        positive = outcome.codes == 1
        if len(outcome.classes) > 2 or positive.all() or not positive.any():
            return pd.DataFrame({name: pd.Series(dtype="str" if name == "set" else "float64") for name in columns})
        p = outcome.probabilities[named][:, :, 1].mean(axis=0)
        curve = decision_curve(p, positive, _THRESHOLDS, self.confidence)
        parts = (curve.net_benefit, curve.low, curve.high, curve.all)
        return pd.DataFrame(
            {"set": outcome.set, "threshold": _THRESHOLDS, **dict(zip(columns[2:], parts, strict=True))}
        )


def _judge(interval: tuple[float, float], ideal: float, below: str, above: str) -> str:
    """Return on which side of the ideal an interval lies; empty if there is none."""
    low, high = interval
    if np.isnan(low):
        return ""
    return below if high < ideal else above if low > ideal else "right"


def read_outcome(models: Models, which: str) -> Outcome:
    """Return the predictions of one set as the table of predictions holds them."""
    table = rows_with(models.predictions, set=which)
    columns = [f"p_{name}" for name in models.classes]
    first = rows_with(table, model=models.named.model, features=models.named.features, repeat=table["repeat"].min())
    codes = pd.Categorical(first["truth"], categories=list(models.classes)).codes.astype(np.intp)
    shape = (-1, len(first), len(columns))
    probabilities: dict[Key, Array] = {
        (str(model), str(features)): part[columns].to_numpy(dtype=float).reshape(shape)
        for (model, features), part in table.groupby(["model", "features"], sort=False)
    }
    return Outcome(which, pd.Index(first["sample"]), codes, models.classes, probabilities)


def _groups(cohort: Cohort, samples: pd.Index, unit: str) -> Codes | None:
    """Return the unit of each sample; None if no two share one."""
    if not unit:
        return None
    codes = pd.factorize(label_units(cohort.samples.loc[samples, unit]))[0]
    return np.asarray(codes, dtype=np.intp) if len(np.unique(codes)) < len(codes) else None


def _mean_probabilities(outcome: Outcome, named: Key) -> pd.DataFrame:
    mean = outcome.probabilities[named].mean(axis=0)
    names, predicted = np.array(outcome.classes, dtype=object), predicted_classes(mean)
    columns = {
        "set": outcome.set,
        "class": names[outcome.codes],
        "predicted": names[predicted],
        "correct": np.where(predicted == outcome.codes, "yes", "no"),
        **{f"p_{name}": column for name, column in zip(outcome.classes, mean.T, strict=True)},
    }
    return pd.DataFrame(columns, index=outcome.samples.rename("sample"))


def _summarise_sets(outcomes: list[Outcome], named: Key, curves: list[pd.DataFrame]) -> pd.DataFrame:
    rows = {}
    for outcome, curve in zip(outcomes, curves, strict=True):
        wrong: Flags = predicted_classes(outcome.probabilities[named].mean(axis=0)) != outcome.codes
        useful = longest_run(*(curve[name].to_numpy() for name in ("threshold", "net_benefit", "all")))
        rows[outcome.set] = (len(outcome.codes), int(wrong.sum()), *useful)
    columns = ["n", "errors", "useful_from", "useful_to"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis(index="set")


def make_stage(context: StageContext) -> ProbabilitiesStage:
    """Return the stage with the settings of a run."""
    return ProbabilitiesStage(context.settings.tests.confidence)


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    if context.too_few:
        return Plan("nothing", NEEDS_FOLDS)
    does = "calibration and logistic recalibration of the predicted probabilities"
    if len(context.cohort.classes) > 2:
        return Plan(does, "the decision curve, which needs two classes")
    return Plan(f"{does}, decision curve of the named model")
