"""The time that a stage has left: when it is known, what is said of it, and how often."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from genereport.cli.progress import Progress, TimeLeft


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def left_after(done: int, total: int, seconds: float) -> TimeLeft:
    clock = Clock()
    left = TimeLeft(clock)
    left.start()
    clock.now += seconds
    left.update(done, total)
    return left


@pytest.mark.parametrize(
    ("done", "total", "seconds", "words"),
    [
        (1, 50, 60, ""),  # one piece of work says little: other workers are about to finish theirs
        (2, 50, 4, ""),  # too early
        (2, 50, 5, "about 2 min left"),
        (10, 50, 10, "about 40 s left"),
        (10, 21, 10, "about 10 s left"),
        (10, 19, 10, ""),  # under ten seconds
        (10, 50, 45, "about 3 min left"),
        (2, 1000, 60, "about 8 h left"),
        (50, 50, 60, ""),
    ],
)
def test_the_time_left_follows_the_mean_pace(done: int, total: int, seconds: float, words: str) -> None:
    assert left_after(done, total, seconds).words() == words


def test_the_time_left_is_counted_down_between_two_pieces_of_work() -> None:
    left = left_after(10, 50, 60)
    left.clock.now += 100  # type: ignore[attr-defined]
    assert left.seconds() == pytest.approx(140)
    left.clock.now += 200  # type: ignore[attr-defined]
    assert left.seconds() is None


def run_stage(progress: Progress, clock: Clock) -> None:
    """Fifty splits, one every 4 s."""
    progress.announce("resampling", 0, 0)
    progress.announce("resampling", 0, 50)
    for done in range(1, 51):
        clock.now += 4
        progress.announce("resampling", done, 50)


def test_plain_lines_come_at_most_every_fifteen_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Progress(quiet=False, clock=clock) as progress:
        run_stage(progress, clock)
    lines = [line.split("s  ", 1)[1] for line in capsys.readouterr().err.splitlines()]
    assert lines[:3] == ["resampling", "resampling: 4 of 50, about 3 min left", "resampling: 8 of 50, about 3 min left"]
    assert lines[-1] == "resampling: 44 of 50, about 20 s left"
    assert len(lines) == 12
    assert [event["event"] for event in progress.log.events] == ["stage"]


def test_programs_get_the_seconds_left(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Progress(quiet=False, form="json", clock=clock) as progress:
        run_stage(progress, clock)
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert events[1].pop("seconds") >= 0
    assert events[1] == {"event": "progress", "name": "resampling", "done": 4, "total": 50, "seconds_left": 184}


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    for form in ("text", "json"):
        with Progress(quiet=True, form=form, clock=clock) as progress:  # type: ignore[arg-type]
            run_stage(progress, clock)
    assert capsys.readouterr().err == ""


def test_a_terminal_shows_it_behind_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    clock = Clock()
    progress = Progress(quiet=False, clock=clock)
    progress.announce("resampling", 0, 50)
    clock.now += 40
    progress.announce("resampling", 10, 50)
    assert progress.bar is not None
    shown = Console(width=100, record=True, file=None)
    with shown.capture() as captured:
        shown.print(progress.bar.get_renderable())
    assert "about 3 min left" in captured.get()
