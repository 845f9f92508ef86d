"""Commands that write examples, settings and templates, and explain messages."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from genereport.cli.app import app
from genereport.cli.parameters import Replace
from genereport.errors import SettingsError, nearest
from genereport.resources import folder
from genereport.settings import Settings


@app.command()
def demo(
    directory: Annotated[Path, typer.Argument(help="Folder for the files of the simulated cohort.")],
    seed: Annotated[int, typer.Option(help="Seed of the simulation.", min=0)] = 1999,
) -> None:
    """Write the simulated cohort as files, with a study.toml to build its report from."""
    # Loads pandas: 0.31 s.
    from genereport.cohort.demo import write_demo

    for path in write_demo(directory, seed):
        print(path)


@app.command()
def schema() -> None:
    """Print the JSON Schema of study.toml, for editors."""
    print(json.dumps(Settings.model_json_schema(), indent=2))


@app.command()
def templates(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the templates.")],
    force: Replace = False,
) -> None:
    """Write the templates of the report, to be edited and given to build and render with --templates."""
    # Loads pandas, matplotlib and Jinja: 1.1 s.
    from genereport.runs.templates import write_templates

    for path in write_templates(directory, force=force):
        print(path)


@app.command()
def explain(code: Annotated[str, typer.Argument(help="Code of a message, such as GR106.")]) -> None:
    """Explain a message by its code."""
    entries = tomllib.loads((folder("data") / "codes.toml").read_text(encoding="utf-8"))
    entry = entries.get(code.upper())
    if entry is None:
        raise SettingsError("GR004", f"There is no code '{code}'.", nearest(code.upper(), entries))
    print(f"{code.upper()}: {entry['title']}\n\n{entry['explanation'].strip()}")
