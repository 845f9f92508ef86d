"""Preprocessing."""

from genereport.analyses.preprocessing.figures import describe_distributions, draw_distributions
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.spec import AnalysisSpec, Figure, Section

SPEC = AnalysisSpec(
    name="preprocessing",
    result=Preprocessing,
    sections=(Section("preprocessing", "Preprocessing", "sec-preprocessing"),),
    figures=(Figure("distributions", draw_distributions, describe_distributions),),
    needs=("quality",),
)
