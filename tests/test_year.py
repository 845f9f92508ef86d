"""A scripted year of a laboratory, by the installed command: what arrives each month, and what it is told each time.

Every month brings a batch of samples, which last January's model is applied to; batches that stand the test join the
cohort, whose report is built again and compared with the one before. Some months bring what they should not.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.cohort.simulate import Plan, simulated_cohort
from genereport.runs.history import kept_runs
from genereport.runs.staging import Target
from tests.command import genereport

START, BATCH = 40, 8
"""Samples of January, and of each batch; half of either class."""

STUDY = """\
[cohort]
expression = "expression.tsv"
labels = "samples.tsv"

[models]
trees = 20
epochs = 10

[selection]
candidates = 100
genes = 20

[evaluation]
effort = "quick"
bootstrap = 200

[tests]
permutations = 0

[compare]
jaccard = 0.4
concordance = 0.8
balanced_accuracy = 0.1

[run]
out = "out/report.html"
format = "html"
jobs = 1
"""


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    status: int
    data: dict[str, object]
    error: str


def told(done: subprocess.CompletedProcess[str]) -> Told:
    assert "Traceback" not in done.stderr, done.stderr
    return Told(done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr)


class Laboratory:
    """The files of a study, and the commands that its scheduler runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.target = Target.of(folder / "out" / "report.html")
        (folder / "study.toml").write_text(STUDY)
        self.received = START

    @cached_property
    def pool(self) -> tuple[pd.DataFrame, pd.Series[str]]:
        """Genes × samples and classes of all who will ever arrive, the classes in turn; one platform, no batches."""
        plan = Plan(genes=700, train=(70, 70), test=(2, 2), centre=0.1, batch=0.0, purity=0.7)
        cohort = simulated_cohort(12, plan)
        train = cohort.samples["set"] == "train"
        labels = cohort.samples["class"][train]
        order = np.argsort(labels.groupby(labels).cumcount().to_numpy(), kind="stable")
        names = [f"P{number:03d}" for number in range(len(order))]
        values = cohort.expression[train].iloc[order].set_axis(names).T
        return values, labels.iloc[order].set_axis(names)

    def batch(self) -> tuple[pd.DataFrame, pd.Series[str]]:
        """The next who arrive."""
        values, labels = self.pool
        chosen = slice(self.received, self.received + BATCH)
        self.received += BATCH
        return values.iloc[:, chosen], labels.iloc[chosen]

    def write_cohort(self, labels: pd.Series[str] | None = None) -> None:
        """All who arrived so far."""
        values, known = self.pool
        values.iloc[:, : self.received].to_csv(self.folder / "expression.tsv", sep="\t")
        sheet = (known if labels is None else labels).iloc[: self.received]
        sheet.rename("class").rename_axis("sample").to_csv(self.folder / "samples.tsv", sep="\t")

    def build(self) -> Told:
        return told(genereport("build", self.folder / "study.toml", "--if-changed", "--summary", "json"))

    def compare(self) -> Told:
        """The newest run with the one before."""
        runs = kept_runs(self.target)
        options = ("--out", self.folder / "diff.json", "--force", "--summary", "json", "--exit-code")
        return told(genereport("compare", runs[-2].folder, self.target.folder / "runs" / "latest", *options))

    def apply(self, values: pd.DataFrame, labels: pd.Series[str] | None = None, *options: str) -> Told:
        """January's model on a batch."""
        values.to_csv(self.folder / "new.tsv", sep="\t")
        arguments = ["--expression", self.folder / "new.tsv", "--out", self.folder / "applied.html"]
        arguments += ["--format", "html", "--force", "--summary", "json", *options]
        if labels is not None:
            labels.rename("class").rename_axis("sample").to_csv(self.folder / "new_samples.tsv", sep="\t")
            arguments += ["--labels", self.folder / "new_samples.tsv"]
        return told(genereport("apply", kept_runs(self.target)[0].data / "model", *arguments))

    def runs(self) -> int:
        """How many are kept, once it is sure that each is whole."""
        runs = kept_runs(self.target)
        assert all(run.intact() for run in runs)
        return len(runs)
