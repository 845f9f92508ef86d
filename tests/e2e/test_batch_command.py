"""``genereport batch``: interrupted midway, it goes on where it stopped; a bad cohort is told and does no harm."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.command import COMMAND, genereport
from tests.e2e.test_kill import wait_until, write_cohort

pytestmark = pytest.mark.slow

FAST = (
    "evaluation.effort=quick",
    "models.trees=10",
    "models.epochs=2",
    "evaluation.bootstrap=100",
    "evaluation.folds=2",
)
OPTIONS = ("--format", "html", "--jobs", "2", *(part for setting in FAST for part in ("--set", setting)))


def write_manifest(folder: Path) -> Path:
    for name in ("one", "two"):
        write_cohort(folder / name, 200)
    path = folder / "manifest.csv"
    path.write_text("name,study,selection.genes\none,one,\nbad,nowhere,\ntwo,two,20\n")
    return path


def test_an_interrupted_batch_goes_on_and_the_rest_is_built(tmp_path: Path) -> None:
    manifest, out = write_manifest(tmp_path), tmp_path / "out"
    command = [str(COMMAND), "batch", str(manifest), "--out", str(out), *OPTIONS]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    wait_until(lambda: (out / "bad" / "attempt.json").exists() or process.poll() is not None, 300)
    os.kill(process.pid, signal.SIGTERM)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 143, stderr
    assert stderr.splitlines()[-1] == "genereport: interrupted"
    written = (out / "one" / "report.html").stat().st_mtime_ns

    done = genereport("batch", manifest, "--out", out, *OPTIONS, "--summary", "json")
    assert done.returncode == 2, done.stderr
    statuses = {row["name"]: (row["status"], row["code"]) for row in json.loads(done.stdout)["cohorts"]}
    assert statuses == {"one": ("unchanged", ""), "bad": ("refused", "GR101"), "two": ("built", "")}
    assert (out / "one" / "report.html").stat().st_mtime_ns == written
    assert "Traceback" not in done.stderr
    assert re.search(r"^\[3/3\] two$", done.stderr, re.MULTILINE)
    assert re.search(r"^genereport: bad: \[GR101\] .+$", done.stderr, re.MULTILINE)
    index = json.loads((out / "index.json").read_text())
    assert (index["total"], index["reported"], index["refused"]) == (3, 2, 1)
    assert json.loads((out / "two" / "report_data" / "run.json").read_text())["settings"]["selection"]["genes"] == 20

    alone = tmp_path / "alone" / "report.html"
    assert (
        genereport("build", tmp_path / "two", "--out", alone, *OPTIONS, "--set", "selection.genes=20").returncode == 0
    )
    assert alone.read_bytes() == (out / "two" / "report.html").read_bytes()


def test_a_manifest_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path)
    manifest.write_text(manifest.read_text().replace("selection.genes", "selection.gens"))
    done = genereport("batch", manifest, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "[GR634]" in done.stderr
    assert "Did you mean 'selection.genes'?" in done.stderr
    assert not (tmp_path / "out").exists()
