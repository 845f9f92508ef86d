"""Principal components of the training samples, and the projection of the independent samples onto them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import silhouette_score

from genereport.analyses.components.result import Components
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream
from genereport.cohort.associations import shown_covariates
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.learn.preparation import fit_scaling
from genereport.settings import Settings
from genereport.stats.components import Pca, principal_components
from genereport.types import Array

_TOP_LOADINGS = 10


@dataclass(frozen=True)
class ComponentsStage:
    """Components of all testable genes, imputed and standardised on the training samples."""

    settings: Settings
    name: str = "components"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Components:  # noqa: ARG002
        """Fit the components on the training samples, and project all samples.

        Raises:
            NotApplicable: If the training samples span fewer than two components.
        """
        train = cohort.subset("train")
        values = train.expression.to_numpy()
        scaling = fit_scaling(values)
        pca = principal_components(scaling.standardised(values))
        if len(pca.variance) < 2:
            raise NotApplicable("The training samples span fewer than two principal components.")
        needed = pca.needed(self.settings.components.variance)
        scores = pca.project(scaling.standardised(cohort.expression.to_numpy()))
        is_train = (cohort.samples["set"] == "train").to_numpy()
        return Components(
            classes=cohort.classes,
            genes=cohort.expression.shape[1],
            share=self.settings.components.variance,
            needed=needed,
            covariates=shown_covariates(cohort).set_axis(cohort.expression.index.rename("sample")),
            scores=_scores(cohort, scores[:, : max(needed, min(3, len(pca.variance)))]),
            variance=_variance(pca),
            loadings=_loadings(cohort, pca),
            silhouette=float(silhouette_score(scores[is_train, :2], train.codes)),
        )


def _names(count: int) -> list[str]:
    return [f"PC{number}" for number in range(1, count + 1)]


def _scores(cohort: Cohort, scores: Array) -> pd.DataFrame:
    index = cohort.expression.index.rename("sample")
    frame = pd.DataFrame(scores, index=index, columns=_names(scores.shape[1]))
    return pd.concat([cohort.samples[["set", "class"]].set_axis(index), frame], axis=1)


def _variance(pca: Pca) -> pd.DataFrame:
    share = pca.variance / pca.variance.sum()
    columns = {"variance": pca.variance, "share": share, "cumulative": np.cumsum(share)}
    return pd.DataFrame(columns, index=pd.Index(_names(len(share)), name="component"))


def _loadings(cohort: Cohort, pca: Pca) -> pd.DataFrame:
    parts = []
    for name, axis in zip(("PC1", "PC2"), pca.axes, strict=False):
        top = np.argsort(-np.abs(axis), kind="stable")[:_TOP_LOADINGS]
        genes = cohort.genes.iloc[top]
        columns = {"symbol": genes["symbol"].to_numpy(), "component": name, "loading": axis[top]}
        parts.append(pd.DataFrame(columns, index=genes.index.rename("gene")))
    return pd.concat(parts)


def make_stage(context: StageContext) -> ComponentsStage:
    """Return the stage with the settings of a run."""
    return ComponentsStage(context.settings)


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    return Plan(f"principal components, {100 * context.settings.components.variance:g} % of the variance")
