"""Recursive feature elimination with a linear support vector machine of squared hinge loss, in the space of the genes.

The minimum of ‖w‖²/2 + C Σ max(0, 1 − yᵢ wᵀxᵢ)² is that of a quadratic function of the samples within the margin. As
long as these stay the same, the machine without one gene follows from the inverse of the Hessian matrix in closed form,
and a sample that crosses the margin changes that matrix by rank one. A step takes a few products of the n × p matrix
and a vector, so that the work grows linearly with the samples; a solver of the dual grows at least with their square.

Source: Keerthi and DeCoste (2005), JMLR 6:341, for the finite Newton method; Chang, Hsieh and Lin (2008), JMLR 9:1369,
for the machine, which is that of liblinear and of scikit-learn's ``LinearSVC``, intercept penalised; Hassibi and Stork
(1993), NIPS 5:164, for the step to the minimum without a coefficient.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, lapack
from scipy.linalg.blas import dger

from genereport.types import Array, Flags, Positions

_NEWTON_STEPS = 200
_ROUNDS = 12  # corrections after an elimination, before the machine is fitted with a line search
_REFRESH = 32  # eliminations between exact inversions, so that rounding does not accumulate
_TOLERANCE = 1e-8  # of the largest derivative, in relation to the sum of C times the losses' derivatives at w = 0
_DECREASE = 1e-4  # Armijo's share of the decrease that the slope promises
_SHORTEST = 1e-10


class Machine:
    """The machine that tells two classes apart, and stays fitted while genes are eliminated.

    Column 0 of the matrix is the constant 1, whose weight is the intercept; the genes that are left follow.

    Args:
        x: Samples of the two classes × genes, shape (n, p).
        positive: Which samples are of the second class, shape (n,).
        C: Inverse strength of the penalty.
        shares: Weight of the loss of each sample, shape (n,); None: all are 1.

    Example:
        The weights are those of scikit-learn.

        >>> from sklearn.datasets import load_iris
        >>> from sklearn.svm import LinearSVC
        >>> X, y = load_iris(return_X_y=True)
        >>> X, y = X[50:], y[50:] == 2
        >>> print(Machine(X, y, 1.0).weights.round(4), LinearSVC(dual=False, tol=1e-9).fit(X, y).coef_.round(4))
        [-0.8506 -0.9866  1.381   1.8651] [[-0.8506 -0.9866  1.381   1.8651]]
    """

    def __init__(self, x: Array, positive: Flags, C: float, shares: Array | None = None) -> None:
        n, p = x.shape
        self._x = np.empty((n, p + 1), order="F")
        self._x[:, 0], self._x[:, 1:] = 1, x
        self._signs = np.where(positive, 1.0, -1.0)
        self._twice = 2 * C * (np.ones(n) if shares is None else shares)
        self._w = np.zeros(p + 1)
        self._margins = np.zeros(n)
        self._smallest = _TOLERANCE * float(np.abs((self._signs * self._twice) @ self._x).max(initial=1.0))
        self._within = np.ones(n, dtype=bool)
        self._inverse = self._invert()
        self.refit()

    @property
    def intercept(self) -> float:
        """The intercept."""
        return float(self._w[0])

    @property
    def weights(self) -> Array:
        """The weights of the genes that are left, shape (count,)."""
        return self._w[1:]

    def eliminate(self, gene: int) -> None:
        """Leave out a gene, and fit the machine to the others; the last gene takes its place.

        Args:
            gene: Position among the genes that are left.
        """
        column, last = gene + 1, len(self._w) - 1
        inverse = self._inverse
        removed = inverse[:, column].copy()
        step = removed * (-self._w[column] / removed[column])
        self._move(step)
        inverse = dger(-1 / removed[column], removed, removed, a=inverse, overwrite_a=True)
        inverse[:, column], inverse[column] = inverse[:, last], inverse[last]
        self._x[:, column], self._w[column] = self._x[:, last], self._w[last]
        self._x = self._x[:, :last]
        self._w = self._w[:last].copy()
        self._inverse = np.array(inverse[:last, :last], order="F")
        if last % _REFRESH == 0 or not self._correct():
            self.refit()

    def drop(self, genes: Positions) -> None:
        """Leave out several genes at once; the others keep their order.

        Args:
            genes: Positions among the genes that are left.
        """
        kept = np.delete(np.arange(len(self._w)), genes + 1)
        self._x, self._w = np.asfortranarray(self._x[:, kept]), self._w[kept]
        self.refit()

    def refit(self) -> None:
        """Minimise from where the weights are, with the derivatives and the matrix computed anew."""
        self._margins = self._signs * (self._x @ self._w)
        self._within = self._margins < 1
        self._inverse = self._invert()
        value = self._value(self._w, self._margins)
        for _ in range(_NEWTON_STEPS):
            self._follow(self._margins < 1)
            slope = self._slope()
            if np.abs(slope).max() <= self._smallest:
                return
            step = -(self._inverse @ slope)
            across = self._signs * (self._x @ step)
            length, promised = 1.0, _DECREASE * float(slope @ step)
            while length > _SHORTEST:
                tried = self._value(self._w + length * step, self._margins + length * across)
                if tried <= value + length * promised:
                    break
                length /= 2
            else:
                return  # no digit changes any more
            value = tried
            self._w = self._w + length * step
            self._margins = self._margins + length * across

    def _correct(self) -> bool:
        """Repeat Newton's step until the derivatives vanish; return whether they did."""
        for _ in range(_ROUNDS):
            self._follow(self._margins < 1)
            slope = self._slope()
            if np.abs(slope).max() <= self._smallest:
                return True
            self._move(-(self._inverse @ slope))
        return False

    def _slope(self) -> Array:
        return self._w - (self._signs * self._twice * np.maximum(1 - self._margins, 0)) @ self._x

    def _move(self, step: Array) -> None:
        self._w += step
        self._margins += self._signs * (self._x @ step)

    def _follow(self, within: Flags) -> None:
        """Bring the inverse to the samples that are within the margin now."""
        crossed = np.flatnonzero(within != self._within)
        entering = within[crossed]
        self._within = within
        if 4 * len(crossed) > len(self._w):
            self._inverse = self._invert()
        elif len(crossed):
            rows = self._x[crossed]
            reach = rows @ self._inverse
            inner = rows @ reach.T + np.diag(np.where(entering, 1.0, -1.0) / self._twice[crossed])
            self._inverse -= reach.T @ np.linalg.solve(inner, reach)

    def _invert(self) -> Array:
        rows = self._x[self._within] * np.sqrt(self._twice[self._within])[:, None]
        hessian = rows.T @ rows
        hessian[np.diag_indices(len(hessian))] += 1
        factor, _ = cho_factor(hessian, lower=True, check_finite=False)
        inverse, _ = lapack.dpotri(factor, lower=True)
        return np.asfortranarray(np.tril(inverse) + np.tril(inverse, -1).T)

    def _value(self, w: Array, margins: Array) -> float:
        loss = np.maximum(1 - margins, 0)
        return float(w @ w + self._twice @ loss**2) / 2
