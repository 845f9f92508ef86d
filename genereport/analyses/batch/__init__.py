"""The comparison of several cohorts."""

from genereport.analyses.batch.figures import describe_accuracies, draw_accuracies
from genereport.analyses.batch.result import Index
from genereport.analyses.batch.tables import GENES, WARNINGS
from genereport.analyses.spec import Figure, PageSpec, Section

PAGE = PageSpec(
    result=Index,
    sections=(
        Section("cohorts", "Cohorts", "sec-cohorts"),
        Section("models", "Classifiers", "sec-models"),
        Section("genes", "Genes in several signatures", "sec-genes"),
        Section("warnings", "Warnings", "sec-warnings"),
        Section("stopped", "Not built", "sec-stopped"),
        Section("reading", "How to read this page", "sec-reading"),
    ),
    figures=(Figure("accuracies", draw_accuracies, describe_accuracies),),
    tables=(GENES, WARNINGS),
)
