"""Differential expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd
from pydantic import computed_field

from genereport.analyses.result import Skipped, Tabled
from genereport.display import Shown
from genereport.frames import Bytes, Frame
from genereport.types import Term, ValueUnit


def name_means(classes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the columns that hold the means of classes.

    Args:
        classes: Class levels.

    Example:
        >>> name_means(("EWS", "Ewing sarcoma", "Ewing.sarcoma"))
        ('mean.EWS', 'mean.Ewing.sarcoma', 'mean.Ewing.sarcoma.3')
    """
    names: list[str] = []
    for place, name in enumerate(classes, start=1):
        column = f"mean.{'.'.join(name.split())}"
        names.append(f"{column}.{place}" if column in names else column)
    return tuple(names)


@dataclass(frozen=True)
class Moderation(Shown):
    """The prior that limma's empirical Bayes method estimated from the tested genes.

    Attributes:
        genes: Number of genes whose variances were used: all that vary and of which at least one pair of classes can be
            compared.
        df: Prior degrees of freedom d0; None: infinite, the variances scatter no more than by chance.
        variance: Prior variance s0², the median over the genes if it follows a trend.
        trend: Whether the prior variance follows the average expression.
        robust: Whether outlying variances were kept from the prior.
        outliers: Number of genes whose variance is so large that they got less than half of d0, if the prior is robust.
        bonferroni: Number of genes with P.mod.Bonferroni < alpha.
        bh: Number of genes with adj.P.mod < alpha.
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
    """Numbers of tested genes for which `Differential.method` is not defined and another test stands in.

    Attributes:
        equal_variance: By the test of equal variances, if a class is constant or has fewer than two values.
        rank: By the rank test, Wilcoxon's or Kruskal and Wallis', if no class varies.
        moderated: By limma's moderated test, if none of the others is defined or suits the design.
        total: By any of these tests.
    """

    equal_variance: int
    rank: int
    moderated: int
    total: int


@dataclass(frozen=True, eq=False)
class CountModel(Shown):
    """How counts were tested.

    Attributes:
        method: ``voom`` or ``limma-trend``.
        genes: Number of genes with enough counts for the design, after edgeR's filter.
        unexpressed: Number of genes that the filter set aside.
        sample_weights: Whether each sample has a quality weight.
        samples: Index training sample; columns library_size (counts of the kept genes), factor (of TMM), weight
            (quality weight, 1 without).
        trend: Index gene; columns average (of voom: log2 of the mean count + 0.5; of limma-trend: log2 counts per
            million), root_sd (square root of the residual standard deviation), line (the trend that was fitted).
    """

    method: Literal["voom", "limma-trend"]
    genes: int
    unexpressed: int
    sample_weights: bool
    samples: Frame
    trend: Frame


@dataclass(frozen=True)
class Agreement(Shown):
    """Numbers of genes that two tests find at the same false discovery rate.

    Attributes:
        both: Found by both.
        only_main: Found by the main test alone.
        only_deseq2: Found by DESeq2's test alone.
        opposite: Of those found by both, how many change in opposite directions; 0 for more than two classes.
    """

    both: int
    only_main: int
    only_deseq2: int
    opposite: int


RARE = ("Benjamini–Yekutieli", "Westfall–Young minP")
"""Adjustments that are not in common use; paper leaves them out."""


@dataclass(frozen=True, eq=False)
class Deseq2(Shown):
    """DESeq2's test of counts, beside the main test.

    Attributes:
        test: ``Wald`` for two classes, ``likelihood ratio`` for more.
        rounded: Whether counts were not whole and were rounded.
        tested: Number of genes with P.deseq2.
        bonferroni: Number of genes with P.deseq2.Bonferroni < alpha.
        bh: Number of genes with adj.P.deseq2 < alpha.
        asymptote: Trend of the dispersions at high counts.
        extra: What 1 / mean is multiplied by in the trend; 0 if it is flat.
        parametric: Whether the trend was fitted; else it is the mean of the dispersions.
        variance: Variance of the prior of the log dispersions.
        unshrunken: Number of genes whose dispersion is so far above the trend that it was not shrunk.
        outlying: Number of genes without p-value, because a single count has too large an influence.
        replaced: Number of genes in which such counts were replaced.
        unsettled: Number of genes without p-value, because the fit did not settle.
        filtered: Number of genes with p-value that the filter by the mean count left without an adjusted one.
        threshold: Smallest mean normalised count of the genes that the filter kept.
        agreement: Comparison with the main test.
        samples: Index training sample; column size_factor.
        dispersions: Index gene; columns mean (of the normalised counts), own (estimate of the gene alone), trend,
            final.
    """

    test: Literal["Wald", "likelihood ratio"]
    rounded: bool
    tested: int
    bonferroni: int
    bh: int
    asymptote: float
    extra: float
    parametric: bool
    variance: float
    unshrunken: int
    outlying: int
    replaced: int
    unsettled: int
    filtered: int
    threshold: float
    agreement: Agreement
    samples: Frame
    dispersions: Frame


@dataclass(frozen=True)
class Permutations(Shown):
    """Westfall and Young's adjustments.

    Attributes:
        statistic: Statistic that was compared under relabelling: ``Welch t``, ``F`` or ``paired t``.
        count: Number of labellings, the observed one included.
        complete: Whether these are all possible labellings.
        smallest_p: 1 / count, the smallest possible p-value of a count of labellings.
        genes: Number of tested genes that took part; the others have a class of fewer than two values.
        max_t: Number of genes with P.maxT < alpha.
        min_p: Number of genes with P.minP < alpha.
    """

    statistic: str
    count: int
    complete: bool
    smallest_p: float
    genes: int
    max_t: int
    min_p: int


@dataclass(frozen=True, eq=False)
class Profiles(Shown):
    """Preprocessed values of the genes for figures, rounded to 1/254 of the range of each gene.

    Attributes:
        samples: Index sample; columns set, class. The independent set is among them.
        genes: Index gene, in the order of the comparison; columns low and high, the smallest and the largest value,
            NaN if all are missing.
        levels: Values as steps from low (0) to high (254), 255 if missing, shape (genes, samples).
    """

    samples: Frame
    genes: Frame
    levels: Bytes


@dataclass(frozen=True, eq=False)
class Differential(Tabled, main="table"):
    """Gene by gene comparison of the classes on the training samples.

    Attributes:
        classes: Class levels, the reference first.
        sizes: Training samples per class, in the same order.
        method: ``Welch t``, ``Student t``, ``paired t`` or ``linear model t`` for two classes; ``Welch F``, ``F`` or
            ``linear model F`` for more; for counts the moderated test, ``voom t``, ``limma-trend t``, ``voom F`` or
            ``limma-trend F``. Where it is not defined, another test stands in.
        value_unit: Unit of logFC and AveExpr, as in `Preprocessing.value_unit`.
        design: Formula of the linear model of the moderated tests, and of all tests if it names covariates.
        covariates: Covariates that the comparison is adjusted for.
        terms: How each of them entered the linear model, in the order of the formula.
        unit: Column of the sample sheet that names units such as patients, if the tests allow for them; else empty.
        lone: Number of training samples that do not contribute to the comparison, since their unit, which is a
            covariate, has only one class.
        correlation: Consensus over all genes of the correlation of two samples of one unit; None if no unit is a
            random effect.
        independent: Whether the tests take the samples as independent, neither paired nor correlated.
        alpha: Significance level after correction.
        confidence: Confidence level of every interval.
        tested: Number of genes with a p-value, which every correction for multiplicity counts.
        degenerate: Number of genes without a p-value: their values do not vary, or a class has none.
        stand_ins: Genes whose p-value is from another test than `method`.
        bonferroni: Number of genes with P.Bonferroni < alpha.
        holm: Number of genes with P.Holm < alpha.
        bh: Number of genes with adj.P.Val < alpha.
        up: Number of Bonferroni-significant genes that are higher in the target (two classes; else 0).
        pi0: Estimated share of the tested genes that do not differ (Storey).
        q_alone: Number of genes with q.Value < alpha and P.Value ≥ alpha.
        counts: How counts were tested; None for other values.
        deseq2: DESeq2's test, or why it was not made; None if it was not asked for.
        moderation: The prior of the moderated tests, or why there is none.
        permutations: Result of the permutations, or why there were none.
        kept: Number of genes significant after each adjustment: index adjustment; columns test, controls (``FWER`` or
            ``FDR``), genes. The adjustments that are in common use come first.
        overlaps: Genes that are significant after the same adjustments: index adjustments (their names, separated by
            semicolons, in the order of `kept`); column genes, their number. The largest number comes first.
        table: Index gene, sorted by P.Value; columns symbol, then for two classes logFC CI.L CI.R AveExpr t df, for
            more ``AveExpr F df1 df2``; then P.Value P.Bonferroni P.Holm adj.P.Val. logFC is target − reference. To the
            right, test: what P.Value is from (``Welch``, ``equal variance``, ``rank``, ``paired``, ``linear model``,
            ``moderated``, ``voom``, ``limma-trend``; empty without a p-value; a rank test has no t, F, df and
            interval). For more than two classes, the mean of each class (see `mean_columns`), largest (the pair with
            the largest difference, ``B-A``; empty without one) and logFC.largest (its difference). Moderated: for two
            classes t.mod df.mod P.mod P.mod.Bonferroni adj.P.mod B, for more ``F.mod df2.mod P.mod P.mod.Bonferroni
            adj.P.mod``. With DESeq2's test for two classes log2FC.deseq2 lfcSE.deseq2 stat.deseq2 P.deseq2
            P.deseq2.Bonferroni adj.P.deseq2 baseMean, for more the same without the first two; adj.P.deseq2 is missing
            below the threshold of the mean count. Then for two classes g g.L g.R (Hedges), AUC AUC.L AUC.R (DeLong)
            P.Wilcoxon, limits and p-value missing unless samples are independent; then adj.P.BY q.Value (Storey's:
            adj.P.Val times pi0, which may be below P.Value), and P.perm P.maxT P.minP if there were permutations.
        contrasts: For more than two classes, all pairs: index gene; columns symbol, contrast (``B-A``), logFC CI.L CI.R
            t df P.Value P.Holm.pairs (Holm over the pairs of a gene, where P.Holm is over the genes) test t.mod P.mod g
            g.L g.R AUC AUC.L AUC.R P.Wilcoxon, and with DESeq2's test log2FC.deseq2 lfcSE.deseq2 stat.deseq2 P.deseq2.
            Else empty.
        pairs: For more than two classes, one row for each contrast: index contrast; columns target, reference,
            target_samples, reference_samples (training samples), tested, bonferroni, bh (genes significant at alpha
            over the tested genes of the contrast), up and down (of those by Bonferroni, higher in the target and in the
            reference), gene and symbol of the smallest p-value. Else empty.
        profiles: Values of the genes sample by sample, for figures; None in the results of earlier versions.
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
    q_alone: int
    counts: CountModel | None
    deseq2: Deseq2 | Skipped | None
    moderation: Moderation | Skipped
    permutations: Permutations | Skipped
    kept: Frame
    overlaps: Frame
    table: Frame
    contrasts: Frame
    pairs: Frame
    profiles: Profiles | None = None

    @property
    def common(self) -> int:
        """The number of adjustments in `kept` that are in common use.

        Example:
            >>> analysis.differential.common < len(analysis.differential.kept)
            True
        """
        return len(self.kept) - int(self.kept.index.isin(RARE).sum())

    @computed_field
    @property
    def compared_pairs(self) -> int:
        """The number of pairs of more than two classes, each of which is compared; 0 for two classes.

        Example:
            >>> analysis.differential.compared_pairs
            0
        """
        return len(self.pairs)

    @property
    def down(self) -> int:
        """The number of Bonferroni-significant genes that are not higher in the target.

        Example:
            >>> result = analysis.differential
            >>> result.up + result.down == result.bonferroni
            True
        """
        return self.bonferroni - self.up

    @property
    def mean_columns(self) -> tuple[str, ...]:
        """The columns of the means of the classes, ``mean.A``, in the order of the classes; none of two classes.

        Blanks are replaced by full stops, as R does.

        Example:
            >>> analysis.differential.mean_columns
            ()
        """
        return name_means(self.classes) if len(self.classes) > 2 else ()

    @property
    def modelled(self) -> bool:
        """Whether the tests are paired, or those of a linear model.

        Example:
            >>> analysis.differential.method, analysis.differential.modelled
            ('Welch t', False)
        """
        return self.method.startswith(("paired", "linear", "voom", "limma"))

    def top_table(self, number: int = 10, sort_by: str = "P.Value") -> pd.DataFrame:
        """Return the first genes of the table, as limma's ``topTable``.

        Args:
            number: Number of genes to return.
            sort_by: A column of p-values, sorted ascending; logFC, t, t.mod or g, descending by absolute value; any
                other, descending.

        Returns:
            The first rows of the sorted table, with all of its columns.

        Raises:
            KeyError: If the table has no such column.

        Example:
            >>> analysis.differential.top_table(2, sort_by="logFC")[["symbol", "logFC"]].round(2).values.tolist()
            [['LYN', 3.72], ['CEBPA', 3.19]]
        """
        column = self.table[sort_by]
        if sort_by in ("logFC", "t", "t.mod", "g"):
            column = column.abs()
        rising = sort_by.startswith(("P.", "adj.P", "q."))
        order = column.argsort(kind="stable") if rising else (-column).argsort(kind="stable")
        return self.table.iloc[order].head(number)
