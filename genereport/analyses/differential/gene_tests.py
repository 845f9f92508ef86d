"""The tests of every gene as columns of a table: location, moderated, effects, ranks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from genereport.cohort.design import Design
from genereport.rules import PRIOR_COUNT
from genereport.settings import DifferentialSettings
from genereport.stats.block import block_correlation, block_matrix
from genereport.stats.counts import log_cpm
from genereport.stats.ebayes import Moderated, moderate
from genereport.stats.effects import hedges_g
from genereport.stats.linear import LinearFit, LinearTest, fit_linear, linear_test, varies_within
from genereport.stats.moments import group_moments, varies
from genereport.stats.multiplicity import benjamini_hochberg, bonferroni
from genereport.stats.oneway import welch_f
from genereport.stats.ranks import kruskal_wallis, rank_test
from genereport.stats.tails import t_quantile
from genereport.stats.ttests import TTest, paired_t, student_t, welch_t
from genereport.stats.voom import Voom, voom, voom_with_blocks, voom_with_quality_weights
from genereport.types import AnyArray, Array, Codes, Flags

Columns = dict[str, AnyArray]
StandIn = tuple[str, Callable[[Flags], Columns]]
"""Name of a test, and its columns for chosen genes."""

EQUAL, RANK, MODERATED = "equal variance", "rank", "moderated"
"""Tests that are used where another is not defined, as named in the column `test`."""


@dataclass(frozen=True, eq=False)
class Counted:
    """How counts were tested.

    Attributes:
        method: ``voom`` or ``limma-trend``.
        trend: One row per gene; columns average, root_sd (square root of the residual standard deviation) and line
            (the fitted trend).
        weights: Precision of each value, shape (n, p); None: all are equal.
        sample_weights: Quality weight of each sample, shape (n,); None: all are equal.
    """

    method: Literal["voom", "limma-trend"]
    trend: pd.DataFrame = field(default_factory=pd.DataFrame)
    weights: Array | None = None
    sample_weights: Array | None = None


@dataclass(frozen=True, eq=False)
class GeneTests:
    """The tests of one training set under one design; each method returns columns of shape (p,).

    Attributes:
        values: Training samples × genes, shape (n, p).
        codes: Classes of the samples, shape (n,).
        design: The linear model.
        settings: Which tests are made, and at which confidence level.
        fit: The linear model of every gene.
        compared: Whether each gene varies and has values to compare the classes of each pair by, shape (pairs, p).
        moderated: The moderated tests; None if most genes do not vary within the classes, so that there is no prior.
        correlation: Correlation of samples of one unit, which all tests allow for; None if samples are independent or
            paired.
        counted: How counts are tested, and what that estimated; None for other values.
    """

    values: Array
    codes: Codes
    design: Design
    settings: DifferentialSettings
    fit: LinearFit
    compared: Flags
    moderated: Moderated | None
    correlation: float | None
    counted: Counted | None = None

    @classmethod
    def of(
        cls, values: Array, codes: Codes, design: Design, settings: DifferentialSettings, *, trend: bool
    ) -> GeneTests:
        """Fit the linear model of every gene, and moderate it."""
        correlation = _estimate_correlation(values[:, varies(values)], design)
        return cls._fitted(values, codes, design, settings, correlation, trend=trend)

    @classmethod
    def of_counts(
        cls, counts: Array, codes: Codes, design: Design, settings: DifferentialSettings, sizes: Array
    ) -> GeneTests:
        """Fit the linear model of every gene to log2 counts per million by limma-voom or limma-trend, and moderate it.

        Args:
            counts: Training samples × genes with enough counts, shape (n, p).
            codes: Classes of the samples, shape (n,).
            design: The linear model.
            settings: Which method to use.
            sizes: Effective library sizes of the samples, shape (n,).
        """
        if settings.counts == "trend":
            values = log_cpm(counts, sizes, prior_count=PRIOR_COUNT)
            correlation = _estimate_correlation(values, design)
            trended = settings.trend is not False
            found = cls._fitted(
                values, codes, design, settings, correlation, trend=trended, counted=Counted("limma-trend")
            )
            return replace(found, counted=Counted("limma-trend", _trend_of(found)))
        voomed, correlation = _voom(counts, design, settings, sizes)
        line = np.interp(voomed.x, voomed.line.x, voomed.line.y)
        trend = pd.DataFrame({"average": voomed.x, "root_sd": voomed.y, "line": line})
        counted = Counted("voom", trend, voomed.weights, voomed.sample_weights if settings.sample_weights else None)
        return cls._fitted(
            voomed.values, codes, design, settings, correlation, trend=bool(settings.trend), counted=counted
        )

    @classmethod
    def _fitted(
        cls,
        values: Array,
        codes: Codes,
        design: Design,
        settings: DifferentialSettings,
        correlation: float | None,
        *,
        trend: bool,
        counted: Counted | None = None,
    ) -> GeneTests:
        varying = varies(values)
        within = None if correlation is None or design.block is None else block_matrix(design.block, correlation)
        weights = None if counted is None else counted.weights
        fit = fit_linear(values, design.matrix, design.contrasts, correlation=within, weights=weights)
        compared = np.logical_and(varying, ~np.isnan(fit.estimate))
        genes = np.logical_or.reduce(compared)
        moderated = None
        if _has_prior(fit, genes):
            moderated = moderate(fit, trend=trend, robust=settings.robust, genes=genes)
        return cls(values, codes, design, settings, fit, compared, moderated, correlation, counted)

    @property
    def method(self) -> str:
        """The test that `location` or `omnibus` makes where it is defined."""
        letter = "t" if len(self.design.pairs) == 1 else "F"
        if self.counted is not None and self.moderated is not None:
            return f"{self.counted.method} {letter}"
        if self.design.partners is not None and self.counted is None:
            return "paired t"
        if self._needs_model:
            return f"linear model {letter}"
        if self.settings.method == "welch":
            return f"Welch {letter}"
        return "Student t" if letter == "t" else "F"

    @property
    def name(self) -> str:
        """The name of the test in the column `test`."""
        name = self.method.rpartition(" ")[0]
        return EQUAL if name in ("", "Student") else name

    @property
    def independent(self) -> bool:
        """Whether the samples count as independent, as rank tests and intervals of effects assume."""
        within = self.design.partners is not None or self.design.unit in self.design.covariates
        return not within and self.correlation is None

    def location(self, pair: int = 0) -> Columns:
        """Return the difference of the means of a pair of classes, its t-test or a stand-in, and the name of that."""
        if self.counted is not None and self.moderated is not None:
            every = np.ones(len(self.fit.average), dtype=bool)
            columns = {"logFC": self.fit.estimate[pair], "AveExpr": self.fit.average, **self._moderated_t(every, pair)}
            return _first_defined(columns, self.name, self.compared[pair], [])
        test = self._t_test(pair)
        columns = {"logFC": test.difference, "CI.L": test.ci_low, "CI.R": test.ci_high, "AveExpr": test.average}
        columns |= {"t": test.t, "df": test.df, "P.Value": test.p}
        stand_ins: list[StandIn] = [(MODERATED, lambda genes: self._moderated_t(genes, pair))]
        if not self._needs_model:
            stand_ins.insert(0, (RANK, lambda genes: {"P.Value": self._rank_p(genes, pair)}))
        if self.name == "Welch":
            stand_ins.insert(0, (EQUAL, lambda genes: self._student_t(genes, pair)))
        return _first_defined(columns, self.name, self.compared[pair], stand_ins)

    def omnibus(self) -> Columns:
        """Return the test that all classes have one mean or a stand-in, and its name."""
        if self.counted is not None and self.moderated is not None:
            every = np.ones(len(self.fit.average), dtype=bool)
            columns = {"AveExpr": self.fit.average, **self._moderated_f(every)}
            return _first_defined(columns, self.name, np.logical_and.reduce(self.compared), [])
        linear = linear_test(self.fit, self.settings.confidence)
        columns = {"AveExpr": self.fit.average, **self._linear_f(linear)}
        stand_ins: list[StandIn] = [(MODERATED, self._moderated_f)]
        if not self._needs_model:
            stand_ins.insert(0, (RANK, lambda genes: {"P.Value": self._kruskal_p(genes)}))
        if self.name == "Welch":
            test = welch_f(self.values, self.codes, int(self.codes.max()) + 1)
            equal = self._linear_f(linear)
            columns = {"AveExpr": test.average, "F": test.f, "df1": test.df1, "df2": test.df2, "P.Value": test.p}
            stand_ins.insert(0, (EQUAL, lambda genes: {name: part[genes] for name, part in equal.items()}))
        return _first_defined(columns, self.name, np.logical_and.reduce(self.compared), stand_ins)

    def moderated_t(self, pair: int = 0) -> Columns:
        """Return moderated t and B of a pair of classes, as in limma."""
        found = self.moderated
        if found is None:
            return dict.fromkeys(("t.mod", "df.mod", *_ADJUSTED, "B"), self._all_missing)
        return {"t.mod": found.t[pair], "df.mod": found.df, **_adjust_p_values(found.p[pair]), "B": found.b[pair]}

    def moderated_f(self) -> Columns:
        """Return moderated F of all pairs at once, as in limma."""
        found = self.moderated
        if found is None:
            return dict.fromkeys(("F.mod", "df2.mod", *_ADJUSTED), self._all_missing)
        return {"F.mod": found.f, "df2.mod": found.f_df, **_adjust_p_values(found.f_p)}

    def effects(self, pair: int = 0) -> Columns:
        """Return Hedges' g, the area under the ROC curve of a pair of classes, their intervals, and the rank test.

        Intervals and p-value are NaN if samples are not independent.
        """
        values, codes = self._select_pair(pair)
        g = hedges_g(group_moments(values, codes, 2), self.settings.confidence)
        ranks = rank_test(values, codes, self.settings.confidence)
        columns = {"g": g.g, "g.L": g.ci_low, "g.R": g.ci_high}
        columns |= {"AUC": ranks.auc, "AUC.L": ranks.ci_low, "AUC.R": ranks.ci_high, "P.Wilcoxon": ranks.p}
        if not self.independent:
            columns |= dict.fromkeys(("g.L", "g.R", "AUC.L", "AUC.R", "P.Wilcoxon"), self._all_missing)
        return columns

    def differences(self) -> Array:
        """Return target − reference of each pair of partners, shape (pairs, p)."""
        if self.design.partners is None:
            raise ValueError("the samples are not paired")
        reference, target = self.design.partners
        return np.asarray(self.values[target] - self.values[reference])

    @property
    def _needs_model(self) -> bool:
        """Whether the comparison needs the linear model: for counts, pairs, covariates or correlated samples."""
        return self.counted is not None or bool(self.design.covariates) or self.correlation is not None

    @property
    def _all_missing(self) -> Array:
        return np.full(self.values.shape[1], np.nan)

    def _t_test(self, pair: int) -> TTest:
        confidence = self.settings.confidence
        if self.design.partners is not None and self.counted is None:
            return paired_t(self.differences(), self.fit.average, confidence)
        if self._needs_model:
            return _of_contrast(self.fit, linear_test(self.fit, confidence), pair)
        test = welch_t if self.settings.method == "welch" else student_t
        return test(*self._select_pair(pair), confidence)

    def _student_t(self, genes: Flags, pair: int) -> Columns:
        values, codes = self._select_pair(pair)
        test = student_t(values[:, genes], codes, self.settings.confidence)
        return {"CI.L": test.ci_low, "CI.R": test.ci_high, "t": test.t, "df": test.df, "P.Value": test.p}

    def _rank_p(self, genes: Flags, pair: int) -> Array:
        values, codes = self._select_pair(pair)
        return rank_test(values[:, genes], codes, self.settings.confidence).p

    def _kruskal_p(self, genes: Flags) -> Array:
        return kruskal_wallis(self.values[:, genes], self.codes, int(self.codes.max()) + 1)

    def _moderated_t(self, genes: Flags, pair: int) -> Columns:
        if self.moderated is None:
            return {"P.Value": self._all_missing[genes]}
        found, estimate = self.moderated, self.fit.estimate[pair, genes]
        error = self.fit.unscaled[pair, genes] * np.sqrt(found.variance[genes])
        half = t_quantile(self.settings.confidence, found.df[genes]) * error
        columns = {"CI.L": estimate - half, "CI.R": estimate + half, "t": found.t[pair, genes], "df": found.df[genes]}
        return {**columns, "P.Value": found.p[pair, genes]}

    def _moderated_f(self, genes: Flags) -> Columns:
        if self.moderated is None:
            return {"P.Value": self._all_missing[genes]}
        found = self.moderated
        df1 = np.full(np.count_nonzero(genes), float(self.fit.rank))
        return {"F": found.f[genes], "df1": df1, "df2": found.f_df[genes], "P.Value": found.f_p[genes]}

    def _linear_f(self, linear: LinearTest) -> Columns:
        df1 = np.where(np.isnan(linear.f), np.nan, float(self.fit.rank))
        return {"F": linear.f, "df1": df1, "df2": linear.df, "P.Value": linear.f_p}

    def _select_pair(self, pair: int) -> tuple[Array, Codes]:
        reference, target = self.design.pairs[pair]
        rows = np.isin(self.codes, (reference, target))
        values = self.values if rows.all() else self.values[rows]
        return values, (self.codes[rows] == target).astype(np.intp)


_ADJUSTED = ("P.mod", "P.mod.Bonferroni", "adj.P.mod")


def _estimate_correlation(values: Array, design: Design) -> float | None:
    """Return the correlation of samples of one unit; None without units, or if too few samples share one."""
    if design.block is None:
        return None
    found = block_correlation(values, design.matrix, design.block).consensus
    return found if np.isfinite(found) and found != 0 else None


def _voom(counts: Array, design: Design, settings: DifferentialSettings, sizes: Array) -> tuple[Voom, float | None]:
    """Return what voom makes of the counts, and the correlation of samples of one unit, if any share one."""
    quality = settings.sample_weights
    if design.block is not None:
        blocked = voom_with_blocks(counts, design.matrix, design.block, sizes, quality=quality)
        consensus = blocked.correlation.consensus
        if np.isfinite(consensus) and consensus != 0:
            return blocked.voom, consensus
    if quality:
        return voom_with_quality_weights(counts, design.matrix, sizes), None
    return voom(counts, design.matrix, sizes), None


def _trend_of(tests: GeneTests) -> pd.DataFrame:
    """Return average, square root of the residual standard deviation, and that of the prior, of every gene."""
    prior = np.full(len(tests.fit.average), np.nan) if tests.moderated is None else tests.moderated.prior.variance
    return pd.DataFrame({"average": tests.fit.average, "root_sd": tests.fit.variance**0.25, "line": prior**0.25})


def _has_prior(fit: LinearFit, genes: Flags) -> bool:
    """Return whether at least half of the genes vary within the classes; limma warns if they do not."""
    judged = int(np.count_nonzero(genes & (fit.df > 0)))
    return judged > 0 and 2 * int(np.count_nonzero(genes & varies_within(fit))) >= judged


def _first_defined(columns: Columns, name: str, wanted: Flags, stand_ins: Sequence[StandIn]) -> Columns:
    """Return the columns of a test and its name, completed gene by gene by the first stand-in that is defined.

    Args:
        columns: Columns of the test itself, its p-value among them.
        name: Name of the test itself.
        wanted: Genes to be tested; the others get no p-value.
        stand_ins: Stand-ins, the best first.
    """
    found = {column: part.copy() for column, part in columns.items()}
    p = found["P.Value"]
    p[~wanted] = np.nan
    test = np.where(np.isnan(p), "", name).astype(object)
    for stand_in, run in stand_ins:
        missing = wanted & np.isnan(p)
        if not missing.any():
            break
        for column, part in run(missing).items():
            found[column][missing] = part
        test[missing & ~np.isnan(p)] = stand_in
    return {**found, "test": test}


def _of_contrast(fit: LinearFit, test: LinearTest, pair: int) -> TTest:
    df = np.where(np.isnan(test.t[pair]), np.nan, test.df)
    return TTest(fit.estimate[pair], test.ci_low[pair], test.ci_high[pair], fit.average, test.t[pair], df, test.p[pair])


def _adjust_p_values(p: Array) -> Columns:
    return dict(zip(_ADJUSTED, (p, bonferroni(p), benjamini_hochberg(p)), strict=True))
