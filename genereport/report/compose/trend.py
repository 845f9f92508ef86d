"""Section on how this run stands to earlier ones."""

from __future__ import annotations

import math

from genereport.analyses.trend.result import Trend
from genereport.formats import MISSING, count, fixed, plural
from genereport.names import model_name
from genereport.report import figures
from genereport.report.compose.parts import drawn_figure
from genereport.report.document import (
    Block,
    Column,
    Inline,
    Paragraph,
    Phrase,
    Ref,
    Row,
    Section,
    Table,
    joined,
    prose,
)
from genereport.report.quote import Quote

_RUNS = "trend.runs"


def compose_trend(q: Quote) -> Section:
    """The key figures of this run and of those before it."""
    result = q.result(Trend)
    blocks: list[Block] = [_what(q), _table(q)]
    if result.runs["cv"].notna().any():
        caption = prose(
            "Balanced accuracy of the model that each run named, with {level} intervals. Runs that share samples have "
            "intervals that are not independent of one another.",
            level=q.confidence(),
        )
        blocks.append(drawn_figure("fig-trend", figures.trend(result), caption))
    return Section("sec-trend", "Earlier runs", tuple(blocks))


def _what(q: Quote) -> Paragraph:
    result = q.result(Trend)
    told = prose(
        "{count} runs of this study that differ in their inputs, settings or versions are kept, this one included ({table}). "
        "Time is the time of the run, in UTC.",
        count=q("trend.count", count),
        table=Ref("tab-trend"),
    )
    if not result.left_out:
        return told
    verb = plural(result.left_out, "older one is", "older ones are")
    return joined(told, prose(f"{{count}} {verb} not listed.", count=q("trend.left_out", count)))


def _table(q: Quote) -> Table:
    columns = (
        Column("Run"),
        Column("Samples", numeric=True),
        Column("Tested", numeric=True),
        Column("Bonferroni", numeric=True),
        Column("BH", numeric=True),
        Column("Named model"),
        Column("Cross-validated", numeric=True),
        Column("Independent", numeric=True),
        Column("Genes kept", numeric=True),
    )
    rows = tuple(_row(q, row) for row in range(len(q.frame(_RUNS))))
    caption = prose(
        "Key figures of this run and earlier ones: balanced accuracy of the named model with {level} intervals, and how many "
        "of the chosen genes the run before had chosen, too.",
        level=q.confidence(),
    )
    return Table("tab-trend", caption, columns, rows)


def _row(q: Quote, row: int) -> Row:
    run = q.frame(_RUNS).iloc[row]
    name = model_name(run["model"], run["features"]) if run["model"] else MISSING
    counts = [q.cell(_RUNS, row, column, _counted) for column in ("samples", "tested", "bonferroni", "bh")]
    return (
        q.cell(_RUNS, row, "time"),
        *counts,
        name,
        _estimate(q, row, "cv"),
        _estimate(q, row, "independent"),
        _kept(q, row),
    )


def _estimate(q: Quote, row: int, name: str) -> Inline:
    value = q.cell(_RUNS, row, name, fixed)
    if value.text == MISSING:
        return value
    return Phrase((value, " (", q.interval(_RUNS, row, (f"{name}_low", f"{name}_high")), ")"))


def _kept(q: Quote, row: int) -> Inline:
    kept = q.cell(_RUNS, row, "kept", _counted)
    return kept if kept.text == MISSING else Phrase((kept, " of ", q.cell(_RUNS, row, "chosen", _counted)))


def _counted(value: float) -> str:
    return MISSING if math.isnan(value) else count(value)
