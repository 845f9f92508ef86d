"""All figures of the report, drawn from typed results; each comes with the text for those who cannot see it."""

from genereport.analyses.batch.figures import cohort_accuracies
from genereport.analyses.biomarkers.gene_figures import expression, importance
from genereport.analyses.biomarkers.heatmap import heatmap
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import to_pdf, to_svg

__all__ = [
    "Drawn",
    "cohort_accuracies",
    "expression",
    "heatmap",
    "importance",
    "to_pdf",
    "to_svg",
]
