"""Appendices: settings, inputs and session."""

from __future__ import annotations

import json

from genereport.report.document import Code, Column, Section, Table, prose
from genereport.report.formats import count
from genereport.report.quote import Quote


def compose_settings(q: Quote) -> Section:
    """Every setting as it was resolved."""
    rows = []
    for section, values in q.analysis.settings.items():
        named = values.items() if isinstance(values, dict) else [("", values)]
        for key, value in named:
            name = f"{section}.{key}" if key else section
            rows.append((Code(name), Code(json.dumps(value, ensure_ascii=False))))
    table = Table("tab-settings", prose("All settings of this run."), (Column("Setting"), Column("Value")), tuple(rows))
    return Section("sec-settings", "Settings", (table,), numbered=False)


def compose_session(q: Quote) -> Section:
    """Files with their digests, and package versions."""
    inputs = tuple((Code(source.name), source.role, count(source.size), source.sha256) for source in q.analysis.inputs)
    heads = (Column("File"), Column("Read as"), Column("Bytes", numeric=True), Column("SHA-256"))
    versions = tuple((name, Code(version)) for name, version in q.analysis.versions.items())
    blocks = [Table("tab-versions", prose("Versions."), (Column("Package"), Column("Version")), versions)]
    if inputs:
        blocks.insert(0, Table("tab-inputs", prose("Input files."), heads, inputs))
    seed = prose("All random numbers derive from the seed {seed}.", seed=str(q.analysis.settings["seed"]))
    return Section("sec-session", "Session info", (seed, *blocks), numbered=False)
