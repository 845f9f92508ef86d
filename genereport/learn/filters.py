"""Univariate filters as scikit-learn selectors: variance, then Welch's test."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from genereport.stats.moments import varies
from genereport.stats.oneway import classical_f, welch_f
from genereport.stats.ttests import welch_t
from genereport.types import Flags


class VarianceFilter(SelectorMixin, BaseEstimator):  # type: ignore[misc]
    """Filter that drops the features with the smallest variance, without using the classes (Bourgon et al. 2010).

    Args:
        quantile: Share to drop, 0 ≤ quantile < 1. Constant features are always dropped, unless all are constant.

    Attributes:
        variances_: Sample variance of each feature, shape (p,).
        threshold_: Features at or above it are kept.

    Example:
        The variances are 1, 0 and 4; features at or above their median are kept.

        >>> X = np.array([[1.0, 5.0, 2.0], [2.0, 5.0, 4.0], [3.0, 5.0, 6.0]])
        >>> print(VarianceFilter(quantile=0.5).fit(X).get_support())
        [ True False  True]
    """

    def __init__(self, quantile: float = 0.5) -> None:
        self.quantile = quantile

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn the variances of the columns of `X`, shape (n, p)."""
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        self.variances_ = X.var(axis=0, ddof=1)
        smallest_positive = np.nextafter(0.0, 1.0) if self.variances_.any() else 0.0
        self.threshold_ = max(float(np.quantile(self.variances_, self.quantile)), smallest_positive)
        return self

    def _get_support_mask(self) -> Flags:
        check_is_fitted(self)
        return np.asarray(self.variances_ >= self.threshold_)


class WelchFilter(SelectorMixin, BaseEstimator):  # type: ignore[misc]
    """Filter that keeps the features with the smallest p-values of Welch's t (two classes) or F (more).

    Where Welch's test is not defined, for example where a class is constant, the test with equal variances is used. A
    feature that varies between the classes but not within them gets the limit of that test, p = 0.

    Args:
        k: Number of features to keep; all if there are fewer.

    Attributes:
        pvalues_: p-value of each feature, NaN where it does not vary; shape (p,).

    Example:
        Only the first feature differs between the classes.

        >>> X = np.array([[1.0, 5.0], [2.0, 3.0], [3.0, 4.0], [4.0, 4.0], [5.0, 5.0], [6.0, 3.0]])
        >>> chosen = WelchFilter(k=1).fit(X, np.array([0, 0, 0, 1, 1, 1]))
        >>> print(chosen.pvalues_.round(4), chosen.get_support())
        [0.0213 1.    ] [ True False]
    """

    def __init__(self, k: int = 500) -> None:
        self.k = k

    def fit(self, X: Any, y: Any) -> Self:
        """Test the columns of `X`, shape (n, p), between the classes `y`, shape (n,)."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        classes, codes = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"Welch's test compares classes, but y holds one class only: {classes[0]!r}.")
        self.pvalues_ = welch_t(X, codes).p if len(classes) == 2 else welch_f(X, codes, len(classes)).p
        undefined = np.flatnonzero(np.isnan(self.pvalues_))
        if len(undefined):
            left = X[:, undefined]
            equal = classical_f(left, codes, len(classes))
            self.pvalues_[undefined] = np.where(np.isnan(equal) & varies(left), 0.0, equal)
        return self

    def _get_support_mask(self) -> Flags:
        check_is_fitted(self)
        mask = np.zeros(len(self.pvalues_), dtype=bool)
        mask[np.argsort(self.pvalues_, kind="stable")[: self.k]] = True  # NaN sorts last
        return mask

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
