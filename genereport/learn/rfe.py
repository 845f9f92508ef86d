"""Recursive feature elimination with a linear support vector machine, in the space of the samples.

For p ≫ n a linear SVM sees its data only through the n × n Gram matrix. Eliminating one feature takes a rank-one
update of that matrix, a fit on n × n numbers and one matrix–vector product for the squared weights, where the plain
algorithm (Guyon et al. 2002) refits on n × p numbers each time.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.svm import SVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

_REFRESH = 64  # eliminations between exact recomputations of the Gram matrix: keeps rounding from piling up


class GramRFE(SelectorMixin, BaseEstimator):  # type: ignore[misc]
    """Ranks features as ``RFE(SVC(kernel="linear", C=C), step=1)`` does, through the Gram matrix.

    The ranking equals scikit-learn's up to ties of the squared weights and the tolerance of libsvm's solver. With
    several classes the squared weights are summed over the one-vs-one machines, as scikit-learn does.

    Args:
        n_features_to_select: Features to keep; all, if there are fewer.
        C: Inverse strength of the penalty.

    Attributes:
        ranking_: 1 for the feature that was left last, p for the one eliminated first, shape (p,): the whole path, so
            that any number of features can be read off it.
    """

    def __init__(self, n_features_to_select: int = 50, C: float = 1.0) -> None:
        self.n_features_to_select = n_features_to_select
        self.C = C

    def fit(self, X: Any, y: Any) -> Self:
        """Eliminate the columns of `X`, shape (n, p), one by one by their weight in telling the classes `y` apart."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        classes, codes = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"Elimination compares classes, but y holds one class only: {classes[0]!r}.")
        with config_context(assume_finite=True, skip_parameter_validation=True):
            self.ranking_ = _eliminate(X, codes, SVC(kernel="precomputed", C=self.C))
        return self

    def _get_support_mask(self) -> npt.NDArray[np.bool_]:
        check_is_fitted(self)
        return np.asarray(self.ranking_ <= self.n_features_to_select)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def _eliminate(X: npt.NDArray[np.float64], codes: npt.NDArray[np.intp], svc: SVC) -> npt.NDArray[np.intp]:
    p = X.shape[1]
    ranking = np.ones(p, dtype=np.intp)
    alive = np.arange(p)
    left = np.asfortranarray(X)
    gram = left @ left.T
    for step, rank in enumerate(range(p, 1, -1), start=1):
        svc.fit(gram, codes)
        worst = int(np.argmin(_squared_weights(svc, left)))
        ranking[alive[worst]] = rank
        column = left[:, worst].copy()
        alive = np.delete(alive, worst)
        left = np.delete(left, worst, axis=1)
        gram = left @ left.T if step % _REFRESH == 0 else gram - np.outer(column, column)
    return ranking


def _squared_weights(svc: SVC, X: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Squared weight of each column in the primal, summed over the one-vs-one machines."""
    return np.asarray(((_pair_coefficients(svc) @ X[svc.support_]) ** 2).sum(axis=0))


def _pair_coefficients(svc: SVC) -> npt.NDArray[np.float64]:
    """Dual coefficients of each pair of classes over the support vectors, shape (pairs, n_support).

    libsvm stores, for a support vector of class i, its coefficient against class j in row j − 1 if j > i, else row j.
    """
    ends = np.cumsum(svc.n_support_)
    spans = [slice(end - size, end) for end, size in zip(ends, svc.n_support_, strict=True)]
    if len(spans) == 2:
        return np.asarray(svc.dual_coef_)
    pairs = list(combinations(range(len(spans)), 2))
    result = np.zeros((len(pairs), svc.dual_coef_.shape[1]))
    for row, (i, j) in enumerate(pairs):
        result[row, spans[i]] = svc.dual_coef_[j - 1, spans[i]]
        result[row, spans[j]] = svc.dual_coef_[i, spans[j]]
    return result
