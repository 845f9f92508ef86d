"""How far the results can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from pydantic import computed_field

from genereport.analyses.result import Skipped, Tabled
from genereport.frames import Frame, Number

QUANTILE = 0.95
"""Share of the figures under permuted labels that lie below `LabelPermutation.high`."""

_LATE = 0.95
"""Share of the epochs from which on the smallest validation loss counts as one at the end."""
_RISE = 0.1
"""Rise of the validation loss above its smallest that counts as overfitting."""
_SMALL_BIAS, _EASY = 0.02, 0.9
"""Selection bias below which little was gained, and honest balanced accuracy above which classes are easily told."""
_NARROW = 0.02
"""Half an interval of balanced accuracy that lets a curve be called flat."""
_INTERMEDIATE, _EXCELLENT = 0.4, 0.75
"""Fleiss's limits for kappa, which the authors of the stability index take over."""

Course = Literal["late", "rising", "level"]
CurveEnd = Literal["unknown", "rising", "falling", "flat", "uncertain"]
Agreement = Literal["excellent", "intermediate", "poor"]


@dataclass(frozen=True, eq=False)
class LabelPermutation(Tabled, main="values"):
    """The honest figure of the named model among those under permuted labels, naming and the whole path repeated.

    Attributes:
        model: What the rule names by one repeat of the cross-validation with the true labels; with more repeats it may
            name another.
        features: Its features.
        eligible: Models that are refitted each time for the rule to choose among.
        observed: Its balanced accuracy over that repeat.
        count: Permutations.
        mean: Mean figure under permuted labels.
        high: Their quantile at `quantile`.
        at_least: Permutations that reach the observed figure.
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
        """Share of the figures under permuted labels that lie below `high`."""
        return QUANTILE


@dataclass(frozen=True, eq=False)
class Trust(Tabled, main="gaps"):
    """How far the comparison of models can be trusted. All figures are balanced accuracies of held-out samples.

    Attributes:
        model: The named model.
        features: What it is trained on.
        gaps: One row per model and features: training (mean on the training parts), held_out, gap (training − held
            out), ci_low, ci_high (corrected resampled t).
        networks: How the networks learnt: index features; columns epochs, best_epoch (of the smallest mean validation
            loss), best_loss, last_loss (mean validation loss at either epoch), rise (share by which the last is above
            the best), gap (training − validation accuracy at the end).
        bias: Selection bias: one row per model on selected genes: honest (genes chosen in each training part), leaked
            (genes chosen on all samples, all else alike), difference (leaked − honest), ci_low, ci_high, p (corrected
            resampled t).
        permutation: Where the figure of the named model stands among permuted labels.
        learning: The named model on growing shares of the training parts: index share; columns samples (mean size of
            the training parts), estimate, ci_low, ci_high (corrected resampled t), splits.
        stability: Nogueira's index of the gene sets chosen in the training parts; NaN if every set has every gene.
        stability_low: Its lower limit; NaN if all sets are alike.
        stability_high: Its upper limit, likewise.
        sets: Gene sets behind it.
        smallest: Name of the smallest class.
        smallest_size: Its training samples.
        fold_step: About what one of its samples moves its recall by in one fold, at most 1.
        models: Models that can miss a sample, the majority class left out.
        missed: Samples that more than half of the models miss.
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
        """Position in `gaps` of the model with the widest one."""
        return int(self.gaps["gap"].to_numpy().argmax())

    @property
    def largest_bias(self) -> int:
        """Position in `bias` of the model with the largest difference."""
        return int(self.bias["difference"].to_numpy().argmax())

    @computed_field
    @property
    def courses(self) -> tuple[Course, ...]:
        """How the validation loss of each of the networks went.

        ``late``: it is smallest in the last 5 % of the epochs. Else ``rising``: it ends more than 10 % above its
        smallest; or ``level``.
        """
        late = self.networks["best_epoch"] >= _LATE * self.networks["epochs"]
        rising = self.networks["rise"] > _RISE
        return tuple("late" if a else "rising" if b else "level" for a, b in zip(late, rising, strict=True))

    @computed_field
    @property
    def easily_separated(self) -> bool:
        """Whether no bias reaches 0.02 and the model with the largest one has an honest figure above 0.9."""
        largest = self.bias.iloc[self.largest_bias]
        return bool(largest["difference"] < _SMALL_BIAS and largest["honest"] > _EASY)

    @computed_field
    @property
    def curve_end(self) -> CurveEnd:
        """What the last two points of the learning curve allow to say.

        ``unknown``: the last one has no interval. ``rising`` or ``falling``: they differ by more than half of that
        interval. Else ``flat``: half of it is at most 0.02; or ``uncertain``.
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
        """What the stability index amounts to by Fleiss's benchmarks; None where there is no index.

        ``excellent``: above 0.75; ``intermediate`` (to good): from 0.4 on; ``poor``: below.
        """
        if math.isnan(self.stability):
            return None
        if self.stability > _EXCELLENT:
            return "excellent"
        return "intermediate" if self.stability >= _INTERMEDIATE else "poor"
