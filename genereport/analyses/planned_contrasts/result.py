"""Planned contrasts."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import computed_field

from genereport.analyses.result import Tabled
from genereport.frames import Frame, true_rows
from genereport.types import ValueUnit


@dataclass(frozen=True, eq=False)
class PlannedContrasts(Tabled, main="contrasts"):
    """The comparisons that a table of contrasts plans, each on the training samples.

    Attributes:
        value_unit: Unit of logFC and AveExpr, as in `Preprocessing.value_unit`.
        alpha: Significance level after correction.
        confidence: Confidence level of the intervals.
        contrasts: Index contrast, in the order of the file; columns variable, reference, target, excluded_by and
            excluded (column, and its values, whose samples the contrast leaves out), design (formula of the linear
            model), reference_samples, target_samples, samples (all that the model was fitted to), unit (column of units
            that the tests allow for; empty if there is none), test (``Welch``, ``equal variance``, ``paired``,
            ``linear model``, ``voom``, ``limma-trend``), tested, bonferroni, bh (numbers of genes: with a p-value, and
            significant at alpha), up (of those by Bonferroni, higher in the target), gene, symbol and logFC of the
            smallest p-value, reason (why nothing was tested; else empty).
        table: One row for each gene and contrast, by contrast and P.Value: index gene; columns symbol, contrast, logFC
            (target − reference), CI.L CI.R AveExpr t df P.Value P.Bonferroni adj.P.Val test; unless the values are
            counts also t.mod df.mod P.mod P.mod.Bonferroni adj.P.mod B of limma's moderated test.
    """

    value_unit: ValueUnit
    alpha: float
    confidence: float
    contrasts: Frame
    table: Frame

    @computed_field
    @property
    def number(self) -> int:
        """The number of contrasts."""
        return len(self.contrasts)

    @property
    def tested_rows(self) -> list[int]:
        """Positions of the contrasts that were tested."""
        return true_rows(self.contrasts["reason"] == "")

    @property
    def untested_rows(self) -> list[int]:
        """Positions of the contrasts that could not be tested."""
        return true_rows(self.contrasts["reason"] != "")

    @property
    def tests(self) -> list[str]:
        """The tests that were made, each once."""
        return list(dict.fromkeys(self.contrasts["test"].iloc[self.tested_rows]))
