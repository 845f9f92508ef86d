"""The abstract: the key numbers with their intervals, and the caveats, in plain words."""

from __future__ import annotations

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.differential.result import Differential
from genereport.analyses.models.result import Models
from genereport.analyses.result import Skipped
from genereport.formats import count, fixed, general, plural
from genereport.names import in_sentence, model_name
from genereport.report.compose.parts import fewer_folds, warnings
from genereport.report.document import Block, Inline, Note, Paragraph, Phrase, joined, prose
from genereport.report.quote import Quote, listed, whole_percent


def compose_abstract(q: Quote) -> tuple[Block, ...]:
    """Cohort, tests, models, markers, caveats."""
    analysis = q.analysis
    blocks: list[Block] = []
    if analysis.simulated:
        blocks.append(
            Note("warning", prose("This cohort is simulated. No patient is behind any number of this report."))
        )
    sentences = [_cohort(q)]
    if isinstance(analysis.differential, Differential):
        sentences.append(_tests(q))
    if isinstance(analysis.models, Models):
        sentences += [_models(q), *fewer_folds(q), _independent(q)]
    else:
        sentences.append(_no_models(q))
    if isinstance(analysis.biomarkers, Biomarkers):
        sentences.append(_signature(q))
    blocks.append(joined(*sentences))
    told = analysis.models.skipped if isinstance(analysis.models, Skipped) else ""
    caveats = warnings(q, but=told)
    if caveats:
        blocks.append(joined(prose("Caveats."), *caveats))
    return tuple(blocks)


def _cohort(q: Quote) -> Paragraph:
    sets = ", {independent} of them in an independent set" if q.analysis.quality.test else ""
    return prose(
        f"The cohort has {{samples}} samples ({{sizes}}{sets}) and {{genes}} genes or probes.",
        samples=q("quality.samples", count),
        sizes=q.class_sizes(),
        independent=q("quality.test", count),
        genes=q("quality.genes", count),
    )


def _tests(q: Quote) -> Paragraph:
    result = q.result(Differential)
    adjusted = ", adjusted for {names}," if result.covariates else ""
    return prose(
        f"Of {{tested}} {plural(result.tested, 'gene')} tested on the training samples, {{kept}} {plural(result.bonferroni, 'differs', 'differ')} significantly "
        f"between the classes{adjusted} after Bonferroni’s correction (α = {{alpha}}), and {{bh}} at a false discovery rate of {{rate}}.",
        rate=q("differential.alpha", whole_percent),
        names=q.names("differential.covariates"),
        alpha=q("differential.alpha", general),
        tested=q("differential.tested", count),
        kept=q("differential.bonferroni", count),
        bh=q("differential.bh", count),
    )


def _models(q: Quote) -> Paragraph:
    named = q.result(Models).named
    row = _row(q, "cv")
    told = prose(
        "Named by a rule fixed beforehand, {model} reaches a cross-validated balanced accuracy of {estimate} ({ci}).",
        model=in_sentence(model_name(named.model, named.features)),
        estimate=q.cell("models.metrics", row, "estimate", fixed),
        ci=_limits(q, row),
    )
    if named.beats_floor:
        return told
    floor = "That is not detectably better than predicting the majority class: nothing is shown to have been learned."
    return joined(told, prose(floor))


def _no_models(q: Quote) -> Paragraph:
    return prose(
        "No classifier was compared, and nothing is claimed of how well the classes can be predicted. {reason}",
        reason=q.reason("models"),
    )


def _independent(q: Quote) -> Paragraph:
    models = q.result(Models)
    if models.test == 0:
        return prose("There is no independent set, so nothing is claimed of new samples.")
    row = _row(q, "test")
    return prose(
        f"On the {{n}} independent {plural(models.test, 'sample')}, predicted once, its balanced accuracy is {{estimate}} ({{ci}}).",
        n=q("models.test", count),
        estimate=q.cell("models.metrics", row, "estimate", fixed),
        ci=_limits(q, row),
    )


def _row(q: Quote, which: str) -> int:
    named = q.result(Models).named
    where = {"model": named.model, "features": named.features, "set": which, "metric": "balanced_accuracy"}
    return q.row("models.metrics", **where)


def _limits(q: Quote, row: int) -> Inline:
    return Phrase((q.confidence(), " CI ", q.interval("models.metrics", row)))


def _signature(q: Quote) -> Paragraph:
    path = "biomarkers.signature"
    symbols = q.frame(path)["symbol"].head(5)
    names = [q.cell(path, row, "symbol" if symbol else "gene") for row, symbol in enumerate(symbols)]
    ranked = "" if len(q.result(Biomarkers).methods) > 1 else ", ranked by p-value alone,"
    return prose(f"The first genes of the signature{ranked} are {{genes}}.", genes=listed(names))
