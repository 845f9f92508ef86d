"""The page that compares the cohorts of a batch."""

from __future__ import annotations

import math
from dataclasses import replace

from genereport.analyses.batch.result import Index
from genereport.formats import MISSING, count, fixed, general, plural
from genereport.names import model_name
from genereport.report import figures
from genereport.report.bibliography import reference
from genereport.report.compose.parts import drawn_figure
from genereport.report.document import (
    Block,
    Cite,
    Code,
    Column,
    Document,
    Inline,
    Link,
    Note,
    Paragraph,
    Phrase,
    Ref,
    Row,
    Section,
    Table,
    inlines,
    joined,
    prose,
)
from genereport.report.quote import Quote, listed, whole_percent

_PRINTED = 50
"""Genes in several signatures that the page lists; all are in index.json."""


def compose_index(index: Index) -> Document:
    """The page as a document; ids are paths in ``index.json``.

    Args:
        index: What is compared.
    """
    q = Quote(index)
    sections = [_cohorts(q)]
    if index.modelled:
        sections.append(_models(q))
    if index.signatures > 1:
        sections.append(_genes(q))
    if len(index.findings):
        sections.append(_warnings(q))
    if index.refused + index.failed:
        sections.append(_stopped(q))
    if index.reported:
        sections.append(_reading())
    document = Document(
        title=f"Comparison of {count(index.total)} {plural(index.total, 'cohort')}",
        subtitle=_subtitle(q),
        details=(("Made with", f"genereport {index.version}"), ("Numbers", "index.json"), ("Table", "index.tsv")),
        simulated=0 < index.simulated == index.reported,
        abstract=_abstract(q),
        sections=tuple(sections),
    )
    keys = [key for block in document.walk() for part in inlines(block) if isinstance(part, Cite) for key in part.keys]
    return replace(document, references=tuple(reference(key) for key in dict.fromkeys(keys)))


def _subtitle(q: Quote) -> Paragraph:
    text = f"{{reported}} of {{total}} {plural(q.analysis.reported, 'has', 'have')} a report"
    return prose(text, reported=q("reported", count), total=q("total", count))


def _abstract(q: Quote) -> tuple[Block, ...]:
    index: Index = q.analysis
    verb = plural(index.reported, "cohort has", "cohorts have")
    told = [prose(f"{{reported}} {verb} a report.", reported=q("reported", count))]
    if index.modelled:
        told.append(
            prose(
                f"In {{learned}} of {{modelled}} {plural(index.modelled, 'cohort')} the named model is detectably better than predicting the "
                "majority class.",
                learned=q("learned", count),
                modelled=q("modelled", count),
            )
        )
    if index.signatures > 1:
        told.append(_recurrence(q))
    blocks: list[Block] = [joined(*told)]
    if 0 < index.simulated < index.reported:
        text = f"{{number}} of the cohorts {plural(index.simulated, 'is', 'are')} simulated: no patient is behind these numbers."
        blocks.append(Note("warning", prose(text, number=q("simulated", count))))
    if index.refused + index.failed:
        blocks.append(Note("warning", _stops(q)))
    if index.waiting:
        text = f"{{number}} {plural(index.waiting, 'cohort was', 'cohorts were')} not attempted yet."
        blocks.append(Note("note", prose(text, number=q("waiting", count))))
    return tuple(blocks)


def _recurrence(q: Quote) -> Paragraph:
    index: Index = q.analysis
    if not index.recurrent:
        return prose("No gene is in the signatures of two cohorts.")
    genes = prose(
        f"{{recurrent}} {plural(index.recurrent, 'gene is', 'genes are')} in the signatures of at least two cohorts.",
        recurrent=q("recurrent", count),
    )
    if not index.compared:
        return genes
    direction = prose(
        f"Of {{compared}} whose direction can be compared, {{same}} {plural(index.same, 'points', 'point')} the same way.",
        compared=q("compared", count),
        same=q("same", count),
    )
    return joined(genes, direction)


def _stops(q: Quote) -> Paragraph:
    index: Index = q.analysis
    parts: list[Inline] = []
    if index.refused:
        parts.append(Phrase((q("refused", count), f" {plural(index.refused, 'was', 'were')} refused")))
    if index.failed:
        parts.append(Phrase((q("failed", count), f" {plural(index.failed, 'was', 'were')} stopped by a defect")))
    return prose("Of the cohorts {what}; {where} tells why.", what=listed(parts), where=Ref("sec-stopped"))


def _cohorts(q: Quote) -> Section:
    frame = q.frame("cohorts")
    heads = ("Cohort", "Status", "Samples", "Tested", "Bonferroni", "BH", "Chosen", "Warnings")
    columns = tuple(Column(head, numeric=number > 2) for number, head in enumerate(heads))
    rows = tuple(_cohort(q, row) for row in range(len(frame)))
    caption = joined(
        prose("Cohorts, in the order of the manifest; names lead to the reports."),
        prose("Samples: training and, after the plus sign, independent ones of each class."),
        _levels(
            q,
            "alpha",
            "Tested, Bonferroni, BH, chosen: genes tested, those that each correction keeps at {level}, and those of the signature.",
        ),
    )
    return Section("sec-cohorts", "Cohorts", (Table("tab-cohorts", caption, columns, rows),))


def _cohort(q: Quote, row: int) -> Row:
    status: Inline = q.cell("cohorts", row, "status")
    if q.frame("cohorts")["code"].iloc[row]:
        status = Phrase((status, ", ", q.cell("cohorts", row, "code")))
    numbers = (q.cell("cohorts", row, name, _count) for name in ("tested", "bonferroni", "bh", "chosen", "warnings"))
    return (_name(q, row), status, _sizes(q, row), *numbers)


def _name(q: Quote, row: int) -> Inline:
    """The name of a cohort, which leads to its report."""
    name, page = q.cell("cohorts", row, "name"), str(q.frame("cohorts")["report"].iloc[row])
    return Link(name, page) if page else name


def _sizes(q: Quote, row: int) -> Inline:
    name, frame = q.frame("cohorts").index[row], q.frame("classes")
    parts: list[Inline] = []
    for position in (frame.index == name).nonzero()[0]:
        at = int(position)
        sizes: list[Inline] = [q.cell("classes", at, "train", count)]
        if frame["test"].iloc[at]:
            sizes += [" + ", q.cell("classes", at, "test", count)]
        parts.append(Phrase((*sizes, " ", q.cell("classes", at, "class"))))
    return listed(parts) if parts else MISSING


def _levels(q: Quote, column: str, sentence: str) -> Paragraph:
    """The sentence with the level that all reports share; else that each report tells its own."""
    present = q.frame("cohorts")[column].dropna()
    if present.nunique() == 1:
        row = int(q.frame("cohorts")[column].notna().to_numpy().argmax())
        form = whole_percent if column == "confidence" else general
        return prose(sentence, level=q.cell("cohorts", row, column, form))
    return prose(sentence, level="the level of each report") if len(present) else Paragraph(())


def _models(q: Quote) -> Section:
    frame = q.frame("cohorts")
    heads = ("Cohort", "Named model", "Cross-validated", "Independent set", "Majority class", "Beats it")
    columns = tuple(Column(head, numeric=1 < number < 5) for number, head in enumerate(heads))
    rows = tuple(_model(q, int(row)) for row in (frame["model"] != "").to_numpy().nonzero()[0])
    caption = joined(
        prose("Balanced accuracy of the named model of each cohort, and of the majority class."),
        _levels(q, "confidence", "In brackets: intervals at {level}."),
    )
    pooled = frame["cv_interval"].str.contains("; pooled").any()
    note = prose(
        "* The figure is the same in every fold, or varies less over the folds than the number of samples allows; the interval is "
        "Wilson’s, from the pooled predictions, and leaves out what other training samples would change."
    )
    drawn = prose(
        "Balanced accuracy of the named models with intervals; filled: cross-validated, hollow: independent set. The "
        "dotted marks are what predicting the majority class reaches, which depends on the number of classes."
    )
    table = Table("tab-models", caption, columns, rows, note if pooled else None)
    return Section(
        "sec-models",
        "Classifiers",
        (table, drawn_figure("fig-accuracies", figures.cohort_accuracies(q.analysis), drawn)),
    )


def _model(q: Quote, row: int) -> Row:
    path, record = "cohorts", q.frame("cohorts").iloc[row]
    return (
        _name(q, row),
        model_name(str(record["model"]), str(record["features"])),
        _estimate(q, row, "cv", "*" if "; pooled" in str(record["cv_interval"]) else ""),
        MISSING if math.isnan(record["independent"]) else _estimate(q, row, "independent"),
        q.cell(path, row, "floor", fixed),
        q.cell(path, row, "beats_floor"),
    )


def _estimate(q: Quote, row: int, name: str, mark: str = "") -> Phrase:
    """An estimate and its interval: ``0.925 (0.836 to 1.000)``."""
    limits = q.interval("cohorts", row, (f"{name}_low", f"{name}_high"))
    return Phrase((q.cell("cohorts", row, name, fixed), " (", limits, f"){mark}"))


def _genes(q: Quote) -> Section:
    frame = q.frame("genes")
    text = joined(
        _recurrence(q),
        prose(
            "A gene is known by its symbol, or by its id where it has none. Its direction is compared among cohorts of the "
            "same two classes only. Signatures of correlated genes vary from sample to sample: that a gene is missing from one "
            "does not say that it does not differ there."
        ),
    )
    if frame.empty:
        return Section("sec-genes", "Genes in several signatures", (text,))
    heads = ("Gene", "Signatures", "Measured", "Cohorts", "Higher in", "Direction")
    columns = tuple(Column(head, numeric=number in (1, 2)) for number, head in enumerate(heads))
    rows = tuple(_gene(q, row) for row in range(min(len(frame), _PRINTED)))
    caption = prose("Genes in the signatures of at least two cohorts. Measured: cohorts that tested the gene.")
    more = prose("The first {shown} are listed; all are in {file}.", shown=str(_PRINTED), file=Code("index.json"))
    table = Table("tab-genes", caption, columns, rows, more if len(frame) > _PRINTED else None)
    return Section("sec-genes", "Genes in several signatures", (text, table))


def _gene(q: Quote, row: int) -> Row:
    numbers = (q.cell("genes", row, name, count) for name in ("cohorts", "measured"))
    lists = (q.cell("genes", row, name, _list) for name in ("chosen", "higher"))
    direction: Inline = q.cell("genes", row, "direction") if q.frame("genes")["direction"].iloc[row] else MISSING
    return (q.cell("genes", row, "gene"), *numbers, *lists, direction)


def _warnings(q: Quote) -> Section:
    frame = q.frame("findings")
    columns = tuple(map(Column, ("Cohort", "Code", "Warning")))
    names = ("name", "code", "message")
    rows: tuple[Row, ...] = tuple(tuple(q.cell("findings", row, name) for name in names) for row in range(len(frame)))
    caption = prose("Warnings of the reports: what may affect their conclusions.")
    return Section("sec-warnings", "Warnings", (Table("tab-warnings", caption, columns, rows),))


def _stopped(q: Quote) -> Section:
    frame = q.frame("cohorts")
    blocks: list[Block] = [
        prose("An earlier report of these cohorts, if there is one, is as it was; nothing of it is compared here.")
    ]
    for position in (frame["message"] != "").to_numpy().nonzero()[0]:
        row = int(position)
        name, message = q.cell("cohorts", row, "name"), q.cell("cohorts", row, "message")
        trace: Inline = ""
        if frame["status"].iloc[row] == "failed":
            trace = Phrase((" The traceback is in ", Link(Code("attempt.log"), f"{name.text}/attempt.log"), "."))
        blocks.append(Note("warning", prose("{name}: {message}{trace}", name=name, message=message, trace=trace)))
    return Section("sec-stopped", "Not built", tuple(blocks))


def _reading() -> Section:
    text = prose(
        "The reports were made one by one, each from its own cohort, and nothing was pooled: this page is no meta-analysis. "
        "Cohorts differ in platforms, patients and classes, so an accuracy is to be held against the majority class of "
        "its own row before it is held against another row. The named model of a report is chosen by a rule fixed "
        "beforehand, not by the independent set. Intervals over folds carry the correction of Nadeau and Bengio {nadeau}; on "
        "an independent set Wilson’s intervals {wilson} of the classes are combined after Zou, Huang and Zhang {zou}. Each report tells its own methods in full.",
        nadeau=Cite(("nadeau2003",)),
        wilson=Cite(("wilson1927",)),
        zou=Cite(("zou2009",)),
    )
    return Section("sec-reading", "How to read this page", (text,))


def _count(value: float) -> str:
    return MISSING if math.isnan(value) else count(value)


def _list(names: str) -> str:
    return names.replace(";", ", ")
