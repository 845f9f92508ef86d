"""Comparison of classifiers."""

from genereport.analyses.models.result import Models
from genereport.analyses.spec import AnalysisSpec

SPEC = AnalysisSpec(
    name="models",
    title="Comparison of classifiers",
    result=Models,
    needs=("resampling",),
)
