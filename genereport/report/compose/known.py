"""Section on marker classes and gene sets held against the whole comparison."""

from __future__ import annotations

from genereport.analyses.enrichment.result import Enrichment
from genereport.formats import MISSING, count, fixed, general, plural, two
from genereport.report.compose.parts import confidence_level, pruned
from genereport.report.document import (
    Block,
    Cite,
    Code,
    Column,
    Inline,
    Note,
    Paragraph,
    Phrase,
    Row,
    Section,
    Table,
    joined,
    prose,
)
from genereport.report.quote import Format, Quote, listed, whole_percent

_SHOWN = 30
_NAMED = 5
_SETS = "enrichment.sets"


def compose_known(q: Quote) -> Section:
    """What stands out among the sets, which of it is circular, and what the tests take for granted."""
    result = q.result(Enrichment)
    blocks: list[Block] = [_universe(q), _found(q)]
    if (result.sets["circular"] == "yes").any():
        blocks.append(_circular(q))
    blocks += [_table(q), _caveat(q)]
    return Section("sec-known", "Known biology", tuple(blocks))


def _universe(q: Quote) -> Paragraph:
    result = q.result(Enrichment)
    genes = prose(
        f"The {{universe}} tested genes, each by its probe with the highest average expression, are the universe of the marker "
        f"classes; {{significant}} {plural(result.significant, 'is', 'are')} significant at a false discovery rate of {{rate}}.",
        rate=q("enrichment.alpha", whole_percent),
        universe=q("enrichment.universe", count),
        significant=q("enrichment.significant", count),
    )
    if not (result.sets["origin"] != "markers").any():
        return genes
    named = prose(
        "Gene sets are compared among the {named} genes that have a name, {significant} of them significant.",
        named=q("enrichment.named", count),
        significant=q("enrichment.named_significant", count),
    )
    return joined(genes, named)


def _found(q: Quote) -> Paragraph:
    """What stands out and is not circular."""
    result = q.result(Enrichment)
    sets = result.sets
    fresh = (sets["circular"] != "yes").to_numpy()
    if not fresh.any():
        return prose("Every set here comes from this very cohort: none can tell anything new.")
    if not result.over and not result.shifted:
        return prose(
            "After correction no set that is independent of this cohort stands out, neither among the significant genes nor in rank."
        )
    found = (
        prose(
            f"Over-represented among the significant genes (adjusted {q.p_letter} < {{alpha}}): {{names}}.",
            alpha=q("enrichment.alpha", q.p),
            names=_standing_out(q, "adj.P.hyper", "enrichment.over"),
        ),
        prose(
            "Shifted in the ranking of all genes: {names}.", names=_standing_out(q, "adj.P.rank", "enrichment.shifted")
        ),
    )
    return joined(*found)


def _standing_out(q: Quote, column: str, number: str) -> Inline:
    """The first sets that are not circular and whose p-value is small, and how many there are if these are not all."""
    sets = q.frame(_SETS)
    found = (sets["circular"] != "yes") & (sets[column] < q.result(Enrichment).alpha)
    names: list[Inline] = [q.cell(_SETS, int(row), "set") for row in found.to_numpy().nonzero()[0]]
    if len(names) <= _NAMED:
        return listed(names) if names else "none"
    return Phrase((listed([*names[:_NAMED], "others"]), " (", q(number, count), " in all)"))


def _circular(q: Quote) -> Note:
    rows = (q.frame(_SETS)["circular"] == "yes").to_numpy().nonzero()[0]
    names = listed([q.cell(_SETS, int(row), "set") for row in rows])
    text = (
        "The cohort is simulated and its signal was planted in genes of {names}: if they stand out, that shows that the simulation works."
        if q.analysis.simulated
        else f"{{names}} {plural(len(rows), 'was', 'were')} found on this very cohort. If {plural(len(rows), 'it stands', 'they stand')} "
        "out here, that is circular and confirms nothing."
    )
    return Note("warning", prose(text, names=names))


def _table(q: Quote) -> Table:
    sets = q.frame(_SETS)
    spec: list[tuple[str, Format]] = [
        ("measured", count),
        ("significant", count),
        ("expected", lambda value: fixed(value, 1)),
        ("odds_ratio", _ratio),
        ("P.hyper", q.p),
    ]
    ranks: list[tuple[str, Format]] = [("P.sign", q.p), ("AUC", two), ("P.rank", q.p)]
    heads = ["Genes", "Signif.", "Expected", "Odds ratio", "P.hyper", "Agree", "of", confidence_level(q)]
    heads += ["P.sign", "AUC", "P.rank"]
    columns = (Column("Set"), *(Column(head, numeric=True) for head in heads), Column("Direction"), Column("Circular"))
    shown = min(_SHOWN, len(sets))
    rows: tuple[Row, ...] = tuple(
        (
            q.cell(_SETS, row, "set"),
            *(q.cell(_SETS, row, name, form) for name, form in spec),
            *_signs(q, row),
            *(q.cell(_SETS, row, name, form) for name, form in ranks),
            q.cell(_SETS, row, "direction"),
            q.cell(_SETS, row, "circular"),
        )
        for row in range(shown)
    )
    statistic = (
        "t for gene sets, with P.rank for either direction; the size of t for marker classes, which hold markers of either class, "
        "with P.rank for larger ones"
        if len(q.classes) == 2
        else "F, with P.rank for larger ones"
    )
    caption = prose(
        f"Marker classes, then gene sets, by their smaller p-value ({shown} of {{all}}). P.hyper: over-representation; Agree: genes "
        "whose sign is the listed one, of those with a listed sign, with the interval of their share; AUC: chance that a gene of the "
        f"set has a larger statistic than a gene outside of it: {statistic}. Adjusted p-values and the genes are in {{file}}.",
        all=q("enrichment.tested", count),
        file=Code("tables/gene_sets.tsv"),
    )
    return pruned(Table("tab-sets", caption, columns, rows))


def _caveat(q: Quote) -> Paragraph:
    result = q.result(Enrichment)
    left = (
        prose(
            f"{{n}} {plural(result.left_out, 'set has', 'sets have')} fewer than {{smallest}} measured genes, or all of them, and "
            f"{plural(result.left_out, 'was', 'were')} left out.",
            smallest=q("enrichment.smallest", count),
            n=q("enrichment.left_out", count),
        )
        if result.left_out
        else prose("")
    )
    caveat = prose(
        "Over-representation depends on the threshold and on the universe, and takes genes to be independent, which they are not "
        "{goeman}; the rank test has no threshold and allows for a correlation of {correlation} between the genes of a set {wu}.",
        goeman=Cite(("goeman2007",)),
        correlation=q("enrichment.correlation", general),
        wu=Cite(("wu2012",)),
    )
    return joined(left, caveat)


def _signs(q: Quote, row: int) -> tuple[Inline, ...]:
    """Genes with the listed sign, of how many, and the interval of their share; dashes where no sign is listed."""
    sets = q.frame(_SETS)
    if not sets["directed"].iloc[row]:
        return MISSING, MISSING, MISSING
    limits = q.interval(_SETS, row, ("agree.L", "agree.R"), two)
    return q.cell(_SETS, row, "agreeing", count), q.cell(_SETS, row, "directed", count), limits


def _ratio(value: float) -> str:
    return "∞" if value == float("inf") else fixed(value, 1)
