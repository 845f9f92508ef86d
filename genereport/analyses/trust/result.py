"""How far the results can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

from genereport.analyses.result import Skipped, Tabled
from genereport.frames import Frame, Number


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
        high: Their 95 % quantile.
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
