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
from genereport.runs.atomic_replace import Target
from genereport.runs.history import kept_runs
from tests.command import genereport

pytestmark = pytest.mark.slow

START, BATCH = 40, 8
"""Samples of January, and of each batch; half of either class."""

STUDY = """\
[cohort]
expression = "expression.tsv"
labels = "samples.tsv"

[models]
trees = 10
epochs = 2

[selection]
candidates = 60
genes = 15

[evaluation]
effort = "quick"
folds = 4
bootstrap = 100

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
        plan = Plan(genes=400, train=(70, 70), test=(2, 2), centre=0.1, batch=0.0, purity=0.7)
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


Month = dict[str, Told]
Year = dict[str, Month]


def usual(lab: Laboratory) -> Month:
    """A batch of eight; the model is applied to it, then it joins the cohort."""
    values, labels = lab.batch()
    applied = lab.apply(values, labels)
    lab.write_cohort()
    return {"apply": applied, "build": lab.build(), "compare": lab.compare()}


def january(lab: Laboratory) -> Month:
    lab.write_cohort()
    return {"build": lab.build(), "again": lab.build()}


def april(lab: Laboratory) -> Month:
    """Somebody sorted a column of the sheet: the labels of twelve known samples and of the new ones are swapped."""
    values, labels = lab.batch()
    flipped = labels.map({"ALL": "AML", "AML": "ALL"})
    applied = lab.apply(values, flipped)
    known = lab.pool[1].copy()
    known.iloc[:12] = known.iloc[:12].map({"ALL": "AML", "AML": "ALL"})
    lab.write_cohort(known)
    return {"apply": applied, "build": lab.build(), "compare": lab.compare()}


def may(lab: Laboratory) -> Month:
    """The sheet is put right; nothing else is new."""
    lab.write_cohort()
    return {"build": lab.build(), "compare": lab.compare()}


def june(lab: Laboratory) -> Month:
    """A batch that was brought to logarithms already, and is not let into the cohort."""
    values, labels = lab.batch()
    logged = np.log2(values.clip(lower=1)).round(4)
    return {"apply": lab.apply(logged, labels), "build": lab.build()}


def august(lab: Laboratory) -> Month:
    """A batch from another platform."""
    values, labels = lab.batch()
    other = values.set_axis([f"ENSG{number:011d}" for number in range(len(values))])
    return {"apply": lab.apply(other, labels), "build": lab.build()}


def september(lab: Laboratory) -> Month:
    """An upload that came to nothing: the matrix of the cohort is empty; it is put back the day after."""
    matrix = lab.folder / "expression.tsv"
    whole = matrix.read_bytes()
    matrix.write_bytes(b"")
    empty = lab.build()
    matrix.write_bytes(whole)
    return {"empty": empty, "build": lab.build()}


def november(lab: Laboratory) -> Month:
    """A batch of another scanner: every gene is off by an amount of its own, and all are brighter."""
    values, labels = lab.batch()
    factors = 2 ** np.random.default_rng(11).normal(1.0, 1.2, size=(len(values), 1))
    return {"apply": lab.apply((values * factors).round(), labels), "build": lab.build()}


MONTHS = {
    "january": january,
    "february": usual,
    "march": usual,
    "april": april,
    "may": may,
    "june": june,
    "july": usual,
    "august": august,
    "september": september,
    "october": usual,
    "november": november,
    "december": usual,
}
GROWING = [name for name, month in MONTHS.items() if month is usual]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def year(lab: Laboratory) -> Year:
    told: Year = {}
    for name, month in MONTHS.items():
        before = lab.runs()
        told[name] = month(lab)
        built = [one for one in told[name].values() if one.data.get("changed")]
        assert lab.runs() == before + len(built), name
    return told


def test_january_is_built_once_and_found_unchanged_the_next_time(year: Year) -> None:
    assert year["january"]["build"].status == 0
    assert year["january"]["build"].data["changed"]
    assert year["january"]["again"].data["changed"] is False


@pytest.mark.parametrize("name", GROWING)
def test_a_usual_batch_is_predicted_joins_and_changes_nothing_that_matters(year: Year, name: str) -> None:
    month = year[name]
    assert month["apply"].status == 0, month["apply"]
    assert month["apply"].data["level"] in ("fine", "careful")
    assert month["apply"].data["figures"]["balanced_accuracy"] >= 0.75  # type: ignore[index]
    assert month["build"].status == 0
    assert "has changed" in " ".join(month["build"].data["reasons"])  # type: ignore[arg-type]
    assert (month["compare"].status, month["compare"].data["material"]) == (0, False), month["compare"].data
    assert str(month["compare"].data["verdict"]).startswith("No material change")


def test_flipped_labels_are_seen_by_model_and_comparison(year: Year) -> None:
    april = year["april"]
    assert april["apply"].status == 0
    assert april["apply"].data["figures"]["balanced_accuracy"] <= 0.25  # type: ignore[index]
    assert (april["compare"].status, april["compare"].data["material"]) == (3, True)
    assert "12 shared samples have a different class" in str(april["compare"].data["verdict"])
    assert "12 shared samples have a different class" in str(year["may"]["compare"].data["verdict"])


def test_logarithms_are_not_taken_for_intensities(year: Year) -> None:
    june = year["june"]
    assert june["apply"].status == 3
    assert june["apply"].data["withheld"] is True
    assert june["apply"].data["gate"]["scale"] == "do not interpret"  # type: ignore[index]
    assert june["apply"].data["figures"] == {}
    assert june["build"].data["changed"] is False


def test_another_platform_is_refused(year: Year) -> None:
    august = year["august"]
    assert august["apply"].status in (2, 3)
    assert "GR612" in august["apply"].error or august["apply"].data["gate"]["genes"] == "do not interpret"  # type: ignore[index]
    assert august["build"].data["changed"] is False


def test_an_empty_upload_is_refused_and_the_report_stays(year: Year) -> None:
    september = year["september"]
    assert september["empty"].status == 2
    assert "GR102" in september["empty"].error
    assert september["build"].data["changed"] is False


def test_a_batch_of_another_scanner_is_not_taken_at_face_value(year: Year) -> None:
    applied = year["november"]["apply"]
    assert applied.data["level"] in ("careful", "do not interpret")
    assert applied.data["gate"]["shift"] != "fine"  # type: ignore[index]
    assert year["november"]["build"].data["changed"] is False


def test_no_run_was_lost_and_the_last_report_tells_of_all(lab: Laboratory, year: Year) -> None:
    built = sum(bool(one.data.get("changed")) for month in year.values() for one in month.values())
    runs = kept_runs(lab.target)
    assert len(runs) == built == 2 + len(GROWING) + 1
    assert all(run.intact() for run in runs)
    assert "Earlier runs" in (lab.folder / "out" / "report.html").read_text()
    assert genereport("verify", lab.folder / "out" / "report_data").returncode == 0
