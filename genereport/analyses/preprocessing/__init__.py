"""Preprocessing."""

from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.spec import AnalysisSpec

SPEC = AnalysisSpec(
    name="preprocessing",
    title="Preprocessing",
    result=Preprocessing,
    needs=("quality",),
)
