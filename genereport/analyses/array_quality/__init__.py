"""Quality of the samples: the distance of each from the others."""

from genereport.analyses.array_quality.figures import describe_distances, draw_arrays, draw_distances, has_distances
from genereport.analyses.array_quality.result import ArrayQuality
from genereport.analyses.array_quality.tables import ARRAYS
from genereport.analyses.spec import AnalysisSpec, Figure, Section

SPEC = AnalysisSpec(
    name="array_quality",
    result=ArrayQuality,
    sections=(Section("array_quality", "Sample quality", "sec-array-quality"),),
    figures=(
        Figure("array-quality", draw_arrays),
        Figure("sample-distances", draw_distances, describe_distances, applies=has_distances),
    ),
    tables=(ARRAYS,),
    files={"array_quality": lambda result: result.arrays},
    needs=("preprocessing",),
)
