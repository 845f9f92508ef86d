"""Gene selection."""

from genereport.analyses.columns import COUNT, GENE, PERCENT, SYMBOL, Table, column
from genereport.analyses.selection.figures import describe_stability, draw_stability
from genereport.analyses.selection.result import Selection
from genereport.analyses.spec import AnalysisSpec, Figure, Section

STABILITY = Table(
    name="stability",
    id="tab-stability",
    frame="stability",
    columns=(
        GENE,
        SYMBOL,
        column("times", "Times", COUNT),
        column("frequency", "Frequency", PERCENT),
    ),
)

SPEC = AnalysisSpec(
    name="selection",
    result=Selection,
    sections=(Section("selection", "Gene selection", "sec-selection"),),
    figures=(Figure("stability", draw_stability, describe_stability),),
    tables=(STABILITY,),
    files={"stability": lambda result: result.stability},
    needs=("resampling",),
)
