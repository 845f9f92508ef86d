"""Read the named model back from its frozen file, and collect its predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from genereport.analyses.columns import rows_with
from genereport.analyses.differential.result import Differential
from genereport.analyses.models.result import Models
from genereport.analyses.named_model.result import Kind, NamedWeights
from genereport.analyses.resampling.stage import Resampled
from genereport.analyses.stage import NEEDS_FOLDS, Plan, PlanContext, StageContext, Upstream
from genereport.cohort.model import Cohort
from genereport.learn.calibration import Calibrated
from genereport.learn.centroids import ShrunkenCentroids
from genereport.learn.forest import Forest
from genereport.learn.frozen import FinalModels, load_models
from genereport.learn.l1 import L1LogisticRegression
from genereport.learn.network import Network
from genereport.types import Array, Key

_CHOSEN, _CONSTANTS = ["symbol", "logFC", "times", "frequency"], ["mean", "sd", "median"]


class _Parts(NamedTuple):
    """What is read from a model: its kind, the weights of its genes, its scores by class, and single numbers."""

    kind: Kind
    weights: dict[str, Array]  # column → one value per gene
    strength: Array | None  # size of the weight of each gene; None: there are no weights
    terms: pd.DataFrame
    facts: dict[str, Any]


@dataclass(frozen=True)
class NamedModelStage:
    """Opens the frozen named model: its genes, their weights, and the constants of its predictions."""

    name: str = "named_model"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> NamedWeights:  # noqa: ARG002
        """Read the model from the bundle alone; what was fitted is not looked at again."""
        models, resampled = upstream.need(Models), upstream.need(Resampled)
        key = (models.named.model, models.named.features)
        final = load_models(models.bundle.contents, only=key)
        genes = _describe_genes(final, key, resampled, upstream.get(Differential))
        parts = _read_parts(final, key)
        strength = np.ones(len(genes)) if parts.strength is None else parts.strength
        order = np.argsort(-strength, kind="stable")
        table = pd.concat([genes[_CHOSEN], pd.DataFrame(parts.weights, index=genes.index), genes[_CONSTANTS]], axis=1)
        used = strength > 0
        facts: dict[str, Any] = {
            "threshold": np.nan,
            "trees": 0,
            "vectors": 0,
            "gamma": np.nan,
            "layers": (),
        } | parts.facts
        return NamedWeights(
            model=key[0],
            features=key[1],
            classes=cohort.classes,
            frozen=key in final.models,
            kind=parts.kind,
            given=len(genes),
            used=int(used.sum()),
            components=len(final.preparations[final.preparation(key)].axes) if key[1] == "components" else 0,
            **facts,
            parts=len(resampled.folds),
            steady=int((genes["times"].to_numpy()[used] == len(resampled.folds)).sum()),
            genes=table.iloc[order],
            terms=parts.terms,
            predictions=_tabulate_predictions(models),
        )


def _describe_genes(
    final: FinalModels, key: Key, resampled: Resampled, differential: Differential | None
) -> pd.DataFrame:
    """Return the genes that the model is given, in their order, with the constants that standardise them."""
    preparation = final.preparations[final.preparation(key)]
    scaling = preparation.scaling
    own = preparation.selected if key[1] == "selected" else np.arange(len(scaling.columns))
    ids = pd.Index([final.genes[column] for column in scaling.columns[own]], name="gene", dtype=str)
    effect = pd.Series(np.nan, index=ids)
    if differential is not None and "logFC" in differential.table:
        effect = differential.table["logFC"].reindex(ids)
    times = _count_choices(resampled, key).reindex(ids, fill_value=0).to_numpy()
    columns = {
        "symbol": resampled.genes["symbol"].reindex(ids).to_numpy(),
        "logFC": effect.to_numpy(),
        "times": times,
        "frequency": times / len(resampled.folds),
        "mean": scaling.centre[own],
        "sd": scaling.spread[own],
        "median": scaling.medians[own],
    }
    return pd.DataFrame(columns, index=ids)


def _count_choices(resampled: Resampled, key: Key) -> pd.Series[int]:
    """Return in how many training parts the model was given each gene."""
    times = np.zeros(len(resampled.genes), dtype=np.int64)
    for fold in resampled.folds:
        chosen = fold.chosen.path[: fold.choices[key].genes]
        times[chosen if key[1] == "selected" else fold.preparation.scaling.columns] += 1
    return pd.Series(times, index=resampled.genes.index)


def _read_parts(final: FinalModels, key: Key) -> _Parts:
    readers: dict[type, Callable[[Any, tuple[str, ...]], _Parts]] = {
        ShrunkenCentroids: _read_centroids,
        L1LogisticRegression: _read_logistic,
        LogisticRegression: _read_logistic,
        Forest: _read_forest,
        Calibrated: _read_calibrated,
        Network: _read_network,
    }
    model = final.models.get(key)
    return readers.get(type(model), _read_other)(model, final.classes)


def _read_other(model: Any, classes: tuple[str, ...]) -> _Parts:  # noqa: ARG001 - as the other readers
    return _Parts("other", {}, None, _terms(()), {})


def _terms(classes: tuple[str, ...], **columns: Any) -> pd.DataFrame:
    """Return the constants of each score; columns that a model lacks are NaN."""
    names = ("intercept", "prior", "slope", "offset")
    values = {name: np.broadcast_to(columns.get(name, np.nan), len(classes)).astype(float) for name in names}
    return pd.DataFrame(values, index=pd.Index(classes, name="class", dtype=str))


def _read_centroids(model: ShrunkenCentroids, classes: tuple[str, ...]) -> _Parts:
    centroids = {f"centroid_{name}": row for name, row in zip(classes, model.centroids_, strict=True)}
    spread = np.ptp(model.centroids_, axis=0) / model.spread_
    return _Parts(
        "centroids",
        {**centroids, "within": model.spread_},
        spread,
        _terms(classes, prior=model.priors_),
        {"threshold": model.threshold_},
    )


def _read_logistic(model: Any, classes: tuple[str, ...]) -> _Parts:
    binary = len(classes) == 2
    scored = classes[1:] if binary else classes
    names = ["coefficient"] if binary else [f"coefficient_{name}" for name in classes]
    weights = dict(zip(names, model.coef_, strict=True))
    return _Parts("logistic", weights, np.abs(model.coef_).max(axis=0), _terms(scored, intercept=model.intercept_), {})


def _read_forest(model: Forest, classes: tuple[str, ...]) -> _Parts:  # noqa: ARG001 - as the other readers
    importance = model.feature_importances_
    return _Parts("forest", {"importance": importance}, importance, _terms(()), {"trees": len(model.estimators_)})


def _read_calibrated(model: Calibrated, classes: tuple[str, ...]) -> _Parts:
    machine = model.estimator_
    if machine.kernel != "rbf":
        return _read_other(model, classes)
    scored = classes[1:] if len(classes) == 2 else classes
    terms = _terms(scored, slope=model.slopes_, offset=model.offsets_)
    facts = {"vectors": len(machine.support_vectors_), "gamma": float(machine._gamma)}
    return _Parts("svm", {}, None, terms, facts)


def _read_network(model: Network, classes: tuple[str, ...]) -> _Parts:  # noqa: ARG001 - as the other readers
    sizes = (len(model.layers[0][0]), *(len(biases) for _, biases in model.layers))
    return _Parts("network", {}, None, _terms(()), {"layers": sizes})


def _tabulate_predictions(models: Models) -> pd.DataFrame:
    """Return one row per sample: its mean probabilities, and how often each class was predicted."""
    own = rows_with(models.predictions, model=models.named.model, features=models.named.features)
    probabilities = [f"p_{name}" for name in models.classes]
    grouped = own.groupby(["set", "sample"], sort=False)
    frame = grouped[probabilities].mean()
    said = pd.DataFrame({name: own["predicted"] == name for name in models.classes})
    votes = said.groupby([own["set"], own["sample"]], sort=False).sum().to_numpy().T
    truth = grouped["truth"].first().to_numpy()
    code = np.array([models.classes.index(name) for name in truth])
    rows = np.arange(len(frame))
    # A class that is predicted as often as another comes second if its mean probability is smaller.
    likeliest = np.lexsort((frame.to_numpy().T, votes), axis=0)[-1]
    columns = {
        "set": frame.index.get_level_values("set"),
        "class": truth,
        "predicted": np.array(models.classes, dtype=object)[likeliest],
        "p_truth": frame.to_numpy()[rows, code],
        **{name: frame[name].to_numpy() for name in probabilities},
        **{f"n_{name}": row for name, row in zip(models.classes, votes, strict=True)},
        "missed": votes[code, rows] * 2 < votes.sum(axis=0),
    }
    return pd.DataFrame(columns, index=pd.Index(frame.index.get_level_values("sample"), name="sample"))


def make_stage(context: StageContext) -> NamedModelStage:  # noqa: ARG001 - it has no settings of its own
    """Return the stage."""
    return NamedModelStage()


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    does = "genes and weights of the named model, and its prediction for each sample"
    return Plan("nothing", NEEDS_FOLDS) if context.too_few else Plan(does)
