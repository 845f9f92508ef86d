"""Frozen models applied to new samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict

import pandas as pd

from genereport.analyses.new_samples.figures import (
    describe_arrays,
    describe_calibration,
    describe_cloud,
    describe_probabilities,
    describe_roc,
    describe_shift,
    draw_arrays,
    draw_calibration,
    draw_cloud,
    draw_probabilities,
    draw_roc,
    draw_shift,
)
from genereport.analyses.new_samples.result import Applied
from genereport.analyses.new_samples.tables import CHECKS, DEVELOPMENT, PREDICTIONS, RECALIBRATION
from genereport.analyses.spec import Figure, PageSpec, Section

PAGE = PageSpec(
    result=Applied,
    sections=(
        Section("model", "Model and samples", "sec-model"),
        Section("comparability", "Are the samples comparable?", "sec-comparability"),
        Section("predictions", "Predictions", "sec-predictions"),
        Section("performance", "Performance on the new samples", "sec-performance"),
        Section("methods", "Methods", "sec-methods"),
        Section("session", "Session info", "sec-session"),
    ),
    figures=(
        Figure("arrays", draw_arrays, describe_arrays),
        Figure("shift", draw_shift, describe_shift),
        Figure("cloud", draw_cloud, describe_cloud),
        Figure("probabilities", draw_probabilities, describe_probabilities),
        Figure("roc-applied", draw_roc, describe_roc),
        Figure("calibration-applied", draw_calibration, describe_calibration),
    ),
    tables=(CHECKS, PREDICTIONS, DEVELOPMENT, RECALIBRATION),
)


def _findings(applied: Applied) -> pd.DataFrame:
    rows = [asdict(finding) for finding in applied.findings]
    return pd.DataFrame(rows, columns=["code", "severity", "subject", "message"])


FILES: Mapping[str, Callable[[Applied], pd.DataFrame]] = {
    "findings": _findings,
    "gate": lambda applied: applied.gate.measures,
    "arrays": lambda applied: applied.arrays.reset_index(),
    "shift": lambda applied: applied.shift.reset_index(),
    "predictions": lambda applied: applied.predictions,
    "metrics": lambda applied: applied.metrics,
    "comparison": lambda applied: applied.comparison,
    "calibration": lambda applied: applied.calibration,
}
"""Tables of the data folder by name, with the index as a column; empty tables are written with their heads."""
