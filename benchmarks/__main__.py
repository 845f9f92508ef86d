"""Times our kernels and the stock code that does the same work, one after the other, and prints the ratios.

Every pair is run several times in turn on one thread; the median and the range of the ratios are printed. Results are
compared first: a ratio between things that differ means nothing.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import numpy as np
from scipy import stats
from sklearn.feature_selection import RFE
from sklearn.svm import SVC

from benchmarks import against_r, growth
from benchmarks.pairs import Pair, compare
from genereport.learn.network import Recipe, Task, batch_order, initial_layers, train_networks
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


def elimination(genes: int, samples: int) -> Pair:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(samples, genes)), np.arange(samples) % 2
    x[:, :20] += y[:, None]
    return Pair(
        f"RFE, {genes} → 1 genes, {samples} samples, against sklearn.feature_selection.RFE",
        lambda: GramRFE(1).fit(x, y).ranking_,
        lambda: RFE(SVC(kernel="linear"), n_features_to_select=1, step=1).fit(x, y).ranking_,
        rounds=3,
    )


def networks(count: int, epochs: int) -> Pair:
    rng = np.random.default_rng(2)
    y = np.arange(30) % 2
    tasks = [Task(rng.normal(size=(30, 27)) + y[:, None], y, rng.normal(size=(8, 27)), y[:8], i) for i in range(count)]
    recipe = Recipe(classes=2, epochs=epochs)
    return Pair(
        f"{count} networks 32-16-1, {epochs} epochs, against keras fit one by one",
        lambda: np.stack(
            [network.predict(t.x) for network, t in zip(train_networks(tasks, recipe), tasks, strict=True)]
        ),
        lambda: np.stack([keras_fit(task, recipe) for task in tasks]),
        rounds=3,
    )


def keras_fit(task: Task, recipe: Recipe) -> np.ndarray:
    import keras

    layers = [keras.layers.Dense(units, activation="relu") for units in recipe.hidden]
    model = keras.Sequential([keras.Input((task.x.shape[1],)), *layers, keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(recipe.learning_rate), loss="binary_crossentropy", metrics=["accuracy"])
    model.set_weights([array for layer in initial_layers(task, recipe) for array in layer])
    order = batch_order(task, 0)
    model.fit(task.x[order], task.codes[order], epochs=recipe.epochs, batch_size=32, shuffle=False, verbose=0,
              validation_data=(task.x_valid, task.codes_valid))  # fmt: skip
    positive = model.predict(task.x, verbose=0)[:, 0]
    return np.column_stack([1 - positive, positive])


def main() -> None:
    import keras  # noqa: F401 - its import is nobody's work

    for pair in (welch(7129, 38), welch(20_000, 1000), elimination(7129, 38), networks(50, 50)):
        print(compare(pair), flush=True)
    for line in (*against_r.lines(), *growth.lines()):
        print(line, flush=True)


if __name__ == "__main__":
    main()
