"""scikit-learn estimators as bytes without pickle: skops archives in a canonical form, of a fixed list of types."""

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
"""What may be a model; scikit-learn's calibration stands in earlier bundles. A network is none of them, but arrays."""

TRUSTED = {
    "ObjectNode": MODELS
    | {
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.model_selection._split.StratifiedKFold",
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
"""How skops stores a value → the types that may be stored so. skops itself trusts far more than is needed here."""


def _skops() -> Any:
    """Imported when it is needed: on its import it lists all that it might trust, which takes half a second."""
    import skops.io

    return skops.io


def dump_estimator(model: Any) -> bytes:
    """A fitted estimator as a canonical skops archive: equal estimators give equal bytes.

    Raises:
        ValueError: it has a part that `load_estimator` would not open; the message says which, a whole sentence.
    """
    if type_name(model) not in MODELS:
        raise ValueError(f"A bundle holds only types on a fixed list, and {type_name(model)} is not on it.")
    try:
        content = _canonical_skops(_skops().dumps(model))
    except Exception as error:  # whatever the parts of a model that are not on the list may raise
        raise ValueError(f"A part of the model cannot be stored without pickle ({error}).") from error
    if foreign := _foreign(_schema(content)):
        raise ValueError(f"A bundle holds only types on a fixed list, and {listed(sorted(foreign))} is not on it.")
    return content


def load_estimator(file: str, content: bytes) -> Any:
    """A scikit-learn estimator out of a skops archive whose every type is on the list.

    Args:
        file: Its name, for messages.
        content: The archive.

    Raises:
        BundleError: GR602 if it holds anything else, or arrays that do not fit together.
    """
    for name, member in members(file, content).items():
        if name != "schema.json":
            array_of(file, name, member)
    trusted = frozenset[str]().union(*TRUSTED.values())
    foreign = _foreign(_schema(content)) or set(_skops().get_untrusted_types(data=content)) - trusted
    if foreign:
        raise distrusted(file, f"The file holds types that are not trusted: {listed(sorted(foreign))}.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of another version: whether that matters, the golden predictions tell
        model = _skops().loads(content, trusted=sorted(trusted))
    if not all(_sound_svc(part) for part in _objects(model) if isinstance(part, SVC) and hasattr(part, "n_support_")):
        raise distrusted(file, "The arrays of a support-vector machine do not fit together.")
    return model


def _objects(root: Any) -> Iterator[Any]:
    """A value and everything it is made of, each once."""
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
    """The same skops archive without what changes from one process to the next.

    skops numbers values by their addresses, which also tell which equal values happen to be one object: that depends
    on how many processes trained. Without the numbers an archive is a plain tree, and arrays are named by appearance.
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


def _foreign(schema: Any) -> set[str]:
    """Types in a skops schema that are not on the list."""
    found = set()
    for node in _objects(schema):
        if isinstance(node, dict) and "__loader__" in node:
            name = f"{node.get('__module__')}.{node.get('__class__')}"
            if name not in TRUSTED.get(node["__loader__"], ()):
                found.add(name)
    return found


def type_name(model: Any) -> str:
    """Dotted name of a type, or of an object's."""
    cls = model if isinstance(model, type) else type(model)
    return f"{cls.__module__}.{cls.__qualname__}"
