"""The effects of chosen genes in the training set and in the independent set, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.differential.gene_tests import GeneTests
from genereport.analyses.differential.result import Differential
from genereport.analyses.replication.result import OUTCOMES, Proportion
from genereport.cohort.model import Cohort
from genereport.stats.bootstrap import means_of_classes, percentile_interval, resample_counts
from genereport.stats.intervals import Interval, wilson
from genereport.stats.multiplicity import benjamini_hochberg
from genereport.types import Positions

FIRST = 50
"""Genes that are compared if none is significant in the training set."""

_TRAINED = ["symbol", "contrast", "logFC", "CI.L", "CI.R", "P.Value", "P.Bonferroni"]
_FOUND = {
    "logFC": "logFC.ind",
    "CI.L": "CI.L.ind",
    "CI.R": "CI.R.ind",
    "t": "t.ind",
    "df": "df.ind",
    "P.Value": "P.ind",
    "test": "test.ind",
}
_AT_ONCE = 200
"""Resamples that are held at once."""


@dataclass(frozen=True, eq=False)
class Followed:
    """The genes that are followed into the independent set.

    Attributes:
        table: Index gene; the columns of the training set.
        pairs: Reference and target of each gene as positions of classes, shape (genes, 2).
        numbers: Position of this pair among all pairs, shape (genes,).
    """

    table: pd.DataFrame
    pairs: Positions
    numbers: Positions

    def of_genes(self, genes: pd.Index[str]) -> Followed:
        """Return the part of some genes."""
        kept = self.table.index.isin(genes)
        return Followed(self.table[kept], self.pairs[kept], self.numbers[kept])


def follow_genes(trained: Differential) -> Followed:
    """Return the significant genes of the training set, or the first ones if none is significant.

    Of more than two classes, a gene is compared by the pair with the largest difference in the training set.
    """
    tested = trained.table.dropna(subset="P.Value")
    significant = tested[tested["P.Bonferroni"] < trained.alpha]
    chosen = tested.head(FIRST) if significant.empty else significant
    pairs = np.array(list(combinations(range(len(trained.classes)), 2)), dtype=np.intp)
    if len(pairs) == 1:
        number = np.zeros(len(chosen), dtype=np.intp)
        table = chosen.assign(contrast=f"{trained.classes[1]}-{trained.classes[0]}")[_TRAINED]
        return Followed(table, pairs[number], number)
    parts = [part.loc[chosen.index] for _, part in trained.contrasts.groupby("contrast", sort=False)]
    sizes = np.stack([part["logFC"].abs().fillna(-1.0) for part in parts])
    number = np.asarray(sizes.argmax(axis=0), dtype=np.intp)
    rows = [parts[pair].iloc[[row]] for row, pair in enumerate(number)]
    table = pd.concat(rows).assign(**{"P.Bonferroni": chosen["P.Bonferroni"]})[_TRAINED]
    return Followed(table, pairs[number], number)


def compare_effects(followed: Followed, tests: GeneTests, genes: pd.Index[str]) -> pd.DataFrame:
    """Return the table of `Replication`.

    Args:
        followed: The genes.
        tests: The tests of all genes in the independent set.
        genes: The genes that were tested, in the order of the tests.
    """
    table = followed.table.copy()
    found = pd.DataFrame(index=table.index, columns=list(_FOUND.values()), dtype=float).astype({"test.ind": "str"})
    for pair in np.unique(followed.numbers):
        rows = followed.numbers == pair
        columns = pd.DataFrame(tests.location(int(pair)), index=genes)[list(_FOUND)].rename(columns=_FOUND)
        found.loc[rows] = columns.reindex(table.index[rows])
    test = found.pop("test.ind").where(found["P.ind"].notna(), "").astype("str")
    found["adj.P.ind"] = benjamini_hochberg(found["P.ind"].to_numpy())
    table = pd.concat([table, found, test], axis=1)
    table["ratio"] = table["logFC.ind"] / table["logFC"]
    table["outcome"] = pd.Series(_judge(table, tests.settings.alpha), index=table.index, dtype="str")
    order = table["outcome"].map({name: place for place, name in enumerate((*OUTCOMES, ""))})
    return table.iloc[np.argsort(order.to_numpy(), kind="stable")]


def _judge(table: pd.DataFrame, alpha: float) -> list[str]:
    """Return the outcome of each gene."""
    direction = np.sign(table["logFC"] * table["logFC.ind"])
    agrees = np.where(table["P.ind"] < alpha, "replicated", "same direction")
    found = np.select([direction > 0, direction < 0, direction == 0], [agrees, "reversed", "no difference"], "")
    return [str(outcome) for outcome in found]


def count_outcomes(table: pd.DataFrame, alpha: float, confidence: float) -> dict[str, Any]:
    """Return the numbers of genes of `Replication`, by the name of its attribute."""
    compared = int((table["outcome"] != "").sum())
    same = table["outcome"].isin(("same direction", "replicated"))
    reversed_ = table["outcome"] == "reversed"

    def proportion(genes: pd.Series[bool]) -> Proportion:
        number = int(genes.sum())
        limits = wilson(number, compared, confidence)
        return Proportion(number, number / compared if compared else float("nan"), *limits)

    return {
        "genes": len(table),
        "compared": compared,
        "same": proportion(same),
        "replicated": proportion(table["outcome"] == "replicated"),
        "replicated_bh": proportion(same & (table["adj.P.ind"] < alpha)),
        "smaller": proportion(table["ratio"] < 1),
        "reversed": int(reversed_.sum()),
        "opposed": int((reversed_ & (table["P.ind"] < alpha)).sum()),
        "flat": int((table["outcome"] == "no difference").sum()),
    }


def interval_of_median(
    followed: Followed, independent: Cohort, resamples: int, confidence: float, rng: np.random.Generator
) -> Interval:
    """Return a bootstrap interval of the median ratio of effects, which takes those of the training set as given.

    The independent samples are resampled within their classes, so that the correlation of the genes is kept.
    """
    values = independent.expression[followed.table.index].to_numpy()
    every, (reference, target) = np.arange(len(followed.table)), followed.pairs.T
    counts = resample_counts(independent.codes, rng, resamples)
    medians = []
    for start in range(0, resamples, _AT_ONCE):
        means = means_of_classes(values, independent.codes, counts[start : start + _AT_ONCE])
        effects = means[target, :, every] - means[reference, :, every]
        medians.append(np.nanmedian(effects / followed.table["logFC"].to_numpy()[:, None], axis=0))
    return percentile_interval(np.concatenate(medians), confidence)
