"""The tables of an analysis by the names they have in the data folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pandas as pd

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.components.result import Components
from genereport.analyses.differential.result import Differential
from genereport.analyses.enrichment.result import Enrichment
from genereport.analyses.models.result import Models
from genereport.analyses.selection.result import Selection
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.analysis import Analysis


def tables(analysis: Analysis) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and content of every table that this analysis has, index as a column."""
    findings = [asdict(finding) for finding in analysis.quality.findings]
    yield "findings", pd.DataFrame(findings, columns=["code", "severity", "subject", "message"])
    for result in (
        analysis.differential,
        analysis.components,
        analysis.selection,
        analysis.models,
        analysis.trust,
        analysis.biomarkers,
        analysis.enrichment,
    ):
        yield from _of(result)
    if analysis.trend:
        yield "trend", analysis.trend.runs.reset_index()


def _of(result: object) -> Iterator[tuple[str, pd.DataFrame]]:
    match result:
        case Differential():
            yield "differential", result.table.reset_index()
            yield from _unless_empty("contrasts", result.contrasts.reset_index())
        case Components():
            yield "components", result.scores.reset_index()
        case Selection():
            yield "stability", result.stability.reset_index()
        case Models():
            yield from _of_models(result)
        case Trust():
            yield from _of_trust(result)
        case Biomarkers():
            yield "signature", result.signature.reset_index()
            yield "biomarkers", result.matched.reset_index()
        case Enrichment():
            yield "gene_sets", result.sets.reset_index()


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
