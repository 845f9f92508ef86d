"""Whole analyses of small cohorts, made once a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.preprocessing.stage import PreprocessingStage, unscaled
from genereport.analyses.result import Skipped
from genereport.analyses.stage import Upstream, stage_rng
from genereport.analysis import Analysis
from genereport.cohort.model import Cohort, Contrast, Exclusion, Scale
from genereport.cohort.simulate import Plan, simulated_cohort
from genereport.pipeline import analyse
from genereport.report.composition import compose
from genereport.report.document import Document
from genereport.settings import resolve
from tests.factory import make_cohort
from tests.once import once_a_run

QUICK = (
    "evaluation.effort=quick",
    "models.trees=20",
    "models.epochs=8",
    "selection.genes=12",
    "selection.candidates=60",
)

LEFT_OUT = (
    "replication", "components", "selection", "models", "named_model", "probabilities", "trust", "instability",
    "subgroups", "controls", "detectable", "biomarkers", "enrichment",
)  # fmt: skip
"""Results that `lean` lacks, so that its report is written within a second or two."""

NASTY = ("<script>alert(1)</script>", "$x_1$ & {{7*7}}", "=cmd()", "‮rtl" + "x" * 60, "{brace} 100%")
"""Names that must be printed as they are, and do nothing."""


def _run(cohort: Cohort, *settings: str) -> Analysis:
    return analyse(cohort, resolve(environment={}, assignments=[*QUICK, *settings]), jobs=1)


@once_a_run
def two_class() -> Analysis:
    """The simulated cohort with 500 genes: two classes, an independent set, markers, covariates."""
    return _run(simulated_cohort(1999, Plan(genes=500)))


@cache
def lean() -> Analysis:
    """The same without the models and what depends on them; for reports whose content does not matter."""
    return two_class().with_results(**dict.fromkeys(LEFT_OUT, Skipped("It is left out of the examples.")))


@once_a_run
def counts() -> Analysis:
    """Counts of two samples of each of twelve patients, and an independent set; tested by voom with quality weights."""
    return _run(_draw_counts(), "tests.sample_weights=true")


@once_a_run
def deseq2() -> Analysis:
    """The same counts as of independent samples, one of them an outlier, with DESeq2's test beside that of voom."""
    cohort = replace(_draw_counts(), unit="")
    cohort.expression.iloc[3, 5] = 90_000.0
    settings = resolve(environment={}, assignments=[*QUICK, "tests.counts=deseq2"])
    prepared, steps = PreprocessingStage(settings.preprocess).run(cohort)
    upstream = Upstream((steps, unscaled(cohort, steps)))
    found = DifferentialStage(settings, counts=True).run(prepared, upstream, stage_rng(1, "differential"))
    return counts().with_results(differential=found)


def _draw_counts() -> Cohort:
    rng = np.random.default_rng(15)
    cohort = make_cohort(train=(12, 12), test=(3, 3), genes=90, informative=1)
    mean = rng.gamma(1.0, 80.0, 90) * np.where((cohort.codes == 1)[:, None] & (np.arange(90) < 8), 3.0, 1.0)
    cohort.expression.iloc[:, :] = rng.negative_binomial(5, 5 / (5 + mean))
    cohort.expression.iloc[:, 80:] = 0.0
    patients = [f"p{number // 2}" for number in range(30)]
    return replace(
        cohort, scale=Scale("counts", "whole numbers"), samples=cohort.samples.assign(patient=patients), unit="patient"
    )


@once_a_run
def without_independent_set() -> Analysis:
    """Two classes and no independent set."""
    return _run(make_cohort(train=(14, 12), genes=80))


@once_a_run
def four_class() -> Analysis:
    """Four classes with an independent set."""
    return _run(make_cohort(train=(10, 9, 8, 7), test=(3, 3, 3, 3), genes=80), "evaluation.instability=2")


@once_a_run
def paired() -> Analysis:
    """Samples of either class of eleven patients, one of two others; one of the two probes of a gene is used."""
    cohort = make_cohort(train=(12, 12), genes=80)
    symbols = [f"S{number // 2}" for number in range(80)]
    patients = [f"p{number}" for number in range(12)]
    paired = replace(
        cohort,
        samples=cohort.samples.assign(patient=[*patients, *patients[:11], "p12"]),
        genes=cohort.genes.assign(symbol=symbols),
    )
    return _run(paired, "preprocess.collapse=highest_mean")


@once_a_run
def nasty() -> Analysis:
    """Names of genes, classes, samples, covariates and the title that try to break out; a value is missing."""
    cohort = make_cohort(train=(12, 11), test=(4, 3), genes=70, effect=3)
    genes = [NASTY[i] if i < len(NASTY) else gene for i, gene in enumerate(cohort.genes.index)]
    names = {"A": "<b>A</b>", "B": "$B$"}
    samples = cohort.samples.assign(**{"class": cohort.samples["class"].map(names), "<i>": "x", "{y}": "a"})
    samples.iloc[::2, samples.columns.get_loc("{y}")] = "=b"
    samples.index = expression_index = cohort.expression.index.map(lambda name: f"={name}").rename("sample")
    expression = cohort.expression.set_axis(expression_index).set_axis(genes, axis=1).rename_axis(columns="gene")
    expression.iloc[0, 1] = float("nan")
    spoilt = replace(
        cohort,
        expression=expression,
        samples=samples,
        genes=cohort.genes.set_axis(genes).rename_axis("gene").assign(symbol=["<u>"] + [""] * 69),
        classes=("<b>A</b>", "$B$"),
        excluded=(
            Exclusion("unlisted", ("<s 1>",), ("",), "no row in '<sheet> & more.tsv'"),
            Exclusion("filter", ("=s2", "s3"), ("$B$", "<b>A</b>"), 'the filter `<i>` != "{y}" does not hold'),
        ),
        contrasts=(
            Contrast("<u>1</u>", "{y}", "=b", "a", ("class",)),
            Contrast("$2$", "class", "<b>A</b>", "$B$"),
            Contrast("{{3}}", "{y}", "a", "<b>c</b>"),
        ),
    )
    return _run(spoilt, 'report.title="<h1>T</h1> {{7*7}}"')


@once_a_run
def three_against_three() -> Analysis:
    """Too few samples for a cross-validation."""
    return _run(make_cohort(train=(3, 3), genes=60, effect=4))


@once_a_run
def two_against_two() -> Analysis:
    """As few as a report is written for, with independent samples that no model is there to read."""
    return _run(make_cohort(train=(2, 2), test=(1, 1), genes=60, effect=4))


@once_a_run
def four_against_four() -> Analysis:
    """As few as are cross-validated; in fewer folds than were asked for."""
    return _run(make_cohort(train=(4, 4), genes=60, effect=4), "evaluation.folds=9", "models.patience=2")


@cache
def composed(analysis: Callable[[], Analysis]) -> Document:
    """The document of one of the analyses above; made once, for its figures take seconds."""
    return compose(analysis())
