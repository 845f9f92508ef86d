"""The command in the session info leads to the settings of the run."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from typer.testing import CliRunner

from genereport import cli
from genereport.report.command import command
from genereport.settings import Settings, resolve

RUNS: list[dict[str, Any]] = [
    {},
    {"seed": 7, "evaluation": {"effort": "quick"}},
    {"cohort": {"study": "golub"}, "tests": {"design": "~ class + centre", "alpha": 0.01}},
    {
        "cohort": {"expression": "my data.csv", "labels": "s.tsv", "label_column": "type"},
        "report": {"title": "It's 'ours' $HOME", "date": "2026-01-31", "p_values": "AMA"},
        "selection": {"tuned": [5, 10]},
        "preprocess": {"floor": 20, "scale": "log2"},
        "tests": {"robust": True},
        "biomarkers": {"circular": ["Golub50", "a b"]},
    },
]


@pytest.mark.parametrize("given", RUNS)
def test_the_command_resolves_to_the_same_settings(given: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = resolve(environment={}, overrides=given)
    words = shlex.split(command(settings.model_dump(mode="json")))
    found: list[Settings] = []

    class DoneError(Exception):
        pass

    def stop(resolved: Settings, *_: object, **__: object) -> None:
        found.append(resolved)
        raise DoneError

    monkeypatch.setattr("genereport.cli.build.build_report", stop)
    assert words[0] == "genereport"
    CliRunner().invoke(cli.app, [*words[1:-1], "never.pdf"])
    assert [one.model_copy(update={"run": settings.run}) for one in found] == [settings]


def test_only_what_differs_from_the_defaults_is_named() -> None:
    assert command(Settings().model_dump(mode="json")) == "genereport build --out report.pdf"
    changed = resolve(environment={}, overrides={"cohort": {"study": "golub"}, "models": {"trees": 30}})
    expected = "genereport build golub --set models.trees=30 --out report.pdf"
    assert command(changed.model_dump(mode="json")) == expected
