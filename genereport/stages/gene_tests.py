"""The tests of every gene as columns of a table: location, moderated, effects, ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from genereport.cohort.design import Design
from genereport.settings import DifferentialSettings
from genereport.stats.ebayes import Moderated, moderate
from genereport.stats.effects import hedges_g
from genereport.stats.linear import LinearFit, LinearTest, fit_linear, linear_test
from genereport.stats.moments import group_moments
from genereport.stats.multiplicity import benjamini_hochberg, bonferroni
from genereport.stats.oneway import welch_f
from genereport.stats.ranks import rank_test
from genereport.stats.ttests import TTest, paired_t, student_t, welch_t

Matrix = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Columns = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class GeneTests:
    """The tests of one training set under one design; each method gives columns of (p,) values.

    Attributes:
        values: Training samples × genes.
        codes: Their classes.
        design: The linear model.
        settings: Which tests, and at which confidence.
        fit: The linear model of every gene.
        moderated: Its moderated tests.
    """

    values: Matrix
    codes: Codes
    design: Design
    settings: DifferentialSettings
    fit: LinearFit
    moderated: Moderated

    @classmethod
    def of(
        cls, values: Matrix, codes: Codes, design: Design, settings: DifferentialSettings, *, trend: bool
    ) -> GeneTests:
        """Fit the linear model of every gene and moderate it."""
        fit = fit_linear(values, design.matrix, design.contrasts)
        return cls(values, codes, design, settings, fit, moderate(fit, trend=trend, robust=settings.robust))

    @property
    def method(self) -> str:
        """What `location` or `omnibus` does."""
        letter = "t" if len(self.design.pairs) == 1 else "F"
        if self.design.partners is not None:
            return "paired t"
        if self.design.covariates:
            return f"linear model {letter}"
        if self.settings.method == "welch":
            return f"Welch {letter}"
        return "Student t" if letter == "t" else "F"

    def location(self, pair: int = 0) -> Columns:
        """Difference of the means of a pair of classes, and the t-test of it."""
        test = self._t_test(pair)
        columns = {"logFC": test.difference, "CI.L": test.ci_low, "CI.R": test.ci_high, "AveExpr": test.average}
        return {**columns, "t": test.t, "df": test.df, "P.Value": test.p}

    def omnibus(self) -> Columns:
        """The test that all classes have one mean."""
        if self.method == "Welch F":
            test = welch_f(self.values, self.codes, int(self.codes.max()) + 1)
            return {"AveExpr": test.average, "F": test.f, "df1": test.df1, "df2": test.df2, "P.Value": test.p}
        linear = linear_test(self.fit, self.settings.confidence)
        df1 = np.where(np.isnan(linear.f), np.nan, float(self.fit.rank))
        columns = {"AveExpr": self.fit.average, "F": linear.f, "df1": df1, "df2": linear.df}
        return {**columns, "P.Value": linear.f_p}

    def moderated_t(self, tested: npt.NDArray[np.bool_], pair: int = 0) -> Columns:
        """Moderated t and B, as limma's, of a pair of classes, p-values only for genes that are `tested`."""
        found = self.moderated
        p = np.where(tested, found.p[pair], np.nan)
        return {"t.mod": found.t[pair], "df.mod": found.df, **_adjusted(p), "B": found.b[pair]}

    def moderated_f(self, tested: npt.NDArray[np.bool_]) -> Columns:
        """Moderated F, as limma's, of all pairs at once, p-values only for genes that are `tested`."""
        found = self.moderated
        return {"F.mod": found.f, "df2.mod": found.f_df, **_adjusted(np.where(tested, found.f_p, np.nan))}

    def effects(self, pair: int = 0) -> Columns:
        """Hedges' g and the area under the ROC curve of a pair of classes, with intervals; the rank test."""
        values, codes = self._pair(pair)
        g = hedges_g(group_moments(values, codes, 2), self.settings.confidence)
        ranks = rank_test(values, codes, self.settings.confidence)
        columns = {"g": g.g, "g.L": g.ci_low, "g.R": g.ci_high}
        columns |= {"AUC": ranks.auc, "AUC.L": ranks.ci_low, "AUC.R": ranks.ci_high}
        return {**columns, "P.Wilcoxon": ranks.p}

    def differences(self) -> Matrix:
        """Target − reference of each pair of partners, shape (pairs, p)."""
        if self.design.partners is None:
            raise ValueError("the samples are not paired")
        reference, target = self.design.partners
        return np.asarray(self.values[target] - self.values[reference])

    def _t_test(self, pair: int) -> TTest:
        confidence = self.settings.confidence
        if self.design.partners is not None:
            return paired_t(self.differences(), self.fit.average, confidence)
        if self.design.covariates:
            return _of_contrast(self.fit, linear_test(self.fit, confidence), pair)
        test = welch_t if self.settings.method == "welch" else student_t
        return test(*self._pair(pair), confidence)

    def _pair(self, pair: int) -> tuple[Matrix, Codes]:
        reference, target = self.design.pairs[pair]
        rows = np.isin(self.codes, (reference, target))
        values = self.values if rows.all() else self.values[rows]
        return values, (self.codes[rows] == target).astype(np.intp)


def _of_contrast(fit: LinearFit, test: LinearTest, pair: int) -> TTest:
    df = np.where(np.isnan(test.t[pair]), np.nan, test.df)
    return TTest(fit.estimate[pair], test.ci_low[pair], test.ci_high[pair], fit.average, test.t[pair], df, test.p[pair])


def _adjusted(p: np.ndarray) -> Columns:
    return {"P.mod": p, "P.mod.Bonferroni": bonferroni(p), "adj.P.mod": benjamini_hochberg(p)}
