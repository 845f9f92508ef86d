"""Tests every gene again with one choice of the preprocessing or of the test changed at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from genereport.analyses.differential.result import Differential
from genereport.analyses.sensitivity.choices import Choices
from genereport.analyses.sensitivity.result import FIRST, REPORTED, Sensitivity
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream
from genereport.cohort.model import Cohort
from genereport.errors import CohortError, NotApplicable
from genereport.settings import Settings
from genereport.stats.multiplicity import benjamini_hochberg, bonferroni
from genereport.types import Array, Flags

Criterion = Literal["Bonferroni", "Benjamini–Hochberg", "first"]


@dataclass(frozen=True)
class SensitivityStage:
    """Compares the gene lists of other choices with the reported one, on the training samples."""

    settings: Settings
    name: str = "sensitivity"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Sensitivity:  # noqa: ARG002
        """Repeat the tests with other choices.

        Raises:
            NotApplicable: If the genes were not tested.
        """
        reported, alpha = upstream.need(Differential), self.settings.tests.alpha
        found = {REPORTED: ("", reported.table["P.Value"].dropna())}
        left_out = []
        for choice in Choices(self.settings, cohort.subset("train"), upstream, reported):
            try:
                p = choice.test().dropna()
            except (CohortError, NotApplicable):  # such as a floor that no gene is above
                p = pd.Series(dtype=np.float64)
            if len(p):
                found[choice.name] = choice.step, p
            else:
                left_out.append(choice.name)
        criterion: Criterion = "Bonferroni" if reported.bonferroni else "Benjamini–Hochberg" if reported.bh else "first"
        lists = {name: set(_list_genes(p, criterion, alpha)) for name, (_, p) in found.items()}
        return Sensitivity(
            criterion=criterion,
            alpha=alpha,
            listed=len(lists[REPORTED]),
            choices=_compare(found, lists, alpha),
            left_out=tuple(left_out),
            genes=_count_lists(lists, reported.table),
        )


def _list_genes(p: pd.Series[float], criterion: Criterion, alpha: float) -> pd.Index[str]:
    if criterion == "first":
        return p.sort_values(kind="stable").index[:FIRST]
    return p.index[_adjust(p, criterion) < alpha]


def _adjust(p: pd.Series[float], criterion: Criterion) -> Array:
    return (bonferroni if criterion == "Bonferroni" else benjamini_hochberg)(np.array(p, dtype=np.float64))


def _compare(
    found: Mapping[str, tuple[str, pd.Series[float]]], lists: Mapping[str, set[str]], alpha: float
) -> pd.DataFrame:
    """Return the table of the choices, as in `Sensitivity`."""
    reported, listed = found[REPORTED][1], lists[REPORTED]
    first = set(_list_genes(reported, "first", alpha))
    rows = []
    for name, (step, p) in found.items():
        own = lists[name]
        shared, either = len(own & listed), len(own | listed)
        both = pd.concat([reported, p], axis=1, join="inner").rank().to_numpy()
        varied = len(both) > 2 and bool((both.std(axis=0) > 0).all())
        rows.append(
            {
                "step": step,
                "tested": len(p),
                "bonferroni": int((_adjust(p, "Bonferroni") < alpha).sum()),
                "bh": int((_adjust(p, "Benjamini–Hochberg") < alpha).sum()),
                "listed": len(own),
                "shared": shared,
                "jaccard": shared / either if either else 1.0,
                "first": len(first & set(_list_genes(p, "first", alpha))),
                "correlation": float(np.corrcoef(both.T)[0, 1]) if varied else np.nan,
            }
        )
    return pd.DataFrame(rows, index=pd.Index(list(found), name="choice", dtype="str")).astype({"step": "str"})


def _count_lists(lists: Mapping[str, set[str]], table: pd.DataFrame) -> pd.DataFrame:
    """Return the genes of any list, as in `Sensitivity`; genes that the reported analysis did not test come last."""
    every = set().union(*lists.values())
    ordered = [gene for gene in table.index if gene in every]
    ordered += sorted(every.difference(ordered))
    times = np.array([sum(gene in held for held in lists.values()) for gene in ordered], dtype=np.int64)
    columns = {
        "symbol": table["symbol"].reindex(ordered).fillna("").to_numpy(),
        "reported": _say([gene in lists[REPORTED] for gene in ordered]),
        "choices": times,
        "always": _say(times == len(lists)),
    }
    frame = pd.DataFrame(columns, index=pd.Index(ordered, name="gene", dtype="str"))
    return frame.astype({"symbol": "str", "reported": "str", "always": "str"})


def _say(flags: Flags | list[bool]) -> list[str]:
    return ["yes" if flag else "no" for flag in flags]


def make_stage(context: StageContext) -> SensitivityStage:
    """Return the stage with the settings of a run."""
    return SensitivityStage(context.settings)


def plan_stage(context: PlanContext) -> Plan:  # noqa: ARG001 - it always runs
    """Return what the stage would do."""
    return Plan("the tests again with one choice of preprocessing or test changed at a time")
