"""The classifiers that are compared, how each is built, and its tuning grid.

Every classifier is given standardised values. Users add a classifier with `own_model`, or with an entry point of the
group ``genereport.models`` that names a scikit-learn classifier or a function that makes one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from genereport.errors import SettingsError
from genereport.learn.calibration import Calibrated
from genereport.learn.centroids import ShrunkenCentroids
from genereport.learn.forest import Forest
from genereport.learn.l1 import L1LogisticRegression
from genereport.learn.radial import RadialSVC
from genereport.rules import KERNEL_IN_MEMORY
from genereport.settings import ModelSettings
from genereport.types import PENALTIES, WEIGHT_DECAYS, Codes, Key

Build = Callable[[ModelSettings, Codes, int], Any]
Changes = Mapping[str, float]

ENTRY_POINTS = "genereport.models"


@dataclass(frozen=True)
class Classifier:
    """A scikit-learn classifier with ``predict_proba`` that enters the comparison.

    Attributes:
        name: Name in the tables.
        build: Settings, training classes and seed → unfitted estimator.
        features: Features it is trained on: ``selected`` genes, ``all`` genes, or both in turn.
        grid: Changes to the settings that tuning tries; of equally good ones the first is taken.
    """

    name: str
    build: Build
    features: tuple[str, ...] = ("selected", "all")
    grid: tuple[Changes, ...] = ({},)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The key of the classifier for each of its sets of features.

        Example:
            >>> CLASSIFIERS[0].keys
            (('shrunken_centroids', 'selected'), ('shrunken_centroids', 'all'))
        """
        return tuple((self.name, features) for features in self.features)


def _weights(settings: ModelSettings) -> str | None:
    return "balanced" if settings.class_weight == "balanced" else None


def _shrunken_centroids(settings: ModelSettings, codes: Codes, seed: int) -> ShrunkenCentroids:  # noqa: ARG001
    return ShrunkenCentroids(prior="uniform" if _weights(settings) else "training", random_state=seed)


def _logistic_l1(settings: ModelSettings, codes: Codes, seed: int) -> L1LogisticRegression:  # noqa: ARG001
    return L1LogisticRegression(C=settings.penalty_c, class_weight=_weights(settings))


def _logistic_l2(settings: ModelSettings, codes: Codes, seed: int) -> LogisticRegression:  # noqa: ARG001
    return LogisticRegression(C=settings.penalty_c, class_weight=_weights(settings), max_iter=1000)


def _svm_rbf(settings: ModelSettings, codes: Codes, seed: int) -> Calibrated:
    kind = RadialSVC if len(codes) in KERNEL_IN_MEMORY else SVC
    return Calibrated(kind(C=settings.penalty_c, gamma="scale", class_weight=_weights(settings)), seed)


def _random_forest(settings: ModelSettings, codes: Codes, seed: int) -> Forest:  # noqa: ARG001
    return Forest(settings.trees, _weights(settings), seed)


def _majority_class(settings: ModelSettings, codes: Codes, seed: int) -> DummyClassifier:  # noqa: ARG001
    return DummyClassifier(strategy="prior")


_PENALTIES: tuple[Changes, ...] = tuple({"penalty_c": value} for value in PENALTIES)

CLASSIFIERS = (
    Classifier("shrunken_centroids", _shrunken_centroids),
    Classifier("logistic_l1", _logistic_l1, grid=_PENALTIES),
    Classifier("logistic_l2", _logistic_l2, grid=_PENALTIES),
    Classifier("svm_rbf", _svm_rbf, grid=_PENALTIES),
    Classifier("random_forest", _random_forest),
    Classifier("majority_class", _majority_class, features=("all",)),
)

NETWORKS = {"selected": "mlp_selected", "components": "mlp_components"}
"""Features that a neural network is trained on → its name."""

NETWORK_KEYS: tuple[Key, ...] = tuple((name, features) for features, name in NETWORKS.items())
NETWORK_GRID: tuple[Changes, ...] = tuple({"weight_decay": value} for value in WEIGHT_DECAYS)


_PREFERENCE = ("shrunken_centroids", "logistic_l1", "logistic_l2", "svm_rbf", "random_forest")


def preference(classifiers: Iterable[Classifier]) -> tuple[Key, ...]:
    """Return the models that may be named, simple before complex and a user's own last; fixed before any result.

    Args:
        classifiers: The classifiers of the comparison.

    Returns:
        Model and features, in the order of preference; the neural networks are always among them.

    Example:
        >>> from sklearn.naive_bayes import GaussianNB
        >>> [model for model, _ in preference([own_model("bayes", GaussianNB()), CLASSIFIERS[1]])]
        ['logistic_l1', 'mlp_selected', 'mlp_components', 'bayes']
    """
    features = {classifier.name: classifier.features[0] for classifier in classifiers}
    ours = [(name, "selected") for name in _PREFERENCE if name in features]
    known = {classifier.name for classifier in CLASSIFIERS}
    return (*ours, *NETWORK_KEYS, *((name, first) for name, first in features.items() if name not in known))


def own_model(name: str, estimator: Any, features: tuple[str, ...] = ("selected", "all")) -> Classifier:
    """Return a user's scikit-learn classifier for ``analyse(cohort, settings, models=[own_model(…)])``.

    A fresh clone is fitted on every training part, on standardised values. Every ``random_state`` is set from the seed
    of the run. Without ``predict_proba`` its scores are calibrated inside the training part, like those of the SVM.

    Args:
        name: Name in the tables: lower-case letters, digits and underscores; no other model may have it.
        estimator: The unfitted classifier.
        features: Features it is trained on: ``selected`` genes, ``all`` genes, or both in turn.

    Returns:
        The classifier, to be passed to `genereport.analyse`.

    Raises:
        SettingsError: GR006 if it cannot join the comparison.

    Example:
        >>> from sklearn.naive_bayes import GaussianNB
        >>> own_model("naive_bayes", GaussianNB(), features=("selected",)).keys
        (('naive_bayes', 'selected'),)
    """
    _require(
        isinstance(estimator, BaseEstimator) and is_classifier(estimator), name, "It is not a scikit-learn classifier."
    )
    _require(
        hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function"),
        name,
        "It has neither predict_proba nor decision_function.",
    )
    _require(
        bool(re.fullmatch(r"[a-z][a-z0-9_]*", name)),
        name,
        "A name may hold only lower-case letters, digits and _, and starts with a letter.",
    )
    _require(
        bool(features) and set(features) <= {"selected", "all"}, name, "Its features must be 'selected', 'all' or both."
    )
    taken = {classifier.name for classifier in CLASSIFIERS} | set(NETWORKS.values())
    _require(name not in taken, name, "One of genereport's own models has this name.")

    return Classifier(name, _Own(estimator), features)


@dataclass(frozen=True, eq=False)
class _Own:
    """Builder of clones of a user's estimator."""

    estimator: Any

    def __call__(self, settings: ModelSettings, codes: Codes, seed: int) -> Any:  # noqa: ARG002
        fresh = clone(self.estimator)
        seeded = [name for name in fresh.get_params() if name.rpartition("__")[2] == "random_state"]
        fresh.set_params(**dict.fromkeys(seeded, seed))
        return fresh if hasattr(fresh, "predict_proba") else Calibrated(fresh, seed)


def installed_models() -> tuple[Classifier, ...]:
    """Return the classifiers that installed packages offer as entry points.

    Returns:
        The classifiers, sorted by name.

    Raises:
        SettingsError: GR006 if one of them cannot join.

    Example:
        >>> all(isinstance(model, Classifier) for model in installed_models())
        True
    """
    found = []
    for entry in sorted(metadata.entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        offered = entry.load()
        found.append(own_model(entry.name, offered if isinstance(offered, BaseEstimator) else offered()))
    return tuple(found)


def distinct(classifiers: Iterable[Classifier]) -> tuple[Classifier, ...]:
    """Check that no name of a classifier occurs twice.

    Args:
        classifiers: Classifiers of the comparison.

    Returns:
        The same classifiers.

    Raises:
        SettingsError: GR006 if a name occurs twice.

    Example:
        >>> distinct([CLASSIFIERS[0], CLASSIFIERS[0]])
        Traceback (most recent call last):
            ...
        genereport.errors.SettingsError: [GR006] The model 'shrunken_centroids' cannot join the comparison. ...
    """
    names: set[str] = set()
    every = tuple(classifiers)
    for classifier in every:
        _require(classifier.name not in names, classifier.name, "Another model has this name.")
        names.add(classifier.name)
    return every


def _require(met: bool, name: str, why: str) -> None:
    if not met:
        raise SettingsError(
            "GR006", f"The model '{name}' cannot join the comparison. {why}", "See 'A new model' in CONTRIBUTING.md."
        )
