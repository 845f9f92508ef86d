"""What two runs say of genes and of models, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from genereport.analyses.comparison import figures as figures
from genereport.analyses.result import Skipped
from genereport.formats import MISSING, count, fixed, general, percent, plural, two
from genereport.names import in_sentence, model_name
from genereport.report.compose.parts import confidence_level, drawn_figure, pruned
from genereport.report.document import (
    Block,
    Code,
    Column,
    Figure,
    Inline,
    Note,
    Paragraph,
    Phrase,
    Ref,
    Row,
    Section,
    Table,
    joined,
    prose,
)
from genereport.report.quote import Quote

_SHOWN = 30
_LARGEST = 10

_METRICS = {
    "balanced_accuracy": "Balanced acc.",
    "accuracy": "Accuracy",
    "roc_auc": "AUC",
    "pooled_auc": "Pooled AUC",
}
_WHERE = {"cv": "in cross-validation", "test": "on the independent set"}
_LEFT_OUT = ("cv", "accuracy")
"""Without a test, and hardly other than balanced accuracy: not printed."""


def compose_lists(q: Quote) -> Section:
    """Genes measured and tested, and those that entered and left the signature and the significant ones."""
    blocks: list[Block] = [_genes(q)]
    known = [name for name in ("signature", "bonferroni") if not isinstance(getattr(q.analysis, name), Skipped)]
    skipped = [name for name in ("signature", "bonferroni") if name not in known]
    blocks += [Note("note", prose("Not compared: {reason}", reason=q.reason(name))) for name in skipped]
    if known:
        blocks += [_told(q, name) for name in known]
        blocks.append(_likeness(q, known))
    if "signature" in known and q.analysis.signature.earlier + q.analysis.signature.later:
        blocks += [*_came_and_went(q), _slopes(q)]
    return Section("sec-signature", "Signature", tuple(blocks))


def _genes(q: Quote) -> Paragraph:
    genes = q.analysis.genes
    return prose(
        f"{{measured}} {plural(genes.measured, 'gene was', 'genes were')} measured in both runs, {{earlier}} in the earlier one only "
        "and {later} in the later one only; {tested} got a p-value in both, {only_earlier} in the earlier one only and {only_later} "
        "in the later one only. Control probes do not count.",
        measured=q("genes.measured", count),
        earlier=q("genes.measured_earlier", _none),
        later=q("genes.measured_later", _none),
        tested=q("genes.tested", count),
        only_earlier=q("genes.tested_earlier", _none),
        only_later=q("genes.tested_later", _none),
    )


def _none(value: float) -> str:
    return count(value) if value else "none"


_LISTS = {"signature": "Genes of the signature", "bonferroni": "Kept by Bonferroni’s correction"}


def _told(q: Quote, name: str) -> Paragraph:
    lists = getattr(q.analysis, name)
    if not lists.earlier and not lists.later:
        return prose("Bonferroni’s correction keeps no gene in either run.")
    genes = plural(lists.earlier, "gene")
    start = {
        "signature": f"The signature of the earlier run has {{earlier}} {genes}",
        "bonferroni": f"Bonferroni’s correction keeps {{earlier}} {genes} in the earlier run",
    }
    changed = "{shared} stayed, {moved} of them at another rank, {left} left and {entered} entered, so that the later run has {later}."
    same = "The later run has the same, {moved} of them at another rank."
    return prose(
        f"{start[name]}{f'. {same}' if lists.left == lists.entered == 0 else f': {changed}'}",
        earlier=q(f"{name}.earlier", count),
        shared=q(f"{name}.shared", _none),
        moved=q(f"{name}.moved", _none),
        left=q(f"{name}.left", _none),
        entered=q(f"{name}.entered", _none),
        later=q(f"{name}.later", count),
    )


def _likeness(q: Quote, names: Sequence[str]) -> Table:
    rows: list[Row] = []
    for name in names:
        for label, index in (("Jaccard index", "jaccard"), ("Rank-biased overlap", "overlap")):
            values = [q(f"{name}.{index}{end}", fixed) for end in ("", "_expected")]
            rows.append((_LISTS[name], label, *values, q(f"{name}.{index}_p", q.p)))
    columns = (
        Column("List"),
        Column("Index"),
        Column("Found", numeric=True),
        Column("Random lists", numeric=True),
        Column(q.p_letter, numeric=True),
    )
    first = names[0]
    caption = prose(
        "How alike the lists are, 1 being equal and 0 without a gene in common, and what random lists of these lengths out of "
        "{universe} genes would have: on average, and how often as much or more (for Jaccard’s index by the hypergeometric distribution, for the "
        "overlap in {permutations} random rankings).",
        universe=q(f"{first}.universe", count),
        permutations=q(f"{first}.permutations", count),
    )
    return Table("tab-likeness", caption, columns, tuple(rows))


def _slopes(q: Quote) -> Figure:
    cut = f" Ranks up to {figures.RANKS} are drawn." if _long(q) else ""
    caption = prose(
        f"Ranks of the genes of the signature in either run. Lines: genes that stayed; crosses and plus signs: genes that left and "
        f"that entered.{cut}"
    )
    return drawn_figure("fig-ranks", figures.ranks(q.analysis.signature), caption)


def _long(q: Quote) -> bool:
    return bool(max(q.analysis.signature.earlier, q.analysis.signature.later) > figures.RANKS)


def _came_and_went(q: Quote) -> tuple[Table, ...]:
    return tuple(
        table
        for change, side, told in (("entered", "later", "entered"), ("left", "earlier", "left"))
        for table in _gone(q, change, side, told)
    )


def _gone(q: Quote, change: str, side: str, told: str) -> tuple[Table, ...]:
    frame, path = q.frame("signature.table"), "signature.table"
    found = [row for row in range(len(frame)) if frame["change"].iloc[row] == change]
    if not found:
        return ()
    rows: tuple[Row, ...] = tuple(
        (
            Code(str(frame.index[row])),
            q.cell(path, row, "symbol"),
            q.cell(path, row, side, count),
            _other(q, row),
        )
        for row in found[:_SHOWN]
    )
    heads = (
        Column("Gene"),
        Column("Symbol"),
        Column("Rank", numeric=True),
        Column("logFC, earlier and later"),
    )
    cut = f" The first {_SHOWN} of them are shown." if len(found) > _SHOWN else ""
    caption = prose(f"Genes that {told} the signature.{cut}")
    return (pruned(Table(f"tab-{told}", caption, heads, rows)),)


def _other(q: Quote, row: int) -> Inline:
    """What either run measured of a gene, where there is one contrast."""
    effects = q.analysis.effects
    if isinstance(effects, Skipped) or len(effects.agreement) > 1:
        return ""
    gene = q.frame("signature.table").index[row]
    places = effects.table.index.get_indexer([gene])
    if places[0] < 0:
        return MISSING
    cells = [q.cell("effects.table", int(places[0]), name, two) for name in ("earlier", "later")]
    return Phrase((cells[0], " and ", cells[1]))


def compose_effects(q: Quote) -> Section:
    """Log fold changes of the genes tested in both."""
    title = "Effects"
    if isinstance(q.analysis.effects, Skipped):
        return Section(
            "sec-effects", title, (Note("note", prose("Not compared: {reason}", reason=q.reason("effects"))),)
        )
    effects = q.analysis.effects
    text = prose(
        f"{{genes}} {plural(effects.genes, 'gene was', 'genes were')} tested in both runs. {{table}} says how far their log fold "
        "changes agree: the concordance is 1 only if all are equal, whereas a correlation overlooks that one run’s are all larger, "
        "or all shifted. {figure} shows them.",
        genes=q("effects.genes", count),
        table=Ref("tab-agreement"),
        figure=Ref("fig-agreement"),
    )
    caption = prose(
        "Log2 fold changes of the later run against those of the earlier one. Solid: identity; dashed: limits of agreement; "
        "triangles: genes whose sign changed."
    )
    drawn = drawn_figure("fig-agreement", figures.agreement(effects), caption)
    return Section("sec-effects", title, (text, _agreement(q), drawn, *_largest(q)))


def _agreement(q: Quote) -> Table:
    frame, path = q.frame("effects.agreement"), "effects.agreement"
    rows: tuple[Row, ...] = tuple(
        (
            q.cell(path, row, "contrast"),
            q.cell(path, row, "pairs", count),
            q.cell(path, row, "concordance", fixed),
            q.interval(path, row),
            q.cell(path, row, "pearson", fixed),
            q.cell(path, row, "same_sign", percent),
            q.cell(path, row, "bias", fixed),
            q.interval(path, row, ("below", "above"), two),
        )
        for row in range(len(frame))
    )
    heads = (
        "Contrast",
        "Genes",
        "Concordance",
        confidence_level(q),
        "Pearson",
        "Same sign",
        "Later − earlier",
        "Limits",
    )
    columns = tuple(Column(head, numeric=number > 0) for number, head in enumerate(heads))
    note = prose(
        "Later − earlier: mean difference in the unit of logFC. Limits: limits of agreement of these differences."
    )
    return Table("tab-agreement", prose("Agreement of log fold changes."), columns, rows, note)


def _largest(q: Quote) -> tuple[Table, ...]:
    """The genes whose effects differ most."""
    frame, path = q.frame("effects.table"), "effects.table"
    order = frame["difference"].abs().to_numpy().argsort(kind="stable")[::-1]
    chosen = [int(row) for row in order if frame["difference"].iloc[row] != 0][:_LARGEST]
    if not chosen:
        return ()
    several = len(q.frame("effects.agreement")) > 1
    rows: tuple[Row, ...] = tuple(
        (
            Code(str(frame.index[row])),
            q.cell(path, row, "symbol"),
            q.cell(path, row, "contrast") if several else "",
            *(q.cell(path, row, name, two) for name in ("earlier", "later", "difference")),
        )
        for row in chosen
    )
    heads = ("Gene", "Symbol", "Contrast", "Earlier", "Later", "Difference")
    columns = tuple(Column(head, numeric=number > 2) for number, head in enumerate(heads))
    caption = prose("Genes whose log fold changes differ most.")
    return (pruned(Table("tab-largest", caption, columns, rows)),)


def compose_performance(q: Quote) -> Section:
    """The named models, and every model that both runs compare."""
    title = "Models"
    if isinstance(q.analysis.models, Skipped):
        return Section("sec-models", title, (Note("note", prose("Not compared: {reason}", reason=q.reason("models"))),))
    blocks: list[Block] = [_named(q), _figures(q, "models.named", "tab-named", prose("The models that the runs name."))]
    if q.analysis.models.compared:
        blocks += [_tested(q), *_performance(q)]
    return Section("sec-models", title, (*blocks, *_alone(q)))


def _named(q: Quote) -> Paragraph:
    models = q.analysis.models
    later = in_sentence(model_name(models.later_model, models.later_features))
    if models.same:
        return prose("Both runs name {model}.", model=later)
    earlier = in_sentence(model_name(models.earlier_model, models.earlier_features))
    return prose("The earlier run names {earlier}, the later one {later}.", earlier=earlier, later=later)


def _tested(q: Quote) -> Paragraph:
    models = q.analysis.models
    pairing = [_pairing(q, row) for row in range(len(q.frame("models.pairing")))]
    if not models.tests:
        return joined(*pairing, prose("Nothing was tested."))
    found = prose(
        f"Of {{tests}} paired tests {{clear}} {plural(models.clear, 'is', 'are')} below {{alpha}} after Holm’s correction.",
        tests=q("models.tests", count),
        clear=q("models.clear", _none),
        alpha=q.setting("compare.alpha", general),
    )
    return joined(*pairing, found)


def _pairing(q: Quote, row: int) -> Paragraph:
    frame, path = q.frame("models.pairing"), "models.pairing"
    record = frame.iloc[row]
    where = {"cv": "In cross-validation", "test": "On the independent set"}[str(frame.index[row])]
    shared = q.cell(path, row, "shared", count)
    if record["paired"] == "yes":
        return prose(f"{where} both runs judged the same {{n}} samples, and differences are paired.", n=shared)
    sizes = [q.cell(path, row, side, _none) for side in ("earlier", "later")]
    return prose(
        f"{where} the earlier run judged {{earlier}} and the later one {{later}} samples, {{n}} of them the same with the same class; "
        "differences are not paired.",
        earlier=sizes[0],
        later=sizes[1],
        n=q.cell(path, row, "shared", _none),
    )


def _performance(q: Quote) -> list[Block]:
    caption = prose("Balanced accuracy of each model in both runs, with intervals.")
    drawn = drawn_figure("fig-performance", figures.performance(q.analysis.models), caption)
    sets = list(dict.fromkeys(q.frame("models.figures")["set"]))
    tables = [
        _figures(q, "models.figures", f"tab-{which}-{metric.replace('_', '-')}", caption, which, metric)
        for which in sets
        for metric, caption in _captions(q, str(which))
    ]
    return [drawn, *tables]


def _captions(q: Quote, which: str) -> list[tuple[str, Paragraph]]:
    frame = q.frame("models.figures")
    present = set(frame.loc[frame["set"] == which, "metric"])
    return [
        (metric, prose(f"{name.replace('acc.', 'accuracy')} {_WHERE[which]}."))
        for metric, name in _METRICS.items()
        if metric in present and (which, metric) != _LEFT_OUT
    ]


def _figures(
    q: Quote, path: str, name: str, caption: Paragraph, which: str | None = None, metric: str | None = None
) -> Table:
    """Figures of both runs, a row a model; of one set and metric, or all rows with their set."""
    frame = q.frame(path)
    rows = [
        row
        for row in range(len(frame))
        if which is None or (frame["set"].iloc[row] == which and frame["metric"].iloc[row] == metric)
    ]
    labels = [_label(q, path, row) for row in rows]
    cells: tuple[Row, ...] = tuple(
        (label, *_pair(q, path, row), *_test(q, path, row)) for label, row in zip(labels, rows, strict=True)
    )
    level = confidence_level(q)
    heads = ("Model" if which else "Samples", "Earlier", level, "Later", level, "Difference", level, "Right alone",
             q.p_letter, f"{q.p_letter} (Holm)")  # fmt: skip
    columns = tuple(Column(head, numeric=number > 0) for number, head in enumerate(heads))
    mcnemar = bool((frame["test"].iloc[rows] == "McNemar").any())
    note = prose("Right alone: samples that only the earlier, and only the later run’s model gets right.")
    return pruned(Table(name, joined(caption, _how(q, path, rows)), columns, cells, note if mcnemar else None))


def _how(q: Quote, path: str, rows: Sequence[int]) -> Paragraph:
    """How the intervals of the differences were made."""
    frame = q.frame(path).iloc[list(rows)]
    told = {
        "paired bootstrap": "paired bootstrap",
        "DeLong": "DeLong’s for paired areas",
        "unpaired": "of independent samples",
    }
    ways = [told[str(way)] for way in dict.fromkeys(frame["interval"])]
    return prose(f"Intervals of the difference: {', '.join(ways)}.") if ways else prose("")


def _label(q: Quote, path: str, row: int) -> str:
    frame = q.frame(path)
    if "model" not in frame:
        return {"cv": "Cross-validated", "test": "Independent set"}[str(frame["set"].iloc[row])]
    return model_name(str(frame["model"].iloc[row]), str(frame["features"].iloc[row]))


def _pair(q: Quote, path: str, row: int) -> tuple[Inline, ...]:
    form: Callable[[float], str] = fixed
    return (
        q.cell(path, row, "earlier", form),
        q.interval(path, row, ("earlier_low", "earlier_high")),
        q.cell(path, row, "later", form),
        q.interval(path, row, ("later_low", "later_high")),
        q.cell(path, row, "difference", form),
        q.interval(path, row),
    )


def _test(q: Quote, path: str, row: int) -> tuple[Inline, ...]:
    frame = q.frame(path)
    if not frame["test"].iloc[row]:
        return "", "", ""
    alone: Inline = ""
    if frame["test"].iloc[row] == "McNemar":
        only = [q.cell(path, row, f"only_{side}", count) for side in ("earlier", "later")]
        alone = Phrase((only[0], " and ", only[1]))
    return alone, q.cell(path, row, "p", q.p), q.cell(path, row, "P.Holm.models", q.p)


def _alone(q: Quote) -> tuple[Paragraph, ...]:
    frame = q.frame("models.alone")
    told = []
    for run in ("earlier", "later"):
        part = frame[frame["run"] == run]
        names = [in_sentence(model_name(str(row["model"]), str(row["features"]))) for _, row in part.iterrows()]
        if names:
            told.append(prose(f"Only the {run} run compares {{names}}.", names=", ".join(names)))
    return (joined(*told),) if told else ()
