"""Cross-validation: every model is fitted on every training part, for later analyses to read."""

from genereport.analyses.spec import AnalysisSpec

SPEC = AnalysisSpec(name="resampling", result=None, needs=("preprocessing",))
