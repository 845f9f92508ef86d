"""Differential expression."""

from genereport.analyses.differential.figures import (
    describe_contrasts,
    describe_dispersions,
    describe_effects,
    describe_ma,
    describe_mean_variance,
    describe_p_values,
    describe_volcano,
    draw_contrasts,
    draw_dispersions,
    draw_effects,
    draw_ma,
    draw_mean_variance,
    draw_p_values,
    draw_volcano,
    has_dispersions,
    has_trend,
)
from genereport.analyses.differential.interactive import ma, volcano
from genereport.analyses.differential.result import Deseq2, Differential
from genereport.analyses.differential.tables import CONTRASTS, DESEQ2, EFFECTS, KEPT, SUMMARY_GENES, TOP_GENES
from genereport.analyses.differential.upset import describe_adjustments, draw_adjustments, has_overlaps
from genereport.analyses.spec import AnalysisSpec, Figure, Section

SPEC = AnalysisSpec(
    name="differential",
    result=Differential,
    sections=(Section("differential", "Differential expression", "sec-differential"),),
    figures=(
        Figure("mean-variance", draw_mean_variance, describe_mean_variance, applies=has_trend),
        Figure("dispersions", draw_dispersions, describe_dispersions, applies=has_dispersions),
        Figure("adjustments", draw_adjustments, describe_adjustments, applies=has_overlaps),
        Figure("p", draw_p_values, describe_p_values),
        Figure("volcano", draw_volcano, describe_volcano, volcano),
        Figure("ma", draw_ma, describe_ma, ma, applies=lambda result: len(result.classes) == 2),
        Figure("effects", draw_effects, describe_effects, applies=lambda result: len(result.classes) == 2),
        Figure("contrasts", draw_contrasts, describe_contrasts, applies=lambda result: len(result.classes) > 2),
    ),
    tables=(KEPT, TOP_GENES, SUMMARY_GENES, DESEQ2, EFFECTS, CONTRASTS),
    files={
        "differential": lambda result: result.table,
        "mean_variance": lambda result: result.counts.trend if result.counts else None,
        "dispersions": lambda result: result.deseq2.dispersions if isinstance(result.deseq2, Deseq2) else None,
        "contrasts": lambda result: result.contrasts if len(result.contrasts) else None,
    },
    needs=("preprocessing",),
)
