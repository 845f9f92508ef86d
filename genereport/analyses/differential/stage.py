"""Gene by gene comparison of the classes on the training samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from genereport.analyses.differential.deseq2 import PAIR_COLUMNS, Deseq2Tests, compare_by_deseq2, place_beside
from genereport.analyses.differential.gene_tests import EQUAL, MODERATED, RANK, Columns, GeneTests
from genereport.analyses.differential.profiles import make_profiles
from genereport.analyses.differential.result import (
    CountModel,
    Differential,
    Moderation,
    Permutations,
    StandIns,
    name_means,
)
from genereport.analyses.preprocessing.stage import Unscaled
from genereport.analyses.result import Skipped
from genereport.analyses.stage import Plan, PlanContext, StageContext, Upstream, probes_of, value_unit
from genereport.cohort.design import Design, make_design
from genereport.cohort.model import Cohort
from genereport.errors import NotApplicable
from genereport.learn.libraries import LibrarySizes, fit_libraries
from genereport.rules import LEAST_COUNT, LEAST_TOTAL
from genereport.settings import Settings
from genereport.stats.counts import filter_by_expr
from genereport.stats.moments import group_moments
from genereport.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, bonferroni, holm, storey
from genereport.stats.permutation import StepDown, step_down, step_down_paired
from genereport.types import AnyArray, Flags

_CONTRAST = [
    "symbol",
    "contrast",
    "logFC",
    "CI.L",
    "CI.R",
    "t",
    "df",
    "P.Value",
    "P.Holm.pairs",
    "test",
    "t.mod",
    "P.mod",
]
_EFFECTS = ["g", "g.L", "g.R", "AUC", "AUC.L", "AUC.R", "P.Wilcoxon"]


@dataclass(frozen=True)
class DifferentialStage:
    """Tests every testable gene, and again with limma's moderated variances.

    Two classes are compared by Welch's t, more by Welch's F and pairwise; a design with covariates, or with several
    samples of one unit, by a linear model.

    Attributes:
        settings: Settings of the run.
        counts: Whether the values come from counts, whose variances follow their mean.
    """

    settings: Settings
    counts: bool = False
    name: str = "differential"

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Differential:
        """Test the genes on the training set; missing values are left out gene by gene.

        Raises:
            NotApplicable: If no gene varies in a way that can be tested.
        """
        design = make_design(cohort, self.settings.tests.design)
        train, tests, counted = self.test_genes(cohort.subset("train"), upstream, design)
        columns, pi0 = _columns(tests, cohort.classes)
        beside_voom = self.counts and self.settings.tests.counts == "deseq2"
        deseq2 = compare_by_deseq2(train, tests, columns) if beside_voom else None
        beside = deseq2.columns if isinstance(deseq2, Deseq2Tests) else {}
        tested = ~np.isnan(columns["P.Value"])
        if not tested.any():
            raise NotApplicable("No gene varies in a way that can be tested.")
        permutations, permuted = self._permute(tests, tested, rng)
        table = _gene_table(train, place_beside(columns, beside) | permuted).sort_values("P.Value", kind="stable")
        alpha = self.settings.tests.alpha
        significant = table["P.Bonferroni"] < alpha
        kept, overlaps = self._all_kept(table, tests)
        contrasts = _compare_all_pairs(train, tests, deseq2.contrasts if isinstance(deseq2, Deseq2Tests) else ())
        return Differential(
            classes=cohort.classes,
            sizes=tuple(int(size) for size in np.bincount(train.codes, minlength=len(cohort.classes))),
            method=tests.method,
            value_unit=value_unit(cohort.scale.name),
            design=design.formula,
            covariates=design.covariates,
            terms=design.terms,
            unit=design.unit,
            lone=len(design.lone),
            correlation=tests.correlation,
            independent=tests.independent,
            alpha=alpha,
            confidence=self.settings.tests.confidence,
            tested=int(tested.sum()),
            degenerate=int((~tested).sum()),
            stand_ins=_stand_ins(columns["test"], tests),
            bonferroni=int(significant.sum()),
            holm=self._kept(table, "P.Holm"),
            bh=self._kept(table, "adj.P.Val"),
            up=int((significant & (table["logFC"] > 0)).sum()) if "logFC" in table else 0,
            pi0=pi0,
            q_alone=int(((table["q.Value"] < alpha) & (table["P.Value"] >= alpha)).sum()),
            counts=counted,
            deseq2=deseq2.result if isinstance(deseq2, Deseq2Tests) else deseq2,
            moderation=self._moderation(tests, table),
            permutations=permutations,
            kept=kept,
            overlaps=overlaps,
            table=table,
            contrasts=contrasts,
            pairs=self._count_by_contrast(contrasts, tests, cohort.classes),
            profiles=make_profiles(cohort, table.index),
        )

    def test_genes(
        self, train: Cohort, upstream: Upstream, design: Design
    ) -> tuple[Cohort, GeneTests, CountModel | None]:
        """Return the training samples with the genes that are offered, their tests, and how counts were tested.

        Args:
            train: Preprocessed training samples.
            upstream: For counts, with the `Unscaled` values of the same samples.
            design: The design of the comparison over these samples.

        Raises:
            NotApplicable: If counts cannot be tested.
        """
        if self.counts:
            return self._test_counts(train, upstream.need(Unscaled), design)
        offered, asked = self._select_probes(train), self.settings.tests
        values = offered.expression.to_numpy()
        return offered, GeneTests.of(values, offered.codes, design, asked, trend=bool(asked.trend)), None

    def _test_counts(
        self, train: Cohort, unscaled: Unscaled, design: Design
    ) -> tuple[Cohort, GeneTests, CountModel | None]:
        """Return the genes with enough counts for the design, their tests, and how counts were tested.

        The filter is that of edgeR with the design of the comparison, so that a model with covariates may keep more
        genes than the preprocessing, which knows only the classes.

        Raises:
            NotApplicable: If no gene has enough counts, or the trend of the variances is not positive.
        """
        kept = np.ones(unscaled.values.shape[1], dtype=bool)
        if unscaled.rule.expression == "filter_by_expr":
            kept = filter_by_expr(
                unscaled.values, design=design.matrix, min_count=LEAST_COUNT, min_total_count=LEAST_TOTAL
            )
        if not kept.any():
            raise NotApplicable("No gene has enough counts for a test.")
        genes, counts = unscaled.genes.loc[kept], unscaled.values[:, kept]
        frame = pd.DataFrame(counts, index=train.expression.index, columns=genes.index)
        offered = self._select_probes(replace(train, expression=frame, genes=genes))
        counts = offered.expression.to_numpy()
        libraries = fit_libraries(counts, np.arange(counts.shape[1]), normalise=unscaled.rule.scaling == "tmm")
        sizes = libraries.sizes(counts)
        try:
            tests = GeneTests.of_counts(counts, train.codes, design, self.settings.tests, sizes.effective)
        except ValueError as problem:  # fewer than two genes, or a trend that is not positive
            raise NotApplicable(f"The counts cannot be tested: {problem}.") from problem
        return offered, tests, _count_model(offered, tests, sizes, int((~kept).sum()))

    def _select_probes(self, train: Cohort) -> Cohort:
        """Return the training samples with one probe per gene, or with all probes."""
        probes = probes_of(train.genes, self.settings.preprocess.collapse)
        if probes is None:
            return train
        columns = probes.representatives(train.expression.to_numpy())
        return replace(train, expression=train.expression.iloc[:, columns], genes=train.genes.iloc[columns])

    def _kept(self, table: pd.DataFrame, column: str) -> int:
        return int((table[column] < self.settings.tests.alpha).sum())

    def _moderation(self, tests: GeneTests, table: pd.DataFrame) -> Moderation | Skipped:
        if tests.moderated is None:
            return Skipped(
                "More than half of the genes do not vary within the classes, so limma’s prior cannot be estimated."
            )
        prior, asked = tests.moderated.prior, self.settings.tests
        trend = asked.counts == "trend" and asked.trend is not False if self.counts else bool(asked.trend)
        return Moderation(
            genes=int((tests.fit.df[tests.compared.any(axis=0)] > 0).sum()),
            df=prior.overall if np.isfinite(prior.overall) else None,
            variance=float(np.nanmedian(prior.variance)),
            trend=trend,
            robust=self.settings.tests.robust,
            outliers=int((prior.df < prior.overall / 2).sum()),
            bonferroni=self._kept(table, "P.mod.Bonferroni"),
            bh=self._kept(table, "adj.P.mod"),
        )

    def _permute(
        self, tests: GeneTests, tested: Flags, rng: np.random.Generator
    ) -> tuple[Permutations | Skipped, Columns]:
        """Return Westfall and Young's adjusted p-values, if the labels are exchangeable under the null hypothesis."""
        if self.settings.permutations == 0:
            return Skipped("No permutations were requested."), {}
        if tests.counted is not None:
            return Skipped(
                f"The tests of {tests.counted.method} are not permuted: every relabelling would need weights and a "
                "prior of its own."
            ), {}
        paired = tests.design.partners is not None
        if tests.correlation is not None:
            return Skipped(
                f"Samples with the same {tests.design.unit} are correlated, so the labels are not exchangeable."
            ), {}
        if tests.design.covariates and not paired:
            return Skipped("With covariates in the design, the labels are not exchangeable."), {}
        found = self._step_down(tests, tested, rng)
        columns = {name: np.full(len(tested), np.nan) for name in ("P.perm", "P.maxT", "P.minP")}
        for p, known in zip(columns.values(), (found.raw, found.max_t, found.min_p), strict=True):
            p[tested] = known
        kept = {name: int((p < self.settings.tests.alpha).sum()) for name, p in columns.items()}
        statistic = "paired t" if paired else "Welch t" if len(tests.design.pairs) == 1 else "F"
        counted = Permutations(
            statistic=statistic,
            count=found.permutations,
            complete=found.complete,
            smallest_p=1 / found.permutations,
            genes=int((~np.isnan(found.raw)).sum()),
            max_t=kept["P.maxT"],
            min_p=kept["P.minP"],
        )
        return counted, columns

    def _step_down(self, tests: GeneTests, tested: Flags, rng: np.random.Generator) -> StepDown:
        """Return the adjustments over the tested genes only."""
        if tests.design.partners is not None:
            return step_down_paired(tests.differences()[:, tested], self.settings.permutations, rng)
        values = tests.values if tested.all() else tests.values[:, tested]
        return step_down(values, tests.codes, int(tests.codes.max()) + 1, self.settings.permutations, rng)

    def _all_kept(self, table: pd.DataFrame, tests: GeneTests) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the genes significant after each adjustment, and after the same ones, as in `Differential`.

        The tests of counts are the moderated ones, so these are not repeated.
        """
        method, moderated = tests.method, "moderated t" if "logFC" in table else "moderated F"
        spec = [
            ("Bonferroni", "P.Bonferroni", method, "FWER"),
            ("Holm", "P.Holm", method, "FWER"),
            ("Westfall–Young maxT", "P.maxT", "permutation", "FWER"),
            ("Benjamini–Hochberg", "adj.P.Val", method, "FDR"),
            ("Storey q", "q.Value", method, "FDR"),
            ("Bonferroni, moderated", "P.mod.Bonferroni", moderated, "FWER"),
            ("Benjamini–Hochberg, moderated", "adj.P.mod", moderated, "FDR"),
            ("Bonferroni, DESeq2", "P.deseq2.Bonferroni", "DESeq2", "FWER"),
            ("Benjamini–Hochberg, DESeq2", "adj.P.deseq2", "DESeq2", "FDR"),
            ("Benjamini–Yekutieli", "adj.P.BY", method, "FDR"),
            ("Westfall–Young minP", "P.minP", "permutation", "FWER"),
        ]
        made = [row for row in spec if row[1] in table and (row[2] != moderated or tests.counted is None)]
        flags = pd.DataFrame({name: table[column] < self.settings.tests.alpha for name, column, *_ in made})
        rows = [
            {"adjustment": name, "test": test, "controls": rate, "genes": int(flags[name].sum())}
            for name, _, test, rate in made
        ]
        return pd.DataFrame(rows).set_index("adjustment"), _count_overlaps(flags)

    def _count_by_contrast(self, contrasts: pd.DataFrame, tests: GeneTests, classes: tuple[str, ...]) -> pd.DataFrame:
        """Return the numbers of significant genes of each contrast of more than two classes."""
        sizes, rows = np.bincount(tests.codes, minlength=len(classes)), {}
        for (name, part), (reference, target) in zip(
            contrasts.groupby("contrast", sort=False), tests.design.pairs, strict=False
        ):
            p = part["P.Value"].to_numpy()
            kept = bonferroni(p) < self.settings.tests.alpha
            first = int(np.nan_to_num(p, nan=np.inf).argmin())
            rows[name] = {
                "target": classes[target],
                "reference": classes[reference],
                "target_samples": int(sizes[target]),
                "reference_samples": int(sizes[reference]),
                "tested": int((~np.isnan(p)).sum()),
                "bonferroni": int(kept.sum()),
                "bh": int((benjamini_hochberg(p) < self.settings.tests.alpha).sum()),
                "up": int((kept & (part["logFC"] > 0)).sum()),
                "down": int((kept & (part["logFC"] < 0)).sum()),
                "gene": str(part.index[first]),
                "symbol": str(part["symbol"].iloc[first]),
            }
        texts = ("target", "reference", "gene", "symbol")
        counts = ("target_samples", "reference_samples", "tested", "bonferroni", "bh", "up", "down")
        kinds = {
            **dict.fromkeys(texts[:2], "str"),
            **dict.fromkeys(counts, "int64"),
            **dict.fromkeys(texts[2:], "str"),
        }
        frame = pd.DataFrame(
            list(rows.values()), index=pd.Index(list(rows), name="contrast", dtype="str"), columns=list(kinds)
        )
        return frame.astype(kinds)


def _count_overlaps(flags: pd.DataFrame) -> pd.DataFrame:
    """Return the number of genes with the same flags, without those that have none, as in `Differential.overlaps`."""
    found = flags[flags.any(axis=1)]
    names = pd.Series([";".join(flags.columns[row]) for row in found.to_numpy()], dtype="str")
    sizes = names.groupby(names, sort=False).size().sort_values(ascending=False, kind="stable")
    return sizes.rename_axis(index="adjustments").to_frame("genes").astype("int64")


def _count_model(train: Cohort, tests: GeneTests, sizes: LibrarySizes, unexpressed: int) -> CountModel | None:
    """Return how counts were tested."""
    counted = tests.counted
    if counted is None:
        return None
    weights = np.ones(len(sizes.totals)) if counted.sample_weights is None else counted.sample_weights
    columns = {"library_size": sizes.totals, "factor": sizes.factors, "weight": weights}
    return CountModel(
        method=counted.method,
        genes=len(train.genes),
        unexpressed=unexpressed,
        sample_weights=counted.sample_weights is not None,
        samples=pd.DataFrame(columns, index=train.expression.index.rename("sample")),
        trend=counted.trend.set_axis(train.genes.index.rename("gene")),
    )


def _columns(tests: GeneTests, classes: tuple[str, ...]) -> tuple[Columns, float]:
    """Return the columns of the table without those of the permutations, and Storey's π0."""
    binary = len(tests.design.pairs) == 1
    columns = tests.location() if binary else tests.omnibus()
    p = columns["P.Value"]
    columns |= {"P.Bonferroni": bonferroni(p), "P.Holm": holm(p), "adj.P.Val": benjamini_hochberg(p)}
    columns |= {"test": columns.pop("test")}
    columns |= tests.moderated_t() | tests.effects() if binary else _describe_classes(tests, classes)
    columns |= {} if binary else tests.moderated_f()
    q = storey(p)
    return columns | {"adj.P.BY": benjamini_yekutieli(p), "q.Value": q.q}, q.pi0


def _describe_classes(tests: GeneTests, classes: tuple[str, ...]) -> Columns:
    """Return the means of more than two classes, and the pair with the largest difference."""
    means = group_moments(tests.values, tests.codes, len(classes)).mean
    differences = np.where(tests.compared, tests.fit.estimate, np.nan)
    sizes = np.nan_to_num(np.abs(differences), nan=-1.0)
    largest = sizes.argmax(axis=0)
    names = np.array([f"{classes[target]}-{classes[reference]}" for reference, target in tests.design.pairs], object)
    return {
        **dict(zip(name_means(classes), means, strict=True)),
        "largest": np.where(sizes.max(axis=0) < 0, "", names[largest]),
        "logFC.largest": differences[largest, np.arange(len(largest))],
    }


def _compare_all_pairs(train: Cohort, tests: GeneTests, deseq2: Sequence[Columns]) -> pd.DataFrame:
    """Return all pairs of more than two classes, with Holm's correction over the pairs of a gene.

    Args:
        train: Training samples.
        tests: The main tests.
        deseq2: Columns of DESeq2's test of each pair; empty without it.
    """
    names = [*_CONTRAST, *_EFFECTS, *(PAIR_COLUMNS if deseq2 else ())]
    if len(tests.design.pairs) == 1:
        return pd.DataFrame(columns=names, index=pd.Index([], name="gene", dtype="str"), dtype="str")
    found = [tests.location(pair) for pair in range(len(tests.design.pairs))]
    adjusted = np.apply_along_axis(holm, 0, np.stack([test["P.Value"] for test in found]))
    parts = []
    for pair, ((reference, target), test) in enumerate(zip(tests.design.pairs, found, strict=True)):
        columns = test | {"P.Holm.pairs": adjusted[pair]} | tests.moderated_t(pair) | tests.effects(pair)
        columns |= deseq2[pair] if deseq2 else {}
        part = _gene_table(train, columns)
        parts.append(part.assign(contrast=f"{train.classes[target]}-{train.classes[reference]}"))
    return pd.concat(parts)[names]


def _stand_ins(test: AnyArray, tests: GeneTests) -> StandIns:
    """Return the numbers of genes that were tested by a stand-in."""
    equal, rank, moderated = (int((test == name).sum()) * (name != tests.name) for name in (EQUAL, RANK, MODERATED))
    return StandIns(equal, rank, moderated, equal + rank + moderated)


def _gene_table(cohort: Cohort, columns: Columns) -> pd.DataFrame:
    index = cohort.genes.index.rename("gene")
    table = pd.DataFrame({"symbol": cohort.genes["symbol"].to_numpy(), **columns}, index=index)
    return table.astype({name: "str" for name in ("test", "largest") if name in table})


def make_stage(context: StageContext) -> DifferentialStage:
    """Return the stage with the settings of a run."""
    return DifferentialStage(context.settings, context.counts)


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    tests, cohort = context.settings.tests, context.cohort
    design = make_design(cohort, tests.design)
    count = context.settings.permutations
    several = "" if len(cohort.classes) == 2 else " one-way"
    modelled = design.covariates or design.block is not None
    if context.preprocessing.libraries is not None:
        method = {"voom": "limma-voom", "trend": "limma-trend", "deseq2": "limma-voom"}[tests.counts]
        beside = ", DESeq2's test beside it" if tests.counts == "deseq2" else ""
        return Plan(
            f"{design.formula}: {method}{beside}, alpha {tests.alpha:g}", f"permutations: {method} is not permuted"
        )
    method = "linear model" if modelled else f"{tests.method.capitalize()}'s{several} tests"
    if design.partners is not None:
        method = "paired t-tests"
    random = f", '{design.unit}' as a random effect" if design.block is not None else ""
    does = f"{design.formula}: {method}{random}, moderated tests, alpha {tests.alpha:g}"
    if not count:
        return Plan(does, "permutations, because tests.permutations is 0")
    if design.block is not None:
        return Plan(does, f"permutations, because samples of one '{design.unit}' are not exchangeable")
    if design.covariates and design.partners is None:
        return Plan(does, "permutations, because the labels are not exchangeable with covariates in the design")
    return Plan(f"{does}, {count:,} permutations at most")
