"""Section on the principal components."""

from __future__ import annotations

from genereport.analyses.components import interactive as live
from genereport.analyses.components.result import Components
from genereport.formats import count, fixed, percent, plural
from genereport.report import figures
from genereport.report.compose.parts import drawn_figure, pruned
from genereport.report.document import Block, Code, Column, Paragraph, Ref, Section, Table, joined, prose
from genereport.report.quote import Quote, whole_percent


def compose_components(q: Quote) -> Section:
    """How many components matter, where the samples lie, and which genes carry the first two."""
    result = q.result(Components)
    space = figures.pca_space(result, q.classes)
    has_test = bool((result.scores["set"] == "test").any())
    projected = (
        " Hollow symbols are independent samples, projected onto the components of the training samples." * has_test
    )
    blocks: list[Block] = [
        _needed(q),
        drawn_figure(
            "fig-pca", figures.pca_plane(result, q.classes), _plane(projected), live.samples(result, q.classes, 2)
        ),
    ]
    if space is not None:
        caption = prose("The first three principal components." + projected)
        blocks.append(drawn_figure("fig-pca3", space, caption, live.samples(result, q.classes, 3)))
    scree = prose("Share of the variance of each component, and the running total.")
    blocks += [drawn_figure("fig-scree", figures.scree(result), scree), _loadings(q)]
    return Section("sec-components", "Principal components", tuple(blocks))


def _needed(q: Quote) -> Paragraph:
    result = q.result(Components)
    needed = prose(
        f"{{needed}} {plural(result.needed, 'component explains', 'components explain')} at least {{share}} of the variance of {{genes}} "
        "standardised genes over the training samples; the first two explain {first} and {second} ({plane}, {scree}).",
        needed=q("components.needed", count),
        share=q("components.share", whole_percent),
        genes=q("components.genes", count),
        first=q.cell("components.variance", 0, "share", percent),
        second=q.cell("components.variance", 1, "share", percent),
        plane=Ref("fig-pca"),
        scree=Ref("fig-scree"),
    )
    apart = prose(
        "On these two the mean silhouette width of the training samples, by class, is {width} (1: well apart, 0: overlapping, below 0: mixed). "
        "Components are found without regard to the classes; whatever else differs between samples may show here too.",
        width=q("components.silhouette", fixed),
    )
    return joined(needed, apart)


def _plane(projected: str) -> Paragraph:
    return prose("Samples on the first two principal components of the training set." + projected)


def _loadings(q: Quote) -> Table:
    frame = q.frame("components.loadings")
    columns = (Column("Component"), Column("Gene"), Column("Symbol"), Column("Loading", numeric=True))
    rows = tuple(
        (
            q.cell("components.loadings", row, "component"),
            Code(str(frame.index[row])),
            q.cell("components.loadings", row, "symbol"),
            q.cell("components.loadings", row, "loading", lambda value: fixed(value, 4)),
        )
        for row in range(len(frame))
    )
    return pruned(
        Table(
            "tab-loadings",
            prose("Genes with the largest loadings, by size, on the first two components."),
            columns,
            rows,
        )
    )
