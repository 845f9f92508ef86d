"""Store scikit-learn estimators without pickle: canonical skops archives that hold only types on a fixed list."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.svm import SVC

from genereport.errors import listed
from genereport.learn.archive import archive, array_of, distrusted, members

MODELS = frozenset(
    {
        "genereport.learn.calibration.Calibrated",
        "genereport.learn.centroids.ShrunkenCentroids",
        "genereport.learn.forest.Forest",
        "genereport.learn.l1.L1LogisticRegression",
        "sklearn.calibration.CalibratedClassifierCV",
        "sklearn.dummy.DummyClassifier",
        "sklearn.linear_model._logistic.LogisticRegression",
    }
)
"""Types that a model may have. Earlier bundles hold scikit-learn's calibration. Networks are stored as arrays."""

TRUSTED = {
    "ObjectNode": MODELS
    | {
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.model_selection._split.StratifiedKFold",
        "genereport.learn.radial.RadialSVC",
        "sklearn.svm._classes.SVC",
    },
    "DictNode": {"builtins.dict"},
    "ListNode": {"builtins.list"},
    "TupleNode": {"builtins.tuple"},
    "JsonNode": {"builtins.str"},
    "TypeNode": {"builtins.int", "builtins.str"},
    "NdArrayNode": {
        "numpy.bool",
        "numpy.float32",
        "numpy.float64",
        "numpy.int32",
        "numpy.int64",
        "numpy.ndarray",
        "numpy.str_",
    },
}
"""Kind of skops node → types that may be stored as such. skops itself trusts far more than is needed here."""


def _import_skops() -> Any:
    """Import skops when it is needed; its import takes half a second, because it lists all types it might trust."""
    import skops.io

    return skops.io


def dump_estimator(model: Any) -> bytes:
    """Return a fitted estimator as a canonical skops archive: equal estimators give equal bytes.

    Args:
        model: Fitted estimator, one of the types that a bundle may hold.

    Raises:
        ValueError: it has a part that `load_estimator` would not open; the message is a sentence that names it.

    Example:
        >>> from sklearn.linear_model import LogisticRegression
        >>> model = LogisticRegression().fit([[-1.0], [1.0]], [0, 1])
        >>> dump_estimator(model) == dump_estimator(LogisticRegression().fit([[-1.0], [1.0]], [0, 1]))
        True
    """
    if type_name(model) not in MODELS:
        raise ValueError(f"A bundle holds only types on a fixed list, and {type_name(model)} is not on it.")
    skops = _import_skops()  # outside the block below: a failed import says nothing about the model
    try:
        content = _canonical_skops(skops.dumps(model))
    except Exception as error:  # parts that are not on the list may raise anything
        raise ValueError(f"A part of the model cannot be stored without pickle ({error}).") from error
    if foreign := _foreign_types(_schema(content)):
        raise ValueError(f"A bundle holds only types on a fixed list, and {listed(sorted(foreign))} is not on it.")
    return content


def load_estimator(file: str, content: bytes) -> Any:
    """Read a scikit-learn estimator from a skops archive in which every type is on the list.

    Args:
        file: Its name, for messages.
        content: The archive.

    Returns:
        The fitted estimator.

    Raises:
        BundleError: GR602 if it holds anything else, or arrays that do not fit together.

    Example:
        >>> from sklearn.linear_model import LogisticRegression
        >>> content = dump_estimator(LogisticRegression().fit([[-1.0], [1.0]], [0, 1]))
        >>> load_estimator("logistic.skops", content).predict([[0.5]])
        array([1])
    """
    for name, member in members(file, content).items():
        if name != "schema.json":
            array_of(file, name, member)
    trusted = frozenset[str]().union(*TRUSTED.values())
    foreign = _foreign_types(_schema(content)) or set(_import_skops().get_untrusted_types(data=content)) - trusted
    if foreign:
        raise distrusted(file, f"The file holds types that are not trusted: {listed(sorted(foreign))}.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about another version; the golden predictions show whether that matters
        model = _import_skops().loads(content, trusted=sorted(trusted))
    if not all(_sound_svc(part) for part in _objects(model) if isinstance(part, SVC) and hasattr(part, "n_support_")):
        raise distrusted(file, "The arrays of a support-vector machine do not fit together.")
    return model


def _objects(root: Any) -> Iterator[Any]:
    """Yield a value and everything it contains, each once."""
    seen: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        yield value
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.dtype.hasobject):
            waiting.extend(np.ravel(value) if isinstance(value, np.ndarray) else value)
        elif hasattr(value, "__dict__") and not isinstance(value, type):
            waiting.extend(vars(value).values())


def _sound_svc(svc: Any) -> bool:
    vectors, classes = len(svc.support_vectors_), len(svc._n_support)
    return bool(
        svc.kernel in ("linear", "poly", "rbf", "sigmoid")
        and classes >= 2
        and (svc._n_support >= 0).all()
        and svc._n_support.sum() == vectors == len(svc.support_)
        and svc.support_vectors_.shape[1:] == (svc.n_features_in_,) == svc.shape_fit_[1:]
        and svc._dual_coef_.shape == (classes - 1, vectors)
        and svc._intercept_.shape == (classes * (classes - 1) // 2,)
        and svc._probA.size == svc._probB.size == 0
    )


def _canonical_skops(content: bytes) -> bytes:
    """Return the same skops archive without what differs between processes.

    skops numbers values by their addresses, which also show which equal values are one object; that depends on how many
    processes trained. Without the numbers an archive is a plain tree, and arrays are named in order of appearance.
    """
    inside = members("", content)
    arrays: dict[bytes, str] = {}

    def settled(node: Any) -> Any:
        if isinstance(node, list):
            return [settled(part) for part in node]
        if not isinstance(node, dict):
            return node
        if "__loader__" not in node:
            return {name: settled(part) for name, part in node.items()}
        kept = {name: settled(part) for name, part in node.items() if name != "__id__"}
        if "file" in node:
            kept["file"] = arrays.setdefault(inside[node["file"]], f"{len(arrays)}.npy")
        return kept

    schema = json.dumps(settled(json.loads(inside["schema.json"])), separators=(",", ":"))
    return archive({"schema.json": schema.encode(), **{name: array for array, name in arrays.items()}})


def _schema(content: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return json.loads(opened.read("schema.json"))


def _foreign_types(schema: Any) -> set[str]:
    """Return the types in a skops schema that are not on the list."""
    found = set()
    for node in _objects(schema):
        if isinstance(node, dict) and "__loader__" in node:
            name = f"{node.get('__module__')}.{node.get('__class__')}"
            if name not in TRUSTED.get(node["__loader__"], ()):
                found.add(name)
    return found


def type_name(model: Any) -> str:
    """Return the dotted name of a type, or of an object's type.

    Args:
        model: A type or any object.

    Example:
        >>> from sklearn.svm import SVC
        >>> type_name(SVC), type_name(SVC())
        ('sklearn.svm._classes.SVC', 'sklearn.svm._classes.SVC')
    """
    cls = model if isinstance(model, type) else type(model)
    return f"{cls.__module__}.{cls.__qualname__}"
