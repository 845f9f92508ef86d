"""Everything that is done on one training part: preparation, tuning inside it, and fitting of every classifier."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from genereport.learn.arrays import NO_RULE, ArrayRule, fit_arrays
from genereport.learn.inside import ChoosesInside, TrainingData, inner_rows
from genereport.learn.metrics import PRIMARY, confusion, label_metrics, predicted_classes, squared_errors
from genereport.learn.models import CLASSIFIERS, NETWORK_GRID, NETWORK_KEYS, Changes, Classifier
from genereport.learn.network import MlpConfig, Network, Task, train_networks
from genereport.learn.preparation import (
    FEATURES,
    Chosen,
    Preparation,
    Views,
    choose,
    fit_scaling,
    nothing_chosen,
    prepare,
)
from genereport.learn.probes import Probes
from genereport.learn.resampling import stratified_holdout
from genereport.settings import ModelSettings, Settings
from genereport.types import STOPPING_SHARE, Array, Codes, Key, Positions

Probabilities = dict[Key, Array]

MOST_KEPT = 2**25
"""Bytes of training samples × genes above which inner splits do not keep the standardised values of all genes."""


class Choice(NamedTuple):
    """What tuning chose for a model: the number of selected genes, and changes to the settings."""

    genes: int
    changes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Protocol:
    """Everything that is fixed before any sample is used.

    Attributes:
        settings: How genes are chosen, how models are fitted, and what is tuned.
        classifiers: Classifiers that are compared, besides the networks.
        probes: The gene of each column, and the rule that picks one column per gene; None: all columns are used.
        classes: Number of classes.
        arrays: How arrays are brought to one scale, and which genes count as expressed.
    """

    settings: Settings
    classifiers: tuple[Classifier, ...] = CLASSIFIERS
    probes: Probes | None = None
    classes: int = 2
    arrays: ArrayRule = NO_RULE

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every model on each of its sets of features, in the order of the tables."""
        floor = [key for c in self.classifiers if c.features == ("all",) for key in c.keys]
        others = [key for c in self.classifiers if c.features != ("all",) for key in c.keys]
        return (*others, *floor, *NETWORK_KEYS)

    @property
    def most(self) -> int:
        """The largest number of selected genes that a model may use."""
        return max(self.settings.selection.genes, *self.settings.tuned_genes, 0)

    @property
    def default(self) -> Choice:
        """The choice for a model where nothing is tuned."""
        return Choice(self.settings.selection.genes)

    def candidates(self, key: Key) -> tuple[Choice, ...]:
        """Return the candidates that tuning compares for a model; only one where nothing is tuned."""
        tuned = self.settings.tuned_genes
        if not tuned:
            return (self.default,)
        genes = tuned if key[1] == "selected" else (self.settings.selection.genes,)
        return tuple(Choice(size, tuple(changes.items())) for size in genes for changes in self._tuning_grid(key))

    def _tuning_grid(self, key: Key) -> Sequence[Changes]:
        if key in NETWORK_KEYS:
            return NETWORK_GRID
        return next(classifier.grid for classifier in self.classifiers if classifier.name == key[0])

    def mlp_config(self) -> MlpConfig:
        """Return how the networks are built and trained."""
        s = self.settings.models
        balanced = s.class_weight == "balanced"
        return MlpConfig(
            self.classes, s.hidden, s.epochs, s.batch_size, s.learning_rate, balanced, s.dropout, s.patience
        )

    def build(self, key: Key, choice: Choice, codes: Codes, seed: int) -> Any:
        """Return the unfitted classifier of a model, for training samples of classes `codes`, shape (n,)."""
        classifier = next(classifier for classifier in self.classifiers if classifier.name == key[0])
        return classifier.build(self.changed(choice), codes, seed)

    def changed(self, choice: Choice) -> ModelSettings:
        """Return the model settings with the changes that tuning chose."""
        return self.settings.models.model_copy(update=dict(choice.changes))


class Part(NamedTuple):
    """One training part, prepared once for all its models.

    Attributes:
        codes: Classes of its samples, shape (n,).
        chosen: The elimination path.
        preparation: Scaling, selected genes (as many as any model may use) and axes.
        views: Its samples in every set of features.
    """

    codes: Codes
    chosen: Chosen
    preparation: Preparation
    views: Views

    @classmethod
    def of(
        cls,
        values: Array,
        codes: Codes,
        protocol: Protocol,
        features: Collection[str] = FEATURES,
        chosen: Chosen | None = None,
    ) -> Part:
        """Prepare training samples × genes, shape (n, p), with classes `codes`, shape (n,).

        Args:
            values: The samples.
            codes: Their classes.
            protocol: How to prepare.
            features: Sets of features that are used; no genes are chosen, and no axes computed, for others.
            chosen: Genes chosen on the same samples, as `chosen_on` returns them, if they are known already.
        """
        arrays = fit_arrays(values, codes, protocol.arrays)
        scaled = arrays.scaled(values)
        scaling = fit_scaling(scaled, protocol.probes, arrays.expressed)
        if "selected" not in features:
            chosen = nothing_chosen(values)
        elif chosen is None:
            chosen = choose(scaled, codes, protocol.settings, scaling)
        share = protocol.settings.components.variance if "components" in features else None
        preparation = prepare(scaled, scaling, chosen.path[: protocol.most], share, arrays)
        return cls(codes, chosen, preparation, preparation.views(values))


def chosen_on(values: Array, codes: Codes, protocol: Protocol) -> Chosen:
    """Choose genes on samples × genes, shape (n, p), with classes `codes`, shape (n,)."""
    arrays = fit_arrays(values, codes, protocol.arrays)
    scaled = arrays.scaled(values)
    return choose(scaled, codes, protocol.settings, fit_scaling(scaled, protocol.probes, arrays.expressed))


class LazyViews(Mapping[str, Array]):
    """Views of samples that are computed anew whenever all genes are asked for, and do not stay in memory.

    Attributes:
        preparation: What transforms the samples.
        samples: Training samples × genes, of which some rows are viewed, shape (n, p).
        rows: Positions of these.
    """

    def __init__(self, preparation: Preparation, values: Array, rows: Positions) -> None:
        self.preparation, self.samples, self.rows = preparation, values, rows
        self._small = {name: view for name, view in preparation.views(values[rows]).items() if name != "all"}

    def __getitem__(self, features: str) -> Array:
        """Return the view."""
        return self.preparation.standardised(self.samples[self.rows]) if features == "all" else self._small[features]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the views."""
        return iter(("all", *self._small))

    def __len__(self) -> int:
        """Return the number of the views."""
        return 1 + len(self._small)


class InnerData(Sequence[TrainingData]):
    """The training data of a model in every inner split, each made when it is asked for.

    Attributes:
        inner: The splits.
        key: Model and features.
        choice: What tuning chose for it.
    """

    def __init__(self, inner: Sequence[Inner], key: Key, choice: Choice) -> None:
        self.inner, self.key, self.choice = inner, key, choice

    def __len__(self) -> int:
        """Return the number of splits."""
        return len(self.inner)

    def __getitem__(self, number: Any) -> Any:
        """Return the data of a split, or of a slice of the splits."""
        if isinstance(number, slice):
            return InnerData(self.inner[number], self.key, self.choice)
        return self.inner[number].training_data(self.key, self.choice)


class Inner(NamedTuple):
    """One split inside a training part, prepared, with its held-out samples."""

    part: Part
    held: Views
    rows: Positions  # held-out rows of the training part
    groups: Codes | None = None  # groups of the samples of its own training part

    def training_data(self, key: Key, choice: Choice) -> TrainingData:
        """Return the training data of a model in this split."""
        x, held = (seen(views[key[1]], key, choice) for views in (self.part.views, self.held))
        return TrainingData(x, self.part.codes, held, self.rows, self.groups)


def inner_splits(
    values: Array,
    codes: Codes,
    protocol: Protocol,
    seed: int,
    groups: Codes | None = None,
    features: Collection[str] = FEATURES,
) -> list[Inner]:
    """Return the splits by which tuning, calibration and thresholds are chosen, everything prepared anew inside each.

    Args:
        values: Training samples × genes, shape (n, p).
        codes: Their classes, shape (n,).
        protocol: How many folds, and how to prepare.
        seed: Seed of the folds.
        groups: Group of each sample, shape (n,): samples of one group are never separated.
        features: Sets of features that are used.

    Returns:
        The splits; empty if a class would be left with one sample.
    """
    folds = protocol.settings.evaluation.inner_folds
    found = []
    for rows, held in inner_rows(codes, folds, seed, groups):
        part = Part.of(values[rows], codes[rows], protocol, features)
        own = None if groups is None else groups[rows]
        if values.nbytes > MOST_KEPT:
            part = part._replace(views=LazyViews(part.preparation, values, rows))
            found.append(Inner(part, LazyViews(part.preparation, values, held), held, own))
        else:
            found.append(Inner(part, part.preparation.views(values[held]), held, own))
    return found


def seen(view: Array, key: Key, choice: Choice) -> Array:
    """Return the features that a model uses: the whole set, or as many of the selected genes as were chosen."""
    return view[:, : choice.genes] if key[1] == "selected" else view


def fit(estimator: Any, x: Array, codes: Codes, inner: Sequence[TrainingData] = ()) -> Any:
    """A classifier fitted on the samples of a training part; what it chooses itself it chooses on the inner data."""
    return estimator.fit(x, codes, inner=inner) if isinstance(estimator, ChoosesInside) else estimator.fit(x, codes)


def chooses_inside(key: Key, codes: Codes, protocol: Protocol) -> bool:
    """Return whether a classifier needs inner splits even where nothing is tuned."""
    return isinstance(protocol.build(key, protocol.default, codes, 0), ChoosesInside)


def predict(model: Any, views: Views, key: Key, choice: Choice) -> Array:
    """Return the class probabilities of the samples, shape (m, classes); m may be 0."""
    view = seen(views[key[1]], key, choice)
    return np.asarray(model.predict_proba(view)) if len(view) else np.empty((0, len(model.classes_)))


def tune(part: Part, inner: Sequence[Inner], key: Key, protocol: Protocol, seed: int) -> Choice:
    """Choose the candidate of a classifier that performs best on the inner held-out samples.

    Args:
        part: The training part.
        inner: Splits inside it.
        key: Model and features; not a network.
        protocol: The candidates, and how to fit.
        seed: Seed of the fits.
    """
    candidates = protocol.candidates(key)
    if not inner or len(candidates) == 1:
        return candidates[0] if inner else protocol.default
    predicted = [_held_out(part, inner, key, choice, protocol, seed) for choice in candidates]
    return candidates[best(np.stack(predicted), part.codes)]


def _held_out(part: Part, inner: Sequence[Inner], key: Key, choice: Choice, protocol: Protocol, seed: int) -> Array:
    """Return the probabilities of each sample in the inner split that holds it out, shape (n, classes)."""
    estimator = protocol.build(key, choice, part.codes, seed)
    if isinstance(estimator, ChoosesInside):
        inner_data = InnerData(inner, key, choice)
        return estimator.held_out(seen(part.views[key[1]], key, choice), part.codes, inner_data)
    predicted = np.empty((len(part.codes), protocol.classes))
    for split in inner:
        own = split.part
        model = fit(protocol.build(key, choice, own.codes, seed), seen(own.views[key[1]], key, choice), own.codes)
        predicted[split.rows] = predict(model, split.held, key, choice)
    return predicted


def best(predicted: Array, codes: Codes) -> int:
    """Return the candidate with the highest balanced accuracy; of equal ones the smallest Brier score, then the first.

    Args:
        predicted: Held-out probabilities, shape (candidates, n, classes).
        codes: Classes, shape (n,).
    """
    counts = np.stack([confusion(codes, predicted_classes(part), part.shape[1]) for part in predicted])
    accuracy = label_metrics(counts)[PRIMARY].round(12)
    brier = np.array([squared_errors(codes, part).mean() for part in predicted]).round(12)
    return int(np.lexsort((brier, -accuracy))[0])


class NetworkJob(NamedTuple):
    """A network that is to be trained, with the inner splits for its tuning.

    Attributes:
        key: Model and features.
        data: Its training part and held-out samples.
        truth: Classes of the held-out samples, shape (m,); they are recorded but do not influence the training.
        inner: Training data of the splits inside the training part; empty if nothing is tuned.
        seed: Seed of the network.
        follows: Whether it reuses the choice of the last job of the same key instead.
    """

    key: Key
    data: TrainingData
    truth: Codes
    inner: tuple[TrainingData, ...]
    seed: int
    follows: bool = False


def network_job(
    key: Key, part: Part, inner: Sequence[Inner], held: Views, truth: Codes, seed: int, groups: Codes | None = None
) -> NetworkJob:
    """Return only what a network needs of a prepared training part, because it may be sent between processes."""
    features, nothing = key[1], np.empty(0, dtype=np.intp)
    inner_data = (TrainingData(s.part.views[features], s.part.codes, s.held[features], s.rows, s.groups) for s in inner)
    own = TrainingData(part.views[features], part.codes, held[features], nothing, groups)
    return NetworkJob(key, own, truth, tuple(inner_data), seed)


def fit_networks(jobs: Sequence[NetworkJob], protocol: Protocol) -> list[tuple[Choice, Network]]:
    """Tune and train the networks of all jobs, many in one graph."""
    choices = _tuned_networks(jobs, protocol)
    tasks = [_make_task(j, j.data, j.truth, choice, protocol) for j, choice in zip(jobs, choices, strict=True)]
    return list(zip(choices, train_networks(tasks, protocol.mlp_config()), strict=True))


def _make_task(job: NetworkJob, data: TrainingData, truth: Codes, choice: Choice, protocol: Protocol) -> Task:
    x, held = seen(data.x, job.key, choice), seen(data.held, job.key, choice)[: len(truth)]
    decay = protocol.changed(choice).weight_decay
    if not protocol.settings.models.patience or np.bincount(data.codes).min() < 2:
        return Task(x, data.codes, held, truth, job.seed, decay)
    share = max(STOPPING_SHARE, protocol.classes / len(x))
    stop = stratified_holdout(data.codes, share, job.seed, data.groups)
    rows = np.setdiff1d(np.arange(len(x)), stop)
    return Task(x[rows], data.codes[rows], held, truth, job.seed, decay, x[stop], data.codes[stop])


def _tuned_networks(jobs: Sequence[NetworkJob], protocol: Protocol) -> list[Choice]:
    nobody = np.empty(0, dtype=np.intp)
    entries = [(j, data, choice) for j in jobs for data in j.inner for choice in protocol.candidates(j.key)]
    tasks = [_make_task(j, data, nobody, choice, protocol) for j, data, choice in entries]
    networks = iter(train_networks(tasks, protocol.mlp_config()))
    choices: list[Choice] = []
    latest: dict[Key, Choice] = {}
    for j in jobs:
        if not j.follows:
            latest[j.key] = _network_choice(j, networks, protocol) if j.inner else protocol.default
        choices.append(latest[j.key])
    return choices


def _network_choice(job: NetworkJob, networks: Iterator[Network], protocol: Protocol) -> Choice:
    candidates = protocol.candidates(job.key)
    predicted = np.empty((len(candidates), len(job.data.codes), protocol.classes))
    for data in job.inner:
        for number, choice in enumerate(candidates):
            predicted[number, data.rows] = next(networks).predict(seen(data.held, job.key, choice))
    return candidates[best(predicted, job.data.codes)]
