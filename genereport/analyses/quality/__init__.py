"""What was read, and the quality of it."""

from genereport.analyses.quality.result import Quality
from genereport.analyses.spec import AnalysisSpec

SPEC = AnalysisSpec(
    name="quality",
    title="Cohort",
    result=Quality,
    needs=(),
)
