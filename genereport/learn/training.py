"""The whole path on one training part: preparation, tuning inside it, and every classifier fitted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit

from genereport.learn.arrays import NO_RULE, ArrayRule, fit_arrays
from genereport.learn.metrics import PRIMARY, confusion, label_metrics, predicted_classes, squared_errors
from genereport.learn.models import CLASSIFIERS, NETWORK_GRID, NETWORK_KEYS, Changes, Classifier, Key
from genereport.learn.network import Network, Recipe, Task, train_networks
from genereport.learn.preparation import (
    Chosen,
    Limits,
    Matrix,
    Preparation,
    Rows,
    Views,
    choose,
    fit_scaling,
    prepare,
)
from genereport.learn.probes import Probes
from genereport.settings import ModelSettings

Probabilities = dict[Key, Matrix]

_STOPPING_SHARE = 0.2


class Tuning(NamedTuple):
    """What the validation inside a training part chooses among.

    Attributes:
        genes: Numbers of selected genes.
        folds: Stratified folds.
    """

    genes: tuple[int, ...]
    folds: int


class Choice(NamedTuple):
    """What a model is fitted with: the number of selected genes, and changes to the settings."""

    genes: int
    changes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Protocol:
    """Everything that is fixed before a sample is looked at.

    Attributes:
        limits: How genes are chosen.
        settings: Of the models.
        classifiers: That are compared, besides the networks.
        tuning: None: nothing is tuned.
        probes: The gene of each column, and which of its columns to work with; None: all.
        classes: Number of classes.
        arrays: How arrays are brought to one scale, and which genes count as expressed.
    """

    limits: Limits
    settings: ModelSettings
    classifiers: tuple[Classifier, ...] = CLASSIFIERS
    tuning: Tuning | None = None
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
        """The largest number of selected genes that a model may ask for."""
        return max((self.limits.genes, *(self.tuning.genes if self.tuning else ())))

    @property
    def default(self) -> Choice:
        """What a model is fitted with where nothing is tuned."""
        return Choice(self.limits.genes)

    def candidates(self, key: Key) -> tuple[Choice, ...]:
        """What tuning chooses among for a model; one where nothing is tuned."""
        if self.tuning is None:
            return (self.default,)
        genes = self.tuning.genes if key[1] == "selected" else (self.limits.genes,)
        return tuple(Choice(size, tuple(changes.items())) for size in genes for changes in self._grid(key))

    def _grid(self, key: Key) -> Sequence[Changes]:
        if key in NETWORK_KEYS:
            return NETWORK_GRID
        return next(classifier.grid for classifier in self.classifiers if classifier.name == key[0])

    def recipe(self) -> Recipe:
        """How the networks are built and trained."""
        s = self.settings
        balanced = s.class_weight == "balanced"
        return Recipe(self.classes, s.hidden, s.epochs, s.batch_size, s.learning_rate, balanced, s.dropout, s.patience)

    def changed(self, choice: Choice) -> ModelSettings:
        """The settings with what tuning chose."""
        return self.settings.model_copy(update=dict(choice.changes)) if choice.changes else self.settings


class Part(NamedTuple):
    """One training part, prepared once for every model that draws on it.

    Attributes:
        codes: Classes of its samples, shape (n,).
        chosen: The elimination path.
        preparation: Scaling, selected genes (as many as any model may ask for) and axes.
        views: Its samples in every set of features.
    """

    codes: Rows
    chosen: Chosen
    preparation: Preparation
    views: Views

    @classmethod
    def of(cls, values: Matrix, codes: Rows, protocol: Protocol) -> Part:
        """Prepare training samples × genes, shape (n, p), with classes `codes`, shape (n,)."""
        arrays = fit_arrays(values, codes, protocol.arrays)
        scaled = arrays.scaled(values)
        scaling = fit_scaling(scaled, protocol.probes, arrays.expressed)
        chosen = choose(scaled, codes, protocol.limits, scaling)
        preparation = prepare(scaled, scaling, chosen.path[: protocol.most], protocol.limits.share, arrays)
        return cls(codes, chosen, preparation, preparation.views(values))


def chosen_on(values: Matrix, codes: Rows, protocol: Protocol) -> Chosen:
    """The genes that are chosen on samples × genes, shape (n, p), with classes `codes`, shape (n,)."""
    arrays = fit_arrays(values, codes, protocol.arrays)
    scaled = arrays.scaled(values)
    return choose(scaled, codes, protocol.limits, fit_scaling(scaled, protocol.probes, arrays.expressed))


class Inner(NamedTuple):
    """One split inside a training part, prepared, with its held-out samples."""

    part: Part
    held: Views
    rows: Rows  # held-out rows of the training part


def inner_splits(values: Matrix, codes: Rows, protocol: Protocol, seed: int) -> list[Inner]:
    """The splits that tuning judges by; none where nothing is tuned, or a class would be left with one sample."""
    fewest = int(np.bincount(codes).min())
    folds = min(protocol.tuning.folds, fewest) if protocol.tuning else 0
    if folds < 2 or fewest - np.ceil(fewest / folds) < 2:
        return []
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return [
        Inner(part := Part.of(values[rows], codes[rows], protocol), part.preparation.views(values[held]), held)
        for rows, held in splitter.split(values, codes)
    ]


def seen(view: Matrix, key: Key, choice: Choice) -> Matrix:
    """What a model sees of its set of features: all of it, or as many of the selected genes as were chosen."""
    return view[:, : choice.genes] if key[1] == "selected" else view


def fit(views: Views, codes: Rows, key: Key, choice: Choice, protocol: Protocol, seed: int) -> Any:
    """A classifier fitted on the samples of a training part."""
    classifier = next(c for c in protocol.classifiers if c.name == key[0])
    estimator = classifier.build(protocol.changed(choice), codes, seed)
    return estimator.fit(seen(views[key[1]], key, choice), codes)


def predict(model: Any, views: Views, key: Key, choice: Choice) -> Matrix:
    """Class probabilities of the samples, shape (m, classes); m may be 0."""
    view = seen(views[key[1]], key, choice)
    return np.asarray(model.predict_proba(view)) if len(view) else np.empty((0, len(model.classes_)))


def tune(inner: Sequence[Inner], codes: Rows, key: Key, protocol: Protocol, seed: int) -> Choice:
    """What a classifier is to be fitted with: the best candidate on the inner held-out samples.

    Args:
        inner: Splits inside the training part.
        codes: Classes of the training part, shape (n,).
        key: Model and features, no network.
        protocol: What there is to choose.
        seed: Of the fits.
    """
    candidates = protocol.candidates(key)
    if not inner or len(candidates) == 1:
        return candidates[0] if inner else protocol.default
    predicted = np.empty((len(candidates), len(codes), protocol.classes))
    for split in inner:
        for number, choice in enumerate(candidates):
            model = fit(split.part.views, split.part.codes, key, choice, protocol, seed)
            predicted[number, split.rows] = predict(model, split.held, key, choice)
    return candidates[best(predicted, codes)]


def best(predicted: Matrix, codes: Rows) -> int:
    """The candidate with the highest balanced accuracy; of equal ones the smallest Brier score, then the first.

    Args:
        predicted: Held-out probabilities, shape (candidates, n, classes).
        codes: Shape (n,).
    """
    counts = np.stack([confusion(codes, predicted_classes(part), part.shape[1]) for part in predicted])
    accuracy = label_metrics(counts)[PRIMARY].round(12)
    brier = np.array([squared_errors(codes, part).mean() for part in predicted]).round(12)
    return int(np.lexsort((brier, -accuracy))[0])


class Lesson(NamedTuple):
    """What a network is taught with, and held-out samples that it is recorded or judged on.

    Attributes:
        x: Training samples in its set of features, shape (n, d).
        codes: Their classes, shape (n,).
        held: Held-out samples, shape (m, d).
        rows: Where these stand among the samples of the outer training part (inner lessons only), shape (m,).
    """

    x: Matrix
    codes: Rows
    held: Matrix
    rows: Rows


class NetworkJob(NamedTuple):
    """A network that is to be trained, with what its tuning may judge by.

    Attributes:
        key: Model and features.
        lesson: Its training part and held-out samples.
        truth: Classes of the held-out samples, shape (m,): recorded, never steering.
        inner: The same for splits inside the training part; none: nothing is tuned.
        seed: Of the network.
        follows: Whether it takes over what was chosen for the last job of the same key instead.
    """

    key: Key
    lesson: Lesson
    truth: Rows
    inner: tuple[Lesson, ...]
    seed: int
    follows: bool = False


def network_job(key: Key, part: Part, inner: Sequence[Inner], held: Views, truth: Rows, seed: int) -> NetworkJob:
    """What a network needs of a prepared training part, and no more: it may come from another process."""
    features, nothing = key[1], np.empty(0, dtype=np.intp)
    lessons = (Lesson(s.part.views[features], s.part.codes, s.held[features], s.rows) for s in inner)
    own = Lesson(part.views[features], part.codes, held[features], nothing)
    return NetworkJob(key, own, truth, tuple(lessons), seed)


def fit_networks(jobs: Sequence[NetworkJob], protocol: Protocol) -> list[tuple[Choice, Network]]:
    """Tune and train the networks of all jobs, many in one graph."""
    choices = _tuned_networks(jobs, protocol)
    tasks = [_task(j, j.lesson, j.truth, choice, protocol) for j, choice in zip(jobs, choices, strict=True)]
    return list(zip(choices, train_networks(tasks, protocol.recipe()), strict=True))


def _task(job: NetworkJob, lesson: Lesson, truth: Rows, choice: Choice, protocol: Protocol) -> Task:
    x, held = seen(lesson.x, job.key, choice), seen(lesson.held, job.key, choice)[: len(truth)]
    decay = protocol.changed(choice).weight_decay
    if not protocol.settings.patience or np.bincount(lesson.codes).min() < 2:
        return Task(x, lesson.codes, held, truth, job.seed, decay)
    size = max(int(np.ceil(_STOPPING_SHARE * len(x))), protocol.classes)
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=size, random_state=job.seed)
    rows, stop = next(splitter.split(x, lesson.codes))
    return Task(x[rows], lesson.codes[rows], held, truth, job.seed, decay, x[stop], lesson.codes[stop])


def _tuned_networks(jobs: Sequence[NetworkJob], protocol: Protocol) -> list[Choice]:
    nobody = np.empty(0, dtype=np.intp)
    entries = [(j, lesson, choice) for j in jobs for lesson in j.inner for choice in protocol.candidates(j.key)]
    tasks = [_task(j, lesson, nobody, choice, protocol) for j, lesson, choice in entries]
    networks = iter(train_networks(tasks, protocol.recipe()))
    choices: list[Choice] = []
    latest: dict[Key, Choice] = {}
    for j in jobs:
        if not j.follows:
            latest[j.key] = _network_choice(j, networks, protocol) if j.inner else protocol.default
        choices.append(latest[j.key])
    return choices


def _network_choice(job: NetworkJob, networks: Iterator[Network], protocol: Protocol) -> Choice:
    candidates = protocol.candidates(job.key)
    predicted = np.empty((len(candidates), len(job.lesson.codes), protocol.classes))
    for lesson in job.inner:
        for number, choice in enumerate(candidates):
            predicted[number, lesson.rows] = next(networks).predict(seen(lesson.held, job.key, choice))
    return candidates[best(predicted, job.lesson.codes)]
