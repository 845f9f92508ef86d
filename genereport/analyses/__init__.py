"""The analyses: one folder each, and one line here, in the order of the report."""

from genereport.analyses import (
    array_quality,
    biomarkers,
    components,
    controls,
    detectable,
    differential,
    enrichment,
    instability,
    models,
    named_model,
    planned_contrasts,
    preprocessing,
    probabilities,
    quality,
    replication,
    resampling,
    selection,
    sensitivity,
    subgroups,
    trend,
    trust,
)
from genereport.analyses.spec import AnalysisSpec

ANALYSES: tuple[AnalysisSpec, ...] = (
    quality.SPEC,
    preprocessing.SPEC,
    array_quality.SPEC,
    differential.SPEC,
    sensitivity.SPEC,
    planned_contrasts.SPEC,
    replication.SPEC,
    components.SPEC,
    resampling.SPEC,
    selection.SPEC,
    models.SPEC,
    named_model.SPEC,
    probabilities.SPEC,
    trust.SPEC,
    instability.SPEC,
    subgroups.SPEC,
    controls.SPEC,
    detectable.SPEC,
    biomarkers.SPEC,
    enrichment.SPEC,
    trend.SPEC,
)


def stored_analyses() -> tuple[AnalysisSpec, ...]:
    """Return the analyses whose results are stored and reported."""
    return tuple(spec for spec in ANALYSES if spec.result is not None)


def run_order() -> tuple[AnalysisSpec, ...]:
    """Return the analyses, each after those that it needs, otherwise in the order of the report."""
    ordered: list[AnalysisSpec] = []
    waiting = list(ANALYSES)
    while waiting:
        done = {spec.name for spec in ordered}
        ready = next(spec for spec in waiting if done.issuperset(spec.needs))
        ordered.append(ready)
        waiting.remove(ready)
    return tuple(ordered)
