"""The plan of an analysis, without running it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from threadpoolctl import threadpool_limits

from genereport.analyses import run_order
from genereport.analyses.preprocessing.stage import PreprocessingStage
from genereport.analyses.stage import Plan, PlanContext
from genereport.cohort.annotation import with_symbols
from genereport.cohort.folds import effective_folds, smallest_class, split_column, why_too_few
from genereport.cohort.markers import read_knowledge
from genereport.cohort.model import Cohort
from genereport.cohort.units import unit_column
from genereport.learn.models import CLASSIFIERS, distinct, installed_models
from genereport.pipeline import with_holdout
from genereport.settings import Settings


@dataclass(frozen=True)
class Step:
    """One stage of an analysis.

    Attributes:
        stage: Name of the stage.
        does: What it would do, in words.
        left_out: What it would leave out and why, as far as this is known beforehand; empty if nothing.
    """

    stage: str
    does: str
    left_out: str = ""


def plan_analysis(cohort: Cohort, settings: Settings) -> tuple[Step, ...]:
    """Return the stages that `analyse` would run.

    Args:
        cohort: As `read_cohort` returns it.
        settings: Resolved settings.

    Raises:
        CohortError: GR204 no gene varies, or the markers or gene sets cannot be read.
        SettingsError: GR006 a user's own model cannot join.
    """
    classifiers = distinct((*CLASSIFIERS, *installed_models()))
    knowledge = read_knowledge(settings.biomarkers, cohort.classes)
    drawn = not cohort.has_test
    cohort = replace(cohort, unit=unit_column(cohort.samples, settings, cohort.label))
    cohort = with_symbols(with_holdout(cohort, settings), knowledge.markers)
    with threadpool_limits(1):
        prepared, preprocessing = PreprocessingStage(settings.preprocess).run(cohort)
    train = cohort.subset("train")
    smallest = smallest_class(train.samples, cohort.classes, split_column(train, settings))
    asked = settings.evaluation.folds
    folds = effective_folds(smallest.size, asked)
    too_few = "" if folds else why_too_few(smallest, asked)
    context = PlanContext(settings, cohort, drawn, prepared, preprocessing, knowledge, classifiers, folds, too_few)
    steps = []
    for spec in run_order():
        if spec.staged:
            found: Plan | None = spec.load_stage().plan_stage(context)
            if found is not None:
                steps.append(Step(spec.name, found.does, found.left_out))
    return tuple(steps)
