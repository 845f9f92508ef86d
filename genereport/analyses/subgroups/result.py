"""Performance of the named model by group of samples."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import computed_field

from genereport.analyses.result import Skipped, Tabled
from genereport.frames import Frame, Number

FEW = 10
"""Number of samples below which a group is called small."""

UNKNOWN = "unknown"
"""Level of the samples whose value is missing."""


@dataclass(frozen=True, eq=False)
class LeaveCentreOut:
    """The pipeline of the named model, trained on all centres but one and tested on this one.

    Attributes:
        column: Column of the centres.
        centres: Index centre; columns n (its training samples that were tested), trained (samples of other centres),
            errors, accuracy, ci_low, ci_high (Wilson; NaN if it could not be left out), lacking (classes that the
            other centres lack, separated by a semicolon; empty if it was left out).
        tested: Number of samples that were tested.
        accuracy: Their accuracy.
        accuracy_low: Lower limit (Wilson).
        accuracy_high: Upper limit.
        balanced: Balanced accuracy over all tested samples; NaN if a class is not among them.
        ci_low: Lower limit (Wilson's limits of the classes, combined).
        ci_high: Upper limit.
        nowhere: Number of training samples without a centre, which were used in no part.
        related: Number of times that a training sample was left out because a sample of its unit was tested.
    """

    column: str
    centres: Frame
    tested: int
    accuracy: Number
    accuracy_low: Number
    accuracy_high: Number
    balanced: Number
    ci_low: Number
    ci_high: Number
    nowhere: int
    related: int

    @computed_field
    @property
    def number(self) -> int:
        """The number of centres."""
        return len(self.centres)

    @computed_field
    @property
    def left_out(self) -> int:
        """The number of centres that were left out once."""
        return int((self.centres["lacking"] == "").sum())


@dataclass(frozen=True, eq=False)
class Subgroups(Tabled, main="groups"):
    """The predictions of the named model by level of each covariate.

    Attributes:
        model: The named model.
        features: Its features.
        covariates: Covariates with groups: text, or numbers with few values; not the unit.
        passed_over: Covariates without groups, such as measurements.
        groups: One row for each level of each covariate: index covariate; columns level, n_cv, accuracy_cv, low_cv,
            high_cv (training samples, cross-validated; a sample counts with the share of the repeats in which it was
            right; Wilson), n_test, accuracy_test, low_test, high_test (independent samples). NaN where there are none.
        classes: The same for each class in a level: index covariate; columns level, class, set (``cv``, ``test``), n,
            sensitivity, ci_low, ci_high (Wilson).
        small: Number of groups, by set, of fewer than 10 samples.
        number: Number of groups, by set.
        grouped_by: Column whose samples were kept together, and which the intervals do not know; or empty.
        centre: Centres left out in turn, or why they were not.
    """

    model: str
    features: str
    covariates: tuple[str, ...]
    passed_over: tuple[str, ...]
    groups: Frame
    classes: Frame
    small: int
    number: int
    grouped_by: str
    centre: LeaveCentreOut | Skipped

    @computed_field
    @property
    def few(self) -> int:
        """The number of samples below which a group is called small."""
        return FEW
