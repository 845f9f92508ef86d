"""The signature, and known biomarkers."""

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="biomarkers",
    result=Biomarkers,
    sections=(
        Section("signature", "Signature", "sec-signature", after="sec-selection"),
        Section("biomarkers", "Known biomarkers", "sec-biomarkers"),
    ),
    needs=("differential", "selection", "models"),
)
