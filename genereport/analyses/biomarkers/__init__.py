"""The signature, and known biomarkers."""

from genereport.analyses.biomarkers.figures import (
    describe_expression,
    describe_importance,
    draw_expression,
    draw_importance,
)
from genereport.analyses.biomarkers.heatmap import describe_heatmap, draw_heatmap
from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.biomarkers.tables import EVIDENCE, MATCHED, PROBES, SIGNATURE
from genereport.analyses.spec import AnalysisSpec, Figure, Section

SPEC = AnalysisSpec(
    name="biomarkers",
    result=Biomarkers,
    sections=(
        Section("signature", "Signature", "sec-signature", after="sec-selection"),
        Section("biomarkers", "Known biomarkers", "sec-biomarkers"),
    ),
    figures=(
        Figure("importance", draw_importance, describe_importance, applies=lambda result: result.fused),
        Figure("heatmap", draw_heatmap, describe_heatmap),
        Figure("expression", draw_expression, describe_expression),
    ),
    tables=(SIGNATURE, PROBES, EVIDENCE, MATCHED),
    files={"signature": lambda result: result.signature, "biomarkers": lambda result: result.matched},
    needs=("differential", "selection", "models"),
)
