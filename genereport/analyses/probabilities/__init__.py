"""The probabilities that the classifiers predict: calibration, distribution and net benefit."""

from genereport.analyses.probabilities.figures import (
    describe_calibration,
    describe_named,
    draw_calibration,
    draw_named,
)
from genereport.analyses.probabilities.result import Probabilities
from genereport.analyses.probabilities.tables import RECALIBRATION
from genereport.analyses.spec import AnalysisSpec, Figure, Section

SPEC = AnalysisSpec(
    name="probabilities",
    result=Probabilities,
    sections=(Section("probabilities", "Predicted probabilities", "sec-probabilities", within="sec-named-model"),),
    figures=(
        Figure("named-probabilities", draw_named, describe_named),
        Figure("calibration", draw_calibration, describe_calibration),
    ),
    tables=(RECALIBRATION,),
    files={
        "calibration": lambda result: result.bins,
        "recalibration": lambda result: result.recalibration,
        "mean_probabilities": lambda result: result.samples,
        "decision_curve": lambda result: result.decision if len(result.decision) else None,
    },
    needs=("models",),
)
