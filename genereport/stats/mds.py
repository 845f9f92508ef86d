"""Multidimensional scaling of samples by leading log fold changes (Ritchie and others 2015), as limma's ``plotMDS``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.types import Array


class Scaled(NamedTuple):
    """Samples in a plane in which their distances are kept as well as a plane can.

    Attributes:
        coordinates: Coordinates, shape (n, d); the sign of an axis makes its coordinate of largest size positive.
        shares: Share of the variance on each axis, shape (d,).
    """

    coordinates: Array
    shares: Array


def leading_differences(x: Array, top: int = 500, *, pairwise: bool = True) -> Array:
    """Return squared distances of all pairs of samples, shape (n, n).

    Args:
        x: Samples × genes, log2, shape (n, p), without missing values.
        top: Number of genes whose differences are averaged.
        pairwise: Whether each pair of samples is compared by the genes that differ most between the two. Otherwise all
            are compared by the genes with the largest variance, which takes a time linear in the pairs.

    >>> leading_differences(np.array([[0.0, 0.0, 1.0], [2.0, 0.0, 1.0], [0.0, 4.0, 1.0]]), top=1)
    array([[ 0.,  4., 16.],
           [ 4.,  0., 16.],
           [16., 16.,  0.]])
    """
    top = min(top, x.shape[1])
    squared = np.zeros((len(x), len(x)))
    if not pairwise:
        chosen = x[:, np.argsort(-x.var(axis=0), kind="stable")[:top]]
        centred = chosen - chosen.mean(axis=0)
        inner = centred @ centred.T
        size = np.diagonal(inner)
        return np.asarray(np.maximum(size[:, None] + size - 2 * inner, 0.0) / top)
    for row in range(1, len(x)):
        apart = (x[:row] - x[row]) ** 2
        if top < apart.shape[1]:
            apart = np.partition(apart, apart.shape[1] - top, axis=1)[:, -top:]
        squared[row, :row] = squared[:row, row] = apart.mean(axis=1)
    return squared


def scale_distances(squared: Array, dimensions: int = 2) -> Scaled:
    """Place samples by classical multidimensional scaling (Torgerson 1952), as R's ``cmdscale``.

    Args:
        squared: Squared distances, shape (n, n).
        dimensions: Number of axes, less than n.

    >>> scale_distances(np.array([[0.0, 9.0, 25.0], [9.0, 0.0, 4.0], [25.0, 4.0, 0.0]]), 1).coordinates.round(6).ravel()
    array([ 2.666667, -0.333333, -2.333333])
    """
    means = squared.mean(axis=0)
    inner = -(squared - means - means[:, None] + means.mean()) / 2
    values, vectors = np.linalg.eigh(inner)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    found = vectors[:, :dimensions] * np.sqrt(values[:dimensions])
    signs = np.sign(found[np.abs(found).argmax(axis=0), np.arange(dimensions)])
    total = values.sum()
    return Scaled(found * np.where(signs == 0, 1.0, signs), values[:dimensions] / (total if total > 0 else 1.0))
