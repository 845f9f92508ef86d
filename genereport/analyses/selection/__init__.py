"""Gene selection."""

from genereport.analyses.selection.result import Selection
from genereport.analyses.spec import AnalysisSpec

SPEC = AnalysisSpec(
    name="selection",
    title="Gene selection",
    result=Selection,
    needs=("resampling",),
)
