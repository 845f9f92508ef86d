"""Compare the genes of two runs: those measured and tested, changes of gene lists, and the agreement of effects."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.comparison.result import Effects, GeneChanges, ListChanges
from genereport.analyses.differential.result import Differential
from genereport.analyses.result import Skipped
from genereport.analyses.selection.result import Selection
from genereport.analyses.stage import stage_rng
from genereport.analysis import Analysis
from genereport.stats.agreement import agreement
from genereport.stats.rankings import compare_rankings, jaccard

_PERMUTATIONS = 1000

_AGREEMENT = {
    "pairs": "pairs",
    "concordance": "concordance",
    "low": "ci_low",
    "high": "ci_high",
    "pearson": "pearson",
    "same_sign": "same_sign",
    "bias": "bias",
    "below": "below",
    "above": "above",
}
"""Attribute of `stats.agreement.Agreement` → its column."""

_EFFECT = ["symbol", "contrast", "earlier", "later", "difference"]


def gene_changes(earlier: Analysis, later: Analysis) -> GeneChanges:
    """Return the numbers of genes measured and tested in both runs, and in one only."""
    measured = [pd.Index([*_table(run).index, *run.preprocessing.untestable_genes]) for run in (earlier, later)]
    tested = [_tested_genes(run) for run in (earlier, later)]
    names = measured[0].append(measured[1].difference(measured[0], sort=False))
    flags = pd.DataFrame(
        {
            f"{what}_{which}": names.isin(genes)
            for what, pair in (("measured", measured), ("tested", tested))
            for which, genes in zip(("earlier", "later"), pair, strict=True)
        },
        index=names.rename("gene"),
    )
    differ = (flags["measured_earlier"] != flags["measured_later"]) | (flags["tested_earlier"] != flags["tested_later"])
    columns = ["measured_earlier", "tested_earlier", "measured_later", "tested_later"]
    table = flags.loc[differ, columns].apply(lambda column: column.map({True: "yes", False: "no"})).astype("str")
    table.insert(0, "symbol", _symbols(earlier, later, table.index))
    counts = {what: (flags[f"{what}_earlier"], flags[f"{what}_later"]) for what in ("measured", "tested")}
    return GeneChanges(
        **{what: int((one & other).sum()) for what, (one, other) in counts.items()},
        **{f"{what}_earlier": int((one & ~other).sum()) for what, (one, other) in counts.items()},
        **{f"{what}_later": int((other & ~one).sum()) for what, (one, other) in counts.items()},
        table=table,
    )


def signature_changes(earlier: Analysis, later: Analysis, settings: dict[str, Any]) -> ListChanges | Skipped:
    """Compare the genes chosen on the whole training set, best first."""
    chosen = []
    for which, run in (("earlier", earlier), ("later", later)):
        if not isinstance(run.selection, Selection):
            return Skipped(f"The {which} run selected no genes. {_reason(run.selection)}".strip())
        chosen.append(list(run.selection.chosen))
    return _list_changes(earlier, later, chosen, settings, "signature")


def bonferroni_changes(earlier: Analysis, later: Analysis, settings: dict[str, Any]) -> ListChanges | Skipped:
    """Compare the genes significant after Bonferroni's correction, ordered by their p-values."""
    kept = []
    for which, run in (("earlier", earlier), ("later", later)):
        if not isinstance(run.differential, Differential):
            return Skipped(f"The {which} run tested no genes. {_reason(run.differential)}".strip())
        table = run.differential.table
        kept.append(list(table.index[(table["P.Bonferroni"] < run.differential.alpha).to_numpy()]))
    return _list_changes(earlier, later, kept, settings, "bonferroni")


def effect_changes(earlier: Analysis, later: Analysis, settings: dict[str, Any]) -> Effects | Skipped:
    """Compare log fold changes of the genes tested in both runs, contrast by contrast."""
    for which, run in (("earlier", earlier), ("later", later)):
        if not isinstance(run.differential, Differential):
            return Skipped(f"The {which} run tested no genes. {_reason(run.differential)}".strip())
    before, after = _fold_changes(earlier), _fold_changes(later)
    tables, rows = [], {}
    for (target, reference), changes in after.items():
        known = before.get((target, reference), -before[reference, target] if (reference, target) in before else None)
        if known is None:
            continue
        both = pd.concat({"earlier": known, "later": changes}, axis=1, join="inner").dropna()
        name = f"{target}-{reference}"
        found = agreement(both["earlier"].to_numpy(), both["later"].to_numpy(), settings["tests"]["confidence"])
        rows[name] = {column: getattr(found, attribute) for attribute, column in _AGREEMENT.items()}
        both = both.assign(contrast=name, difference=both["later"] - both["earlier"])
        tables.append(both.iloc[np.argsort(-both["difference"].abs().to_numpy(), kind="stable")])
    if not sum(len(table) for table in tables):
        return Skipped("The runs have no gene in common that was tested for the same contrast.")
    table = pd.concat(tables).rename_axis(index="gene")
    table.insert(0, "symbol", _symbols(earlier, later, table.index))
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis(index="contrast")
    frame.index = frame.index.astype("str")
    return Effects(
        genes=int(table.index.nunique()),
        concordance=float(frame["concordance"].min()),
        agreement=frame,
        table=table[_EFFECT].astype({"symbol": "str", "contrast": "str"}),
    )


def _list_changes(
    earlier: Analysis, later: Analysis, lists: list[list[str]], settings: dict[str, Any], name: str
) -> ListChanges:
    universe = pd.Index([*_tested_genes(earlier), *_tested_genes(later), *lists[0], *lists[1]]).unique()
    first, second = (universe.get_indexer(pd.Index(names, dtype=object)).astype(np.intp) for names in lists)
    shared = len(np.intersect1d(first, second))
    sets = jaccard(len(first), len(second), shared, len(universe))
    rng = stage_rng(settings["seed"], f"compare {name}")
    ranks = compare_rankings(first, second, len(universe), settings["compare"]["persistence"], rng, _PERMUTATIONS)
    table = _rank_table(earlier, later, lists)
    return ListChanges(
        earlier=len(first),
        later=len(second),
        shared=shared,
        entered=len(second) - shared,
        left=len(first) - shared,
        moved=int((table["rise"].fillna(0) != 0).sum()),
        universe=len(universe),
        jaccard=sets.value,
        jaccard_expected=sets.expected,
        jaccard_p=sets.p,
        overlap=ranks.value,
        overlap_expected=ranks.expected,
        overlap_p=ranks.p,
        permutations=_PERMUTATIONS,
        table=table,
    )


def _rank_table(earlier: Analysis, later: Analysis, lists: list[list[str]]) -> pd.DataFrame:
    ranks = [pd.Series(np.arange(1.0, len(names) + 1), index=pd.Index(names, dtype="str")) for names in lists]
    table = pd.concat(dict(zip(("earlier", "later"), ranks, strict=True)), axis=1).rename_axis(index="gene")
    table = table.sort_values(["later", "earlier"], kind="stable")
    stayed = np.where(table["earlier"].isna(), "entered", np.where(table["later"].isna(), "left", "stayed"))
    table.insert(0, "change", pd.Series(stayed, index=table.index, dtype="str"))
    table.insert(0, "symbol", _symbols(earlier, later, table.index))
    return table.assign(rise=table["earlier"] - table["later"])


def _fold_changes(run: Analysis) -> dict[tuple[str, str], pd.Series]:
    """Return target and reference → log fold changes by gene."""
    tests = run.differential
    if not isinstance(tests, Differential):
        return {}
    if len(tests.classes) == 2:
        return {(tests.classes[1], tests.classes[0]): tests.table["logFC"]}
    pairs = tests.contrasts
    return {
        (target, reference): pairs.loc[pairs["contrast"] == f"{target}-{reference}", "logFC"]
        for reference, target in combinations(tests.classes, 2)
    }


def _table(run: Analysis) -> pd.DataFrame:
    return run.differential.table if isinstance(run.differential, Differential) else pd.DataFrame()


def _tested_genes(run: Analysis) -> pd.Index:
    table = _table(run)
    return table.index[table["P.Value"].notna()] if len(table) else pd.Index([], dtype="str")


def _symbols(earlier: Analysis, later: Analysis, genes: pd.Index) -> list[str]:
    """Return the symbols of the genes in the later run, else in the earlier one."""
    known: dict[str, str] = {}
    for run in (earlier, later):
        table = _table(run)
        known |= dict(zip(table.index, table["symbol"], strict=True)) if len(table) else {}
    return [str(known.get(gene, "")) for gene in genes]


def _reason(result: object) -> str:
    return result.skipped if isinstance(result, Skipped) else ""
