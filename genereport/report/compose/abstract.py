"""The abstract: the key numbers with their intervals, and the caveats, in plain words."""

from __future__ import annotations

from genereport.report.document import Block, Note, Paragraph, joined, prose
from genereport.report.formats import count, fixed, general, interval, listing, plural
from genereport.report.names import in_sentence, model_name
from genereport.report.quote import Quote
from genereport.results import Biomarkers, Differential, Models


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
        sentences += [_models(q), _independent(q)]
    if isinstance(analysis.biomarkers, Biomarkers):
        sentences.append(_signature(q))
    blocks.append(joined(*sentences))
    warnings = [f for f in analysis.quality.findings if f.severity == "warning"]
    if warnings:
        blocks.append(joined(prose("Caveats."), *(prose("{message}", message=f.message) for f in warnings)))
    return tuple(blocks)


def _cohort(q: Quote) -> Paragraph:
    counts = q.analysis.quality.counts
    sizes = [f"{count(row.sum())} {name}" for name, row in counts.iterrows()]
    independent = int(counts["test"].sum())
    sets = f", {count(independent)} of them in an independent set" if independent else ""
    return prose(
        f"{{samples}} samples ({{sizes}}{sets}) with {{genes}} genes or probes were compared.",
        samples=q("quality.samples", count),
        sizes=listing(sizes),
        genes=q("quality.genes", count),
    )


def _tests(q: Quote) -> Paragraph:
    result = q.result(Differential)
    adjusted = f", adjusted for {listing(list(result.covariates))}," if result.covariates else ""
    return prose(
        f"Of {{tested}} testable genes, {{kept}} {plural(result.bonferroni, 'differs', 'differ')} between the classes{adjusted} after "
        f"Bonferroni’s correction (α = {general(result.alpha)}) and {{bh}} at the same false discovery rate.",
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


def _independent(q: Quote) -> Paragraph:
    models = q.result(Models)
    if models.test == 0:
        return prose("There is no independent set, so nothing is claimed of new samples.")
    row = _row(q, "test")
    return prose(
        "On the {n} independent samples, read once, its balanced accuracy is {estimate} ({ci}).",
        n=q("models.test", count),
        estimate=q.cell("models.metrics", row, "estimate", fixed),
        ci=_limits(q, row),
    )


def _row(q: Quote, which: str) -> int:
    named = q.result(Models).named
    frame = q.frame("models.metrics")
    chosen = (frame["model"] == named.model) & (frame["features"] == named.features) & (frame["set"] == which)
    return int(frame.index[chosen & (frame["metric"] == "balanced_accuracy")][0])


def _limits(q: Quote, row: int) -> str:
    frame = q.frame("models.metrics")
    level = general(100 * q.result(Differential).confidence)
    return f"{level} % CI {interval(frame['ci_low'].iloc[row], frame['ci_high'].iloc[row])}"


def _signature(q: Quote) -> Paragraph:
    frame = q.frame("biomarkers.signature").head(5)
    names = [symbol or gene for gene, symbol in zip(frame["gene"], frame["symbol"], strict=True)]
    return prose("The first genes of the signature are {genes}.", genes=listing(names))
