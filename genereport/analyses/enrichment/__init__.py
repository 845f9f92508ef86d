"""Marker classes and gene sets held against the comparison."""

from genereport.analyses.enrichment.result import Enrichment
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="enrichment",
    result=Enrichment,
    sections=(Section("enrichment", "Known biology", "sec-known"),),
    needs=("differential",),
)
