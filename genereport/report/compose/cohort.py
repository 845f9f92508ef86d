"""Sections on the cohort and its preprocessing."""

from __future__ import annotations

import math

from genereport.report import figures
from genereport.report.compose.parts import finding_note
from genereport.report.document import Block, Cite, Code, Column, Figure, Paragraph, Ref, Section, Table, joined, prose
from genereport.report.formats import count, fixed, general, percent, plural
from genereport.report.quote import Format, Quote


def compose_cohort(q: Quote) -> Section:
    """Who is in the cohort, what is known of the samples, and what a reader must know about them."""
    quality = q.analysis.quality
    blocks: list[Block] = [_intro(q), _counts(q)]
    if len(quality.covariates):
        blocks.append(_covariates(q))
    if quality.missingness.gaps:
        blocks += [_missing(q), _missing_table(q)]
    if quality.findings:
        blocks.append(prose("The following was noticed when the files were read."))
        blocks += [finding_note(q, position) for position in range(len(quality.findings))]
    return Section("sec-cohort", "Cohort", tuple(blocks))


def _intro(q: Quote) -> Paragraph:
    quality = q.analysis.quality
    start = prose(
        "The cohort holds {samples} samples and {genes} genes or probes ({table}). "
        "The values in the files run from {minimum} to {maximum}; {nonpositive} of them are not positive.",
        samples=q("quality.samples", count),
        genes=q("quality.genes", count),
        table=Ref("tab-counts"),
        minimum=q("quality.minimum", general),
        maximum=q("quality.maximum", general),
        nonpositive=q("quality.nonpositive", percent),
    )
    missing = (
        prose("No value is missing.")
        if quality.missing == 0
        else prose(f"{{n}} {plural(quality.missing, 'value is', 'values are')} missing.", n=q("quality.missing", count))
    )
    independent = (
        prose("The independent set has no part in any choice; it is read once, at the end.")
        if quality.test
        else prose(
            "There is no independent set: all figures come from cross-validation, and none is claimed of new samples."
        )
    )
    return joined(start, missing, independent)


def _counts(q: Quote) -> Table:
    columns = (Column("Class"), Column("Training", numeric=True), Column("Independent", numeric=True))
    spec: list[tuple[str, Format]] = [("class", str), ("train", count), ("test", count)]
    rows = q.rows("quality.counts", spec, range(len(q.analysis.quality.counts)))
    return Table("tab-counts", prose("Samples by class and set."), columns, rows)


def _covariates(q: Quote) -> Table:
    frame = q.analysis.quality.covariates
    classes = list(frame.columns[2:])
    heads = [Column("Covariate"), Column("Level"), Column("Set"), *(Column(name, numeric=True) for name in classes)]
    spec: list[tuple[str, Format]] = [
        ("covariate", str),
        ("level", str),
        ("set", str),
        *((name, count) for name in classes),
    ]
    caption = prose("Samples per class for every level of the covariates in the sample sheet.")
    return Table("tab-covariates", caption, tuple(heads), q.rows("quality.covariates", spec, range(len(frame))))


def _missing(q: Quote) -> Paragraph:
    """Whether values are missing as the class goes, and what is done about it."""
    result = q.analysis.quality.missingness
    several = ", with Bonferroni’s factor for the classes, each tested against the others" if len(q.classes) > 2 else ""
    genes = prose(
        f"Of the {{gaps}} {plural(result.gaps, 'gene', 'genes')} that some training samples have no value of, {{genes}} "
        f"{plural(result.genes, 'lacks', 'lack')} values as the class goes (Fisher’s exact test{several}, adjusted p below "
        "{alpha} after Benjamini and Hochberg {bh}; {table}).",
        gaps=q("quality.missingness.gaps", count),
        genes=q("quality.missingness.genes", count),
        alpha=q("quality.missingness.alpha", general),
        bh=Cite(("benjamini1995",)),
        table=Ref("tab-missing"),
    )
    samples = prose(
        "The samples’ shares of missing values are compared between the classes by the Kruskal–Wallis test: {p}.",
        p=q.p_equation("quality.missingness.p"),
    )
    handled = prose(
        "The tests leave missing values out, gene by gene, and compare the measured samples only. Elsewhere a missing value "
        "is replaced by the gene’s median over all classes, which draws the classes together where one of them lacks more "
        "values than another."
    )
    return joined(genes, *([] if math.isnan(result.p) else [samples]), handled)


def _missing_table(q: Quote) -> Table:
    columns = (
        Column("Class"),
        Column("Samples", numeric=True),
        Column("Values missing", numeric=True),
        Column("Genes", numeric=True),
    )
    spec: list[tuple[str, Format]] = [("class", str), ("samples", count), ("missing", percent), ("genes", count)]
    caption = prose(
        "Missing values in the training set by class. Genes: those whose missing values go with the class, each counted in "
        "the class that lacks the largest share."
    )
    positions = range(len(q.frame("quality.missingness.by_class")))
    return Table("tab-missing", caption, columns, q.rows("quality.missingness.by_class", spec, positions))


def compose_preprocessing(q: Quote) -> Section:
    """What was done to the values, with the shares that it touched."""
    drawn = figures.distributions(q.analysis.quality, q.analysis.preprocessing)
    caption = prose(
        "Distribution of each array, before (top) and after (bottom) preprocessing: median, quartiles (box) and 5 % to "
        "95 % range (whiskers)."
    )
    blocks = (_scale(q), _limits(q), _scaling(q), _testable(q), Figure("fig-distributions", drawn, caption))
    return Section("sec-preprocessing", "Preprocessing", blocks)


def _scale(q: Quote) -> Paragraph:
    steps = q.analysis.preprocessing
    return prose(
        "The values are taken to be on the {scale} scale: {reason}.",
        scale=Code(steps.scale),
        reason=q("preprocessing.scale_reason"),
    )


def _limits(q: Quote) -> Paragraph:
    steps = q.analysis.preprocessing
    parts = []
    if steps.floor is not None:
        parts.append(
            prose(
                "Values below {floor} were raised to it ({share} of all), as is customary for this kind of array {cite}.",
                floor=q("preprocessing.floor", general),
                share=q("preprocessing.floored", percent),
                cite=Cite(("dudoit2002",)),
            )
        )
    if steps.cap is not None:
        parts.append(
            prose(
                "Values above {cap} were lowered to it ({share}).",
                cap=q("preprocessing.cap", general),
                share=q("preprocessing.capped", lambda share: percent(share, 2)),
            )
        )
    logs = {
        "log2": "Then the base-2 logarithm was taken.",
        "log2 CPM": "Counts were turned into log2 counts per million, with half a count added.",
        "none": "The values are logarithms already and were used as they are.",
    }
    return joined(*parts, prose(logs[steps.log]))


def _scaling(q: Quote) -> Paragraph:
    steps = q.analysis.preprocessing
    if steps.array_scaling == "none":
        return prose("Arrays were not scaled against each other.")
    how = {
        "standardise": "Each array was centred and scaled by its own mean and standard deviation",
        "quantile": "Each array's values were replaced by normal quantiles of their ranks within the array",
    }
    return prose(
        how[steps.array_scaling] + ", and all were returned to log2 units by one constant location ({location}) and "
        "scale ({spread}), the medians over the training arrays. No array influences another.",
        location=q("preprocessing.location", fixed),
        spread=q("preprocessing.spread", fixed),
    )


def _testable(q: Quote) -> Paragraph:
    steps = q.analysis.preprocessing
    controls = prose(
        f"{{controls}} control {plural(steps.controls, 'probe was', 'probes were')} set aside.",
        controls=q("preprocessing.controls", count),
    )
    constant = (
        prose(
            "Every gene varies over the training samples: all {testable} can be tested.",
            testable=q("preprocessing.testable", count),
        )
        if steps.untestable == 0
        else prose(
            f"{{untestable}} further {plural(steps.untestable, 'gene does', 'genes do')} not vary over the training samples "
            "before array scaling and cannot be tested; {testable} can.",
            untestable=q("preprocessing.untestable", count),
            testable=q("preprocessing.testable", count),
        )
    )
    imputed = prose(
        f"{{missing}} missing {plural(steps.missing, 'value', 'values')} among them "
        f"{plural(steps.missing, 'is', 'are')} replaced by the gene's median, learnt anew on every training part.",
        missing=q("preprocessing.missing", count),
    )
    return joined(*([controls] if steps.controls else []), constant, *_probes(q), *([imputed] if steps.missing else []))


def _probes(q: Quote) -> tuple[Paragraph, ...]:
    steps = q.analysis.preprocessing
    if not steps.several:
        return ()
    rules = {
        "none": "each probe was analysed for itself",
        "median": "they were replaced by their median, array by array",
        "highest_mean": "the one with the highest mean stands for the gene, chosen anew on every training part",
        "highest_variance": "the one with the highest variance stands for the gene, chosen anew on every training part",
    }
    known = prose(
        f"{{n}} {plural(steps.several, 'gene', 'genes')} with a known symbol {plural(steps.several, 'has', 'have')} several probes; "
        f"{rules[steps.collapse]}.",
        n=q("preprocessing.several", count),
    )
    return (known,)
