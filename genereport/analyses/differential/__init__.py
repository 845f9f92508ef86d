"""Differential expression."""

from genereport.analyses.differential.result import Differential
from genereport.analyses.spec import AnalysisSpec

SPEC = AnalysisSpec(
    name="differential",
    title="Differential expression",
    result=Differential,
    needs=("preprocessing",),
)
