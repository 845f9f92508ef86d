"""Sections on the signature and on known markers."""

from __future__ import annotations

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.formats import count, fixed, general, plural, two
from genereport.names import UNIT_NAMES
from genereport.report import figures
from genereport.report.bibliography import by_identifier
from genereport.report.compose.parts import drawn_figure, marker_list, pruned
from genereport.report.document import (
    Block,
    Cite,
    Code,
    Column,
    Figure,
    Inline,
    Note,
    Paragraph,
    Ref,
    Row,
    Section,
    Table,
    joined,
    prose,
)
from genereport.report.quote import Format, Quote, rounded_percent

_MARKERS_SHOWN = 40


def compose_signature(q: Quote) -> Section:
    """The genes that rank high by test, elimination, L1 and forest taken together, best first."""
    result = q.result(Biomarkers)
    shown = min(q.analysis.settings["biomarkers"]["top"], len(result.signature))
    heatmap = prose(
        "Expression of the top genes, standardised by gene and cut off at three standard deviations for display; genes ordered by "
        "similarity. The genes were chosen because they tell the training samples apart, which thus look better separated than new ones."
    )
    hollow = "; hollow: independent samples" if q.analysis.quality.test else ""
    expression = prose(
        f"Expression of the first genes of the signature by class ({UNIT_NAMES[result.value_unit].value}){hollow}."
    )
    return Section(
        "sec-signature",
        "Signature",
        (
            _ranked(q),
            _signature_table(q, shown),
            *_probes(q),
            *_importance(q),
            drawn_figure("fig-heatmap", figures.heatmap(result, q.classes), heatmap),
            drawn_figure("fig-expression", figures.expression(result, q.classes), expression),
        ),
    )


def _ranked(q: Quote) -> Paragraph:
    """What ranks the genes."""
    place = prose(
        "The signature is made on the training set only; the evidence in {table} is discussed in {section}.",
        table=Ref("tab-signature"),
        section=Ref("sec-biomarkers"),
    )
    if len(q.result(Biomarkers).methods) == 1:
        alone = (
            "The genes are ranked by their p-values alone, for no genes were selected by cross-validation ({section})."
        )
        return joined(prose(alone, section=Ref("sec-selection")), place)
    fused = prose(
        "Four rankings – the p-value, the elimination, the size of the L1 coefficient and the importance in the forest – were "
        "joined by reciprocal rank fusion {cite}.",
        cite=Cite(("cormack2009",)),
    )
    return joined(fused, place)


def _importance(q: Quote) -> tuple[Figure, ...]:
    """The ranks side by side, where there are several."""
    result = q.result(Biomarkers)
    if len(result.methods) == 1:
        return ()
    caption = prose(
        "Rank of the top genes by each of the four methods, and in how many of the training parts each was chosen."
    )
    return (drawn_figure("fig-importance", figures.importance(result), caption),)


def _signature_table(q: Quote, shown: int) -> Table:
    frame, methods = q.frame("biomarkers.signature"), q.result(Biomarkers).methods
    ranks = {"test": "Test", "rfe": "RFE", "l1": "L1", "forest": "Forest"} if len(methods) > 1 else {}
    heads = ["Rank", "Gene", "Symbol", "logFC", "P.Bonferroni", "Freq.", *ranks.values(), "Evidence"]
    columns = tuple(Column(head, numeric=head not in ("Gene", "Symbol", "Evidence")) for head in heads)
    forms = [("logFC", two), ("P.Bonferroni", q.p), ("frequency", rounded_percent)]
    forms += [(f"rank_{method}", general) for method in ranks]
    rows: tuple[Row, ...] = tuple(
        (
            q.cell("biomarkers.signature", row, "rank", count),
            Code(str(frame["gene"].iloc[row])),
            q.cell("biomarkers.signature", row, "symbol"),
            *(q.cell("biomarkers.signature", row, name, form) for name, form in forms),
            q.cell("biomarkers.signature", row, "evidence", _commas),
        )
        for row in range(shown)
    )
    each = " with their rank by each method; – means not ranked" if ranks else ""
    caption = prose(
        f"The first {shown} {plural(shown, 'gene')} of the signature{each}. The whole table is {{file}}.",
        file=Code("tables/signature.tsv"),
    )
    return pruned(Table("tab-signature", caption, columns, rows))


def _probes(q: Quote) -> tuple[Block, ...]:
    """The probes of a gene side by side, and with two classes whether they agree in sign."""
    result = q.result(Biomarkers)
    frame = result.probes
    if frame.empty:
        return ()
    genes, opposed = result.several, result.opposed
    told = (
        f"in {{opposed}} of them significant probes {plural(opposed, 'differs', 'differ')} in sign"
        if opposed
        else "in none of them do significant probes differ in sign"
    )
    story = f"; {told}" if len(q.classes) == 2 else ""
    words = prose(
        f"{{genes}} {plural(genes, 'gene', 'genes')} of the table {plural(genes, 'is', 'are')} measured by several probes "
        f"({{table}}){story}.",
        genes=q("biomarkers.several", count),
        table=Ref("tab-probes"),
        opposed=q("biomarkers.opposed", count),
    )
    spec: list[tuple[str, Format]] = [("rank", lambda rank: fixed(rank, 0)), ("logFC", two), ("AveExpr", two)]
    spec += [("P.Value", q.p), ("P.Bonferroni", q.p)]
    columns = (Column("Symbol"), Column("Probe"), *(Column(name, numeric=True) for name, _ in spec))
    rows: tuple[Row, ...] = tuple(
        (
            q.cell("biomarkers.probes", row, "symbol"),
            Code(str(frame.index[row])),
            *(q.cell("biomarkers.probes", row, name, form) for name, form in spec),
        )
        for row in range(len(frame))
    )
    caption = prose(
        "All tested probes of the genes above that have several; rank: in {table}.", table=Ref("tab-signature")
    )
    return words, pruned(Table("tab-probes", caption, columns, rows))


def compose_biomarkers(q: Quote) -> Section:
    """Known markers, evidence classes apart, and which of them say nothing new because they come from this cohort."""
    result = q.result(Biomarkers)
    if result.measured == 0:
        none = prose(
            f"None of the {{n}} {plural(result.markers, 'entry', 'entries')} of {{list}} is found, by its probe or symbol, among the genes that "
            "can be tested in this cohort.",
            list=marker_list(q),
            n=q("biomarkers.markers", count),
        )
        return Section("sec-biomarkers", "Known biomarkers", (none,))
    blocks: list[Block] = [_measured(q)]
    if result.circular:
        blocks.append(_circular(q))
    blocks += [_evidence_table(q), _matched_table(q)]
    return Section("sec-biomarkers", "Known biomarkers", tuple(blocks))


def _measured(q: Quote) -> Paragraph:
    result = q.result(Biomarkers)
    measured = prose(
        f"Of the {{markers}} {plural(result.markers, 'marker')} in {{list}} {{measured}} {plural(result.measured, 'is', 'are')} among the genes "
        "that can be tested here ({evidence}).",
        list=marker_list(q),
        markers=q("biomarkers.markers", count),
        measured=q("biomarkers.measured", count),
        evidence=Ref("tab-evidence"),
    )
    if len(q.classes) > 2:
        return joined(
            measured, prose("With more than two classes there is no one difference to hold a direction against.")
        )
    if not result.directed:
        return joined(measured, prose("None of them has independent evidence for a direction between these classes."))
    agreement = prose(
        f"{{directed}} {plural(result.directed, 'has', 'have')} independent evidence for a direction between these classes; "
        "for {agreeing} ({share}) the sign of the log fold change is the listed one.",
        directed=q("biomarkers.directed", count),
        agreeing=q("biomarkers.agreeing", count),
        share=q("biomarkers.agreement", rounded_percent),
    )
    return joined(measured, agreement)


def _circular(q: Quote) -> Note:
    if q.analysis.simulated:
        text = (
            "The cohort is simulated, and its signal was planted in the probes of this very list: agreement with any evidence "
            "class ({names}) shows that the simulation works, and says nothing about biology."
        )
    else:
        text = (
            "Evidence of class {names} was found on this very cohort. If such genes rank high here, that is circular: it can confirm "
            "that the analysis reproduces the earlier one, not that the genes are markers."
        )
    return Note("warning", prose(text, names=q.names("biomarkers.circular")))


def _evidence_table(q: Quote) -> Table:
    spec = [(name, count) for name in ("entries", "measured", "directed", "agreeing", "significant")]
    frame = q.frame("biomarkers.by_evidence")
    heads = ("Entries", "Measured", "With direction", "Agreeing", "Significant")
    columns = (Column("Evidence"), *(Column(head, numeric=True) for head in heads), Column("Circular here"))
    rows: tuple[Row, ...] = tuple(
        (
            q.cell("biomarkers.by_evidence", row, "evidence"),
            *(q.cell("biomarkers.by_evidence", row, name, form) for name, form in spec),
            q.cell("biomarkers.by_evidence", row, "circular"),
        )
        for row in range(len(frame))
    )
    caption = prose(
        "Markers by class of evidence; an entry with several classes counts in each. Measured: among the genes that can be tested. "
        "Agreeing: the sign of the log fold change of its best probe, that with the smallest p-value, is the listed one; a fusion or "
        "driver gene is altered in a disease, which says nothing of its expression. Significant: that probe is, after Bonferroni’s "
        "correction over all tested genes."
    )
    return Table("tab-evidence", caption, columns, rows)


def _commas(stored: str) -> str:
    """A list that is stored with semicolons, as a text has it."""
    return stored.replace(";", ", ")


def _source(q: Quote, row: int) -> Inline:
    """A citation where the bibliography knows every identifier of a marker's source, else the identifiers."""
    identifiers = str(q.frame("biomarkers.matched")["source"].iloc[row])
    keys = [by_identifier().get(identifier) for identifier in identifiers.split(";")]
    known = tuple(key for key in keys if key)
    return Cite(known) if len(known) == len(keys) else q.cell("biomarkers.matched", row, "source", _commas)


def _matched_table(q: Quote) -> Table:
    path = "biomarkers.matched"
    frame = q.frame(path)
    spec: list[tuple[str, Format]] = [("direction", str), ("logFC", two), ("P.Bonferroni", q.p), ("agrees", str)]
    spec += [("rank", lambda rank: fixed(rank, 0)), ("evidence", _commas), ("circular", str)]
    heads = ("Symbol", "Gene", "Direction", "logFC", "P.Bonferroni", "Agrees", "Rank", "Evidence", "Circular", "Source")
    columns = tuple(Column(head, numeric=head in ("logFC", "P.Bonferroni", "Rank")) for head in heads)
    shown = min(_MARKERS_SHOWN, len(frame))
    rows: tuple[Row, ...] = tuple(
        (
            q.cell(path, row, "symbol"),
            Code(str(frame.index[row])),
            *(q.cell(path, row, name, form) for name, form in spec),
            _source(q, row),
        )
        for row in range(shown)
    )
    caption = prose(
        f"Measured markers with the smallest p-values, one row a probe ({shown} of {{total}}). The whole table is {{file}}.",
        total=q("biomarkers.listed", count),
        file=Code("tables/biomarkers.tsv"),
    )
    return Table("tab-markers", caption, columns, rows)
