"""Instability of the predictions of single samples over bootstrap models."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import computed_field

from genereport.analyses.result import Tabled
from genereport.frames import Frame, Number

COVERAGE = 0.95
"""Share of the bootstrap models whose predictions lie between the limits of a sample."""

_UNSTABLE = 0.1
"""Share of the bootstrap models from which a sample counts as unstable if they predict another class."""


@dataclass(frozen=True, eq=False)
class PredictionInstability(Tabled, main="samples"):
    """Predictions of the training samples by the named model refitted on bootstrap samples of them.

    Attributes:
        model: The named model.
        features: Its features.
        classes: Class levels, the reference first.
        count: Number of bootstrap samples.
        target: The class whose probability is given, if there are two classes; else empty, and it is the class that the
            original model predicts for the sample.
        grouped_by: Column whose samples were drawn together, or empty.
        samples: Index sample; columns class, original (probability by the model fitted on all training samples),
            median, low, high (median, 2.5 % and 97.5 % quantile over the bootstrap models), mape (mean absolute
            difference from the original), changed (share of the bootstrap models that predict another class than the
            original). The samples with the largest mape come first.
        mape: Mean of the samples' mape.
        mape_low: Lower limit of its interval, Student's t over the bootstrap models; NaN if they are fewer than two.
        mape_high: Upper limit.
        changed: Mean of the samples' shares of bootstrap models that predict another class.
        bootstrap: Index model (number of the bootstrap sample); columns sample, probability.
    """

    model: str
    features: str
    classes: tuple[str, ...]
    count: int
    target: str
    grouped_by: str
    samples: Frame
    mape: float
    mape_low: Number
    mape_high: Number
    changed: float
    bootstrap: Frame

    @computed_field
    @property
    def unstable(self) -> int:
        """The number of samples of which at least a tenth of the bootstrap models predict another class."""
        return int((self.samples["changed"] >= _UNSTABLE).sum())

    @computed_field
    @property
    def unstable_from(self) -> float:
        """The share from which a sample counts as unstable."""
        return _UNSTABLE

    @computed_field
    @property
    def coverage(self) -> float:
        """The share of the bootstrap models between the limits of a sample."""
        return COVERAGE
