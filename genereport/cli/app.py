"""The command itself, to which the other modules add their commands."""

from __future__ import annotations

from typing import Annotated

import typer

from genereport import __version__

app = typer.Typer(
    help="Turn a gene-expression cohort into the statistical report that a biostatistician would attach to a paper.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"genereport {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    return None
