"""Fisher's exact test of a table with two rows and several columns."""

from __future__ import annotations

import numpy as np
from scipy import special

from genereport.types import Array, Counts

MOST_TABLES = 500_000
"""Largest number of tables that are enumerated."""

_ALIKE = 1e-7
"""Tables count as equally likely up to this difference of the logarithms, as in R's ``fisher.test``."""


def fisher_2_by_k(inside: Counts, totals: Counts) -> float:
    """Return the two-sided p-value of Fisher's exact test of a 2 × k table, as R's ``fisher.test``.

    p is the probability of all tables with the same margins that are at most as likely as the observed one. All of them
    are enumerated (Freeman and Halton 1951). With more than `MOST_TABLES` tables, each column is tested against the
    others instead, and the smallest p-value is multiplied by k, which is conservative.

    Args:
        inside: First row of the table: events by group, shape (k,).
        totals: Sums of the columns: samples by group, shape (k,).

    Returns:
        The p-value; 1 if there is no event, or nothing else.

    Example:
        R prints ``p-value = 0.1429`` for ``fisher.test(rbind(c(0, 1, 3), c(3, 2, 0)))``.

        >>> round(fisher_2_by_k(np.array([0, 1, 3]), np.array([3, 3, 3])), 4)
        0.1429
    """
    events, samples = int(inside.sum()), int(totals.sum())
    if len(totals) > 2 and np.prod(np.minimum(totals[:-1], events) + 1.0) > MOST_TABLES:
        each = zip(inside.tolist(), totals.tolist(), strict=True)
        found = [fisher_2_by_k(np.array([own, events - own]), np.array([size, samples - size])) for own, size in each]
        return min(1.0, len(totals) * min(found))
    used, ways = np.zeros(1, dtype=np.intp), np.zeros(1)
    for place, size in enumerate(totals):
        rest = int(totals[place + 1 :].sum())
        chosen = np.arange(min(int(size), events) + 1)
        spread = used[:, None] + chosen
        possible = (spread <= events) & (spread + rest >= events)
        ways = (ways[:, None] + _log_ways(int(size), chosen))[possible]
        used = spread[possible]
    alike = ways <= _log_ways(totals, inside).sum() + _ALIKE
    return float(min(1.0, np.exp(ways[alike] - _log_ways(samples, np.array(events))).sum()))


def _log_ways(size: int | Counts, chosen: Counts) -> Array:
    """Return the logarithm of the number of ways to choose so many of `size`."""
    return np.asarray(special.gammaln(size + 1) - special.gammaln(chosen + 1) - special.gammaln(size - chosen + 1))
