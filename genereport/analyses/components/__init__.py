"""Principal components."""

from genereport.analyses.components.result import Components
from genereport.analyses.spec import AnalysisSpec

SPEC = AnalysisSpec(
    name="components",
    title="Principal components",
    result=Components,
    needs=("preprocessing",),
)
