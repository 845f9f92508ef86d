"""The comparison of two runs, which is a page of its own."""

from genereport.analyses.comparison.figures import (
    describe_agreement,
    describe_ranks,
    draw_agreement,
    draw_performance,
    draw_ranks,
)
from genereport.analyses.comparison.result import Comparison
from genereport.analyses.comparison.tables import (
    AGREEMENT,
    CHANGED_SETTINGS,
    CHECKS,
    LARGEST,
    METRICS,
    NAMED,
    SAMPLES,
    VERSIONS,
)
from genereport.analyses.spec import Figure, PageSpec, Section

PAGE = PageSpec(
    result=Comparison,
    sections=(
        Section("verdict", "Verdict", "sec-verdict"),
        Section("inputs", "Inputs and settings", "sec-inputs"),
        Section("samples", "Samples", "sec-samples"),
        Section("signature", "Signature", "sec-signature"),
        Section("effects", "Log fold changes", "sec-effects"),
        Section("models", "Models", "sec-models"),
        Section("methods", "Methods", "sec-methods"),
        Section("session", "Session info", "sec-session"),
    ),
    figures=(
        Figure("agreement", draw_agreement, describe_agreement),
        Figure("ranks", draw_ranks, describe_ranks),
        Figure("performance", draw_performance),
    ),
    tables=(CHECKS, CHANGED_SETTINGS, SAMPLES, AGREEMENT, LARGEST, NAMED, *METRICS, VERSIONS),
)
