"""How far the results can be trusted."""

from genereport.analyses.spec import AnalysisSpec, Section
from genereport.analyses.trust.result import Trust

SPEC = AnalysisSpec(
    name="trust",
    result=Trust,
    sections=(Section("trust", "How far to trust it", "sec-trust"),),
    needs=("models",),
)
