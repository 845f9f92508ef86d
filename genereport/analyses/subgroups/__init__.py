"""Performance of the named model by level of the covariates, and on centres that it was not trained on."""

from genereport.analyses.spec import AnalysisSpec, Section
from genereport.analyses.subgroups.result import LeaveCentreOut, Subgroups
from genereport.analyses.subgroups.tables import CENTRES, GROUPS, SENSITIVITIES

SPEC = AnalysisSpec(
    name="subgroups",
    result=Subgroups,
    sections=(Section("subgroups", "Performance by group", "sec-subgroups", within="sec-trust"),),
    tables=(GROUPS, SENSITIVITIES, CENTRES),
    files={
        "subgroups": lambda result: result.groups,
        "subgroup_classes": lambda result: result.classes,
        "centres": lambda result: result.centre.centres if isinstance(result.centre, LeaveCentreOut) else None,
    },
    needs=("models",),
)
