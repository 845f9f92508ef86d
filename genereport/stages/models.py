"""The classifiers: compared over the splits, named by a rule, then read once on the independent set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from genereport.cohort.model import Cohort
from genereport.learn.comparison import (
    Key,
    compare,
    fit_classifiers,
    make_views,
    predict,
    predict_networks,
    recipe,
)
from genereport.learn.metrics import PRIMARY
from genereport.learn.models import FLOOR, NETWORKS, PREFERENCE
from genereport.learn.network import Task, train_networks
from genereport.learn.probes import representatives
from genereport.learn.resampling import Rows, Split, SplitPlan
from genereport.learn.summary import PER_FOLD, Doubt, Estimate, cross_validated, fold_figures, on_independent_set
from genereport.results import Models, NamedModel, Selection
from genereport.settings import Collapse, Effort, ModelSettings
from genereport.stages.base import Upstream, probes_of
from genereport.stages.model_tables import (
    Outcome,
    confusion_table,
    curve_table,
    error_table,
    fold_table,
    metrics_table,
    pooled,
    prediction_table,
    roc_table,
    selection_effect_table,
)
from genereport.stats.intervals import corrected_resampled_t

Matrix = npt.NDArray[np.float64]
Figures = dict[Key, dict[str, Matrix]]

_LEFT_OUT: dict[Effort, tuple[str, ...]] = {
    "quick": ("Only one repeat of the cross-validation was run, so its figures depend on one random partition.",),
    "standard": (),
}


@dataclass(frozen=True)
class ModelsStage:
    """Repeated stratified cross-validation of every classifier on every set of features."""

    plan: SplitPlan
    settings: ModelSettings
    share: float
    effort: Effort
    confidence: float
    alpha: float
    bootstrap: int
    collapse: Collapse = "none"
    name: str = "models"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Models:
        """Compare on the training samples with the genes chosen in each split; then predict the independent set."""
        selection = upstream.need(Selection)
        train = cohort.subset("train")
        codes, splits = train.codes, self.plan.splits(train.codes)
        *seeds, final_seed = (int(seed) for seed in rng.integers(0, 2**31, len(splits) + 1))
        chosen = _columns_by_split(train, selection)
        values = train.expression.to_numpy()
        probes = probes_of(train, self.collapse)
        by_split, networks = compare(values, codes, splits, chosen, self.share, self.settings, seeds, probes)
        held = pooled(by_split, splits, self.plan.repeats, len(codes))
        cv = Outcome("cv", train.expression.index, codes, cohort.classes, held)
        figures = {key: _by_metric([part[key] for part in by_split], splits, codes) for key in by_split[0]}
        doubt = Doubt.draw(codes, self.confidence, self.bootstrap, rng)
        estimates = {
            key: cross_validated(figures[key], codes, held[key], self.plan.test_share, doubt) for key in figures
        }
        named = self._name(estimates, figures)  # before the independent set is read
        test, importance = self._final(cohort, selection, final_seed)
        outcomes = [cv, test] if test else [cv]
        judged = [metrics_table(estimates, cv), *([self._judge(test, rng)] if test else [])]
        return Models(
            classes=cohort.classes,
            train=len(codes),
            test=len(test.codes) if test else 0,
            folds=self.plan.folds,
            repeats=self.plan.repeats,
            left_out=_LEFT_OUT[self.effort],
            named=named,
            metrics=pd.concat(judged, ignore_index=True),
            by_fold=fold_table(figures, splits),
            predictions=pd.concat([prediction_table(outcome) for outcome in outcomes], ignore_index=True),
            confusion=pd.concat([confusion_table(outcome) for outcome in outcomes], ignore_index=True),
            roc=pd.concat([roc_table(outcome) for outcome in outcomes], ignore_index=True),
            selection_effect=selection_effect_table(figures, self.plan, self.confidence),
            curves=curve_table(networks),
            importance=importance,
            errors=pd.concat([error_table(outcome, FLOOR) for outcome in outcomes]),
        )

    def _name(self, estimates: Mapping[Key, Mapping[str, Estimate]], figures: Figures) -> NamedModel:
        """The first eligible model within one corrected standard error of the best eligible one."""
        means = {key: estimates[key][PRIMARY].value for key in PREFERENCE}
        best = max(means, key=lambda key: means[key])
        values = figures[best][PRIMARY]
        error = float(np.sqrt(values.var(ddof=1) * (1 / len(values) + self.plan.test_share)))
        named = next(key for key in PREFERENCE if means[key] >= means[best] - error)
        gain = corrected_resampled_t(values - figures[FLOOR, "all"][PRIMARY], self.plan.test_share, self.confidence)
        beats = gain.difference > 0 and (np.isnan(gain.p) or gain.p < self.alpha)
        return NamedModel(*named, means[named], *best, means[best], error, bool(beats))

    def _final(self, cohort: Cohort, selection: Selection, seed: int) -> tuple[Outcome | None, pd.DataFrame]:
        """Fit every model on the whole training set; predict the independent set, if there is one."""
        is_train = (cohort.samples["set"] == "train").to_numpy()
        split = Split(0, 0, np.flatnonzero(is_train), np.flatnonzero(~is_train))
        chosen = cohort.expression.columns.get_indexer(pd.Index(selection.chosen))
        probes = probes_of(cohort, self.collapse)
        views = make_views(cohort.expression.to_numpy(), split, chosen, self.share, probes)
        codes = cohort.codes[split.train]
        models = fit_classifiers(views, codes, self.settings, seed)
        offered = representatives(cohort.expression.to_numpy()[split.train], probes)
        importance = _importance(cohort.genes.iloc[offered], models)
        if not cohort.has_test:
            return None, importance
        nothing = np.empty(0, dtype=np.intp)
        tasks = [
            Task(views[features].train, codes, views[features].held_out[:0], nothing, seed) for features in NETWORKS
        ]
        networks = dict(zip(NETWORKS, train_networks(tasks, recipe(self.settings, len(cohort.classes))), strict=True))
        found = predict(models, views) | predict_networks(networks, views)
        samples, truth = cohort.expression.index[split.test], cohort.codes[split.test]
        return Outcome(
            "test", samples, truth, cohort.classes, {key: part[None] for key, part in found.items()}
        ), importance

    def _judge(self, outcome: Outcome, rng: np.random.Generator) -> pd.DataFrame:
        doubt = Doubt.draw(outcome.codes, self.confidence, self.bootstrap, rng)
        parts = outcome.probabilities.items()
        return metrics_table({key: on_independent_set(outcome.codes, part[0], doubt) for key, part in parts}, outcome)


def _columns_by_split(train: Cohort, selection: Selection) -> list[Rows]:
    chosen = selection.by_fold.groupby(level="split")["gene"]
    return [train.expression.columns.get_indexer(pd.Index(genes)) for _, genes in chosen]


def _by_metric(parts: list[Matrix], splits: tuple[Split, ...], codes: Rows) -> dict[str, Matrix]:
    found = [fold_figures(codes[split.test], part) for part, split in zip(parts, splits, strict=True)]
    return {name: np.array([figures[name] for figures in found]) for name in PER_FOLD}


def _importance(genes: pd.DataFrame, models: Mapping[Key, Any]) -> pd.DataFrame:
    """What the sparse logistic regression and the forest make of each gene when all are offered."""
    columns = {
        "symbol": genes["symbol"].to_numpy(),
        "l1": np.abs(models["logistic_l1", "all"].coef_).max(axis=0),
        "forest": models["random_forest", "all"].feature_importances_,
    }
    return pd.DataFrame(columns, index=genes.index.rename("gene"))
