"""Parameters that several commands have."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from genereport.runs.pages import PageFormat

Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set one setting, e.g. preprocess.floor=100; may be repeated."),
]
Backend = Annotated[
    str | None, typer.Option(help="Backend of joblib: loky (default), threading, multiprocessing or dask.")
]
Jobs = Annotated[
    int | None, typer.Option(help="Number of processes; -1 (default): one per core. Results do not depend on it.")
]
LabelColumn = Annotated[str | None, typer.Option(help="Column of the sample sheet that holds the class.")]
LogFormat = Annotated[Literal["text", "json"], typer.Option(help="Format of the messages on standard error.")]
OnlyPage = Annotated[PageFormat | None, typer.Option("--format", help="Write only this page. Default: both pages.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print neither progress nor summary.")]
Replace = Annotated[bool, typer.Option("--force", help="Replace existing files of these names.")]
Scheduler = Annotated[
    str | None, typer.Option(help="Address of the Dask scheduler, e.g. tcp://10.0.0.1:8786, for --backend dask.")
]
Summary = Annotated[Literal["text", "json"], typer.Option(help="Format of the standard output.")]
