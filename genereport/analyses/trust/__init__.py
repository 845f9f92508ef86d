"""Checks of how far the comparison of models can be trusted."""

from genereport.analyses.spec import AnalysisSpec, Figure, Section
from genereport.analyses.trust.figures import (
    describe_permutation,
    draw_bias,
    draw_gaps,
    draw_learning_curve,
    draw_permutation,
)
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.analyses.trust.tables import BIAS, HARD


def has_permuted_labels(result: Trust) -> bool:
    """Return whether the labels were permuted."""
    return isinstance(result.permutation, LabelPermutation)


SPEC = AnalysisSpec(
    name="trust",
    result=Trust,
    sections=(Section("trust", "Reliability of the classifiers", "sec-trust"),),
    figures=(
        Figure("gaps", draw_gaps),
        Figure("bias", draw_bias),
        Figure("permutation", draw_permutation, describe_permutation, applies=has_permuted_labels),
        Figure("learning-curve", draw_learning_curve),
    ),
    tables=(BIAS, HARD),
    files={
        "selection_bias": lambda result: result.bias,
        "gaps": lambda result: result.gaps,
        "learning_curve": lambda result: result.learning,
        "label_permutations": lambda result: (
            result.permutation.values if isinstance(result.permutation, LabelPermutation) else None
        ),
    },
    needs=("models",),
)
