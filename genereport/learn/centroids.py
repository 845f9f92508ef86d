"""Nearest shrunken centroids as Tibshirani and others define them, the method of the R package pamr.

scikit-learn's ``NearestCentroid`` is another method: it shrinks on another scale and does not choose the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from genereport.learn.inside import TrainingData, make_training_data
from genereport.types import AnyArray, Array, Codes

THRESHOLDS = 30
"""Number of thresholds that are compared, from 0 to the largest distance."""

_FOLDS = 10


class _Centroids(NamedTuple):
    """The class centroids of a set of samples and their distances, before shrinkage."""

    overall: Array  # (p,)
    spread: Array  # s_i + s_0, (p,)
    margins: Array  # m_k, (k,)
    distances: Array  # d_ik, (k, p)
    priors: Array  # (k,)

    @classmethod
    def of(cls, X: Array, codes: Codes, classes: int, prior: str) -> _Centroids:
        sizes = np.bincount(codes, minlength=classes)
        means = np.eye(classes)[codes].T @ X / sizes[:, None]
        overall, n = X.mean(axis=0), len(X)
        within = np.sqrt(((X - means[codes]) ** 2).sum(axis=0) / max(n - classes, 1))
        spread = within + np.median(within)
        spread = np.where(spread > 0, spread, 1.0)
        margins = np.sqrt(np.maximum(1 / sizes - 1 / n, np.finfo(float).tiny))
        priors = sizes / n if prior == "training" else np.full(classes, 1 / classes)
        return cls(overall, spread, margins, (means - overall) / (margins[:, None] * spread), priors)

    def shrunken(self, threshold: float) -> Array:
        """Return the centroids after soft thresholding of the distances, shape (k, p)."""
        kept = np.sign(self.distances) * np.maximum(np.abs(self.distances) - threshold, 0)
        return np.asarray(self.overall + self.margins[:, None] * self.spread * kept)


def _probabilities(X: Array, centroids: Array, spread: Array, priors: Array) -> Array:
    # A term that all classes share changes no probability, so only genes whose centroids differ are used.
    active = (centroids != centroids[0]).any(axis=0)
    gaps = (X[:, None, active] - centroids[:, active]) / spread[active]
    return np.asarray(softmax(np.log(priors) - (gaps**2).sum(axis=2) / 2, axis=1))


def _thresholds(found: _Centroids) -> Array:
    return np.linspace(0, np.abs(found.distances).max(), THRESHOLDS)


class ShrunkenCentroids(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Nearest class centroid, each shrunken gene by gene towards the overall one.

    With x̄ᵢₖ the mean of gene i in class k, sᵢ its pooled standard deviation within the classes, s₀ the median of those,
    and mₖ = √(1/nₖ − 1/n), the distance dᵢₖ = (x̄ᵢₖ − x̄ᵢ) / (mₖ (sᵢ + s₀)) is moved towards 0 by the threshold, and a
    sample goes to the class with the smallest Σ (xᵢ − x̄ᵢₖ′)² / (sᵢ + s₀)² − 2 log πₖ. Where no gene differs within
    the classes, sᵢ + s₀ is taken as 1.

    Source: Tibshirani, Hastie, Narasimhan and Chu (2002), PNAS 99:6567; mₖ as in pamr, which corrects the sign in the
    paper.

    Args:
        threshold: How far the distances are moved; None: chosen by stratified cross-validation inside the given
            samples, among 30 values from 0 to the largest distance. If several make equally few errors, the largest
            is taken, hence the fewest genes.
        prior: ``training``: πₖ are the shares of the classes; ``uniform``: all are equal.
        random_state: Seed of that cross-validation.

    Attributes:
        classes_: Class labels, shape (k,).
        centroids_: Shrunken centroids, shape (k, p).
        overall_: Overall centroid, shape (p,).
        spread_: sᵢ + s₀, shape (p,).
        priors_: πₖ, shape (k,).
        threshold_: The threshold that was applied.

    Example:
        The threshold shrinks the second gene, which hardly differs between the classes, to the overall mean.

        >>> X = np.array([[-1.5, 0.3], [-1.0, -0.4], [-0.5, 0.2], [0.5, -0.1], [1.0, 0.4], [1.5, -0.4]])
        >>> y = np.array(["ALL", "ALL", "ALL", "AML", "AML", "AML"])
        >>> model = ShrunkenCentroids(threshold=1.0).fit(X, y)
        >>> print(model.centroids_.round(2))
        [[-0.61  0.  ]
         [ 0.61  0.  ]]
        >>> print(model.predict(np.array([[-0.8, 0.1], [0.8, 0.1]])))
        ['ALL' 'AML']
    """

    def __init__(self, threshold: float | None = None, prior: str = "training", random_state: int = 0) -> None:
        self.threshold = threshold
        self.prior = prior
        self.random_state = random_state

    def fit(self, X: Any, y: Any, inner: Sequence[TrainingData] | None = None) -> Self:
        """Learn the centroids from samples × genes, shape (n, p), with classes (n,); `inner` as in `ChoosesInside`."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        k = len(self.classes_)
        if k < 2:
            raise ValueError("The classifier needs samples of at least 2 classes; got one class only.")
        found = _Centroids.of(X, codes, k, self.prior)
        self.threshold_ = (
            self._choose_threshold(X, codes, found, inner) if self.threshold is None else float(self.threshold)
        )
        self.centroids_ = found.shrunken(self.threshold_)
        self.overall_, self.spread_, self.priors_ = found.overall, found.spread, found.priors
        return self

    def held_out(self, X: Any, codes: Codes, inner: Sequence[TrainingData]) -> Array:
        """Return the probabilities of each sample when it is held out, at the chosen threshold; shape (n, k)."""
        found = _Centroids.of(X, codes, int(codes.max()) + 1, self.prior)
        number, predicted = self._judge_thresholds(found, codes, inner)
        return np.asarray(predicted[number])

    def _choose_threshold(
        self, X: Array, codes: Codes, found: _Centroids, inner: Sequence[TrainingData] | None
    ) -> float:
        if inner is None:
            folds = min(_FOLDS, int(np.bincount(codes).min()))
            splitter = StratifiedKFold(max(folds, 2), shuffle=True, random_state=self.random_state)
            inner = tuple(make_training_data(X, codes, list(splitter.split(X, codes)))) if folds > 1 else ()
        return float(_thresholds(found)[self._judge_thresholds(found, codes, inner)[0]]) if inner else 0.0

    def _judge_thresholds(self, found: _Centroids, codes: Codes, inner: Sequence[TrainingData]) -> tuple[int, Array]:
        """Return the number of the threshold with the fewest errors, and the held-out probabilities at each threshold.

        The probabilities have shape (30, n, k).
        """
        k = len(found.priors)
        predicted = np.empty((THRESHOLDS, len(codes), k))
        for data in inner:
            part = _Centroids.of(data.x, data.codes, k, self.prior)
            for number, threshold in enumerate(_thresholds(found)):
                own = part.shrunken(threshold)
                predicted[number, data.rows] = _probabilities(data.held, own, part.spread, part.priors)
        errors = np.count_nonzero(predicted.argmax(axis=2) != codes, axis=1)
        return THRESHOLDS - 1 - int(errors[::-1].argmin()), predicted

    def predict_proba(self, X: Any) -> Array:
        """Return the class probabilities of the rows of `X`, shape (m, k), from the discriminant scores."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return _probabilities(X, self.centroids_, self.spread_, self.priors_)

    def predict(self, X: Any) -> AnyArray:
        """Return the most probable class of each row of `X`, shape (m,)."""
        check_is_fitted(self)
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])
