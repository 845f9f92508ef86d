"""Test the contrasts that are planned, each as the main comparison is tested."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.differential.gene_tests import GeneTests
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.planned_contrasts.result import PlannedContrasts
from genereport.analyses.preprocessing.stage import Unscaled
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream, value_unit
from genereport.cohort.contrasts import formula_of, select_samples
from genereport.cohort.design import make_design
from genereport.cohort.model import Cohort, Contrast
from genereport.cohort.wording import counted
from genereport.errors import CohortError, NotApplicable
from genereport.settings import Settings
from genereport.stats.multiplicity import benjamini_hochberg, bonferroni

_KINDS = {
    **dict.fromkeys(("variable", "reference", "target", "excluded_by", "excluded", "design"), "str"),
    **dict.fromkeys(("reference_samples", "target_samples", "samples"), "int64"),
    **dict.fromkeys(("unit", "test"), "str"),
    **dict.fromkeys(("tested", "bonferroni", "bh", "up"), "int64"),
    **dict.fromkeys(("gene", "symbol"), "str"),
    "logFC": "float64",
    "reason": "str",
}
"""Columns of `PlannedContrasts.contrasts` → their types."""


@dataclass(frozen=True)
class PlannedContrastsStage:
    """Tests each contrast of the cohort on its training samples, without permutations.

    Attributes:
        settings: Settings of the run.
        counts: Whether the values come from counts.
    """

    settings: Settings
    counts: bool = False
    name: str = "planned_contrasts"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> PlannedContrasts:  # noqa: ARG002
        """Test the contrasts.

        Raises:
            NotApplicable: If none is planned, or none of them can be tested.
        """
        if not cohort.contrasts:
            raise NotApplicable("No contrasts are planned.")
        found = [self._test(cohort, contrast, upstream) for contrast in cohort.contrasts]
        tables = [table for _, table in found if table is not None]
        if not tables:
            raise NotApplicable(f"None of the contrasts can be tested. {found[0][0]['reason']}")
        rows = pd.DataFrame([row for row, _ in found], columns=["contrast", *_KINDS]).set_index("contrast")
        return PlannedContrasts(
            value_unit=value_unit(cohort.scale.name),
            alpha=self.settings.tests.alpha,
            confidence=self.settings.tests.confidence,
            contrasts=rows.astype(_KINDS),
            table=pd.concat(tables),
        )

    def _test(
        self, cohort: Cohort, contrast: Contrast, upstream: Upstream
    ) -> tuple[dict[str, Any], pd.DataFrame | None]:
        """Return the row and the table of a contrast; no table, and the reason in the row, if it cannot be tested."""
        row = {"contrast": contrast.name, "variable": contrast.variable}
        row |= {"reference": contrast.reference, "target": contrast.target}
        row |= {"excluded_by": contrast.excluded_by, "excluded": ", ".join(contrast.excluded)}
        try:
            samples = select_samples(cohort, contrast)
            design = make_design(samples)
            ours = self._upstream(cohort, samples, upstream)
            offered, tests, _ = DifferentialStage(self.settings, self.counts).test_genes(samples, ours, design)
        except CohortError as error:  # an independent set that was drawn at random may hold all samples of a level
            return row | _nothing(f"{error.problem} {error.remedy}"), None
        except NotApplicable as reason:
            return row | _nothing(str(reason)), None
        table = _tabulate(contrast, offered, tests)
        if table["P.Value"].isna().all():
            return row | _nothing("No gene varies in a way that can be tested."), None
        sizes = np.bincount(samples.codes)
        used = {"reference_samples": sizes[0], "target_samples": sizes[1], "samples": sizes.sum()}
        described = {"design": formula_of(contrast, design.covariates), "unit": design.unit, "test": tests.name}
        return row | used | described | self._summarise(table), table

    def _upstream(self, cohort: Cohort, samples: Cohort, upstream: Upstream) -> Upstream:
        """Return the counts of the samples of a contrast, without genes that have no count there."""
        if not self.counts:
            return Upstream()
        every = upstream.need(Unscaled)
        train = cohort.subset("train").expression.index
        values = every.values[train.isin(samples.expression.index)]
        seen = np.flatnonzero((values > 0).any(axis=0))
        return Upstream((replace(every, genes=every.genes.iloc[seen], values=values[:, seen]),))

    def _summarise(self, table: pd.DataFrame) -> dict[str, Any]:
        """Return the numbers of genes, and the gene with the smallest p-value."""
        alpha, first = self.settings.tests.alpha, table.iloc[0]
        significant = table["P.Bonferroni"] < alpha
        return {
            "tested": int(table["P.Value"].notna().sum()),
            "bonferroni": int(significant.sum()),
            "bh": int((table["adj.P.Val"] < alpha).sum()),
            "up": int((significant & (table["logFC"] > 0)).sum()),
            "gene": str(table.index[0]),
            "symbol": str(first["symbol"]),
            "logFC": float(first["logFC"]),
            "reason": "",
        }


def _nothing(reason: str) -> dict[str, Any]:
    """Return the columns of a contrast that was not tested."""
    empty = {"str": "", "int64": 0, "float64": np.nan}
    found = list(_KINDS)[list(_KINDS).index("design") :]
    return {name: empty[_KINDS[name]] for name in found} | {"reason": reason}


def _tabulate(contrast: Contrast, offered: Cohort, tests: GeneTests) -> pd.DataFrame:
    """Return the table of the genes, sorted by P.Value; reference and target are the first pair of classes."""
    columns = tests.location()
    p = columns["P.Value"]
    test = columns.pop("test")
    columns |= {"P.Bonferroni": bonferroni(p), "adj.P.Val": benjamini_hochberg(p), "test": test}
    if tests.counted is None:
        columns |= tests.moderated_t()
    described = {"symbol": offered.genes["symbol"].to_numpy(), "contrast": contrast.name}
    table = pd.DataFrame({**described, **columns}, index=offered.genes.index.rename("gene"))
    return table.astype({"symbol": "str", "contrast": "str", "test": "str"}).sort_values("P.Value", kind="stable")


def make_stage(context: StageContext) -> PlannedContrastsStage:
    """Return the stage with the settings of a run."""
    return PlannedContrastsStage(context.settings, context.counts)


def plan_stage(context: PlanContext) -> Plan | None:
    """Return what the stage would do; None without contrasts."""
    contrasts = context.cohort.contrasts
    if not contrasts:
        return None
    try:
        designs = [make_design(select_samples(context.cohort, each)) for each in contrasts]
    except CohortError as error:  # an independent set that was drawn at random may hold all samples of a level
        return Plan(counted(len(contrasts), "contrast", "contrasts"), error.problem)
    named = (
        f"{each.name} ({formula_of(each, design.covariates)})" for each, design in zip(contrasts, designs, strict=True)
    )
    return Plan(f"{counted(len(contrasts), 'contrast', 'contrasts')}: {', '.join(named)}")
