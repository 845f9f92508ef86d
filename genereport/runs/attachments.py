"""The files that are attached to the PDF, so that the report and its numbers stay together."""

from __future__ import annotations

from pathlib import Path

from genereport.analysis import Analysis
from genereport.report.archive import Attachment

_PROSE = (
    ("results.json", "Every number of the report under a stable id", "application/json", "Data"),
    ("run.json", "Settings, inputs with their digests, package versions and seed", "application/json", "Source"),
    ("methods.md", "Methods as text", "text/markdown", "Supplement"),
    ("references.bib", "References", "application/x-bibtex", "Supplement"),
    ("checklist.tsv", "Reporting checklists", "text/tab-separated-values", "Supplement"),
)
_MEDIA = {".tsv": "text/tab-separated-values", ".gz": "application/gzip"}


def attachments(analysis: Analysis, data: Path) -> tuple[Attachment, ...]:
    """Return tables, results, settings and versions of the run, methods, references and checklists.

    Args:
        analysis: The analysis that is reported.
        data: The ``report_data`` folder, in which tables and texts are already written.
    """
    prose = [
        Attachment(name, (data / name).read_bytes(), told, media, how)
        for name, told, media, how in _PROSE
        if (data / name).is_file()
    ]
    tables = [
        Attachment(path.name, path.read_bytes(), f"Table {path.name.partition('.')[0]}", _MEDIA[path.suffix], "Data")
        for path in sorted((data / "tables").iterdir())
    ]
    return (*tables, *prose, _packages(analysis))


def _packages(analysis: Analysis) -> Attachment:
    versions = analysis.versions
    pinned = "".join(f"{name}=={version}\n" for name, version in versions.items() if name != "python")
    content = f"# {analysis.platform.python}, {analysis.platform.system}\n{pinned}"
    return Attachment("requirements.txt", content.encode(), "Versions of the packages", "text/plain", "Supplement")
