"""All figures of an analysis, drawn and written once for all tests that look at them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from genereport.analyses.preprocessing.figures import draw_distributions
from genereport.analyses.trust.result import LabelPermutation
from genereport.analysis import Analysis
from genereport.report import figures


@cache
def written(analysis: Callable[[], Analysis]) -> dict[str, tuple[figures.Drawn, str]]:
    """Name of each figure → the figure and its SVG."""
    return {name: (drawn, figures.to_svg(drawn.figure)) for name, drawn in every(analysis()).items()}


def classes_of(analysis: Analysis) -> tuple[str, ...]:
    return tuple(analysis.quality.counts.index)


def every(analysis: Analysis) -> dict[str, figures.Drawn]:
    """All figures that a report of this analysis shows."""
    classes = classes_of(analysis)
    models, biomarkers, components = analysis.models, analysis.biomarkers, analysis.components
    drawn = {
        "distributions": draw_distributions(analysis.preprocessing),
        "volcano": figures.volcano(analysis.differential),
        "p_values": figures.p_values(analysis.differential),
        "pca_plane": figures.pca_plane(components, classes),
        "pca_space": figures.pca_space(components, classes),
        "scree": figures.scree(components),
        "stability": figures.stability(analysis.selection),
        "importance": figures.importance(biomarkers),
        "heatmap": figures.heatmap(biomarkers, classes),
        "expression": figures.expression(biomarkers, classes),
        "comparison": figures.comparison(models),
        "confusion": figures.confusion(models),
        "roc": figures.roc(models),
        "selection_effect": figures.selection_effect(models),
        "learning_curves": figures.learning_curves(models),
        "precision_recall": figures.precision_recall(models),
        "calibration": figures.calibration(models),
        "gaps": figures.gaps(analysis.trust),
        "bias": figures.bias(analysis.trust),
        "learning": figures.learning(analysis.trust),
    }
    if isinstance(analysis.trust.permutation, LabelPermutation):
        drawn["permutation"] = figures.permutation(analysis.trust.permutation)
    if models.test:
        drawn |= {"confusion_test": figures.confusion_test(models), "roc_test": figures.roc_test(models)}
    return drawn
