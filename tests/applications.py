"""Frozen models of the analyses in `tests.analyses` applied to new samples, made once a session."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from genereport.analyses.models.result import Models
from genereport.analyses.new_samples.result import Applied
from genereport.analysis import Analysis
from genereport.cohort.model import Cohort
from genereport.cohort.simulate import Plan, simulated_cohort
from genereport.runs.apply import Query, apply_model
from genereport.settings import resolve
from tests import analyses
from tests.factory import make_cohort
from tests.once import folder_once_a_run, once_a_run

SEED = 1999


def newcomers(batch: float = 0.35) -> Cohort:
    """The independent set that goes with `analyses.two_class`, with another shift between the sets.

    The training set is the same for every shift: the simulation draws the same numbers.
    """
    return simulated_cohort(SEED, Plan(genes=500, batch=batch)).subset("test")


def write_model(analysis: Analysis, folder: Path) -> Path:
    """The frozen models as the report leaves them, in ``folder/model``."""
    assert isinstance(analysis.models, Models)
    (folder / "model").mkdir(parents=True)
    for name, content in analysis.models.bundle.contents.items():
        (folder / "model" / name).write_bytes(content)
    return folder / "model"


def model() -> Path:
    """The folder of the models of `analyses.two_class`."""
    return folder_once_a_run("model", lambda folder: write_model(analyses.two_class(), folder)) / "model"


def model_of_four() -> Path:
    """The folder of the models of `analyses.four_class`."""
    return folder_once_a_run("model_of_four", lambda folder: write_model(analyses.four_class(), folder)) / "model"


def run(
    expression: pd.DataFrame,
    samples: pd.DataFrame | None = None,
    *settings: str,
    override: tuple[str, ...] = (),
    bundle: Path | None = None,
) -> Applied:
    """Apply a model to samples × genes, with a sheet or without."""
    with tempfile.TemporaryDirectory() as name:
        matrix, sheet = Path(name) / "new.tsv", Path(name) / "sheet.tsv"
        expression.T.to_csv(matrix, sep="\t")
        if samples is not None:
            samples.drop(columns="set", errors="ignore").to_csv(sheet, sep="\t")
        query = Query(bundle or model(), matrix, sheet if samples is not None else None, None, override)
        return apply_model(query, resolve(environment={}, assignments=settings))


def cohort(found: Cohort, *settings: str, override: tuple[str, ...] = (), bundle: Path | None = None) -> Applied:
    """Apply a model to a cohort with its labels."""
    return run(found.expression, found.samples, *settings, override=override, bundle=bundle)


@once_a_run
def applied() -> Applied:
    """The independent set of the simulated cohort, with its labels."""
    return cohort(newcomers())


@once_a_run
def unlabelled() -> Applied:
    """The same without labels."""
    return run(newcomers().expression)


@once_a_run
def withheld() -> Applied:
    """The same as logarithms, which the model does not start from."""
    new = newcomers()
    return run(np.log2(new.expression.clip(lower=100)), new.samples)


@once_a_run
def overridden() -> Applied:
    """The same, predicted nevertheless."""
    new = newcomers()
    return run(np.log2(new.expression.clip(lower=100)), new.samples, override=withheld().gate.stopping)


@once_a_run
def four_class() -> Applied:
    """Four classes, one label missing, a gene missing, a value missing."""
    found = make_cohort(train=(10, 9, 8, 7), test=(6, 5, 4, 3), genes=80).subset("test")
    expression = found.expression.drop(columns="g070")
    expression.iloc[0, 3] = np.nan
    samples = found.samples.assign(**{"class": ["", *found.samples["class"].iloc[1:]]})
    return run(expression, samples, "apply.missing=0.2", bundle=model_of_four())
