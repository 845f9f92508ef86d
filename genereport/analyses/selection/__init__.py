"""Gene selection."""

from genereport.analyses.selection.result import Selection
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="selection",
    result=Selection,
    sections=(Section("selection", "Gene selection", "sec-selection"),),
    needs=("resampling",),
)
