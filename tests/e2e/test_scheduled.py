"""A build as a scheduler runs it: nothing to do is nothing done, and whatever goes wrong, the old report stays."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.runs.atomic_replace import Target
from genereport.runs.history import kept_runs
from genereport.runs.lock import locked
from tests.command import COMMAND, genereport

pytestmark = pytest.mark.slow

STUDY = """\
[cohort]
expression = "cohort/expression.tsv"
labels = "cohort/samples.tsv"

[models]
trees = 10
epochs = 2

[evaluation]
effort = "quick"
folds = 2
bootstrap = 100

[tests]
permutations = 0

[run]
out = "out/report.html"
format = "html"
jobs = 1
"""


def write_study(folder: Path, samples: int = 24) -> Path:
    (folder / "cohort").mkdir(parents=True)
    values = np.random.default_rng(0).normal(8, 1, size=(120, samples)).round(3)
    values[:12, samples // 2 :] += 2
    names = pd.Index([f"S{number:02d}" for number in range(samples)], name="sample")
    genes = pd.Index([f"g{number}" for number in range(120)], name="gene")
    pd.DataFrame(values, genes, names).to_csv(folder / "cohort" / "expression.tsv", sep="\t")
    pd.DataFrame({"class": np.repeat(["A", "B"], samples // 2)}, names).to_csv(
        folder / "cohort" / "samples.tsv", sep="\t"
    )
    (folder / "study.toml").write_text(STUDY)
    return folder


def build(study: Path, *options: str, **keywords: object) -> subprocess.CompletedProcess[str]:
    return genereport("build", study / "study.toml", "--if-changed", *options, **keywords)  # type: ignore[arg-type]


def state(folder: Path) -> dict[str, str]:
    """Every file of the output but for the log, which tells times."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("log.jsonl", ".genereport.lock")
    }


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was built once; not to be changed."""
    study = write_study(tmp_path_factory.mktemp("first") / "a study")
    done = build(study)
    assert done.returncode == 0, done.stderr
    return study


@pytest.fixture
def study(first: Path, tmp_path: Path) -> Iterator[Path]:
    """The same, with its own paths restored in the same place afterwards."""
    shutil.copytree(first, tmp_path / "before", symlinks=True)
    yield first
    shutil.rmtree(first, ignore_errors=True)
    shutil.copytree(tmp_path / "before", first, symlinks=True)


def test_a_first_run_writes_beside_the_study_and_keeps_itself(first: Path) -> None:
    assert {path.name for path in (first / "out").iterdir()} == {"report.html", "report_data", "runs"}
    assert len(kept_runs(Target.of(first / "out" / "report.html"))) == 1


def test_an_unchanged_study_is_left_alone_and_loads_nothing_heavy(first: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*")}
    code = (
        "import sys\nfrom genereport import cli\n"
        "sys.argv = ['genereport', 'build', sys.argv[1], '--if-changed']\n"
        "assert cli.run() in (0, None)\n"
        "print(sorted({'pandas', 'numpy', 'scipy', 'sklearn', 'tensorflow', 'matplotlib'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(first / "study.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].startswith("Nothing to do: ")
    assert done.stdout.splitlines()[-1] == "[]"
    out = first / "out"
    assert {path: path.stat().st_mtime_ns for path in first.rglob("*") if path != out} == {
        path: moment for path, moment in before.items() if path != out
    }


def test_nothing_to_do_is_told_to_programs_too(first: Path) -> None:
    told = json.loads(build(first, "--summary", "json").stdout)
    assert told == {"changed": False, "reasons": [], "notes": [], "restored": "", "written": []}
    assert build(first, "-q").stdout == ""


@pytest.mark.parametrize("harm", ["page altered", "page missing", "table altered", "file added", "folder missing"])
def test_what_is_missing_or_was_altered_is_put_right(study: Path, harm: str) -> None:
    out = study / "out"
    before = state(out)
    match harm:
        case "page altered":
            (out / "report.html").write_text("<p>mine</p>")
        case "page missing":
            (out / "report.html").unlink()
        case "table altered":
            with (out / "report_data" / "tables" / "metrics.tsv").open("a") as stream:
                stream.write("x\n")
        case "file added":
            (out / "report_data" / "stray.txt").write_text("x")
        case "folder missing":
            shutil.rmtree(out / "report_data")
    done = build(study)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Reason for this build: "), done.stdout
    assert "Restored from run " in done.stdout
    assert state(out) == before
    assert build(study).stdout.startswith("Nothing to do")


def test_where_the_kept_run_is_harmed_too_the_report_is_built_again_with_equal_bytes(study: Path) -> None:
    out = study / "out"
    before = {name: digest for name, digest in state(out).items() if not name.startswith("runs")}
    (out / "report.html").write_text("x")
    (out / "runs" / "latest" / "report.html").unlink()  # it is read-only
    (out / "runs" / "latest" / "report.html").write_text("x")
    done = build(study)
    assert done.returncode == 0, done.stderr
    assert "Restored" not in done.stdout
    assert {name: digest for name, digest in state(out).items() if not name.startswith("runs")} == before
    assert len(kept_runs(Target.of(out / "report.html"))) == 2


def test_changes_are_built_pruned_and_told(study: Path) -> None:
    target, sheet = Target.of(study / "out" / "report.html"), study / "cohort" / "samples.tsv"
    frame = pd.read_csv(sheet, sep="\t", index_col=0)
    frame.assign(centre=[f"centre {row % 2}" for row in range(len(frame))]).to_csv(sheet, sep="\t")
    done = build(study, "--keep", "3")
    assert done.returncode == 0, done.stderr
    assert "samples.tsv has changed." in done.stdout
    assert len(kept_runs(target)) == 2
    assert "Earlier runs" not in (study / "out" / "report.html").read_text()
    done = build(study, "--set", "tests.alpha=0.01", "--keep", "2")
    assert "setting tests.alpha was 0.05 and is now 0.01." in done.stdout
    assert len(kept_runs(target)) == 2
    assert "Earlier runs" in (study / "out" / "report.html").read_text()
    assert len((study / "out" / "report_data" / "tables" / "trend.tsv").read_text().splitlines()) == 1 + 3
    listed = json.loads(genereport("history", study / "out", "--summary", "json").stdout)
    assert [one["intact"] for one in listed] == [True, True]
    assert listed[0]["key"]["samples"] == 24
    assert genereport("verify", study / "out" / "report_data").returncode == 0


def test_a_report_of_somebody_else_is_not_replaced(study: Path) -> None:
    (study / "other").mkdir()
    (study / "other" / "report.html").write_text("mine")
    done = build(study, "--out", str(study / "other" / "report.html"))
    assert done.returncode == 2
    assert "GR401" in done.stderr
    assert (study / "other" / "report.html").read_text() == "mine"


def test_a_folder_that_another_run_holds_gives_75(first: Path) -> None:
    with locked(first / "out"):
        plain, told = build(first), build(first, "--log-format", "json")
    assert plain.returncode == told.returncode == 75
    assert plain.stderr.startswith("genereport: [GR404]")
    event = json.loads(told.stderr)
    assert (event["event"], event["code"]) == ("refused", "GR404")


def test_it_needs_no_terminal_no_home_and_no_environment_and_logs_json_line_by_line(study: Path) -> None:
    with Path(os.devnull).open() as nothing:
        done = subprocess.run(
            [COMMAND, "build", study / "study.toml", "--if-changed", "--set", "seed=8", "--log-format", "json"],
            env={},
            cwd="/",
            stdin=nothing,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    events = [json.loads(line) for line in done.stderr.splitlines()]
    events = [event for event in events if event["event"] != "progress"]  # how long it takes is not kept
    assert events[0]["event"] == "start"
    assert [event["name"] for event in events if event["event"] == "stage"][:2] == ["reading", "quality"]
    stored = [json.loads(line) for line in (study / "out" / "report_data" / "log.jsonl").read_text().splitlines()]
    assert stored == events[: len(stored)]


@contextmanager
def started(study: Path, *options: str, **keywords: object) -> Iterator[subprocess.Popen[str]]:
    """A build that has begun to analyse; within, something may happen to it."""
    command = [str(COMMAND), "build", str(study / "study.toml"), "--if-changed", "--set", "seed=9", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **keywords)  # type: ignore[call-overload]
    assert process.stderr is not None
    for line in process.stderr:
        if line.endswith("differential\n"):
            break
    yield process
    if process.poll() is None:
        process.wait(timeout=120)


def refused(process: subprocess.Popen[str]) -> str:
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 2, stderr
    assert "Traceback" not in stderr
    return stderr.splitlines()[-1]


def test_an_upload_that_goes_on_leaves_the_old_report(study: Path) -> None:
    before, matrix = state(study / "out"), study / "cohort" / "expression.tsv"
    with started(study) as process:
        with matrix.open("a") as stream:
            stream.write(matrix.read_text().splitlines()[-1].replace("g119", "g120") + "\n")
        assert "[GR128]" in refused(process)
    assert state(study / "out") == before


def test_an_upload_in_progress_is_seen_at_once(study: Path) -> None:
    before, matrix = state(study / "out"), study / "cohort" / "expression.tsv"
    rows = matrix.read_text().splitlines(keepends=True)
    done = threading.Event()

    def upload() -> None:
        with matrix.open("w") as stream:
            for number in range(10**6):
                stream.write(rows[number] if number < len(rows) else f"n{number}" + rows[1][2:])
                stream.flush()
                if done.wait(0.02 if number >= len(rows) else 0):
                    return

    uploader = threading.Thread(target=upload)
    uploader.start()
    try:
        time.sleep(0.5)
        told = build(study)
    finally:
        done.set()
        uploader.join()
    assert told.returncode == 2
    assert "GR128" in told.stderr or "GR108" in told.stderr, told.stderr
    assert state(study / "out") == before


def test_a_drive_with_the_inputs_that_goes_away_leaves_the_old_report(study: Path) -> None:
    before = state(study / "out")
    with started(study) as process:
        (study / "cohort").rename(study / "gone")
        assert "disappeared" in refused(process)
    assert state(study / "out") == before


def test_a_drive_with_the_report_that_goes_away_leaves_the_old_report(study: Path) -> None:
    before = state(study / "out")
    with started(study) as process:
        (study / "out").rename(study / "unplugged")
        assert "[GR402]" in refused(process)
    assert {name: digest for name, digest in state(study / "unplugged").items() if ".report" not in name} == before
    assert not (study / "out").exists()
    (study / "unplugged").rename(study / "out")
    assert build(study).stdout.startswith("Nothing to do")


def test_a_full_disk_leaves_the_old_report(study: Path) -> None:
    """Files may grow to a megabyte here, which the page exceeds; the error is another one, but comes the same way."""
    before = state(study / "out")
    limit = (1_000_000, resource.RLIM_INFINITY)
    with started(study, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)) as process:
        assert "[GR402]" in refused(process)
    assert state(study / "out") == before


def test_twenty_builds_at_once_write_one_report_at_a_time(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study")
    command = [str(COMMAND), "build", str(study / "study.toml"), "--force", "-q"]
    builds = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(20)]
    errors = [process.communicate(timeout=300)[1] for process in builds]
    statuses = [process.returncode for process in builds]
    assert set(statuses) <= {0, 75}, errors
    assert 0 in statuses
    assert all("GR404" in error for status, error in zip(statuses, errors, strict=True) if status == 75)
    runs = kept_runs(Target.of(study / "out" / "report.html"))
    assert len(runs) == statuses.count(0)
    assert all(run.intact() for run in runs)
    assert {path.name for path in (study / "out").iterdir()} == {"report.html", "report_data", "runs"}
    assert genereport("verify", study / "out" / "report_data").returncode == 0
