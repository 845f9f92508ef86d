"""Test marker classes and gene sets against the whole comparison: over-representation, direction, rank."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.biomarkers.matching import circular_evidence, match_markers, sign_agrees
from genereport.analyses.differential.result import Differential
from genereport.analyses.enrichment.result import MARKERS, Enrichment
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream
from genereport.cohort.gene_names import names_of
from genereport.cohort.genesets import GeneSet, members
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.settings import Settings
from genereport.stats.enrichment import over_representation, rank_shift, sign_agreement
from genereport.stats.multiplicity import benjamini_hochberg
from genereport.types import Flags

_CORRELATION = 0.01  # the default of limma's camera
SMALLEST = 5
"""Smallest number of measured genes of a set that is tested."""

_LISTED = 10

_WITH_MEMBERS = 200
"""Sets, from the first of the table, whose genes are kept for the page."""


@dataclass(frozen=True)
class EnrichmentStage:
    """Tests every class of evidence of the marker list, and every gene set.

    Attributes:
        settings: Settings of the run.
        markers: The marker list, columns as in ``data/biomarkers.tsv``.
        gene_sets: Gene sets of the GMT file that the settings name.
    """

    settings: Settings
    markers: pd.DataFrame
    gene_sets: tuple[GeneSet, ...]
    name: str = "enrichment"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Enrichment:  # noqa: ARG002
        """Test the sets that have enough measured genes.

        Raises:
            NotApplicable: If no set has.
        """
        differential = upstream.need(Differential)
        units = _choose_probes(differential.table, self.settings.tests.alpha)
        circular = circular_evidence(cohort, self.markers, self.settings.biomarkers.circular)
        rows = [
            *self._test_evidence(cohort, differential, units, circular),
            *self._test_gene_sets(units),
        ]
        tested = [row for row in rows if SMALLEST <= row["measured"] < row["universe"]]
        if not tested:
            raise NotApplicable(f"No marker class and no gene set has at least {SMALLEST} of the tested genes.")
        named, sets = units["named"], _adjust_and_sort(tested)
        fresh = sets[sets["circular"] != "yes"]
        return Enrichment(
            universe=len(units),
            named=int(named.sum()),
            significant=int(units["significant"].sum()),
            named_significant=int((units["significant"] & named).sum()),
            alpha=self.settings.tests.alpha,
            correlation=_CORRELATION,
            smallest=SMALLEST,
            left_out=len(rows) - len(tested),
            tested=len(sets),
            over=int((fresh["adj.P.hyper"] < self.settings.tests.alpha).sum()),
            shifted=int((fresh["adj.P.rank"] < self.settings.tests.alpha).sum()),
            sets=sets,
            members=_members_of(tested, sets.head(_WITH_MEMBERS)),
        )

    def _test_evidence(
        self, cohort: Cohort, differential: Differential, units: pd.DataFrame, circular: tuple[str, ...]
    ) -> Iterator[dict[str, Any]]:
        """Yield the results of each class of evidence; entries are found by probe or symbol among all tested genes."""
        entries = match_markers(cohort.genes.loc[cohort.genes.index.isin(units.index)], self.markers)
        listed = self.markers.loc[entries.to_numpy()].set_axis(entries.index)
        classes = self.markers["evidence"].str.split(";").explode()
        for evidence in sorted(classes.unique()):
            mine = listed[listed["evidence"].map(lambda text, name=evidence: name in text.split(";")).astype(bool)]
            agrees = sign_agrees(mine, units["logFC"].reindex(mine.index), differential.classes)
            signs = sign_agreement(
                int((agrees == "yes").sum()), int((agrees != "").sum()), self.settings.tests.confidence
            )
            directed = {
                "directed": int((agrees != "").sum()),
                "agreeing": int((agrees == "yes").sum()),
                "agree.L": signs.interval.low,
                "agree.R": signs.interval.high,
                "P.sign": signs.p,
            }
            fixed = {"set": evidence, "origin": MARKERS, "size": int((classes == evidence).sum())}
            found = _test_set(fixed, units, units.index.isin(mine.index), units["statistic"].abs())
            yield found | directed | {"circular": "yes" if evidence in circular else "no"}

    def _test_gene_sets(self, units: pd.DataFrame) -> Iterator[dict[str, Any]]:
        """Yield the results of gene sets among the named tested genes; a gene set states no direction."""
        named = units[units["named"]]
        undirected = {"directed": 0, "agreeing": 0, "agree.L": np.nan, "agree.R": np.nan, "P.sign": np.nan}
        listed = self.settings.biomarkers.gene_sets
        origin = listed.name if listed else ""
        genes = members(self.gene_sets, named)
        for found in self.gene_sets:
            member = named.index.isin(genes[found.name])
            fixed = {"set": found.name, "origin": origin, "size": len(found.genes)}
            yield _test_set(fixed, named, member, named["statistic"]) | undirected | {"circular": "no"}


def _choose_probes(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Return one probe, that of the highest average expression, for each tested gene: name, statistic, significance."""
    tested = table[table["P.Value"].notna()]
    binary = "logFC" in tested
    nameless = not (tested["symbol"] != "").any()
    units = pd.DataFrame(
        {
            "symbol": tested["symbol"],
            "named": (tested["symbol"] != "") | nameless,
            "label": names_of(tested),
            "statistic": _statistic(tested),
            "logFC": tested["logFC"] if binary else np.nan,
            "significant": tested["adj.P.Val"] < alpha,
            "p": tested["P.Value"],
            "level": tested["AveExpr"],
        }
    )
    highest = units.sort_values("level", ascending=False, kind="stable")
    chosen = highest.index[~highest["label"].str.upper().duplicated()]
    return units.loc[units.index.isin(chosen)]


def _statistic(tested: pd.DataFrame) -> pd.Series[float]:
    """Return t or F of each gene, moderated where a rank test was used; infinite if it does not vary within classes."""
    if "logFC" in tested:
        return tested["t"].fillna(tested["t.mod"]).fillna(np.sign(tested["logFC"]) * np.inf)
    return tested["F"].fillna(tested["F.mod"]).fillna(np.inf)


def _test_set(fixed: dict[str, Any], units: pd.DataFrame, member: Flags, statistic: pd.Series) -> dict[str, Any]:
    """Return over-representation and rank of a set in its universe; only a signed statistic gives a direction."""
    row = fixed | {"measured": int(member.sum()), "universe": len(units)}
    if not 0 < row["measured"] < len(units):
        return row
    over = over_representation(member, units["significant"].to_numpy())
    shift = rank_shift(statistic.to_numpy(), member, _CORRELATION)
    signed = bool((statistic < 0).any())
    hits = units.loc[member & units["significant"].to_numpy()].sort_values("p", kind="stable")
    return row | {
        "significant": over.hits,
        "expected": over.expected,
        "odds_ratio": over.odds_ratio,
        "P.hyper": over.p,
        "AUC": shift.auc,
        "direction": ("up" if shift.auc > 0.5 else "down") if signed else "",
        "P.rank": shift.p if signed else shift.p_higher,
        "genes": ";".join(hits["label"].head(_LISTED)),
        "members": tuple(map(str, units.index[member])),
    }


def _members_of(rows: list[dict[str, Any]], sets: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the measured genes of these sets, by the name of the set."""
    found = {(row["origin"], row["set"]): row["members"] for row in rows}
    return {str(name): found[origin, name] for name, origin in sets["origin"].items()}


def _adjust_and_sort(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the table, with p-values adjusted within their origin, markers first."""
    frame = pd.DataFrame(rows).set_index("set")
    for name in ("hyper", "rank"):
        p = frame.groupby("origin")[f"P.{name}"]
        frame[f"adj.P.{name}"] = p.transform(lambda values: benjamini_hochberg(values.to_numpy()))
    smaller = np.minimum(frame["P.hyper"], frame["P.rank"])
    order = np.lexsort((smaller, frame["origin"] != MARKERS))
    columns = ["origin", "size", "measured", "significant", "expected", "odds_ratio", "P.hyper", "adj.P.hyper"]
    columns += ["directed", "agreeing", "agree.L", "agree.R", "P.sign", "AUC", "direction", "P.rank", "adj.P.rank"]
    whole = ["size", "measured", "significant", "directed", "agreeing"]
    kinds = dict.fromkeys(whole, "int64") | dict.fromkeys(("origin", "direction", "circular", "genes"), "str")
    return frame.iloc[order][[*columns, "circular", "genes"]].astype(kinds)


def make_stage(context: StageContext) -> EnrichmentStage:
    """Return the stage with the settings, the markers and the gene sets of a run."""
    return EnrichmentStage(context.settings, context.knowledge.markers, context.knowledge.gene_sets)


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    markers, sets = context.knowledge.markers, context.knowledge.gene_sets
    genes = context.prepared.genes
    evidence = markers.loc[match_markers(genes, markers).to_numpy(), "evidence"].str.split(";").explode()
    large = int((evidence.value_counts() >= SMALLEST).sum())
    large += sum(len(found) >= SMALLEST for found in members(sets, genes).values())
    total = markers["evidence"].str.split(";").explode().nunique() + len(sets)
    few = f"the whole stage, because no class of markers and no gene set has {SMALLEST} genes of this cohort"
    return Plan(f"{large:,} of {total:,} classes of markers and gene sets are large enough", "" if large else few)
