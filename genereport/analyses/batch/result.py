"""The result of a batch of several cohorts."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import computed_field

from genereport.analyses.result import Stored, Tabled
from genereport.frames import Frame, true_rows

INDEX_VERSION = 1


@dataclass(frozen=True, eq=False)
class Index(Stored, Tabled, main="cohorts"):
    """The outcomes of a batch, and a comparison of its reports; stored in ``index.json``.

    Attributes:
        cohorts: Index name, in the order of the manifest; columns status (``built``, ``restored``, ``unchanged``,
            ``refused``, ``failed``, ``not attempted``), code and message (of what stopped it), report (path of its
            page from the index; empty if there is none that belongs to the cohort as it is), simulated (``yes``,
            ``no``, or empty), then NaN or empty without a report: samples, train, test, classes, tested, bonferroni,
            bh, alpha (of both), model and features of the named model, cv, cv_low, cv_high, cv_interval (its
            cross-validated balanced accuracy, and how the interval was made), independent, independent_low,
            independent_high (likewise on the independent set; NaN without one), floor (balanced accuracy of the
            majority class), beats_floor (``yes``, ``no`` or empty), confidence (of the intervals), chosen (genes
            chosen on the whole training set, one for each symbol), warnings and notes (numbers of findings).
        classes: One row per cohort and class: index name; columns class, train, test.
        findings: The warnings of the reports: index name; columns code, subject, message.
        genes: Genes in the signatures of at least two cohorts, those in most first, then by name: index gene (its
            symbol, or its id if it has none); columns cohorts (how many chose it), measured (how many tested it),
            chosen (names of the cohorts, separated by semicolons), higher (classes in which it is higher, likewise; of
            cohorts of two classes), direction (``same`` or ``opposite`` among cohorts of the same two classes; empty
            if nothing can be compared).
        version: Version of genereport.
        total: Number of cohorts of the manifest.
        reported: Number of cohorts with a report.
        refused: Number of cohorts that were refused.
        failed: Number of cohorts that a defect stopped.
        waiting: Number of cohorts that were not attempted and have no report.
        modelled: Number of cohorts with a named model.
        learned: Number of those whose named model beats the majority class.
        simulated: Number of reports on simulated cohorts.
        signatures: Number of cohorts with a signature.
        recurrent: Number of rows of `genes`.
        compared: Number of those whose direction can be compared.
        same: Number of those with one direction throughout.
    """

    cohorts: Frame
    classes: Frame
    findings: Frame
    genes: Frame
    version: str
    total: int
    reported: int
    refused: int
    failed: int
    waiting: int
    modelled: int
    learned: int
    simulated: int
    signatures: int
    recurrent: int
    compared: int
    same: int
    schema_version: int = field(default=INDEX_VERSION)

    @computed_field
    @property
    def stopped(self) -> int:
        """The number of cohorts that were refused, or that a defect stopped."""
        return self.refused + self.failed

    @computed_field
    @property
    def all_simulated(self) -> bool:
        """Whether there are reports, and all of them are on simulated cohorts."""
        return 0 < self.simulated == self.reported

    @computed_field
    @property
    def some_simulated(self) -> bool:
        """Whether there are reports on simulated cohorts and others."""
        return 0 < self.simulated < self.reported

    @computed_field
    @property
    def several_signatures(self) -> bool:
        """Whether there are at least two signatures, which could have genes in common."""
        return self.signatures > 1

    @property
    def pooled(self) -> list[str]:
        """The cohorts whose interval of the cross-validated balanced accuracy is from pooled predictions."""
        intervals = self.cohorts["cv_interval"]
        return [str(name) for name in intervals.index[intervals.str.contains("; pooled")]]

    @property
    def alpha_rows(self) -> list[int]:
        """The position of the first cohort with each α of the reports."""
        return self._first_rows("alpha")

    @property
    def confidence_rows(self) -> list[int]:
        """The position of the first cohort with each confidence level of the reports."""
        return self._first_rows("confidence")

    def _first_rows(self, column: str) -> list[int]:
        values = self.cohorts[column]
        return true_rows(values.notna() & ~values.duplicated())
