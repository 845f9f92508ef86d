"""Write a new study file from the settings and from the files in a folder."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genereport.errors import CohortError, OutputError
from genereport.locations import Location
from genereport.settings.template import study_text

if TYPE_CHECKING:
    from genereport.cohort.recognition import Recognised


@dataclass(frozen=True)
class Started:
    """A study file that was written.

    Attributes:
        file: Path of the file.
        found: The cohort that it names; None if none was recognised.
        given: Settings that are not left to their defaults.
        unclear: Why no cohort is named, or no column of the class; empty if both are.
    """

    file: Path
    found: Recognised | None
    given: dict[str, str]
    unclear: str


def start_study(study: Path, source: Path | None = None, *, force: bool = False) -> Started:
    """Write an annotated study file.

    Args:
        study: The file, or the folder for it.
        source: Folder or matrix of the cohort. Default: the folder of the file, if it holds a cohort.
        force: Whether to replace a study file that is there.

    Raises:
        CohortError: GR101, GR112 if `source` is given and no cohort is recognised there; GR170 if the folder holds
            several tables of contrasts.
        OutputError: GR401 if the file is there and `force` is not given, GR402 if it cannot be written.
    """
    file = study.absolute() if study.suffix == ".toml" and not study.is_dir() else study.absolute() / "study.toml"
    found, unclear = _recognise_files(source, file.parent)
    given = _settings_for(found, file.parent) if found else {}
    contrasts = _find_contrasts(source or file.parent) if found else None
    if contrasts:  # their first row gives the column of the class
        given.pop("cohort.label_column", None)
        given["cohort.contrasts"], unclear = _relative_path(file.parent, contrasts), ""
    _write(file, study_text(given, file.name), force=force)
    return Started(file, found, given, unclear)


def _recognise_files(source: Path | None, folder: Path) -> tuple[Recognised | None, str]:
    if source is None and not folder.is_dir():
        return None, ""
    # Loads pandas: 0.39 s.
    from genereport.cohort.recognition import recognise

    try:
        found = recognise(source or folder)
    except CohortError as error:
        if source:
            raise
        return None, error.problem
    return found, found.unclear


def _find_contrasts(place: Path) -> Path | None:
    if not place.is_dir():
        return None
    # Loads pandas: 0.39 s; it is loaded where files were recognised.
    from genereport.cohort.contrasts import find_contrasts

    return find_contrasts(place)


def _settings_for(found: Recognised, folder: Path) -> dict[str, str]:
    files = found.files
    named = {
        "cohort.expression": files.matrix,
        "cohort.labels": files.sheet,
        "cohort.test_expression": files.independent,
    }
    given = {name: _relative_path(folder, place) for name, place in named.items() if place}
    return given | ({"cohort.label_column": found.label} if found.label else {})


def _relative_path(folder: Path, place: Location) -> str:
    """Return a path as a study file in the folder writes it: relative if it lies within the folder."""
    path = Path(os.path.abspath(str(place)))  # noqa: PTH100 - without '..', and links are not resolved
    text = str(path.relative_to(folder) if path.is_relative_to(folder) else path).replace("$", "$$")
    return f"./{text}" if text.startswith("~") else text


def _write(file: Path, text: str, *, force: bool) -> None:
    if os.path.lexists(file) and not force:
        raise OutputError(
            "GR401", "The study file already exists.", "Choose another name, or give --force to replace it.", str(file)
        )
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise OutputError(
            "GR402", f"The study file cannot be written ({error.strerror}).", "Choose another folder.", str(file)
        ) from error
