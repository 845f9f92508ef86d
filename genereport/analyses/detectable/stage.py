"""Compute the smallest differences that are detected with the observed variation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from genereport.analyses.detectable.result import POWER, Detectable, ModelDifferences
from genereport.analyses.differential.result import Differential
from genereport.analyses.models.result import Models
from genereport.analyses.result import Skipped
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.settings import Settings
from genereport.stats.power import detectable_t, fewest_correct, fewest_discordant
from genereport.types import Array

_DECILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class DetectableStage:
    """Smallest detectable log fold changes, and differences between models.

    Attributes:
        settings: Settings of the run: significance and confidence level.
    """

    settings: Settings
    name: str = "detectable"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Detectable:  # noqa: ARG002
        """Read standard errors off the intervals of the genes and of the differences between models.

        Raises:
            NotApplicable: If no gene has an interval.
        """
        found = upstream.need(Differential)
        table = found.table.assign(contrast=f"{found.classes[-1]}-{found.classes[0]}")
        table = found.contrasts if len(found.classes) > 2 else table
        rows = [
            row for name, part in table.groupby("contrast", sort=False) for row in _gene_rows(str(name), part, found)
        ]
        if not rows:
            raise NotApplicable("No gene has a confidence interval from which the smallest difference would follow.")
        columns = ["contrast", "level", "alpha", "genes", "low", "median", "high", "twofold"]
        genes = pd.DataFrame(rows, columns=columns).set_index("contrast")
        plain = genes[genes["level"] == "unadjusted"]
        models = upstream.get(Models)
        return Detectable(
            method=found.method,
            value_unit=found.value_unit,
            alpha=found.alpha,
            tested=found.tested,
            genes=genes,
            hardest=str(plain["median"].idxmax()),
            models=Skipped("No models were compared.")
            if models is None
            else _model_differences(models, cohort, self.settings),
        )


def _gene_rows(name: str, table: pd.DataFrame, found: Differential) -> list[tuple[object, ...]]:
    """Return a row for each level of a contrast; none if no gene has an interval."""
    low, high, df = (table[column].to_numpy(dtype=float) for column in ("CI.L", "CI.R", "df"))
    error = (high - low) / 2 / special.stdtrit(np.minimum(df, 1e6), (1 + found.confidence) / 2)
    usable = np.isfinite(error) & (error > 0) & (df > 0)
    if not usable.any():
        return []
    rows = []
    for level, alpha in (("unadjusted", found.alpha), ("Bonferroni", found.alpha / found.tested)):
        smallest = error[usable] * detectable_t(df[usable], alpha, POWER)
        deciles = np.quantile(smallest, _DECILES)
        rows.append((name, level, alpha, int(usable.sum()), *deciles.tolist(), float((smallest <= 1).mean())))
    return rows


def _model_differences(models: Models, cohort: Cohort, settings: Settings) -> ModelDifferences:
    """Return what the comparison of the models can tell apart."""
    alpha, splits = settings.tests.alpha, models.folds * models.repeats
    df = np.array([splits - 1.0])
    width = (models.pairs["ci_high"] - models.pairs["ci_low"]).to_numpy(dtype=float)
    width = width[np.isfinite(width) & (width > 0)]
    errors = width / 2 / special.stdtrit(df, (1 + settings.tests.confidence) / 2)
    smallest = _deciles(errors * detectable_t(df, alpha, POWER))
    sizes = np.bincount(cohort.subset("test").codes, minlength=len(cohort.classes)) if models.test else np.zeros(1)
    share = float(sizes.max() / sizes.sum()) if models.test else float("nan")
    return ModelDifferences(
        pairs=len(width),
        splits=splits,
        balanced=float(smallest[1]),
        balanced_low=float(smallest[0]),
        balanced_high=float(smallest[2]),
        test=models.test,
        majority=share,
        fewest=fewest_correct(models.test, share, alpha) if models.test else None,
        discordant=fewest_discordant(alpha),
    )


def _deciles(values: Array) -> Array:
    return np.asarray(np.quantile(values, _DECILES) if len(values) else np.full(3, np.nan))


def make_stage(context: StageContext) -> DetectableStage:
    """Return the stage with the settings of a run."""
    return DetectableStage(context.settings)


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    left = "differences between models, because they need the cross-validation" if context.too_few else ""
    return Plan(f"smallest differences that are detected with a power of {POWER:.0%}", left)
