"""The named model: its genes, their weights, and what it predicts for each sample."""

from genereport.analyses.named_model.result import NamedWeights
from genereport.analyses.named_model.tables import GENES, PREDICTIONS
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="named_model",
    result=NamedWeights,
    sections=(Section("named_model", "The named model", "sec-named-model"),),
    tables=(GENES, PREDICTIONS),
    files={
        "named_model": lambda result: result.genes,
        "named_model_terms": lambda result: result.terms if len(result.terms) else None,
        "named_model_predictions": lambda result: result.predictions,
    },
    needs=("models", "differential"),
)
