"""Principal components."""

from __future__ import annotations

from dataclasses import dataclass

from genereport.analyses.result import Tabled
from genereport.frames import Frame


@dataclass(frozen=True, eq=False)
class Components(Tabled, main="scores"):
    """Principal components of the standardised training samples, onto which an independent set is projected.

    Attributes:
        classes: Class levels, the reference first.
        genes: Number of genes that were used.
        share: Share of the variance that was asked for.
        needed: Number of components that reach it.
        covariates: Covariates by which the samples can be coloured: index sample, in the order of `scores`; text for
            covariates with levels (missing values are the level ``unknown``), float64 for measurements.
        scores: Index sample; columns set, class, PC1 … (as many as are needed, at least 3 where there are 3).
        variance: Index component; columns variance, share, cumulative.
        loadings: Index gene; columns symbol, component, loading: the ten largest absolute loadings of PC1 and of PC2.
        silhouette: Mean silhouette width of the classes on the first two components of the training samples.
    """

    classes: tuple[str, ...]
    genes: int
    share: float
    needed: int
    covariates: Frame
    scores: Frame
    variance: Frame
    loadings: Frame
    silhouette: float

    @property
    def projected(self) -> bool:
        """Whether independent samples are projected onto the components."""
        return bool((self.scores["set"] == "test").any())
