"""Planned contrasts."""

from genereport.analyses.planned_contrasts.result import PlannedContrasts
from genereport.analyses.planned_contrasts.tables import PLANNED, PLANNED_GENES
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="planned_contrasts",
    result=PlannedContrasts,
    sections=(Section("planned_contrasts", "Planned contrasts", "sec-planned-contrasts"),),
    tables=(PLANNED, PLANNED_GENES),
    files={"planned_contrasts": lambda result: result.table},
    needs=("preprocessing", "differential"),
)
