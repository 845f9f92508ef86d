"""The analysis of a cohort as an explicit, ordered tuple of stages."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_info, threadpool_limits

from genereport.analyses import run_order, stored_analyses
from genereport.analyses.preprocessing.stage import AsRead, PreprocessingStage, measured, unscaled
from genereport.analyses.provenance import InputFile, Platform
from genereport.analyses.quality.stage import QualityStage
from genereport.analyses.result import Skipped
from genereport.analyses.stage import EarlyStage, Stage, StageContext, Upstream, stage_rng
from genereport.analysis import Analysis
from genereport.cohort.annotation import with_symbols
from genereport.cohort.class_checks import about_folds
from genereport.cohort.markers import read_knowledge
from genereport.cohort.model import Cohort, Source
from genereport.cohort.sex import infer_sex
from genereport.cohort.units import label_units, unit_column
from genereport.cohort.wording import opposed
from genereport.errors import CohortError, NotApplicable
from genereport.learn.models import CLASSIFIERS, Classifier, distinct, installed_models
from genereport.learn.resampling import stratified_holdout
from genereport.parallel import Backend, shared
from genereport.settings import Settings
from genereport.types import Codes
from genereport.versions import package_versions

FEWEST_LEFT = 2
"""Smallest number of training samples that each class must keep if an independent set is drawn."""

OnProgress = Callable[[str, int, int], None]
"""Called with the stage name, the work that is done and the work in all; with 0 and 0 when a stage starts."""


def make_stages(context: StageContext) -> tuple[Stage, ...]:
    """Return the stages of a preprocessed cohort, each after those whose results it reads."""
    done = ("quality", "preprocessing", *(() if context.planned else ("planned_contrasts",)))
    return tuple(spec.load_stage().make_stage(context) for spec in run_order() if spec.staged and spec.name not in done)


def analyse(
    cohort: Cohort,
    settings: Settings,
    *,
    jobs: int = -1,
    backend: Backend = "loky",
    scheduler: str | None = None,
    models: Iterable[Classifier] = (),
    progress: OnProgress | None = None,
) -> Analysis:
    """Run every stage; results depend only on the cohort, the settings, the models and the versions.

    Args:
        cohort: As `read_cohort` returns it.
        settings: Resolved settings.
        jobs: Number of processes that share the work; −1 for one per core.
        backend: Backend of joblib.
        scheduler: Address of the Dask scheduler, for the backend dask.
        models: The user's own classifiers, see `own_model`; those of installed packages are added automatically.
        progress: Called with the running stage and its progress.

    Returns:
        The analysis, with the result of every stage, or why it was skipped.

    Raises:
        SettingsError: GR006 if a user's own model cannot join; GR630 to GR633 if a Dask cluster cannot be used.
        CohortError: if the cohort cannot be analysed, or the markers or gene sets cannot be read.

    Example:
        Few trees and epochs, so that it takes seconds.

        >>> from genereport import read_settings
        >>> quick = ["evaluation.effort=quick", "models.trees=10", "models.epochs=2", "selection.candidates=60"]
        >>> found = analyse(cohort, read_settings(assignments=quick), jobs=1)
        >>> found.differential.tested, found.models.test
        (269, 34)
    """
    announce = progress or (lambda *_: None)
    classifiers = distinct((*CLASSIFIERS, *installed_models(), *models))
    knowledge = read_knowledge(settings.biomarkers, cohort.classes)
    cohort = replace(cohort, unit=unit_column(cohort.samples, settings, cohort.label))
    cohort = with_symbols(with_holdout(cohort, settings), knowledge.markers)
    cohort = replace(
        cohort, findings=(*cohort.findings, *knowledge.findings), sources=(*cohort.sources, *knowledge.sources)
    )
    # BLAS uses one thread everywhere: sums must not depend on how many processes share the cores.
    with threadpool_limits(1), shared(jobs, backend, scheduler):
        announce("quality", 0, 0)
        quality = QualityStage().run(cohort)
        announce("preprocessing", 0, 0)
        prepared, preprocessing = PreprocessingStage(settings.preprocess).run(cohort)
        counts = cohort.scale.name == "counts"
        ordered = make_stages(
            StageContext(settings, knowledge, counts, classifiers, partial(partial, announce), bool(cohort.contrasts))
        )
        sex = infer_sex(cohort, settings.preprocess)
        values = (measured(cohort, preprocessing), unscaled(cohort, preprocessing), AsRead(cohort))
        before = Upstream((quality, preprocessing, *values, sex))
        found = run_stages(ordered, prepared, before, settings.seed, announce)
    return Analysis(
        title=settings.report.title or f"{opposed(cohort.classes)}: gene-expression report",
        simulated=cohort.simulated,
        settings=settings.model_dump(mode="json"),
        inputs=input_files(cohort.sources),
        versions=package_versions(),
        platform=this_platform(),
        results={"quality": quality, "preprocessing": preprocessing, **found},
    )


def input_files(sources: Iterable[Source]) -> tuple[InputFile, ...]:
    """Return the files that were read, as results hold them."""
    return tuple(InputFile(source.role, source.name, source.size, source.sha256) for source in sources)


def run_stages(
    ordered: tuple[Stage, ...], cohort: Cohort, upstream: Upstream, seed: int, progress: OnProgress
) -> dict[str, Any]:
    """Run stages and return the results that belong to the analysis, by the name of their stage.

    Args:
        ordered: Stages in their order; each is given the results of earlier ones.
        cohort: The preprocessed cohort.
        upstream: Results that are known already.
        seed: Seed from which every stage derives its random numbers.
        progress: Called with the running stage and its progress.
    """
    begun = {stage.name: _begin(stage, cohort, upstream, seed) for stage in ordered if isinstance(stage, EarlyStage)}
    found: dict[str, Any] = {}
    for stage in ordered:
        progress(stage.name, 0, 0)
        finish = begun.pop(stage.name, None)
        result: object
        try:
            result = finish() if finish else stage.run(cohort, upstream, stage_rng(seed, stage.name))
        except NotApplicable as reason:
            result = Skipped(str(reason))
        found[stage.name] = result
        upstream = upstream.joined(result)
    return {spec.name: found[spec.name] for spec in stored_analyses() if spec.name in found}


def _begin(stage: EarlyStage, cohort: Cohort, upstream: Upstream, seed: int) -> Callable[[], object]:
    try:
        return stage.begin(cohort, upstream, stage_rng(seed, stage.name))
    except NotApplicable as reason:
        return partial(Skipped, str(reason))


def with_holdout(cohort: Cohort, settings: Settings) -> Cohort:
    """Set a stratified share aside as the independent set, if the cohort has none and the settings require one.

    Samples of one unit are not separated.

    Raises:
        CohortError: GR202 if whole units cannot be set aside without a class running out of training samples.
    """
    share = settings.evaluation.holdout
    if cohort.has_test or share == 0:
        return cohort
    seed = int(stage_rng(settings.seed, "holdout").integers(2**31))
    sets = np.full(len(cohort.samples), "train", dtype=object)
    units = _units(cohort, settings)
    sets[stratified_holdout(cohort.codes, share, seed, units)] = "test"
    counts = pd.crosstab(cohort.codes, sets).reindex(columns=["train", "test"], fill_value=0)
    short = (counts["train"] < FEWEST_LEFT) | (counts["test"] == 0)
    if units is not None and short.any():
        raise CohortError(
            "GR202",
            f"The samples of the class '{cohort.classes[int(short.to_numpy().argmax())]}' are of too few units to set "
            f"some aside by evaluation.holdout = {share:g} and to learn from the others.",
            "Leave it out, or add units of the class.",
        )
    drawn = cohort.samples.assign(set=pd.Series(sets, index=cohort.samples.index, dtype=str))
    cohort = replace(cohort, samples=drawn, drawn=True)
    return replace(cohort, findings=(*cohort.findings, *about_folds(cohort, settings)))


def _units(cohort: Cohort, settings: Settings) -> Codes | None:
    """Return the group of each sample, whose samples stay together as in the splits."""
    column = settings.evaluation.groups
    if column is None or column not in cohort.samples:
        return cohort.units
    return np.asarray(pd.factorize(label_units(cohort.samples[column]))[0], dtype=np.intp)


def this_platform() -> Platform:
    """Return the platform on which this process runs."""
    libraries = {f"{lib['internal_api']} {lib['version']}" for lib in threadpool_info() if lib["user_api"] == "blas"}
    return Platform(
        python=f"{platform.python_implementation()} {platform.python_version()}",
        system=f"{platform.system()} {platform.machine()}",
        blas=", ".join(sorted(libraries)) or "unknown",
    )
