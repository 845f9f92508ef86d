"""L1-penalised logistic regression for few samples and many genes, fitted to a stated duality gap.

scikit-learn's liblinear penalises the intercept, and its saga takes thousands of passes to converge where classes can
be told apart. skglm, which is made for such problems, compiles with numba and has no multinomial loss.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import entr, logsumexp, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from genereport.types import L1_GAP, AnyArray, Array

_ROUNDS, _STEPS = 200, 200
_ENTERING = 20  # smallest limit on the genes that enter the working set at once
_LEAST, _STUCK = 1e-10, 1e8  # smallest damping, and a damping at which a step changes no digit
_ROUNDING = 4 * float(np.finfo(float).eps)
_AGREEMENT = 0.1  # share of the gain promised by the quadratic model that a step must bring


class L1LogisticRegression(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Logistic regression, multinomial with several classes, with an L1 penalty on all coefficients but the intercepts.

    It minimises C Σᵢ wᵢ lossᵢ + ‖β‖₁, in scikit-learn's parametrisation; R's glmnet minimises the same with
    ``standardize = FALSE``, ``type.multinomial = "ungrouped"`` and λ = 1/(C n). The fit ends when the duality gap, an
    upper bound on how far the objective is from its minimum, is at most `L1_GAP` of the loss of a model without genes.

    A working set of genes grows by those whose gradient exceeds the penalty; within it a projected Newton method keeps
    every coefficient on its side of zero.

    Source: Friedman, Hastie and Tibshirani (2010), J Stat Softw 33(1) for the model; Gafni and Bertsekas (1984), SIAM J
    Control Optim 22:936, and Schmidt, Fung and Rosales (2007), ECML 286 for the two-metric projection; Massias, Vaiter,
    Gramfort and Salmon (2020), JMLR 21:234 for working sets and the dual point.

    Args:
        C: Inverse strength of the penalty.
        class_weight: None, or ``balanced``: the weight of a sample is n / (classes × samples of its class).

    Attributes:
        classes_: Class labels, shape (k,).
        coef_: Shape (1, p) of the second class with two classes, else (k, p).
        intercept_: Shape (1,) or (k,).
        gap_: Duality gap that was reached, as a share of the null model's loss.

    Example:
        The penalty excludes the second gene, which hardly differs between the classes.

        >>> X = np.array([[-1.5, 0.3], [-1.0, -0.4], [-0.5, 0.2], [0.5, -0.1], [1.0, 0.4], [1.5, -0.4]])
        >>> y = np.array(["ALL", "ALL", "ALL", "AML", "AML", "AML"])
        >>> model = L1LogisticRegression(C=1.0).fit(X, y)
        >>> print(model.coef_.round(3), model.predict_proba(np.array([[0.8, 0.1]])).round(3))
        [[1.465 0.   ]] [[0.236 0.764]]
    """

    def __init__(self, C: float = 1.0, class_weight: str | None = None) -> None:
        self.C = C
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any) -> Self:
        """Fit to samples × genes, shape (n, p), with classes (n,).

        Raises:
            ValueError: There are fewer than two classes.
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("The classifier needs samples of at least 2 classes; got one class only.")
        weights = compute_sample_weight(self.class_weight, codes)
        found = _fit(X, _Samples(np.eye(len(self.classes_))[codes], weights, 1 / self.C))
        if found.gap > L1_GAP:
            warnings.warn(f"The fit stopped at a relative duality gap of {found.gap:.1e}.", ConvergenceWarning, 2)
        self.coef_, self.intercept_, self.gap_ = found.slopes, found.intercepts, found.gap
        if len(self.classes_) > 2:
            # A gene's median over the classes and the mean intercept do not matter; as in glmnet both are set to 0.
            self.coef_ = self.coef_ - np.median(self.coef_, axis=0)
            self.intercept_ = self.intercept_ - self.intercept_.mean()
        return self

    def decision_function(self, X: Any) -> Array:
        """Return the scores of the rows of `X`: shape (m,) with two classes, else (m, k)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        scores = X @ self.coef_.T + self.intercept_
        return np.asarray(scores[:, 0] if len(self.classes_) == 2 else scores)

    def predict_proba(self, X: Any) -> Array:
        """Return the class probabilities of the rows of `X`, shape (m, k)."""
        scores = self.decision_function(X)
        return _probabilities(scores.reshape(len(scores), -1))

    def predict(self, X: Any) -> AnyArray:
        """Return the most probable class of each row of `X`, shape (m,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])


class _Samples(NamedTuple):
    """The constants of the loss: class indicators of the samples, shape (n, k), weights, shape (n,), and penalty."""

    truth: Array
    weights: Array
    penalty: float

    @property
    def scores(self) -> int:
        """The number of scores per sample: one with two classes, else one per class."""
        k = self.truth.shape[1]
        return 1 if k == 2 else k

    def loss(self, scores: Array) -> float:
        full = _all_scores(scores)
        return float(self.weights @ (logsumexp(full, axis=1) - (self.truth * full).sum(axis=1)))

    def objective(self, X: Array, point: _Point) -> float:
        return self.loss(point.scores(X)) + self.penalty * float(np.abs(point.slopes).sum())

    def residuals(self, probabilities: Array) -> Array:
        """Return minus the derivative of the loss with respect to the scores, shape (n, scores)."""
        return np.asarray(self.weights[:, None] * (self.truth - probabilities)[:, -self.scores :])


class _Point(NamedTuple):
    """Coefficients, shape (scores, p), intercepts, shape (scores,), and the relative duality gap there."""

    slopes: Array
    intercepts: Array
    gap: float = np.inf

    def scores(self, X: Array) -> Array:
        return np.asarray(X @ self.slopes.T + self.intercepts)


def _all_scores(scores: Array) -> Array:
    """Return the scores of all classes; of two classes the first has the score 0."""
    return scores if scores.shape[1] > 1 else np.column_stack([np.zeros(len(scores)), scores])


def _probabilities(scores: Array) -> Array:
    return np.asarray(softmax(_all_scores(scores), axis=1))


def _fit(X: Array, samples: _Samples) -> _Point:
    """Solve on a working set, then add the genes that violate the conditions most; repeat until the gap is closed."""
    point = _null_model(samples, X.shape[1])
    null = samples.loss(point.scores(X))
    gradient, gap = _duality_gap(X, samples, point)
    for _ in range(_ROUNDS):
        if gap <= L1_GAP * null:
            break
        used = point.slopes.any(axis=0)
        excess = np.where(used, 0, np.abs(gradient).max(axis=0) - samples.penalty)
        strongest = np.argsort(-excess, kind="stable")[: max(_ENTERING, int(used.sum()))]
        working = np.union1d(np.flatnonzero(used), strongest[excess[strongest] > 0])
        start = _Point(point.slopes[:, working], point.intercepts)
        found = _descend(np.ascontiguousarray(X[:, working]), samples, start, gap / 10)
        point.slopes[:, working] = found.slopes
        point = _Point(point.slopes, found.intercepts)
        gradient, gap = _duality_gap(X, samples, point)
    return point._replace(gap=gap / null)


def _null_model(samples: _Samples, genes: int) -> _Point:
    """Return the model without genes, whose intercepts give every class its share."""
    shares = np.log(samples.weights @ samples.truth)
    intercepts = shares[1:] - shares[0] if samples.scores == 1 else shares - shares.mean()
    return _Point(np.zeros((samples.scores, genes)), intercepts)


def _duality_gap(X: Array, samples: _Samples, point: _Point) -> tuple[Array, float]:
    """Return minus the gradient of the loss with respect to the coefficients, shape (scores, p), and the duality gap.

    The residuals, shrunken until no gene's gradient exceeds the penalty, are a feasible point of the dual problem. If
    the intercepts are not optimal, the residuals do not sum to 0; their sum is added to the gap as a penalty.
    """
    scores = point.scores(X)
    probabilities = _probabilities(scores)
    residuals = samples.residuals(probabilities)
    gradient = residuals.T @ X
    shrink = min(1.0, samples.penalty / max(float(np.abs(gradient).max(initial=0)), np.finfo(float).tiny))
    mixed = samples.truth + shrink * (probabilities - samples.truth)
    dual = float(samples.weights @ entr(mixed).sum(axis=1))
    return gradient, samples.objective(X, point) - dual + float(
        np.abs(residuals.sum(axis=0)) @ (1 + np.abs(point.intercepts))
    )


def _descend(X: Array, samples: _Samples, point: _Point, goal: float) -> _Point:
    """Reduce the gap within the working set, shape (n, q), to `goal` by Newton steps, damped until they descend."""
    damping = _LEAST
    value = samples.objective(X, point)
    for _ in range(_STEPS):
        gradient, gap = _duality_gap(X, samples, point)
        if gap <= goal:
            break
        newton = _Newton.at(X, samples, point, gradient)
        damping = max(damping / 10, _LEAST)
        while damping < _STUCK:
            tried, gain = newton.tried(point, damping)
            reached = samples.objective(X, tried)
            if gain > 0 and value - reached >= _AGREEMENT * gain - _ROUNDING * value:
                break
            damping *= 10
        else:
            break
        point, value = tried, reached
    return point


class _Newton(NamedTuple):
    """The quadratic model of the objective in the intercepts and the coefficients that may move."""

    sides: Array  # sign of each coefficient, 0 if it stays at zero; (scores, q)
    slope: Array  # minus the gradient of the objective, intercepts first, (scores + free,)
    curvature: Array  # (scores + free, scores + free)
    most: float  # largest possible curvature in one of them, on average

    @classmethod
    def at(cls, X: Array, samples: _Samples, point: _Point, gradient: Array) -> _Newton:
        inwards = np.where(np.abs(gradient) > samples.penalty, np.sign(gradient), 0)
        sides = np.where(point.slopes != 0, np.sign(point.slopes), inwards)
        score, gene = np.nonzero(sides)
        probabilities = _probabilities(point.scores(X))
        residuals = samples.residuals(probabilities)
        slope = np.r_[residuals.sum(axis=0), gradient[score, gene] - samples.penalty * sides[score, gene]]
        columns = np.concatenate([np.ones((len(X), samples.scores)), X[:, gene]], axis=1)
        owner = np.r_[np.arange(samples.scores), score]
        root = np.sqrt(samples.weights[:, None] * probabilities)
        if samples.scores == 1:
            factor = columns * (root[:, 0] * np.sqrt(probabilities[:, 1]))[:, None]
        else:
            # For each sample diag(p) − p pᵀ is the square of √p (δ − pᵀ).
            spread = np.eye(samples.scores)[:, owner] - probabilities[:, None, owner]
            factor = (root[:, :, None] * spread * columns[:, None, :]).reshape(-1, len(owner))
        most = float(samples.weights @ (columns**2).mean(axis=1)) / 4
        return cls(sides, slope, factor.T @ factor, most)

    def tried(self, point: _Point, damping: float) -> tuple[_Point, float]:
        """Return the point after a damped step and its predicted gain; coefficients that would cross zero become 0."""
        damped = self.curvature + damping * self.most * np.eye(len(self.curvature))
        step = cho_solve(cho_factor(damped, check_finite=False), self.slope, check_finite=False)
        scores = len(point.intercepts)
        free = np.nonzero(self.sides)
        slopes = point.slopes.copy()
        slopes[free] += step[scores:]
        slopes[slopes * self.sides < 0] = 0
        moved = np.r_[step[:scores], (slopes - point.slopes)[free]]
        gain = float(self.slope @ moved - moved @ self.curvature @ moved / 2)
        return _Point(slopes, point.intercepts + step[:scores]), gain
