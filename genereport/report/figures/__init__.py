"""All figures of the report, drawn from typed results; each comes with the text for those who cannot see it."""

from genereport.analyses.biomarkers.gene_figures import expression, importance, stability
from genereport.analyses.biomarkers.heatmap import heatmap
from genereport.analyses.models.figures import (
    calibration,
    comparison,
    confusion,
    confusion_test,
    learning_curves,
    precision_recall,
    roc,
    roc_test,
    selection_effect,
)
from genereport.analyses.quality.figures import distributions
from genereport.analyses.trend.figures import trend
from genereport.analyses.trust.figures import bias, gaps, learning, permutation
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import to_pdf, to_svg

__all__ = [
    "Drawn",
    "bias",
    "calibration",
    "comparison",
    "confusion",
    "confusion_test",
    "distributions",
    "expression",
    "gaps",
    "heatmap",
    "importance",
    "learning",
    "learning_curves",
    "permutation",
    "precision_recall",
    "roc",
    "roc_test",
    "selection_effect",
    "stability",
    "to_pdf",
    "to_svg",
    "trend",
]
