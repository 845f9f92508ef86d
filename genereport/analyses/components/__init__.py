"""Principal components."""

from genereport.analyses.columns import FOUR, GENE, SYMBOL, Table, column
from genereport.analyses.components.figures import describe_plane, describe_space, draw_plane, draw_scree, draw_space
from genereport.analyses.components.interactive import plane, space
from genereport.analyses.components.result import Components
from genereport.analyses.spec import AnalysisSpec, Figure, Section

LOADINGS = Table(
    name="loadings",
    id="tab-loadings",
    frame="loadings",
    columns=(
        column("component", "Component"),
        GENE,
        SYMBOL,
        column("loading", "Loading", FOUR),
    ),
)

SPEC = AnalysisSpec(
    name="components",
    result=Components,
    sections=(Section("components", "Principal components", "sec-components"),),
    figures=(
        Figure("pca", draw_plane, describe_plane, plane),
        Figure("pca3", draw_space, describe_space, space, applies=lambda result: "PC3" in result.scores),
        Figure("scree", draw_scree),
    ),
    tables=(LOADINGS,),
    files={"components": lambda result: result.scores},
    needs=("preprocessing",),
)
