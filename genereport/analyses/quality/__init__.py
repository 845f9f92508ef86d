"""What was read, and the quality of it."""

from genereport.analyses.quality.result import Quality
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="quality",
    result=Quality,
    sections=(Section("cohort", "Cohort", "sec-cohort"),),
    needs=(),
)
