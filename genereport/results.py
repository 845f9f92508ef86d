"""What the stages found: one frozen dataclass per stage.

Results hold numbers and labels, never formatted text and never a live estimator. Tables are DataFrames whose columns
are documented here and written unchanged to ``report_data/tables``. `to_json` and `from_json` are inverse to each
other: numbers are written as the shortest text that reads back equal, missing ones as ``null``, infinite ones as
``"inf"``. A number's stable id is its path in that file, e.g. ``differential.tested`` or
``models.metrics[12].estimate``.

Every result shows itself in a notebook. The words are those of the report, which is imported when it is asked to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import pandas as pd
from pydantic import Field, TypeAdapter

from genereport.errors import Finding
from genereport.frames import Frame, Number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA_VERSION = 3


class Shown:
    """What a notebook shows."""

    def _repr_html_(self) -> str:
        from genereport.report.display import display

        return display(self)


class Tabled(Shown):
    """A result with a main table, which the class names: ``class Known(Tabled, main="sets")``."""

    _main: ClassVar[str]

    def __init_subclass__(cls, *, main: str) -> None:
        cls._main = main

    def to_frame(self) -> pd.DataFrame:
        """A copy of the main table."""
        frame: pd.DataFrame = getattr(self, self._main)
        return frame.copy()


@dataclass(frozen=True)
class Skipped(Shown):
    """A stage that does not apply to this cohort.

    Attributes:
        skipped: Why, one whole sentence; the report prints it in place of the section.
    """

    skipped: str


@dataclass(frozen=True)
class InputFile(Shown):
    """One file that was read.

    Attributes:
        role: What it was read as.
        name: File name without folder.
        size: Bytes.
        sha256: Hex digest.
    """

    role: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Platform(Shown):
    """What a run ran on, as far as its numbers can depend on it.

    Attributes:
        python: Implementation and version.
        system: Operating system and processor.
        blas: Library behind products of matrices; it runs on one thread.
    """

    python: str
    system: str
    blas: str


@dataclass(frozen=True, eq=False)
class Quality(Tabled, main="counts"):
    """Who is in the cohort, and how the values in the files look.

    Attributes:
        samples: Number of samples.
        genes: Number of genes or probes in the file, controls included.
        train: Samples that everything is learnt from.
        test: Samples of the independent set.
        counts: Index class; columns ``train``, ``test`` and ``all``, numbers of samples.
        covariates: One row per covariate and level: index covariate; columns level, set, then one count per class.
        arrays: Index sample; columns set, class, missing (share), then quantiles q0 q5 q25 q50 q75 q95 q100 of the
            values in the file.
        minimum: Smallest value in the files.
        maximum: Largest value in the files.
        nonpositive: Share of values ≤ 0 among those present.
        missing: Number of missing values.
        findings: What a reader must know about the cohort; also in ``findings.tsv``.
    """

    samples: int
    genes: int
    train: int
    test: int
    counts: Frame
    covariates: Frame
    arrays: Frame
    minimum: float
    maximum: float
    nonpositive: float
    missing: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class Preprocessing(Tabled, main="arrays"):
    """From the values in the file to comparable log2 values.

    Attributes:
        scale: Scale of the values in the file.
        scale_reason: Why it is taken to be that.
        floor: Lower bound that was applied, or None.
        cap: Upper bound that was applied, or None.
        floored: Share of the values that were raised to the floor.
        capped: Share of the values that were lowered to the cap.
        log: What brought the values to the log2 scale: ``log2``, ``log2 CPM`` or ``none``.
        array_scaling: ``none``, ``standardise`` or ``quantile``, as resolved.
        location: Median over the training arrays of their mean log2 value before scaling.
        spread: Median over the training arrays of their standard deviation (log2) before scaling.
        controls: Number of control probes that were set aside.
        untestable: Number of other genes that do not vary over the training samples before array scaling.
        testable: Number of genes that do.
        collapse: What stands for a gene with several probes: ``none`` (each probe for itself), ``highest_mean``,
            ``highest_variance`` or ``median``.
        several: Number of genes that have more than one testable probe, as far as symbols are known.
        untestable_genes: Ids of the untestable genes.
        missing: Missing values among the testable genes.
        arrays: As in `Quality`, after preprocessing, on the log2 scale, testable genes only.
    """

    scale: str
    scale_reason: str
    floor: float | None
    cap: float | None
    floored: float
    capped: float
    log: str
    array_scaling: str
    location: float
    spread: float
    controls: int
    untestable: int
    testable: int
    collapse: str
    several: int
    untestable_genes: tuple[str, ...]
    missing: int
    arrays: Frame


@dataclass(frozen=True)
class Moderation(Shown):
    """The prior that limma's empirical Bayes method drew from all tested genes.

    Attributes:
        df: Prior degrees of freedom d0; None: infinite, the variances scatter no more than chance makes them.
        variance: Prior variance s0², the median over the genes if it follows a trend.
        trend: Whether the prior variance follows the average expression.
        robust: Whether outlying variances were kept from the prior.
        outliers: Genes whose variance is so large that they got less than half of the prior, if it is robust.
        bonferroni: Genes with P.mod.Bonferroni < alpha.
        bh: Genes with adj.P.mod < alpha.
    """

    df: float | None
    variance: float
    trend: bool
    robust: bool
    outliers: int
    bonferroni: int
    bh: int


@dataclass(frozen=True)
class Permutations(Shown):
    """Westfall and Young's adjustments.

    Attributes:
        statistic: What was compared under relabelling: ``Welch t``, ``F`` or ``paired t``.
        count: Labellings counted, the observed one included.
        complete: Whether these are all there are.
        smallest_p: 1 / count, which no p-value counted in labellings can be below.
        max_t: Genes with P.maxT < alpha.
        min_p: Genes with P.minP < alpha.
    """

    statistic: str
    count: int
    complete: bool
    smallest_p: float
    max_t: int
    min_p: int


@dataclass(frozen=True, eq=False)
class Differential(Tabled, main="table"):
    """Gene by gene comparison of the classes on the training samples.

    Attributes:
        classes: Class levels, the reference first.
        sizes: Training samples per class, in the same order.
        method: ``Welch t``, ``Student t``, ``paired t`` or ``linear model t`` for two classes; ``Welch F``, ``F`` or
            ``linear model F`` for more.
        design: Formula of the linear model behind the moderated tests, and behind all if it names covariates.
        covariates: Covariates that the comparison is adjusted for.
        alpha: Significance level after correction.
        confidence: Confidence level of every interval.
        tested: Genes with a p-value; the multiplicity that every correction counts.
        degenerate: Testable genes without a p-value: no variance within the classes, or too few values.
        bonferroni: Genes with P.Bonferroni < alpha.
        holm: Genes with P.Holm < alpha.
        bh: Genes with adj.P.Val < alpha.
        up: Bonferroni-significant genes that are higher in the target (two classes; else 0).
        pi0: Estimated share of the tested genes that do not differ (Storey).
        moderation: The prior of the moderated tests.
        permutations: What was permuted, or why nothing was.
        kept: How many genes each adjustment keeps: index adjustment; columns test, controls (``FWER`` or ``FDR``),
            genes.
        table: Index gene, sorted by P.Value; columns symbol, then for two classes logFC CI.L CI.R AveExpr t df, for
            more ``AveExpr F df1 df2``; then P.Value P.Bonferroni P.Holm adj.P.Val. logFC is target − reference. To the
            right, moderated: for two classes t.mod df.mod P.mod P.mod.Bonferroni adj.P.mod B, for more ``F.mod df2.mod
            P.mod P.mod.Bonferroni adj.P.mod``; for two classes g g.L g.R (Hedges), AUC AUC.L AUC.R (DeLong)
            P.Wilcoxon; then adj.P.BY q.Value (Storey), and P.perm P.maxT P.minP if there were permutations.
        contrasts: For more than two classes, all pairs: index gene; columns symbol, contrast (``B-A``), logFC CI.L CI.R
            t df P.Value P.Holm (over the pairs of a gene) t.mod P.mod g g.L g.R AUC AUC.L AUC.R P.Wilcoxon. Else empty.
        pairs: For more than two classes, one row a contrast: index contrast; columns tested, bonferroni, bh (genes kept
            at alpha over the tested genes of the contrast), up (of those by Bonferroni, higher in the target), gene and
            symbol of the smallest p-value. Else empty.
    """

    classes: tuple[str, ...]
    sizes: tuple[int, ...]
    method: str
    design: str
    covariates: tuple[str, ...]
    alpha: float
    confidence: float
    tested: int
    degenerate: int
    bonferroni: int
    holm: int
    bh: int
    up: int
    pi0: float
    moderation: Moderation
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


@dataclass(frozen=True)
class NamedModel(Shown):
    """The model that the rule names before the independent set is read.

    Attributes:
        model: Name.
        features: ``selected``, ``all`` or ``components``.
        estimate: Its cross-validated balanced accuracy.
        best_model: The model with the highest estimate.
        best_features: Its features.
        best_estimate: That estimate.
        standard_error: Corrected standard error of the best estimate.
        beats_floor: Whether the named model beats the majority class.
        width: Upper minus lower limit of the interval of the estimate; NaN if it is not estimable.
    """

    model: str
    features: str
    estimate: float
    best_model: str
    best_features: str
    best_estimate: float
    standard_error: float
    beats_floor: bool
    width: Number


@dataclass(frozen=True)
class Differences(Shown):
    """How many differences between models are detectable.

    Attributes:
        alpha: Limit of the p-values.
        pairs: Pairs of models that could have been named.
        folds: Pairs with P.Holm < alpha.
        labels: Pairs with P.McNemar.Holm < alpha.
        areas: Pairs with P.DeLong.Holm < alpha.
        effects: Models that were trained on the selected and on all genes.
        clear_effects: Those whose two figures differ with p < alpha.
    """

    alpha: float
    pairs: int
    folds: int
    labels: int
    areas: int
    effects: int
    clear_effects: int


@dataclass(frozen=True, eq=False)
class Bundle(Tabled, main="models"):
    """The final models as files that hold no code; the content lies in ``report_data/model``.

    Attributes:
        files: Index file; columns size (bytes), sha256.
        models: One row per model and features; columns file (empty if it could not be frozen), note (why not).
        contents: File → content; not part of the stored form.
    """

    files: Frame
    models: Frame
    contents: Annotated[dict[str, bytes], Field(exclude=True)] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class Models(Tabled, main="metrics"):
    """Classifiers compared by repeated stratified cross-validation, and read once on the independent set.

    Attributes:
        classes: Class levels, the reference first.
        train: Training samples.
        test: Independent samples (0: there is no independent set and nothing is claimed of one).
        folds: Folds per repeat.
        repeats: Repeats.
        grouped_by: Column whose samples were kept together in the splits, or empty.
        compared: Models and features that are compared, the majority class left out.
        test_step: What one independent sample moves accuracy by; NaN if there is no independent set.
        named: The model named by the rule on cross-validated balanced accuracy.
        named_errors: Independent samples that it gets wrong.
        missed: Independent samples that at least one model gets wrong.
        differences: How many differences are detectable in `pairs` and `selection_effect`.
        metrics: One row per model, features, set (``cv`` or ``test``) and metric; columns estimate, ci_low, ci_high, n,
            interval (how the interval was made; ``not estimable`` where it could not be).
        by_fold: One row per model, features, repeat, fold and metric; column value.
        predictions: One row per sample, set, repeat (0 on the independent set), model and features; columns truth,
            predicted, then p_CLASS per class.
        confusion: One row per model, features, set, truth and predicted; column n (summed over repeats in ``cv``).
        roc: One row per model, features, set, class and false-positive rate; column tpr. ``cv`` is the mean over
            repeats of each repeat's pooled curve.
        selection_effect: Index model; columns metric, difference (selected − all), ci_low, ci_high, t, df, p: corrected
            resampled t-test over the folds.
        curves: Learning of the networks: index features; columns epoch, quantity (loss, accuracy, val_loss,
            val_accuracy), mean, low, high (5 % and 95 % quantile over the networks).
        importance: Index gene; columns symbol, l1 (absolute standardised coefficient), forest (mean decrease in
            impurity) of the models fitted on all genes of the whole training set.
        errors: Index sample; columns set, class, then missed (number of models wrong), models: misclassified by at
            least one model on the independent set, or in over half of the repeats.
        precision_recall: As `roc`, columns recall and precision: one row per positive sample.
        calibration: One row per model, features, set, class and bin of about equally many samples; columns n,
            predicted (mean probability of the class), observed (share of the samples that are of it), ci_low, ci_high
            (Wilson). ``cv``: each sample once, with its mean over the repeats.
        pairs: All pairs of the models that could have been named: index pair; columns model_1 features_1 model_2
            features_2; difference (first − second, cross-validated balanced accuracy) ci_low ci_high p P.Holm, by the
            corrected resampled t-test; then on the independent set (NaN where it does not apply) only_1 and only_2
            (samples that one of them alone gets right) P.McNemar P.McNemar.Holm, AUC.difference AUC.L AUC.R P.DeLong
            P.DeLong.Holm.
        tuning: What tuning chose: one row per model, features and choice; columns genes (NaN where all are used),
            penalty_c, weight_decay (NaN where it has no part), times (training parts), final (of the final model).
            Empty where nothing was tuned.
        bundle: The final models, frozen.
    """

    classes: tuple[str, ...]
    train: int
    test: int
    folds: int
    repeats: int
    grouped_by: str
    compared: int
    test_step: Number
    named: NamedModel
    named_errors: int
    missed: int
    differences: Differences
    metrics: Frame
    by_fold: Frame
    predictions: Frame
    confusion: Frame
    roc: Frame
    selection_effect: Frame
    curves: Frame
    importance: Frame
    errors: Frame
    precision_recall: Frame
    calibration: Frame
    pairs: Frame
    tuning: Frame
    bundle: Bundle


@dataclass(frozen=True, eq=False)
class LabelPermutation(Tabled, main="values"):
    """The honest figure of the named model among those under permuted labels, the whole path refitted each time.

    Attributes:
        observed: Balanced accuracy over one repeat of the cross-validation, true labels.
        count: Permutations.
        mean: Mean figure under permuted labels.
        high: Their 95 % quantile.
        at_least: Permutations that reach the observed figure.
        p: (at_least + 1) / (count + 1).
        values: Index permutation; column balanced_accuracy.
    """

    observed: float
    count: int
    mean: float
    high: float
    at_least: int
    p: float
    values: Frame


@dataclass(frozen=True, eq=False)
class Trust(Tabled, main="gaps"):
    """How far the comparison of models can be trusted. All figures are balanced accuracies of held-out samples.

    Attributes:
        model: The named model.
        features: What it is trained on.
        gaps: One row per model and features: training (mean on the training parts), held_out, gap (training − held
            out), ci_low, ci_high (corrected resampled t).
        networks: How the networks learnt: index features; columns epochs, best_epoch (of the smallest mean validation
            loss), best_loss, last_loss (mean validation loss at either epoch), rise (share by which the last is above
            the best), gap (training − validation accuracy at the end).
        bias: Selection bias: one row per model on selected genes: honest (genes chosen in each training part), leaked
            (genes chosen on all samples, all else alike), difference (leaked − honest), ci_low, ci_high, p (corrected
            resampled t).
        permutation: Where the figure of the named model stands among permuted labels.
        learning: The named model on growing shares of the training parts: index share; columns samples (mean size of
            the training parts), estimate, ci_low, ci_high (corrected resampled t), splits.
        stability: Nogueira's index of the gene sets chosen in the training parts; NaN if every set has every gene.
        stability_low: Its lower limit; NaN if all sets are alike.
        stability_high: Its upper limit, likewise.
        sets: Gene sets behind it.
        smallest: Name of the smallest class.
        smallest_size: Its training samples.
        fold_step: About what one of its samples moves its recall by in one fold, at most 1.
        models: Models that can miss a sample, the majority class left out.
        missed: Samples that more than half of the models miss.
        hard: Those samples: index sample; columns set, class, missed (number of models).
    """

    model: str
    features: str
    gaps: Frame
    networks: Frame
    bias: Frame
    permutation: LabelPermutation | Skipped
    learning: Frame
    stability: Number
    stability_low: Number
    stability_high: Number
    sets: int
    smallest: str
    smallest_size: int
    fold_step: float
    models: int
    missed: int
    hard: Frame


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
            coefficient, best first by reciprocal rank fusion of the four ranks.
        probes: All tested probes of the printed genes that have several, side by side: index gene; columns symbol, rank
            (in the signature; NaN if none), logFC, AveExpr, P.Value, P.Bonferroni.
        several: Genes of `probes`.
        opposed: Those whose significant probes differ in sign.
        listed: Rows of `matched`: measured probes of the entries.
        matched: Index gene; columns symbol, direction, evidence, circular, source, logFC, P.Value, P.Bonferroni,
            agrees (``yes``, ``no``, empty where the direction is no class of the cohort or the evidence says nothing of
            expression), rank (in the signature; NaN if none).
        by_evidence: Index evidence; columns entries, measured, directed, agreeing, significant, circular.
        expression: Index sample; columns set, class, then the preprocessed log2 values of the top genes.
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
    expression: Frame


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


@dataclass(frozen=True, eq=False, repr=False)
class Analysis(Shown):
    """Everything the report says, and what is needed to say it again.

    Attributes:
        title: Title of the report.
        simulated: True when no patient is behind the numbers.
        settings: Resolved settings, JSON-ready.
        inputs: The files that were read.
        versions: Package → version.
        platform: What it ran on.
    """

    title: str
    simulated: bool
    settings: dict[str, Any]
    inputs: tuple[InputFile, ...]
    versions: dict[str, str]
    platform: Platform
    quality: Quality
    preprocessing: Preprocessing
    differential: Differential | Skipped
    components: Components | Skipped
    selection: Selection | Skipped
    models: Models | Skipped
    trust: Trust | Skipped
    biomarkers: Biomarkers | Skipped
    known: Known | Skipped
    schema_version: int = field(default=SCHEMA_VERSION)

    def __repr__(self) -> str:
        """The summary that the command prints, in the manner of R."""
        from genereport.report.summary import summary

        return summary(self)

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """Every figure of the report by its name, as matplotlib's; all are drawn when the first is asked for."""
        from genereport.report.gallery import figures_of

        return figures_of(self)

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every table of the data folder by its name."""
        from genereport.report.gallery import tables_of

        return tables_of(self)

    def to_json(self) -> str:
        """The stored form: compact JSON that `from_json` reads back equal."""
        return _ADAPTER.dump_json(self).decode()

    @staticmethod
    def from_json(text: str) -> Analysis:
        """Read back what `to_json` wrote.

        Raises:
            pydantic.ValidationError: if the text is not a stored analysis of this schema version.
        """
        return _ADAPTER.validate_json(text)


_ADAPTER: TypeAdapter[Analysis] = TypeAdapter(Analysis)
