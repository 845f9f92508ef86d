"""Whether the independent arrays are shifted relative to the training arrays, given their class.

Four numbers are computed for each array: the median of its values in the file, and its scores on the first three
principal components. For the latter, values are transformed to logarithms and each array is standardised by its own
mean and standard deviation. All numbers are centred by class, over both sets, so that a different mixture of classes is
not mistaken for a shift. Each number is compared between the sets by the Wilcoxon rank-sum test.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.cohort.model import Cohort, ScaleName
from genereport.types import Array

COMPONENTS = 3


class Shift(NamedTuple):
    """One number per array, compared between the sets.

    Attributes:
        measure: Name of the number, to follow "the median".
        train: Median over the training arrays.
        test: Median over the independent arrays.
        p: Two-sided p-value of the Wilcoxon rank-sum test.
    """

    measure: str
    train: float
    test: float
    p: float


def shifts(cohort: Cohort) -> tuple[Shift, ...]:
    """Return all comparisons, significant or not; none without an independent set."""
    from scipy import stats

    if not cohort.has_test:
        return ()
    test = (cohort.samples["set"] == "test").to_numpy()
    values = cohort.expression.to_numpy()
    medians = np.nanmedian(values, axis=1)[:, None]
    centred = _centre_by_class(medians, cohort) + medians.mean()
    measures = {"of the arrays' median values, adjusted for class,": centred[:, 0]}
    for number, scores in enumerate(_component_scores(cohort), start=1):
        measures[f"score on principal component {number}, adjusted for class, in standard deviations,"] = scores
    return tuple(
        Shift(
            measure,
            float(np.median(each[~test])),
            float(np.median(each[test])),
            float(stats.mannwhitneyu(each[~test], each[test]).pvalue),
        )
        for measure, each in measures.items()
        if np.ptp(each) > 0
    )


def _component_scores(cohort: Cohort) -> Array:
    """Return the scores on the first principal components, shape (≤ 3, arrays), each with standard deviation 1.

    There are no scores, shape (0, arrays), if hardly any gene is complete. The sign of a component makes its largest
    score positive.
    """
    complete = cohort.expression.to_numpy()[:, ~cohort.expression.isna().any(axis=0).to_numpy()]
    if complete.shape[1] <= COMPONENTS:
        return np.empty((0, len(complete)))
    logged = _take_logarithms(complete, cohort.scale.name)
    spread = logged.std(axis=1, keepdims=True)
    standardised = (logged - logged.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
    unit = _centre_by_class(standardised, cohort)
    eigenvalues, vectors = np.linalg.eigh(unit @ unit.T)
    order = [k for k in np.argsort(eigenvalues)[::-1][:COMPONENTS] if eigenvalues[k] > 1e-9 * eigenvalues.sum()]
    found = vectors[:, order].T * np.sqrt(len(unit) - 1)
    signs = np.sign(found[np.arange(len(found)), np.abs(found).argmax(axis=1)])
    return np.asarray(found * signs[:, None])


def _centre_by_class(values: Array, cohort: Cohort) -> Array:
    """Subtract from each value of an array the mean of the array's class."""
    means = np.stack([values[cohort.codes == code].mean(axis=0) for code in range(len(cohort.classes))])
    return np.asarray(values - means[cohort.codes])


def _take_logarithms(values: Array, scale: ScaleName) -> Array:
    """Return logarithms; intensities are first raised to their overall median, below which there is mostly noise."""
    if scale == "intensity":
        floor = float(np.median(values))
        return np.asarray(np.log2(np.maximum(values, floor if floor > 0 else 1.0)))
    if scale in ("counts", "tpm"):
        return np.asarray(np.log2(np.maximum(values, 0.0) + 1.0))
    return values
