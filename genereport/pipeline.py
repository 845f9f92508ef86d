"""From a cohort to its analysis: an explicit, ordered tuple of stages."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd
from joblib import parallel_config
from threadpoolctl import threadpool_limits

from genereport.cohort.annotation import with_symbols
from genereport.cohort.markers import Knowledge, read_knowledge
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.learn.resampling import SplitPlan, stratified_holdout
from genereport.results import Analysis, InputFile, Skipped
from genereport.settings import Settings
from genereport.stages.base import Stage, Upstream, stage_rng
from genereport.stages.biomarkers import BiomarkersStage
from genereport.stages.components import ComponentsStage
from genereport.stages.differential import DifferentialStage
from genereport.stages.known import KnownStage
from genereport.stages.models import ModelsStage
from genereport.stages.preprocessing import PreprocessingStage
from genereport.stages.quality import QualityStage
from genereport.stages.selection import SelectionStage

Progress = Callable[[str], None]

PACKAGES = (
    "genereport",
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "tensorflow",
    "keras",
    "joblib",
    "threadpoolctl",
    "pydantic",
    "jinja2",
    "weasyprint",
    "matplotlib",
)


def stages(settings: Settings, knowledge: Knowledge, *, counts: bool) -> tuple[Stage, ...]:
    """The analyses of a preprocessed cohort, in their order; each field of `results.Analysis` is one of them.

    Args:
        settings: Resolved settings.
        knowledge: Markers and gene sets.
        counts: Whether the values come from counts.
    """
    evaluation, tests = settings.evaluation, settings.tests
    seed = int(stage_rng(settings.seed, "splits").integers(2**31))
    plan = SplitPlan(evaluation.folds, settings.repeats, seed)
    selection, collapse = settings.selection, settings.preprocess.collapse
    return (
        DifferentialStage(tests, settings.permutations, counts, collapse),
        ComponentsStage(settings.components.variance),
        SelectionStage(plan, settings.preprocess.variance_quantile, selection.candidates, selection.genes, collapse),
        ModelsStage(
            plan,
            settings.models,
            settings.components.variance,
            evaluation.effort,
            tests.confidence,
            tests.alpha,
            evaluation.bootstrap,
            collapse,
        ),
        BiomarkersStage(knowledge.markers, settings.biomarkers.top, tests.alpha, settings.biomarkers.circular),
        KnownStage(
            knowledge.markers,
            knowledge.gene_sets,
            settings.biomarkers.gene_sets.name if settings.biomarkers.gene_sets else "",
            tests.alpha,
            tests.confidence,
            settings.biomarkers.circular,
        ),
    )


def analyse(cohort: Cohort, settings: Settings, *, jobs: int = -1, progress: Progress | None = None) -> Analysis:
    """Run every stage; the results depend on the cohort, the settings and the versions, not on `jobs`.

    Args:
        cohort: As `read_cohort` returns it.
        settings: Resolved settings.
        jobs: Processes that share the work; −1 for one per core.
        progress: Told the name of each stage as it starts.

    Raises:
        CohortError: if the cohort cannot be analysed, or the markers or gene sets cannot be read.
    """
    announce = progress or _silent
    knowledge = read_knowledge(settings.biomarkers, cohort.classes)
    cohort = with_symbols(_with_holdout(cohort, settings), knowledge.markers)
    cohort = replace(
        cohort, findings=(*cohort.findings, *knowledge.findings), sources=(*cohort.sources, *knowledge.sources)
    )
    # One BLAS thread everywhere: sums must not depend on how many processes share the cores.
    with threadpool_limits(1), parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1):
        announce("quality")
        quality = QualityStage().run(cohort)
        announce("preprocessing")
        prepared, preprocessing = PreprocessingStage(settings.preprocess).run(cohort)
        found = _run(
            stages(settings, knowledge, counts=cohort.scale.name == "counts"), prepared, settings.seed, announce
        )
    return Analysis(
        title=settings.report.title or _title(cohort),
        simulated=cohort.simulated,
        settings=settings.model_dump(mode="json"),
        inputs=tuple(InputFile(s.role, s.name, s.size, s.sha256) for s in cohort.sources),
        versions=_versions(),
        quality=quality,
        preprocessing=preprocessing,
        **found,
    )


def _title(cohort: Cohort) -> str:
    compared = " against ".join((cohort.target, cohort.reference))
    several = f"{', '.join(cohort.classes[:-1])} and {cohort.target}"
    return f"{compared if len(cohort.classes) == 2 else several}: gene-expression report"


def _silent(name: str) -> None:  # noqa: ARG001
    return None


def _run(ordered: tuple[Stage, ...], cohort: Cohort, seed: int, progress: Progress) -> dict[str, Any]:
    upstream, found = Upstream(), {}
    for stage in ordered:
        progress(stage.name)
        try:
            result = stage.run(cohort, upstream, stage_rng(seed, stage.name))
        except NotApplicable as reason:
            result = Skipped(str(reason))
        found[stage.name] = result
        upstream = upstream.joined(result)
    return found


def _with_holdout(cohort: Cohort, settings: Settings) -> Cohort:
    """Set a stratified share aside as the independent set, if the cohort has none and the settings ask for one."""
    share = settings.evaluation.holdout
    if cohort.has_test or share == 0:
        return cohort
    seed = int(stage_rng(settings.seed, "holdout").integers(2**31))
    sets = np.full(len(cohort.samples), "train", dtype=object)
    sets[stratified_holdout(cohort.codes, share, seed)] = "test"
    return replace(cohort, samples=cohort.samples.assign(set=pd.Series(sets, index=cohort.samples.index, dtype=str)))


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in PACKAGES}
