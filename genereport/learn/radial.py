"""Support vector machine with radial kernel for hundreds or thousands of samples.

libsvm computes the kernel value by value, which takes most of its time where samples have thousands of genes, and again
for every prediction. Here a matrix product computes it.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import SVC
from sklearn.utils.multiclass import _ovr_decision_function, check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from genereport.learn.rfe import pair_coefficients
from genereport.types import AnyArray, Array

_ROWS = 1024  # samples whose kernel is held at a time


class RadialSVC(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """``SVC(kernel="rbf", gamma="scale")`` with the whole kernel in memory: n × n numbers for n training samples.

    Args:
        C: Inverse strength of the penalty.
        gamma: Only ``scale``.
        class_weight: None or ``balanced``.

    Attributes:
        classes_: Class labels, shape (k,).
        _gamma: 1 / (number of features × variance of all values).
        support_vectors_: Support vectors, shape (s, p).
        coef_: Their coefficients in the machine of each pair of classes, shape (pairs, s); positive for the second.
        intercept_: Shape (pairs,).

    Example:
        The scores are those of libsvm, whose solver stops at a tolerance of 1e-3.

        >>> from sklearn.datasets import load_iris
        >>> from sklearn.svm import SVC
        >>> X, y = load_iris(return_X_y=True)
        >>> ours, stock = RadialSVC().fit(X, y), SVC().fit(X, y)
        >>> bool(np.allclose(ours.decision_function(X), stock.decision_function(X), atol=1e-3))
        True
    """

    kernel = "rbf"

    def __init__(self, C: float = 1.0, gamma: str = "scale", class_weight: str | None = None) -> None:
        self.C = C
        self.gamma = gamma
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any) -> Self:
        """Fit to samples × features, shape (n, p), with classes (n,).

        Raises:
            ValueError: There are fewer than two classes.
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("The classifier needs samples of at least 2 classes; got one class only.")
        variance = float(X.var())
        self._gamma = 1 / (X.shape[1] * variance) if variance else 1.0
        machine = SVC(C=self.C, kernel="precomputed", class_weight=self.class_weight)
        machine.fit(_kernel(X, X, self._gamma), codes)
        self.support_vectors_ = X[machine.support_]
        self.coef_ = -pair_coefficients(machine._dual_coef_, machine._n_support)
        self.intercept_ = -machine._intercept_
        return self

    def decision_function(self, X: Any) -> Array:
        """Return the scores of the rows of `X`: shape (m,) with two classes, else (m, k), as ``SVC`` does."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        scores = np.concatenate(
            [
                _kernel(X[start : start + _ROWS], self.support_vectors_, self._gamma) @ self.coef_.T
                for start in range(0, len(X), _ROWS)
            ]
        )
        scores += self.intercept_
        if len(self.classes_) == 2:
            return np.asarray(scores[:, 0])
        return np.asarray(_ovr_decision_function(scores > 0, scores, len(self.classes_)))

    def predict(self, X: Any) -> AnyArray:
        """Return the class of each row of `X`, shape (m,)."""
        scores = self.decision_function(X)
        found = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return np.asarray(self.classes_[found])


def _kernel(x: Array, others: Array, gamma: float) -> Array:
    """Return exp(−γ ‖a − b‖²) between rows, shape (m, s)."""
    result = x @ others.T
    result *= 2
    result -= np.einsum("ij,ij->i", x, x)[:, None]
    result -= np.einsum("ij,ij->i", others, others)
    np.minimum(result, 0, out=result)
    result *= gamma
    return np.asarray(np.exp(result, out=result))
