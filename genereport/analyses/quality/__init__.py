"""The samples and values that were read, and their quality."""

from genereport.analyses.quality.result import Quality
from genereport.analyses.quality.tables import COUNTS, COVARIATES, MISSING, tabulate_findings
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="quality",
    result=Quality,
    sections=(Section("cohort", "Cohort", "sec-cohort"),),
    tables=(COUNTS, COVARIATES, MISSING),
    files={"findings": lambda result: tabulate_findings(result.findings)},
    needs=(),
)
