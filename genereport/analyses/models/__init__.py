"""Comparison of classifiers."""

from genereport.analyses.models.figures import (
    describe_comparison,
    describe_confusion,
    describe_confusion_test,
    describe_learning_curves,
    describe_precision_recall,
    describe_roc,
    describe_roc_test,
    draw_comparison,
    draw_confusion,
    draw_confusion_test,
    draw_learning_curves,
    draw_precision_recall,
    draw_roc,
    draw_roc_test,
    draw_selection_effect,
)
from genereport.analyses.models.interactive import precision_recall, roc, roc_test
from genereport.analyses.models.result import Models
from genereport.analyses.models.tables import (
    FITTED,
    METRICS_CV,
    METRICS_TEST,
    MISSED,
    MODEL_PAIRS,
    OVERVIEW,
    PRIMARY_CV,
    PRIMARY_TEST,
    SELECTION_EFFECT,
    TUNING,
)
from genereport.analyses.spec import AnalysisSpec, Figure, Section


def has_independent_set(result: Models) -> bool:
    """Return whether the models predicted an independent set."""
    return result.test > 0


SPEC = AnalysisSpec(
    name="models",
    result=Models,
    sections=(
        Section("models", "Comparison of classifiers", "sec-models"),
        Section("independent", "Independent set", "sec-independent"),
    ),
    figures=(
        Figure("comparison", draw_comparison, describe_comparison),
        Figure("confusion", draw_confusion, describe_confusion),
        Figure("roc", draw_roc, describe_roc, roc),
        Figure("precision-recall", draw_precision_recall, describe_precision_recall, precision_recall),
        Figure("selection-effect", draw_selection_effect),
        Figure("learning", draw_learning_curves, describe_learning_curves),
        Figure("confusion-test", draw_confusion_test, describe_confusion_test, applies=has_independent_set),
        Figure("roc-test", draw_roc_test, describe_roc_test, roc_test, has_independent_set),
    ),
    tables=(
        OVERVIEW,
        PRIMARY_CV,
        METRICS_CV,
        MODEL_PAIRS,
        TUNING,
        FITTED,
        SELECTION_EFFECT,
        PRIMARY_TEST,
        METRICS_TEST,
        MISSED,
    ),
    files={
        "metrics": lambda result: result.metrics,
        "folds": lambda result: result.by_fold,
        "predictions": lambda result: result.predictions,
        "splits": lambda result: result.splits,
        "pairs": lambda result: result.pairs.reset_index(drop=True),
        "model_settings": lambda result: result.fitted,
        "tuning": lambda result: result.tuning if len(result.tuning) else None,
    },
    needs=("resampling",),
)
