"""Tables of the gene by gene comparison."""

from __future__ import annotations

from genereport.analyses.differential.result import Differential
from genereport.analyses.result import Skipped
from genereport.formats import count, fixed, general, listing, plural, stars, two
from genereport.report.compose.parts import confidence_level, pruned
from genereport.report.document import Code, Column, Inline, Paragraph, Row, Table, prose
from genereport.report.quote import Format, Quote

_SHOWN = 25
_EFFECTS = 15
_SIGNIF = "Signif. codes: 0 ‘***’ 0.001 ‘**’ 0.01 ‘*’ 0.05 ‘.’ 0.1 ‘ ’ 1, of the Bonferroni-adjusted p-value."
_TABLE = "differential.table"


def kept_table(q: Quote) -> Table:
    """How many genes each adjustment keeps."""
    result = q.result(Differential)
    columns = (Column("Adjustment"), Column("Test"), Column("Controls"), Column("Genes kept", numeric=True))
    spec: list[tuple[str, Format]] = [("adjustment", str), ("test", str), ("controls", str), ("genes", count)]
    caption = prose(
        "Genes of the {tested} tested that are kept at α = {alpha} by each adjustment. FWER: the chance of at least one "
        "false gene among those kept; FDR: the expected share of false genes among them.",
        alpha=q("differential.alpha", general),
        tested=q("differential.tested", count),
    )
    return Table("tab-kept", caption, columns, q.rows("differential.kept", spec, range(len(result.kept))))


def top_table(q: Quote) -> Table:
    """The genes with the smallest p-values, as limma's topTable."""
    binary = len(q.classes) == 2
    df: tuple[str, Format] = ("df", lambda value: fixed(value, 1))
    tests: list[tuple[str, Format]] = (
        [("AveExpr", two), ("t", two), df]
        if binary
        else [("AveExpr", two), ("F", two), ("df1", general), ("df2", df[1])]
    )
    spec = [*tests, ("P.Value", q.p), ("P.Bonferroni", q.p), ("adj.P.Val", q.p)]
    change = Column("logFC", numeric=True, source=("logFC",), form="two")
    limits = Column(confidence_level(q), numeric=True, source=("CI.L", "CI.R"), form="interval")
    columns = (
        *_GENE,
        *((change, limits) if binary else ()),
        *(Column(name, numeric=True, source=(name,), form=_FORMS.get(name, "p")) for name, _ in spec),
        Column("", source=("P.Bonferroni",), form="stars"),
    )
    table = q.frame(_TABLE)
    rows: tuple[Row, ...] = tuple(
        (
            *_gene(q, row),
            *((q.cell(_TABLE, row, "logFC", two), _limits(q, row, "CI.L", "CI.R")) if binary else ()),
            *(q.cell(_TABLE, row, name, form) for name, form in spec),
            stars(table["P.Bonferroni"].iloc[row]),
        )
        for row in range(min(_SHOWN, len(table)))
    )
    caption = _caption(
        f"The {len(rows)} {plural(len(rows), 'gene')} with the smallest p-values. The whole table is {{file}}."
    )
    return pruned(Table("tab-differential", caption, columns, rows, prose(_SIGNIF), whole=True))


def effect_table(q: Quote) -> Table:
    """The first genes by the other tests, with the size of their difference."""
    table, result = q.frame(_TABLE), q.result(Differential)
    ranks = ("P.Wilcoxon",) if result.independent else ()
    tests = [name for name in ("P.mod.Bonferroni", *ranks, "P.maxT") if name in table]
    spec: list[tuple[str, Format]] = [("t.mod", two), *((name, q.p) for name in tests), ("B", two)]
    limits = (confidence_level(q),) if result.independent else ()
    heads = [*(name for name, _ in spec), "g", *limits, "AUC", *limits]
    rows: tuple[Row, ...] = tuple(
        (
            *_gene(q, row),
            *(q.cell(_TABLE, row, name, form) for name, form in spec),
            q.cell(_TABLE, row, "g", two),
            *(_limits(q, row, "g.L", "g.R") for _ in limits),
            q.cell(_TABLE, row, "AUC", two),
            *(_limits(q, row, "AUC.L", "AUC.R") for _ in limits),
        )
        for row in range(min(_EFFECTS, len(table)))
    )
    caption = _caption(
        f"The first {len(rows)} of them again, by {_listed_tests(result, tests)}; Hedges’ g and the area under the ROC curve (AUC) tell how "
        "large the difference is. All are in {file}."
    )
    columns = (*_GENE, *(Column(head, numeric=True) for head in heads))
    return pruned(Table("tab-effects", caption, columns, rows, _unadjusted(result)))


def _listed_tests(result: Differential, tests: list[str]) -> str:
    names = {
        "P.mod.Bonferroni": "limma’s moderated t after Bonferroni’s correction, with its log-odds B",
        "P.Wilcoxon": "the rank test, not adjusted",
        "P.maxT": "maxT under permutation",
    }
    missing = {"P.mod.Bonferroni"} if isinstance(result.moderation, Skipped) else set()
    return listing([names[name] for name in tests if name not in missing]) or "the size of their difference"


def _unadjusted(result: Differential) -> Paragraph | None:
    """What the effects do not allow for."""
    if not result.independent:
        return prose(
            "g and AUC describe the samples. Their limits and the rank test take samples as independent, which these are not, "
            "and are not given."
        )
    return (
        prose("The rank test, g and AUC are not adjusted for the covariates of the design.")
        if result.covariates
        else None
    )


def contrast_table(q: Quote) -> Table:
    """What each pair of classes keeps."""
    frame = q.frame("differential.pairs")
    counts: list[tuple[str, Format]] = [(name, count) for name in ("tested", "bonferroni", "bh", "up")]
    heads = ("Genes tested", "Bonferroni", "BH", "Higher in the first")
    columns = (
        Column("Contrast"),
        *(Column(head, numeric=True) for head in heads),
        Column("Gene of the smallest p-value"),
    )
    rows: tuple[Row, ...] = tuple(
        (
            q.cell("differential.pairs", row, "contrast"),
            *(q.cell("differential.pairs", row, name, form) for name, form in counts),
            q.cell("differential.pairs", row, "symbol") if symbol else Code(str(frame["gene"].iloc[row])),
        )
        for row, symbol in enumerate(frame["symbol"])
    )
    caption = prose(
        "Genes kept at α = {alpha} in each pair of classes, over the tested genes of the pair; of those by Bonferroni, how many "
        "are higher in the class that is named first.",
        alpha=q("differential.alpha", general),
    )
    return Table("tab-contrasts", caption, columns, rows)


_GENE = (Column("Gene", source=("gene",)), Column("Symbol", source=("symbol",)))
_FORMS = {"AveExpr": "two", "t": "two", "F": "two", "df": "one", "df1": "general", "df2": "one"}
"""How scripts print the columns of tests; all others are p-values."""


def _gene(q: Quote, row: int) -> tuple[Inline, Inline]:
    table = q.frame(_TABLE)
    return Code(str(table.index[row])), q.cell(_TABLE, row, "symbol")


def _limits(q: Quote, row: int, low: str, high: str) -> Inline:
    return q.interval(_TABLE, row, (low, high), two)


def _caption(sentence: str) -> Paragraph:
    return prose(sentence, file=Code("tables/differential.tsv"))
