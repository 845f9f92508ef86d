"""Machine-readable provenance of a report: a Process Run Crate in the folder of the data.

The folder of the data is the root of the crate. The pages lie beside it, and the inputs elsewhere. Both are described
with their SHA-256 but are not part of the crate; their ids start with ``#``.

Equal runs give equal bytes, so the crate holds neither the time of the run nor the name of the user. It holds a date
of publication only if the report has a date: RO-Crate asks for one, but any other date would be invented.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from pydantic import BaseModel, Field, ValidationError

from genereport.errors import VerificationError

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

    from genereport.analyses.provenance import InputFile
    from genereport.analysis import Analysis

CRATE = "ro-crate-metadata.json"
UNLISTED = frozenset({CRATE, "log.jsonl", ".snakemake_timestamp"})
"""Files of the folder that the crate does not list: the crate itself, the log, which differs between equal runs, and
the stamp that Snakemake leaves in a folder which is the output of a rule."""

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_LICENCE = "No licence has been stated. Ask the authors of the study before you use the report further."

_ENCODINGS = {
    ".bib": "application/x-bibtex",
    ".csv": "text/csv",
    ".gz": "application/gzip",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".npz": "application/zip",
    ".pdf": "application/pdf",
    ".skops": "application/zip",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
}

_KINDS = {
    "checklist.tsv": ("", "Where the report addresses the items of reporting checklists, and what is left to authors."),
    "figures": ("Figure: ", "A figure of the report."),
    "methods.md": ("", "The methods section of the report as text."),
    "model": ("Frozen models: ", "Part of the bundle of the final models, which holds no code."),
    "references.bib": ("", "The references of the report as BibTeX."),
    "results.json": ("", "Every number of the report under a stable id."),
    "run.json": ("", "Resolved settings, inputs with their SHA-256, versions of the packages, and the seed."),
    "tables": ("Table: ", "A table of results; numbers are the shortest text that reads back equal."),
}
"""First part of a path → prefix of the name, and description."""


class Listed(BaseModel):
    """A file that a crate lists.

    Attributes:
        id: Path in the folder, or ``#`` and the name of a page beside it; encoded as a URI.
        sha256: Hex digest; empty if there is none.
    """

    id: str = Field(alias="@id")
    sha256: str = ""

    @property
    def name(self) -> str:
        """The path or the name as plain text."""
        return unquote(self.id.removeprefix("#"))

    @property
    def beside(self) -> bool:
        """Whether the file is a page, which lies beside the folder."""
        return self.id.startswith("#")


class _Reference(BaseModel):
    id: str = Field(alias="@id")


class _Action(BaseModel):
    result: tuple[_Reference, ...]


class _Graph(BaseModel):
    entities: tuple[dict[str, Any], ...] = Field(alias="@graph")


def write_crate(analysis: Analysis, data: Path) -> None:
    """Describe a folder of data and the pages beside it; all other files must have been written."""
    content = _crate(analysis, data).metadata.generate()
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True)
    (data / CRATE).write_text(text + "\n", encoding="utf-8")


def read_crate(data: Path) -> tuple[Listed, ...]:
    """Return the files that the crate of a folder lists.

    Raises:
        VerificationError: GR604 if there is no crate written by genereport.
    """
    path = data / CRATE
    try:
        graph = _Graph.model_validate_json(path.read_bytes()).entities
        results = [_Action.model_validate(entity).result for entity in graph if entity.get("@type") == "CreateAction"]
        wanted = {reference.id for references in results for reference in references}
        return tuple(Listed.model_validate(entity) for entity in graph if entity.get("@id") in wanted)
    except (OSError, ValidationError, TypeError) as error:
        raise VerificationError(
            "GR604",
            "The list of the files of a report cannot be read here, so nothing can be verified.",
            "Name the report_data folder of a finished report or the page beside it, or build the report again.",
            str(path),
        ) from error


def files(data: Path) -> list[Path]:
    """Return every file of a folder that its crate has to list, sorted by path."""
    found = {path.relative_to(data).as_posix(): path for path in data.rglob("*") if path.is_symlink() or path.is_file()}
    return [found[name] for name in sorted(found) if name not in UNLISTED]


def pages(data: Path) -> list[Path]:
    """Return the pages that lie beside a folder of data."""
    stem = data.name.removesuffix("_data")
    beside = [data.with_name(f"{stem}{ending}") for ending in (".html", ".pdf")]
    return [path for path in beside if path.is_file()]


def sha256(path: Path) -> str:
    """Return the hex digest of the content of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _crate(analysis: Analysis, data: Path) -> ROCrate:
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts = [_TERMS]
    _describe_root(crate, analysis)
    outputs = [_add_output(crate, path, path.relative_to(data)) for path in files(data)]
    outputs += [_add_page(crate, path) for path in pages(data)]
    _add_action(crate, analysis, _add_inputs(crate, analysis.inputs), outputs, sha256(data / "run.json"))
    return crate


def _describe_root(crate: ROCrate, analysis: Analysis) -> None:
    of_whom = "The cohort is simulated: no patient is behind the numbers." if analysis.simulated else ""
    root = crate.root_dataset
    root["name"] = analysis.title
    root["description"] = f"The data behind a statistical report of a gene-expression cohort. {of_whom}".strip()
    root["license"] = _LICENCE
    root["conformsTo"] = _add(crate, PROFILE, "CreativeWork", name="Process Run Crate", version="0.5")
    date = analysis.settings["report"]["date"]
    if date:
        root["datePublished"] = date
    else:
        del root["datePublished"]  # the library sets the current time by default


def _add_output(crate: ROCrate, path: Path, name: Path) -> Any:
    label, description = _KINDS.get(name.parts[0], ("", "A file of the report."))
    return crate.add_file(dest_path=name, properties=_facts(path, f"{label}{name.name}", description))


def _add_page(crate: ROCrate, path: Path) -> Any:
    facts = _facts(path, path.name, "The report to be read; it lies beside the folder of this crate.")
    return _add(crate, f"#{quote(path.name)}", "File", **facts)


def _add_inputs(crate: ROCrate, inputs: Sequence[InputFile]) -> list[Any]:
    """Describe the files that were read; a file that was read twice, or under two names, is described once."""
    entities = {}
    for digest in dict.fromkeys(source.sha256 for source in inputs):
        same = [source for source in inputs if source.sha256 == digest]
        roles = ", ".join(dict.fromkeys(source.role for source in same))
        facts = {
            "name": ", ".join(dict.fromkeys(source.name for source in same)),
            "description": f"Read as: {roles}. Not part of the crate.",
            "contentSize": str(same[0].size),
            "encodingFormat": _encoding(same[0].name),
            "sha256": digest,
        }
        entities[digest] = _add(crate, f"#sha256-{digest}", "File", **facts)
    return list(entities.values())


def _add_action(crate: ROCrate, analysis: Analysis, inputs: list[Any], outputs: list[Any], run: str) -> None:
    version = analysis.versions.get("genereport", "")
    software = _add(crate, "#genereport", "SoftwareApplication", name="genereport", softwareVersion=version)
    facts = {
        "name": "Analysis of the cohort and report",
        "description": f"genereport {version}, seed {analysis.settings['seed']}; run.json holds all settings.",
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "instrument": software,
        "result": outputs,
    }
    objects = {"object": inputs[0] if len(inputs) == 1 else inputs} if inputs else {}
    crate.root_dataset["mentions"] = _add(crate, f"#run-{run[:16]}", "CreateAction", **facts, **objects)


def _facts(path: Path, name: str, description: str) -> dict[str, str]:
    return {
        "name": name,
        "description": description,
        "contentSize": str(path.stat().st_size),
        "encodingFormat": _encoding(path.name),
        "sha256": sha256(path),
    }


def _add(crate: ROCrate, identifier: str, kind: str, **properties: Any) -> Any:
    from rocrate.model import ContextEntity

    return crate.add(ContextEntity(crate, identifier, properties={"@type": kind, **properties}))


def _encoding(name: str) -> str:
    return _ENCODINGS.get(Path(name).suffix.lower(), "application/octet-stream")
