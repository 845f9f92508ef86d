"""One run at a time in a folder; the lock goes with its process, however that ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from genereport.errors import LockedError, OutputError
from genereport.runs import lock
from genereport.runs.lock import NAME, locked


def test_a_second_run_is_sent_away_and_nothing_is_left(tmp_path: Path) -> None:
    with locked(tmp_path):
        with pytest.raises(LockedError, match="GR404"), locked(tmp_path):
            pass
        assert (tmp_path / NAME).exists()
    assert list(tmp_path.iterdir()) == []
    with locked(tmp_path):
        pass


def test_folders_do_not_lock_one_another(tmp_path: Path) -> None:
    with locked(tmp_path / "one"), locked(tmp_path / "other"):
        assert (tmp_path / "one" / NAME).exists()


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    code = "import sys, time\nfrom pathlib import Path\nfrom genereport.runs.lock import locked\n"
    code += "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(LockedError), locked(tmp_path):
        pass
    process.kill()
    process.wait()
    assert (tmp_path / NAME).exists()
    with locked(tmp_path):
        pass
    assert not (tmp_path / NAME).exists()


def test_a_lock_whose_name_is_gone_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run before may remove the file between our opening it and our locking it."""
    taken: list[Path] = []
    take = lock._lock

    def late(number: int, path: Path) -> None:
        if not taken:
            path.unlink()
        taken.append(path)
        take(number, path)

    monkeypatch.setattr(lock, "_lock", late)
    with locked(tmp_path):
        assert len(taken) == 2
        with pytest.raises(LockedError), locked(tmp_path):
            pass


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="GR402"), locked(tmp_path / "file" / "folder"):
        pass
