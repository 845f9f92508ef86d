"""What is learnt from one training part before any classifier is fitted: once per fold, for all its models."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from genereport.learn.arrays import ON_ONE_SCALE, Arrays
from genereport.learn.filters import VarianceFilter, WelchFilter
from genereport.learn.probes import Probes, representatives
from genereport.learn.rfe import GramRFE
from genereport.rules import ELIMINATION_C
from genereport.settings import Settings
from genereport.stats.components import principal_components

Matrix = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Views = dict[str, Matrix]  # set of features → samples × features, standardised


class Scaling(NamedTuple):
    """Median imputation and standardisation of the columns that are worked with.

    Attributes:
        columns: Positions of the q columns in the cohort's matrix.
        medians: Median that replaces a missing value, shape (q,); 0 where a column has no value.
        centre: Mean, shape (q,).
        spread: Standard deviation (of the population, as scikit-learn's), shape (q,); 1 where it is 0.
    """

    columns: Rows
    medians: Matrix
    centre: Matrix
    spread: Matrix

    def imputed(self, values: Matrix) -> Matrix:
        """Impute the columns of `values`, samples × all genes; shape (m, q)."""
        part = values[:, self.columns]
        gaps = np.isnan(part)
        return np.where(gaps, self.medians, part) if gaps.any() else part

    def standardised(self, values: Matrix) -> Matrix:
        """Impute and standardise the columns of `values`, samples × all genes; shape (m, q)."""
        return (self.imputed(values) - self.centre) / self.spread


class Chosen(NamedTuple):
    """Genes chosen on a training part, as positions in the cohort's matrix.

    Attributes:
        path: Candidates in the reverse order of elimination: the best genes of any number are a prefix.
        genes: How many of them are kept.
        pvalues: Welch p-value of each gene that passed the variance filter, NaN for the others; shape (p,).
    """

    path: Rows
    genes: int
    pvalues: Matrix

    @property
    def best(self) -> Rows:
        """The chosen genes, best first."""
        return self.path[: self.genes]

    @property
    def ranks(self) -> Matrix:
        """The rank in the elimination, 1 for the last gene left; NaN for genes that did not enter; shape (p,)."""
        ranks = np.full(len(self.pvalues), np.nan)
        ranks[self.path] = np.arange(1, len(self.path) + 1)
        return ranks


class Preparation(NamedTuple):
    """What is learnt from one training part: enough to transform any sample to every set of features.

    Attributes:
        scaling: Imputation and standardisation.
        selected: The chosen genes as positions among the columns of the scaling, best first; shape (g,).
        axes: Principal axes of the standardised training part, shape (c, q).
        arrays: How arrays are brought to one scale beforehand; by default they are on one scale already.
    """

    scaling: Scaling
    selected: Rows
    axes: Matrix
    arrays: Arrays = ON_ONE_SCALE

    def standardised(self, values: Matrix) -> Matrix:
        """Bring samples × all genes, shape (m, p), to one scale, impute and standardise them; shape (m, q)."""
        return self.scaling.standardised(self.arrays.scaled(values))

    def views(self, values: Matrix) -> Views:
        """Return ``all`` genes, the ``selected`` ones and the ``components`` of samples × all genes, shape (m, p)."""
        everything = self.standardised(values)
        return {
            "all": everything,
            "selected": everything[:, self.selected],
            "components": everything @ self.axes.T,
        }


def fit_scaling(values: Matrix, probes: Probes | None = None, offered: Rows | None = None) -> Scaling:
    """Learn medians, means and standard deviations from training samples × genes; NaN is missing.

    Args:
        values: Training samples × genes, arrays on one scale, shape (n, p).
        probes: The gene of each column, and the rule that picks one column per gene; None: all columns are used.
        offered: Positions of the columns that may be used; None: all.
    """
    columns = representatives(values, probes, offered)
    part = values[:, columns]
    gaps = np.isnan(part)
    medians = np.zeros(part.shape[1])
    known = ~gaps.all(axis=0)
    medians[known] = np.nanmedian(part[:, known], axis=0) if gaps.any() else np.median(part, axis=0)
    part = np.where(gaps, medians, part) if gaps.any() else part
    centre = part.mean(axis=0)
    spread = part.std(axis=0)
    constant = spread <= 10 * np.finfo(float).eps * np.abs(centre)
    return Scaling(columns, medians, centre, np.where(constant, 1.0, spread))


def choose(values: Matrix, codes: Rows, settings: Settings, scaling: Scaling) -> Chosen:
    """Select genes on one training part: variance filter → Welch's test → recursive feature elimination.

    Args:
        values: Training samples × genes, shape (n, p).
        codes: Their classes, shape (n,).
        settings: How many genes pass each step.
        scaling: Scaling learnt from the same samples.
    """
    imputed = scaling.imputed(values)
    variance = VarianceFilter(settings.preprocess.variance_quantile).fit(imputed)
    passed = np.flatnonzero(variance.get_support())
    test = WelchFilter(settings.selection.candidates).fit(imputed[:, passed], codes)
    entered = passed[test.get_support()]
    standardised = (imputed[:, entered] - scaling.centre[entered]) / scaling.spread[entered]
    ranking = GramRFE(settings.selection.genes, ELIMINATION_C).fit(standardised, codes).ranking_
    pvalues = np.full(values.shape[1], np.nan)
    pvalues[scaling.columns[passed]] = test.pvalues_
    return Chosen(scaling.columns[entered[np.argsort(ranking)]], min(settings.selection.genes, len(entered)), pvalues)


def prepare(
    values: Matrix, scaling: Scaling, selected: Rows, share: float, arrays: Arrays = ON_ONE_SCALE
) -> Preparation:
    """Return the preparation that the models use, for genes chosen on the same training part.

    Args:
        values: Training samples × genes, arrays on one scale, shape (n, p).
        scaling: Scaling learnt from them.
        selected: Chosen genes as positions in the cohort's matrix, best first.
        share: Share of the variance that the components explain.
        arrays: How the arrays were brought to one scale.
    """
    pca = principal_components(scaling.standardised(values))
    return Preparation(scaling, np.searchsorted(scaling.columns, selected), pca.axes[: pca.needed(share)], arrays)
