"""What the session info of applied models shares with that of reports: the platform, the inputs and the versions."""

from __future__ import annotations

from genereport.formats import count
from genereport.report.document import Code, Column, Paragraph, Row, Table, prose
from genereport.report.quote import Quote


def session_tables(q: Quote) -> tuple[Table, ...]:
    """Input files with their digests, if there are any, and the versions of the packages."""
    inputs = tuple(_input(q, position) for position in range(len(q.analysis.inputs)))
    heads = (Column("File"), Column("Read as"), Column("Bytes", numeric=True), Column("SHA-256"))
    versions = tuple((Code(name), q(f"versions.{name}")) for name in q.analysis.versions)
    read = (Table("tab-inputs", prose("Input files."), heads, inputs),) if inputs else ()
    return (*read, Table("tab-versions", prose("Versions."), (Column("Package"), Column("Version")), versions))


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
