"""The signature, and known biomarkers."""

from __future__ import annotations

from dataclasses import dataclass, field

from genereport.analyses.result import Tabled
from genereport.frames import Frame, Number
from genereport.types import ValueUnit

FUSION = 60
"""The constant of reciprocal rank fusion, as proposed by its authors."""


@dataclass(frozen=True, eq=False)
class Biomarkers(Tabled, main="signature"):
    """One ranked signature, matched with published markers.

    Attributes:
        classes: Class levels, the reference first.
        markers: Number of entries of the marker list.
        measured: Number of entries with at least one testable probe in the cohort.
        agreeing: Number of directed entries whose best probe's logFC has the listed sign.
        directed: Number of measured entries with independent evidence and a direction among the classes.
        agreement: agreeing / directed; NaN if nothing is directed.
        circular: Evidence classes that come from this very cohort (or were planted in it).
        signature: Index rank; columns gene, symbol, logFC, P.Bonferroni, frequency, rank_test, rank_rfe, rank_l1,
            rank_forest, never (whether the gene was chosen in no training part), evidence, source. All genes that
            entered the elimination or have an L1 coefficient, best first by reciprocal rank fusion of the four ranks.
            Without a cross-validation: the genes with the smallest p-values, by rank_test alone; frequency and the
            other ranks are NaN.
        probes: All tested probes of the printed genes that have several, side by side: index gene; columns symbol, rank
            (in the signature; NaN if none), logFC, AveExpr, P.Value, P.Bonferroni.
        several: Number of genes in `probes`.
        opposed: Number of genes whose significant probes differ in sign.
        listed: Number of rows of `matched`: measured probes of the entries.
        matched: Index gene; columns symbol, direction, evidence, circular, source, logFC, P.Value, P.Bonferroni,
            agrees (``yes``, ``no``, empty if the direction is no class of the cohort or the evidence is not on
            expression), rank (in the signature; NaN if none).
        by_evidence: Index evidence; columns entries, measured, directed, agreeing, significant, circular.
        value_unit: Unit of the values of `expression`, as in `Preprocessing.value_unit`.
        expression: Index sample; columns set, class, then the preprocessed values of the top genes.
        never: Number of printed genes of the signature that were chosen in no training part; NaN without a
            cross-validation.
        methods: Methods that rank the genes: test, rfe, l1 and forest; test alone if no cross-validation was possible.
        human: Whether names were compared by the current symbols of human genes, or as they are written.
        current: Gene id → current symbol of the tested genes that are called by a former symbol or an alias.
    """

    classes: tuple[str, ...]
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
    never: Number
    methods: tuple[str, ...] = ("test", "rfe", "l1", "forest")
    human: bool = False
    current: dict[str, str] = field(default_factory=dict)

    @property
    def fused(self) -> bool:
        """Whether several rankings were combined in the signature."""
        return len(self.methods) > 1

    @property
    def fusion_constant(self) -> int:
        """The constant of the reciprocal rank fusion."""
        return FUSION
