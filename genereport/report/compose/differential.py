"""Section on the gene by gene comparison."""

from __future__ import annotations

from collections.abc import Callable

from genereport.report import figures, formats
from genereport.report.compose.parts import figure, pruned
from genereport.report.document import Block, Code, Column, Inline, Paragraph, Ref, Section, Table, joined, prose
from genereport.report.formats import count, fixed, general, interval, p_value, plural, stars, two
from genereport.report.quote import Quote
from genereport.results import Differential

_SHOWN = 25
_SIGNIF = "Signif. codes: 0 ‘***’ 0.001 ‘**’ 0.01 ‘*’ 0.05 ‘.’ 0.1 ‘ ’ 1, of the Bonferroni-adjusted p-value."


def compose_differential(q: Quote) -> Section:
    """What was tested, what remains after correction, volcano, p-values and the top of the table."""
    result = q.result(Differential)
    binary = len(result.classes) == 2
    blocks: list[Block] = [_tested(q), _kept(q)]
    volcano = prose(
        "Volcano plot of the {tested} tested genes. The line marks Bonferroni significance."
        if binary
        else "Strength of evidence against average expression for the {tested} tested genes. The line marks Bonferroni "
        "significance.",
        tested=q("differential.tested", count),
    )
    histogram = prose("Unadjusted p-values. The dashed line is where the bars would stand if no gene differed.")
    blocks.append(figure("fig-volcano", figures.volcano(result), volcano))
    blocks.append(figure("fig-p", figures.p_values(result), histogram))
    blocks.append(_two_class_table(q) if binary else _omnibus_table(q))
    if not binary:
        blocks.append(_contrasts())
    return Section("sec-differential", "Differential expression", tuple(blocks))


def _tested(q: Quote) -> Paragraph:
    result = q.result(Differential)
    test = "Welch’s t-test" if len(result.classes) == 2 else "Welch’s one-way test, which assumes no equal variances,"
    sizes = [f"{count(size)} {name}" for name, size in zip(result.classes, result.sizes, strict=True)]
    tested = prose(
        f"{test} compared {{sizes}} training samples in each of {{tested}} genes.",
        sizes=formats.listing(sizes),
        tested=q("differential.tested", count),
    )
    if not result.degenerate:
        return tested
    without = prose(
        f"{{n}} further {plural(result.degenerate, 'gene varies', 'genes vary')} between but not within the classes, or "
        f"{plural(result.degenerate, 'has', 'have')} too few values, and got no p-value.",
        n=q("differential.degenerate", count),
    )
    return joined(tested, without)


def _kept(q: Quote) -> Paragraph:
    result = q.result(Differential)
    kept = prose(
        f"At α = {general(result.alpha)}, {{bonferroni}} {plural(result.bonferroni, 'gene keeps', 'genes keep')} "
        "significance after Bonferroni’s correction, {holm} after Holm’s, and {bh} at a false discovery rate of "
        f"{general(100 * result.alpha)} % (Benjamini and Hochberg).",
        bonferroni=q("differential.bonferroni", count),
        holm=q("differential.holm", count),
        bh=q("differential.bh", count),
    )
    if len(result.classes) > 2 or not result.bonferroni:
        return kept
    reference, target = result.classes
    up = prose(
        f"Of the Bonferroni-significant ones, {{up}} {plural(result.up, 'is', 'are')} higher in {{target}} and the others "
        "in {reference}. Log fold changes are {target} − {reference}, in log2 units.",
        up=q("differential.up", count),
        target=target,
        reference=reference,
    )
    return joined(kept, up)


def _two_class_table(q: Quote) -> Table:
    heads = ("Gene", "Symbol", "logFC", "95 % CI", "AveExpr", "t", "df", "P.Value", "P.Bonferroni", "adj.P.Val", "")
    forms: list[tuple[str, Callable[[float], str]]] = [
        ("AveExpr", two),
        ("t", two),
        ("df", lambda df: fixed(df, 1)),
        ("P.Value", p_value),
        ("P.Bonferroni", p_value),
        ("adj.P.Val", p_value),
    ]
    level = f"{general(100 * q.result(Differential).confidence)} % CI"
    columns = tuple(
        Column(level if head == "95 % CI" else head, numeric=head not in ("Gene", "Symbol", "")) for head in heads
    )
    table = q.frame("differential.table")
    rows = []
    for row in range(min(_SHOWN, len(table))):
        limits = interval(table["CI.L"].iloc[row], table["CI.R"].iloc[row], 2)
        rows.append(
            (
                *_gene(q, row),
                q.cell("differential.table", row, "logFC", two),
                limits,
                *(q.cell("differential.table", row, name, form) for name, form in forms),
                stars(table["P.Bonferroni"].iloc[row]),
            )
        )
    return pruned(Table("tab-differential", _caption(len(rows)), columns, tuple(rows), prose(_SIGNIF)))


def _omnibus_table(q: Quote) -> Table:
    spec = [("AveExpr", two), ("F", two), ("df1", general), ("df2", lambda df: fixed(df, 1))]
    spec += [("P.Value", p_value), ("P.Bonferroni", p_value), ("adj.P.Val", p_value)]
    columns = (Column("Gene"), Column("Symbol"), *(Column(name, numeric=True) for name, _ in spec), Column(""))
    table = q.frame("differential.table")
    rows = tuple(
        (
            *_gene(q, row),
            *(q.cell("differential.table", row, name, form) for name, form in spec),
            stars(table["P.Bonferroni"].iloc[row]),
        )
        for row in range(min(_SHOWN, len(table)))
    )
    return pruned(Table("tab-differential", _caption(len(rows)), columns, rows, prose(_SIGNIF)))


def _gene(q: Quote, row: int) -> tuple[Inline, Inline]:
    table = q.frame("differential.table")
    return Code(str(table.index[row])), str(table["symbol"].iloc[row])


def _caption(shown: int) -> Paragraph:
    return prose(
        f"The {shown} genes with the smallest p-values. The whole table is {{file}}.",
        file=Code("tables/differential.tsv"),
    )


def _contrasts() -> Paragraph:
    return prose(
        "All pairs of classes are compared by Welch’s t-test, with Holm’s correction over the pairs of a gene, in {file}; "
        "{ref} tells only that some classes differ.",
        file=Code("tables/contrasts.tsv"),
        ref=Ref("tab-differential"),
    )
