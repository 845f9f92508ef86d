"""Sections on the cohort and its preprocessing."""

from __future__ import annotations

import math

from genereport.analyses.models.result import Models
from genereport.formats import count, fixed, general, percent, plural
from genereport.names import scale_name
from genereport.report import figures
from genereport.report.compose.parts import drawn_figure, finding_note
from genereport.report.document import Block, Cite, Column, Paragraph, Ref, Section, Table, joined, prose
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
    return joined(start, missing, _independent(q))


def _independent(q: Quote) -> Paragraph:
    """What the independent set is for, or what its absence means."""
    judged = isinstance(q.analysis.models, Models)
    if q.analysis.quality.test:
        read = "the models predict it once, at the end" if judged else "with no model to judge, it is not predicted"
        return prose(f"The independent set has no part in any choice: {read}. Checks and figures show its values.")
    if not judged:
        return prose("There is no independent set, and nothing is claimed of new samples.")
    return prose(
        "There is no independent set: the figures of the classifiers come from cross-validation, and none is claimed of new samples."
    )


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
    caption = prose("Samples per class for every level of the covariates that divide the samples into groups.")
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
        "Distribution of each array, before preprocessing (top, all genes) and after it (bottom, genes that can be tested): median, "
        "quartiles (box) and 5 % to 95 % range (whiskers)."
    )
    figure = drawn_figure("fig-distributions", drawn, caption)
    told = (_scale(q), *_limits(q), _testable(q), *_scaling(q), *_expressed(q), _left(q))
    steps: tuple[Block, ...] = (*told, figure)
    return Section("sec-preprocessing", "Preprocessing", steps)


def _scale(q: Quote) -> Paragraph:
    sure = {
        "clear": "The values are {what}: {reason}.",
        "likely": "The values are most likely {what}: {reason}.",
        "ambiguous": "The values were taken to be {what}: {reason}.",
    }
    steps = q.analysis.preprocessing
    told = prose(sure[steps.scale_sure], what=scale_name(steps.scale), reason=q("preprocessing.scale_reason"))
    cited = {"du": Cite(("du2010",))} if steps.log == "M-value" else {}
    return joined(told, prose(_LOGARITHMS[steps.log], **cited))


_LOGARITHMS = {
    "log2": "Their base-2 logarithm was analysed.",
    "log2 CPM": "Counts were turned into log2 counts per million: half a count was added, and one to the total of a sample.",
    "log2(x + 1)": "One was added to each, and the base-2 logarithm taken.",
    "M-value": "They were kept between 0.001 and 0.999 and turned into M-values, log2(β / (1 − β)) {du}.",
    "from ln": "They were multiplied by log2(e), which makes them base-2 logarithms.",
    "from log10": "They were multiplied by log2(10), which makes them base-2 logarithms.",
    "none": "They were analysed as they are.",
}


def _limits(q: Quote) -> tuple[Paragraph, ...]:
    steps = q.analysis.preprocessing
    parts = []
    if steps.floor is not None:
        parts.append(
            prose(
                "Before the logarithm, values below {floor} were raised to it ({share} of all), as is often done with "
                "intensities from which the background was subtracted {cite}.",
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
    return (joined(*parts),) if parts else ()


def _expressed(q: Quote) -> tuple[Paragraph, ...]:
    steps = q.analysis.preprocessing
    if steps.expression_rule == "none":
        return ()
    rule = {
        "above_floor": "lies above the {floor} in at least {fewest} training samples {cite}",
        "fold_range": "has max/min > 5 and max − min > 500 over the training samples {cite}",
    }[steps.expression_rule]
    words = {
        "above_floor": "The number follows from the smallest class: its size up to ten, and 70 % of what it has beyond ten.",
        "fold_range": "Both are taken in the unit of the file, after floor and cap.",
    }[steps.expression_rule]
    cite = Cite(("chen2016",) if steps.expression_rule == "above_floor" else ("dudoit2002",))
    which = "floor" if steps.array_scaling == "none" else "common floor"
    rule = rule.replace("{floor}", which)
    kept = prose(
        f"A gene counts as expressed if it {rule}. {words} {{n}} {plural(steps.unexpressed, 'gene was', 'genes were')} set "
        "aside by this rule. For the models the rule is applied anew to the training part of every split.",
        fewest=q("preprocessing.fewest_expressed", count),
        cite=cite,
        n=q("preprocessing.unexpressed", count),
    )
    return (kept,)


def _scaling(q: Quote) -> tuple[Paragraph, ...]:
    steps = q.analysis.preprocessing
    if steps.array_scaling == "none":
        return (prose("Arrays were not scaled against each other."),)
    how = {
        "stable_genes": "Arrays were shifted against each other by {basis} genes that vary least between the training "
        "arrays, which were found without a look at the classes: by the median difference of these genes from their "
        "medians. Genes that differ between the classes thus have hardly any part in the shift.",
        "standardise": "From each array the median of {basis} genes was subtracted, and the rest was divided by their median "
        "absolute deviation (times 1.4826); all arrays were then multiplied by {spread} and shifted by {location}, the "
        "medians over the training arrays of these deviations and medians. Where many genes differ in one direction, this "
        "moves the others.",
        "quantile": "Each array’s values were replaced by normal quantiles of their ranks among {basis} genes; all arrays "
        "were then multiplied by {spread} and shifted by {location}, the medians over the training arrays of their median "
        "absolute deviation (times 1.4826) and of their median.",
    }[steps.array_scaling]
    quoted = {
        "basis": q("preprocessing.scaled_by", count),
        "location": q("preprocessing.location", fixed),
        "spread": q("preprocessing.spread", fixed),
    }
    moved = prose(how, **{name: value for name, value in quoted.items() if f"{{{name}}}" in how})
    if steps.common_floor is None:
        return (moved,)
    floor = prose(
        "Scaling moves the floor of one array against that of another, and a gene that lies at the floor would then differ "
        "wherever the arrays do. So all values were raised to one common floor, {floor} in log2, the highest to which the "
        "floor of a training array came; arrays that are far darker than the others do not count.",
        floor=q("preprocessing.common_floor", fixed),
    )
    return (joined(moved, floor),)


def _testable(q: Quote) -> Paragraph:
    steps = q.analysis.preprocessing
    controls = prose(
        f"{{controls}} control {plural(steps.controls, 'probe was', 'probes were')} set aside.",
        controls=q("preprocessing.controls", count),
    )
    constant = (
        prose(f"Every {'other ' if steps.controls else ''}gene varies over the training samples.")
        if steps.untestable == 0
        else prose(
            f"{{untestable}} further {plural(steps.untestable, 'gene does', 'genes do')} not vary over the training samples "
            "before arrays are scaled and cannot be tested.",
            untestable=q("preprocessing.untestable", count),
        )
    )
    return joined(*([controls] if steps.controls else []), constant, *_probes(q))


def _left(q: Quote) -> Paragraph:
    """The genes that the tests get, and their missing values."""
    steps = q.analysis.preprocessing
    left = prose(
        f"{{testable}} {plural(steps.testable, 'gene is', 'genes are')} left for the tests.",
        testable=q("preprocessing.testable", count),
    )
    if not steps.missing:
        return left
    replaced = "components replace them by the gene's median"
    if isinstance(q.analysis.models, Models):
        replaced = "components and models replace them by the gene's median, learnt anew on every training part"
    imputed = prose(
        f"{{missing}} {plural(steps.missing, 'value', 'values')} of these genes {plural(steps.missing, 'is', 'are')} missing. "
        f"The tests leave them out; {replaced}.",
        missing=q("preprocessing.missing", count),
    )
    return joined(left, imputed)


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
