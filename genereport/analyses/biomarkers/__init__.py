"""The signature, and known biomarkers."""

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.spec import AnalysisSpec

SPEC = AnalysisSpec(
    name="biomarkers",
    title="Known biomarkers",
    result=Biomarkers,
    needs=("differential", "selection", "models"),
)
