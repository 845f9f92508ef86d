"""Instability of individual predictions: the named model refitted on bootstrap samples."""

from genereport.analyses.instability.figures import draw_instability
from genereport.analyses.instability.result import PredictionInstability
from genereport.analyses.instability.tables import INSTABILITY
from genereport.analyses.spec import AnalysisSpec, Figure, Section

SPEC = AnalysisSpec(
    name="instability",
    result=PredictionInstability,
    sections=(Section("instability", "Stability of individual predictions", "sec-instability", within="sec-trust"),),
    figures=(Figure("instability", draw_instability),),
    tables=(INSTABILITY,),
    files={"instability": lambda result: result.samples, "bootstrap_predictions": lambda result: result.bootstrap},
    needs=("models",),
)
