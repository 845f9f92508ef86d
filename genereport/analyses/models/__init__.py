"""Comparison of classifiers."""

from genereport.analyses.models.result import Models
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="models",
    result=Models,
    sections=(
        Section("models", "Comparison of classifiers", "sec-models"),
        Section("independent", "Independent set", "sec-independent"),
    ),
    needs=("resampling",),
)
