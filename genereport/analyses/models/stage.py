"""Compare classifiers over the splits, name one by a rule, freeze them, and predict the independent set once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.models.curves import curve_table, precision_recall_table, roc_table
from genereport.analyses.models.fitted import fitted_table
from genereport.analyses.models.metrics import (
    Outcome,
    confusion_table,
    error_table,
    fold_table,
    metrics_table,
    missed_by,
    prediction_table,
    tuning_table,
)
from genereport.analyses.models.naming import correct_estimate, nest_naming
from genereport.analyses.models.pairs import differences, pair_table, selection_effect_table
from genereport.analyses.models.result import Bundle, Models, NamedModel, NestedNaming
from genereport.analyses.models.thinning import describe_thinning, library_constants
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.preprocessing.stage import Unscaled, array_summaries
from genereport.analyses.resampling.stage import Resampled
from genereport.analyses.result import Skipped
from genereport.analyses.stage import NEEDS_FOLDS, Plan, PlanContext, StageContext, Upstream
from genereport.cohort.model import Cohort
from genereport.learn.archive import sha256
from genereport.learn.arrays import ON_ONE_SCALE, Arrays
from genereport.learn.engine import Tick, silent
from genereport.learn.frozen import FinalModels, LeftOut, keep_models, load_models, save_models, with_development
from genereport.learn.libraries import Libraries
from genereport.learn.manifest import MAIN, read_manifest
from genereport.learn.metrics import PRIMARY
from genereport.learn.models import NETWORK_KEYS, preference
from genereport.learn.naming import name_by_rule
from genereport.learn.preparation import Preparation
from genereport.learn.reference import Basis, Development, Figure, Measured, Reference, cloud, groups
from genereport.learn.summary import (
    PER_FOLD,
    Estimate,
    IntervalConfig,
    counted,
    cross_validated,
    fold_figures,
    on_independent_set,
)
from genereport.learn.training import predict
from genereport.settings import Settings
from genereport.stats.arrays import array_moments
from genereport.stats.intervals import corrected_resampled_t
from genereport.types import FLOOR, Array, Key

Figures = dict[Key, dict[str, Array]]

_PACKAGES = ("genereport", "numpy", "scikit-learn", "skops", "tensorflow")
_CONSTANTS = (
    "scale",
    "undo",
    "floor",
    "cap",
    "log",
    "array_scaling",
    "location",
    "spread",
    "common_floor",
    "collapse",
    "value_unit",
)


@dataclass(frozen=True)
class ModelsStage:
    """Estimates, intervals and differences of the fitted models.

    Attributes:
        settings: Settings of the run: the confidence level, the significance level at which the named model must beat
            the majority class, and the number of resamples for intervals on the independent set that have no formula.
        tick: Called with the number of fits that are done to repeat the naming, and their number in all.
    """

    settings: Settings
    tick: Tick = silent
    name: str = "models"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Models:
        """Compare on the training samples and name a model; only then predict the independent set."""
        resampled = upstream.need(Resampled)
        codes, share = resampled.codes, resampled.plan.test_share
        held, figures = resampled.pooled(), by_metric(resampled)
        cv = Outcome("cv", cohort.subset("train").expression.index, codes, cohort.classes, held)
        estimates = {
            key: cross_validated(figures[key], confusions(resampled, key), share, self.settings.tests.confidence)
            for key in figures
        }
        eligible = preference(resampled.protocol.classifiers)
        named = self._name_model(eligible, estimates, figures, share)
        final = _collect_final_models(cohort, upstream.need(Preprocessing), upstream.need(Measured), resampled)
        contents = save_models(final)
        loaded = load_models(contents)  # from here on the models as they read back from the bundle
        test = _predict_independent_set(cohort, upstream, resampled, loaded)
        judged = [metrics_table(estimates, cv), *([self._judge_models(test, rng)] if test else [])]
        metrics = pd.concat(judged, ignore_index=True)
        kept, keep = (named.model, named.features), self.settings.models.keep
        if keep != "all":
            kept_keys = (kept,) if keep == "named" else eligible
            contents = keep_models(contents, kept_keys, f"It was not kept, because models.keep is {keep}.")
        contents = with_development(contents, self._collect_development(named, metrics, simulated=cohort.simulated))
        tests = self.settings.tests
        pairs = pair_table(eligible, figures, share, test, tests.confidence)
        effect = selection_effect_table(figures, share, tests.confidence)
        return Models(
            classes=cohort.classes,
            train=len(codes),
            **_read_once(test, named),
            folds=resampled.plan.folds,
            repeats=resampled.plan.repeats,
            grouped_by=resampled.grouped_by,
            thinning=describe_thinning(resampled),
            compared=sum(key != FLOOR for key in estimates),
            named=named,
            corrected=correct_estimate(resampled, eligible, (named.model, named.features), estimates, rng),
            nested=self._repeat_naming(resampled, eligible, (named.model, named.features), rng),
            differences=differences(pairs, effect, tests.alpha),
            metrics=metrics,
            by_fold=fold_table(figures, resampled.splits),
            **self._tabulate_outcomes([cv, test] if test else [cv], resampled),
            selection_effect=effect,
            pairs=pairs,
            tuning=_tuning(resampled),
            fitted=fitted_table(resampled.final, resampled.protocol),
            curves=curve_table(resampled.folds),
            importance=_importance(resampled),
            bundle=_describe_bundle(contents, loaded.left_out),
        )

    def _repeat_naming(
        self, resampled: Resampled, eligible: tuple[Key, ...], named: Key, rng: np.random.Generator
    ) -> NestedNaming | Skipped:
        """Repeat the naming inside the training parts, if the effort allows for the time it takes."""
        if self.settings.evaluation.effort != "thorough":
            return Skipped("The naming was not repeated inside the training parts. Use effort thorough.")
        return nest_naming(resampled, eligible, named, rng, self.tick)

    def _tabulate_outcomes(self, outcomes: Sequence[Outcome], resampled: Resampled) -> dict[str, Any]:
        """Return the tables that hold cross-validation and independent set below each other, by field of `Models`."""
        folds = {"cv": resampled.held_out_in}
        columns: dict[str, Callable[[Outcome], pd.DataFrame]] = {
            "predictions": lambda each: prediction_table(each, folds.get(each.set)),
            "confusion": confusion_table,
            "roc": roc_table,
            "precision_recall": precision_recall_table,
        }
        tables = {name: pd.concat(map(table, outcomes), ignore_index=True) for name, table in columns.items()}
        return {**tables, "errors": pd.concat(map(error_table, outcomes))}

    def _name_model(
        self, eligible: tuple[Key, ...], estimates: Mapping[Key, Mapping[str, Estimate]], figures: Figures, share: float
    ) -> NamedModel:
        """Return the model named by the rule, and whether it beats the majority class."""
        named, best, error = name_by_rule({key: figures[key][PRIMARY] for key in eligible}, share)
        means = {key: estimates[key][PRIMARY].value for key in (named, best, FLOOR)}
        gain = corrected_resampled_t(
            figures[named][PRIMARY] - figures[FLOOR][PRIMARY], share, self.settings.tests.confidence
        )
        interval = estimates[named][PRIMARY].interval
        sure = interval.low > means[FLOOR] if np.isnan(gain.p) else gain.p < self.settings.tests.alpha
        beats = gain.difference > 0 and sure
        return NamedModel(
            *named, means[named], *best, means[best], error, bool(beats), float(interval.high - interval.low)
        )

    def _collect_development(self, named: NamedModel, metrics: pd.DataFrame, *, simulated: bool) -> Development:
        columns = metrics[list(Figure._fields)]
        figures = tuple(Figure(*row) for row in columns.itertuples(index=False, name=None))
        return Development(simulated, (named.model, named.features), self.settings.tests.confidence, figures)

    def _judge_models(self, outcome: Outcome, rng: np.random.Generator) -> pd.DataFrame:
        config = IntervalConfig.draw(
            outcome.codes, self.settings.tests.confidence, self.settings.evaluation.bootstrap, rng
        )
        parts = outcome.probabilities.items()
        return metrics_table({key: on_independent_set(outcome.codes, part[0], config) for key, part in parts}, outcome)


def by_metric(resampled: Resampled, kind: str = "held_out") -> Figures:
    """Return metrics of every model in every split, by metric, shape (splits,); `kind` as in `Resampled.pooled`."""
    truths = [resampled.codes[split.test] for split in resampled.splits]
    result: Figures = {}
    for key in getattr(resampled.folds[0], kind):
        parts = [getattr(fold, kind)[key] for fold in resampled.folds]
        found = [fold_figures(truth, part) for truth, part in zip(truths, parts, strict=True)]
        result[key] = {name: np.array([figures[name] for figures in found]) for name in PER_FOLD}
    return result


def confusions(resampled: Resampled, key: Key) -> Array:
    """Return the confusion matrix of a model in every split, shape (repeats, folds, classes, classes)."""
    parts = zip(resampled.splits, resampled.folds, strict=True)
    found = [counted(resampled.codes[split.test], fold.held_out[key]) for split, fold in parts]
    classes = resampled.protocol.classes
    return np.reshape(found, (resampled.plan.repeats, resampled.plan.folds, classes, classes))


def _collect_final_models(
    cohort: Cohort, preprocessing: Preprocessing, measured: Measured, resampled: Resampled
) -> FinalModels:
    """Return the final models with all that is needed to prepare a new sample for them."""
    final, protocol = resampled.final, resampled.protocol
    constants = {name: value for name, value in asdict(preprocessing).items() if name in _CONSTANTS}
    every, arrays = _for_prepared(final.preparation, len(resampled.genes)), final.preparation.arrays
    kept = arrays.columns(len(resampled.genes))
    scaled = np.ascontiguousarray(arrays.scaled(resampled.values)[:, kept])
    if isinstance(arrays, Libraries):
        constants["libraries"] = library_constants(arrays)
        if arrays.depth:
            location, spread = array_moments(scaled)
            constants |= {"location": float(np.median(location)), "spread": float(np.median(spread))}
            measured = measured._replace(prepared=array_summaries(scaled))
    main = every._replace(selected=every.selected[: protocol.settings.selection.genes])
    own: dict[str, Preparation] = {
        "/".join(key): every._replace(selected=every.selected[: choice.genes])
        for key, choice in final.choices.items()
        if key[1] == "selected" and choice.genes != protocol.settings.selection.genes
    }
    choices: dict[Key, dict[str, Any]] = {}
    if protocol.settings.tuned_genes:
        choices = {key: {"genes": choice.genes, **dict(choice.changes)} for key, choice in final.choices.items()}
    return FinalModels(
        genes=tuple(resampled.genes.index[kept]),
        classes=cohort.classes,
        preprocessing=constants,
        versions={name: metadata.version(name) for name in _PACKAGES},
        preparations={MAIN: main, **own},
        models=final.models,
        reference=Reference(
            measured,
            groups(scaled, resampled.codes),
            cloud(resampled.values, final.preparation, resampled.once),
            _basis(final.preparation.arrays),
        ),
        choices=choices,
    )


def _basis(arrays: Arrays | Libraries) -> Basis:
    if isinstance(arrays, Libraries):
        positions, reference = arrays.expressed, arrays.reference
        return Basis(positions, np.zeros(len(positions)) if reference is None else reference.counts)
    positions = np.empty(0, dtype=np.intp) if arrays.basis is None else arrays.basis
    return Basis(positions, np.zeros(len(positions)) + arrays.reference)


def _for_prepared(preparation: Preparation, genes: int) -> Preparation:
    """Return the preparation for samples that are on one scale already, with expressed genes only.

    Args:
        preparation: Preparation for samples × all offered genes, before arrays are scaled.
        genes: Number of these genes.
    """
    kept, scaling = preparation.arrays.columns(genes), preparation.scaling
    columns = np.searchsorted(kept, scaling.columns)
    return preparation._replace(scaling=scaling._replace(columns=columns), arrays=ON_ONE_SCALE)


def _predict_independent_set(
    cohort: Cohort, upstream: Upstream, resampled: Resampled, loaded: FinalModels
) -> Outcome | None:
    """Predict the independent set by the frozen models, or by the fitted model if it could not be frozen."""
    if not cohort.has_test:
        return None
    test = cohort.subset("test")
    values, final = test.expression.to_numpy(), resampled.final
    arrays = final.preparation.arrays
    if isinstance(arrays, Libraries) and arrays.depth:
        values = arrays.scaled(upstream.need(Unscaled).independent)[:, arrays.expressed]
    found = loaded.predict(values)
    views = _for_prepared(final.preparation, len(resampled.genes)).views(values) if loaded.left_out else {}
    for key in loaded.left_out:
        found[key] = predict(final.models[key], views, key, final.choices[key])
    probabilities = {key: found[key][None] for key in resampled.protocol.keys}
    return Outcome("test", test.expression.index, test.codes, cohort.classes, probabilities)


def _read_once(test: Outcome | None, named: NamedModel) -> dict[str, Any]:
    """Return the counts of the independent set by the fields of `Models`."""
    if test is None:
        return {"test": 0, "test_step": float("nan"), "named_errors": 0, "missed": 0}
    errors, size = missed_by(test, (named.model, named.features)), len(test.codes)
    return {"test": size, "test_step": 1 / size, "named_errors": errors, "missed": len(error_table(test))}


def _tuning(resampled: Resampled) -> pd.DataFrame:
    if not resampled.protocol.settings.tuned_genes:
        return tuning_table({}, {})
    keys = [key for key in resampled.protocol.keys if len(resampled.protocol.candidates(key)) > 1]
    return tuning_table({key: [fold.choices[key] for fold in resampled.folds] for key in keys}, resampled.final.choices)


def _importance(resampled: Resampled) -> pd.DataFrame:
    """Return the weight of each gene in the L1 logistic regression and in the forest when all are offered."""
    offered, models = resampled.genes.iloc[resampled.final.preparation.scaling.columns], resampled.final.models
    columns = {
        "symbol": offered["symbol"].to_numpy(),
        "l1": np.abs(models["logistic_l1", "all"].coef_).max(axis=0),
        "forest": models["random_forest", "all"].feature_importances_,
    }
    return pd.DataFrame(columns, index=offered.index.rename("gene"))


def _describe_bundle(contents: Mapping[str, bytes], lost: Mapping[Key, LeftOut]) -> Bundle:
    """Describe the files of a bundle.

    Args:
        contents: File → content.
        lost: Models that could not be frozen.
    """
    files = pd.DataFrame(
        {"size": [len(content) for content in contents.values()], "sha256": [sha256(c) for c in contents.values()]},
        index=pd.Index(list(contents), name="file"),
    )
    manifest = read_manifest(contents)
    rows = [(*entry.key, entry.file, "") for entry in manifest.models]
    rows += [(*key, "", left.reason) for key, left in lost.items()]
    models = pd.DataFrame(rows, columns=["model", "features", "file", "note"])
    dropped = sum(entry.key not in lost for entry in manifest.left_out)
    return Bundle(files, models, dropped, dict(contents))


def make_stage(context: StageContext) -> ModelsStage:
    """Return the stage with the settings of a run."""
    return ModelsStage(context.settings, context.tick("models"))


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    names = [classifier.name for classifier in context.classifiers] + [name for name, _ in NETWORK_KEYS]
    fits = sum(len(classifier.keys) for classifier in context.classifiers) + len(NETWORK_KEYS)
    does = f"{len(names)} models, {fits} combinations with feature sets: {', '.join(names)}"
    return Plan("nothing", NEEDS_FOLDS) if context.too_few else Plan(does)
