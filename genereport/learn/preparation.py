"""What is learnt from one training part before any classifier is fitted: once per fold, for all its models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from genereport.learn.arrays import ON_ONE_SCALE, Arrays
from genereport.learn.filters import VarianceFilter, WelchFilter
from genereport.learn.libraries import Libraries
from genereport.learn.probes import Probes, representatives
from genereport.learn.rfe import GramRFE
from genereport.rules import ELIMINATED_SHARE, ELIMINATION_C, FEW_FOR_HINGE, MANY_CANDIDATES
from genereport.settings import Settings
from genereport.stats.components import principal_components
from genereport.stats.medians import medians
from genereport.types import Array, Codes, Positions

Views = Mapping[str, Array]  # set of features → samples × features, standardised

FEATURES = ("all", "selected", "components")
"""The sets of features."""


class Scaling(NamedTuple):
    """Median imputation and standardisation of the columns that are worked with.

    Attributes:
        columns: Positions of the q columns in the cohort's matrix.
        medians: Median that replaces a missing value, shape (q,); 0 where a column has no value.
        centre: Mean, shape (q,).
        spread: Standard deviation (of the population, as scikit-learn's), shape (q,); 1 where it is 0.
    """

    columns: Positions
    medians: Array
    centre: Array
    spread: Array

    def imputed(self, values: Array) -> Array:
        """Replace missing values by medians of the training part.

        Args:
            values: Samples × all genes, shape (m, p); NaN is missing.

        Returns:
            The columns that are worked with, shape (m, q).

        Example:
            >>> scaling = fit_scaling(np.array([[1.0, 4.0], [2.0, 6.0], [9.0, 8.0]]))
            >>> print(scaling.imputed(np.array([[np.nan, 5.0]])))
            [[2. 5.]]
        """
        part = values[:, self.columns]
        gaps = np.isnan(part)
        return np.where(gaps, self.medians, part) if gaps.any() else part

    def standardised(self, values: Array) -> Array:
        """Impute missing values, and standardise by mean and standard deviation of the training part.

        Args:
            values: Samples × all genes, shape (m, p); NaN is missing.

        Returns:
            The columns that are worked with, shape (m, q).

        Example:
            The training part has means of 2 and 5, and standard deviations of 1 and 3.

            >>> scaling = fit_scaling(np.array([[1.0, 2.0], [3.0, 8.0]]))
            >>> print(scaling.standardised(np.array([[4.0, 5.0]])))
            [[2. 0.]]
        """
        result = self.imputed(values) - self.centre
        result /= self.spread
        return result


class Chosen(NamedTuple):
    """Genes chosen on a training part, as positions in the cohort's matrix.

    Attributes:
        path: Candidates in the reverse order of elimination: the best genes of any number are a prefix.
        genes: How many of them are kept.
        pvalues: Welch p-value of each gene that passed the variance filter, NaN for the others; shape (p,).
    """

    path: Positions
    genes: int
    pvalues: Array

    @property
    def best(self) -> Positions:
        """The chosen genes, best first.

        Example:
            >>> Chosen(path=np.array([4, 0, 2]), genes=2, pvalues=np.full(5, 0.01)).best
            array([4, 0])
        """
        return self.path[: self.genes]

    @property
    def ranks(self) -> Array:
        """The rank in the elimination, 1 for the last gene left; NaN for genes that did not enter; shape (p,).

        Example:
            >>> Chosen(path=np.array([4, 0, 2]), genes=2, pvalues=np.full(5, 0.01)).ranks
            array([ 2., nan,  3., nan,  1.])
        """
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
    selected: Positions
    axes: Array
    arrays: Arrays | Libraries = ON_ONE_SCALE

    def standardised(self, values: Array) -> Array:
        """Bring arrays to one scale, impute and standardise them.

        Args:
            values: Samples × all genes, log2, shape (m, p); NaN is missing.

        Returns:
            The columns that are worked with, shape (m, q).

        Example:
            >>> values = np.array([[1.0, 2.0], [3.0, 8.0]])
            >>> preparation = Preparation(fit_scaling(values), selected=np.array([1]), axes=np.eye(2))
            >>> print(preparation.standardised(np.array([[4.0, 5.0]])))
            [[2. 0.]]
        """
        return self.scaling.standardised(self.arrays.scaled(values))

    def views(self, values: Array) -> Views:
        """Transform samples to every set of features.

        Args:
            values: Samples × all genes, log2, shape (m, p); NaN is missing.

        Returns:
            The standardised genes as ``all``, shape (m, q), the ``selected`` ones, shape (m, g), and the scores of the
            principal ``components``, shape (m, c).

        Example:
            >>> values = np.array([[1.0, 2.0], [3.0, 8.0]])
            >>> preparation = Preparation(fit_scaling(values), selected=np.array([1]), axes=np.array([[0.6, 0.8]]))
            >>> {name: view.round(2).tolist() for name, view in preparation.views(np.array([[4.0, 8.0]])).items()}
            {'all': [[2.0, 1.0]], 'selected': [[1.0]], 'components': [[2.0]]}
        """
        everything = self.standardised(values)
        return {
            "all": everything,
            "selected": everything[:, self.selected],
            "components": everything @ self.axes.T,
        }


def fit_scaling(values: Array, probes: Probes | None = None, offered: Positions | None = None) -> Scaling:
    """Learn medians, means and standard deviations from training samples × genes; NaN is missing.

    Args:
        values: Training samples × genes, arrays on one scale, shape (n, p).
        probes: The gene of each column, and the rule that picks one column per gene; None: all columns are used.
        offered: Positions of the columns that may be used; None: all.

    Returns:
        What imputes and standardises any sample.

    Example:
        A constant gene has a spread of 1, so that its standardised values are 0.

        >>> scaling = fit_scaling(np.array([[1.0, 5.0], [3.0, 5.0], [np.nan, 5.0]]))
        >>> print(scaling.medians, scaling.centre, scaling.spread.round(3))
        [2. 5.] [2. 5.] [0.816 1.   ]
    """
    columns = representatives(values, probes, offered)
    part = values[:, columns]
    gaps = np.isnan(part)
    found = medians(part)
    usual = np.where(np.isnan(found), 0.0, found)
    part = np.where(gaps, usual, part) if gaps.any() else part
    centre = part.mean(axis=0)
    spread = part.std(axis=0)
    constant = spread <= 10 * np.finfo(float).eps * np.abs(centre)
    return Scaling(columns, usual, centre, np.where(constant, 1.0, spread))


def with_loss(settings: Settings, samples: int) -> Settings:
    """Return settings in which the loss of the elimination is decided, so that it is the same in all training parts.

    Args:
        settings: What was asked for.
        samples: Number of training samples of the study.

    Example:
        >>> from genereport.settings import read_settings
        >>> [with_loss(read_settings(), samples).selection.elimination_loss for samples in (72, 600)]
        ['hinge', 'squared_hinge']
    """
    if settings.selection.elimination_loss != "auto":
        return settings
    loss = "squared_hinge" if samples > FEW_FOR_HINGE else "hinge"
    selection = settings.selection.model_copy(update={"elimination_loss": loss})
    return settings.model_copy(update={"selection": selection})


def choose(values: Array, codes: Codes, settings: Settings, scaling: Scaling) -> Chosen:
    """Select genes on one training part: variance filter → Welch's test → recursive feature elimination.

    Args:
        values: Training samples × genes, shape (n, p).
        codes: Their classes, shape (n,).
        settings: How many genes pass each step.
        scaling: Scaling learnt from the same samples.

    Returns:
        The chosen genes and the order in which all candidates were eliminated.

    Example:
        The first two genes differ between the classes; the p-values of the two genes with the smallest variance are
        NaN.

        >>> from genereport.settings import read_settings
        >>> values = np.random.default_rng(1).normal(size=(12, 6))
        >>> codes = np.repeat([0, 1], 6)
        >>> values[:, :2] += 4 * codes[:, None]
        >>> settings = read_settings(assignments=["selection.genes=2", "preprocess.variance_quantile=0.3"])
        >>> chosen = choose(values, codes, settings, fit_scaling(values))
        >>> print(sorted(chosen.best.tolist()), np.isnan(chosen.pvalues).sum())
        [0, 1] 2
    """
    imputed = scaling.imputed(values)
    variance = VarianceFilter(settings.preprocess.variance_quantile).fit(imputed)
    passed = np.flatnonzero(variance.get_support())
    test = WelchFilter(settings.selection.candidates).fit(imputed[:, passed], codes)
    entered = passed[test.get_support()]
    standardised = (imputed[:, entered] - scaling.centre[entered]) / scaling.spread[entered]
    loss = with_loss(settings, len(values)).selection.elimination_loss
    share = ELIMINATED_SHARE if loss == "squared_hinge" or len(entered) > MANY_CANDIDATES else None
    ranking = GramRFE(settings.selection.genes, ELIMINATION_C, loss, share).fit(standardised, codes).ranking_
    pvalues = np.full(values.shape[1], np.nan)
    pvalues[scaling.columns[passed]] = test.pvalues_
    return Chosen(scaling.columns[entered[np.argsort(ranking)]], min(settings.selection.genes, len(entered)), pvalues)


def nothing_chosen(values: Array) -> Chosen:
    """Return the result for samples × genes, shape (n, p), among which no genes need to be chosen.

    Example:
        >>> nothing_chosen(np.ones((2, 3))).best
        array([], dtype=int64)
    """
    return Chosen(np.empty(0, dtype=np.intp), 0, np.full(values.shape[1], np.nan))


def prepare(
    values: Array, scaling: Scaling, selected: Positions, share: float | None, arrays: Arrays | Libraries = ON_ONE_SCALE
) -> Preparation:
    """Return the preparation that the models use, for genes chosen on the same training part.

    Args:
        values: Training samples × genes, arrays on one scale, shape (n, p).
        scaling: Scaling learnt from them.
        selected: Chosen genes as positions in the cohort's matrix, best first.
        share: Share of the variance that the components explain; None: components are not used, and there are none.
        arrays: How the arrays were brought to one scale.

    Returns:
        What transforms any sample to every set of features.

    Example:
        Two genes that rise together have one component.

        >>> values = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
        >>> print(prepare(values, fit_scaling(values), selected=np.array([1]), share=0.95).axes.round(3))
        [[0.707 0.707]]
    """
    axes = np.empty((0, len(scaling.columns)))
    if share is not None:
        pca = principal_components(scaling.standardised(values))
        axes = pca.axes[: pca.needed(share)]
    return Preparation(scaling, np.searchsorted(scaling.columns, selected), axes, arrays)
