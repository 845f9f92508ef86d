"""Section on marker classes and gene sets held against the whole comparison."""

from __future__ import annotations

import pandas as pd

from genereport.report.compose.parts import confidence_level, pruned
from genereport.report.document import (
    Block,
    Cite,
    Code,
    Column,
    Inline,
    Note,
    Paragraph,
    Row,
    Section,
    Table,
    joined,
    prose,
)
from genereport.report.formats import MISSING, count, fixed, general, interval, listing, p_value, plural
from genereport.report.quote import Format, Quote
from genereport.results import Known

_SHOWN = 30
_SETS = "known.sets"


def compose_known(q: Quote) -> Section:
    """What stands out among the sets, which of it is circular, and what the tests take for granted."""
    result = q.result(Known)
    blocks: list[Block] = [_universe(q), _found(q)]
    if (result.sets["circular"] == "yes").any():
        blocks.append(_circular(q))
    blocks += [_table(q), _caveat(q)]
    return Section("sec-known", "Known biology", tuple(blocks))


def _universe(q: Quote) -> Paragraph:
    result = q.result(Known)
    genes = prose(
        f"The {{universe}} tested genes, each by its probe with the highest average expression, are the universe of the marker "
        f"classes; {{significant}} {plural(result.significant, 'is', 'are')} significant at a false discovery rate of "
        f"{general(100 * result.alpha)} %.",
        universe=q("known.universe", count),
        significant=q("known.significant", count),
    )
    if not (result.sets["origin"] != "markers").any():
        return genes
    named = prose(
        "Gene sets are compared among the {named} genes that have a name, {significant} of them significant.",
        named=q("known.named", count),
        significant=q("known.named_significant", count),
    )
    return joined(genes, named)


def _found(q: Quote) -> Paragraph:
    """What stands out and is not circular."""
    result = q.result(Known)
    sets = result.sets
    fresh = sets[sets["circular"] != "yes"]
    over = fresh.index[fresh["adj.P.hyper"] < result.alpha]
    ranked = fresh.index[fresh["adj.P.rank"] < result.alpha]
    if fresh.empty:
        return prose("Every set here comes from this very cohort: none can tell anything new.")
    if not len(over) and not len(ranked):
        return prose(
            "No set that is independent of this cohort stands out, neither among the significant genes nor in rank."
        )
    found = (
        prose("Over-represented among the significant genes (adjusted p < {alpha}): {names}.", **_named(q, over)),
        prose("Shifted in the ranking of all genes: {names}.", **_named(q, ranked)),
    )
    return joined(*found)


def _named(q: Quote, names: pd.Index) -> dict[str, str]:
    some = [str(name) for name in names[:5]]
    rest = [f"{count(len(names) - 5)} more"] if len(names) > 5 else []
    return {"names": listing(some + rest) or "none", "alpha": general(q.result(Known).alpha)}


def _circular(q: Quote) -> Note:
    sets = q.result(Known).sets
    names = listing([str(name) for name in sets.index[sets["circular"] == "yes"]])
    text = (
        "The cohort is simulated and its signal was planted in the genes of {names}: that they stand out shows that the simulation "
        "works."
        if q.analysis.simulated
        else "{names} was found on this very cohort. That it stands out here is circular and confirms nothing."
    )
    return Note("warning", prose(text, names=names))


def _table(q: Quote) -> Table:
    sets = q.frame(_SETS)
    spec: list[tuple[str, Format]] = [
        ("measured", count),
        ("significant", count),
        ("expected", lambda value: fixed(value, 1)),
        ("odds_ratio", _ratio),
        ("P.hyper", p_value),
    ]
    ranks: list[tuple[str, Format]] = [("P.sign", p_value), ("AUC", lambda value: fixed(value, 2)), ("P.rank", p_value)]
    heads = ["Genes", "Signif.", "Expected", "Odds ratio", "P.hyper", "Agree", "of", confidence_level(q)]
    heads += ["P.sign", "AUC", "P.rank"]
    columns = (Column("Set"), *(Column(head, numeric=True) for head in heads), Column("Direction"), Column("Circular"))
    shown = min(_SHOWN, len(sets))
    rows: tuple[Row, ...] = tuple(
        (
            str(sets.index[row]),
            *(q.cell(_SETS, row, name, form) for name, form in spec),
            *_signs(q, row),
            *(q.cell(_SETS, row, name, form) for name, form in ranks),
            str(sets["direction"].iloc[row]),
            str(sets["circular"].iloc[row]),
        )
        for row in range(shown)
    )
    caption = prose(
        "Marker classes, then gene sets, by their smaller p-value ({shown} of {all}). P.hyper: over-representation; Agree: genes "
        "whose sign is the listed one, of those with a listed sign, with the interval of their share; AUC: chance that a gene of the "
        "set ranks before another, by t for gene sets, by the size of t for marker classes, which hold markers of either class. "
        "Adjusted p-values and the genes are in {file}.",
        shown=str(shown),
        all=str(len(sets)),
        file=Code("tables/gene_sets.tsv"),
    )
    return pruned(Table("tab-sets", caption, columns, rows))


def _caveat(q: Quote) -> Paragraph:
    result = q.result(Known)
    left = (
        prose(
            f"{{n}} {plural(result.left_out, 'set has', 'sets have')} fewer than {result.smallest} measured genes and "
            f"{plural(result.left_out, 'was', 'were')} left out.",
            n=q("known.left_out", count),
        )
        if result.left_out
        else prose("")
    )
    caveat = prose(
        "Over-representation depends on the threshold and on the universe, and takes genes to be independent, which they are not "
        "{goeman}; the rank test has no threshold and allows for a correlation of {correlation} between the genes of a set {wu}.",
        goeman=Cite(("goeman2007",)),
        correlation=q("known.correlation", general),
        wu=Cite(("wu2012",)),
    )
    return joined(left, caveat)


def _signs(q: Quote, row: int) -> tuple[Inline, ...]:
    """Genes with the listed sign, of how many, and the interval of their share; dashes where no sign is listed."""
    sets = q.frame(_SETS)
    if not sets["directed"].iloc[row]:
        return MISSING, MISSING, MISSING
    limits = interval(sets["agree.L"].iloc[row], sets["agree.R"].iloc[row], 2)
    return q.cell(_SETS, row, "agreeing", count), q.cell(_SETS, row, "directed", count), limits


def _ratio(value: float) -> str:
    return "∞" if value == float("inf") else fixed(value, 1)
