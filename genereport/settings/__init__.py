"""Frozen settings: what can be set, and how the layers of settings become one."""

from __future__ import annotations

from genereport.settings.model import (
    LABEL_PERMUTATIONS,
    PERMUTATIONS,
    REPEATS,
    BiomarkerSettings,
    CohortSettings,
    Collapse,
    CompareSettings,
    ComponentSettings,
    DifferentialSettings,
    Effort,
    EvaluationSettings,
    ModelSettings,
    PreprocessSettings,
    ReportSettings,
    RunSettings,
    SelectionSettings,
    Settings,
    fields,
    named_inputs,
    setting_names,
    value,
)
from genereport.settings.resolution import read_settings, resolve

__all__ = [
    "LABEL_PERMUTATIONS",
    "PERMUTATIONS",
    "REPEATS",
    "BiomarkerSettings",
    "CohortSettings",
    "Collapse",
    "CompareSettings",
    "ComponentSettings",
    "DifferentialSettings",
    "Effort",
    "EvaluationSettings",
    "ModelSettings",
    "PreprocessSettings",
    "ReportSettings",
    "RunSettings",
    "SelectionSettings",
    "Settings",
    "fields",
    "named_inputs",
    "read_settings",
    "resolve",
    "setting_names",
    "value",
]
