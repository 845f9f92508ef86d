"""The resampling engine: splits run in parallel, and the networks of all splits are trained together afterwards.

Held-out samples influence no choice and no fit. The results do not depend on how the work is shared: every split has
its own seed, results are taken in the order of the splits, and sums run on one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from joblib import delayed
from threadpoolctl import ThreadpoolController

from genereport.learn.inside import TrainingData, make_training_data
from genereport.learn.models import NETWORK_KEYS
from genereport.learn.network import tensorflow
from genereport.learn.preparation import Chosen, Preparation, Views, fit_scaling
from genereport.learn.training import (
    Choice,
    InnerData,
    NetworkJob,
    Part,
    Probabilities,
    Protocol,
    chooses_inside,
    fit,
    fit_networks,
    inner_splits,
    network_job,
    predict,
    seen,
    tune,
)
from genereport.parallel import results
from genereport.types import Array, Codes, Key, Positions

Tick = Callable[[int, int], None]
"""Called with the number of splits that are done and the number of all splits."""

_BIASED = "selected"  # the set of features whose selection can leak


class Job(NamedTuple):
    """One split to be run.

    Attributes:
        train: Rows of the training part.
        test: Rows that are held out; empty if the fitted models are wanted.
        codes: Classes of all samples, shape (n,), true or permuted.
        seed: Seed of everything random in the split.
        groups: Groups of all samples, shape (n,), if some stay together; also used inside the training part.
        chosen: Genes chosen on the training part, if they are known already.
    """

    train: Positions
    test: Positions
    codes: Codes
    seed: int
    groups: Codes | None = None
    chosen: Chosen | None = None


@dataclass(frozen=True, eq=False)
class Fold:
    """The result of one split. Models are keyed by name and features.

    Attributes:
        chosen: Genes chosen on the training part.
        preparation: What else was learnt from the training part.
        held_out: Class probabilities of the held-out samples, shape (m, classes).
        training: Class probabilities of the training part itself, shape (n − m, classes).
        leaked: As `held_out`, with genes that were chosen on all samples; empty if not requested.
        choices: What tuning chose.
        histories: Training histories of the networks, shape (epochs, 4).
        models: The fitted models if nothing was held out; otherwise empty, because nothing uses them.
    """

    chosen: Chosen
    preparation: Preparation
    held_out: Probabilities = field(default_factory=dict)
    training: Probabilities = field(default_factory=dict)
    leaked: Probabilities = field(default_factory=dict)
    choices: dict[Key, Choice] = field(default_factory=dict)
    histories: dict[Key, Array] = field(default_factory=dict)
    models: dict[Key, Any] = field(default_factory=dict)


def silent(done: int, total: int) -> None:  # noqa: ARG001
    """Report no progress."""
    return


def run(
    values: Array,
    jobs: Sequence[Job],
    protocol: Protocol,
    keys: Sequence[Key],
    leaked: Positions | None = None,
    tick: Tick = silent,
) -> list[Fold]:
    """Run every split once on the workers of `genereport.parallel.shared`.

    Args:
        values: Samples × genes, shape (n, p); NaN is missing.
        jobs: The splits.
        protocol: What is fitted.
        keys: Models to fit.
        leaked: Genes chosen on all samples, best first, to measure the effect of that; None: not measured.
        tick: Called with the progress.

    Returns:
        One result per split, in the order of `jobs`.
    """
    return begin(values, jobs, protocol, keys, leaked).folds(tick)


def begin(
    values: Array, jobs: Sequence[Job], protocol: Protocol, keys: Sequence[Key], leaked: Positions | None = None
) -> Running:
    """Start what `run` does, and return while the workers are busy with it; arguments as there."""
    splits = results(delayed(_run_job)(values, job, protocol, keys, leaked) for job in jobs)
    return Running(splits, len(jobs), protocol, any(key in NETWORK_KEYS for key in keys))


class Running(NamedTuple):
    """Splits that the workers run.

    Attributes:
        splits: The result of each split and the networks that it leaves to be trained, as they arrive.
        total: Number of splits.
        protocol: What is fitted.
        networks: Whether there are networks to be trained.
    """

    splits: Iterable[tuple[Fold, tuple[NetworkJob, ...]]]
    total: int
    protocol: Protocol
    networks: bool

    def folds(self, tick: Tick = silent) -> list[Fold]:
        """Wait for the splits, train their networks, and return one result per split, in the order of the jobs.

        Args:
            tick: Called with the progress.
        """
        folds: list[Fold] = []
        waiting: list[tuple[NetworkJob, ...]] = []
        tick(0, self.total)
        if self.networks:
            tensorflow()  # imported while the workers are busy
        for fold, networks in self.splits:
            folds.append(fold)
            waiting.append(networks)
            tick(len(folds), self.total)
        _add_networks(folds, waiting, self.protocol)
        return folds


@cache
def _loaded_libraries() -> ThreadpoolController:
    """Find the numerical libraries of this process: once, because that takes as long as some fits."""
    return ThreadpoolController()


def _run_job(
    values: Array, job: Job, protocol: Protocol, keys: Sequence[Key], leaked: Positions | None
) -> tuple[Fold, tuple[NetworkJob, ...]]:
    with _loaded_libraries().limit(limits=1):
        codes = job.codes[job.train]
        groups = None if job.groups is None else job.groups[job.train]
        part = Part.of(values[job.train], codes, protocol, {features for _, features in keys}, job.chosen)
        held = part.preparation.views(values[job.test])
        classic = [key for key in keys if key not in NETWORK_KEYS]
        choosing = {key for key in classic if chooses_inside(key, codes, protocol)}
        used = {features for _, features in (keys if protocol.settings.tuned_genes else choosing)}
        inner = inner_splits(values[job.train], codes, protocol, job.seed, groups, used) if used else []
        fold = Fold(part.chosen, part.preparation)
        biased = None
        if leaked is not None and len(job.test):
            biased = _biased_views(part.preparation.arrays.scaled(values), job, leaked)
        for key in classic:
            fold.choices[key] = choice = tune(part, inner, key, protocol, job.seed)
            inner_data: Sequence[TrainingData] = InnerData(inner, key, choice) if key in choosing else []
            x = seen(part.views[key[1]], key, choice)
            model = fit(protocol.build(key, choice, codes, job.seed), x, codes, inner_data)
            fold.held_out[key] = predict(model, held, key, choice)
            fold.training[key] = predict(model, part.views, key, choice)
            if biased and key[1] == _BIASED:
                x = seen(biased[0][_BIASED], key, choice)
                inner_data = _biased_inner_data(x, codes, inner_data)
                other = fit(protocol.build(key, choice, codes, job.seed), x, codes, inner_data)
                fold.leaked[key] = predict(other, biased[1], key, choice)
            if not len(job.test):
                fold.models[key] = model
        tuning = inner if protocol.settings.tuned_genes else []
        networks = [
            network_job(key, part, tuning, held, job.codes[job.test], job.seed, groups)
            for key in NETWORK_KEYS
            if key in keys
        ]
        if biased:
            networks += [_biased_job(network, *biased) for network in networks if network.key[1] == _BIASED]
    return fold, tuple(networks)


def _biased_views(values: Array, job: Job, leaked: Positions) -> tuple[Views, Views]:
    """Return training and held-out samples in genes that were chosen on both; everything else is learnt without leaks.

    Args:
        values: Samples × genes, arrays on the scale learnt from the training part, shape (n, p).
        job: The split.
        leaked: As in `run`.
    """
    scaling = fit_scaling(values[np.ix_(job.train, leaked)])
    train, test = (scaling.standardised(values[np.ix_(rows, leaked)]) for rows in (job.train, job.test))
    return {_BIASED: train}, {_BIASED: test}


def _biased_inner_data(x: Array, codes: Codes, honest: Sequence[TrainingData]) -> list[TrainingData]:
    """Return the same inner splits in the genes that were chosen on all samples."""
    everyone = np.arange(len(codes))
    splits = [(np.setdiff1d(everyone, data.rows), data.rows) for data in honest]
    return list(make_training_data(x, codes, splits))


def _biased_job(honest: NetworkJob, train: Views, test: Views) -> NetworkJob:
    data = honest.data._replace(x=train[_BIASED], held=test[_BIASED])
    return honest._replace(data=data, inner=(), follows=True)


def _add_networks(folds: Sequence[Fold], waiting: Sequence[tuple[NetworkJob, ...]], protocol: Protocol) -> None:
    """Train the networks of all splits and add the results to the folds."""
    every = [(fold, job) for fold, jobs in zip(folds, waiting, strict=True) for job in jobs]
    fitted = fit_networks([job for _, job in every], protocol)
    for (fold, job), (choice, network) in zip(every, fitted, strict=True):
        held = network.predict(seen(job.data.held, job.key, choice))
        if job.follows:
            fold.leaked[job.key] = held
            continue
        fold.choices[job.key], fold.histories[job.key] = choice, network.history
        fold.held_out[job.key] = held
        fold.training[job.key] = network.predict(seen(job.data.x, job.key, choice))
        if not len(job.truth):
            fold.models[job.key] = network
