"""Compare the effects of significant genes between the training samples and the independent set."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from genereport.analyses.differential.gene_tests import GeneTests
from genereport.analyses.differential.result import Differential
from genereport.analyses.preprocessing.stage import Unscaled
from genereport.analyses.replication.effects import (
    Followed,
    compare_effects,
    count_outcomes,
    follow_genes,
    interval_of_median,
)
from genereport.analyses.replication.result import Ratios, Replication
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream
from genereport.cohort.design import make_design
from genereport.cohort.model import Cohort
from genereport.errors import CohortError, NotApplicable
from genereport.learn.libraries import fit_libraries
from genereport.settings import Settings
from genereport.stats.intervals import NOT_ESTIMABLE

FEWEST = 2
"""Smallest number of independent samples of each class for a test."""

NO_SET = "The cohort has no independent set, so no gene could be tested on other samples."


@dataclass(frozen=True)
class ReplicationStage:
    """Tests the genes that are significant in the training set again, in the independent set.

    Its values were brought to the scale that was learnt from the training samples.

    Attributes:
        settings: Settings of the run.
        counts: Whether the values come from counts.
    """

    settings: Settings
    counts: bool = False
    name: str = "replication"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Replication:
        """Test the genes in the independent set.

        Raises:
            NotApplicable: If there is no independent set, or it has fewer than two samples of a class, or the genes
                were not tested in the training set.
        """
        independent = cohort.subset("test")
        sizes = np.bincount(independent.codes, minlength=len(cohort.classes))
        short = too_few(sizes.tolist(), cohort.classes)
        if short:
            raise NotApplicable(short)
        trained = upstream.need(Differential)
        followed = follow_genes(trained)
        if self.counts:
            independent = _as_log_cpm(independent, trained, upstream.need(Unscaled))
        tests, refused = self._test_genes(independent)
        table = compare_effects(followed, tests, independent.expression.columns)
        name, before = (part.rpartition(" ")[0] or part for part in (tests.method, trained.method))
        return Replication(
            classes=cohort.classes,
            sizes=tuple(sizes.tolist()),
            drawn=cohort.drawn,
            value_unit=trained.value_unit,
            chosen="Bonferroni" if trained.bonferroni else "first",
            test=name,
            differs=name != before and (name, before) != ("Student", "F"),
            refused=refused,
            covariates=tests.design.covariates,
            unit=tests.design.unit,
            alpha=trained.alpha,
            confidence=trained.confidence,
            **count_outcomes(table, trained.alpha, trained.confidence),
            ratios=self._summarise_ratios(table, tests, independent, followed, rng),
            table=table,
        )

    def _test_genes(self, independent: Cohort) -> tuple[GeneTests, str]:
        """Return the tests of all genes in the independent set, and why they leave out the design, if they do."""
        alone = replace(independent, samples=independent.samples.assign(set="train"))
        refused = ""
        try:
            design = make_design(alone, self.settings.tests.design)
        except CohortError as error:
            design, refused = (
                make_design(alone, "~ class"),
                error.problem.replace("training sample", "independent sample"),
            )
        asked = self.settings.tests
        return GeneTests.of(alone.expression.to_numpy(), alone.codes, design, asked, trend=bool(asked.trend)), refused

    def _summarise_ratios(
        self, table: pd.DataFrame, tests: GeneTests, independent: Cohort, followed: Followed, rng: np.random.Generator
    ) -> Ratios:
        known = table["ratio"].dropna()
        if known.empty:
            return Ratios(*[float("nan")] * 5)
        limits = NOT_ESTIMABLE
        if tests.independent and not tests.design.covariates:
            limits = interval_of_median(
                followed.of_genes(known.index), independent, self.settings.evaluation.bootstrap,
                self.settings.tests.confidence, rng,
            )  # fmt: skip
        return Ratios(float(known.median()), limits.low, limits.high, float(known.min()), float(known.max()))


def _as_log_cpm(independent: Cohort, trained: Differential, every: Unscaled) -> Cohort:
    """Return the genes that were tested as log2 counts per million, by library sizes as the training set has them."""
    kept = every.genes.index.isin(trained.table.index)
    counts, genes = every.values[:, kept], every.genes.index[kept]
    libraries = fit_libraries(counts, np.arange(len(genes)), normalise=every.rule.scaling == "tmm")
    values = libraries.scaled(every.independent[:, kept])
    return replace(independent, expression=pd.DataFrame(values, index=independent.expression.index, columns=genes))


def too_few(sizes: list[int], classes: tuple[str, ...]) -> str:
    """Return why a set of samples cannot be tested; empty if it can."""
    if not sum(sizes):
        return NO_SET
    for size, name in zip(sizes, classes, strict=True):
        if size < FEWEST:
            samples = "1 sample" if size else "no sample"
            return f"The independent set has {samples} of the class '{name}'; a test needs {FEWEST} of each class."
    return ""


def make_stage(context: StageContext) -> ReplicationStage:
    """Return the stage with the settings of a run."""
    return ReplicationStage(context.settings, context.counts)


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    cohort = context.cohort
    sizes = np.bincount(cohort.subset("test").codes, minlength=len(cohort.classes)).tolist()
    short = too_few(sizes, cohort.classes)
    if short:
        return Plan("nothing", f"the whole stage: {short}")
    return Plan(f"the significant genes are tested in {sum(sizes):,} independent samples")
