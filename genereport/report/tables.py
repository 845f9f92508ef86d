"""The tables of an analysis by the names they have in the data folder."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from genereport.analyses import stored_analyses
from genereport.analyses.new_samples.result import Applied
from genereport.analyses.quality.tables import tabulate_findings
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis


def tables(analysis: Analysis) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and content of every table that this analysis has, index as a column."""
    for spec in stored_analyses():
        result = analysis.results.get(spec.name)
        if result is None or isinstance(result, Skipped):
            continue
        for name, make in spec.files.items():
            frame = make(result)
            if frame is not None:
                yield name, _with_index(frame)


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
