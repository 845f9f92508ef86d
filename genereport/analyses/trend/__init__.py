"""The key numbers of this run and of earlier ones."""

from genereport.analyses.spec import AnalysisSpec, Figure, Section
from genereport.analyses.trend.figures import draw_trend
from genereport.analyses.trend.result import Trend
from genereport.analyses.trend.tables import RUNS

SPEC = AnalysisSpec(
    name="trend",
    result=Trend,
    sections=(Section("trend", "Earlier runs", "sec-trend"),),
    staged=False,
    figures=(Figure("trend", draw_trend),),
    tables=(RUNS,),
    files={"trend": lambda result: result.runs},
)
