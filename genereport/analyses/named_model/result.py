"""The contents of the named model, and its predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import computed_field

from genereport.analyses.result import Tabled
from genereport.frames import Frame, Number, true_rows

_MOST_SAMPLES = 60
"""Largest number of samples whose predictions are printed in the compact table."""

Kind = Literal["centroids", "logistic", "forest", "svm", "network", "other"]


@dataclass(frozen=True, eq=False)
class NamedWeights(Tabled, main="genes"):
    """The named model as its frozen file reads back, and what it predicts for each sample.

    A standardised value is z = (value − mean) / sd, and a missing value is replaced by the median. With the values of
    `genes` and `terms` the predictions of two kinds can be computed by hand. ``logistic``: the score of a class is its
    intercept plus the sum of coefficient · z; with two classes the probability of the target is 1 / (1 + exp(−score)),
    with more it is exp(score) over the sum of these of all classes. ``centroids``: the score of a class is
    log(prior) − Σ ((z − centroid) / within)² / 2, and the probability is exp(score) over the sum of these.

    Attributes:
        model: Name of the named model.
        features: ``selected``, ``all`` or ``components``.
        classes: Class levels, the reference first.
        frozen: Whether the model could be frozen; if not, nothing is known of its weights.
        kind: What the model is: ``centroids``, ``logistic``, ``forest``, ``svm`` (radial kernel, with calibrated
            probabilities), ``network`` or ``other``.
        given: Number of genes that the model is given.
        used: Number of these that change a prediction: of non-zero coefficient, with different centroids, or of
            importance above 0; all genes, if there is no weight for each gene.
        components: Number of principal components that the model works on; 0: it works on genes.
        threshold: Threshold of the shrunken centroids, in units of the distances; NaN for other models.
        trees: Number of trees; 0 for other models.
        vectors: Number of support vectors; 0 for other models.
        gamma: Width parameter of the radial kernel exp(−gamma · distance²); NaN for other models.
        layers: Units of each layer of the network, from its inputs to its outputs; empty for other models.
        parts: Number of training parts of the cross-validation.
        steady: Number of the used genes that were chosen in every training part.
        genes: Index gene, the largest weight first (without weights in the order of the elimination); columns symbol,
            logFC (NaN with several classes), times and frequency (training parts in which the model was given the
            gene), then the weights: coefficient, or coefficient_CLASS with several classes; or centroid_CLASS for each
            class and within (pooled standard deviation plus its median over the genes), of standardised values; or
            importance (mean decrease in impurity). Last mean, sd and median of the values of the training set.
        terms: Index class, one row for each score; columns intercept (NaN for models without), prior (share of the
            class that the centroids assume), slope and offset of the calibration of the scores of a support vector
            machine, whose probability is 1 / (1 + exp(slope · score + offset)). Empty for models without scores.
        predictions: Index sample; columns set (``cv`` or ``test``), class, predicted (the class predicted most often),
            p_truth (probability of the sample's own class), p_CLASS per class (mean over the repeats in ``cv``),
            n_CLASS per class (number of repeats that predict the class; one prediction in ``test``), missed (whether
            more than half of them are wrong).
    """

    model: str
    features: str
    classes: tuple[str, ...]
    frozen: bool
    kind: Kind
    given: int
    used: int
    components: int
    threshold: Number
    trees: int
    vectors: int
    gamma: Number
    layers: tuple[int, ...]
    parts: int
    steady: int
    genes: Frame
    terms: Frame
    predictions: Frame

    @computed_field
    @property
    def weighted(self) -> bool:
        """Whether the model has a weight for each gene."""
        return self.frozen and self.kind in ("centroids", "logistic", "forest")

    @computed_field
    @property
    def missed_cv(self) -> int:
        """The number of training samples that the model misclassifies in more than half of the repeats."""
        return self._count_missed("cv")

    @computed_field
    @property
    def missed_test(self) -> int:
        """The number of independent samples that the model misclassifies."""
        return self._count_missed("test")

    @property
    def shown(self) -> tuple[int, ...]:
        """The positions in `predictions` of the samples that are printed.

        These are the misclassified training samples and the independent samples; of the latter only the misclassified
        ones if there are more than 60 in all, and never more than 60.
        """
        missed, independent = self.predictions["missed"], self.predictions["set"] == "test"
        found = true_rows(missed | independent)
        if len(found) > _MOST_SAMPLES:
            found = true_rows(missed)
        return tuple(found[:_MOST_SAMPLES])

    @property
    def shows_all(self) -> bool:
        """Whether the printed samples are all independent and all misclassified ones."""
        return len(self.shown) == int((self.predictions["missed"] | (self.predictions["set"] == "test")).sum())

    def _count_missed(self, which: str) -> int:
        own = self.predictions["set"] == which
        return int((own & self.predictions["missed"]).sum())
