"""Section on how far the comparison of models can be trusted, each point in plain words with its number."""

from __future__ import annotations

import math
from collections.abc import Iterator

from genereport.analyses.differential.result import Differential
from genereport.analyses.models.result import Models
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.formats import count, fixed, percent, plural, two
from genereport.names import FEATURE_NAMES, in_sentence, model_name
from genereport.report import figures
from genereport.report.compose.parts import confidence_level, drawn_figure
from genereport.report.document import (
    Block,
    Cite,
    Code,
    Column,
    Items,
    Paragraph,
    Ref,
    Row,
    Section,
    Table,
    joined,
    prose,
)
from genereport.report.quote import Quote, rounded_percent

_ABSENT = {
    "GR307": "No class has more than three times the training samples of another.",
    "GR308": "No two samples have the same values.",
    "GR310": "Between the training and the independent samples no shift was found.",
    "GR304": "No covariate of the sample sheet was found to go with the class.",
}
"""Checks of the cohort, and what is said where they found nothing."""


_NARROW = 0.02
"""Half an interval of balanced accuracy that lets a curve be called flat."""


def compose_trust(q: Quote) -> Section:
    """Overfitting, selection bias, permuted labels, sample size, stability, the data, and the samples that are missed."""
    parts = (
        ("sec-overfitting", "Do the models overfit?", _overfitting(q)),
        ("sec-bias", "What selection bias would have claimed", _bias(q)),
        ("sec-permutation", "Would permuted labels do as well?", _permutation(q)),
        ("sec-learning", "Are there enough samples?", _learning(q)),
        ("sec-stability", "Are the same genes chosen?", (_stability(q),)),
        ("sec-grain", "What the data allow", (_grain(q),)),
        ("sec-hard", "Samples that most models miss", _hard(q)),
    )
    return Section("sec-trust", "How far to trust it", tuple(Section(*part) for part in parts))


def _named(q: Quote) -> str:
    trust = q.result(Trust)
    return in_sentence(model_name(trust.model, trust.features))


def _row(q: Quote, path: str) -> int:
    """Row of the named model in a table of models."""
    trust = q.result(Trust)
    return q.row(path, model=trust.model, features=trust.features)


def _overfitting(q: Quote) -> tuple[Block, ...]:
    row, frame = _row(q, "trust.gaps"), q.frame("trust.gaps")
    start = prose(
        "On its own training parts the named model, {model}, has a balanced accuracy of {training}, on the held-out samples "
        "{held}: a gap of {gap} ({ci}).",
        model=_named(q),
        training=q.cell("trust.gaps", row, "training", fixed),
        held=q.cell("trust.gaps", row, "held_out", fixed),
        gap=q.cell("trust.gaps", row, "gap", fixed),
        ci=q.interval("trust.gaps", row),
    )
    widest = int(frame["gap"].to_numpy().argmax())
    name = in_sentence(model_name(str(frame["model"].iloc[widest]), str(frame["features"].iloc[widest])))
    wide = prose(
        "The widest gap is that of {model}, {gap}. Where there are more genes than samples, nearly every model can learn its training "
        "part by heart, so the training figure says next to nothing about new samples ({figure}).",
        model=name,
        gap=q.cell("trust.gaps", widest, "gap", fixed),
        figure=Ref("fig-gaps"),
    )
    caption = prose(
        "Balanced accuracy on the training parts (hollow) and on the held-out samples (filled), mean over the splits."
    )
    networks = [_network(q, row) for row in range(len(q.frame("trust.networks")))]
    return (
        joined(start, wide),
        joined(*networks, prose("{figure} shows the whole course.", figure=Ref("fig-learning"))),
        drawn_figure("fig-gaps", figures.gaps(q.result(Trust)), caption),
    )


def _network(q: Quote, row: int) -> Paragraph:
    """Where the validation loss of the networks turned, in words."""
    frame = q.frame("trust.networks")
    record = frame.iloc[row]
    where = FEATURE_NAMES.get(str(frame.index[row]), str(frame.index[row]))
    start = prose(
        f"The networks on {where} have their smallest mean loss on the held-out samples, {{best}}, at epoch {{at}} of {{epochs}}",
        best=q.cell("trust.networks", row, "best_loss", fixed),
        at=q.cell("trust.networks", row, "best_epoch", count),
        epochs=q.cell("trust.networks", row, "epochs", count),
    )
    gap = prose(
        "At the end their accuracy on the training parts less that on the held-out samples is {gap}.",
        gap=q.cell("trust.networks", row, "gap", fixed),
    )
    if record["best_epoch"] >= 0.95 * record["epochs"]:
        return joined(start, prose("– at the end or close to it; more epochs might help."), gap)
    told = "a sign that they overfit from there on" if record["rise"] > 0.1 else "from there on they hardly get worse"
    end = prose(
        f"and end at {{last}}, {{rise}} above it: {told}.",
        rise=q.cell("trust.networks", row, "rise", percent),
        last=q.cell("trust.networks", row, "last_loss", fixed),
    )
    return joined(start, end, gap)


def _bias(q: Quote) -> tuple[Block, ...]:
    frame, path = q.frame("trust.bias"), "trust.bias"
    worst = int(frame["difference"].to_numpy().argmax())
    start = prose(
        "A common mistake chooses the genes on all training samples and cross-validates only the classifier {ambroise}. Here are both, "
        "over the same splits and with the same models: the difference is what the mistake would have added here ({figure}, {table}).",
        ambroise=Cite(("ambroise2002",)),
        figure=Ref("fig-bias"),
        table=Ref("tab-bias"),
    )
    most = prose(
        "The difference is largest, {difference} ({ci}), for {model}.",
        difference=q.cell(path, worst, "difference", fixed),
        ci=q.interval(path, worst),
        model=in_sentence(model_name(str(frame["model"].iloc[worst]), str(frame["features"].iloc[worst]))),
    )
    easy = frame["difference"].max() < 0.02 and frame["honest"].iloc[worst] > 0.9
    reading = prose(
        "Where the classes are this easy to tell apart little is left to be gained by cheating; that does not make it honest."
        if easy
        else "For all other cross-validated figures of this report the genes were chosen inside the training parts."
    )
    rows: tuple[Row, ...] = tuple(
        (
            model_name(str(frame["model"].iloc[row]), str(frame["features"].iloc[row])),
            q.cell(path, row, "honest", fixed),
            q.cell(path, row, "leaked", fixed),
            q.cell(path, row, "difference", fixed),
            q.interval(path, row),
            q.cell(path, row, "p", q.p),
        )
        for row in range(len(frame))
    )
    heads = ("Model", "Honest", "Genes seen", "Difference", confidence_level(q), q.p_letter)
    columns = tuple(Column(head, numeric=number > 0) for number, head in enumerate(heads))
    caption = prose(
        "Cross-validated balanced accuracy with genes chosen inside each training part (honest) and on all training samples (genes seen)."
    )
    drawn = prose(
        "What choosing the genes on all training samples (hollow) would have claimed, and the honest figure (filled)."
    )
    return (
        joined(start, most, reading),
        drawn_figure("fig-bias", figures.bias(q.result(Trust)), drawn),
        Table("tab-bias", caption, columns, rows),
    )


def _permutation(q: Quote) -> tuple[Block, ...]:
    found = q.result(Trust).permutation
    if not isinstance(found, LabelPermutation):
        return (prose("{reason}", reason=q.reason("trust.permutation")),)
    path = "trust.permutation"
    text = prose(
        f"The labels were permuted {{n}} {plural(found.count, 'time')}. Each time the whole path {{ojala}} of all {{eligible}} models that "
        "can be named was repeated (preparation, choice of genes,{tuning} fit), and one of them was named by the rule. The mean "
        "balanced accuracy of the named ones is then {mean}, and 95 % of the figures lie below {high}. With the true labels and the "
        "same scheme, one repeat of the cross-validation, the rule names {model}, with {observed}; {reached} of the permutations "
        f"{plural(found.at_least, 'reaches', 'reach')} that ({{p}}).",
        n=q(f"{path}.count", count),
        eligible=q(f"{path}.eligible", count),
        model=in_sentence(model_name(found.model, found.features)),
        tuning=" tuning," if len(q.result(Models).tuning) else "",
        ojala=Cite(("ojala2010",)),
        mean=q(f"{path}.mean", fixed),
        high=q(f"{path}.high", fixed),
        observed=q(f"{path}.observed", fixed),
        reached=q(f"{path}.at_least", lambda number: count(number) if number else "none"),
        p=q.p_equation(f"{path}.p"),
    )
    within = prose(
        "Samples of one {unit} exchanged their labels among themselves, or all got the label of another one.",
        unit=q(f"{path}.unit"),
    )
    caption = prose("Balanced accuracy of what the rule names under permuted labels, and under the true ones.")
    words = joined(text, within) if found.unit else text
    return (words, drawn_figure("fig-permutation", figures.permutation(found), caption))


def _learning(q: Quote) -> tuple[Block, ...]:
    frame, path = q.frame("trust.learning"), "trust.learning"
    last = len(frame) - 1
    text = prose(
        "On {share} of each training part, {few} samples, the named model reaches {before}; on all {many}, {after} ({figure}).",
        share=q.cell(path, last - 1, "share", rounded_percent),
        few=q.cell(path, last - 1, "samples", lambda n: count(round(n))),
        before=q.cell(path, last - 1, "estimate", fixed),
        many=q.cell(path, last, "samples", lambda n: count(round(n))),
        after=q.cell(path, last, "estimate", fixed),
        figure=Ref("fig-learning-curve"),
    )
    caption = prose(
        "The named model on growing training parts, with intervals; {splits} splits a point, the last {whole}.",
        splits=q.cell(path, 0, "splits", count),
        whole=q.cell(path, last, "splits", count),
    )
    return (joined(text, _ending(q)), drawn_figure("fig-learning-curve", figures.learning(q.result(Trust)), caption))


def _ending(q: Quote) -> Paragraph:
    """What the last two points of the learning curve allow to say."""
    frame = q.frame("trust.learning")
    before, after = frame.iloc[-2], frame.iloc[-1]
    change, half = after["estimate"] - before["estimate"], (after["ci_high"] - after["ci_low"]) / 2
    if math.isnan(half):
        return prose("The last point has no interval, so how the curve would go on cannot be told.")
    if abs(change) > half:
        more = (
            "still rises at its end: more samples would probably help."
            if change > 0
            else "falls at its end, which chance explains better than a harm done by more samples; it tells nothing of still more."
        )
        return prose(f"The curve {more}")
    if half <= _NARROW:
        return prose(
            "The curve is flat at its end: more samples of the same kind would probably change little, other ones may."
        )
    return prose(
        "The last step is smaller than the uncertainty of the last point ({ci}): whether more samples would help cannot be told "
        "from it.",
        ci=q.interval("trust.learning", len(frame) - 1),
    )


def _stability(q: Quote) -> Paragraph:
    trust = q.result(Trust)
    if math.isnan(trust.stability):
        return prose("There are no more genes than are chosen, so every training part chooses all of them.")
    text = prose(
        "The stability index of Nogueira, Sechidis and Brown {cite} is {value} ({ci}) over the gene sets of {sets} training parts: 0 is "
        "what random sets would have on average, 1 the same genes every time.",
        cite=Cite(("nogueira2018",)),
        value=q("trust.stability", two),
        ci=q.limits("trust.stability_low", "trust.stability_high", two),
        sets=q("trust.sets", count),
    )
    reading = (
        "excellent" if trust.stability > 0.75 else "intermediate to good" if trust.stability >= 0.4 else "poor"
    )  # Fleiss's limits for kappa, which the paper takes over
    caveat = prose(
        f"By the benchmarks that its authors give, that is {reading} agreement. The training parts overlap: parts without a common "
        "sample would probably agree less, and the interval, which takes the sets as independent, is too narrow. How often each gene "
        "was chosen stands in {table}.",
        table=Ref("tab-stability"),
    )
    return joined(text, caveat)


def _grain(q: Quote) -> Items:
    trust, models = q.result(Trust), q.result(Models)
    items = [
        prose(
            f"The smallest class, {{name}}, has {{size}} training {plural(trust.smallest_size, 'sample')}: one of them is about {{step}} of "
            "those in a fold, and moves the recall there by as much.",
            name=q("trust.smallest"),
            size=q("trust.smallest_size", count),
            step=q("trust.fold_step", rounded_percent),
        )
    ]
    if models.test:
        items.append(
            prose(
                f"One of {{n}} independent {plural(models.test, 'sample')} is {{step}}: a difference of that size in accuracy rests on a single "
                "sample.",
                n=q("models.test", count),
                step=q("models.test_step", percent),
            )
        )
    items += _checks(q)
    if models.grouped_by:
        items.append(
            prose(
                "Samples of one {name} were kept together in every split of the cross-validation, and in those inside the training "
                "parts.",
                name=q("models.grouped_by"),
            )
        )
    items.append(_adjusted(q))
    return Items(tuple(items))


def _checks(q: Quote) -> Iterator[Paragraph]:
    """What the checks of the cohort found, and that they found nothing where they looked."""
    quality, holdout = q.analysis.quality, q.analysis.settings["evaluation"]["holdout"]
    found = {finding.code: position for position, finding in enumerate(quality.findings)}
    looked = {"GR307": True, "GR308": True}
    looked["GR310"] = bool(q.result(Models).test) and not holdout
    looked["GR304"] = len(quality.covariates) > 0 and not {"GR305", "GR312"} & set(found)
    for code, absent in _ABSENT.items():
        if code in found:
            yield prose("{message} {code}", message=q.message(found[code]), code=Code(code))
        elif looked[code]:
            yield prose(absent)
    if not len(quality.covariates):
        yield prose(
            "The sample sheet has no covariate that divides the samples into groups, so whether such a one goes with the class could not "
            "be looked at."
        )


def _adjusted(q: Quote) -> Paragraph:
    differential = q.analysis.differential
    covariates = differential.covariates if isinstance(differential, Differential) else ()
    if not covariates:
        return prose(
            "The classifiers see nothing but expression: what differs along with the class may be what they recognise."
        )
    return prose(
        "The classifiers are not adjusted for {names}, only the tests are.", names=q.names("differential.covariates")
    )


def _hard(q: Quote) -> tuple[Block, ...]:
    frame, trust = q.frame("trust.hard"), q.result(Trust)
    if frame.empty:
        return (prose("No sample is missed by more than half of the {n} models.", n=q("trust.models", count)),)
    start = prose(
        f"{{missed}} {plural(trust.missed, 'sample is', 'samples are')} missed by more than half of the {{n}} models ({{table}}). "
        f"{plural(trust.missed, 'Its label, or what it is, deserves', 'Their labels, or what they are, deserve')} a second look "
        "before the models do.",
        missed=q("trust.missed", count),
        n=q("trust.models", count),
        table=Ref("tab-hard"),
    )
    sets = {"cv": "cross-validation", "test": "independent"}
    rows: tuple[Row, ...] = tuple(
        (
            Code(str(frame.index[row])),
            q.cell("trust.hard", row, "class"),
            sets[str(frame["set"].iloc[row])],
            q.cell("trust.hard", row, "missed", count),
        )
        for row in range(len(frame))
    )
    columns = (
        Column("Sample"),
        Column("Class"),
        Column("Set"),
        Column("Models wrong", numeric=True),
    )
    caption = prose(
        "Samples that more than half of the {n} models miss; in cross-validation, in over half of the repeats.",
        n=q("trust.models", count),
    )
    return (start, Table("tab-hard", caption, columns, rows))
