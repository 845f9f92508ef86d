"""Sensitivity of the gene list to the preprocessing and to the test."""

from genereport.analyses.sensitivity.result import Sensitivity
from genereport.analyses.sensitivity.tables import CHOICES
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="sensitivity",
    result=Sensitivity,
    sections=(Section("sensitivity", "Sensitivity of the gene list", "sec-sensitivity", within="sec-differential"),),
    tables=(CHOICES,),
    files={"sensitivity": lambda result: result.choices, "sensitivity_genes": lambda result: result.genes},
    needs=("preprocessing", "differential"),
)
