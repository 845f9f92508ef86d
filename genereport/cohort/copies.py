"""Samples that are copies or near-copies of one another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from genereport.types import Array, Positions

NEARLY = 0.9999
APART = 0.99

_FEWEST_GENES = 10
_CHUNK = 256


def identical(values: Array) -> list[list[int]]:
    """Return groups of rows with identical values.

    Args:
        values: Samples × genes, NaN where a value is missing.
    """
    groups: dict[bytes, list[int]] = {}
    for row, sample in enumerate(values + 0.0):  # −0.0 is 0.0
        groups.setdefault(sample.tobytes(), []).append(row)
    return [rows for rows in groups.values() if len(rows) > 1]


def near_copies(values: Array) -> list[list[int]]:
    """Return groups of rows that are connected by pairs of near-copies, including identical rows.

    Two samples are near-copies when their values correlate above 0.9999, and still above 0.99 after the mean of every
    gene is subtracted. The second condition excludes samples that are similar only because genes differ much more than
    samples do, as in a small panel. Both correlations use the inverse hyperbolic sine of the values, which is close to
    the logarithm of large values and is defined for negative ones, so that no single gene dominates. A missing value
    is replaced by the mean of its gene. With fewer than ten genes near-copies could arise by chance, and none is
    reported.

    Args:
        values: Samples × genes, NaN where a value is missing.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if values.shape[1] < _FEWEST_GENES:
        return []
    logged = np.arcsinh(values)
    means = np.nanmean(logged, axis=0)
    centred = np.nan_to_num(logged - means)
    pairs = np.concatenate(list(_iterate_close_pairs(_scale_to_unit(centred + means), _scale_to_unit(centred))))
    joined = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(values), len(values)))
    _, group = connected_components(joined, directed=False)
    sizes = np.bincount(group)
    return [np.flatnonzero(group == name).tolist() for name in np.flatnonzero(sizes > 1)]


def _scale_to_unit(rows: Array) -> Array:
    """Centre rows and scale them to length 1, so that a product of two is their correlation; constant ones become 0."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.where(length > 0, length, 1.0))


def _iterate_close_pairs(whole: Array, apart: Array) -> Iterator[Positions]:
    """Yield pairs of rows for which both correlations are high, shape (pairs, 2), one chunk of rows at a time."""
    for start in range(0, len(whole), _CHUNK):
        rows = slice(start, start + _CHUNK)
        close = (whole[rows] @ whole[start:].T > NEARLY) & (apart[rows] @ apart[start:].T > APART)
        yield start + np.argwhere(np.triu(close, 1))
