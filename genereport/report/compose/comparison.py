"""Two runs set side by side: the verdict first, then what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from genereport.analyses.comparison.result import Comparison
from genereport.analyses.result import Skipped
from genereport.formats import MISSING, count, general, plural
from genereport.report.bibliography import reference
from genereport.report.compose.comparison_parts import compose_effects, compose_lists, compose_performance
from genereport.report.compose.comparison_verdict import check_table, verdict
from genereport.report.compose.parts import cited
from genereport.report.document import (
    Block,
    Cite,
    Code,
    Column,
    Document,
    Inline,
    Note,
    Paragraph,
    Row,
    Section,
    Table,
    Value,
    joined,
    prose,
)
from genereport.report.quote import Quote, whole_percent

_SHOWN = 30

_SIDE: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("Title", "title", str),
    ("Date", "date", str),
    ("Inputs, fingerprint", "fingerprint", str),
    ("Seed", "seed", str),
    ("genereport", "version", str),
    ("Scale of the values", "scale", str),
    ("Logarithm", "log", str),
    ("Array scaling", "array_scaling", str),
    ("Samples", "samples", count),
    ("Training samples", "train", count),
    ("Independent samples", "test", count),
    ("Genes or probes in the files", "genes", count),
    ("Test of each gene", "method", str),
    ("Linear model", "design", str),
    ("Genes tested", "tested", count),
)


def compose_comparison(comparison: Comparison) -> Document:
    """The whole comparison as a document, its references in the order of first citation."""
    q = Quote(comparison)
    document = Document(
        title="Two runs compared",
        subtitle=_subtitle(q),
        details=_details(comparison),
        simulated=comparison.earlier.simulated or comparison.later.simulated,
        abstract=(joined(verdict(q), prose("Both runs are taken from what they stored; nothing was computed again.")),),
        sections=(
            _verdict(q),
            _inputs(q),
            _samples(q),
            compose_lists(q),
            compose_effects(q),
            compose_performance(q),
            _methods(q),
            _session(q),
        ),
        page=comparison.settings["report"]["page"],
        p_values=comparison.settings["report"]["p_values"],
    )
    return replace(document, references=tuple(reference(key) for key in cited(document)))


def _subtitle(q: Quote) -> Paragraph:
    if q.analysis.earlier.title == q.analysis.later.title:
        return prose("{title}", title=q("later.title"))
    return prose("{earlier}, and later {later}", earlier=q("earlier.title"), later=q("later.title"))


def _details(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    sides = (("Earlier", comparison.earlier), ("Later", comparison.later))
    told = tuple(
        (name, ", ".join(filter(None, [side.date or "", f"inputs {side.fingerprint}" if side.fingerprint else ""])))
        for name, side in sides
    )
    return (*(pair for pair in told if pair[1]), ("Made with", f"genereport {comparison.made_with}"))


def _verdict(q: Quote) -> Section:
    notes = tuple(
        Note("note", prose("{note}", note=q(f"notes[{position}]"))) for position in range(len(q.analysis.notes))
    )
    return Section("sec-verdict", "Verdict", (verdict(q), check_table(q), *notes))


def _inputs(q: Quote) -> Section:
    rows: list[Row] = [("Classes, the reference first", q.names("earlier.classes"), q.names("later.classes"))]
    for label, name, form in _SIDE:
        cells = [_stated(q, f"{side}.{name}", form) for side in ("earlier", "later")]
        if any(isinstance(cell, Value) and cell.text != MISSING for cell in cells):
            rows.append((label, *cells))
    heads = (Column(""), Column("Earlier run"), Column("Later run"))
    sides = Table("tab-sides", prose("The two runs."), heads, tuple(rows))
    return Section("sec-inputs", "What went in", (*_files(q), sides, *_settings(q)))


def _stated(q: Quote, path: str, form: Callable[[float], str]) -> Inline:
    value = q(path, form)
    return value if value.text else MISSING


def _files(q: Quote) -> tuple[Block, ...]:
    frame = q.frame("inputs")
    if frame.empty:
        return (prose("Neither run read a file; the cohorts came from memory, or are the bundled simulated one."),)
    same = bool((frame["same"] == "yes").all())
    told = "Both runs read the same files, byte for byte." if same else "Not all files are the same, byte for byte."
    rows = tuple(row for position in range(len(frame)) for row in _file(q, position))
    heads = ("Read as", "Run", "File", "SHA-256")
    table = Table("tab-inputs", prose("Input files."), tuple(Column(head) for head in heads), rows)
    return prose(told), table


def _file(q: Quote, position: int) -> list[Row]:
    """A row for both runs, or one for each that has the file."""
    path, record = "inputs", q.frame("inputs").iloc[position]
    role = q.cell(path, position, "role")
    if record["same"] == "yes" and record["earlier"] == record["later"]:
        return [(role, "both", q.cell(path, position, "later"), q.cell(path, position, "later_sha256"))]
    return [
        (role, side, *(q.cell(path, position, name) for name in (side, f"{side}_sha256")))
        for side in ("earlier", "later")
        if record[side]
    ]


def _cell(q: Quote, path: str, row: int, name: str) -> Inline:
    value = q.cell(path, row, name)
    return value if value.text else MISSING


def _settings(q: Quote) -> tuple[Block, ...]:
    frame, path = q.frame("changed_settings"), "changed_settings"
    if frame.empty:
        return (prose("All settings are the same."),)
    rows: tuple[Row, ...] = tuple(
        (Code(str(name)), _cell(q, path, row, "earlier"), _cell(q, path, row, "later"))
        for row, name in enumerate(frame.index)
    )
    heads = (Column("Setting"), Column("Earlier run"), Column("Later run"))
    return (Table("tab-changed", prose("Settings that differ."), heads, rows),)


def _samples(q: Quote) -> Section:
    changes = q.analysis.samples
    text = prose(
        f"The runs share {{shared}} {plural(changes.shared, 'sample')}, matched by id. The later run has {{added}} that the earlier "
        "one had not, and lacks {removed} of it; {relabelled} of the shared are of another class, and {moved} changed between the "
        "training and the independent set.",
        shared=q("samples.shared", count),
        added=q("samples.added", _none),
        removed=q("samples.removed", _none),
        relabelled=q("samples.relabelled", _none),
        moved=q("samples.moved", _none),
    )
    return Section("sec-samples", "Samples", (text, *_changed_samples(q)))


def _none(value: float) -> str:
    return count(value) if value else "none"


def _changed_samples(q: Quote) -> tuple[Table, ...]:
    frame, path = q.frame("samples.table"), "samples.table"
    if frame.empty:
        return ()
    columns = ("change", "earlier_class", "later_class", "earlier_set", "later_set")
    order = {"relabelled": 0, "moved": 1, "removed": 2, "added": 3}
    positions = sorted(range(len(frame)), key=lambda row: order[frame["change"].iloc[row]])[:_SHOWN]
    rows: tuple[Row, ...] = tuple(
        (Code(str(frame.index[row])), *(_cell(q, path, row, name) for name in columns)) for row in positions
    )
    heads = ("Sample", "Change", "Earlier class", "Later class", "Earlier set", "Later set")
    cut = f" The first {_SHOWN} of them are shown." if len(frame) > _SHOWN else ""
    caption = prose(f"Samples that changed.{cut}")
    return (Table("tab-samples", caption, tuple(Column(head) for head in heads), rows),)


def _methods(q: Quote) -> Section:
    parts = [_methods_of_lists(q)]
    if not isinstance(q.analysis.effects, Skipped):
        parts.append(_methods_of_effects(q))
    if not isinstance(q.analysis.models, Skipped):
        parts.append(_methods_of_models(q))
    return Section("sec-methods", "Methods", tuple(parts))


def _methods_of_lists(q: Quote) -> Paragraph:
    return prose(
        "Samples, genes and models are matched by their ids, files by their role. The signature consists of the genes chosen on the whole "
        "training set, best first. Sets of genes are compared by Jaccard’s index against the hypergeometric overlap of random sets "
        "of the same sizes, rankings by the extrapolated rank-biased overlap {webber} with persistence {persistence} against "
        "random rankings drawn from the genes that either run tested. Both are a floor: genes chosen on nearly the same data are far "
        "more alike than random ones.",
        webber=Cite(("webber2010",)),
        persistence=q.setting("compare.persistence", general),
    )


def _methods_of_effects(q: Quote) -> Paragraph:
    return prose(
        "Agreement of log fold changes is Lin’s concordance {lin}, with an interval by Fisher’s transformation that takes the genes "
        "as independent, and is too narrow in so far as they are not; limits of agreement are Bland and Altman’s {bland} at "
        "{level}.",
        lin=Cite(("lin1989",)),
        bland=Cite(("bland1986",)),
        level=q.setting("tests.confidence", whole_percent),
    )


def _methods_of_models(q: Quote) -> Paragraph:
    paired = prose(
        "Where both runs judged their models by the same samples with the same classes, differences are paired: intervals come from "
        "{resamples} resamples of the samples {efron}, stratified by class; on the independent set errors are compared by McNemar’s "
        "exact test {mcnemar}; areas under the ROC curve of two classes by DeLong’s test {delong}. P-values are adjusted after Holm "
        "{holm} over the models.",
        resamples=q.setting("evaluation.bootstrap", count),
        efron=Cite(("efron1993",)),
        mcnemar=Cite(("mcnemar1947",)),
        delong=Cite(("delong1988",)),
        holm=Cite(("holm1979",)),
    )
    held = prose(
        "In cross-validation each sample enters once, with its mean over the repeats; an interval is centred on the difference of the "
        "figures as they are reported, means over folds. It speaks of the samples at hand and not of other training sets, for "
        "held-out predictions share their training parts. The pooled AUC is the area under the mean probabilities."
    )
    unpaired = prose(
        "Where the samples are others, the interval of a difference is made of those of either run {zou}; for proportions that is "
        "Newcombe’s {newcombe}.",
        zou=Cite(("zou2008",)),
        newcombe=Cite(("newcombe1998",)),
    )
    return joined(paired, held, unpaired)


def _session(q: Quote) -> Section:
    frame, path = q.frame("versions"), "versions"
    same = bool((frame["same"] == "yes").all())
    text = prose(
        "Compared by genereport {version} with seed {seed}, of the later run. "
        f"{'Both runs were made with the same versions.' if same else 'Not all versions are the same.'} Thresholds come from the "
        "section {section} of the later run’s study, or from the command line.",
        version=q("made_with"),
        seed=q.setting("seed"),
        section=Code("[compare]"),
    )
    thresholds: tuple[Row, ...] = tuple(
        (Code(f"compare.{name}"), q.setting(f"compare.{name}", general)) for name in q.analysis.settings["compare"]
    )
    rows: tuple[Row, ...] = tuple(
        (Code(str(name)), *(_cell(q, path, row, column) for column in ("earlier", "later", "same")))
        for row, name in enumerate(frame.index)
    )
    heads = tuple(Column(head) for head in ("Package", "Earlier run", "Later run", "Same"))
    tables = (
        Table("tab-thresholds", prose("Settings of the comparison."), (Column("Setting"), Column("Value")), thresholds),
        Table("tab-versions", prose("Versions."), heads, rows),
    )
    return Section("sec-session", "Session info", (text, *tables), numbered=False)
