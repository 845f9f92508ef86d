"""The command that repeats a run, from its settings."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

from genereport.settings import Settings

_OPTIONS = {
    "cohort.expression": "--expression",
    "cohort.labels": "--labels",
    "cohort.label_column": "--label-column",
    "cohort.test_expression": "--test-expression",
    "cohort.annotation": "--annotation",
    "cohort.contrasts": "--contrasts",
    "tests.design": "--design",
    "biomarkers.file": "--biomarkers",
    "biomarkers.gene_sets": "--gene-sets",
    "evaluation.effort": "--effort",
    "report.title": "--title",
    "report.templates": "--templates",
    "seed": "--seed",
}


def command(settings: dict[str, Any]) -> str:
    """Return the command that repeats a run, to be typed in the folder of the input files.

    Args:
        settings: Resolved settings as they are stored; those that differ from their defaults appear in the command.
    """
    changed = dict(_changed(settings, Settings().model_dump(mode="json")))
    study = changed.pop("cohort.study", None)
    words = ["genereport", "build", *([str(study)] if study else [])]
    for name, value in changed.items():
        option = _OPTIONS.get(name)
        setting = value if isinstance(value, str) else json.dumps(value)  # TOML, or text without quotes
        words += [option, str(value)] if option else ["--set", f"{name}={setting}"]
    return shlex.join([*words, "--out", "report.pdf"])


def _changed(settings: dict[str, Any], defaults: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _changed(value, defaults.get(name, {}), f"{prefix}{name}.")
        elif value != defaults.get(name) and value is not None:
            yield f"{prefix}{name}", value
