"""Appendices: settings, inputs and session."""

from __future__ import annotations

import json

from genereport.formats import count
from genereport.report.command import command
from genereport.report.document import Code, Column, Paragraph, Row, Section, Table, Value, prose
from genereport.report.quote import Quote


def compose_settings(q: Quote) -> Section:
    """Every setting as it was resolved."""
    rows = []
    for section, values in q.analysis.settings.items():
        named = values.items() if isinstance(values, dict) else [("", values)]
        for key, value in named:
            name = f"{section}.{key}" if key else section
            rows.append((Code(name), Value(f"settings.{name}", json.dumps(value, ensure_ascii=False))))
    table = Table("tab-settings", prose("All settings of this run."), (Column("Setting"), Column("Value")), tuple(rows))
    return Section("sec-settings", "Settings", (table,), numbered=False)


def compose_session(q: Quote) -> Section:
    """How to repeat the run: command, seed, files with their digests, platform and package versions."""
    return Section("sec-session", "Session info", (_repeated(q), ran_on(q), *session_tables(q)), numbered=False)


def session_tables(q: Quote) -> tuple[Table, ...]:
    """Input files with their digests, if there are any, and the versions of the packages."""
    inputs = tuple(_input(q, position) for position in range(len(q.analysis.inputs)))
    heads = (Column("File"), Column("Read as"), Column("Bytes", numeric=True), Column("SHA-256"))
    versions = tuple((Code(name), q(f"versions.{name}")) for name in q.analysis.versions)
    read = (Table("tab-inputs", prose("Input files."), heads, inputs),) if inputs else ()
    return (*read, Table("tab-versions", prose("Versions."), (Column("Package"), Column("Version")), versions))


def _repeated(q: Quote) -> Paragraph:
    analysis = q.analysis
    seeded = "All random numbers derive from the seed {seed}, for each analysis apart, and none depends on the number of processes."
    if not analysis.inputs and not analysis.simulated:
        return prose(
            f"The cohort was given in memory, so no command repeats this run. {seeded}", seed=q.setting("seed")
        )
    but = "" if analysis.trend is None else ", but for the section on earlier runs"
    return prose(
        "In the folder of the input files, with the versions below and on a machine of the same kind, this command makes the same "
        f"report, byte for byte{but}: {{command}}. {seeded}",
        command=Code(command(q.analysis.settings)),
        seed=q.setting("seed"),
    )


def ran_on(q: Quote) -> Paragraph:
    """What it ran on."""
    return prose(
        "{python} on {system}; products of matrices by {blas}, on one thread. The interactive page carries plotly.js and "
        "DataTables, both under the MIT licence.",
        python=q("platform.python"),
        system=q("platform.system"),
        blas=q("platform.blas"),
    )


def _input(q: Quote, position: int) -> Row:
    source = f"inputs[{position}]"
    return Code(q(f"{source}.name").text), q(f"{source}.role"), q(f"{source}.size", count), q(f"{source}.sha256")
