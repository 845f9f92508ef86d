"""Support vector machine with radial kernel for hundreds or thousands of samples.

libsvm computes the kernel value by value, which takes most of its time where samples have thousands of genes, and again
for every prediction. Here a matrix product computes it. Its memory still grows with the square of the samples, so above
`FEW_FOR_EXACT` training samples the kernel is approximated by Nyström's method.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import SVC
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import _ovr_decision_function, check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from genereport.learn.primal import Machine
from genereport.learn.rfe import pair_coefficients
from genereport.rules import FEW_FOR_EXACT, LANDMARKS
from genereport.types import AnyArray, Array, Codes

_ROWS = 1024  # samples whose kernel is held at a time
_SMALLEST = 1e-10  # eigenvalues of the kernel below this share of the largest are left out


class RadialSVC(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """``SVC(kernel="rbf", gamma="scale")``, and an approximation of it above a number of samples.

    The approximation draws `LANDMARKS` training samples and takes the kernel between any two samples as that of their projections on the space of these (Nyström's method). In this
    space the machine has the squared hinge loss and is fitted in the primal.

    Source: Williams and Seeger (2001), NIPS 13:682, for Nyström's method.

    Args:
        C: Inverse strength of the penalty.
        gamma: Only ``scale``.
        class_weight: None or ``balanced``.
        exact: Largest number of training samples with which the kernel is not approximated.
        landmarks: Number of training samples that are drawn.
        random_state: Seed of the draw.

    Attributes:
        classes_: Class labels, shape (k,).
        _gamma: 1 / (number of features × variance of all values).
        support_vectors_: Support vectors or drawn samples, shape (s, p).
        coef_: Their coefficients in the machine of each pair of classes, shape (pairs, s); positive for the second.
        intercept_: Shape (pairs,).

    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> ours, stock = RadialSVC().fit(X, y), SVC().fit(X, y)
        >>> bool(np.allclose(ours.decision_function(X), stock.decision_function(X), atol=1e-6))
        True
    """

    kernel = "rbf"

    def __init__(
        self,
        C: float = 1.0,
        gamma: str = "scale",
        class_weight: str | None = None,
        exact: int = FEW_FOR_EXACT,
        landmarks: int = LANDMARKS,
        random_state: int = 0,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.class_weight = class_weight
        self.exact = exact
        self.landmarks = landmarks
        self.random_state = random_state

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
        if self.approximates(len(X)):
            self._fit_approximately(X, codes)
        else:
            self._fit_exactly(X, codes)
        return self

    def approximates(self, samples: int) -> bool:
        """Return whether the kernel is approximated with so many training samples."""
        return samples > self.exact

    def _fit_exactly(self, X: Array, codes: Codes) -> None:
        machine = SVC(C=self.C, kernel="precomputed", class_weight=self.class_weight)
        machine.fit(_kernel(X, X, self._gamma), codes)
        self.support_vectors_ = X[machine.support_]
        self.coef_ = -pair_coefficients(machine._dual_coef_, machine._n_support)
        self.intercept_ = -machine._intercept_

    def _fit_approximately(self, X: Array, codes: Codes) -> None:
        drawn = np.random.RandomState(self.random_state).permutation(len(X))[: self.landmarks]
        self.support_vectors_ = X[np.sort(drawn)]
        values, axes = np.linalg.eigh(_kernel(self.support_vectors_, self.support_vectors_, self._gamma))
        kept = values > _SMALLEST * values[-1]
        root = axes[:, kept] / np.sqrt(values[kept])
        mapped = np.concatenate(
            [_kernel(X[start : start + _ROWS], self.support_vectors_, self._gamma) @ root for start in _starts(X)]
        )
        shares = compute_sample_weight(self.class_weight, codes)
        pairs = list(combinations(range(len(self.classes_)), 2))
        self.coef_, self.intercept_ = np.empty((len(pairs), len(root))), np.empty(len(pairs))
        for row, (i, j) in enumerate(pairs):
            own = np.flatnonzero((codes == i) | (codes == j))
            machine = Machine(mapped[own], codes[own] == j, self.C, shares[own])
            self.coef_[row], self.intercept_[row] = root @ machine.weights, machine.intercept

    def decision_function(self, X: Any) -> Array:
        """Return the scores of the rows of `X`: shape (m,) with two classes, else (m, k), as ``SVC`` does."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        scores = np.concatenate(
            [
                _kernel(X[start : start + _ROWS], self.support_vectors_, self._gamma) @ self.coef_.T
                for start in _starts(X)
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


def _starts(X: Array) -> range:
    return range(0, len(X), _ROWS)


def _kernel(x: Array, others: Array, gamma: float) -> Array:
    """Return exp(−γ ‖a − b‖²) between rows, shape (m, s)."""
    result = x @ others.T
    result *= 2
    result -= np.einsum("ij,ij->i", x, x)[:, None]
    result -= np.einsum("ij,ij->i", others, others)
    np.minimum(result, 0, out=result)
    result *= gamma
    return np.asarray(np.exp(result, out=result))
