"""Preprocessing."""

from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="preprocessing",
    result=Preprocessing,
    sections=(Section("preprocessing", "Preprocessing", "sec-preprocessing"),),
    needs=("quality",),
)
