"""Many small dense networks trained together, as one graph, along a leading axis.

``Dense 32 relu → Dense 16 relu → sigmoid`` (softmax for several classes) under Adam is mathematically the same as one
Keras ``fit`` per network. The loss is the sum over networks of each one's mean over its batch, so no gradient crosses
from one network to another, and Adam works element by element. This saves Keras' overhead per network and epoch.

This is the only module that imports TensorFlow, and only when `tensorflow` or `train_networks` is called; Keras is
imported by `Network.to_keras` alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from genereport.types import Array, Codes, Flags, Positions

Array32 = npt.NDArray[np.float32]
Layer = tuple[Array32, Array32]  # weights (inputs, units) and biases (units,)

QUANTITIES = ("loss", "accuracy", "val_loss", "val_accuracy")
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7  # Adam as in Keras
_AT_ONCE = 256  # networks in one graph: more would not be faster and would need more memory


class Task(NamedTuple):
    """The data that one network is trained on.

    Attributes:
        x: Training samples, shape (n, d), standardised.
        codes: Their classes, 0 … classes − 1, shape (n,).
        x_valid: Validation samples, shape (m, d), m ≥ 0; they are recorded but do not influence the training.
        codes_valid: Their classes, shape (m,).
        seed: Seed of the initial weights, the order of the batches and the units that dropout leaves out.
        l2: Penalty on the squared weights, added to the loss.
        x_stop: Training samples held back for early stopping, shape (s, d); None or empty: trained to the end.
        codes_stop: Their classes, shape (s,).
    """

    x: Array
    codes: Codes
    x_valid: Array
    codes_valid: Codes
    seed: int
    l2: float = 0.0
    x_stop: Array | None = None
    codes_stop: Codes | None = None


class MlpConfig(NamedTuple):
    """Architecture and training of every network.

    Attributes:
        classes: Number of classes.
        hidden: Units of each hidden layer.
        epochs: Passes over the training samples.
        batch_size: Samples per step.
        learning_rate: Learning rate of Adam.
        balanced: Whether the loss of a sample is weighted by n / (classes × samples of its class).
        dropout: Share of the hidden units left out in each step.
        patience: Epochs without a smaller loss on the stopping samples after which the best weights are final; 0: none.
    """

    classes: int
    hidden: tuple[int, ...] = (32, 16)
    epochs: int = 200
    batch_size: int = 32
    learning_rate: float = 0.001
    balanced: bool = False
    dropout: float = 0.0
    patience: int = 0

    @property
    def outputs(self) -> int:
        """Units of the last layer: one sigmoid for two classes, else a softmax."""
        return 1 if self.classes == 2 else self.classes


def describe_training(config: MlpConfig) -> dict[str, object]:
    """Return how the networks are built and trained, by parameter: what `config` says, and what is the same for all.

    Args:
        config: Architecture and training.

    Example:
        >>> found = describe_training(MlpConfig(classes=2, epochs=50))
        >>> found["epochs"], found["loss"], found["beta_1"]
        (50, 'binary cross-entropy', 0.9)
    """
    binary = config.outputs == 1
    return {
        **{name: value for name, value in config._asdict().items() if name != "classes"},
        "activation": "relu",
        "output": "sigmoid" if binary else "softmax",
        "loss": "binary cross-entropy" if binary else "categorical cross-entropy",
        "initial_weights": "Glorot uniform",
        "initial_biases": 0,
        "optimiser": "Adam",
        "beta_1": _BETA_1,
        "beta_2": _BETA_2,
        "epsilon": _EPSILON,
        "batches": "drawn anew in each epoch",
        "precision": "float32",
    }


class Network(NamedTuple):
    """A trained network: its layers, and its history, shape (epochs, 4), columns as `QUANTITIES`.

    As in Keras, training loss and accuracy are means over the batches of the epoch while the weights change. Validation
    loss and accuracy are computed after the epoch, NaN without validation samples. Losses are those of the data,
    without class weights and penalty.

    Attributes:
        layers: Weights and biases.
        history: Losses and accuracies recorded during training.
        epoch: The epoch whose weights these are; the last one unless it was stopped early.
    """

    layers: tuple[Layer, ...]
    history: Array
    epoch: int = 0

    def to_keras(self) -> Any:
        """Return the same network as a ``keras.Sequential``: relu layers, then a sigmoid (softmax for several classes).

        Its predictions agree with `predict` to single precision. With two classes it has one output, the probability
        of the target.
        """
        import keras

        *hidden, last = self.layers
        model = keras.Sequential(
            [
                keras.Input((self.layers[0][0].shape[0],)),
                *(keras.layers.Dense(weights.shape[1], activation="relu") for weights, _ in hidden),
                keras.layers.Dense(last[0].shape[1], activation="sigmoid" if last[0].shape[1] == 1 else "softmax"),
            ]
        )
        model.set_weights([part for layer in self.layers for part in layer])
        return model

    def predict(self, x: Array) -> Array:
        """Return class probabilities, shape (m, classes), by a forward pass in NumPy."""
        signal = x.astype(np.float32)
        for weights, biases in self.layers[:-1]:
            signal = np.maximum(signal @ weights + biases, 0)
        weights, biases = self.layers[-1]
        logits = (signal @ weights + biases).astype(np.float64)
        if logits.shape[1] == 1:
            positive = special.expit(logits[:, 0])
            return np.column_stack([1 - positive, positive])
        return np.asarray(special.softmax(logits, axis=1))


def train_networks(tasks: Sequence[Task], config: MlpConfig) -> list[Network]:
    """Train one network per task, a few hundred at once.

    The numbers of samples and inputs may differ between tasks. Tasks are padded with zeros of weight zero; an input
    that is always zero has a gradient of zero.

    Args:
        tasks: The data of each network.
        config: Architecture and training, the same for all.
    """
    return [
        network
        for start in range(0, len(tasks), _AT_ONCE)
        for network in _train_together(tasks[start:][:_AT_ONCE], config)
    ]


def _train_together(tasks: Sequence[Task], config: MlpConfig) -> list[Network]:
    width = max(task.x.shape[1] for task in tasks)
    stopping = [
        task._replace(x_stop=task.x[:0], codes_stop=task.codes[:0]) if task.x_stop is None else task for task in tasks
    ]
    fields = (("x", "codes"), ("x_valid", "codes_valid"), ("x_stop", "codes_stop"))
    data = _Parts(*(_pad_tasks(stopping, *names, width, config) for names in fields))
    start = _stack_weights([initial_layers(task, config) for task in tasks], width)
    penalties = np.array([task.l2 for task in tasks], np.float32)
    outcome = _train(start, data, _batches(tasks, config), penalties, config)
    return [
        Network(_layers(outcome.weights, index, task.x.shape[1]), outcome.history[:, index].astype(np.float64), epoch)
        for index, (task, epoch) in enumerate(zip(tasks, outcome.epochs.tolist(), strict=True))
    ]


def initial_layers(task: Task, config: MlpConfig) -> tuple[Layer, ...]:
    """Draw Glorot-uniform weights from the task's seed, with zero biases, as a Keras ``Dense`` layer starts with."""
    rng = np.random.default_rng(task.seed)
    sizes = (task.x.shape[1], *config.hidden, config.outputs)
    layers = []
    for inputs, units in pairwise(sizes):
        limit = np.sqrt(6 / (inputs + units))
        layers.append((rng.uniform(-limit, limit, (inputs, units)).astype(np.float32), np.zeros(units, np.float32)))
    return tuple(layers)


def batch_order(task: Task, epoch: int) -> Positions:
    """Return the order of a network's samples in an epoch; every ``batch_size`` consecutive ones are a batch."""
    return np.random.default_rng((task.seed, epoch)).permutation(len(task.codes))


class _Data(NamedTuple):
    x: Array32  # (networks, samples, inputs)
    codes: npt.NDArray[np.int32]  # (networks, samples)
    present: Array32  # (networks, samples), 1 or 0
    weight: Array32  # (networks, samples), weight of the sample's class; 0 where there is no sample


class _Parts(NamedTuple):
    train: _Data
    valid: _Data
    stop: _Data


def _pad_tasks(tasks: Sequence[Task], x_field: str, code_field: str, width: int, config: MlpConfig) -> _Data:
    samples = max(1, *(len(getattr(task, code_field)) for task in tasks))
    data = _Data(
        np.zeros((len(tasks), samples, width), np.float32),
        np.zeros((len(tasks), samples), np.int32),
        np.zeros((len(tasks), samples), np.float32),
        np.zeros((len(tasks), samples), np.float32),
    )
    for index, task in enumerate(tasks):
        x, codes = getattr(task, x_field), getattr(task, code_field)
        data.x[index, : len(codes), : x.shape[1]] = x
        data.codes[index, : len(codes)] = codes
        data.present[index, : len(codes)] = 1
        data.weight[index, : len(codes)] = class_weights(task.codes, config.classes)[codes] if config.balanced else 1
    return data


def class_weights(codes: Codes, classes: int) -> Array:
    """Return the weight of a sample of each class, shape (classes,), as scikit-learn's ``balanced``."""
    return np.asarray(len(codes) / (classes * np.maximum(np.bincount(codes, minlength=classes), 1)))


def _stack_weights(start: Sequence[tuple[Layer, ...]], width: int) -> list[Array32]:
    """Stack weights and biases of all networks, layer by layer, along a leading axis of networks."""
    stacked = []
    for depth in range(len(start[0])):
        rows = width if depth == 0 else start[0][depth][0].shape[0]
        weights = np.zeros((len(start), rows, start[0][depth][0].shape[1]), np.float32)
        for index, layers in enumerate(start):
            weights[index, : len(layers[depth][0])] = layers[depth][0]
        stacked += [weights, np.stack([layers[depth][1] for layers in start])[:, None, :]]
    return stacked


def _layers(weights: Sequence[Array32], index: int, inputs: int) -> tuple[Layer, ...]:
    pairs = zip(weights[::2], weights[1::2], strict=True)
    return tuple(
        (matrix[index, :inputs] if depth == 0 else matrix[index], bias[index, 0])
        for depth, (matrix, bias) in enumerate(pairs)
    )


class _Batches(NamedTuple):
    rows: npt.NDArray[np.int32]  # (epochs, steps, networks, batch)
    present: Array32  # same shape, 1 or 0
    kept: tuple[Flags, ...]  # per hidden layer, (epochs, steps, networks, batch, units); empty: all


def _batches(tasks: Sequence[Task], config: MlpConfig) -> _Batches:
    steps = max(-(-len(task.codes) // config.batch_size) for task in tasks)
    shape = (config.epochs, len(tasks), steps * config.batch_size)
    rows, present = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
    for index, task in enumerate(tasks):
        n = len(task.codes)
        present[:, index, :n] = 1
        for epoch in range(config.epochs):
            rows[epoch, index, :n] = batch_order(task, epoch)
    split = (config.epochs, len(tasks), steps, config.batch_size)
    kept = (
        tuple(_draw_dropout(tasks, config, depth, steps) for depth in range(len(config.hidden)))
        if config.dropout
        else ()
    )
    return _Batches(rows.reshape(split).swapaxes(1, 2), present.reshape(split).swapaxes(1, 2), kept)


def _draw_dropout(tasks: Sequence[Task], config: MlpConfig, depth: int, steps: int) -> Flags:
    """Draw which units dropout keeps; each network has its own draw, so that it does not depend on the others."""
    cells = (config.batch_size, config.hidden[depth])
    kept = np.ones((config.epochs, steps, len(tasks), *cells), bool)
    for index, task in enumerate(tasks):
        own = -(-len(task.codes) // config.batch_size)
        drawn = np.random.default_rng((task.seed, 1 + depth)).random((config.epochs, own, *cells), np.float32)
        kept[:, :own, index] = drawn >= config.dropout
    return kept


class _Outcome(NamedTuple):
    weights: list[Array32]
    history: Array32  # (epochs, networks, 4)
    epochs: npt.NDArray[np.int32]  # (networks,), the epoch of the weights


def _train(start: list[Array32], data: _Parts, batches: _Batches, penalties: Array32, config: MlpConfig) -> _Outcome:
    tf = tensorflow()
    weights = [tf.Variable(value) for value in start]
    adam = _Adam(tf, weights, config.learning_rate)
    best = _Best(tf, weights, config, np.asarray(data.stop.present.any(axis=1)))
    train, valid, stop = (_Data(*map(tf.constant, part)) for part in data)
    rows, present, decay = tf.constant(batches.rows), tf.constant(batches.present), tf.constant(penalties)
    kept = [tf.constant(layer) for layer in batches.kept]
    epochs, steps = batches.rows.shape[:2]

    def take_step(epoch: Any, step: Any, sums: Any) -> tuple[Any, ...]:
        batch = _batch(tf, train, rows[epoch, step], present[epoch, step])
        masks = [tf.cast(layer[epoch, step], tf.float32) / (1 - config.dropout) for layer in kept]
        return epoch, step + 1, sums + _take_step(tf, weights, adam, batch, masks, decay)

    def pass_epoch(epoch: Any, history: Any) -> tuple[Any, ...]:
        sums = tf.zeros((3, len(start[0])))
        *_, sums = tf.while_loop(lambda _, step, __: step < steps, take_step, (epoch, tf.constant(0), sums))
        loss, accuracy, _ = tf.unstack(tf.math.divide_no_nan(sums, sums[2]))
        sums, _ = _sum_losses(tf, weights, valid)
        val_loss, val_accuracy, _ = tf.unstack(sums / tf.reduce_sum(valid.present, axis=1))
        history = history.write(epoch, tf.stack([loss, accuracy, val_loss, val_accuracy], axis=1))
        best.see(epoch, _sum_losses(tf, weights, stop)[1])
        return epoch + 1, history

    # The loops are written as TensorFlow's own: translating Python's would take longer than the training.
    @tf.function(jit_compile=False, autograph=False)  # type: ignore[untyped-decorator]
    def run() -> Any:
        history = tf.TensorArray(tf.float32, size=epochs)
        _, history = tf.while_loop(lambda epoch, _: epoch < epochs, pass_epoch, (tf.constant(0), history))
        return history.stack()

    history = run().numpy()
    return _Outcome([value.numpy() for value in best.weights], history, best.epoch.numpy() + 1)


def _batch(tf: Any, train: _Data, rows: Any, present: Any) -> _Data:
    x, codes, weight = (tf.gather(part, rows, batch_dims=1) for part in (train.x, train.codes, train.weight))
    return _Data(x, codes, present, weight * present)


def _take_step(tf: Any, weights: list[Any], adam: _Adam, batch: _Data, masks: list[Any], decay: Any) -> Any:
    """Take one step of every network that has a batch left in this epoch; return its sums of loss, hits and samples."""
    seen = tf.reduce_sum(batch.present, axis=1)
    with tf.GradientTape() as tape:
        figures, weighted = _sum_losses(tf, weights, batch, masks)
        penalty = tf.add_n([tf.reduce_sum(matrix**2, axis=(1, 2)) for matrix in weights[::2]])
        objective = tf.reduce_sum(tf.math.divide_no_nan(weighted, seen) + decay * penalty)
    adam.apply(tape.gradient(objective, weights), seen > 0)
    return figures


def _sum_losses(tf: Any, weights: list[Any], data: _Data, masks: Sequence[Any] = ()) -> tuple[Any, Any]:
    """Return the sum of losses, the hits and the samples of every network, shape (3, networks), and weighted losses."""
    signal = data.x
    for depth, (matrix, bias) in enumerate(zip(weights[:-2:2], weights[1:-2:2], strict=True)):
        signal = tf.nn.relu(signal @ matrix + bias)
        signal = signal * masks[depth] if masks else signal
    logits = signal @ weights[-2] + weights[-1]
    if logits.shape[-1] == 1:
        truth = tf.cast(data.codes, tf.float32)
        loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=truth, logits=logits[..., 0])
        predicted = tf.cast(logits[..., 0] > 0, tf.int32)
    else:
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=data.codes, logits=logits)
        predicted = tf.argmax(logits, axis=-1, output_type=tf.int32)
    hits = tf.cast(predicted == data.codes, tf.float32)
    sums = tf.stack([tf.reduce_sum(value * data.present, axis=1) for value in (loss, hits, tf.ones_like(loss))])
    return sums, tf.reduce_sum(loss * data.weight, axis=1)


class _Best:
    """The final weights: the last ones, or with patience those of the smallest loss on the stopping samples."""

    def __init__(self, tf: Any, weights: list[Any], config: MlpConfig, stoppable: Flags) -> None:
        count = len(stoppable)
        self.stoppable = tf.constant(stoppable)
        self.tf, self.patience, self.current = tf, config.patience, weights
        self.weights = [tf.Variable(value) for value in weights] if config.patience else weights
        self.loss = tf.Variable(tf.fill((count,), np.float32(np.inf)))
        self.waited = tf.Variable(tf.zeros((count,), tf.int32))
        self.epoch = tf.Variable(tf.fill((count,), 0 if config.patience else config.epochs - 1))

    def see(self, epoch: Any, loss: Any) -> None:
        """Take the present weights of every network that has improved and has not been stopped."""
        if not self.patience:
            return
        tf = self.tf
        better = ~self.stoppable | (loss < self.loss) & (self.waited < self.patience)
        self.loss.assign(tf.where(better, loss, self.loss))
        self.epoch.assign(tf.where(better, epoch, self.epoch))
        self.waited.assign(tf.where(better, 0, self.waited + 1))
        for kept, value in zip(self.weights, self.current, strict=True):
            kept.assign(tf.where(better[:, None, None], value, kept))


class _Adam:
    """Keras' Adam, with a step count per network: a network without a batch in a step stays unchanged."""

    def __init__(self, tf: Any, weights: list[Any], learning_rate: float) -> None:
        self.tf = tf
        self.weights = weights
        self.learning_rate = learning_rate
        self.first = [tf.Variable(tf.zeros_like(value)) for value in weights]
        self.second = [tf.Variable(tf.zeros_like(value)) for value in weights]
        self.steps = tf.Variable(tf.zeros((weights[0].shape[0], 1, 1)))

    def apply(self, gradients: list[Any], active: Any) -> None:
        tf, moves = self.tf, active[:, None, None]
        self.steps.assign_add(tf.cast(moves, tf.float32))
        correction = tf.sqrt(1 - _BETA_2**self.steps) / (1 - _BETA_1**self.steps)
        rate = tf.where(moves, self.learning_rate * correction, 0.0)
        for value, gradient, first, second in zip(self.weights, gradients, self.first, self.second, strict=True):
            first.assign(tf.where(moves, first + (gradient - first) * (1 - _BETA_1), first))
            second.assign(tf.where(moves, second + (gradient**2 - second) * (1 - _BETA_2), second))
            value.assign_sub(rate * first / (tf.sqrt(second) + _EPSILON))


def tensorflow() -> Any:
    """Return TensorFlow on one thread: the networks are too small to share, and sums must not depend on the machine.

    The first call imports it, which takes seconds: call it while the workers are busy.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    with _silent_stderr(), _without_keras():
        import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # hides the warning that every batch of networks has its own graph
    return tf


@contextmanager
def _without_keras() -> Iterator[None]:
    """Import TensorFlow without Keras inside this context: Keras is not needed here and takes half of the import."""
    name = "TF_USE_LEGACY_KERAS"
    if "tensorflow" in sys.modules or name in os.environ:
        yield
        return
    os.environ[name] = "1"
    try:
        yield
    finally:
        del os.environ[name]


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Silence standard error: TensorFlow's C++ code prints while it loads, before it reads its log level.

    Python errors still show.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
