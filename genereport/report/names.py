"""What models and features are called in print."""

from __future__ import annotations

MODEL_NAMES = {
    "shrunken_centroids": "Nearest shrunken centroids",
    "logistic_l1": "Logistic regression, L1",
    "logistic_l2": "Logistic regression, L2",
    "svm_rbf": "SVM, RBF kernel",
    "random_forest": "Random forest",
    "mlp_selected": "Neural network",
    "mlp_components": "Neural network",
    "majority_class": "Majority class",
}
"""Names of the models as the text prints them."""

FEATURE_NAMES = {"selected": "selected genes", "all": "all genes", "components": "components"}


def model_name(model: str, features: str) -> str:
    """``Random forest on selected genes``."""
    name = MODEL_NAMES.get(model, model)
    return name if model == "majority_class" else f"{name} on {FEATURE_NAMES.get(features, features)}"


def bare_name(model: str) -> str:
    """``Random forest``, whatever it was trained on."""
    return MODEL_NAMES.get(model, model)


def in_sentence(name: str) -> str:
    """A name as it stands inside a sentence: ``random forest``, but ``SVM``."""
    return name if name[:2].isupper() else name[0].lower() + name[1:]
