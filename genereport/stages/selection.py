"""The genes chosen in every training part, and on the whole training set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import rankdata

from genereport.cohort.model import Cohort
from genereport.learn.comparison import Chosen, choose_genes
from genereport.learn.resampling import SplitPlan
from genereport.results import Selection
from genereport.settings import Collapse
from genereport.stages.base import Upstream, probes_of


@dataclass(frozen=True)
class SelectionStage:
    """Variance filter → Welch's test → recursive feature elimination, anew on every training part."""

    plan: SplitPlan
    variance_quantile: float
    candidates: int
    genes: int
    collapse: Collapse = "none"
    name: str = "selection"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Selection:  # noqa: ARG002
        """Choose on the training part of each split, then on all training samples; both see nothing else."""
        train = cohort.subset("train")
        values, codes = train.expression.to_numpy(), train.codes
        parts = [split.train for split in self.plan.splits(codes)]
        probes, limits = probes_of(train, self.collapse), (self.variance_quantile, self.candidates, self.genes)
        chosen: list[Chosen] = Parallel()(
            delayed(choose_genes)(values[rows], codes[rows], *limits, probes)
            for rows in [*parts, np.arange(len(codes))]
        )
        *folds, whole = chosen
        stability = _stability(train.genes, folds)
        return Selection(
            variance_quantile=self.variance_quantile,
            candidates=min(self.candidates, int(np.count_nonzero(~np.isnan(whole.ranks)))),
            genes=len(whole.best),
            folds=len(folds),
            chosen=tuple(train.genes.index[whole.best]),
            ranking=_ranking(train.genes, whole),
            stability=stability,
            by_fold=_by_fold(train.genes.index, folds),
            always=int((stability["times"] == len(folds)).sum()),
            ever=len(stability),
        )


def _stability(genes: pd.DataFrame, folds: list[Chosen]) -> pd.DataFrame:
    times = np.bincount(np.concatenate([fold.best for fold in folds]), minlength=len(genes))
    frame = pd.DataFrame(
        {"symbol": genes["symbol"].to_numpy(), "times": times, "frequency": times / len(folds)},
        index=genes.index.rename("gene"),
    )
    return frame[frame["times"] > 0].sort_values("times", ascending=False, kind="stable")


def _ranking(genes: pd.DataFrame, whole: Chosen) -> pd.DataFrame:
    tested = rankdata(whole.pvalues, nan_policy="omit")
    frame = pd.DataFrame(
        {"symbol": genes["symbol"].to_numpy(), "test": tested, "rfe": whole.ranks}, index=genes.index.rename("gene")
    )
    return frame[frame["test"].notna()].sort_values("test", kind="stable")


def _by_fold(ids: pd.Index, folds: list[Chosen]) -> pd.DataFrame:
    sizes = [len(fold.best) for fold in folds]
    columns = {
        "rank": np.concatenate([np.arange(1, size + 1) for size in sizes]),
        "gene": ids[np.concatenate([fold.best for fold in folds])],
    }
    return pd.DataFrame(columns, index=pd.Index(np.repeat(np.arange(len(folds)), sizes), name="split"))
