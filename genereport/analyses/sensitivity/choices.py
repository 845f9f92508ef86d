"""Other choices of the preprocessing and of the test, each with the p-values of the genes under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.analyses.differential.result import Differential
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.preprocessing.matrices import only_genes
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.preprocessing.stage import AsRead, Unscaled, prepare
from genereport.analyses.stage import Upstream
from genereport.cohort.design import make_design
from genereport.cohort.floor import Bounds
from genereport.cohort.model import Cohort
from genereport.learn.arrays import ArrayRule, Scaling
from genereport.settings import DifferentialSettings, Settings
from genereport.stats.ranks import kruskal_wallis

Test = Callable[[], "pd.Series[float]"]
"""Returns a p-value per gene, index gene."""

_FLOORS = (20.0, 100.0, 200.0)
_SCALINGS: dict[Scaling, str] = {
    "none": "Arrays not scaled",
    "stable_genes": "Arrays shifted by stable genes",
    "standardise": "Arrays standardised",
    "quantile": "Arrays quantile-normalised",
}
_SCALINGS_OF_COUNTS: dict[Scaling, str] = {"library_size": "Library sizes without TMM", "tmm": "Library sizes with TMM"}


class Choice(NamedTuple):
    """A change of one choice: the step that it belongs to, its printed name, and the p-values under it."""

    step: str
    name: str
    test: Test


@dataclass(frozen=True, eq=False)
class Choices:
    """The other choices for one analysis.

    Attributes:
        settings: Settings of the run.
        train: Training samples after the reported preprocessing.
        upstream: With the cohort as it was read, the record of the preprocessing, and for counts the `Unscaled` values.
        reported: The reported tests.
    """

    settings: Settings
    train: Cohort
    upstream: Upstream
    reported: Differential

    @property
    def counts(self) -> bool:
        """Whether the values come from counts."""
        return self.reported.counts is not None

    def __iter__(self) -> Iterator[Choice]:
        """Yield the choices, those of the preprocessing first."""
        yield from self._other_counts() if self.counts else self._other_arrays()
        yield from self._other_tests_of_counts() if self.counts else self._other_tests_of_values()
        yield from self._rank_tests()

    def _other_arrays(self) -> Iterator[Choice]:
        """Yield other floors, caps, scalings of the arrays and rules of expression."""
        read, steps = self.upstream.need(AsRead).cohort.subset("train"), self.upstream.need(Preprocessing)
        genes = only_genes(read, ~read.genes["control"].to_numpy(dtype=bool))
        used = Bounds(steps.floor, steps.cap)
        rule = ArrayRule(steps.array_scaling, steps.expression_rule, _log2(steps.floor))
        collapse = self.settings.preprocess.collapse

        def again(bounds: Bounds, rule: ArrayRule) -> Test:
            return lambda: self._test(prepare(genes, bounds, rule, collapse).cohort)

        for floor in _FLOORS:
            if used.floor not in (None, floor) and (used.cap is None or floor < used.cap):
                changed = rule._replace(floor=_log2(floor))
                yield Choice("floor", f"Floor {floor:g}", again(used._replace(floor=floor), changed))
        if used.cap is not None:
            yield Choice("cap", "No cap", again(used._replace(cap=None), rule))
        for scaling, name in _SCALINGS.items():
            if scaling != rule.scaling and (scaling != "stable_genes" or steps.scale == "intensity"):
                yield Choice("array scaling", name, again(used, rule._replace(scaling=scaling)))
        if rule.expression != "none":
            yield Choice("expressed genes", "Every gene that varies", again(used, rule._replace(expression="none")))

    def _other_counts(self) -> Iterator[Choice]:
        """Yield other normalisations of the libraries, and all genes."""
        unscaled = self.upstream.need(Unscaled)
        rule = unscaled.rule

        def again(rule: ArrayRule) -> Test:
            return lambda: self._test(self.train, unscaled=replace(unscaled, rule=rule))

        for scaling, name in _SCALINGS_OF_COUNTS.items():
            if scaling != rule.scaling:
                yield Choice("array scaling", name, again(rule._replace(scaling=scaling)))
        if rule.expression != "none":
            yield Choice("expressed genes", "Every gene with a count", again(rule._replace(expression="none")))

    def _other_tests_of_counts(self) -> Iterator[Choice]:
        """Yield limma's other test of counts, and DESeq2's if it was made."""
        if not self.settings.tests.robust:
            trend = self.settings.tests.counts == "trend"
            changes = {"counts": "voom" if trend else "trend", "sample_weights": False}
            name = "limma-voom" if trend else "limma-trend"
            yield Choice("test", name, lambda: self._test(self.train, changes))
        if "P.deseq2" in self.reported.table:
            yield Choice("test", "DESeq2", lambda: self.reported.table["P.deseq2"])

    def _other_tests_of_values(self) -> Iterator[Choice]:
        """Yield the test with equal variances, or without, and limma's moderated test."""
        several = len(self.reported.classes) > 2
        if not self.reported.modelled:
            welch = self.settings.tests.method == "welch"
            equal = "One-way analysis of variance" if several else "Student’s t-test"
            changes = {"method": "student" if welch else "welch"}
            yield Choice("test", equal if welch else "Welch’s test", lambda: self._test(self.train, changes))
        if self.reported.table["P.mod"].notna().any():
            letter = "F" if several else "t"
            yield Choice("test", f"Moderated {letter}-test", lambda: self.reported.table["P.mod"])

    def _rank_tests(self) -> Iterator[Choice]:
        """Yield the rank test, which has neither pairs nor covariates."""
        table = self.reported.table
        if len(self.reported.classes) > 2:
            if self.reported.independent and not self.reported.covariates:
                yield Choice("test", "Kruskal–Wallis test", self._rank)
        elif table["P.Wilcoxon"].notna().any():
            yield Choice("test", "Wilcoxon rank-sum test", lambda: table["P.Wilcoxon"])

    def _rank(self) -> pd.Series[float]:
        tested = self.train.expression.columns.isin(self.reported.table.index)
        values = self.train.expression.loc[:, tested]
        p = kruskal_wallis(values.to_numpy(), self.train.codes, len(self.train.classes))
        return pd.Series(p, index=values.columns)

    def _test(
        self, train: Cohort, changes: Mapping[str, object] | None = None, unscaled: Unscaled | None = None
    ) -> pd.Series[float]:
        """Return the p-value of each gene as the reported tests compute it, with other settings or other values."""
        tests = DifferentialSettings.model_validate({**self.settings.tests.model_dump(), **(changes or {})})
        stage = DifferentialStage(self.settings.model_copy(update={"tests": tests}), self.counts)
        upstream = self.upstream if unscaled is None else Upstream((unscaled,))
        offered, found, _ = stage.test_genes(train, upstream, make_design(train, tests.design))
        columns = found.location() if len(found.design.pairs) == 1 else found.omnibus()
        return pd.Series(columns["P.Value"], index=offered.genes.index)


def _log2(floor: float | None) -> float | None:
    return None if floor is None else float(np.log2(floor))
