"""Built-in controls: permuted labels, which nothing can predict, and sex, which expression shows."""

from genereport.analyses.controls.result import Controls, SexCheck
from genereport.analyses.controls.tables import SEX
from genereport.analyses.spec import AnalysisSpec, Section

SPEC = AnalysisSpec(
    name="controls",
    result=Controls,
    sections=(Section("controls", "Built-in controls", "sec-controls", within="sec-trust"),),
    tables=(SEX,),
    files={
        "sex": lambda result: result.samples if isinstance(result.sex, SexCheck) else None,
        "sex_genes": lambda result: result.sex.genes if isinstance(result.sex, SexCheck) else None,
    },
    needs=("trust",),
)
