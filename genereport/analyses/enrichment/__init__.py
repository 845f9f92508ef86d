"""Enrichment of marker classes and gene sets in the comparison."""

from genereport.analyses.enrichment.result import Enrichment
from genereport.analyses.enrichment.tables import SETS
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="enrichment",
    result=Enrichment,
    sections=(Section("enrichment", "Enrichment", "sec-known"),),
    tables=(SETS,),
    files={"gene_sets": lambda result: result.sets},
    needs=("differential",),
)
