"""How far the results can be trusted."""

from genereport.analyses.spec import AnalysisSpec
from genereport.analyses.trust.result import Trust

SPEC = AnalysisSpec(
    name="trust",
    title="How far to trust it",
    result=Trust,
    needs=("models",),
)
