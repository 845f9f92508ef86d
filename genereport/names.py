"""What models and features are called in print."""

from __future__ import annotations

from typing import NamedTuple

from genereport.types import ValueUnit


class UnitNames(NamedTuple):
    """What prepared values and their differences are called.

    Attributes:
        value: One value.
        average: The average of a gene.
        change: The difference of two classes.
        units: What differences are measured in.
    """

    value: str
    average: str
    change: str
    units: str


_SCALE_NAMES = {
    "intensity": "raw intensities",
    "log2": "base-2 logarithms",
    "ln": "natural logarithms",
    "log10": "base-10 logarithms",
    "ratio": "log ratios",
    "counts": "counts",
    "tpm": "TPM, CPM or FPKM",
    "beta": "beta values (shares of methylation)",
    "standardised": "standardised values (mean 0, standard deviation 1)",
}


def scale_name(scale: str) -> str:
    """Return what a scale is called in a sentence.

    Args:
        scale: Name of a scale as `genereport.cohort.model.Scale` has it.

    Example:
        >>> scale_name("log2"), scale_name("tpm")
        ('base-2 logarithms', 'TPM, CPM or FPKM')
    """
    return _SCALE_NAMES.get(scale, scale)


UNIT_NAMES: dict[ValueUnit, UnitNames] = {
    "log2": UnitNames("log2 value", "average expression (log2)", "log2 fold change", "log2 units"),
    "ratio": UnitNames("log ratio", "average log ratio", "difference of log ratios", "units of the log ratio"),
    "SD": UnitNames(
        "standardised value", "average standardised value", "difference in standard deviations", "standard deviations"
    ),
    "M": UnitNames("M-value", "average M-value", "difference of M-values", "units of the M-value, log2"),
}

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


def short_model_name(model: str, features: str) -> str:
    """Return what a model is called where there is little room.

    Example:
        >>> short_model_name("svm_rbf", "selected"), short_model_name("majority_class", "all")
        ('SVM, RBF kernel, selected', 'Majority class')
    """
    return model_name(model, features).replace(" on selected genes", ", selected").replace(" on ", ", ")


def model_name(model: str, features: str) -> str:
    """Return what a model is called in print, with the features that it is trained on.

    Args:
        model: Name of the model in the tables; a user's own is printed as it is.
        features: ``selected``, ``all`` or ``components``.

    Example:
        >>> model_name("random_forest", "selected"), model_name("my_ridge", "all")
        ('Random forest on selected genes', 'my_ridge on all genes')
    """
    name = MODEL_NAMES.get(model, model)
    return name if model == "majority_class" else f"{name} on {FEATURE_NAMES.get(features, features)}"


def bare_name(model: str) -> str:
    """Return what a model is called in print, without its features.

    Args:
        model: Name of the model in the tables.

    Example:
        >>> bare_name("random_forest")
        'Random forest'
    """
    return MODEL_NAMES.get(model, model)


def in_sentence(name: str) -> str:
    """Return a printed name as it is written inside a sentence: in lower case, unless it is an abbreviation.

    Args:
        name: As `model_name` or `bare_name` returns it.

    Example:
        >>> in_sentence("Random forest"), in_sentence("SVM, RBF kernel")
        ('random forest', 'SVM, RBF kernel')
    """
    return name if name[:2].isupper() else name[0].lower() + name[1:]
