"""A file that is still being written gives no report."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from genereport.cohort.model import Source
from genereport.errors import CohortError
from genereport.runs.watch import Watch


def source(path: Path) -> Source:
    return Source("expression", path.name, path.stat().st_size, "", str(path))


def old(path: Path, content: str = "a\tb\n") -> Path:
    path.write_text(content)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def test_a_file_that_stays_as_it_was_passes(tmp_path: Path) -> None:
    watch = Watch.of([source(old(tmp_path / "x.tsv")), Source("study", "none", 0, "", "")])
    watch.require_unchanged()
    assert [path.name for path, _, _ in watch.files] == ["x.tsv"]


def test_a_file_that_grew_since_it_was_read_is_refused(tmp_path: Path) -> None:
    path = old(tmp_path / "x.tsv")
    read = source(path)
    with path.open("a") as stream:
        stream.write("c\td\n")
    with pytest.raises(CohortError, match=r"GR128.*it had 4 bytes when it was read, and has 8 now"):
        Watch.of([read])


def test_a_young_file_is_looked_at_twice(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("a\tb\n")
    read = source(path)
    timer = threading.Timer(0.2, lambda: path.write_text("a\tb\nc\td\n"))
    timer.start()
    with pytest.raises(CohortError, match="GR128"):
        Watch.of([read])
    timer.join()


@pytest.mark.parametrize("change", ["same size", "gone"])
def test_what_happens_meanwhile_is_noticed(tmp_path: Path, change: str) -> None:
    path = old(tmp_path / "x.tsv")
    watch = Watch.of([source(path)])
    if change == "gone":
        path.unlink()
    else:
        path.write_text("c\td\n")
    with pytest.raises(CohortError, match="disappeared" if change == "gone" else "was changed"):
        watch.require_unchanged()


def test_an_old_file_costs_no_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited"))
    Watch.of([source(old(tmp_path / "x.tsv"))])
