"""Bad input through the installed command: one paragraph with a code, exit status 2, no traceback, nothing lost."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.command import in_process

GENES, SAMPLES = 40, 24


def matrix() -> pd.DataFrame:
    values = np.random.default_rng(0).normal(8, 1, size=(GENES, SAMPLES)).round(3)
    columns = [f"S{number:02d}" for number in range(1, SAMPLES + 1)]
    return pd.DataFrame(values, index=[f"g{number}" for number in range(GENES)], columns=columns).rename_axis("gene")


def sheet() -> pd.DataFrame:
    index = pd.Index(matrix().columns, name="sample")
    return pd.DataFrame({"class": ["A", "B"] * (SAMPLES // 2), "centre": ["x", "x", "y", "y"] * 6}, index=index)


def write(folder: Path, expression: pd.DataFrame | None = None, labels: pd.DataFrame | None = None) -> None:
    (matrix() if expression is None else expression).to_csv(folder / "expression.tsv", sep="\t")
    (sheet() if labels is None else labels).to_csv(folder / "samples.tsv", sep="\t")


def changed(frame: pd.DataFrame, row: int, column: int, value: object) -> pd.DataFrame:
    frame = frame.astype(object)
    frame.iloc[row, column] = value
    return frame


def truncated(folder: Path) -> None:
    write(folder)
    packed = gzip.compress((folder / "expression.tsv").read_bytes())
    (folder / "expression.tsv").unlink()
    (folder / "expression.tsv.gz").write_bytes(packed[: len(packed) // 2])


def raw(content: bytes) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        write(folder)
        (folder / "expression.tsv").write_bytes(content)

    return make


def missing(folder: Path) -> None:
    write(folder)
    (folder / "expression.tsv").unlink()


@dataclass(frozen=True)
class Case:
    """How the cohort is spoilt, and what the message must tell."""

    name: str
    spoil: Callable[[Path], None]
    tells: tuple[str, ...]
    options: tuple[str, ...] = ()


def one_class() -> pd.DataFrame:
    return sheet().assign(**{"class": "A"})


def tiny_class() -> pd.DataFrame:
    return sheet().assign(**{"class": ["A"] * (SAMPLES - 1) + ["B"]})


def one_of_a_class(folder: Path) -> None:
    write(folder, labels=tiny_class())


def constant(folder: Path) -> None:
    write(folder, labels=sheet().assign(tissue="BM"))


def twin(folder: Path) -> None:
    write(folder, labels=sheet().assign(twin=sheet()["centre"]))


def listing(folder: Path) -> None:
    write(folder)
    (folder / "mine.tsv").write_text("symbol\tdirection\nCD19\tA\nMPO\tmyeloid\n")


def gene_sets(folder: Path) -> None:
    write(folder)
    (folder / "sets.gmt").write_text("FIRST\tx\tCD19\nno set at all\n")


CASES = [
    Case("missing file", missing, ("expression.tsv",)),
    Case("empty file", raw(b""), ("expression.tsv", "empty")),
    Case("binary junk", raw(bytes(range(256)) * 20), ("expression.tsv",)),
    Case("truncated gzip", truncated, ("expression.tsv.gz",)),
    Case("not a matrix", raw(b"Dear colleague,\nplease find the data\nattached below.\n"), ("expression.tsv",)),
    Case("no shared ids", lambda f: write(f, labels=sheet().rename(index=lambda s: f"P7{s[1:]}")), ("S01", "P701")),
    Case("samples without label", lambda f: write(f, labels=sheet().drop(index=["S03", "S07"])), ("S03",)),
    Case("empty label", lambda f: write(f, labels=changed(sheet(), 2, 0, "")), ("S03",)),
    Case("duplicate samples", lambda f: write(f, labels=sheet().rename(index={"S02": "S01"})), ("S01",)),
    Case("duplicate genes", lambda f: write(f, matrix().rename(index={"g1": "g0"})), ("g0", "cohort.duplicate_genes")),
    Case("text in a cell", lambda f: write(f, changed(matrix(), 4, 2, "high")), ("high", "S03", "row 6")),
    Case("infinite value", lambda f: write(f, changed(matrix(), 4, 2, "inf")), ("S03",)),
    Case("all-missing sample", lambda f: write(f, matrix().assign(S05=np.nan)), ("S05",)),
    Case("one class only", lambda f: write(f, labels=one_class()), ("A",)),
    Case("class of one", one_of_a_class, ("GR202", "B", "1 training sample")),
    Case("huge values", lambda f: write(f, matrix() * 1e299), ("GR224",), ("--set", "preprocess.scale=log2")),
    Case("tiny values", lambda f: write(f, matrix() * 1e-300), ("GR224",), ("--set", "preprocess.scale=log2")),
    Case("a holdout of one", write, ("evaluation.holdout",), ("--set", "evaluation.holdout=0.02")),
    Case("two samples", lambda f: write(f, matrix().iloc[:, :2], sheet().iloc[:2]), ("2",)),
    Case("no such label column", write, ("clas", "class"), ("--label-column", "clas")),
    Case("unknown setting", write, ("preprocess.flor", "preprocess.floor"), ("--set", "preprocess.flor=1")),
    Case("wrong value", write, ("evaluation.effort",), ("--effort", "heroic")),
    Case("unknown reference", write, ("cohort.reference",), ("--set", "cohort.reference=C")),
    Case("design with an unknown column", write, ("GR005", "'center'", "'centre'"), ("--design", "~ class + center")),
    Case("design with a constant column", constant, ("GR211", "'tissue'", "'BM'"), ("--design", "~ class + tissue")),
    Case("design that is rank deficient", twin, ("GR212", "'twin[T.y]'"), ("--design", "~ class + centre + twin")),
    Case("no marker list", write, ("GR101", "biomarkers.file"), ("--biomarkers", "{cohort}/mine.tsv")),
    Case("marker list with a bad row", listing, ("GR127", "row 3", "'A', 'B'"), ("--biomarkers", "{cohort}/mine.tsv")),
    Case("no gene sets", gene_sets, ("GR124", "sets.gmt, row 2"), ("--gene-sets", "{cohort}/sets.gmt")),
    Case(
        "two settings at odds",
        write,
        ("tests.trend", "tests.robust"),
        ("--set", "tests.trend=true", "--set", "tests.robust=true"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_told_in_one_paragraph_and_costs_nothing(case: Case, tmp_path: Path) -> None:
    cohort, out = tmp_path / "cohort", tmp_path / "out"
    cohort.mkdir()
    out.mkdir()
    case.spoil(cohort)
    for name in ("report.pdf", "report.html"):
        (out / name).write_text("an earlier report")
    expression = next(iter(cohort.glob("expression*")), cohort / "expression.tsv")
    given = ("--expression", expression, "--labels", cohort / "samples.tsv", "--out", out / "report.pdf", "--force")
    options = [option.format(cohort=cohort) for option in case.options]
    done = in_process("build", *given, *options, "-q")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    message = done.stderr.strip()
    assert message.startswith("genereport: [GR")
    assert "\n" not in message
    assert "Traceback" not in message
    for fact in case.tells:
        assert fact in message
    assert {path.name: path.read_text() for path in out.iterdir()} == dict.fromkeys(
        ("report.pdf", "report.html"), "an earlier report"
    )


def test_a_folder_that_cannot_be_written_is_told_before_the_work_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = in_process("build", "--out", tmp_path / "file" / "report.pdf")
    assert done.returncode == 2
    assert "GR402" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = in_process("build", "--out", tmp_path / "report.pdf")
    tmp_path.chmod(0o700)
    assert (done.returncode, "GR402" in done.stderr) == (2, True)


def test_unknown_commands_options_and_codes_exit_with_2() -> None:
    for arguments in (("bild",), ("build", "--bogus"), ("explain", "GR999"), ("render", "/nowhere", "--out", "x.pdf")):
        done = in_process(*arguments)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr


def test_every_code_is_explained() -> None:
    done = in_process("explain", "gr106")
    assert done.returncode == 0
    assert done.stdout.startswith("GR106: ")
