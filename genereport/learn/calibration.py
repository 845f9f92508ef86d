"""Platt calibration: the sigmoid is fitted to scores of samples that had no part in the choice of the genes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import _sigmoid_calibration
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from genereport.learn.inside import TrainingData, inner_rows, make_training_data
from genereport.rules import FEW_FOR_FOLDS
from genereport.types import AnyArray, Array, Codes

_FOLDS = 5


class Calibrated(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier's ``decision_function`` brought to probabilities by Platt's sigmoid, class against the rest.

    The sigmoid is fitted to the scores of samples held out in inner folds, as scikit-learn's
    ``CalibratedClassifierCV(ensemble=False)`` does, but each fold may have features that were chosen on its own
    training samples. Samples that had a part in the choice of genes have scores that are too good, and the
    probabilities would be, too. With more than `FEW_FOR_FOLDS` samples the first fold alone is used. With too few samples for inner folds the sigmoid of the score itself is used.

    Source: Platt (1999), Advances in Large Margin Classifiers, 61.

    Args:
        estimator: Unfitted.
        random_state: Seed of the inner folds, if they are drawn here.

    Attributes:
        classes_: Class labels, shape (k,).
        estimator_: Fitted to all samples.
        slopes_, offsets_: The probability is 1 / (1 + exp(slope · score + offset)); shape (1,) with two classes, else
            (k,), and the k probabilities are made to add up to 1.

    Example:
        Between −0.8 and 0.8 either class has every other sample, so the probability in the middle is about one half.

        >>> from sklearn.svm import LinearSVC
        >>> X = np.linspace(-2, 2, 40)[:, None]
        >>> y = X[:, 0] + np.tile([0.8, -0.8], 20) > 0
        >>> model = Calibrated(LinearSVC(random_state=1)).fit(X, y)
        >>> print(model.predict_proba(np.array([[-2.0], [0.0], [2.0]]))[:, 1].round(1))
        [0.1 0.5 0.9]
    """

    def __init__(self, estimator: Any, random_state: int = 0) -> None:
        self.estimator = estimator
        self.random_state = random_state

    def fit(self, X: Any, y: Any, inner: Sequence[TrainingData] | None = None) -> Self:
        """Fit the classifier to samples × features, shape (n, d), and the sigmoid inside; see `ChoosesInside`."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if inner is None:
            splits = inner_rows(codes, _FOLDS, self.random_state)
            inner = tuple(make_training_data(X, codes, splits))
        self.slopes_, self.offsets_ = self._fit_inside(codes, inner)
        self.estimator_ = clone(self.estimator).fit(X, codes)
        return self

    def held_out(self, X: Any, codes: Codes, inner: Sequence[TrainingData]) -> Array:  # noqa: ARG002
        """Return the probabilities of each sample in the inner fold that holds it out, shape (n, k)."""
        scores = self._scores(codes, inner)
        return _probabilities(scores, *_fit_sigmoids(scores, codes))

    def _fit_inside(self, codes: Codes, inner: Sequence[TrainingData]) -> tuple[Array, Array]:
        if inner:
            rows = np.arange(len(codes)) if len(codes) <= FEW_FOR_FOLDS else inner[0].rows
            used = inner if len(codes) <= FEW_FOR_FOLDS else inner[:1]
            return _fit_sigmoids(self._scores(codes, used)[rows], codes[rows])
        count = 1 if len(self.classes_) == 2 else len(self.classes_)
        return np.full(count, -1.0), np.zeros(count)

    def _scores(self, codes: Codes, inner: Iterable[TrainingData]) -> Array:
        k = int(codes.max()) + 1
        scores = np.empty((len(codes), 1 if k == 2 else k))
        for data in inner:
            fitted = clone(self.estimator).fit(data.x, data.codes)
            scores[data.rows] = _columns(fitted.decision_function(data.held))
        return scores

    def predict_proba(self, X: Any) -> Array:
        """Return the class probabilities of the rows of `X`, shape (m, k)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return _probabilities(_columns(self.estimator_.decision_function(X)), self.slopes_, self.offsets_)

    def predict(self, X: Any) -> AnyArray:
        """Return the most probable class of each row of `X`, shape (m,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])


def _columns(scores: Array) -> Array:
    return scores.reshape(len(scores), -1)


def _fit_sigmoids(scores: Array, codes: Codes) -> tuple[Array, Array]:
    """Fit slope and offset of each column of scores: the second of two classes, or each class against the rest."""
    levels = [1] if scores.shape[1] == 1 else range(scores.shape[1])
    found = [_sigmoid_calibration(column, codes == level) for column, level in zip(scores.T, levels, strict=True)]
    slopes, offsets = np.array(found, dtype=np.float64).T
    return slopes.copy(), offsets.copy()


def _probabilities(scores: Array, slopes: Array, offsets: Array) -> Array:
    single = expit(-(scores * slopes + offsets))
    if single.shape[1] == 1:
        return np.column_stack([1 - single, single])
    total = single.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, single / np.where(total > 0, total, 1), 1 / single.shape[1]))
