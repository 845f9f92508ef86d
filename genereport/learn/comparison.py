"""Fits every classifier on a training part and predicts the held-out samples; nothing of the latter steers anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from genereport.learn.filters import VarianceFilter, WelchFilter
from genereport.learn.models import CLASSIFIERS, NETWORKS
from genereport.learn.network import Network, Recipe, Task, train_networks
from genereport.learn.probes import Probes, representatives
from genereport.learn.resampling import Rows, Split
from genereport.learn.rfe import GramRFE
from genereport.settings import ModelSettings
from genereport.stats.components import principal_components

Matrix = npt.NDArray[np.float64]
Key = tuple[str, str]  # model, features
Probabilities = dict[Key, Matrix]


def scaler() -> Pipeline:
    """Median imputation, then standardisation of every gene; fitted on the training part."""
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())


class Chosen(NamedTuple):
    """Genes chosen on a training part, as column positions.

    Attributes:
        best: The chosen genes, best first.
        pvalues: Welch p-value of each gene that passed the variance filter, NaN for the others; shape (p,).
        ranks: Rank in the elimination, 1 = left last; NaN for genes that did not enter; shape (p,).
    """

    best: Rows
    pvalues: Matrix
    ranks: Matrix


def choose_genes(
    values: Matrix, codes: Rows, quantile: float, candidates: int, genes: int, probes: Probes | None = None
) -> Chosen:
    """Imputation → variance filter → Welch's test → recursive feature elimination, all on one training part.

    Args:
        values: Training samples × genes, shape (n, p); NaN is missing.
        codes: Their classes, shape (n,).
        quantile: Share of the genes with the smallest variance to drop.
        candidates: Genes with the smallest p-values that enter the elimination.
        genes: Genes to keep.
        probes: The gene of each column, and which of its columns to work with; None: all.
    """
    columns = representatives(values, probes)
    steps: list[tuple[str, Any]] = [
        ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
        ("variance", VarianceFilter(quantile)),
        ("test", WelchFilter(candidates)),
        ("scale", StandardScaler()),
        ("rfe", GramRFE(genes)),
    ]
    fitted = Pipeline(steps).fit(values[:, columns], codes)
    passed = _positions(fitted["variance"], columns)
    entered = _positions(fitted["test"], passed)
    order = np.argsort(fitted["rfe"].ranking_)
    pvalues, ranks = np.full((2, values.shape[1]), np.nan)
    pvalues[passed] = fitted["test"].pvalues_
    ranks[entered] = fitted["rfe"].ranking_
    return Chosen(entered[order[:genes]], pvalues, ranks)


def _positions(selector: SelectorMixin, positions: Rows) -> Rows:
    return np.asarray(positions[selector.get_support()])


class View(NamedTuple):
    """The training and the held-out samples in one set of features."""

    train: Matrix
    held_out: Matrix


Views = dict[str, View]


def make_views(values: Matrix, split: Split, chosen: Rows, share: float, probes: Probes | None = None) -> Views:
    """All genes, the chosen ones, and components that explain `share` of the variance; fitted on ``split.train``."""
    columns = representatives(values[split.train], probes)
    places = np.searchsorted(columns, chosen)
    values = values[:, columns]
    scale = scaler().fit(values[split.train])
    everything = View(scale.transform(values[split.train]), _transformed(scale, values[split.test]))
    pca = principal_components(everything.train)
    needed = pca.needed(share)
    return {
        "all": everything,
        "selected": View(*(part[:, places] for part in everything)),
        "components": View(*(pca.project(part)[:, :needed] for part in everything)),
    }


def _transformed(scale: Pipeline, rows: Matrix) -> Matrix:
    return np.asarray(scale.transform(rows)) if len(rows) else rows  # scikit-learn refuses to transform no rows


def fit_classifiers(views: Views, codes: Rows, settings: ModelSettings, seed: int) -> dict[Key, Any]:
    """Every classifier fitted on the training part of every view it is for; `codes` are the training classes."""
    return {
        (classifier.name, features): classifier.build(settings, codes, seed).fit(views[features].train, codes)
        for classifier in CLASSIFIERS
        for features in classifier.features
    }


def predict(models: dict[Key, Any], views: Views) -> Probabilities:
    """Class probabilities of the held-out samples, shape (m, classes), by model and features."""
    return {key: model.predict_proba(views[key[1]].held_out) for key, model in models.items()}


def compare(
    values: Matrix,
    codes: Rows,
    splits: Sequence[Split],
    chosen: Sequence[Rows],
    share: float,
    settings: ModelSettings,
    seeds: Sequence[int],
    probes: Probes | None = None,
) -> tuple[list[Probabilities], list[dict[str, Network]]]:
    """Predictions for the held-out samples of every split, by every model, and the networks behind two of them.

    The splits run in parallel under the caller's ``joblib.parallel_config``; the networks of all splits are trained
    together afterwards, in this process. Results depend on neither.

    Args:
        values: Samples × genes, shape (n, p); NaN is missing.
        codes: Classes 0 … k − 1, shape (n,).
        splits: Training and held-out rows.
        chosen: Columns chosen on each training part.
        share: Share of the variance that the components explain.
        settings: Of the models.
        seeds: One per split.
        probes: The gene of each column, and which of its columns to work with; None: all.
    """
    jobs = zip(splits, chosen, seeds, strict=True)
    outcomes: list[tuple[Probabilities, Views]] = Parallel()(
        delayed(_compare_once)(values, codes, split, columns, share, settings, seed, probes)
        for split, columns, seed in jobs
    )
    tasks = [
        Task(view.train, codes[split.train], view.held_out, codes[split.test], seed)
        for (_, views), split, seed in zip(outcomes, splits, seeds, strict=True)
        for view in views.values()
    ]
    trained = iter(train_networks(tasks, recipe(settings, int(codes.max()) + 1)))
    networks = [{features: next(trained) for features in views} for _, views in outcomes]
    for (probabilities, views), fitted in zip(outcomes, networks, strict=True):
        probabilities.update(predict_networks(fitted, views))
    return [probabilities for probabilities, _ in outcomes], networks


def predict_networks(networks: dict[str, Network], views: Views) -> Probabilities:
    """Class probabilities of the held-out samples by the networks, keyed as the other models are."""
    return {
        (NETWORKS[features], features): network.predict(views[features].held_out)
        for features, network in networks.items()
    }


def recipe(settings: ModelSettings, classes: int) -> Recipe:
    """How the networks are built and trained under these settings."""
    return Recipe(classes, settings.hidden, settings.epochs, settings.batch_size, settings.learning_rate)


def _compare_once(
    values: Matrix,
    codes: Rows,
    split: Split,
    chosen: Rows,
    share: float,
    settings: ModelSettings,
    seed: int,
    probes: Probes | None,
) -> tuple[Probabilities, Views]:
    views = make_views(values, split, chosen, share, probes)
    probabilities = predict(fit_classifiers(views, codes[split.train], settings, seed), views)
    return probabilities, {features: views[features] for features in NETWORKS}
