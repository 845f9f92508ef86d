"""One cohort that cannot be built does not stop the rest, and what is done is known by what lies on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from genereport.errors import CohortError, LockedError, SettingsError
from genereport.runs.batch import Outcome, Plan, exit_status, run_batch
from genereport.runs.build import Built
from genereport.runs.lock import locked
from genereport.runs.log import RunLog
from genereport.runs.manifest import Entry
from genereport.runs.signals import Interrupted
from genereport.settings import Settings
from tests.unit.report import synthetic

ENTRIES = tuple(Entry(name, line, Path(name), ()) for line, name in enumerate(("one", "two", "three"), 2))


class Builder:
    """Stands for `build_report`: writes results, or raises what a cohort is to end in; does nothing that is done."""

    def __init__(self, ends: dict[str, BaseException] | None = None) -> None:
        self.ends = ends or {}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, settings: Settings, **options: Any) -> Built:
        assert settings.run.out
        name = settings.run.out.parent.name
        self.asked.append((name, {"force": options["force"], "if_changed": options["if_changed"]}))
        if name in self.ends:
            raise self.ends[name]
        data = settings.run.out.with_name("report_data")
        if data.is_dir() and options["if_changed"]:
            return Built(())
        data.mkdir(parents=True, exist_ok=True)
        (data / "results.json").write_text(synthetic.without_independent_set().to_json())
        settings.run.out.with_suffix(".html").write_text("page")
        return Built((data,), restored="kept" if name == "three" else "")


REFUSAL = CohortError("GR101", "There is no file.", "Name another.", "two.tsv")


def statuses(outcomes: tuple[Outcome, ...]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def test_the_rest_is_built_and_each_end_is_remembered(tmp_path: Path) -> None:
    build = Builder({"one": ValueError("boom\nand more"), "two": REFUSAL})
    outcomes = run_batch(ENTRIES, Plan(tmp_path), build=build)
    assert statuses(outcomes) == ["failed", "refused", "restored"]
    assert outcomes[1] == Outcome(name="two", status="refused", code="GR101", message=str(REFUSAL))
    assert "Traceback" in (tmp_path / "one" / "attempt.log").read_text()
    assert json.loads((tmp_path / "two" / "attempt.json").read_text())["code"] == "GR101"
    assert not (tmp_path / "two" / "attempt.log").exists()
    index = json.loads((tmp_path / "index.json").read_text())
    assert (index["reported"], index["refused"], index["failed"]) == (1, 1, 1)
    assert "There is no file." in (tmp_path / "index.html").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {
        "one", "two", "three", "index.html", "index.json", "index.tsv"
    }  # fmt: skip


def test_the_next_batch_does_what_is_left(tmp_path: Path) -> None:
    run_batch(ENTRIES, Plan(tmp_path), build=Builder({"two": REFUSAL}))
    build = Builder()
    assert statuses(run_batch(ENTRIES, Plan(tmp_path), build=build)) == ["unchanged", "built", "unchanged"]
    assert build.asked == [(name, {"force": False, "if_changed": True}) for name in ("one", "two", "three")]
    assert not (tmp_path / "two" / "attempt.json").exists()
    run_batch(ENTRIES, Plan(tmp_path, force=True), build=build)
    assert build.asked[3:] == [(name, {"force": True, "if_changed": False}) for name in ("one", "two", "three")]


def test_an_interruption_stops_the_batch(tmp_path: Path) -> None:
    build = Builder({"two": Interrupted()})
    with pytest.raises(Interrupted):
        run_batch(ENTRIES, Plan(tmp_path), build=build)
    assert [name for name, _ in build.asked] == ["one", "two"]
    assert statuses(run_batch(ENTRIES, Plan(tmp_path), build=Builder())) == ["unchanged", "built", "restored"]


def test_only_some_are_attempted_and_the_index_knows_the_others(tmp_path: Path) -> None:
    run_batch(ENTRIES, Plan(tmp_path), build=Builder({"two": REFUSAL}), only=["two", "three"])
    outcomes = run_batch(ENTRIES, Plan(tmp_path), build=Builder(), only=["three"])
    assert statuses(outcomes) == ["not attempted", "refused", "unchanged"]
    index = json.loads((tmp_path / "index.json").read_text())
    assert (index["reported"], index["waiting"]) == (1, 1)
    with pytest.raises(SettingsError, match="Did you mean 'three'") as refusal:
        run_batch(ENTRIES, Plan(tmp_path), build=Builder(), only=["thre"])
    assert refusal.value.code == "GR634"


def test_a_setting_for_all_is_checked_before_anything_is_built(tmp_path: Path) -> None:
    for plan in (Plan(tmp_path / "o", ("preprocess.flor=1",)), Plan(tmp_path / "o", run={"backend": "dusk"})):
        with pytest.raises(SettingsError):
            run_batch(ENTRIES, plan, build=Builder())
    assert not (tmp_path / "o").exists()


def test_two_batches_do_not_share_a_folder(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(LockedError):
        run_batch(ENTRIES, Plan(tmp_path), build=Builder())


def test_listeners_hear_of_every_cohort(tmp_path: Path) -> None:
    heard: list[object] = []

    @contextmanager
    def listen(entry: Entry, number: int) -> Iterator[tuple[RunLog, Callable[[str, int, int], None]]]:
        heard.append((entry.name, number))
        yield RunLog(), lambda *_: None

    run_batch(
        ENTRIES, Plan(tmp_path), build=Builder(), listen=listen, on_outcome=lambda outcome: heard.append(outcome.status)
    )
    assert heard == [("one", 1), "built", ("two", 2), "built", ("three", 3), "restored"]


@pytest.mark.parametrize(
    ("found", "status"),
    [((), 0), (("built", "unchanged", "not attempted"), 0), (("refused", "built"), 2), (("refused", "failed"), 1)],
)
def test_the_exit_status_tells_the_worst(found: tuple[Any, ...], status: int) -> None:
    assert exit_status(Outcome(name="x", status=one) for one in found) == status
