"""``genereport history``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from genereport.cli.app import app
from genereport.cli.parameters import Summary
from genereport.runs.history import Estimate, Run, kept_runs, prune, targets
from genereport.runs.lock import locked


@app.command()
def history(
    place: Annotated[
        Path, typer.Argument(help="Folder that holds runs/, or a report beside it. Default: the current folder.")
    ] = Path(),
    keep: Annotated[
        int | None,
        typer.Option(
            min=1, help="Remove all but this number of the newest runs; the newest intact run is always kept."
        ),
    ] = None,
    summary: Summary = "text",
) -> None:
    """List the kept runs with their key figures."""
    found = targets(place)
    if keep:
        with locked(found[0].folder):
            for target in found:
                prune(target, keep)
    runs = [run for target in found for run in kept_runs(target)]
    if summary == "json":
        print(json.dumps([_run_data(run) for run in runs], ensure_ascii=False))
    else:
        _print_table(runs)


def _run_data(run: Run) -> dict[str, object]:
    key = run.key
    facts = {"run": run.name, "report": run.stem, "folder": str(run.folder), "intact": run.intact()}
    return facts | {"key": key.model_dump(mode="json") if key else None}


def _print_table(runs: list[Run]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("Run", "Report"):
        table.add_column(head, no_wrap=True)
    for head in ("Samples", "Bonferroni", "BH"):
        table.add_column(head, justify="right")
    for head in ("Named model", "Cross-validated", "Independent", ""):
        table.add_column(head)
    for run in runs:
        table.add_row(*map(Text, _cells(run)))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 160  # a file or a pipe has no width
    console.print(table)


def _cells(run: Run) -> tuple[str, ...]:
    fault = "" if run.intact() else "changed since it was written"
    key = run.key
    if key is None:
        return (run.name, run.stem, "", "", "", "", "", "", fault or "no key figures")
    counts = [f"{key.samples:,}", *("" if number is None else f"{number:,}" for number in (key.bonferroni, key.bh))]
    model = f"{key.model} ({key.features})" if key.model else ""
    return (run.name, run.stem, *counts, model, _format_estimate(key.cv), _format_estimate(key.independent), fault)


def _format_estimate(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    limits = "" if estimate.low is None else f" ({estimate.low:.3f} to {estimate.high:.3f})"
    return f"{estimate.estimate:.3f}{limits}"
