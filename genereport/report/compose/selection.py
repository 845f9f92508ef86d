"""Section on the selection of genes."""

from __future__ import annotations

from genereport.analyses.selection.result import Selection
from genereport.formats import count, percent, plural
from genereport.report import figures
from genereport.report.compose.parts import drawn_figure, pruned
from genereport.report.document import Cite, Code, Column, Paragraph, Ref, Section, Table, joined, prose
from genereport.report.quote import Quote

_SHOWN = 20


def compose_selection(q: Quote) -> Section:
    """How genes are chosen, and how much the choice depends on the samples."""
    result = q.result(Selection)
    caption = prose(
        "Share of the {folds} training parts in which each of the genes chosen most often was chosen.",
        folds=q("selection.folds", count),
    )
    blocks = (_how(), _stable(q), drawn_figure("fig-stability", figures.stability(result), caption), _table(q))
    return Section("sec-selection", "Gene selection", blocks)


def _how() -> Paragraph:
    return prose(
        "Genes are selected anew inside every training part ({section}), so that the samples that judge a model have no part "
        "in choosing its genes {ambroise}.",
        section=Ref("sec-methods-selection"),
        ambroise=Cite(("ambroise2002",)),
    )


def _stable(q: Quote) -> Paragraph:
    result = q.result(Selection)
    found = prose(
        f"Over {{folds}} training parts {{ever}} different {plural(result.ever, 'gene was', 'genes were')} chosen, {{always}} of "
        "them every time ({figure}, {table}).",
        folds=q("selection.folds", count),
        ever=q("selection.ever", count),
        always=q("selection.always", count),
        figure=Ref("fig-stability"),
        table=Ref("tab-stability"),
    )
    spread = result.ever / result.genes
    if spread < 2:
        return found
    many = prose(
        f"So many for a list of {{genes}} {plural(result.genes, 'gene')} means that the list depends much on the samples: a gene that "
        "is missing from it is not thereby unimportant.",
        genes=q("selection.genes", count),
    )
    return joined(found, many)


def _table(q: Quote) -> Table:
    frame = q.frame("selection.stability")
    rows = tuple(
        (
            Code(str(frame.index[row])),
            q.cell("selection.stability", row, "symbol"),
            q.cell("selection.stability", row, "times", count),
            q.cell("selection.stability", row, "frequency", percent),
        )
        for row in range(min(_SHOWN, len(frame)))
    )
    columns = (Column("Gene"), Column("Symbol"), Column("Times", numeric=True), Column("Frequency", numeric=True))
    caption = prose("Genes that were chosen most often. The whole table is {file}.", file=Code("tables/stability.tsv"))
    return pruned(Table("tab-stability", caption, columns, rows))
