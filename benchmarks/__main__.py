"""What ``make bench`` prints in less than five minutes on two quiet cores: whole reports, stages and kernels.

``python -m benchmarks [COHORT] [--full]``

Whole reports of COHORT (Golub's three files; without it that part is left out) are timed once against stock code and R,
then each stage, then the kernels against the stock code that does the same work. Both sides of a pair are run in turn
on one thread, and results are compared first: a ratio between things that differ means nothing. ``--full`` runs the
kernels alone, at their full sizes and several times, with the growth of time and memory.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.feature_selection import RFE
from sklearn.svm import SVC

from benchmarks import against_r, growth, reports, where
from benchmarks.pairs import Pair, compare
from genereport.learn.network import MlpConfig, Task, batch_order, initial_layers, train_networks
from genereport.learn.rfe import GramRFE
from genereport.stats.ttests import welch_t


def welch(genes: int, samples: int) -> Pair:
    rng = np.random.default_rng(0)
    x, codes = rng.normal(size=(samples, genes)), np.arange(samples) % 2
    return Pair(
        f"Welch t, {genes} genes × {samples} samples, against scipy.stats.ttest_ind",
        lambda: welch_t(x, codes).p,
        lambda: stats.ttest_ind(x[codes == 1], x[codes == 0], equal_var=False).pvalue,
    )


def elimination(genes: int, samples: int, rounds: int) -> Pair:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(samples, genes)), np.arange(samples) % 2
    x[:, :20] += y[:, None]
    return Pair(
        f"RFE, {genes} → 1 genes, {samples} samples, against sklearn.feature_selection.RFE",
        lambda: GramRFE(1).fit(x, y).ranking_,
        lambda: RFE(SVC(kernel="linear"), n_features_to_select=1, step=1).fit(x, y).ranking_,
        rounds=rounds,
    )


def networks(count: int, epochs: int, rounds: int) -> Pair:
    rng = np.random.default_rng(2)
    y = np.arange(30) % 2
    tasks = [Task(rng.normal(size=(30, 27)) + y[:, None], y, rng.normal(size=(8, 27)), y[:8], i) for i in range(count)]
    config = MlpConfig(classes=2, epochs=epochs)
    return Pair(
        f"{count} networks 32-16-1, {epochs} epochs, against keras fit one by one",
        lambda: np.stack(
            [network.predict(t.x) for network, t in zip(train_networks(tasks, config), tasks, strict=True)]
        ),
        lambda: np.stack([keras_fit(task, config) for task in tasks]),
        rounds=rounds,
    )


def keras_fit(task: Task, config: MlpConfig) -> np.ndarray:
    import keras

    layers = [keras.layers.Dense(units, activation="relu") for units in config.hidden]
    model = keras.Sequential([keras.Input((task.x.shape[1],)), *layers, keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(config.learning_rate), loss="binary_crossentropy", metrics=["accuracy"])
    model.set_weights([array for layer in initial_layers(task, config) for array in layer])
    order = batch_order(task, 0)
    model.fit(task.x[order], task.codes[order], epochs=config.epochs, batch_size=32, shuffle=False, verbose=0,
              validation_data=(task.x_valid, task.codes_valid))  # fmt: skip
    positive = model.predict(task.x, verbose=0)[:, 0]
    return np.column_stack([1 - positive, positive])


def kernels(*, full: bool) -> Iterator[str]:
    """Yield a line on each kernel; those of R where it is installed."""
    import keras  # noqa: F401 - its import is nobody's work

    yield compare(welch(7129, 38))
    yield compare(welch(20_000, 1000) if full else welch(20_000, 200))
    yield compare(elimination(7129 if full else 2500, 38, rounds=3 if full else 1))
    yield compare(networks(50 if full else 8, 50, rounds=3 if full else 1))
    yield from against_r.lines(full=full)
    if full:
        yield from growth.lines()


def whole_reports(cohort: Path) -> Iterator[str]:
    """Yield the lines on whole reports, one round, and those on each stage of a quick build."""
    options = argparse.Namespace(cohort=cohort, repeats=1, rounds=1, before=None, r_cores=1)
    took = reports.run_rounds(options, reports.sides_of(None, before=False))
    yield from (*reports.seconds_table(took, 1), "", *reports.ratio_table(took), "")
    with tempfile.TemporaryDirectory() as folder:
        command = where.build_command(cohort, Path(folder), [])
        yield from where.table(where.trace(command, reports.ROOT))
    yield ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", type=Path, nargs="?", help="folder with Golub's three CSV files")
    parser.add_argument("--full", action="store_true", help="the kernels alone, at full size, with their growth")
    options = parser.parse_args()
    if not options.full:
        if options.cohort and options.cohort.is_dir():
            limits = {name: os.environ.pop(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
            for line in whole_reports(options.cohort):
                print(line, flush=True)
            os.environ.update(limits)
        else:
            print("Whole reports are left out: name the folder with Golub's three CSV files.")
    for line in kernels(full=options.full):
        print(line, flush=True)


if __name__ == "__main__":
    main()
