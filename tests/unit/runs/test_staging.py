"""A report is replaced as a whole, or stays; an interruption at any step can be finished or undone."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from genereport.errors import OutputError
from genereport.runs import atomic_replace as staging
from genereport.runs.atomic_replace import Target, claim, commit, kept, recover, staged


class Killed(BaseException):
    """Stands for a signal: nothing catches it."""


RUN = "20260101T000000Z-0123abcd"


def stage(target: Target, content: str, names: tuple[str, ...] = ("r.pdf", "r.html")) -> None:
    if content == "new":
        (target.folder / "runs").mkdir(exist_ok=True)
        (kept(target) / RUN).mkdir(parents=True)
    for name in names:
        (staged(target) / name).write_text(content)
    (staged(target) / "r_data").mkdir()
    (staged(target) / "r_data" / "results.json").write_text(content)


def contents(target: Target) -> dict[str, str]:
    found = {path.name: path for path in target.present()}
    return {name: (path / "results.json" if path.is_dir() else path).read_text() for name, path in found.items()}


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target.of(tmp_path / "r.pdf")


def write(target: Target, content: str, **keywords: object) -> None:
    claim(target, force=True)
    stage(target, content, **keywords)  # type: ignore[arg-type]
    commit(target)


def test_all_names_are_replaced_and_nothing_is_left_behind(target: Target) -> None:
    write(target, "old")
    write(target, "new")
    assert contents(target) == {"r.pdf": "new", "r.html": "new", "r_data": "new"}
    assert not target.staging.exists()


def test_a_name_that_the_new_report_does_not_have_goes_away(target: Target) -> None:
    write(target, "old")
    write(target, "new", names=("r.html",))
    assert contents(target) == {"r.html": "new", "r_data": "new"}


def test_an_existing_report_needs_force(target: Target) -> None:
    write(target, "old")
    with pytest.raises(OutputError, match="GR401"):
        claim(target, force=False)
    assert contents(target)["r.pdf"] == "old"


def test_a_run_that_dies_before_its_journal_leaves_the_old_report(target: Target) -> None:
    write(target, "old")
    claim(target, force=True)
    stage(target, "new")
    recover(target)
    assert set(contents(target).values()) == {"old"}
    assert not target.staging.exists()


@contextmanager
def dying_after(monkeypatch: pytest.MonkeyPatch, steps: int, *, exchange: bool) -> Iterator[list[str]]:
    """Within, what changes names on the disk is told of, and dies before the step after these."""
    seen: list[str] = []

    def counted(name: str, step: Callable[..., object]) -> Callable[..., object]:
        def count(*arguments: object, **keywords: object) -> object:
            if len(seen) == steps:
                raise Killed
            seen.append(name)
            return step(*arguments, **keywords)

        return count

    with monkeypatch.context() as patch, suppress(Killed):
        for name in ("replace", "unlink", "mkdir"):
            patch.setattr(staging.Path, name, counted(name, getattr(Path, name)))
        patch.setattr(staging, "_exchange", counted("exchange", staging._exchange if exchange else lambda *_: False))
        patch.setattr(staging.shutil, "rmtree", counted("rmtree", shutil.rmtree))
        yield seen


def ready(target: Target, **keywords: object) -> None:
    """An old report, and a new one that waits to take its place."""
    write(target, "old")
    claim(target, force=True)
    stage(target, "new", **keywords)  # type: ignore[arg-type]


def kept_runs(target: Target) -> list[str]:
    """The runs that are kept, once it is sure that ``latest`` stands for the last of them."""
    runs = target.folder / "runs"
    names = sorted(path.name for path in runs.iterdir() if not path.is_symlink())
    assert not names or (runs / "latest").resolve() == (runs / names[-1]).resolve()
    return names


MOST = 14  # steps of a replacement
both_ways = pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "fallback"])
every_step = pytest.mark.parametrize("steps", range(MOST))


@both_ways
@every_step
def test_a_replacement_killed_after_any_step_is_finished_or_undone_by_the_next_command(
    target: Target, steps: int, exchange: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(target)
    with dying_after(monkeypatch, steps, exchange=exchange) as seen:
        commit(target)
    assert set(contents(target).values()) <= {"old", "new"}
    if exchange:
        assert len(contents(target)) == 3
    begun = seen[:1] == ["replace"]
    recover(target)
    assert contents(target) == dict.fromkeys(("r.pdf", "r.html", "r_data"), "new" if begun else "old")
    assert kept_runs(target) == ([RUN] if begun else [])
    assert not target.staging.exists()


@both_ways
@every_step
def test_a_recovery_may_itself_be_killed_after_any_step(
    target: Target, steps: int, exchange: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(target, names=("r.html",))
    with dying_after(monkeypatch, 3, exchange=exchange):
        commit(target)
    with dying_after(monkeypatch, steps, exchange=exchange):
        recover(target)
    recover(target)
    assert contents(target) == {"r.html": "new", "r_data": "new"}
    assert kept_runs(target) == [RUN]
    assert not target.staging.exists()


def test_no_step_beyond_those_that_are_killed(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(target)
    with dying_after(monkeypatch, 1000, exchange=False) as seen:
        commit(target)
    assert len(seen) < MOST


def test_an_earlier_folder_that_the_reader_removed_meanwhile_does_not_come_back(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(target)
    with monkeypatch.context() as patch:
        patch.setattr(staging, "_sync", lambda path: None)
        patch.setattr(staging, "_point_latest_to", lambda *_: None)
        patch.setattr(staging.Path, "unlink", dies)
        with suppress(Killed):
            commit(target)
    shutil.rmtree(target.folder / "r_data")
    recover(target)
    assert contents(target) == {"r.pdf": "new", "r.html": "new"}


def dies(*_: object) -> None:
    raise Killed


@pytest.mark.skipif(sys.platform != "linux", reason="a system call of Linux")
def test_two_folders_change_places_in_one_step(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    assert staging._exchange(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "one" / "other").exists()
    assert (tmp_path / "other" / "one").exists()
    with pytest.raises(FileNotFoundError):
        staging._exchange(tmp_path / "one", tmp_path / "none")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_the_replacement_comes_after_it(
    target: Target, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def caught(*_: object) -> None:
        raise Killed

    before = signal.signal(number, caught)
    sync = staging._sync
    monkeypatch.setattr(staging, "_sync", lambda path: (sync(path), signal.raise_signal(number)))
    monkeypatch.setattr(staging, "_sync_tree", lambda folder: None)
    whole = {"r.pdf": "new", "r.html": "new", "r_data": "new"}
    claim(target, force=True)
    stage(target, "new")
    try:
        with pytest.raises(Killed):
            commit(target)
    finally:
        signal.signal(number, before)
    assert contents(target) == whole
    assert not target.staging.exists()


def test_a_journal_that_was_cut_off_undoes_the_run(target: Target) -> None:
    write(target, "old")
    claim(target, force=True)
    stage(target, "new")
    (target.staging / "journal.json").write_text('{"inodes": {"r.')
    recover(target)
    assert set(contents(target).values()) == {"old"}


def test_a_folder_that_cannot_be_made_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"GR402.*Choose another --out"):
        claim(Target.of(tmp_path / "file" / "r.pdf"), force=False)


def test_a_report_is_a_pdf_or_a_page(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="GR403"):
        Target.of(tmp_path / "report.docx")
