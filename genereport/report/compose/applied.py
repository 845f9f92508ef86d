"""From an application of a frozen model to its document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from genereport.analyses.new_samples import figures as figures
from genereport.analyses.new_samples.result import Applied
from genereport.formats import count, fixed, general, plural, two
from genereport.names import in_sentence, model_name
from genereport.report.bibliography import reference
from genereport.report.compose.appendix import ran_on, session_tables
from genereport.report.compose.comparability import compose_comparability
from genereport.report.compose.parts import cited, confidence_level, drawn_figure
from genereport.report.document import (
    Block,
    Cite,
    Code,
    Column,
    Document,
    Inline,
    Note,
    Paragraph,
    Phrase,
    Ref,
    Row,
    Section,
    Table,
    Value,
    joined,
    prose,
)
from genereport.report.quote import NOT_ESTIMABLE, Quote, listed

_SHOWN = 40
"""Samples whose prediction is printed; all are in the table of the data folder."""

_METRICS = {
    "balanced_accuracy": "Balanced acc.",
    "recall": "Sensitivity",
    "precision": "Precision",
    "roc_auc": "AUC",
    "brier": "Brier",
}
_SETS = {"cv": "cross-validated", "test": "independent set"}


def compose_applied(applied: Applied) -> Document:
    """The whole report of an application, its references in the order of first citation.

    Args:
        applied: What to report.
    """
    q = Quote(applied)
    sections = [_model(q), compose_comparability(q), _predictions(q)]
    if len(applied.metrics):
        sections.append(_performance(q))
    document = Document(
        title=applied.title,
        subtitle=prose(
            f"{{m}} new {plural(applied.samples, 'sample')} · a model of {{n}} training samples",
            m=q("samples", count),
            n=q("origin.samples", count),
        ),
        details=_details(applied),
        simulated=applied.simulated,
        abstract=tuple(_abstract(q)),
        sections=(*sections, _methods(q), _session(q)),
        page=applied.settings["report"]["page"],
        p_values=applied.settings["report"]["p_values"],
        mark=_mark(applied),
    )
    return replace(document, references=tuple(reference(key) for key in cited(document)))


def _mark(applied: Applied) -> str:
    gate = applied.gate
    parts = [f"Overridden: {', '.join(gate.overridden)}"] if gate.overridden else []
    return " · ".join([*parts, *(["Predictions withheld"] if gate.withheld else [])])


def _details(applied: Applied) -> tuple[tuple[str, str], ...]:
    date = applied.settings["report"]["date"]
    made = f"genereport {applied.versions['genereport']}"
    dated = (("Date", date),) if date else ()
    data = ", ".join(source.name for source in applied.inputs)
    return (*dated, ("Data", data), ("Made with", made), ("Seed", str(applied.settings["seed"])))


def _named(q: Quote) -> str:
    return in_sentence(model_name(q.analysis.origin.model, q.analysis.origin.features))


def _abstract(q: Quote) -> Iterator[Block]:
    gate = q.analysis.gate
    if q.analysis.simulated:
        yield Note("warning", prose("The model was made from a simulated cohort. No patient is behind its numbers."))
    told = prose(
        f"A frozen model, {{model}}, trained on {{n}} samples, was applied to {{m}} new {plural(q.analysis.samples, 'sample')}; nothing was "
        "refitted. Held against the training set they are judged: {level}.",
        model=_named(q),
        n=q("origin.samples", count),
        m=q("samples", count),
        level=q("gate.level"),
    )
    if gate.withheld:
        yield told
        yield Note("warning", prose("Predictions are withheld: {section} says why.", section=Ref("sec-comparability")))
        return
    yield joined(told, _classes(q), *_errors(q))
    if gate.overridden:
        names = q.names("gate.overridden")
        yield Note("warning", prose("The say of these checks was overridden: {names}.", names=names))


def _classes(q: Quote) -> Paragraph:
    path = "predicted"
    parts = [
        Phrase((q.cell(path, row, "n", count), " ", q.cell(path, row, "class"))) for row in range(len(q.frame(path)))
    ]
    return prose("It predicts {classes}.", classes=listed(parts))


def _errors(q: Quote) -> tuple[Paragraph, ...]:
    if q.analysis.errors is None:
        return (prose("Without labels nothing is said of how right it is."),)
    row = _metric_row(q, "balanced_accuracy")
    told = prose(
        f"Of the {{labelled}} {plural(q.analysis.labelled, 'sample')} with a label it gets {{errors}} wrong; its balanced accuracy is "
        "{estimate} ({ci}).",
        labelled=q("labelled", count),
        errors=q("errors", lambda number: count(number) if number else "none"),
        estimate=q.cell("metrics", row, "estimate", fixed),
        ci=Phrase((q.confidence(), " CI ", q.interval("metrics", row))),
    )
    return (told,)


def _metric_row(q: Quote, metric: str, model: str = "", features: str = "") -> int:
    origin = q.analysis.origin
    return q.row("metrics", model=model or origin.model, features=features or origin.features, metric=metric)


def _model(q: Quote) -> Section:
    origin = q.analysis.origin
    sizes = [
        Phrase((q(f"origin.sizes[{place}]", count), " ", q(f"origin.classes[{place}]")))
        for place in range(len(origin.classes))
    ]
    what = prose(
        "The bundle holds {models} models of {sizes} training samples and {testable} genes, and names {model}. The SHA-256 of its "
        "manifest is {manifest}; every other file was checked against it, and every model still predicts made-up samples as when it was frozen.",
        models=q("origin.models", count),
        sizes=listed(sizes),
        testable=q("origin.testable", count),
        model=_named(q),
        manifest=q("origin.manifest"),
    )
    new = prose(
        f"The new matrix ({{orientation}}) holds {{m}} {plural(q.analysis.samples, 'sample')}, {{labelled}} of them with a label.",
        orientation=q("orientation"),
        m=q("samples", count),
        labelled=q("labelled", lambda number: count(number) if number else "none"),
    )
    findings = [
        Note(
            finding.severity,
            prose("{code} {message}", code=Code(finding.code), message=q(f"findings[{place}].message")),
        )
        for place, finding in enumerate(q.analysis.findings)
    ]
    return Section("sec-model", "Model and samples", (what, new, *findings))


def _predictions(q: Quote) -> Section:
    applied: Applied = q.analysis
    title = "Predictions"
    if applied.gate.withheld:
        told = prose(
            "None are given, here or in {file}: the samples are not comparable to those that the model learnt from ({section}), and a "
            "probability would look like any other. {flag}, once for each such check, gives them, marked on every page.",
            file=Code("predictions.tsv"),
            section=Ref("sec-comparability"),
            flag=Code("--override CHECK"),
        )
        return Section("sec-predictions", title, (Note("warning", told),))
    shown = min(applied.samples, _SHOWN)
    more = f" The first {shown} are shown." if shown < applied.samples else ""
    start = prose(
        f"{{table}} and {{figure}} hold what {{model}} makes of each sample, {{file}} what all models do.{more}",
        table=Ref("tab-predictions"),
        figure=Ref("fig-probabilities"),
        model=_named(q),
        file=Code("predictions.tsv"),
    )
    binary = len(applied.origin.classes) == 2
    what = "Probability of the target class" if binary else "Probability of the predicted class"
    caption = prose(f"{what} by the named model, in rising order.")
    drawn = drawn_figure("fig-probabilities", figures.probabilities(applied), caption)
    return Section("sec-predictions", title, (joined(_classes(q), start), drawn, _each(q, shown)))


def _each(q: Quote, shown: int) -> Table:
    applied: Applied = q.analysis
    labelled, path = applied.labelled > 0, "predictions"
    heads = ["Sample", *(["Class"] if labelled else []), "Predicted", *applied.origin.classes, "Plane p", "Residual p"]
    numeric = 3 if labelled else 2
    rows: list[Row] = []
    for row in range(shown):
        cells: list[Inline] = [Code(str(applied.predictions["sample"].iloc[row]))]
        cells += [q.cell(path, row, "truth")] if labelled else []
        cells.append(q.cell(path, row, "predicted"))
        cells += [q.cell(path, row, f"p_{name}", fixed) for name in applied.origin.classes]
        cells += [q.cell("arrays", row, name, two) for name in ("p_plane", "p_residual")]
        rows.append(tuple(cells))
    columns = tuple(Column(head, numeric=number >= numeric) for number, head in enumerate(heads))
    note = prose(
        "Plane p and residual p: conformal p-values of the sample’s distances; where they are small, hardly any training sample lies as far."
    )
    caption = prose("Probabilities of the classes by the named model.")
    return Table("tab-predictions", caption, columns, tuple(rows), note)


def _performance(q: Quote) -> Section:
    applied: Applied = q.analysis
    start = prose(
        f"{{table}} holds the figures against the {{labelled}} {plural(applied.labelled, 'label')}, with the intervals of an independent set: Wilson "
        "{wilson} for proportions, DeLong {delong} for the area, a seeded bootstrap {efron} for the rest.",
        table=Ref("tab-applied"),
        labelled=q("labelled", count),
        wilson=Cite(("wilson1927",)),
        delong=Cite(("delong1988",)),
        efron=Cite(("efron1993",)),
    )
    blocks: list[Block] = [start, _metrics(q)]
    if len(applied.roc):
        caption = prose("ROC curves on the new samples.")
        blocks.append(drawn_figure("fig-roc-applied", figures.roc(applied), caption))
    blocks += [Section("sec-development", "Against the development figures", _compared(q))]
    blocks += [Section("sec-calibration-applied", "Calibration", tuple(_calibration(q)))]
    return Section("sec-performance", "How right it is", tuple(blocks))


def _metrics(q: Quote) -> Table:
    frame = q.frame("metrics")
    keys = list(dict.fromkeys(zip(frame["model"], frame["features"], strict=True)))
    rows: list[Row] = []
    for position, key in enumerate(keys):
        found = {metric: _metric_row(q, metric, *key) for metric in _METRICS}
        rows.append((model_name(*key), *(q.cell("metrics", found[metric], "estimate", fixed) for metric in _METRICS)))
        if position == 0:
            rows.append(("Its intervals", *(q.interval("metrics", found[metric], form=two) for metric in _METRICS)))
    columns = (Column("Model"), *(Column(head, numeric=True) for head in _METRICS.values()))
    several = len(q.analysis.origin.classes) > 2
    whose = "Means over the classes." if several else "Sensitivity and precision are those of {target}."
    note = prose(
        f"The named model stands first, with its intervals; all intervals are in {{file}}. {whose} Brier: lower is better.",
        file=Code("metrics.tsv"),
        target=q(f"origin.classes[{len(q.analysis.origin.classes) - 1}]"),
    )
    return Table("tab-applied", prose("Figures of every model on the new samples."), columns, tuple(rows), note)


def _compared(q: Quote) -> tuple[Block, ...]:
    frame, path = q.frame("comparison"), "comparison"
    told = prose(
        "{table} sets the named model beside what it achieved when it was made. The samples are others, so the interval of the difference is "
        "made of the two intervals {zou}; where one of them could not be estimated, neither can the difference. New samples that were the independent "
        "set of the development make no comparison.",
        table=Ref("tab-development"),
        zou=Cite(("zou2008",)),
    )
    rows: tuple[Row, ...] = tuple(
        (
            _METRICS[str(frame["metric"].iloc[row])],
            _SETS[str(frame["set"].iloc[row])],
            q.cell(path, row, "development", fixed),
            q.cell(path, row, "applied", fixed),
            q.cell(path, row, "difference", fixed),
            q.interval(path, row),
        )
        for row in range(len(frame))
    )
    heads = ("Figure", "Development", "Then", "Now", "Difference", confidence_level(q))
    columns = tuple(Column(head, numeric=number > 1) for number, head in enumerate(heads))
    caption = prose("The named model then and now; difference: now − then.")
    return (told, Table("tab-development", caption, columns, rows))


def _calibration(q: Quote) -> Iterator[Block]:
    applied: Applied = q.analysis
    if len(applied.bins):
        caption = prose(
            "Observed share against predicted probability of the named model on the new samples, with intervals."
        )
        yield drawn_figure("fig-calibration-applied", figures.recalibration(applied), caption)
    if len(applied.origin.classes) > 2:
        yield prose("Intercept and slope are those of two classes, and not applicable here.")
        return
    yield prose(
        "{table} gives the intercept (calibration in the large: zero if the probabilities are right on average) and the slope (one if they are "
        "neither too extreme nor too cautious) of logistic recalibration {cox}.",
        table=Ref("tab-recalibration"),
        cox=Cite(("cox1958", "vancalster2016")),
    )
    yield _recalibration(q)


def _recalibration(q: Quote) -> Table:
    frame, path = q.frame("calibration"), "calibration"
    rows: tuple[Row, ...] = tuple(
        (
            model_name(str(frame["model"].iloc[row]), str(frame["features"].iloc[row])),
            *(part for name in ("intercept", "slope") for part in _estimated(q, row, name)),
            q.cell(path, row, "reason"),
        )
        for row in range(len(frame))
    )
    level = confidence_level(q)
    heads = ("Model", "Intercept", level, "Slope", level, "Not estimable because")
    columns = tuple(Column(head, numeric=0 < number < 5) for number, head in enumerate(heads))
    caption = prose("Logistic recalibration of every model on the new samples.")
    return Table("tab-recalibration", caption, columns, rows)


def _estimated(q: Quote, row: int, name: str) -> tuple[Inline, Inline]:
    value = q.cell("calibration", row, name, two)
    if value.text == "–":
        return Value(value.id, NOT_ESTIMABLE), ""
    return value, q.interval("calibration", row, (f"{name}_low", f"{name}_high"), two)


def _methods(q: Quote) -> Section:
    prepared = prose(
        "Nothing was fitted to the new samples, and nothing about their scale was detected in order to act on it. Each array was prepared by "
        "the constants stored with the model: scale {scale}{limits}, array scaling {scaling} over {genes} genes, with location {location} and spread "
        "{spread}.",
        scale=q("origin.preprocessing.scale"),
        limits=_bounds(q),
        scaling=q("origin.preprocessing.array_scaling"),
        genes=q("origin.testable", count),
        location=q("origin.preprocessing.location", fixed),
        spread=q("origin.preprocessing.spread", fixed),
    )
    missing = prose(
        "A gene that the matrix lacks enters the location and the spread of an array by its training median, moved by the array’s own offset; the models "
        "see the training median. More than {missing} missing is refused.",
        missing=q.setting("apply.missing", lambda share: f"{general(100 * share)} %"),
    )
    distances = prose(
        "With more genes than samples the training samples lie in a plane that was fitted to them, so their own distances say nothing of new ones. The "
        "reference are distances of training samples that were held out, in one repeat of the cross-validation, when centre, scale and axes were fitted. A new sample’s "
        "p-value is its rank among these, counted in {vovk}; if new and training samples are exchangeable, the number below {alpha} follows the beta-binomial "
        "distribution, whatever that of the distances. Arrays are held against each other by the largest robust z of five quantiles, each training array against the others.",
        vovk=Cite(("vovk2005",)),
        alpha=q.setting("apply.outside", general),
    )
    shifted = prose(
        "A gene’s shift is judged by the share of genes beyond one standard deviation less half as much again as sampling gives, for genes go "
        "together. Moves along the difference of the class means are corrected for the noise of those means, which would otherwise pull every new "
        "sample towards the middle."
    )
    return Section("sec-methods", "Methods", (joined(prepared, missing), distances, shifted))


def _bounds(q: Quote) -> Phrase:
    parts: list[Inline] = []
    for name in ("floor", "cap"):
        if q.analysis.origin.preprocessing[name] is not None:
            parts += [f", {name} ", q(f"origin.preprocessing.{name}", general)]
    return Phrase(tuple(parts))


def _session(q: Quote) -> Section:
    then = tuple((Code(name), q(f"origin.versions.{name}")) for name in q.analysis.origin.versions)
    table = Table(
        "tab-trained", prose("Versions that the model was trained with."), (Column("Package"), Column("Version")), then
    )
    return Section("sec-session", "Session info", (ran_on(q), *session_tables(q), table), numbered=False)
