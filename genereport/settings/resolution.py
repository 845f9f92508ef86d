"""Merge settings: defaults < ``study.toml`` < ``GENEREPORT_SECTION__KEY`` < ``--set section.key=value`` < flags.

`resolve` merges the layers and validates once; an unknown key is an error that names the nearest valid one.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from genereport.errors import SettingsError, nearest
from genereport.locations import Location, Remote, located, redacted
from genereport.settings.model import Settings, fields, place_of, setting_names


def resolve(
    study: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    assignments: Iterable[str] = (),
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """Merge the layers of settings, lowest first, and validate them.

    The empty text resets a setting whose default is None to that default.

    Args:
        study: A ``study.toml``; relative paths in it start at its folder.
        environment: Environment variables; ``GENEREPORT_SECTION__KEY`` and ``GENEREPORT_SEED`` are settings, and all
            variables may be used in paths.
        assignments: ``section.key=value`` texts, as given to ``--set``; the value is read as TOML, else as text.
        overrides: Setting or section → value from dedicated command-line flags; None values are ignored. A text that
            names a file is expanded as in a study file; a `Path` is used unchanged.

    Returns:
        The settings.

    Raises:
        SettingsError: GR001 unknown setting, GR002 invalid value, GR003 unreadable study file, GR007 unset variable in
            a path, GR008 address that cannot be used.

    Example:
        An assignment takes precedence over the environment.

        >>> environment = {"GENEREPORT_SEED": "7", "GENEREPORT_SELECTION__GENES": "30"}
        >>> settings = resolve(environment=environment, assignments=["selection.genes=20"])
        >>> settings.seed, settings.selection.genes
        (7, 20)
    """
    flags = (
        _from_pairs(_environment_pairs(environment)),
        _from_pairs(_split_assignment(text) for text in assignments),
        _without_none(overrides or {}),
    )
    layers = [
        _resolve_paths(_from_study(study), study.parent, environment) if study else {},
        *(_resolve_paths(layer, None, environment) for layer in flags),
    ]
    merged: dict[str, Any] = {}
    for layer in layers:
        for section, values in layer.items():
            nested = isinstance(values, Mapping) and isinstance(merged.get(section, {}), dict)
            merged[section] = {**merged.get(section, {}), **values} if nested else values
    return _validate(_from_epoch(environment, _without_unset(merged)))


def read_settings(
    study: Location | str | None = None,
    *,
    assignments: Iterable[str] = (),
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """Return the settings of a cohort: from its study file, from that in its folder, or defaults if it has none.

    Args:
        study: A ``study.toml``, a folder that may contain one, or a file or folder whose layout a reader recognises; a
            text is expanded as in a study file.
        assignments: As in `resolve`.
        overrides: As in `resolve`.

    Returns:
        The settings.

    Raises:
        SettingsError: GR001 unknown setting, GR002 invalid value, GR003 unreadable study file, GR007 unset variable in
            a path, GR008 address that cannot be used.

    Example:
        >>> settings = read_settings(assignments=["selection.genes=20", "evaluation.effort=quick"])
        >>> settings.selection.genes, settings.repeats
        (20, 1)
        >>> read_settings(assignments=["selection.gene=20"])
        Traceback (most recent call last):
            ...
        genereport.errors.SettingsError: [GR001] ...
    """
    place = located(study, None, os.environ, "STUDY") if isinstance(study, str) and study else study or None
    given = overrides or {}
    file = _study_file(place) if isinstance(place, Path) else None
    if file:
        return resolve(file, assignments=assignments, overrides=given)
    if isinstance(place, Remote) and place.name.endswith(".toml"):
        raise SettingsError(
            "GR008",
            "A study file cannot be fetched from an address.",
            "Download it; the files that it names may be addresses.",
            str(place),
        )
    cohort = given.get("cohort")
    named = {**cohort, "study": place} if isinstance(cohort, Mapping) else {"study": place}
    return resolve(assignments=assignments, overrides={**given, "cohort": named})


def _study_file(place: Path) -> Path | None:
    """Return the study file of a path: the path itself, or the file in the folder; None if there is neither."""
    file = place / "study.toml" if (place / "study.toml").is_file() else place
    return file if file.suffix == ".toml" else None


def _without_none(values: Mapping[str, object]) -> dict[str, Any]:
    nested = {key: _without_none(value) if isinstance(value, Mapping) else value for key, value in values.items()}
    return {key: value for key, value in nested.items() if value is not None}


def _from_epoch(environment: Mapping[str, str], merged: dict[str, Any]) -> dict[str, Any]:
    """Add the date of the report from SOURCE_DATE_EPOCH if none is set; the present time is never used."""
    epoch, report = environment.get("SOURCE_DATE_EPOCH", ""), merged.get("report", {})
    if not epoch.isdigit() or not isinstance(report, dict):
        return merged
    return {**merged, "report": {"date": datetime.fromtimestamp(int(epoch), UTC).date().isoformat(), **report}}


def _without_unset(merged: dict[str, Any]) -> dict[str, Any]:
    """Remove empty texts that stand for the default None of a setting."""
    unset = {name for name, field in fields().items() if field.default is None}
    return {
        section: {key: value for key, value in values.items() if value != "" or f"{section}.{key}" not in unset}
        if isinstance(values, dict)
        else values
        for section, values in merged.items()
    }


def _resolve_paths(layer: dict[str, Any], folder: Path | None, environment: Mapping[str, str]) -> dict[str, Any]:
    """Replace texts that name files by locations; relative ones start at `folder`."""
    placed = {section: {**values} if isinstance(values, dict) else values for section, values in layer.items()}
    for name, field in fields().items():
        section, _, key = name.partition(".")
        values, kind = placed.get(section), place_of(field)
        if kind and isinstance(values, dict) and isinstance(values.get(key), str) and values[key]:
            values[key] = located(values[key], folder, environment, name)
            if kind == "path" and isinstance(values[key], Remote):
                raise SettingsError(
                    "GR008",
                    f"'{values[key]}' is not a path on this machine.",
                    "Give a local path.",
                    f"setting '{name}'",
                )
    return placed


def _from_study(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            "GR003", f"The study file cannot be read ({error}).", "Correct the file, or name another one.", str(path)
        ) from error


def _environment_pairs(environment: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for name, value in sorted(environment.items()):
        key = name.removeprefix("GENEREPORT_").lower()
        if name.startswith("GENEREPORT_") and ("__" in key or key == "seed"):
            yield key.replace("__", "."), value


def _split_assignment(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise SettingsError(
            "GR002", f"'{redacted(text)}' is not of the form section.key=value.", "Write, e.g., preprocess.floor=100."
        )
    return key.strip(), value.strip()


def _from_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    layer: dict[str, Any] = {}
    for name, text in pairs:
        section, dot, key = name.partition(".")
        if dot:
            layer.setdefault(section, {})[key] = _toml_value(text)
        else:
            layer[section] = _toml_value(text)
    return layer


def _toml_value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _validate(content: Mapping[str, Any]) -> Settings:
    try:
        return Settings.model_validate(content)
    except ValidationError as failure:
        first = failure.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            valid = setting_names() if "." in name else Settings.model_fields
            raise SettingsError("GR001", f"There is no setting '{name}'.", nearest(name, valid)) from failure
        if first["type"] == "value_error":
            raise SettingsError("GR002", f"{first['ctx']['error']}.", "Set only one of them.", name) from failure
        raise SettingsError(
            "GR002",
            f"{first['msg']}, but '{redacted(str(first['input']))}' was given.",
            "'genereport schema' lists what each setting takes.",
            f"setting '{name}'",
        ) from failure
