"""This run beside earlier ones."""

from genereport.analyses.spec import AnalysisSpec
from genereport.analyses.trend.result import Trend

SPEC = AnalysisSpec(
    name="trend",
    title="Earlier runs",
    result=Trend,
    needs=(),
)
