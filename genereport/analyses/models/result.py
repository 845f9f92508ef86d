"""Comparison of classifiers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

import pandas as pd
from pydantic import Field, computed_field

from genereport.analyses.columns import first_of
from genereport.analyses.result import Skipped, Tabled
from genereport.display import Shown
from genereport.frames import Frame, Number
from genereport.names import MODEL_NAMES
from genereport.types import L1_GAP, PENALTIES, STOPPING_SHARE, WEIGHT_DECAYS


def is_pooled(interval: str) -> bool:
    """Return whether an interval is from pooled predictions, because there is none over the folds.

    Args:
        interval: Method of the interval, as in `Models.metrics`.
    """
    return "; pooled" in interval


class ModelOn(NamedTuple):
    """A model and the features that it is trained on."""

    model: str
    features: str


@dataclass(frozen=True)
class NamedModel(Shown):
    """The model that the rule names before the independent set is predicted.

    Attributes:
        model: Name of the model.
        features: ``selected``, ``all`` or ``components``.
        estimate: Its cross-validated balanced accuracy.
        best_model: The model with the highest estimate, of those that can be named.
        best_features: Features of that model.
        best_estimate: Estimate of that model.
        standard_error: Corrected standard error of the best estimate.
        beats_floor: Whether the named model beats the majority class.
        width: Upper minus lower limit of the interval of the estimate; NaN if it is not estimable.
    """

    model: str
    features: str
    estimate: float
    best_model: str
    best_features: str
    best_estimate: float
    standard_error: float
    beats_floor: bool
    width: Number

    @property
    def best(self) -> ModelOn:
        """The model with the highest estimate, of those that can be named."""
        return ModelOn(self.best_model, self.best_features)

    @computed_field
    @property
    def is_best(self) -> bool:
        """Whether no model that can be named has a higher estimate."""
        return self.best == (self.model, self.features)


@dataclass(frozen=True)
class CorrectedEstimate(Shown):
    """The balanced accuracy of the named model, corrected for its having been named by the same predictions.

    Bootstrap bias-corrected cross-validation: the rule names a model by the held-out predictions of the samples that a
    resample drew, and the samples that it did not draw judge this model.

    Attributes:
        estimate: Mean over the resamples; NaN if none leaves out samples of every class.
        ci_low: Lower limit of the interval; NaN if it is not estimable.
        ci_high: Upper limit of the interval.
        interval: Method of the interval: ``bootstrap`` (percentile), ``moved; …`` (that of the estimate without
            correction, moved by the correction, because it is wider) or ``not estimable``.
        optimism: The estimate without correction, minus this one.
        resamples: Number of resamples that leave out samples of every class.
        again: Share of these in which the rule names the same model.
    """

    estimate: Number
    ci_low: Number
    ci_high: Number
    interval: str
    optimism: Number
    resamples: int
    again: Number


@dataclass(frozen=True, eq=False)
class NestedNaming(Tabled, main="named"):
    """The naming repeated inside each training part of one repeat; the held-out samples judge the model named there.

    Attributes:
        estimate: Mean balanced accuracy over the folds.
        ci_low: Lower limit of the interval; NaN if it is not estimable.
        ci_high: Upper limit of the interval.
        interval: Method of the interval, as in `Models.metrics`.
        folds: Number of training parts.
        inner_folds: Number of folds inside each of them.
        again: Number of training parts in which the rule names the same model as on all training samples.
        named: Index fold (from 1); columns model, features, balanced_accuracy of the model that was named there.
    """

    estimate: Number
    ci_low: Number
    ci_high: Number
    interval: str
    folds: int
    inner_folds: int
    again: int
    named: Frame


@dataclass(frozen=True)
class Differences(Shown):
    """The numbers of differences between models that are detectable.

    Attributes:
        alpha: Limit of the p-values.
        pairs: Number of pairs of models that could have been named.
        folds: Number of pairs with P.Holm.models < alpha.
        labels: Number of pairs with P.McNemar.Holm < alpha.
        areas: Number of pairs with P.DeLong.Holm < alpha.
        effects: Number of models that were trained on the selected and on all genes.
        clear_effects: Number of those whose two estimates differ with p < alpha.
    """

    alpha: float
    pairs: int
    folds: int
    labels: int
    areas: int
    effects: int
    clear_effects: int


@dataclass(frozen=True, eq=False)
class Bundle(Tabled, main="models"):
    """The final models as files that hold no code; the content lies in ``report_data/model``.

    Attributes:
        files: Index file; columns size (bytes), sha256.
        models: One row per model and features that are kept; columns file (empty if it could not be frozen), note (the
            reason).
        dropped: Number of models that were frozen, read back and judged, but are not kept.
        contents: File → content; not part of the stored form.
    """

    files: Frame
    models: Frame
    dropped: int
    contents: Annotated[dict[str, bytes], Field(exclude=True)] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Thinning:
    """The counts of deeper samples, thinned for the classifiers.

    Attributes:
        depth: Number of counts that deeper samples were thinned to for the final models; 0: they were not.
        deeper: Number of training samples that were thinned for the final models.
        splits: Number of splits in which samples were thinned.
        of: Number of splits.
        ratio: Ratio of the classes' median depths from which depth may go with the class.
        alpha: Significance level of the Kruskal–Wallis test of the depths.
        failed: Samples below this share of the shallowest class's median depth do not set the depth of the others.
    """

    depth: float
    deeper: int
    splits: int
    of: int
    ratio: float
    alpha: float
    failed: float


@dataclass(frozen=True, eq=False)
class Models(Tabled, main="metrics"):
    """Classifiers compared by repeated stratified cross-validation, and applied once to the independent set.

    Attributes:
        classes: Class levels, the reference first.
        train: Number of training samples.
        test: Number of independent samples (0: there is no independent set, and nothing is claimed of one).
        folds: Folds per repeat; fewer than the settings ask for if a class has too few samples.
        repeats: Number of repeats.
        grouped_by: Column whose samples were kept together in the splits, or empty.
        thinning: How counts were thinned for the classifiers; None: all counts were used.
        compared: Number of pairs of model and features that are compared, without the majority class.
        test_step: Change of accuracy by one independent sample; NaN if there is no independent set.
        named: The model named by the rule on cross-validated balanced accuracy.
        corrected: Its balanced accuracy, corrected for the naming.
        nested: The same with the naming repeated inside training parts, or why it was not.
        named_errors: Number of independent samples that it misclassifies.
        missed: Number of independent samples that at least one model misclassifies.
        differences: Numbers of detectable differences in `pairs` and `selection_effect`.
        metrics: One row per model, features, set (``cv`` or ``test``) and metric; columns estimate, ci_low, ci_high, n,
            interval (its method). ``Nadeau-Bengio`` counts the variation of held-out and of training samples. If that
            cannot be estimated or is narrower, ``…; pooled Wilson`` and ``…; pooled Wilson-MOVER`` are used, which
            leave out the variation of the training samples, as ``Wilson``, ``Wilson-MOVER``, ``DeLong`` and
            ``bootstrap`` on the independent set do. ``not estimable``: there is none.
        by_fold: One row per model, features, repeat, fold and metric; column value.
        predictions: One row per sample, set, repeat and fold in which the sample was held out (both from 1, and 0 on
            the independent set), model and features; columns truth, predicted, then p_CLASS per class.
        confusion: One row per model, features, set, truth and predicted; column n (summed over repeats in ``cv``).
        roc: One row per model, features, set, class and point of the curve; columns fpr, tpr. ``cv`` is the mean over
            the repeats of each repeat's pooled curve.
        selection_effect: Index model; columns metric, difference (selected − all), ci_low, ci_high, t, df, p: corrected
            resampled t-test over the folds.
        curves: Learning of the networks: index features; columns epoch, quantity (loss, accuracy, val_loss,
            val_accuracy), mean, low, high (5 % and 95 % quantile over the networks).
        importance: Index gene; columns symbol, l1 (absolute standardised coefficient), forest (mean decrease in
            impurity) of the models fitted on all genes of the whole training set.
        errors: Index sample; columns set, class, missed (number of models that misclassify it), models. Samples that at
            least one model misclassifies, on the independent set, or in over half of the repeats.
        precision_recall: As `roc`, columns recall and precision: one row per positive sample.
        pairs: All pairs of the models that could have been named: index pair; columns model_1 features_1 model_2
            features_2; difference (first − second, cross-validated balanced accuracy) ci_low ci_high p P.Holm.models
            (Holm over the pairs), by the corrected resampled t-test; then on the independent set (NaN where it does not
            apply) only_1 and only_2 (samples that only one of them classifies correctly) P.McNemar P.McNemar.Holm,
            AUC.difference AUC.L AUC.R P.DeLong P.DeLong.Holm.
        tuning: What tuning chose: one row per model, features and choice; columns genes (NaN where all are used),
            penalty_c, weight_decay (NaN if the model has none), times (training parts), final (of the final model).
            Empty where nothing was tuned.
        fitted: How the final models were fitted, from the objects themselves: columns model, features (separated by
            semicolons where the value is the same for several), parameter, value (as text; ``none`` where there is no
            value). Parameters are called as in scikit-learn, or as in `learn.network.describe_training`.
        bundle: The frozen final models.
    """

    classes: tuple[str, ...]
    train: int
    test: int
    folds: int
    repeats: int
    grouped_by: str
    thinning: Thinning | None
    compared: int
    test_step: Number
    named: NamedModel
    corrected: CorrectedEstimate
    nested: NestedNaming | Skipped
    named_errors: int
    missed: int
    differences: Differences
    metrics: Frame
    by_fold: Frame
    predictions: Frame
    confusion: Frame
    roc: Frame
    selection_effect: Frame
    curves: Frame
    importance: Frame
    errors: Frame
    precision_recall: Frame
    pairs: Frame
    tuning: Frame
    fitted: Frame
    bundle: Bundle

    @property
    def named_in_cv(self) -> int:
        """The position in `metrics` of the named model's cross-validated balanced accuracy."""
        return self._named_in("cv")

    @property
    def named_in_test(self) -> int:
        """The position in `metrics` of the named model's balanced accuracy on the independent set.

        Raises:
            KeyError: If there is no independent set.
        """
        return self._named_in("test")

    def _named_in(self, which: str) -> int:
        of_named = {"model": self.named.model, "features": self.named.features}
        return first_of(self.metrics, **of_named, set=which, metric="balanced_accuracy")

    @computed_field
    @property
    def falls_short(self) -> bool:
        """Whether the named model's interval on the independent set lies wholly below its cross-validated estimate."""
        if not self.test:
            return False
        highest = self.metrics["ci_high"].iloc[self.named_in_test]
        return bool(highest < self.metrics["estimate"].iloc[self.named_in_cv])

    @computed_field
    @property
    def has_pooled_interval(self) -> bool:
        """Whether a cross-validated balanced accuracy, accuracy or AUC has its interval from pooled predictions."""
        metrics = self.metrics
        primary = (metrics["set"] == "cv") & metrics["metric"].isin(("balanced_accuracy", "accuracy", "roc_auc"))
        return bool(metrics.loc[primary, "interval"].map(is_pooled).any())

    @computed_field
    @property
    def has_combined_interval(self) -> bool:
        """Whether an interval combines Wilson's limits of the classes (Wilson-MOVER)."""
        return bool(self.metrics["interval"].str.contains("MOVER", regex=False).any())

    @computed_field
    @property
    def areas_compared(self) -> bool:
        """Whether areas under the ROC curve were compared on the independent set."""
        return bool(self.pairs["P.DeLong"].notna().any())

    @computed_field
    @property
    def own_models(self) -> bool:
        """Whether a model defined by the user was compared."""
        return not set(self.metrics["model"]) <= set(MODEL_NAMES)

    @property
    def tuned_penalties(self) -> tuple[float, ...]:
        """The values of C that tuning compares."""
        return tuple(sorted(PENALTIES))

    @property
    def tuned_decays(self) -> tuple[float, ...]:
        """The L2 penalties of the networks that tuning compares."""
        return tuple(sorted(WEIGHT_DECAYS))

    @property
    def l1_gap(self) -> float:
        """The duality gap at which a fit of the L1 logistic regression ends, as a share of the null model's loss."""
        return L1_GAP

    @property
    def stopping_share(self) -> float:
        """The share of the training part by whose loss the training of a network is stopped early."""
        return STOPPING_SHARE

    @property
    def last_epoch(self) -> int:
        """The epoch at which the curves of the networks end."""
        return int(self.curves["epoch"].max())

    @property
    def splits(self) -> pd.DataFrame:
        """The fold in which each sample was held out in each repeat: columns sample, repeat, fold."""
        held_out = self.predictions.loc[self.predictions["set"] == "cv", ["sample", "repeat", "fold"]]
        return held_out.drop_duplicates(ignore_index=True)
