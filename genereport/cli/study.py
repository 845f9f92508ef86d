"""Commands on study files: write a new one, and check one before it is built."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genereport.cli.app import app
from genereport.cli.options import Asked, takes_study
from genereport.cli.parameters import Replace, Summary
from genereport.cli.text import aligned
from genereport.errors import SettingsError
from genereport.formats import plain
from genereport.locations import Remote, located
from genereport.runs.check import Checked, check_study
from genereport.runs.study import start_study

if TYPE_CHECKING:
    from genereport.cohort.model import Cohort, Source

_MOST_FILES = 8
"""Largest number of files of one role that are printed one by one."""


@app.command()
def init(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="Study file to write, or the folder for it.")] = Path(
        "study.toml"
    ),
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FOLDER_OR_MATRIX",
            help="Folder or matrix of the cohort. Default: the folder of the study file.",
        ),
    ] = None,
    force: Replace = False,
) -> None:
    """Write a study.toml that names the files of a cohort and lists every setting with its meaning."""
    started = start_study(study, _require_local(source), force=force)
    print(f"Written: {started.file}")
    if started.found:
        print(plain(f"Recognised: the layout '{started.found.layout}'"))
    print(plain(aligned((f"  {name}", value) for name, value in started.given.items())), end="")
    if started.unclear:
        print(plain(f"To be filled in: {started.unclear}"))
    print(f"Next: genereport check {_shown(started.file)}")


def _require_local(text: str | None) -> Path | None:
    place = located(text, None, os.environ, "--from") if text else None
    if isinstance(place, Remote):
        raise SettingsError(
            "GR008",
            f"'{place}' is not a path on this machine.",
            "Run init without --from, and write the address into the study file.",
            "--from",
        )
    return place


def _shown(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


@app.command()
@takes_study
def check(
    asked: Asked,
    summary: Summary = "text",
) -> None:
    """Read and check a cohort without analysing it, and print what build would do with the same options."""
    settings = asked.settings()
    checked = check_study(settings)
    print(json.dumps(_data(checked), ensure_ascii=False) if summary == "json" else plain(_text(checked)))
    if settings.run.strict and any(finding.severity == "warning" for finding in checked.findings):
        raise typer.Exit(3)


def _text(checked: Checked) -> str:
    cohort = checked.cohort
    head = "The simulated cohort" if cohort.simulated else f"Cohort: the layout '{cohort.layout}'"
    parts = [f"{head}, {len(cohort.samples):,} samples, {cohort.expression.shape[1]:,} genes"]
    if checked.sources:
        parts.append("Files\n" + aligned(list_files(checked.sources)))
    parts += [_samples(cohort), _covariates(cohort)]
    parts.append(f"Scale: {cohort.scale.name}\n  {cohort.scale.reason}")
    told = [f"  [{f.code}] {f.severity}: {f.message}" for f in checked.findings] or ["  none"]
    parts.append("\n".join(("Findings", *told)))
    changed = [(f"  {name}", json.dumps(value, ensure_ascii=False)) for name, value in checked.changed.items()]
    parts.append("Settings that differ from their defaults\n" + (aligned(changed) or "  none"))
    parts.append("What would run\n" + aligned(_steps(checked)))
    present = ", ".join(path.name for path in checked.present)
    there = (
        f"Existing files: {present}. To replace them, build needs --force or --if-changed."
        if present
        else "None of these files exists yet."
    )
    parts.append(f"Would write {', '.join(checked.writes)} in {checked.target.folder}\n  {there}")
    return "\n\n".join(part.rstrip("\n") for part in parts if part)


def list_files(sources: Sequence[Source]) -> list[tuple[str, ...]]:
    """Return a row for each file; of many files of one role only the first ones, and the number of the others."""
    rows: list[tuple[str, ...]] = []
    for role in dict.fromkeys(source.role for source in sources):
        mine = [source for source in sources if source.role == role]
        shown = mine if len(mine) <= _MOST_FILES else mine[: _MOST_FILES - 1]
        rows += [(f"  {role}", s.name, f"{s.size:,} bytes", f"SHA-256 {s.sha256[:12]}") for s in shown]
        rest = mine[len(shown) :]
        size = sum(source.size for source in rest)
        rows += [(f"  {role}", f"and {len(rest):,} more", f"{size:,} bytes", "")] if rest else []
    return rows


def _samples(cohort: Cohort) -> str:
    counts = _counts(cohort)
    rows = [("  class", "training", "independent")]
    rows += [(f"  {name}", f"{each['train']:,}", f"{each['test']:,}") for name, each in counts.items()]
    return f"Samples (reference: {cohort.reference})\n" + aligned(rows)


def _counts(cohort: Cohort) -> dict[str, dict[str, int]]:
    samples = cohort.samples
    return {
        name: {
            which: int(((samples["class"] == name) & (samples["set"] == which)).sum()) for which in ("train", "test")
        }
        for name in cohort.classes
    }


def _covariates(cohort: Cohort) -> str:
    rows = [(f"  {name}", described) for name, described in _describe_covariates(cohort).items()]
    return "Covariates\n" + aligned(rows) if rows else "Covariates: none"


def _describe_covariates(cohort: Cohort) -> dict[str, str]:
    # Loads pandas: 0.36 s.
    from genereport.cohort.levels import has_levels, level_text, natural_order

    found = {}
    for name in cohort.covariates:
        column = cohort.samples[name]
        known = column.dropna()
        counts = known.value_counts()
        levels = [f"{level_text(level)} {counts[level]}" for level in natural_order(counts.index)]
        each = f": {', '.join(levels)}" if len(levels) <= 6 else ""
        if column.dtype.kind == "f":
            said = f"numbers, {known.min():g} to {known.max():g}" + (each if has_levels(column) else "")
        else:
            said = f"{len(levels)} levels{each}"
        missing = int(column.isna().sum())
        found[name] = said + (f"; {missing} missing" if missing else "")
    return found


def _steps(checked: Checked) -> list[tuple[str, str]]:
    rows = []
    for step in checked.steps:
        rows.append((f"  {step.stage}", step.does))
        if step.left_out:
            rows.append(("", f"left out: {step.left_out}"))
    return rows


def _data(checked: Checked) -> dict[str, Any]:
    cohort = checked.cohort
    return {
        "layout": cohort.layout,
        "simulated": cohort.simulated,
        "files": [{"role": s.role, "name": s.name, "bytes": s.size, "sha256": s.sha256} for s in checked.sources],
        "samples": _counts(cohort),
        "genes": cohort.expression.shape[1],
        "reference": cohort.reference,
        "covariates": _describe_covariates(cohort),
        "scale": {"name": cohort.scale.name, "reason": cohort.scale.reason},
        "findings": [{"code": f.code, "severity": f.severity, "message": f.message} for f in checked.findings],
        "settings": checked.changed,
        "stages": [{"stage": s.stage, "does": s.does, "left_out": s.left_out} for s in checked.steps],
        "folder": str(checked.target.folder),
        "writes": list(checked.writes),
        "present": [path.name for path in checked.present],
    }
