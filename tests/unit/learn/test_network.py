"""The joint training is the same mathematics as Keras, network by network."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.learn.network import QUANTITIES, MlpConfig, Network, Task, batch_order, initial_layers, train_networks


def task(n: int, inputs: int, classes: int, seed: int, valid: int = 7) -> Task:
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.arange(n + valid) % classes)
    x = rng.normal(size=(n + valid, inputs)) + codes[:, None] * 0.5
    return Task(x[:n], codes[:n], x[n:], codes[n:], seed)


def keras_network(task: Task, config: MlpConfig) -> Network:
    """The oracle: a stock Keras model, started from the same weights and fed the same batches."""
    keras = pytest.importorskip("keras")
    output = "sigmoid" if config.outputs == 1 else "softmax"
    l2 = keras.regularizers.L2(task.l2) if task.l2 else None
    sizes = np.bincount(task.codes)
    counts = dict(enumerate(len(task.codes) / (len(sizes) * sizes))) if config.balanced else None
    model = keras.Sequential(
        [
            keras.Input((task.x.shape[1],)),
            *(keras.layers.Dense(units, activation="relu", kernel_regularizer=l2) for units in config.hidden),
            keras.layers.Dense(config.outputs, activation=output, kernel_regularizer=l2),
        ]
    )
    loss = "binary_crossentropy" if config.outputs == 1 else "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(config.learning_rate), loss=loss, metrics=["accuracy"])
    model.set_weights([array for layer in initial_layers(task, config) for array in layer])
    history = []
    for epoch in range(config.epochs):
        order, told = batch_order(task, epoch), dict.fromkeys(QUANTITIES, np.nan)
        batches = [order[start : start + config.batch_size] for start in range(0, len(order), config.batch_size)]
        steps = [  # those of fit, which takes a tenth of a second to begin
            model.train_on_batch(task.x[batch], task.codes[batch], class_weight=counts, return_dict=True)
            for batch in batches
        ]
        told |= {name: np.average([step[name] for step in steps], weights=list(map(len, batches))) for name in steps[0]}
        if len(task.codes_valid):
            held_out = model.test_on_batch(task.x_valid, task.codes_valid, return_dict=True)
            told |= {f"val_{name}": value for name, value in held_out.items()}
        history.append([told[name] for name in QUANTITIES])
    arrays = model.get_weights()
    return Network(tuple(zip(arrays[::2], arrays[1::2], strict=True)), np.array(history))


@pytest.mark.parametrize(
    ("classes", "sizes"),
    [
        pytest.param(2, [(30, 12), (31, 9)], id="one batch, unequal sizes and inputs"),
        pytest.param(2, [(32, 6), (33, 6)], id="unequal numbers of batches"),
        pytest.param(4, [(40, 10), (50, 8)], id="softmax"),
    ],
)
def test_joint_training_agrees_with_keras(classes: int, sizes: list[tuple[int, int]]) -> None:
    config = MlpConfig(classes=classes, epochs=20)
    tasks = [task(n, inputs, classes, seed) for seed, (n, inputs) in enumerate(sizes)]
    for given, network in zip(tasks, train_networks(tasks, config), strict=True):
        oracle = keras_network(given, config)
        np.testing.assert_allclose(network.history, oracle.history, atol=1e-5)
        np.testing.assert_allclose(network.predict(given.x_valid), oracle.predict(given.x_valid), atol=1e-5)


def test_fifty_epochs_stay_within_1e_5_of_keras() -> None:
    config = MlpConfig(classes=2, epochs=50)
    given = task(30, 25, 2, seed=3)
    np.testing.assert_allclose(
        train_networks([given], config)[0].history, keras_network(given, config).history, atol=1e-5
    )


def test_a_network_does_not_depend_on_its_companions() -> None:
    config = MlpConfig(classes=2, epochs=30)
    first, second = task(30, 12, 2, seed=1), task(45, 20, 2, seed=2)
    alone = train_networks([first], config)[0]
    together = train_networks([first, second], config)[0]
    np.testing.assert_allclose(alone.predict(first.x_valid), together.predict(first.x_valid), atol=1e-6)


def test_training_is_reproducible_to_the_bit() -> None:
    config = MlpConfig(classes=3, epochs=10)
    given = [task(40, 10, 3, seed) for seed in range(3)]
    first, second = ([_bytes(network) for network in train_networks(given, config)] for _ in range(2))
    assert first == second


def _bytes(network: Network) -> list[bytes]:
    return [network.history.tobytes(), *(array.tobytes() for layer in network.layers for array in layer)]


def test_without_validation_samples_the_validation_figures_are_missing() -> None:
    network = train_networks([task(30, 5, 2, seed=1, valid=0)], MlpConfig(classes=2, epochs=3))[0]
    assert np.isnan(network.history[:, 2:]).all()
    assert np.isfinite(network.history[:, :2]).all()


def test_probabilities_sum_to_one_and_separable_classes_are_learnt() -> None:
    rng = np.random.default_rng(0)
    codes = np.arange(60) % 3
    x = rng.normal(size=(60, 4)) + 4 * np.eye(4)[codes]
    network = train_networks([Task(x, codes, x[:0], codes[:0], 5)], MlpConfig(classes=3))[0]
    probabilities = network.predict(x)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (probabilities.argmax(axis=1) == codes).mean() > 0.95


@pytest.mark.parametrize("classes", [2, 3])
def test_class_weights_and_penalty_are_those_of_keras(classes: int) -> None:
    given = task(34, 8, classes, seed=4)._replace(l2=0.01)
    keep = np.r_[np.flatnonzero(given.codes == 0), np.flatnonzero(given.codes != 0)[:9]]
    given = given._replace(x=given.x[keep], codes=given.codes[keep])
    config = MlpConfig(classes=classes, epochs=20, balanced=True)
    network, oracle = train_networks([given], config)[0], keras_network(given, config)
    np.testing.assert_allclose(network.predict(given.x_valid), oracle.predict(given.x_valid), atol=1e-5)
    plain = train_networks([given._replace(l2=0.0)], config._replace(balanced=False))[0]
    assert np.abs(plain.predict(given.x_valid) - network.predict(given.x_valid)).max() > 1e-3


def test_early_stopping_returns_the_weights_of_the_smallest_loss_before_patience_ran_out() -> None:
    config = MlpConfig(classes=2, epochs=120, learning_rate=0.02)
    noise = [task(30, 40, 2, seed) for seed in (1, 2)]
    stopped = [t._replace(x_stop=t.x_valid, codes_stop=t.codes_valid) for t in noise]
    early = train_networks([*stopped, noise[0]], config._replace(patience=5))
    for given, network in zip(noise, early, strict=False):
        loss = train_networks([given], config)[0].history[:, 2]  # the validation samples are the stopping samples
        best, waited = 0, 0
        for epoch, value in enumerate(loss):
            best, waited = (epoch, 0) if value < loss[best] or epoch == 0 else (best, waited + 1)
            if waited == 5:
                break
        # two epochs may tie to single precision, and rounding differs between networks trained together and alone
        assert network.epoch < config.epochs
        assert loss[network.epoch - 1] == pytest.approx(loss[best], rel=1e-4)
        until = train_networks([given], config._replace(epochs=network.epoch))[0]
        np.testing.assert_allclose(network.predict(given.x), until.predict(given.x), atol=1e-5)
    to_the_end = train_networks([noise[0]], config)[0]
    assert early[2].epoch == to_the_end.epoch == config.epochs
    np.testing.assert_allclose(early[2].predict(noise[0].x), to_the_end.predict(noise[0].x), atol=1e-5)


def test_dropout_is_drawn_network_by_network_and_regularises() -> None:
    config = MlpConfig(classes=2, epochs=40, dropout=0.5)
    first, second = task(30, 12, 2, seed=1), task(45, 20, 2, seed=2)
    alone = train_networks([first], config)[0]
    together = train_networks([first, second], config)[0]
    np.testing.assert_allclose(alone.predict(first.x_valid), together.predict(first.x_valid), atol=1e-5)
    plain = train_networks([first], config._replace(dropout=0.0))[0]
    assert alone.history[-1, 0] > plain.history[-1, 0]


@pytest.mark.parametrize(("classes", "hidden"), [(2, (8, 4)), (2, ()), (4, (6,))])
def test_a_network_becomes_a_keras_model_with_the_same_predictions(classes: int, hidden: tuple[int, ...]) -> None:
    pytest.importorskip("keras")
    config = MlpConfig(classes=classes, hidden=hidden, epochs=3)
    given = task(40, 10, classes, seed=1)
    (network,) = train_networks([given], config)
    found = np.asarray(network.to_keras()(given.x_valid.astype(np.float32)))
    expected = network.predict(given.x_valid)
    np.testing.assert_allclose(found, expected[:, 1:] if classes == 2 else expected, atol=1e-6)
