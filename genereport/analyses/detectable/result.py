"""Smallest differences that the samples of a cohort can detect."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import computed_field

from genereport.analyses.result import Skipped, Tabled
from genereport.frames import Frame, Number
from genereport.types import ValueUnit

POWER = 0.8
"""Probability with which the smallest difference is detected."""


@dataclass(frozen=True)
class ModelDifferences:
    """What the cross-validation and the independent set can tell apart.

    Attributes:
        pairs: Number of pairs of models whose differences vary over the folds.
        splits: Number of splits of the cross-validation.
        balanced: Smallest difference of balanced accuracy that the corrected resampled t-test detects, at the median
            standard error over the pairs; NaN if no difference varies.
        balanced_low: The same at the first decile of the standard errors.
        balanced_high: The same at the last decile.
        test: Number of independent samples (0: none).
        majority: Share of the largest class among them; NaN if there are none.
        fewest: Smallest number of right predictions that the exact binomial test tells from this share, one-sided;
            None if not even all of them would.
        discordant: Smallest number of samples that only one of two models has right at which McNemar's exact test
            is significant, all in favour of one model.
    """

    pairs: int
    splits: int
    balanced: Number
    balanced_low: Number
    balanced_high: Number
    test: int
    majority: Number
    fewest: int | None
    discordant: int

    @computed_field
    @property
    def smallest_accuracy(self) -> Number:
        """The smallest accuracy that is told from that of the majority class; NaN if there is none."""
        return self.fewest / self.test if self.fewest is not None and self.test else float("nan")

    @computed_field
    @property
    def smallest_difference(self) -> Number:
        """The smallest difference of two models' accuracies that can be significant; NaN if there is none."""
        return self.discordant / self.test if self.test and self.discordant <= self.test else float("nan")


@dataclass(frozen=True, eq=False)
class Detectable(Tabled, main="genes"):
    """Smallest differences that are detected with a power of 80 %, by the variation that was observed.

    Attributes:
        method: Test of the genes, as in `Differential.method`.
        value_unit: Unit of the differences of genes, as in `Preprocessing.value_unit`.
        alpha: Significance level.
        tested: Number of tested genes, by which the Bonferroni level is divided.
        genes: One row for each contrast and level: index contrast (``AML-ALL``); columns level (``unadjusted``,
            ``Bonferroni``), alpha, genes (number of genes with an interval), then the smallest log fold change of the
            genes: low (first decile over the genes), median, high (last decile), and twofold (share of the genes in
            which a difference of 1 is detected).
        hardest: The contrast with the largest median.
        models: Differences between models, or why they are not known.
    """

    method: str
    value_unit: ValueUnit
    alpha: float
    tested: int
    genes: Frame
    hardest: str
    models: ModelDifferences | Skipped

    @computed_field
    @property
    def power(self) -> float:
        """The power at which differences count as detected."""
        return POWER
