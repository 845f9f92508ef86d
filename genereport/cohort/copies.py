"""Samples that are copies of one another, or nearly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from genereport.cohort.tables import Values

Rows = npt.NDArray[np.intp]

NEARLY = 0.9999
APART = 0.99

_FEWEST_GENES = 10
_CHUNK = 256


def identical(values: Values) -> list[list[int]]:
    """Groups of rows whose every value is the same.

    Args:
        values: Samples × genes, NaN where a value is missing.
    """
    groups: dict[bytes, list[int]] = {}
    for row, sample in enumerate(values + 0.0):  # −0.0 is 0.0
        groups.setdefault(sample.tobytes(), []).append(row)
    return [rows for rows in groups.values() if len(rows) > 1]


def near_copies(values: Values) -> list[list[int]]:
    """Groups of rows that are joined by pairs of near-copies; identical rows are among them.

    Two samples are near-copies when their values correlate above 0.9999, and still above 0.99 once the mean of every
    gene is taken off. The second keeps samples apart that are alike only because genes differ much more than samples
    do, as in a small panel. Both are computed on the inverse hyperbolic sine of the values, which is the logarithm of
    large ones and takes negative ones, so that no single gene decides. A missing value counts as the mean of its gene.
    With fewer than ten genes chance would make copies, and none is sought.

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
    pairs = np.concatenate(list(_pairs(_unit(centred + means), _unit(centred))))
    joined = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(values), len(values)))
    _, group = connected_components(joined, directed=False)
    sizes = np.bincount(group)
    return [np.flatnonzero(group == name).tolist() for name in np.flatnonzero(sizes > 1)]


def _unit(rows: Values) -> Values:
    """Rows less their mean, of length 1, so that a product of two is their correlation; constant ones become 0."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.where(length > 0, length, 1.0))


def _pairs(whole: Values, apart: Values) -> Iterator[Rows]:
    """Pairs of rows that correlate highly both ways, shape (pairs, 2), of a chunk of rows at a time."""
    for start in range(0, len(whole), _CHUNK):
        rows = slice(start, start + _CHUNK)
        close = (whole[rows] @ whole[start:].T > NEARLY) & (apart[rows] @ apart[start:].T > APART)
        yield start + np.argwhere(np.triu(close, 1))
