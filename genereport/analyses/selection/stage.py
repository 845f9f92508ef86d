"""Collect the genes chosen in every training part, and on the whole training set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from genereport.analyses.resampling.stage import Resampled
from genereport.analyses.selection.result import Selection
from genereport.analyses.stage import NEEDS_FOLDS, Plan, PlanContext, StageContext, Upstream
from genereport.cohort.model import Cohort
from genereport.learn.preparation import Chosen
from genereport.rules import MANY_CANDIDATES


@dataclass(frozen=True)
class SelectionStage:
    """Variance filter → Welch's test → recursive feature elimination, as the engine ran them on every training part."""

    name: str = "selection"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Selection:  # noqa: ARG002
        """Compare the choices of the splits and of the whole training set."""
        resampled = upstream.need(Resampled)
        folds, whole = [fold.chosen for fold in resampled.folds], resampled.final.chosen
        genes = resampled.genes
        stability = _stability(genes, folds)
        squared = resampled.protocol.settings.selection.elimination_loss == "squared_hinge"
        return Selection(
            variance_quantile=resampled.protocol.settings.preprocess.variance_quantile,
            candidates=len(whole.path),
            genes=whole.genes,
            folds=len(folds),
            chosen=tuple(genes.index[whole.best]),
            ranking=_ranking(genes, whole),
            stability=stability,
            by_fold=_by_fold(genes.index, folds),
            always=int((stability["times"] == len(folds)).sum()),
            ever=len(stability),
            squared=squared,
            in_shares=squared or len(whole.path) > MANY_CANDIDATES,
        )


def _stability(genes: pd.DataFrame, folds: Sequence[Chosen]) -> pd.DataFrame:
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


def _by_fold(ids: pd.Index, folds: Sequence[Chosen]) -> pd.DataFrame:
    sizes = [len(fold.best) for fold in folds]
    columns = {
        "rank": np.concatenate([np.arange(1, size + 1) for size in sizes]),
        "gene": ids[np.concatenate([fold.best for fold in folds])],
    }
    return pd.DataFrame(columns, index=pd.Index(np.repeat(np.arange(len(folds)), sizes), name="split"))


def make_stage(context: StageContext) -> SelectionStage:  # noqa: ARG001 - it has no settings of its own
    """Return the stage."""
    return SelectionStage()


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    selection = context.settings.selection
    does = f"{selection.genes} of the {selection.candidates} genes with the smallest p-values, anew in every split"
    return Plan("nothing", NEEDS_FOLDS) if context.too_few else Plan(does)
