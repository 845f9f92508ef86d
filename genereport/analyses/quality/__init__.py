"""The samples and values that were read, and their quality."""

from genereport.analyses.quality.figures import describe_flow, draw_flow, has_flow
from genereport.analyses.quality.result import Quality
from genereport.analyses.quality.tables import ASSOCIATIONS, COUNTS, COVARIATES, MISSING, tabulate_findings
from genereport.analyses.spec import AnalysisSpec, Figure, Section

SPEC = AnalysisSpec(
    name="quality",
    result=Quality,
    sections=(Section("cohort", "Cohort", "sec-cohort"),),
    figures=(Figure("flow", draw_flow, describe_flow, applies=has_flow),),
    tables=(COUNTS, COVARIATES, ASSOCIATIONS, MISSING),
    files={
        "findings": lambda result: tabulate_findings(result.findings),
        "covariates": lambda result: result.covariates if len(result.covariates) else None,
        "flow": lambda result: result.flow.excluded if result.flow.left_out else None,
    },
    needs=(),
)
