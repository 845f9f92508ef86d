"""The analyses: one folder each, and one line here, in the order of the report."""

from genereport.analyses import (
    biomarkers,
    components,
    differential,
    enrichment,
    models,
    preprocessing,
    quality,
    selection,
    trend,
    trust,
)
from genereport.analyses.spec import AnalysisSpec

ANALYSES: tuple[AnalysisSpec, ...] = (
    quality.SPEC,
    preprocessing.SPEC,
    differential.SPEC,
    components.SPEC,
    selection.SPEC,
    models.SPEC,
    trust.SPEC,
    biomarkers.SPEC,
    enrichment.SPEC,
    trend.SPEC,
)
