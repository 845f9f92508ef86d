"""Marker classes and gene sets held against the comparison."""

from genereport.analyses.enrichment.result import Enrichment
from genereport.analyses.spec import AnalysisSpec

SPEC = AnalysisSpec(
    name="enrichment",
    title="Known biology",
    result=Enrichment,
    needs=("differential",),
)
