"""The tables of an analysis by the names they have in the data folder."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from genereport.analyses import ANALYSES
from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.enrichment.result import Enrichment
from genereport.analyses.models import SPEC
from genereport.analyses.models.result import Models
from genereport.analyses.new_samples.result import Applied
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


def applied_tables(applied: Applied) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and content of every table of an application, index as a column; empty ones stand with their heads."""
    yield "findings", tabulate_findings(applied.findings)
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
        case Models():
            yield from _of_models(result)
        case Biomarkers():
            yield "signature", result.signature.reset_index()
            yield "biomarkers", result.matched.reset_index()
        case Enrichment():
            yield "gene_sets", result.sets.reset_index()


def _of_models(models: Models) -> Iterator[tuple[str, pd.DataFrame]]:
    for name, table_of in SPEC.files.items():
        table = table_of(models)
        if table is not None:
            yield name, table


def _unless_empty(name: str, frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    if len(frame):
        yield name, frame
