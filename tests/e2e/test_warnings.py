"""Warnings of libraries, in the command and in its workers, go to the log and not to the terminal."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.command import genereport

pytestmark = pytest.mark.slow

LOUD = """
import logging, warnings
from sklearn.naive_bayes import GaussianNB

warnings.warn("loud is imported", FutureWarning, 2)

class Loud(GaussianNB):
    def fit(self, X, y):
        warnings.warn("loud is fitted", RuntimeWarning)
        logging.getLogger("loud").error("loud %s", "logs")
        return super().fit(X, y)
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A package with a model that warns."""
    folder = tmp_path / "plugin"
    described = folder / "loud-1.dist-info"
    described.mkdir(parents=True)
    (folder / "loud.py").write_text(LOUD, encoding="utf-8")
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: loud\nVersion: 1\n", encoding="utf-8")
    (described / "entry_points.txt").write_text("[genereport.models]\nloud = loud:Loud\n", encoding="utf-8")
    return folder


def test_they_go_to_the_log(plugin: Path, tmp_path: Path) -> None:
    path = os.pathsep.join(filter(None, (str(plugin), os.environ.get("PYTHONPATH"))))
    cheap = ("--effort", "quick", "--set", "models.trees=10", "--set", "models.epochs=1", "--format", "html")
    done = genereport("build", "--out", tmp_path / "r.html", "--jobs", 2, *cheap, environment={"PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    assert all(" s  " in line for line in done.stderr.splitlines()), done.stderr
    events = [json.loads(line) for line in (tmp_path / "r_data" / "log.jsonl").read_text().splitlines()]
    found = {event["message"]: event for event in events if event["event"] == "warning"}
    assert found["loud is fitted"]["category"] == "RuntimeWarning"
    assert found["loud is fitted"]["place"] == "loud.py:9"
    assert found["loud logs"]["category"] == "ERROR of loud"
    assert found["loud logs"]["count"] >= 6  # one for each split
    assert "loud is imported" in found
