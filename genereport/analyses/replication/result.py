"""Replication of significant genes in the independent set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from genereport.analyses.result import Tabled
from genereport.display import Shown
from genereport.frames import Frame, Number
from genereport.types import ValueUnit

OUTCOMES = ("reversed", "no difference", "same direction", "replicated")
"""Outcomes of a gene whose effect is known, in the order of the table."""


@dataclass(frozen=True)
class Proportion(Shown):
    """A number of the compared genes as a proportion of them.

    Attributes:
        genes: Number of genes.
        share: Proportion of the compared genes; missing if there are none.
        low: Lower limit of Wilson's interval, which takes the genes as independent.
        high: Upper limit.
    """

    genes: int
    share: Number
    low: Number
    high: Number


@dataclass(frozen=True)
class Ratios(Shown):
    """Effects in the independent set divided by those in the training set, over the compared genes.

    Attributes:
        median: Their median; missing if no gene is compared.
        low: Lower limit of its interval, from a bootstrap of the independent samples that takes the effects in the
            training set as given; missing if samples are not independent, or covariates are adjusted for.
        high: Upper limit.
        smallest: The smallest ratio.
        largest: The largest ratio.
    """

    median: Number
    low: Number
    high: Number
    smallest: Number
    largest: Number


@dataclass(frozen=True, eq=False)
class Replication(Tabled, main="table"):
    """The effects of significant genes in the independent set, beside those in the training set.

    Attributes:
        classes: Class levels, the reference first.
        sizes: Independent samples per class, in the same order.
        drawn: Whether the independent set was drawn at random from the samples of the cohort.
        value_unit: Unit of the effects, as in `Differential.value_unit`.
        chosen: Which genes: ``Bonferroni``, all that are significant in the training set after this correction; or
            ``first``, those with the smallest p-values, if none is significant.
        test: The test in the independent set: ``Welch``, ``Student``, ``paired`` or ``linear model``. Where it is not
            defined, another stands in.
        differs: Whether it is another test than that of the training set.
        refused: Why the design of the training set could not be used for the independent set; empty if it could.
        covariates: Covariates that the comparison in the independent set is adjusted for.
        unit: Column that names units such as patients, if the tests in the independent set allow for them.
        alpha: Significance level, also of the false discovery rate.
        confidence: Confidence level of every interval.
        genes: Number of chosen genes.
        compared: Number of these whose effect in the independent set is known.
        same: Genes whose effect has the same sign in both sets.
        replicated: Genes with the same sign and P.ind < alpha.
        replicated_bh: Genes with the same sign and adj.P.ind < alpha.
        smaller: Genes whose effect is smaller than in the training set, or reversed.
        reversed: Number of genes whose effect has the opposite sign.
        opposed: Number of these with P.ind < alpha.
        flat: Number of genes whose effect in the independent set is exactly 0.
        ratios: The effects in the independent set divided by those in the training set.
        table: One row for each chosen gene; those that reverse come first, then those without any difference, with the
            same direction only, replicated, and not compared, each in the order of the training set. Index gene;
            columns symbol, contrast (``B-A``; of more than two classes the pair with the largest difference in the
            training set), of the training set logFC CI.L CI.R P.Value P.Bonferroni (of more than two classes P.Value
            is that of the pair and P.Bonferroni that of the test of all classes), of the independent set logFC.ind
            CI.L.ind CI.R.ind t.ind df.ind P.ind adj.P.ind (Benjamini–Hochberg over these genes) test.ind, ratio
            (logFC.ind / logFC), outcome (``replicated``, ``same direction``, ``no difference``, ``reversed``; empty if
            not compared).
    """

    classes: tuple[str, ...]
    sizes: tuple[int, ...]
    drawn: bool
    value_unit: ValueUnit
    chosen: Literal["Bonferroni", "first"]
    test: str
    differs: bool
    refused: str
    covariates: tuple[str, ...]
    unit: str
    alpha: float
    confidence: float
    genes: int
    compared: int
    same: Proportion
    replicated: Proportion
    replicated_bh: Proportion
    smaller: Proportion
    reversed: int
    opposed: int
    flat: int
    ratios: Ratios
    table: Frame

    @property
    def not_replicated(self) -> int:
        """The number of compared genes that are not replicated."""
        return self.compared - self.replicated.genes

    @property
    def uncompared(self) -> int:
        """The number of chosen genes whose effect in the independent set is not known."""
        return self.genes - self.compared
