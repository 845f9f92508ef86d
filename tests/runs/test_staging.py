"""A report is replaced as a whole, or stays; an interruption at any step can be finished or undone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from genereport.errors import OutputError
from genereport.runs import staging
from genereport.runs.staging import Target, claim, commit, recover, staged


class Killed(BaseException):
    """Stands for a signal: nothing catches it."""


def stage(target: Target, content: str, names: tuple[str, ...] = ("r.pdf", "r.html")) -> None:
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


@pytest.mark.parametrize("moves", range(5))
def test_a_replacement_killed_after_any_move_is_finished_by_the_next_command(
    target: Target, moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(target, "old")
    claim(target, force=True)
    stage(target, "new")
    done = 0
    replace = Path.replace

    def dying(self: Path, other: Path) -> Path:
        nonlocal done
        if done == moves:
            raise Killed
        done += 1
        return replace(self, other)

    with monkeypatch.context() as patch:
        patch.setattr(staging.Path, "replace", dying)
        with suppress(Killed):
            commit(target)
    assert set(contents(target).values()) <= {"old", "new"}
    recover(target)
    assert contents(target) == {"r.pdf": "new", "r.html": "new", "r_data": "new"}
    assert not target.staging.exists()


def test_a_journal_that_was_cut_off_undoes_the_run(target: Target) -> None:
    write(target, "old")
    claim(target, force=True)
    stage(target, "new")
    (target.staging / "journal.json").write_text('{"names": ["r.')
    recover(target)
    assert set(contents(target).values()) == {"old"}


def test_a_folder_that_cannot_be_made_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"GR402.*Choose another --out"):
        claim(Target.of(tmp_path / "file" / "r.pdf"), force=False)


def test_a_report_is_a_pdf_or_a_page(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="GR403"):
        Target.of(tmp_path / "report.docx")
