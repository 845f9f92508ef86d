"""What the comparison of the classes says about genes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from genereport.frames import Frame, Number
from genereport.results.base import Shown, Skipped, Tabled
from genereport.results.cohort import ValueUnit


@dataclass(frozen=True)
class Moderation(Shown):
    """The prior that limma's empirical Bayes method drew from the tested genes.

    Attributes:
        genes: Genes whose variances it was drawn from: all that vary and of which at least one pair of classes can be
            compared.
        df: Prior degrees of freedom d0; None: infinite, the variances scatter no more than chance makes them.
        variance: Prior variance s0², the median over the genes if it follows a trend.
        trend: Whether the prior variance follows the average expression.
        robust: Whether outlying variances were kept from the prior.
        outliers: Genes whose variance is so large that they got less than half of d0, if the prior is robust.
        bonferroni: Genes with P.mod.Bonferroni < alpha.
        bh: Genes with adj.P.mod < alpha.
    """

    genes: int
    df: float | None
    variance: float
    trend: bool
    robust: bool
    outliers: int
    bonferroni: int
    bh: int


@dataclass(frozen=True)
class StandIns(Shown):
    """Tested genes whose p-value is from another test than that of `Differential.method`, which is not defined there.

    Attributes:
        equal_variance: By the test of equal variances, where a class is constant or has fewer than two values.
        rank: By the rank test, Wilcoxon's or Kruskal and Wallis', where no class varies.
        moderated: By limma's moderated test, where none of the others is defined or suits the design.
        total: All of them.
    """

    equal_variance: int
    rank: int
    moderated: int
    total: int


@dataclass(frozen=True)
class Permutations(Shown):
    """Westfall and Young's adjustments.

    Attributes:
        statistic: What was compared under relabelling: ``Welch t``, ``F`` or ``paired t``.
        count: Labellings counted, the observed one included.
        complete: Whether these are all there are.
        smallest_p: 1 / count, which no p-value counted in labellings can be below.
        genes: Tested genes that took part; the others have a class of fewer than two values.
        max_t: Genes with P.maxT < alpha.
        min_p: Genes with P.minP < alpha.
    """

    statistic: str
    count: int
    complete: bool
    smallest_p: float
    genes: int
    max_t: int
    min_p: int


@dataclass(frozen=True)
class Term(Shown):
    """How a covariate entered the linear model.

    Attributes:
        name: As the formula writes it: ``age``, ``C(batch)``, ``log(age)``.
        kind: ``number`` (one slope per unit), ``factor``, ``transformation`` (of a number) or ``interaction``.
        levels: Of a factor; else 0.
        coefficients: That it has in the model.
    """

    name: str
    kind: Literal["number", "factor", "transformation", "interaction"]
    levels: int
    coefficients: int


@dataclass(frozen=True, eq=False)
class Differential(Tabled, main="table"):
    """Gene by gene comparison of the classes on the training samples.

    Attributes:
        classes: Class levels, the reference first.
        sizes: Training samples per class, in the same order.
        method: ``Welch t``, ``Student t``, ``paired t`` or ``linear model t`` for two classes; ``Welch F``, ``F`` or
            ``linear model F`` for more. Where it is not defined another test stands in.
        value_unit: What logFC and AveExpr are measured in, as in `Preprocessing.value_unit`.
        design: Formula of the linear model behind the moderated tests, and behind all if it names covariates.
        covariates: Covariates that the comparison is adjusted for.
        terms: How each of them entered the linear model, in the order of the formula.
        unit: Column of the sample sheet that names units such as patients, if the tests allow for them; else empty.
        lone: Number of training samples that say nothing about the classes, for their unit, a covariate, has one class.
        correlation: Of two samples of one unit, the consensus of all genes; None if no unit is a random effect.
        independent: Whether the tests take the samples as independent, neither paired nor correlated.
        alpha: Significance level after correction.
        confidence: Confidence level of every interval.
        tested: Genes with a p-value; the multiplicity that every correction counts.
        degenerate: Genes without a p-value: their values do not vary, or a class has none.
        stand_ins: Genes whose p-value is from another test than `method`.
        bonferroni: Genes with P.Bonferroni < alpha.
        holm: Genes with P.Holm < alpha.
        bh: Genes with adj.P.Val < alpha.
        up: Bonferroni-significant genes that are higher in the target (two classes; else 0).
        pi0: Estimated share of the tested genes that do not differ (Storey).
        moderation: The prior of the moderated tests, or why there is none.
        permutations: What was permuted, or why nothing was.
        kept: How many genes each adjustment keeps: index adjustment; columns test, controls (``FWER`` or ``FDR``),
            genes.
        table: Index gene, sorted by P.Value; columns symbol, then for two classes logFC CI.L CI.R AveExpr t df, for
            more ``AveExpr F df1 df2``; then P.Value P.Bonferroni P.Holm adj.P.Val. logFC is target − reference. To the
            right, test: what P.Value is from (``Welch``, ``equal variance``, ``rank``, ``paired``, ``linear model``,
            ``moderated``; empty without a p-value; a rank test has no t, F, df and interval). Moderated: for two
            classes t.mod df.mod P.mod P.mod.Bonferroni adj.P.mod B, for more ``F.mod df2.mod P.mod P.mod.Bonferroni
            adj.P.mod``; for two classes g g.L g.R (Hedges), AUC AUC.L AUC.R (DeLong) P.Wilcoxon, limits and p-value
            missing unless samples are independent; then
            adj.P.BY q.Value (Storey), and P.perm P.maxT P.minP if there were permutations.
        contrasts: For more than two classes, all pairs: index gene; columns symbol, contrast (``B-A``), logFC CI.L CI.R
            t df P.Value P.Holm.pairs (Holm over the pairs of a gene, where P.Holm is over the genes) test t.mod P.mod g
            g.L g.R AUC AUC.L AUC.R P.Wilcoxon. Else empty.
        pairs: For more than two classes, one row a contrast: index contrast; columns tested, bonferroni, bh (genes kept
            at alpha over the tested genes of the contrast), up (of those by Bonferroni, higher in the target), gene and
            symbol of the smallest p-value. Else empty.
    """

    classes: tuple[str, ...]
    sizes: tuple[int, ...]
    method: str
    value_unit: ValueUnit
    design: str
    covariates: tuple[str, ...]
    terms: tuple[Term, ...]
    unit: str
    lone: int
    correlation: float | None
    independent: bool
    alpha: float
    confidence: float
    tested: int
    degenerate: int
    stand_ins: StandIns
    bonferroni: int
    holm: int
    bh: int
    up: int
    pi0: float
    moderation: Moderation | Skipped
    permutations: Permutations | Skipped
    kept: Frame
    table: Frame
    contrasts: Frame
    pairs: Frame

    def top_table(self, number: int = 10, sort_by: str = "P.Value") -> pd.DataFrame:
        """The first genes of the table, as limma's ``topTable``.

        Args:
            number: Genes to return.
            sort_by: A column of p-values, sorted rising; logFC, t, t.mod or g, falling by size; any other, falling.

        Raises:
            KeyError: if the table has no such column.
        """
        column = self.table[sort_by]
        if sort_by in ("logFC", "t", "t.mod", "g"):
            column = column.abs()
        rising = sort_by.startswith(("P.", "adj.P", "q."))
        order = column.argsort(kind="stable") if rising else (-column).argsort(kind="stable")
        return self.table.iloc[order].head(number)


@dataclass(frozen=True, eq=False)
class Components(Tabled, main="scores"):
    """Principal components of the standardised training samples, onto which an independent set is projected.

    Attributes:
        genes: Genes that entered.
        share: Share of the variance asked for.
        needed: Components that reach it.
        scores: Index sample; columns set, class, PC1 … (as many as are needed, at least 3 where there are 3).
        variance: Index component; columns variance, share, cumulative.
        loadings: Index gene; columns symbol, component, loading: the ten largest in size of PC1 and PC2.
        silhouette: Mean silhouette width of the classes on the first two components of the training samples.
    """

    genes: int
    share: float
    needed: int
    scores: Frame
    variance: Frame
    loadings: Frame
    silhouette: float


@dataclass(frozen=True, eq=False)
class Selection(Tabled, main="stability"):
    """Genes chosen in each training part, and on the whole training set.

    Attributes:
        variance_quantile: Share of genes dropped by the variance filter.
        candidates: Genes with the smallest p-values that enter the elimination.
        genes: Genes that remain.
        folds: Number of training parts.
        chosen: Genes of the whole training set, best first.
        ranking: Index gene; columns symbol, test (rank of the p-value within the filtered genes), rfe (rank in the
            elimination, NaN if the gene did not enter): whole training set.
        stability: Index gene; columns symbol, times, frequency over the training parts; all genes chosen at least once.
        by_fold: Index split (0-based, repeat-major); columns rank (1 is best), gene: the chosen genes.
        always: Genes chosen in every training part.
        ever: Genes chosen in at least one.
    """

    variance_quantile: float
    candidates: int
    genes: int
    folds: int
    chosen: tuple[str, ...]
    ranking: Frame
    stability: Frame
    by_fold: Frame
    always: int
    ever: int


@dataclass(frozen=True, eq=False)
class Biomarkers(Tabled, main="signature"):
    """One ranked signature, held against cited markers.

    Attributes:
        markers: Entries of the marker list.
        measured: Entries with at least one testable probe in the cohort.
        agreeing: Of the directed entries, those whose best probe's logFC has the listed sign.
        directed: Measured entries with independent evidence and a direction among the classes.
        agreement: agreeing / directed; NaN if nothing is directed.
        circular: Evidence classes that come from this very cohort (or were planted in it).
        signature: Index rank; columns gene, symbol, logFC, P.Bonferroni, frequency, rank_test, rank_rfe, rank_l1,
            rank_forest, evidence, source. All genes that entered the elimination or have an L1
            coefficient, best first by reciprocal rank fusion of the four ranks. Without a cross-validation: the genes
            with the smallest p-values, by rank_test alone; frequency and the other ranks are NaN.
        probes: All tested probes of the printed genes that have several, side by side: index gene; columns symbol, rank
            (in the signature; NaN if none), logFC, AveExpr, P.Value, P.Bonferroni.
        several: Genes of `probes`.
        opposed: Those whose significant probes differ in sign.
        listed: Rows of `matched`: measured probes of the entries.
        matched: Index gene; columns symbol, direction, evidence, circular, source, logFC, P.Value, P.Bonferroni,
            agrees (``yes``, ``no``, empty where the direction is no class of the cohort or the evidence says nothing of
            expression), rank (in the signature; NaN if none).
        by_evidence: Index evidence; columns entries, measured, directed, agreeing, significant, circular.
        value_unit: What the values of `expression` are measured in, as in `Preprocessing.value_unit`.
        expression: Index sample; columns set, class, then the preprocessed values of the top genes.
        methods: What ranks the genes: test, rfe, l1 and forest; test alone where no cross-validation was possible.
    """

    markers: int
    measured: int
    agreeing: int
    directed: int
    agreement: Number
    circular: tuple[str, ...]
    signature: Frame
    probes: Frame
    several: int
    opposed: int
    listed: int
    matched: Frame
    by_evidence: Frame
    value_unit: ValueUnit
    expression: Frame
    methods: tuple[str, ...] = ("test", "rfe", "l1", "forest")


@dataclass(frozen=True, eq=False)
class Known(Tabled, main="sets"):
    """Marker classes and gene sets held against the whole comparison.

    A gene with several probes is represented by the one with the highest average expression, chosen without a look at
    the classes.

    Attributes:
        universe: Tested genes, one probe each; a probe without a symbol is a gene of its own.
        named: Those with a symbol, or all if the cohort has no symbols: the universe of the gene sets.
        significant: Genes of the universe with adj.P.Val < alpha.
        named_significant: Those of them that are named.
        alpha: Limit of adj.P.Val, and of the adjusted p-values of the sets.
        correlation: Between the genes of a set, which the rank test allows for.
        smallest: Sets with fewer measured genes are left out.
        left_out: How many were.
        tested: Sets that were tested.
        over: Of them, those that are not circular and have adj.P.hyper < alpha.
        shifted: Of them, those that are not circular and have adj.P.rank < alpha.
        sets: Index set; columns origin (``markers`` or the name of a GMT file), size (genes listed), measured,
            significant, expected, odds_ratio, P.hyper and adj.P.hyper (Benjamini–Hochberg within the origin), directed,
            agreeing, agree.L, agree.R (Wilson interval of the share), P.sign (NaN where nothing is directed), AUC,
            direction (``up`` or ``down`` in the target; empty for marker classes and several classes), P.rank,
            adj.P.rank, circular (``yes`` or ``no``), genes (the significant ones, at most ten). Gene sets are ranked by
            t, marker classes, which hold markers of either class, by its size, several classes by F. Sorted by origin
            and the smaller p-value.
    """

    universe: int
    named: int
    significant: int
    named_significant: int
    alpha: float
    correlation: float
    smallest: int
    left_out: int
    tested: int
    over: int
    shifted: int
    sets: Frame
