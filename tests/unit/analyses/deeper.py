"""One analysis of a small cohort with sexes, sites and patients, for the tests of what is built on the models."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.models.stage import ModelsStage
from genereport.analyses.preprocessing.stage import PreprocessingStage, measured, unscaled
from genereport.analyses.resampling.stage import ResamplingStage
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.model import Cohort
from genereport.cohort.sex import infer_sex
from genereport.learn.models import CLASSIFIERS
from genereport.settings import PreprocessSettings, Settings
from tests.factory import make_cohort, settings_of

QUICK = (
    "evaluation.effort=quick", "evaluation.folds=3", "evaluation.bootstrap=100", "tests.permutations=0",
    "models.trees=10", "models.epochs=5", "preprocess.variance_quantile=0", "selection.genes=10",
    "selection.candidates=40",
)  # fmt: skip

FAST = tuple(
    each
    for each in CLASSIFIERS
    if each.name in ("shrunken_centroids", "logistic_l1", "random_forest", "majority_class")
)


def make(patients: int = 0, classes: int = 2) -> Cohort:
    """26 training samples, or 27 of three classes, and 8 or 9 independent ones; sex genes show the sex.

    Args:
        patients: Number of samples of each patient; 0: no patients.
        classes: Number of classes.
    """
    sizes = {2: ((14, 12), (4, 4)), 3: ((9, 9, 9), (3, 3, 3))}[classes]
    cohort = make_cohort(*sizes, genes=60, effect=2.0)
    n = len(cohort.samples)
    male = np.arange(n) % 2 == 0
    for place, high in ((50, ~male), (51, male), (52, male)):
        cohort.expression.iloc[:, place] += np.where(high, 10.0, 0.0)
    genes = cohort.genes.assign(symbol=[*[""] * 50, "XIST", "RPS4Y1", "UTY", *[""] * 7])
    site = pd.Series(
        np.resize(["north", "south", "west", "north", "south"], n), index=cohort.samples.index, dtype=object
    )
    site.iloc[3] = None
    samples = cohort.samples.assign(sex=np.where(male, "male", "female"), site=site, age=np.arange(n) + 30.5)
    if patients:
        samples = samples.assign(patient=[f"p{number // patients}" for number in range(n)])
    return replace(cohort, genes=genes, samples=samples, unit="patient" if patients else "")


@cache
def upstream(patients: int = 0, classes: int = 2) -> tuple[Cohort, Upstream, Settings]:
    """The prepared cohort, the results up to the models, and the settings."""
    cohort, settings = make(patients, classes), settings_of(*QUICK)
    prepared, steps = PreprocessingStage(PreprocessSettings(scale="log2")).run(cohort)
    sex = infer_sex(cohort, settings.preprocess)
    found = Upstream((steps, measured(cohort, steps), unscaled(cohort, steps), sex))
    for stage in (DifferentialStage(settings), ResamplingStage(settings, FAST), ModelsStage(settings)):
        found = found.joined(stage.run(prepared, found, stage_rng(1, stage.name)))
    return prepared, found, settings
