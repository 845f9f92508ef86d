"""This run beside earlier ones."""

from genereport.analyses.spec import AnalysisSpec, Section
from genereport.analyses.trend.result import Trend

SPEC = AnalysisSpec(
    name="trend",
    result=Trend,
    sections=(Section("trend", "Earlier runs", "sec-trend"),),
    staged=False,
)
