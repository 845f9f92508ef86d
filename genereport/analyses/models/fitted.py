"""How the final models were fitted, read from the objects that were fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from genereport.learn.calibration import Calibrated
from genereport.learn.centroids import THRESHOLDS, ShrunkenCentroids
from genereport.learn.engine import Fold
from genereport.learn.l1 import L1LogisticRegression
from genereport.learn.models import NETWORK_KEYS
from genereport.learn.network import describe_training
from genereport.learn.training import Choice, Protocol
from genereport.rules import FEW_FOR_FOLDS
from genereport.types import L1_GAP, STOPPING_SHARE, Key

_OBSOLETE = "deprecated"
"""Value of parameters that scikit-learn no longer uses."""


def fitted_table(final: Fold, protocol: Protocol) -> pd.DataFrame:
    """Return the parameters of the final models; values that a model has on several sets of features stand once.

    Args:
        final: The final models, and what tuning chose for them.
        protocol: How the networks are built and trained.

    Returns:
        Columns model, features, parameter, value.
    """
    values: dict[tuple[str, str, str], list[str]] = {}
    for model, features in protocol.keys:
        key = (model, features)
        found = (
            _describe_network(protocol, final.choices[key], key)
            if key in NETWORK_KEYS
            else _describe_estimator(final.models[key], len(final.training[key]))
        )
        for parameter, value in found.items():
            values.setdefault((model, parameter, _as_text(value)), []).append(features)
    rows = [(model, ";".join(features), parameter, value) for (model, parameter, value), features in values.items()]
    return pd.DataFrame(rows, columns=["model", "features", "parameter", "value"])


def _describe_network(protocol: Protocol, choice: Choice, key: Key) -> dict[str, object]:
    found = describe_training(protocol.mlp_config()) | {"weight_decay": protocol.changed(choice).weight_decay}
    if protocol.settings.models.patience:
        found["stopping_share"] = STOPPING_SHARE
    return found | ({"genes": choice.genes} if key[1] == "selected" else {})


def _describe_estimator(model: Any, samples: int) -> dict[str, object]:
    """Return the parameters of a fitted estimator, and what it took from the training samples by a rule."""
    found = model.get_params()
    if isinstance(model, RandomForestClassifier):
        # Our forest sets these to scikit-learn's defaults, and does not offer them as parameters.
        found |= {name: getattr(model, name) for name in RandomForestClassifier().get_params()}
        found["features_tried"] = model.estimators_[0].max_features_
    if isinstance(model, ShrunkenCentroids):
        found |= {"thresholds": THRESHOLDS, "threshold_": model.threshold_}
    if isinstance(model, L1LogisticRegression):
        found |= {"duality_gap": L1_GAP}
    if isinstance(model, Calibrated) and samples > FEW_FOR_FOLDS:
        found |= {"calibrated_in_one_fold": True}
    if isinstance(model, Calibrated) and hasattr(model.estimator_, "_gamma"):
        found |= {"gamma_": model.estimator_._gamma, "vectors_": len(model.estimator_.support_vectors_)}
    return {
        name.removeprefix("estimator__"): value
        for name, value in found.items()
        if _as_text(value) != _OBSOLETE and not hasattr(value, "get_params")
    }


def _as_text(value: object) -> str:
    """Return a value as text; an object without a short text of its own as the name of its type."""
    if value is None:
        return "none"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ", ".join(map(_as_text, value))
    if isinstance(value, (float, np.floating)):
        return repr(float(value)).removesuffix(".0")
    return str(value) if isinstance(value, (str, int, np.integer)) else type(value).__name__
