"""The result of the checks of how far the comparison of models can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from pydantic import computed_field

from genereport.analyses.result import Skipped, Tabled
from genereport.frames import Frame, Number

QUANTILE = 0.95
"""Share of the balanced accuracies under permuted labels that lie below `LabelPermutation.high`."""

_LATE = 0.95
"""Share of the epochs after which the smallest validation loss counts as at the end."""
_RISE = 0.1
"""Rise of the validation loss above its minimum that counts as overfitting."""
_SMALL_BIAS, _EASY = 0.02, 0.9
"""Selection bias below which the gain is small, and honest balanced accuracy above which classes are well separated."""
_NARROW = 0.02
"""Largest half-width of the interval of balanced accuracy for a curve to be called flat."""
_INTERMEDIATE, _EXCELLENT = 0.4, 0.75
"""Fleiss's limits for kappa, which the authors of the stability index adopt."""

Course = Literal["late", "rising", "level"]
CurveEnd = Literal["unknown", "rising", "falling", "flat", "uncertain"]
Agreement = Literal["excellent", "intermediate", "poor"]


@dataclass(frozen=True, eq=False)
class LabelPermutation(Tabled, main="values"):
    """The honest balanced accuracy of the named model among those under permuted labels.

    The naming and the whole analysis path are repeated for each permutation.

    Attributes:
        model: The model that the rule names by one repeat of the cross-validation with the true labels; with more
            repeats it may name another.
        features: Features of that model.
        eligible: Number of models that are refitted each time, among which the rule chooses.
        observed: Balanced accuracy of that model over that repeat.
        count: Number of permutations.
        mean: Mean balanced accuracy under permuted labels.
        high: Quantile of these balanced accuracies at `quantile`.
        at_least: Number of permutations that reach the observed balanced accuracy.
        p: (at_least + 1) / (count + 1).
        values: Index permutation; columns model, features (named under these labels), balanced_accuracy.
        unit: Column whose samples exchanged their labels among themselves, or kept one for all of them; or empty.
    """

    model: str
    features: str
    eligible: int
    observed: float
    count: int
    mean: float
    high: float
    at_least: int
    p: float
    values: Frame
    unit: str

    @property
    def quantile(self) -> float:
        """The share of the balanced accuracies under permuted labels that lie below `high`."""
        return QUANTILE


@dataclass(frozen=True, eq=False)
class Trust(Tabled, main="gaps"):
    """Checks of the comparison of models. All estimates are balanced accuracies of held-out samples.

    Attributes:
        model: The named model.
        features: Features of the named model.
        gaps: One row per model and features: training (mean on the training parts), held_out, gap (training − held
            out), ci_low, ci_high (corrected resampled t).
        networks: Learning of the networks: index features; columns epochs, best_epoch (of the smallest mean validation
            loss), best_loss, last_loss (mean validation loss at either epoch), rise (share by which the last is above
            the best), gap (training − validation accuracy at the end).
        bias: Selection bias: one row per model on selected genes: honest (genes chosen in each training part), leaked
            (genes chosen on all samples, all else equal), difference (leaked − honest), ci_low, ci_high, p (corrected
            resampled t).
        permutation: Comparison of the named model with permuted labels, or why there is none.
        learning: The named model on growing shares of the training parts: index share; columns samples (mean size of
            the training parts), estimate, ci_low, ci_high (corrected resampled t), splits.
        stability: Nogueira's index of the gene sets chosen in the training parts; NaN if every set has every gene.
        stability_low: Lower limit of the index; NaN if all sets are equal.
        stability_high: Upper limit of the index; NaN if all sets are equal.
        sets: Number of gene sets behind the index.
        smallest: Name of the smallest class.
        smallest_size: Number of its training samples.
        fold_step: Approximate change of its recall in one fold by one of its samples, at most 1.
        models: Number of models that can miss a sample, without the majority class.
        missed: Number of samples that more than half of the models miss.
        hard: Those samples: index sample; columns set, class, missed (number of models).
    """

    model: str
    features: str
    gaps: Frame
    networks: Frame
    bias: Frame
    permutation: LabelPermutation | Skipped
    learning: Frame
    stability: Number
    stability_low: Number
    stability_high: Number
    sets: int
    smallest: str
    smallest_size: int
    fold_step: float
    models: int
    missed: int
    hard: Frame

    @property
    def widest_gap(self) -> int:
        """The position in `gaps` of the model with the widest gap."""
        return int(self.gaps["gap"].to_numpy().argmax())

    @property
    def largest_bias(self) -> int:
        """The position in `bias` of the model with the largest difference."""
        return int(self.bias["difference"].to_numpy().argmax())

    @computed_field
    @property
    def courses(self) -> tuple[Course, ...]:
        """The course of the validation loss of each of the networks.

        ``late``: the loss is smallest in the last 5 % of the epochs. Otherwise ``rising``: it ends more than 10 % above
        its minimum; or ``level``.
        """
        late = self.networks["best_epoch"] >= _LATE * self.networks["epochs"]
        rising = self.networks["rise"] > _RISE
        return tuple("late" if a else "rising" if b else "level" for a, b in zip(late, rising, strict=True))

    @computed_field
    @property
    def easily_separated(self) -> bool:
        """Whether no bias reaches 0.02, and the model with the largest has an honest balanced accuracy above 0.9."""
        largest = self.bias.iloc[self.largest_bias]
        return bool(largest["difference"] < _SMALL_BIAS and largest["honest"] > _EASY)

    @computed_field
    @property
    def curve_end(self) -> CurveEnd:
        """The trend of the learning curve, from its last two points.

        ``unknown``: the last one has no interval. ``rising`` or ``falling``: they differ by more than half of that
        interval. Otherwise ``flat``: half of it is at most 0.02; or ``uncertain``.
        """
        before, last = self.learning.iloc[-2], self.learning.iloc[-1]
        change, half = last["estimate"] - before["estimate"], (last["ci_high"] - last["ci_low"]) / 2
        if math.isnan(half):
            return "unknown"
        if abs(change) > half:
            return "rising" if change > 0 else "falling"
        return "flat" if half <= _NARROW else "uncertain"

    @computed_field
    @property
    def agreement(self) -> Agreement | None:
        """The category of the stability index by Fleiss's benchmarks; None if there is no index.

        ``excellent``: above 0.75; ``intermediate`` (to good): from 0.4 on; ``poor``: below.
        """
        if math.isnan(self.stability):
            return None
        if self.stability > _EXCELLENT:
            return "excellent"
        return "intermediate" if self.stability >= _INTERMEDIATE else "poor"
