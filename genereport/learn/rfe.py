"""Recursive feature elimination with a linear support vector machine, in the space of the samples.

For p ≫ n a linear SVM uses its data only through the n × n Gram matrix. Eliminating one feature takes a rank-one
update of that matrix, a fit on n × n numbers and one matrix–vector product for the squared weights, whereas the plain
algorithm (Guyon et al. 2002) refits on n × p numbers each time. With more samples than features a fit on the features
themselves is cheaper and is used instead.

The time of libsvm grows with the square of the samples at least. With many samples the loss is therefore the squared
hinge, whose machine is fitted in the space of the features (`genereport.learn.primal`).
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.svm import _libsvm as libsvm
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from genereport.learn.primal import Machine
from genereport.rules import ONE_BY_ONE
from genereport.types import Array, Codes, Counts, Flags, Positions

_REFRESH = 64  # eliminations between exact recomputations of the Gram matrix, so that rounding does not accumulate


class GramRFE(SelectorMixin, BaseEstimator):  # type: ignore[misc]
    """Selector that ranks features as scikit-learn's ``RFE`` does with a linear support vector machine.

    With the hinge loss it ranks as ``RFE(SVC(kernel="linear", C=C), step=1)``, through the Gram matrix, and with the
    squared hinge loss as ``RFE(LinearSVC(C=C, dual=False), step=1)``.

    The ranking equals scikit-learn's up to ties and tolerance. Of tied squared weights the first column is eliminated
    first here; scikit-learn does not specify the order. The tolerance of libsvm's solver is 1e-3, as in scikit-learn:
    where two weights differ by less, rounding of the Gram matrix may decide between them. With several classes the
    squared weights are summed over the one-vs-one machines, as scikit-learn does for ``SVC``.

    Args:
        n_features_to_select: Number of features to keep; all if there are fewer.
        C: Inverse strength of the penalty.
        loss: ``hinge`` or ``squared_hinge``.
        share: Share of the features left that is eliminated at a time, as a fractional ``step`` of ``RFE``, until half
            of the features, and at most `ONE_BY_ONE`, are left; the others follow one by one. None: all do.

    Attributes:
        ranking_: 1 for the last feature left, p for the one eliminated first, shape (p,). It is the whole path, so
            that any number of features can be chosen from it.

    Example:
        The ranking is that of scikit-learn, which fits a machine for every feature that it eliminates.

        >>> from sklearn.datasets import load_iris
        >>> from sklearn.feature_selection import RFE
        >>> from sklearn.svm import SVC
        >>> X, y = load_iris(return_X_y=True)
        >>> print(GramRFE(2).fit(X, y).ranking_, RFE(SVC(kernel="linear"), n_features_to_select=1).fit(X, y).ranking_)
        [4 3 1 2] [4 3 1 2]
    """

    def __init__(
        self, n_features_to_select: int = 50, C: float = 1.0, loss: str = "hinge", share: float | None = None
    ) -> None:
        self.n_features_to_select = n_features_to_select
        self.C = C
        self.loss = loss
        self.share = share

    def fit(self, X: Any, y: Any) -> Self:
        """Eliminate the columns of `X`, shape (n, p), by their weight in telling the classes `y` apart."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        classes, codes = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"Elimination compares classes, but y holds one class only: {classes[0]!r}.")
        left = np.arange(X.shape[1])
        ranking = np.ones(len(left), dtype=np.intp)
        machines = _Primal(X, codes, self.C) if self.loss == "squared_hinge" else _Dual(X, codes, self.C)
        share = self.share or 0.0
        few = max(min(len(left) // 2, ONE_BY_ONE), self.n_features_to_select) if share else len(left)
        while len(left) > few:
            size = min(max(int(share * len(left)), 1), len(left) - few)
            order = np.lexsort((left, machines.squared_weights()))
            ranking[left[order[:size]]] = len(left) - np.arange(size)
            machines.drop(order[:size])
            left = np.delete(left, order[:size])
        for count in range(len(left), 1, -1):
            worst = _find_worst(machines.squared_weights(), left)
            ranking[left[worst]] = count
            machines.eliminate(worst)
            left[worst] = left[-1]
            left = left[:-1]
        self.ranking_ = ranking
        return self

    def _get_support_mask(self) -> Flags:
        check_is_fitted(self)
        return np.asarray(self.ranking_ <= self.n_features_to_select)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


class _Dual:
    """The machines of hinge loss; columns that are left are kept at the front, so that no step copies the matrix."""

    def __init__(self, X: Array, codes: Codes, C: float) -> None:
        libsvm.set_verbosity_wrap(0)
        self._left = np.array(X, order="F")
        self._labels = codes.astype(np.float64)
        self._C = C
        self._steps = 0
        self._gram = _gram(self._left) if X.shape[1] >= len(X) else None

    def squared_weights(self) -> Array:
        return _squared_weights(_fit_dual(self._left, self._gram, self._labels, self._C), self._left)

    def eliminate(self, worst: int) -> None:
        """Leave out a feature; the last one takes its place."""
        last = self._left.shape[1] - 1
        eliminated = self._left[:, worst].copy()
        self._left[:, worst] = self._left[:, last]
        self._left = self._left[:, :last]
        self._steps += 1
        if self._gram is not None:
            exact = self._steps % _REFRESH == 0
            self._gram = _gram(self._left) if exact else self._gram - np.outer(eliminated, eliminated)

    def drop(self, features: Positions) -> None:
        """Leave out several features; the others keep their order."""
        self._left = np.asfortranarray(np.delete(self._left, features, axis=1))
        self._gram = None if self._gram is None else _gram(self._left)


class _Primal:
    """The one-vs-one machines of squared hinge loss."""

    def __init__(self, X: Array, codes: Codes, C: float) -> None:
        pairs = combinations(range(int(codes.max()) + 1), 2)
        rows = ((np.flatnonzero((codes == i) | (codes == j)), j) for i, j in pairs)
        self._machines = [Machine(X[own], codes[own] == j, C) for own, j in rows]

    def squared_weights(self) -> Array:
        return np.asarray(sum(machine.weights**2 for machine in self._machines))

    def eliminate(self, worst: int) -> None:
        """Leave out a feature; the last one takes its place."""
        for machine in self._machines:
            machine.eliminate(worst)

    def drop(self, features: Positions) -> None:
        """Leave out several features; the others keep their order."""
        for machine in self._machines:
            machine.drop(features)


def _gram(left: Array) -> Array:
    return np.ascontiguousarray(left @ left.T)


def _find_worst(weights: Array, alive: Positions) -> int:
    """Return the position of the smallest weight; of equal ones the column that comes first in the data."""
    ties = np.flatnonzero(weights == weights.min())
    return int(ties[np.argmin(alive[ties])])


def _fit_dual(left: Array, gram: Array | None, labels: Array, C: float) -> Array:
    """Fit the dual coefficients of each pair of classes, shape (pairs, n), by libsvm, as ``SVC(kernel="linear")`` does.

    The compiled solver is called directly, because the checks around it cost more than the fit of a few dozen samples,
    and one cohort needs hundreds of thousands of fits.
    """
    if gram is None:
        solved = libsvm.fit(np.ascontiguousarray(left), labels, kernel="linear", C=C)
    else:
        solved = libsvm.fit(gram, labels, kernel="precomputed", C=C)
    support, _, sizes, coefficients, *_ = solved
    dense = np.zeros((len(sizes) * (len(sizes) - 1) // 2, len(labels)))
    dense[:, support] = pair_coefficients(coefficients, sizes)
    return dense


def _squared_weights(coefficients: Array, left: Array) -> Array:
    """Return the squared primal weight of each column, summed over the one-vs-one machines."""
    return np.asarray(sum((pair @ left) ** 2 for pair in coefficients))


def pair_coefficients(coefficients: Array, sizes: Counts) -> Array:
    """Return the dual coefficients of each pair of classes over the support vectors, shape (pairs, n_support).

    libsvm stores, for a support vector of class i, its coefficient against class j in row j − 1 if j > i, else row j.

    Example:
        Three classes with a support vector each, in the pairs 0 and 1, 0 and 2, 1 and 2.

        >>> pair_coefficients(np.array([[0.5, -0.5, -0.25], [0.25, 0.125, -0.125]]), np.array([1, 1, 1]))
        array([[ 0.5  , -0.5  ,  0.   ],
               [ 0.25 ,  0.   , -0.25 ],
               [ 0.   ,  0.125, -0.125]])
    """
    if len(sizes) == 2:
        return coefficients
    ends = np.cumsum(sizes)
    spans = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    pairs = list(combinations(range(len(spans)), 2))
    result = np.zeros((len(pairs), coefficients.shape[1]))
    for row, (i, j) in enumerate(pairs):
        result[row, spans[i]] = coefficients[j - 1, spans[i]]
        result[row, spans[j]] = coefficients[i, spans[j]]
    return result
