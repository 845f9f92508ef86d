"""Principal components by the thin singular value decomposition, or by the eigenvectors of a matrix of products."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.types import Array


_FEW = 100
"""With more samples and genes the components follow from a matrix of products, which is several times as fast. Only
components with less than about 1e-14 of the variance of the first are lost by that."""


class Pca(NamedTuple):
    """Principal components: `mean` (p,), `axes` (k, p) of unit length, `variance` (k,) in decreasing order."""

    mean: Array
    axes: Array
    variance: Array

    def project(self, x: Array) -> Array:
        """Return the scores of samples on the components.

        Args:
            x: Values without missing ones, shape (m, p).

        Returns:
            The scores, shape (m, k).

        Example:
            >>> pca = principal_components(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]))
            >>> print(pca.project(np.array([[3.0, 3.0], [2.0, 2.0]])).round(3).ravel())
            [1.414 0.   ]
        """
        return (x - self.mean) @ self.axes.T

    def needed(self, share: float) -> int:
        """Return the fewest components that together explain at least `share` of the variance; 0 if there are none.

        Args:
            share: Share of the variance, between 0 and 1.

        Example:
            The shares of the variance are 0.6, 0.3 and 0.1.

            >>> pca = Pca(mean=np.zeros(3), axes=np.eye(3), variance=np.array([6.0, 3.0, 1.0]))
            >>> pca.needed(0.5), pca.needed(0.95)
            (1, 3)
        """
        cumulative = np.cumsum(self.variance) / self.variance.sum()
        return min(int(np.searchsorted(cumulative, share - 1e-12)) + 1, len(cumulative))


def principal_components(x: Array) -> Pca:
    """Compute the components of the rows of `x`, as R's ``prcomp(x)``; the largest loading of each axis is positive.

    Args:
        x: Values without missing ones, shape (n, p), n ≥ 2.

    Returns:
        At most min(n − 1, p) components; those without variance are left out.

    Example:
        Three samples on a line have one component, with all of the variance: 1 + 1.

        >>> pca = principal_components(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]))
        >>> print(pca.axes.round(3), pca.variance.round(3))
        [[0.707 0.707]] [2.]
    """
    mean = x.mean(axis=0)
    if min(x.shape) > _FEW:
        return _upright(mean, *_by_products(x - mean), len(x))
    _, singular, axes = np.linalg.svd(x - mean, full_matrices=False)
    kept = np.flatnonzero(singular[: len(x) - 1] > singular[:1] * max(x.shape) * np.finfo(float).eps)
    return _upright(mean, axes[kept], singular[kept] ** 2, len(x))


def _upright(mean: Array, axes: Array, squares: Array, n: int) -> Pca:
    upright = axes.max(axis=1, initial=0.0) >= -axes.min(axis=1, initial=0.0)
    axes *= np.where(upright, 1.0, -1.0)[:, None]
    return Pca(mean, axes, squares / (n - 1))


def _by_products(centred: Array) -> tuple[Array, Array]:
    """Return axes and squared singular values from the products of the rows, or of the columns if there are fewer."""
    n, p = centred.shape
    products = centred @ centred.T if n <= p else centred.T @ centred
    squares, vectors = np.linalg.eigh(products)
    squares, vectors = squares[::-1], vectors[:, ::-1]
    kept = np.flatnonzero(squares[: n - 1] > squares[0] * max(n, p) * np.finfo(float).eps)
    axes = vectors[:, kept].T
    if n <= p:
        axes = axes @ centred
        axes /= np.sqrt(squares[kept])[:, None]
    return np.array(axes), squares[kept]
