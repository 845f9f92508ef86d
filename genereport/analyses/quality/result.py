"""The result of the quality stage."""

from __future__ import annotations

from dataclasses import dataclass

from genereport.analyses.result import Tabled
from genereport.display import Shown
from genereport.errors import Finding
from genereport.frames import Frame, Number


@dataclass(frozen=True, eq=False)
class Missingness(Tabled, main="by_class"):
    """Whether missing values of the training samples are associated with the class.

    Attributes:
        gaps: Number of genes that are missing in some training samples and not in others.
        genes: Number of them that are associated with the class: p-value of Fisher's exact test (with several classes
            of each class against the others, Bonferroni over the classes), adjusted after Benjamini and Hochberg over
            `gaps`, below `alpha`.
        alpha: Limit of the adjusted p-value.
        p: Kruskal–Wallis test of the samples' shares of missing values by class; NaN if the shares do not differ.
        by_class: Index class; columns samples, missing (share of their values), genes (number of those in `genes` that
            this class lacks in the largest share of its samples).
    """

    gaps: int
    genes: int
    alpha: float
    p: Number
    by_class: Frame


@dataclass(frozen=True, eq=False)
class SampleFlow(Shown):
    """The samples of the files on their way to the analysis.

    Attributes:
        offered: Number of samples in the matrices.
        left_out: Number of them that settings leave out.
        steps: One row for each reason, in their order: index step (``named``, ``unlisted``, ``filter``, ``unlabelled``,
            ``other class``); columns told (the reason in words), left_out, remaining (numbers of samples).
        excluded: One row for each sample that was left out: index sample; columns class (empty where it is unknown),
            step, reason (in words).
    """

    offered: int
    left_out: int
    steps: Frame
    excluded: Frame


@dataclass(frozen=True, eq=False)
class Quality(Tabled, main="counts"):
    """The samples of the cohort, and the distribution of the values in the files.

    Attributes:
        samples: Number of samples.
        genes: Number of genes or probes in the file, controls included.
        train: Number of training samples.
        test: Number of samples of the independent set.
        counts: Index class; columns ``train``, ``test`` and ``all``, numbers of samples.
        covariates: One row per covariate and level: index covariate; columns level, set, then one count per class.
            Samples without a value are a level of their own, ``unknown``.
        associations: One row per covariate that is no unit or identifier, on the training samples: index covariate;
            columns levels (number of different values), known and missing (numbers of samples), test (of the known
            values against the class; empty if there is nothing to compare), p (of this test), p_missing (Fisher's exact
            test of missing values against the class; NaN without missing values), finding (codes of the findings on
            it).
        arrays: Index sample; columns set, class, missing (share), then quantiles q0 q5 q25 q50 q75 q95 q100 of the
            values in the file.
        minimum: Smallest value in the files.
        maximum: Largest value in the files.
        nonpositive: Share of values ≤ 0 among those present.
        missing: Number of missing values.
        missingness: Association of missing values with the class.
        flow: The samples of the files that were left out, and why.
        findings: Findings on the cohort that a reader must know; also in ``findings.tsv``.
    """

    samples: int
    genes: int
    train: int
    test: int
    counts: Frame
    covariates: Frame
    associations: Frame
    arrays: Frame
    minimum: float
    maximum: float
    nonpositive: float
    missing: int
    missingness: Missingness
    flow: SampleFlow
    findings: tuple[Finding, ...]
