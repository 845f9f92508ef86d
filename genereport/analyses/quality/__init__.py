"""The samples and values that were read, and their quality."""

from genereport.analyses.quality.figures import describe_flow, draw_flow, has_flow
from genereport.analyses.quality.result import Quality
from genereport.analyses.quality.tables import COUNTS, COVARIATES, MISSING, tabulate_findings
from genereport.analyses.spec import AnalysisSpec, Figure, Section

SPEC = AnalysisSpec(
    name="quality",
    result=Quality,
    sections=(Section("cohort", "Cohort", "sec-cohort"),),
    figures=(Figure("flow", draw_flow, describe_flow, applies=has_flow),),
    tables=(COUNTS, COVARIATES, MISSING),
    files={
        "findings": lambda result: tabulate_findings(result.findings),
        "flow": lambda result: result.flow.excluded if result.flow.left_out else None,
    },
    needs=(),
)
