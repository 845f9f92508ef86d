"""Replication of significant genes in the independent set."""

from genereport.analyses.replication.figures import describe_replication, draw_replication
from genereport.analyses.replication.result import Replication
from genereport.analyses.replication.tables import REPLICATION
from genereport.analyses.spec import AnalysisSpec, Figure, Section

SPEC = AnalysisSpec(
    name="replication",
    result=Replication,
    sections=(
        Section("replication", "Replication in the independent set", "sec-replication", within="sec-differential"),
    ),
    figures=(Figure("replication", draw_replication, describe_replication),),
    tables=(REPLICATION,),
    files={"replication": lambda result: result.table},
    needs=("preprocessing", "differential"),
)
