"""Preprocessing."""

from genereport.analyses.preprocessing.figures import (
    describe_distributions,
    draw_distributions,
    draw_libraries,
    draw_plane,
    has_libraries,
)
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.preprocessing.tables import LIBRARIES, STEPS
from genereport.analyses.spec import AnalysisSpec, Figure, Section

SPEC = AnalysisSpec(
    name="preprocessing",
    result=Preprocessing,
    sections=(Section("preprocessing", "Preprocessing", "sec-preprocessing"),),
    figures=(
        Figure("distributions", draw_distributions, describe_distributions),
        Figure("libraries", draw_libraries, applies=has_libraries),
        Figure("mds", draw_plane, applies=has_libraries),
    ),
    tables=(STEPS, LIBRARIES),
    files={
        "gene_steps": lambda result: result.steps,
        "libraries": lambda result: result.libraries.sizes if result.libraries else None,
    },
    needs=("quality",),
)
