"""Whether new samples are comparable to those of a frozen model: the table of the checks, and each in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

from genereport.analyses.new_samples import figures as figures
from genereport.analyses.new_samples.result import Applied
from genereport.formats import count, fixed, general, p_lead, p_spaced, percent, plural, two
from genereport.report.compose.parts import drawn_figure
from genereport.report.document import (
    Block,
    Code,
    Column,
    Inline,
    Items,
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
from genereport.report.quote import Format, Quote, listed


def _ratio(value: float) -> str:
    return "∞" if math.isinf(value) else two(value)


_TITLES = {
    "genes": "Genes",
    "scale": "Scale",
    "arrays": "Distribution of each array",
    "shift": "Shift of each gene",
    "batch": "Batch against class",
    "cloud": "Samples outside the training cloud",
}
"""Checks as the text calls them."""

_MEASURES: dict[str, tuple[str, Format]] = {
    "missing": ("Genes of the models missing", percent),
    "named_missing": ("Genes of the named model missing", percent),
    "cells": ("Values missing otherwise", percent),
    "kind": ("Scale as in training (0), of its kind (1) or of another (2)", count),
    "spread": ("Ratio of the standard deviations, the larger over the smaller", _ratio),
    "location": ("Distance of the means, in standard deviations", two),
    "surprise": ("p of so many outside", fixed),
    "far": ("Share of the samples that are far away", percent),
    "excess": ("Excess share of shifted genes", percent),
    "beyond": ("Negative weight of a class in the mix, at least", two),
    "at_least": ("Move towards a class, at least", two),
    "association": ("p of class with a covariate", fixed),
}
"""Judged measures as the table calls them, and how they print; a prefix says of what."""

_OF = {"plane_": ", in the plane", "residual_": ", from the plane"}


def compose_comparability(q: Quote) -> Section:
    """Verdict, table, sentences and figures."""
    applied: Applied = q.analysis
    sentences = {
        "genes": _genes,
        "scale": _scale,
        "arrays": _arrays,
        "shift": _shift,
        "batch": _batch,
        "cloud": _cloud,
    }
    items = tuple(joined(_headed(q, name), compose(q)) for name, compose in sentences.items())
    blocks: list[Block] = [*_verdict(q), Items(items), _table(q)]
    captions = {
        "fig-arrays": "Quantiles of the new arrays after preprocessing, over the ranges of the training arrays.",
        "fig-shift": "Mean of each gene in the new samples less that of the training set, adjusted for class. Dotted: one standard deviation.",
        "fig-cloud": "Distance of each new sample in and from the plane of the training set; at the axes those of held-out training samples.",
    }
    drawn = (figures.array_ranges(applied), figures.gene_shift(applied), figures.cloud(applied))
    blocks += [drawn_figure(name, one, prose(told)) for (name, told), one in zip(captions.items(), drawn, strict=True)]
    return Section("sec-comparability", "Are the samples comparable?", tuple(blocks))


def _verdict(q: Quote) -> Iterator[Block]:
    gate = q.analysis.gate
    yield prose(
        "Before anything is predicted, the new samples are held against the training set by these checks ({table}); the worst of "
        "them says: {level}.",
        table=Ref("tab-gate"),
        level=q("gate.level"),
    )
    if gate.withheld:
        yield Note(
            "warning",
            prose(
                "Predictions are withheld, for {checks} {says} not to interpret them.",
                checks=_stopping(q),
                says="say" if len(gate.stopping) > 1 else "says",
            ),
        )
    if gate.overridden:
        names = q.names("gate.overridden")
        yield Note(
            "warning",
            prose("Overridden by whoever ran this: {names}. What follows is read at their risk.", names=names),
        )


def _stopping(q: Quote) -> Phrase:
    gate = q.analysis.gate
    left = [place for place, name in enumerate(gate.stopping) if name not in gate.overridden]
    return listed([q(f"gate.stopping[{place}]") for place in left])


def _headed(q: Quote, check: str) -> Paragraph:
    row = list(q.analysis.gate.checks.index).index(check)
    overridden = " (overridden)" if q.analysis.gate.checks["overridden"].iloc[row] else ""
    return prose(f"{_TITLES[check]}: {{level}}{overridden}.", level=q.cell("gate.checks", row, "level"))


def _measure(q: Quote, check: str, name: str, form: Format = fixed) -> Inline:
    return q.cell("gate.measures", q.row("gate.measures", check=check, measure=name), "value", form)


def _value(q: Quote, check: str, name: str) -> float:
    frame = q.frame("gate.measures")
    return float(frame["value"].iloc[q.row("gate.measures", check=check, measure=name)])


def _genes(q: Quote) -> Paragraph:
    of = partial(_measure, q, "genes", form=percent)
    told = prose(
        "Of the {testable} genes that the models see {imputed} are missing ({share}), of those that the named model uses {named}; of the "
        "values of the others {cells} are missing.",
        testable=q("origin.testable", count),
        imputed=q("imputed", lambda number: count(number) if number else "none"),
        share=of("missing"),
        named=of("named_missing"),
        cells=of("cells"),
    )
    gate = q.analysis.gate
    same = "the new matrix likewise" if gate.style_new == gate.style_model else "the new matrix {new}, such as {other}"
    ids = prose(
        f"The model knows {{style}}, such as {{example}}, {same}.",
        style=q("gate.style_model"),
        example=q("gate.example_model"),
        new=q("gate.style_new"),
        other=q("gate.example_new"),
    )
    return joined(told, ids)


def _scale(q: Quote) -> Paragraph:
    kind = prose(
        "The stored preprocessing starts from {stored} values; the training values looked like {trained}, the new ones look like {new} "
        "({reason}).",
        stored=q("gate.stored_scale"),
        trained=q("gate.detected_training"),
        new=q("gate.detected_new"),
        reason=q("gate.scale_reason"),
    )
    where = prose(
        "Before array scaling, the spread of the arrays (median absolute deviation) is {ratio} times that of the training arrays, and their "
        "median lies {moved} of that spread from theirs.",
        ratio=_measure(q, "scale", "ratio", two),
        moved=_measure(q, "scale", "moved", two),
    )
    return joined(kind, where)


def _outside(q: Quote, check: str, prefix: str, what: str) -> Paragraph:
    of = partial(_measure, q, check)
    far = ""
    if _value(q, check, f"{prefix}far"):
        far = " {far} lie more than {times} times as far as the farthest training sample."
    told = f"{{outside}} of {{m}} {what} outside the training set at conformal p < {{alpha}}; {{expected}} are to be expected ({{p}})."
    return prose(
        told + far,
        outside=of(f"{prefix}outside", form=lambda number: count(number) if number else "none"),
        m=q("samples", count),
        alpha=q.setting("apply.outside", general),
        expected=of(f"{prefix}expected", form=two),
        p=_p_equation(q, check, f"{prefix}surprise"),
        far=of(f"{prefix}far", form=percent),
        times=q.setting("apply.far", general),
    )


def _p_equation(q: Quote, check: str, name: str) -> Phrase:
    value = q.cell("gate.measures", q.row("gate.measures", check=check, measure=name), "value", _spaced(q))
    return Phrase((p_lead(value.text, q.analysis.settings["report"]["p_values"]), value))


def _spaced(q: Quote) -> Format:
    return lambda p: p_spaced(q.p(p))


def _arrays(q: Quote) -> Paragraph:
    start = prose(
        "The quantiles of each array after preprocessing are held against those of the training arrays ({figure}).",
        figure=Ref("fig-arrays"),
    )
    return joined(start, _sentence(_outside(q, "arrays", "", "arrays lie")))


def _sentence(paragraph: Paragraph) -> Paragraph:
    """With a capital where it starts with a word."""
    first, *rest = paragraph.parts
    if getattr(first, "text", "") == "none":
        return joined(prose("Of the new ones,"), paragraph)
    return Paragraph((first, *rest))


def _shift(q: Quote) -> Paragraph:
    how = "labels" if q.analysis.labelled == q.analysis.samples else "mix"
    adjusted = {
        "labels": "Each sample is held against the mean of its class.",
        "mix": "Not every sample has a label, so all are held against the mix of the class means that fits best.",
    }
    told = prose(
        "The mean of {share} of the genes differs from that of the training set by more than one standard deviation within the classes; "
        "{expected} is what sampling alone gives ({figure}).",
        share=_measure(q, "shift", "share", percent),
        expected=_measure(q, "shift", "expected", percent),
        figure=Ref("fig-shift"),
    )
    return joined(told, prose(adjusted[how]))


def _batch(q: Quote) -> Paragraph:
    labelled = q.analysis.labelled == q.analysis.samples
    told = _pushed(q) if labelled else _mixed(q)
    return joined(told, *_associated(q))


def _pushed(q: Quote) -> Paragraph:
    if _value(q, "batch", "push") != _value(q, "batch", "push"):
        return prose("Nothing separates the classes of the training set, so no move towards one can be told.")
    classes = q.analysis.origin.classes
    level = int(_value(q, "batch", "class"))
    towards = level if _value(q, "batch", "push") > 0 else 0
    others = "the others" if len(classes) > 2 else Phrase((q("origin.classes[0]"),))
    side = "away from" if len(classes) > 2 and not towards else "towards"
    place = level if side == "away from" else towards
    error = _value(q, "batch", "error")
    sure = " (standard error {error})" if error == error else ", with too few samples for a standard error"
    return prose(
        f"Adjusted for class, the samples are moved by {{push}} of the distance between {{one}} and {{others}}{sure}, {side} {{class_}}; the "
        "cosine of their shift with that difference is {cosine}. Predictions would be pushed the same way.",
        push=_measure(q, "batch", "push", two),
        error=_measure(q, "batch", "error", two),
        one=q(f"origin.classes[{level}]"),
        others=others,
        class_=q(f"origin.classes[{place}]"),
        cosine=_measure(q, "batch", "cosine", two),
    )


def _mixed(q: Quote) -> Paragraph:
    parts = [
        Phrase((_measure(q, "batch", f"mix_{name}", percent), " ", q(f"origin.classes[{place}]")))
        for place, name in enumerate(q.analysis.origin.classes)
    ]
    return prose(
        "Without a label for each sample a move along the difference of the classes cannot be told from another mix of them: the means are "
        "those of {mix}. A negative weight would lie beyond every class.",
        mix=listed(parts),
    )


def _associated(q: Quote) -> tuple[Paragraph, ...]:
    gate = q.analysis.gate
    if not gate.covariate:
        return ()
    told = ": each of its values occurs in one class only" if gate.covariate_pure else ""
    return (
        prose(
            f"Among the new samples the covariate {{name}} goes with the class ({{p}}){told}, so figures against the labels may be due to it.",
            name=q("gate.covariate"),
            p=q.p_equation("gate.covariate_p"),
        ),
    )


def _cloud(q: Quote) -> Paragraph:
    start = prose(
        f"The plane is that of the first {{axes}} {plural(q.analysis.origin.axes, 'principal component')} of the training set; the reference is "
        "that of training samples from planes that were fitted without them ({figure}).",
        axes=q("origin.axes", count),
        figure=Ref("fig-cloud"),
    )
    plane = _sentence(_outside(q, "cloud", "plane_", "samples lie, by their distance in the plane,"))
    residual = _sentence(_outside(q, "cloud", "residual_", "samples lie, by their distance from it,"))
    return joined(start, plane, residual)


def _table(q: Quote) -> Table:
    frame = q.frame("gate.measures")
    rows = tuple(_row(q, row) for row in range(len(frame)) if not _unjudged(q, row))
    heads = ("Check", "Measure", "Value", "Careful", "Do not interpret", "Says")
    columns = tuple(Column(head, numeric=1 < number < 5) for number, head in enumerate(heads))
    note = prose(
        "A measure is judged by the limit that it lies beyond: above it, for probabilities below it. The limits are settings of the section "
        "{section}; all measures are in {file}.",
        section=Code("apply"),
        file=Code("gate.tsv"),
    )
    return Table("tab-gate", prose("The checks, their measures and their limits."), columns, rows, note)


def _unjudged(q: Quote, row: int) -> bool:
    record = q.frame("gate.measures").iloc[row]
    return bool(record["careful"] != record["careful"] and record["stop"] != record["stop"])


def _row(q: Quote, row: int) -> Row:
    record = q.frame("gate.measures").iloc[row]
    name, of = str(record["measure"]), ""
    for prefix, words in _OF.items():
        if name.startswith(prefix):
            name, of = name.removeprefix(prefix), words
    title, form = _MEASURES[name]
    form = q.p if name in ("surprise", "association") else form
    cell: Callable[[str, Format], Inline] = partial(q.cell, "gate.measures", row)
    limit = _percent if form is percent else general
    limits = (cell("careful", limit), cell("stop", limit))
    return _TITLES[str(record["check"])], f"{title}{of}", cell("value", form), *limits, cell("level", str)


def _percent(share: float) -> str:
    return "–" if share != share else f"{general(100 * share)} %"
