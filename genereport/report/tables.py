"""The tables of an analysis by the names they have in the data folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pandas as pd

from genereport.analyses import ANALYSES
from genereport.analyses.models.result import Models
from genereport.analyses.new_samples.result import Applied
from genereport.analyses.selection.result import Selection
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.analysis import Analysis


def tables(analysis: Analysis) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and content of every table that this analysis has, index as a column."""
    findings = [asdict(finding) for finding in analysis.quality.findings]
    yield "findings", pd.DataFrame(findings, columns=["code", "severity", "subject", "message"])
    for spec in ANALYSES:
        result = analysis.results.get(spec.name)
        if isinstance(result, spec.result):
            for name, make in spec.files.items():
                frame = make(result)
                if frame is not None:
                    yield name, _with_index(frame)
            yield from _of(result)
    if analysis.trend:
        yield "trend", analysis.trend.runs.reset_index()


def applied_tables(applied: Applied) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and content of every table of an application, index as a column; empty ones stand with their heads."""
    findings = [asdict(finding) for finding in applied.findings]
    yield "findings", pd.DataFrame(findings, columns=["code", "severity", "subject", "message"])
    yield "gate", applied.gate.measures
    yield "arrays", applied.arrays.reset_index()
    yield "shift", applied.shift.reset_index()
    yield "predictions", applied.predictions
    yield "metrics", applied.metrics
    yield "comparison", applied.comparison
    yield "calibration", applied.calibration


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with its index as its first column, if the index has a name."""
    return frame.reset_index() if frame.index.name else frame


def _of(result: object) -> Iterator[tuple[str, pd.DataFrame]]:
    """Tables that the analysis does not declare yet."""
    match result:
        case Selection():
            yield "stability", result.stability.reset_index()
        case Models():
            yield from _of_models(result)
        case Trust():
            yield from _of_trust(result)


def _of_models(models: Models) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "metrics", models.metrics
    yield "folds", models.by_fold
    yield "predictions", models.predictions
    yield "splits", _splits(models.predictions)
    yield "pairs", models.pairs
    yield "calibration", models.calibration
    yield from _unless_empty("tuning", models.tuning)


def _splits(predictions: pd.DataFrame) -> pd.DataFrame:
    """The fold of every sample in every repeat of the cross-validation; all models share the splits."""
    held_out = predictions.loc[predictions["set"] == "cv", ["sample", "repeat", "fold"]]
    return held_out.drop_duplicates(ignore_index=True)


def _of_trust(trust: Trust) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "selection_bias", trust.bias
    yield "gaps", trust.gaps
    yield "learning_curve", trust.learning.reset_index()
    if isinstance(trust.permutation, LabelPermutation):
        yield "label_permutations", trust.permutation.values.reset_index()


def _unless_empty(name: str, frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    if len(frame):
        yield name, frame
