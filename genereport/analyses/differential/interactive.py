"""Interactive figures of the differential expression, drawn by the scripts of the page."""

from __future__ import annotations

from genereport.analyses.differential.result import Differential
from genereport.names import UNIT_NAMES
from genereport.plotting.interactive import Interactive
from genereport.plotting.style import DOWN, UP


def volcano(result: Differential) -> Interactive:
    """Return the volcano plot: p-value against fold change, or with several classes against average expression."""
    if len(result.classes) > 2:
        return _genes(result, "AveExpr", "P.Value", (UNIT_NAMES[result.value_unit].average, "−log10 p"))
    return _genes(result, "logFC", "P.Value", (_change(result), "−log10 p"))


def ma(result: Differential) -> Interactive:
    """Return fold change against average expression."""
    return _genes(result, "AveExpr", "logFC", (UNIT_NAMES[result.value_unit].average, _change(result)))


def _change(result: Differential) -> str:
    reference, target = result.classes
    return f"{UNIT_NAMES[result.value_unit].change}, {target} − {reference}"


def _genes(result: Differential, x: str, y: str, labels: tuple[str, str]) -> Interactive:
    reference, target = result.classes[0], result.classes[-1]
    both = [
        {"name": f"higher in {target}", "colour": UP, "symbol": "triangle-up"},
        {"name": f"higher in {reference}", "colour": DOWN, "symbol": "triangle-down"},
    ]
    groups = both if len(result.classes) == 2 else [{"name": "significant", "colour": UP, "symbol": "triangle-up"}]
    line = result.alpha / max(result.tested, 1) if y == "P.Value" else None
    return Interactive(
        "genes", {"x": x, "y": y, "labels": labels, "groups": groups, "alpha": result.alpha, "line": line}
    )
