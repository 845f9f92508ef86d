"""The short text that ``genereport compare`` prints, verdict first; the words are in ``templates/comparison``."""

from __future__ import annotations

from typing import Any

import pandas as pd

from genereport.analyses.columns import Table
from genereport.analyses.comparison.result import Comparison
from genereport.analyses.comparison.tables import EFFECTS_IN_SHORT, LISTS_IN_SHORT, NAMED_IN_SHORT
from genereport.analyses.result import Skipped
from genereport.formats import MINUS, plain
from genereport.report.comparison import comparison_writer
from genereport.report.markdown import to_text
from genereport.report.traced import style_of


def difference(comparison: Comparison) -> str:
    """Return the verdict, what changed, and the numbers behind it, in the manner of R."""
    text = comparison_writer(comparison).text(
        "terminal.txt.j2",
        conclusion=verdict_text(comparison),
        lists=_lay_out(LISTS_IN_SHORT, comparison) if len(comparison.lists) else "",
        agreement="" if isinstance(comparison.effects, Skipped) else _lay_out(EFFECTS_IN_SHORT, comparison),
        named="" if isinstance(comparison.models, Skipped) else _lay_out(NAMED_IN_SHORT, comparison),
    )
    return plain(text.rstrip("\n").replace(MINUS, "-"))


def verdict_text(comparison: Comparison) -> str:
    """Return the verdict as one sentence of plain text."""
    return to_text(comparison_writer(comparison).paragraph("conclusion"))


def difference_data(comparison: Comparison) -> dict[str, Any]:
    """Return the verdict, its checks and the notes, JSON-ready."""
    checks = comparison.verdict.checks.astype(object)
    records = checks.where(checks.notna(), None).reset_index().to_dict("records")
    return {
        "material": comparison.verdict.material,
        "verdict": verdict_text(comparison),
        "checks": records,
        "notes": list(comparison.notes),
    }


def _lay_out(table: Table, comparison: Comparison) -> str:
    """Lay out a table as lines of text, the first column aligned left, the others aligned right."""
    style = style_of(comparison.settings)
    grid = table.print(comparison, style)
    heads = [column.printed_head(style) for column in grid.columns]
    rows = [[cell.text for cell in row] for row in grid.rows]
    frame = pd.DataFrame([row[1:] for row in rows], index=[row[0] for row in rows], columns=heads[1:])
    return frame.to_string()
