"""All figures of the report, drawn from typed results; each comes with the text for those who cannot see it."""

from genereport.report.document import Drawn
from genereport.report.figures.cohort import distributions
from genereport.report.figures.components import pca_plane, pca_space, scree
from genereport.report.figures.differential import contrast_volcanoes, effects, ma, p_values, volcano
from genereport.report.figures.genes import expression, importance, stability
from genereport.report.figures.heatmap import heatmap
from genereport.report.figures.index import cohort_accuracies
from genereport.report.figures.models import (
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
from genereport.report.figures.style import to_pdf, to_svg
from genereport.report.figures.trend import trend
from genereport.report.figures.trust import bias, gaps, learning, permutation

__all__ = [
    "Drawn",
    "bias",
    "calibration",
    "cohort_accuracies",
    "comparison",
    "confusion",
    "confusion_test",
    "contrast_volcanoes",
    "distributions",
    "effects",
    "expression",
    "gaps",
    "heatmap",
    "importance",
    "learning",
    "learning_curves",
    "ma",
    "p_values",
    "pca_plane",
    "pca_space",
    "permutation",
    "precision_recall",
    "roc",
    "roc_test",
    "scree",
    "selection_effect",
    "stability",
    "to_pdf",
    "to_svg",
    "trend",
    "volcano",
]
