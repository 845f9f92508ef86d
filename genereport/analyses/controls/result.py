"""Built-in controls: what the analysis must find, and what it must not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import computed_field

from genereport.analyses.result import Skipped, Tabled
from genereport.frames import Frame, Number

Verdict = Literal["passed", "above", "below", "failed"]


@dataclass(frozen=True)
class NegativeControl:
    """The named model's pipeline on permuted labels.

    Attributes:
        model: The named model.
        features: Its features.
        count: Number of permutations, each cross-validated once.
        folds: Number of folds.
        expected: Balanced accuracy by chance, 1 / classes.
        estimate: Mean balanced accuracy over the permutations.
        ci_low: Lower limit: Wilson's limits of the classes, combined, for one permutation; else Student's t over the
            permutations.
        ci_high: Upper limit.
        unit: Column whose samples exchanged their labels among themselves, or kept one for all of them; or empty.
    """

    model: str
    features: str
    count: int
    folds: int
    expected: float
    estimate: float
    ci_low: Number
    ci_high: Number
    unit: str

    @computed_field
    @property
    def verdict(self) -> Verdict:
        """``passed`` if the interval holds the value by chance; else ``above`` or ``below`` where it lies."""
        if self.ci_low > self.expected:
            return "above"
        return "below" if self.ci_high < self.expected else "passed"


@dataclass(frozen=True)
class PositiveControl:
    """The recorded sex of the samples of both sets, predicted by the pipeline of the named model.

    Attributes:
        model: The named model.
        features: Its features.
        females: Number of samples recorded as female.
        males: Number of samples recorded as male.
        folds: Number of folds of the cross-validation over these samples, which was run once.
        estimate: Balanced accuracy, the mean over the folds.
        ci_low: Lower limit (corrected resampled t, or Wilson's limits of the pooled predictions if they are wider).
        ci_high: Upper limit.
    """

    model: str
    features: str
    females: int
    males: int
    folds: int
    estimate: float
    ci_low: Number
    ci_high: Number

    @computed_field
    @property
    def verdict(self) -> Verdict:
        """``passed`` if the interval lies above one half, else ``failed``."""
        return "passed" if self.ci_low > 0.5 else "failed"


@dataclass(frozen=True, eq=False)
class SexCheck:
    """The sex of the samples by their expression, held against the sample sheet.

    Attributes:
        column: Column of the sheet that holds the sex; empty if there is none.
        genes: Sex genes among those of the file: index gene; columns symbol, chromosome, used (``yes`` or ``no``).
        separates: Chromosomes whose genes divide the samples into two clusters.
        known: Number of samples with a recorded sex.
        compared: Number of them whose expression shows a sex.
        agree: Number of those in which both agree.
        agree_low: Lower limit of their share (Wilson); NaN if none is compared.
        agree_high: Upper limit.
        unclear: Number of samples, with or without recorded sex, whose expression shows none.
        inferred: Number of samples without a recorded sex whose expression shows one.
        margin: Share of the way between the clusters within which a sample belongs to one of them.
    """

    column: str
    genes: Frame
    separates: tuple[str, ...]
    known: int
    compared: int
    agree: int
    agree_low: Number
    agree_high: Number
    unclear: int
    inferred: int
    margin: float

    @computed_field
    @property
    def swaps(self) -> int:
        """The number of samples whose recorded sex contradicts their expression."""
        return self.compared - self.agree


@dataclass(frozen=True, eq=False)
class Controls(Tabled, main="samples"):
    """A negative and a positive control of the analysis of this cohort.

    Attributes:
        negative: Permuted labels, or why there is no such control.
        positive: Sex predicted by the pipeline of the named model, or why it was not.
        sex: Sex by the sex genes, or why it is not known.
        samples: Index sample; columns set, class, recorded, expression (``female``, ``male`` or ``unclear``), x (log2
            of XIST), y (mean log2 of the genes of the Y chromosome), remark (``possible swap``, ``unclear``,
            ``inferred`` or empty). Possible swaps come first, then unclear and inferred ones. Empty if expression
            shows no sex.
    """

    negative: NegativeControl | Skipped
    positive: PositiveControl | Skipped
    sex: SexCheck | Skipped
    samples: Frame
