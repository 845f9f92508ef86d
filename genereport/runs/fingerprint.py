"""The fingerprint of a report: its inputs, settings and versions, by which a scheduled run sees whether they changed.

The module imports neither pandas nor TensorFlow, so a run with nothing to do ends soon. A fingerprint holds paths,
which may differ between equal runs. It is therefore kept in ``log.jsonl``, the one file that may differ between them.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from genereport.cohort.names import cohort_files_in
from genereport.errors import CohortError
from genereport.locations import Location, Remote, absolute, read_bytes
from genereport.runs.crate import sha256
from genereport.settings import Settings, named_inputs
from genereport.versions import package_versions

EVENT = "fingerprint"


class Input(BaseModel):
    """A file that was read.

    Attributes:
        path: Path or address of the file; an address is stored without its secrets.
        sha256: Hex digest of its bytes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: str


class Fingerprint(BaseModel):
    """Everything that determines the bytes of a report.

    Attributes:
        settings: Settings as they are stored with the results.
        pages: Which pages and formats of figures were written.
        paths: Setting → the absolute path, or the address, that it names.
        versions: Package → version, and the system.
        inputs: The files that were read.
        folders: Folder that is named → the files in it that may belong to the cohort; another may change the layout.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: dict[str, Any]
    pages: dict[str, str]
    paths: dict[str, str]
    versions: dict[str, str]
    inputs: tuple[Input, ...]
    folders: dict[str, tuple[str, ...]]

    @property
    def digest(self) -> str:
        """Hex digest of the settings, the versions and the content of the inputs, whatever their paths."""
        content = {
            "settings": self.settings,
            "versions": self.versions,
            "inputs": sorted(one.sha256 for one in self.inputs),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def fingerprint(settings: Settings, read: Mapping[str, str]) -> Fingerprint:
    """Return the fingerprint of a run.

    Args:
        settings: Resolved settings.
        read: Path → SHA-256 of the files of the cohort as they were read.
    """
    others = {str(place): _digest(place) for place in _other_inputs(settings)}
    cohort = settings.cohort
    named = (cohort.study, cohort.expression, cohort.test_expression)
    folders = {str(place.absolute()): _tables(place) for place in named if isinstance(place, Path) and place.is_dir()}
    return Fingerprint(
        settings=settings.model_dump(mode="json"),
        pages=_pages(settings),
        paths=_paths(settings),
        versions=_versions(),
        inputs=tuple(Input(path=path, sha256=digest) for path, digest in {**read, **others}.items()),
        folders=folders,
    )


def read_fingerprint(data: Path) -> Fingerprint | None:
    """Return the fingerprint that a folder of data holds; None if it holds none that can be read."""
    try:
        lines = (data / "log.jsonl").read_text(encoding="utf-8").splitlines()
        events = [event for event in map(json.loads, lines) if event.get("event") == EVENT]
        return Fingerprint.model_validate(events[-1]["content"]) if events else None
    except (OSError, ValueError, AttributeError, KeyError, ValidationError):
        return None


def changes(earlier: Fingerprint, settings: Settings) -> Iterator[str]:
    """Yield what has changed since a report was made, in words; nothing if nothing has changed.

    Args:
        earlier: Fingerprint of the report that is there.
        settings: Resolved settings of the run that is asked for.
    """
    yield from _describe_differences("setting", _flatten(earlier.settings), _flatten(settings.model_dump(mode="json")))
    yield from _describe_differences("setting run", earlier.pages, _pages(settings))
    yield from _describe_differences("path of", earlier.paths, _paths(settings))
    yield from _describe_differences("version of", earlier.versions, _versions())
    elsewhere = [place for place in named_inputs(settings).values() if isinstance(place, Remote)]
    for one in earlier.inputs:
        yield from _changed_input(one, [place for place in elsewhere if str(place) == one.path] or [Path(one.path)])
    for folder, names in earlier.folders.items():
        if not Path(folder).is_dir() or _tables(Path(folder)) != names:
            yield f"other files are in {folder}"
    known = {one.path for one in earlier.inputs}
    yield from (f"{path} is new" for path in map(str, _other_inputs(settings)) if path not in known)


def _changed_input(one: Input, places: Iterable[Location]) -> Iterator[str]:
    """Yield how an input has changed. Addresses that differ only in their secrets are stored as the same path."""
    try:
        if one.sha256 not in {_digest(place) for place in places}:
            yield f"{one.path} has changed"
    except OSError as error:
        yield f"{one.path} cannot be read ({error.strerror})"
    except CohortError as error:
        yield f"{one.path} cannot be read ({error.problem.rstrip('.')})"


def _digest(place: Location) -> str:
    return sha256(place) if isinstance(place, Path) else hashlib.sha256(read_bytes(place)).hexdigest()


def _paths(settings: Settings) -> dict[str, str]:
    return {name: str(absolute(place)) for name, place in named_inputs(settings).items()}


def _other_inputs(settings: Settings) -> list[Location]:
    """Return the files besides those of the cohort: markers, gene sets, templates."""
    files: list[Location] = [path for path in (settings.biomarkers.file, settings.biomarkers.gene_sets) if path]
    templates = settings.report.templates
    files += [path for path in sorted(templates.rglob("*")) if path.is_file()] if templates else []
    return [absolute(path) for path in files]


def _tables(folder: Path) -> tuple[str, ...]:
    return tuple(path.relative_to(folder).as_posix() for path in cohort_files_in(folder))


def _pages(settings: Settings) -> dict[str, str]:
    return {"format": settings.run.format, "figures": settings.run.figures}


def _versions() -> dict[str, str]:
    return {**package_versions(), "system": f"{platform.system()} {platform.machine()}"}


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= _flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


def _describe_differences(what: str, earlier: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    names: Iterable[str] = dict.fromkeys((*earlier, *now))
    for name in names:
        if earlier.get(name) != now.get(name):
            yield f"{what} {name} was {_value_text(earlier.get(name))} and is now {_value_text(now.get(name))}"


def _value_text(value: object) -> str:
    return "none" if value is None else str(value)
