"""Which probe represents a gene that has several, chosen on the training part without using the classes."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from genereport.types import Array, Positions

Rule = Literal["highest_mean", "highest_variance"]


class Probes(NamedTuple):
    """The gene of each column, shape (p,), and the rule by which one column represents it."""

    genes: Positions
    rule: Rule

    def representatives(self, values: Array) -> Positions:
        """Return one column per gene: the first of those with the highest mean or variance.

        Args:
            values: Training samples × probes, shape (n, p); NaN is missing. A column without values comes last.

        Returns:
            Positions of the columns, in ascending order.

        Example:
            Columns 0 and 2 are probes of gene 7; column 2 has the higher mean.

            >>> values = np.array([[1.0, 5.0, 3.0], [2.0, 6.0, 4.0]])
            >>> Probes(np.array([7, 8, 7]), "highest_mean").representatives(values)
            array([1, 2])
        """
        moment = np.nanmean if self.rule == "highest_mean" else np.nanvar
        known = ~np.isnan(values).all(axis=0)
        score = np.full(values.shape[1], -np.inf)
        score[known] = moment(values[:, known], axis=0)
        order = np.lexsort((np.arange(len(score)), -score, self.genes))
        first = np.r_[True, np.diff(self.genes[order]) != 0]
        return np.sort(order[first])


def representatives(values: Array, probes: Probes | None, offered: Positions | None = None) -> Positions:
    """Return the columns to use: one per gene, or all where each probe is a gene of its own.

    Args:
        values: Training samples × probes, shape (n, p); NaN is missing.
        probes: The gene of each column; None: each is a gene of its own.
        offered: Positions of the columns that may be used, in ascending order; None: all.

    Returns:
        Positions of the columns, in ascending order.

    Example:
        Column 2 would stand for gene 7, but only columns 0 and 1 are offered.

        >>> values = np.array([[1.0, 5.0, 3.0], [2.0, 6.0, 4.0]])
        >>> representatives(values, Probes(np.array([7, 8, 7]), "highest_mean"), offered=np.array([0, 1]))
        array([0, 1])
    """
    if probes is None:
        return np.arange(values.shape[1]) if offered is None else offered
    if offered is None:
        return probes.representatives(values)
    return np.asarray(offered[probes._replace(genes=probes.genes[offered]).representatives(values[:, offered])])
