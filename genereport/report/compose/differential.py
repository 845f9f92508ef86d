"""Section on the gene by gene comparison."""

from __future__ import annotations

from collections.abc import Iterator

from genereport.analyses.differential import interactive as live
from genereport.analyses.differential.figures import MOST_PAIRS
from genereport.analyses.differential.result import Differential
from genereport.analyses.result import Skipped
from genereport.formats import count, fixed, general, percent, plural
from genereport.names import UNIT_NAMES
from genereport.report import figures
from genereport.report.compose.gene_tables import contrast_table, effect_table, kept_table, top_table
from genereport.report.compose.parts import drawn_figure, without_partner
from genereport.report.document import Block, Code, Paragraph, Phrase, Ref, Section, joined, prose
from genereport.report.quote import Quote, listed, whole_percent

_TESTS = {
    "Welch t": "Welch’s t-test",
    "Student t": "Student’s t-test",
    "paired t": "Student’s paired t-test",
    "linear model t": "A linear model",
    "Welch F": "Welch’s one-way test, which does not assume equal variances,",
    "F": "The one-way analysis of variance",
    "linear model F": "A linear model",
}


def compose_differential(q: Quote) -> Section:
    """What was tested, what each adjustment keeps, how large the differences are."""
    result = q.result(Differential)
    blocks: list[Block] = [_tested(q), _kept(q), kept_table(q), _permuted(q), _nulls(q)]
    blocks.append(drawn_figure("fig-p", figures.p_values(result), _histogram()))
    blocks.append(drawn_figure("fig-volcano", figures.volcano(result), _volcano(q), live.volcano(result)))
    if len(result.classes) == 2:
        blocks.append(
            drawn_figure(
                "fig-ma", figures.ma(result), _ma(UNIT_NAMES[result.value_unit].change.capitalize()), live.ma(result)
            )
        )
        blocks += [
            top_table(q),
            _moderated(q),
            effect_table(q),
            drawn_figure("fig-effects", figures.effects(result), _effects(q)),
        ]
    else:
        blocks += [top_table(q), _moderated(q), _contrasts(), contrast_table(q)]
        blocks.append(drawn_figure("fig-contrasts", figures.contrast_volcanoes(result), _pairs(q)))
    return Section("sec-differential", "Differential expression", tuple(blocks))


def _tested(q: Quote) -> Paragraph:
    result = q.result(Differential)
    parts = [
        prose(
            f"{_TESTS[result.method]} compared {{sizes}} training samples in each of {{tested}} genes.",
            sizes=_sizes(q),
            tested=q("differential.tested", count),
        )
    ]
    if result.method == "paired t":
        parts.append(
            prose("Each sample was compared with its partner by {name}.", name=q("differential.covariates[0]"))
        )
        parts += without_partner(q)
    elif result.covariates:
        parts.append(
            prose(
                "The design {formula} adjusts the comparison for {names}: a difference is between samples that agree in "
                f"{plural(len(result.covariates), 'it', 'them')}.",
                formula=Code(result.design),
                names=q.names("differential.covariates"),
            )
        )
    parts += [*_units(q), *_stand_ins(q)]
    if result.degenerate:
        parts.append(
            prose(
                f"{{n}} further {plural(result.degenerate, 'gene does not vary over these samples or has', 'genes do not vary over these samples or have')} "
                "no value in a class, and got no p-value.",
                n=q("differential.degenerate", count),
            )
        )
    return joined(*parts)


def _units(q: Quote) -> Iterator[Paragraph]:
    """How alike samples of one unit are, where the tests allow for it."""
    result = q.result(Differential)
    if result.correlation is not None:
        yield prose(
            "Samples of one {unit} are correlated by {correlation}, the consensus of all genes, and the model allows for it.",
            unit=q("differential.unit"),
            correlation=q("differential.correlation", fixed),
        )
    elif result.unit and result.unit not in result.covariates:
        yield prose(
            "Too few samples share their {unit} to estimate how alike they are, so samples were taken as independent.",
            unit=q("differential.unit"),
        )


def _stand_ins(q: Quote) -> Iterator[Paragraph]:
    """Which genes were tested otherwise than the others."""
    stand_ins = q.result(Differential).stand_ins
    names = {
        "equal_variance": "the test of equal variances",
        "rank": "the rank test",
        "moderated": "limma’s moderated test",
    }
    used = [
        Phrase((f"{text} in ", q(f"differential.stand_ins.{name}", count)))
        for name, text in names.items()
        if getattr(stand_ins, name)
    ]
    if used:
        yield prose(
            "In {n} of the genes that test is not defined, for want of variance or of values in a class; there another stood "
            "in: {used}. The column {column} of {file} tells which.",
            n=q("differential.stand_ins.total", count),
            used=listed(used),
            column=Code("test"),
            file=Code("tables/differential.tsv"),
        )


def _sizes(q: Quote) -> Phrase:
    """Training samples per class: ``27 ALL and 11 AML``."""
    places = range(len(q.result(Differential).classes))
    path = "differential"
    return listed([Phrase((q(f"{path}.sizes[{i}]", count), " ", q(f"{path}.classes[{i}]"))) for i in places])


def _kept(q: Quote) -> Paragraph:
    result = q.result(Differential)
    kept = prose(
        f"At α = {{alpha}}, {{bonferroni}} {plural(result.bonferroni, 'gene keeps', 'genes keep')} "
        "significance after Bonferroni’s correction, {holm} after Holm’s, and {bh} at a false discovery rate of {rate} "
        "(Benjamini and Hochberg); {table} shows what the other adjustments keep.",
        alpha=q("differential.alpha", general),
        rate=q("differential.alpha", whole_percent),
        bonferroni=q("differential.bonferroni", count),
        holm=q("differential.holm", count),
        bh=q("differential.bh", count),
        table=Ref("tab-kept"),
    )
    if len(result.classes) > 2 or not result.bonferroni:
        return kept
    return joined(kept, _higher(q))


def _higher(q: Quote) -> Paragraph:
    """In which class the Bonferroni-significant genes are higher."""
    result = q.result(Differential)
    down = result.bonferroni - result.up
    if result.up and down:
        where = (
            f"Of the Bonferroni-significant ones, {{up}} {plural(result.up, 'is', 'are')} higher in {{target}} and the "
            f"{plural(down, 'other', 'others')} in {{reference}}."
        )
    else:
        all_of_it = plural(
            result.bonferroni, "The Bonferroni-significant one is", "All Bonferroni-significant ones are"
        )
        where = f"{all_of_it} higher in {'{target}' if result.up else '{reference}'}."
    return prose(
        f"{where} The column logFC holds the difference {{target}} − {{reference}} in {UNIT_NAMES[result.value_unit].units}.",
        up=q("differential.up", count),
        target=q("differential.classes[1]"),
        reference=q("differential.classes[0]"),
    )


def _permuted(q: Quote) -> Paragraph:
    permutations = q.result(Differential).permutations
    if isinstance(permutations, Skipped):
        return prose("There are no permutation p-values: {reason}", reason=q.reason("differential.permutations"))
    whole = "all " if permutations.complete else ""
    paired = permutations.statistic == "paired t"
    within = " within their pairs" if paired else ""
    alike = (
        "the differences within the pairs are symmetric about zero for a gene that does not differ"
        if paired
        else "the values of a gene that does not differ have one distribution in all classes, equal variances included"
    )
    words = prose(
        "The adjustment maxT of Westfall and Young holds the statistic of each gene against the largest one among this gene and those "
        f"that differ less, under {whole}{{n}} relabellings of the samples{within}. These keep the correlation of the genes, of which "
        f"Bonferroni’s correction makes no use. They take for granted that {alike}.",
        n=q("differential.permutations.count", count),
    )
    if permutations.genes < q.result(Differential).tested:
        left = prose(
            "Only the {n} genes with two values in every class took part.",
            n=q("differential.permutations.genes", count),
        )
        words = joined(words, left)
    if permutations.complete or permutations.min_p >= permutations.max_t:
        return words
    coarse = prose(
        "minP compares p-values that are themselves counted in relabellings. None can be below {smallest}, and many are equal, so here "
        "it keeps fewer genes than maxT; it needs many more relabellings than there are genes.",
        smallest=q("differential.permutations.smallest_p", general),
    )
    return joined(words, coarse)


def _nulls(q: Quote) -> Paragraph:
    return prose(
        "By the p-values in {figure}, an estimated {pi0} of the tested genes do not differ (Storey’s π0). The estimate tends to be too "
        "high, for genes that differ a little count as if they did not. It assumes that the p-values of genes that do not differ are "
        "uniform: a covariate behind the classes upsets that, and correlation between the genes makes the estimate unsteady.",
        figure=Ref("fig-p"),
        pi0=q("differential.pi0", percent),
    )


def _moderated(q: Quote) -> Paragraph:
    result = q.result(Differential)
    prior = result.moderation
    if isinstance(prior, Skipped):
        return prose("There are no moderated tests: {reason}", reason=q.reason("differential.moderation"))
    letter = "t" if len(result.classes) == 2 else "F"
    if prior.df is None:
        strength = prose(
            "The variances of the genes scatter no more than chance makes them, so limma’s moderated test gives all of them the "
            "prior variance {s0} (infinite prior degrees of freedom).",
            s0=q("differential.moderation.variance", fixed),
        )
    else:
        along = ", the median along its trend with the average expression," if prior.trend else ""
        strength = prose(
            f"limma’s moderated {letter} draws each gene’s variance towards the prior {{s0}}{along} with {{d0}} prior degrees of "
            "freedom. Both are estimated from the {genes} genes that vary and were tested, and from no others.",
            genes=q("differential.moderation.genes", count),
            s0=q("differential.moderation.variance", fixed),
            d0=q("differential.moderation.df", fixed),
        )
    kept = prose(
        f"{{bonferroni}} {plural(prior.bonferroni, 'gene is', 'genes are')} significant by it after Bonferroni’s correction, "
        "{bh} at the same false discovery rate.",
        bonferroni=q("differential.moderation.bonferroni", count),
        bh=q("differential.moderation.bh", count),
    )
    if not prior.robust:
        return joined(strength, kept)
    outliers = prose(
        f"{{n}} {plural(prior.outliers, 'gene has', 'genes have')} a variance too large to follow the prior and got less than half of "
        "the prior degrees of freedom.",
        n=q("differential.moderation.outliers", count),
    )
    return joined(strength, kept, outliers)


def _histogram() -> Paragraph:
    return prose(
        "Unadjusted p-values. Dashed: where the bars would stand on average if no gene differed; dotted: the part of that height which "
        "the genes that do not differ are estimated to fill."
    )


def _volcano(q: Quote) -> Paragraph:
    against = (
        "Volcano plot of the {tested} tested genes."
        if len(q.classes) == 2
        else "Strength of evidence against average expression for the {tested} tested genes."
    )
    return prose(f"{against} The line marks Bonferroni significance.", tested=q("differential.tested", count))


def _ma(change: str) -> Paragraph:
    return prose(
        f"{change} against average expression. A cloud that bends away from zero may come from differences between the arrays "
        "that depend on the intensity and were not removed, or from many genes that do differ."
    )


def _effects(q: Quote) -> Paragraph:
    result = q.result(Differential)
    limits = (
        "with intervals for each gene alone" if result.independent else "the first with intervals for each gene alone"
    )
    return prose(
        f"Size of the difference in the genes with the smallest p-values: {UNIT_NAMES[result.value_unit].change}, Hedges’ g and "
        f"the area under the ROC curve, {limits}. The genes were chosen for being extreme, so their effects tend to be "
        "overestimated."
    )


def _contrasts() -> Paragraph:
    return prose(
        "All pairs of classes are compared in {table}; {figure} draws them, and {file} holds every gene of every pair, with Holm’s "
        "correction over the pairs of a gene ({column}). {top} tells only whether any classes differ.",
        table=Ref("tab-contrasts"),
        figure=Ref("fig-contrasts"),
        file=Code("tables/contrasts.tsv"),
        column=Code("P.Holm.pairs"),
        top=Ref("tab-differential"),
    )


def _pairs(q: Quote) -> Paragraph:
    cut = f" The first {MOST_PAIRS} of them are drawn." if len(q.frame("differential.pairs")) > MOST_PAIRS else ""
    return prose(f"Volcano plots of the pairs of classes. The line marks Bonferroni significance within a pair.{cut}")
