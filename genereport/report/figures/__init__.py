"""All figures of the report, drawn from typed results; each comes with the text for those who cannot see it."""

from genereport.analyses.batch.figures import cohort_accuracies
from genereport.analyses.biomarkers.gene_figures import expression, importance, stability
from genereport.analyses.biomarkers.heatmap import heatmap
from genereport.analyses.quality.figures import distributions
from genereport.analyses.trend.figures import trend
from genereport.analyses.trust.figures import bias, gaps, learning, permutation
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import to_pdf, to_svg

__all__ = [
    "Drawn",
    "bias",
    "cohort_accuracies",
    "distributions",
    "expression",
    "gaps",
    "heatmap",
    "importance",
    "learning",
    "permutation",
    "stability",
    "to_pdf",
    "to_svg",
    "trend",
]
