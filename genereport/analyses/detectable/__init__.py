"""Smallest differences, of genes and of models, that so many samples can detect."""

from genereport.analyses.detectable.result import Detectable
from genereport.analyses.detectable.tables import DETECTABLE
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="detectable",
    result=Detectable,
    sections=(Section("detectable", "Smallest detectable differences", "sec-detectable", within="sec-trust"),),
    tables=(DETECTABLE,),
    files={"detectable": lambda result: result.genes},
    needs=("differential", "models"),
)
