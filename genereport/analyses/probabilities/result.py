"""The result of the analysis of predicted probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import computed_field

from genereport.analyses.result import Tabled
from genereport.frames import Frame


@dataclass(frozen=True, eq=False)
class Probabilities(Tabled, main="recalibration"):
    """Predicted probabilities compared with the classes of the samples.

    Set ``cv`` stands for the held-out samples of the cross-validation, each with its mean probability over the repeats;
    set ``test`` for the independent set.

    Attributes:
        classes: Class levels, the reference first.
        model: The named model.
        features: Features of the named model.
        repeats: Number of repeats of the cross-validation.
        grouped_by: Column that names patients or other units with several samples each, or empty. The intervals of
            `recalibration` take account of it; all others treat the samples as independent.
        sets: Named model: index set; columns n (samples), errors (samples whose most probable class is not their own),
            useful_from and useful_to (the longest range of thresholds at which its net benefit exceeds that of acting
            on all samples and on none; NaN if there is none, or no decision curve).
        samples: Named model: index sample; columns set, class, predicted (most probable class), correct (``yes`` or
            ``no``), then p_CLASS per class.
        bins: One row per model, features, set, class and bin of about equally many samples; columns n, predicted (mean
            probability of the class), observed (share of the samples that are of it), ci_low, ci_high (Wilson). With
            two classes, for the target only.
        recalibration: One row per model, features, set and class, the named model first; with two classes, for the
            target only. Columns n, events (samples of the class), intercept intercept_low intercept_high (0: right on
            average), slope slope_low slope_high (1: neither too extreme nor too moderate), level (``too low``, ``too
            high``, ``right`` if the interval of the intercept includes 0, or empty), spread (``too extreme``, ``too
            moderate``, ``right`` or empty), reason (why one is not estimable, else empty). Wald intervals, robust to
            groups.
        decision: Named model, two classes only: one row per set and threshold; columns net_benefit ci_low ci_high (of
            acting on samples whose probability of the target reaches the threshold; the interval combines Wilson's
            limits), all (of acting on all samples). That of acting on none is 0.
    """

    classes: tuple[str, ...]
    model: str
    features: str
    repeats: int
    grouped_by: str
    sets: Frame
    samples: Frame
    bins: Frame
    recalibration: Frame
    decision: Frame

    @computed_field
    @property
    def has_decision(self) -> bool:
        """Whether there is a decision curve."""
        return len(self.decision) > 0

    @property
    def named_rows(self) -> int:
        """The number of rows of the named model in `recalibration`."""
        own = (self.recalibration["model"] == self.model) & (self.recalibration["features"] == self.features)
        return int(own.sum())

    @property
    def last_threshold(self) -> int:
        """The position in `decision` of the highest threshold."""
        return int(self.decision["threshold"].to_numpy().argmax())

    @property
    def number_of_bins(self) -> int:
        """The number of bins of the calibration."""
        return int(self.bins["bin"].max())
