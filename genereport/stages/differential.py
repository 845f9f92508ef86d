"""Gene by gene comparison of the classes on the training samples."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from genereport.cohort.model import Cohort
from genereport.results import Differential
from genereport.stages.base import Upstream
from genereport.stats.multiplicity import benjamini_hochberg, bonferroni, holm
from genereport.stats.oneway import welch_f
from genereport.stats.ttests import welch_t


@dataclass(frozen=True)
class DifferentialStage:
    """Welch's t for two classes, Welch's F and pairwise contrasts for more; every testable gene is tested."""

    alpha: float
    confidence: float
    name: str = "differential"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Differential:  # noqa: ARG002
        """Test the genes on the training set; missing values are left out gene by gene."""
        train = cohort.subset("train")
        binary = len(cohort.classes) == 2
        tests = self._two_classes(train) if binary else _omnibus(train)
        table = _adjusted(tests).sort_values("P.Value", kind="stable")
        significant = table["P.Bonferroni"] < self.alpha
        tested = int(table["P.Value"].notna().sum())
        return Differential(
            classes=cohort.classes,
            sizes=tuple(int(size) for size in np.bincount(train.codes, minlength=len(cohort.classes))),
            method="Welch t" if binary else "Welch F",
            alpha=self.alpha,
            confidence=self.confidence,
            tested=tested,
            degenerate=len(table) - tested,
            bonferroni=int(significant.sum()),
            holm=int((table["P.Holm"] < self.alpha).sum()),
            bh=int((table["adj.P.Val"] < self.alpha).sum()),
            up=int((significant & (table["logFC"] > 0)).sum()) if binary else 0,
            table=table,
            contrasts=self._contrasts(train),
        )

    def _two_classes(self, train: Cohort) -> pd.DataFrame:
        test = welch_t(train.expression.to_numpy(), train.codes, self.confidence)
        columns = {"logFC": test.difference, "CI.L": test.ci_low, "CI.R": test.ci_high, "AveExpr": test.average}
        return _gene_table(train, {**columns, "t": test.t, "df": test.df, "P.Value": test.p})

    def _contrasts(self, train: Cohort) -> pd.DataFrame:
        """All pairs of more than two classes, Holm over the pairs of a gene."""
        if len(train.classes) == 2:
            return _contrast_table([])
        values = train.expression.to_numpy()
        parts = []
        for first, second in combinations(range(len(train.classes)), 2):
            rows = np.isin(train.codes, (first, second))
            test = welch_t(values[rows], (train.codes[rows] == second).astype(np.intp), self.confidence)
            columns = {"logFC": test.difference, "CI.L": test.ci_low, "CI.R": test.ci_high}
            part = _gene_table(train, {**columns, "t": test.t, "df": test.df, "P.Value": test.p})
            part.insert(1, "contrast", f"{train.classes[second]}-{train.classes[first]}")
            parts.append(part)
        return _contrast_table(parts)


def _contrast_table(parts: list[pd.DataFrame]) -> pd.DataFrame:
    columns = ["symbol", "contrast", "logFC", "CI.L", "CI.R", "t", "df", "P.Value", "P.Holm"]
    if not parts:
        return pd.DataFrame(columns=columns, index=pd.Index([], name="gene", dtype=str))
    p = np.stack([part["P.Value"].to_numpy() for part in parts])
    adjusted = np.apply_along_axis(holm, 0, p)
    parts = [part.assign(**{"P.Holm": row}) for part, row in zip(parts, adjusted, strict=True)]
    return pd.concat(parts)[columns]


def _omnibus(train: Cohort) -> pd.DataFrame:
    test = welch_f(train.expression.to_numpy(), train.codes, len(train.classes))
    columns = {"AveExpr": test.average, "F": test.f, "df1": test.df1, "df2": test.df2, "P.Value": test.p}
    return _gene_table(train, columns)


def _gene_table(cohort: Cohort, columns: dict[str, np.ndarray]) -> pd.DataFrame:
    index = cohort.genes.index.rename("gene")
    return pd.DataFrame({"symbol": cohort.genes["symbol"].to_numpy(), **columns}, index=index)


def _adjusted(table: pd.DataFrame) -> pd.DataFrame:
    p = table["P.Value"].to_numpy()
    return table.assign(**{"P.Bonferroni": bonferroni(p), "P.Holm": holm(p), "adj.P.Val": benjamini_hochberg(p)})
