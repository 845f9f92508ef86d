"""Rank the genes in one signature, and match it with published markers, each evidence class by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.biomarkers.matching import circular_evidence, is_circular, match_markers, sign_agrees
from genereport.analyses.biomarkers.result import FUSION, Biomarkers
from genereport.analyses.differential.result import Differential
from genereport.analyses.models.result import Models
from genereport.analyses.selection.result import Selection
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream, value_unit
from genereport.cohort.gene_names import current_symbols, have_human_names
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.settings import Settings

_METHODS = ("test", "rfe", "l1", "forest")


@dataclass(frozen=True)
class BiomarkersStage:
    """Combines the ranks of four methods in a signature, and matches it with the marker list.

    Attributes:
        settings: Settings of the run.
        markers: The marker list, columns as in ``data/biomarkers.tsv``.
    """

    settings: Settings
    markers: pd.DataFrame
    name: str = "biomarkers"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Biomarkers:  # noqa: ARG002
        """Rank, match, and count agreement of direction for evidence that is independent of this cohort.

        Raises:
            NotApplicable: If no gene can be ranked.
        """
        differential = upstream.need(Differential)
        circular = circular_evidence(cohort, self.markers, self.settings.biomarkers.circular)
        selection, models = upstream.get(Selection), upstream.get(Models)
        ranks = _all_ranks(differential, selection, models) if selection and models else self._by_tests(differential)
        if ranks.empty:
            raise NotApplicable("No gene has a p-value, so none can be ranked.")
        signature = _make_signature(differential, ranks, selection)
        offered = cohort.genes.loc[cohort.genes.index.isin(differential.table.index)]
        entries = match_markers(offered, self.markers)
        matched = _match_markers(entries, self.markers, differential, circular, signature)
        best = matched[~matched["symbol"].duplicated()]  # sorted by p-value: the best probe of each entry
        probes = _several_probes(differential.table, signature.head(self.settings.biomarkers.top))
        judged = best[(best["agrees"] != "") & (best["circular"] != "yes")]
        return Biomarkers(
            classes=cohort.classes,
            markers=len(self.markers),
            measured=len(best),
            agreeing=int((judged["agrees"] == "yes").sum()),
            directed=len(judged),
            agreement=float((judged["agrees"] == "yes").mean()),
            circular=circular,
            methods=tuple(name for name in _METHODS if ranks[name].notna().any()),
            signature=_with_annotation(signature, matched),
            probes=probes,
            several=probes["symbol"].nunique(),
            opposed=_count_opposed(probes, self.settings.tests.alpha),
            listed=len(matched),
            matched=matched,
            by_evidence=self._by_evidence(best, circular),
            value_unit=value_unit(cohort.scale.name),
            expression=_expression(cohort, signature["gene"].head(self.settings.biomarkers.top)),
            never=float(signature["never"].head(self.settings.biomarkers.top).sum()) if selection else np.nan,
            human=have_human_names(offered),
            current=current_symbols(offered),
        )

    def _by_tests(self, differential: Differential) -> pd.DataFrame:
        """Rank by the p-value alone, with as many genes as would enter the elimination."""
        ranks = differential.table["P.Value"].rank(method="min").dropna().to_frame("test")
        return ranks.head(self.settings.selection.candidates).reindex(columns=list(_METHODS))

    def _by_evidence(self, best: pd.DataFrame, circular: tuple[str, ...]) -> pd.DataFrame:
        """Count entries per evidence class; an entry with several classes counts in each."""
        listed = self.markers["evidence"].str.split(";").explode()
        rows = {}
        for evidence in sorted(listed.unique()):
            found = best[
                best["evidence"].str.split(";").map(lambda classes, name=evidence: name in classes).astype(bool)
            ]
            rows[evidence] = {
                "entries": int((listed == evidence).sum()),
                "measured": len(found),
                "directed": int((found["agrees"] != "").sum()),
                "agreeing": int((found["agrees"] == "yes").sum()),
                "significant": int((found["P.Bonferroni"] < self.settings.tests.alpha).sum()),
                "circular": "yes" if evidence in circular else "no",
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis(index="evidence")


def _all_ranks(differential: Differential, selection: Selection, models: Models) -> pd.DataFrame:
    """Return the rank by each method of the genes that entered the elimination or have an L1 coefficient."""
    ranks = differential.table["P.Value"].rank(method="min").to_frame("test")
    ranks["rfe"] = selection.ranking["rfe"]
    for method in ("l1", "forest"):
        score = models.importance[method]
        ranks[method] = score.where(score > 0).rank(ascending=False, method="min")
    return ranks[ranks["rfe"].notna() | ranks["l1"].notna()]


def _make_signature(differential: Differential, ranks: pd.DataFrame, selection: Selection | None) -> pd.DataFrame:
    """Order genes by reciprocal rank fusion (Cormack 2009): the sum of 1 / (60 + rank) over methods that rank them."""
    table = differential.table
    fused = (1 / (FUSION + ranks)).sum(axis=1)
    ordered = ranks.loc[fused.sort_values(ascending=False, kind="stable").index]
    often: Any = np.nan
    if selection:
        often = selection.stability["frequency"].reindex(ordered.index).fillna(0.0).to_numpy()
    frame = pd.DataFrame(
        {
            "gene": ordered.index,
            "symbol": table.loc[ordered.index, "symbol"].to_numpy(),
            "logFC": table["logFC"].reindex(ordered.index).to_numpy() if "logFC" in table else np.nan,
            "P.Bonferroni": table.loc[ordered.index, "P.Bonferroni"].to_numpy(),
            "frequency": often,
            **{f"rank_{method}": ordered[method].to_numpy() for method in _METHODS},
            "never": often == 0,
        }
    )
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1, name="rank"))


def _several_probes(table: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Return all tested probes of the shown genes that have more than one, genes in the order of the signature."""
    tested = table[table["P.Value"].notna() & (table["symbol"] != "")]
    several = tested["symbol"].value_counts()
    symbols = [name for name in shown["symbol"].unique() if several.get(name, 0) > 1]
    probes = tested[tested["symbol"].isin(symbols)]
    frame = pd.DataFrame(
        {
            "symbol": probes["symbol"],
            "rank": pd.Series(shown.index, index=shown["gene"]).reindex(probes.index).astype(float),
            "logFC": probes.get("logFC", np.nan),
            **{name: probes[name] for name in ("AveExpr", "P.Value", "P.Bonferroni")},
        }
    )
    place = frame["symbol"].map({name: position for position, name in enumerate(symbols)})
    return frame.assign(place=place).sort_values(["place", "P.Value"], kind="stable").drop(columns="place")


def _count_opposed(probes: pd.DataFrame, alpha: float) -> int:
    """Return the number of genes whose significant probes differ in sign."""
    kept = probes[probes["P.Bonferroni"] < alpha]
    up = (kept["logFC"] > 0).groupby(kept["symbol"])
    return int((up.any() & ~up.all()).sum())


def _match_markers(
    entries: pd.Series,
    markers: pd.DataFrame,
    differential: Differential,
    circular: tuple[str, ...],
    signature: pd.DataFrame,
) -> pd.DataFrame:
    listed = markers.loc[entries.to_numpy()].set_axis(entries.index.rename("gene"))
    tested = differential.table.reindex(listed.index)
    effect = tested["logFC"] if "logFC" in tested else pd.Series(np.nan, index=listed.index)
    rank = pd.Series(signature.index, index=signature["gene"]).reindex(listed.index)
    own = listed["evidence"].map(lambda text: is_circular(set(text.split(";")), set(circular)))
    frame = pd.DataFrame(
        {
            "symbol": listed["symbol"],
            "direction": listed["direction"],
            "evidence": listed["evidence"],
            "circular": np.where(own, "yes", "no"),
            "source": listed["source"],
            "logFC": effect,
            "P.Value": tested["P.Value"],
            "P.Bonferroni": tested["P.Bonferroni"],
            "agrees": sign_agrees(listed, effect, differential.classes),
            "rank": rank.astype(float),
        }
    )
    return frame.sort_values(["P.Value", "symbol"], kind="stable")


def _with_annotation(signature: pd.DataFrame, matched: pd.DataFrame) -> pd.DataFrame:
    notes = matched[["evidence", "source"]].reindex(signature["gene"]).fillna("").set_axis(signature.index)
    return pd.concat([signature, notes], axis=1)


def _expression(cohort: Cohort, genes: pd.Series) -> pd.DataFrame:
    """Return prepared values of the genes; a missing value is replaced by the training median."""
    values = cohort.expression[list(genes)]
    filled = values.fillna(values[cohort.samples["set"] == "train"].median())
    described = cohort.samples[["set", "class"]]
    return pd.concat([described, filled], axis=1).rename_axis(index="sample", columns=None)


def make_stage(context: StageContext) -> BiomarkersStage:
    """Return the stage with the settings and the markers of a run."""
    return BiomarkersStage(context.settings, context.knowledge.markers)


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    settings, markers = context.settings.biomarkers, context.knowledge.markers
    found = markers.loc[match_markers(context.prepared.genes, markers).unique()]
    name = settings.file.name if settings.file else "the bundled list"
    does = f"{len(markers):,} entries of {name}, {len(found):,} of them among the genes; the top {settings.top} printed"
    ranks = "ranks by elimination, L1 and forest, and the frequencies, because these need a cross-validation"
    unmeasured = "" if len(found) else "the comparison with markers, because none is measured"
    return Plan(does, "; ".join(filter(None, [unmeasured, ranks if context.too_few else ""])))
