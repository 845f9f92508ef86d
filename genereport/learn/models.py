"""The classifiers that are compared, and how each is built.

Every classifier sees standardised values. To add one, append a `Classifier` to `CLASSIFIERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from genereport.settings import ModelSettings

Codes = npt.NDArray[np.intp]
Build = Callable[[ModelSettings, Codes, int], Any]


@dataclass(frozen=True)
class Classifier:
    """A scikit-learn classifier with ``predict_proba`` that enters the comparison.

    Attributes:
        name: As in the tables.
        build: Settings, training classes and seed → unfitted estimator.
        features: What it is trained on: ``selected`` genes, ``all`` genes, or both in turn.
    """

    name: str
    build: Build
    features: tuple[str, ...] = ("selected", "all")


def _logistic_l1(settings: ModelSettings, codes: Codes, seed: int) -> LogisticRegression:
    # liblinear is the fast solver for two classes and cannot do the multinomial loss, which saga can.
    binary = codes.max() == 1
    return LogisticRegression(
        l1_ratio=1.0,
        solver="liblinear" if binary else "saga",
        C=settings.penalty_c,
        max_iter=1000 if binary else 3000,
        tol=1e-4 if binary else 1e-3,
        random_state=seed,
    )


def _logistic_l2(settings: ModelSettings, codes: Codes, seed: int) -> LogisticRegression:  # noqa: ARG001
    return LogisticRegression(C=settings.penalty_c, max_iter=1000)


def _svm_rbf(settings: ModelSettings, codes: Codes, seed: int) -> CalibratedClassifierCV:
    folds = StratifiedKFold(n_splits=min(5, int(np.bincount(codes).min())), shuffle=True, random_state=seed)
    svc = SVC(C=settings.penalty_c, gamma="scale")
    return CalibratedClassifierCV(svc, method="sigmoid", cv=folds, ensemble=False)


def _random_forest(settings: ModelSettings, codes: Codes, seed: int) -> RandomForestClassifier:  # noqa: ARG001
    return RandomForestClassifier(n_estimators=settings.trees, random_state=seed)


def _majority_class(settings: ModelSettings, codes: Codes, seed: int) -> DummyClassifier:  # noqa: ARG001
    return DummyClassifier(strategy="prior")


CLASSIFIERS = (
    Classifier("logistic_l1", _logistic_l1),
    Classifier("logistic_l2", _logistic_l2),
    Classifier("svm_rbf", _svm_rbf),
    Classifier("random_forest", _random_forest),
    Classifier("majority_class", _majority_class, features=("all",)),
)

NETWORKS = {"selected": "mlp_selected", "components": "mlp_components"}
"""What a neural network is trained on → its name."""

FLOOR = "majority_class"

PREFERENCE = (
    ("logistic_l1", "selected"),
    ("logistic_l2", "selected"),
    ("svm_rbf", "selected"),
    ("random_forest", "selected"),
    ("mlp_selected", "selected"),
    ("mlp_components", "components"),
)
"""Eligible to be named, the simpler before the more complex; fixed before any figure is seen."""
