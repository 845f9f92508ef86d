"""R files: `tests/reference/r_objects.R` wrote one cohort as each kind of object."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.cohort.reader import read_cohort
from genereport.cohort.tables import read_table
from genereport.settings import resolve

CASES = Path(__file__).resolve().parents[2] / "cases" / "r_objects"
COUNTS = pd.read_csv(CASES / "counts.csv", index_col=0)
CONDITION = ["control"] * 6 + ["treated"] * 6


def values_of(name: str) -> pd.DataFrame:
    table = read_table(CASES / name, "expression")
    samples = [place for place, title in enumerate(table.header) if title in COUNTS.columns]
    names = [table.header[place] for place in samples]
    return pd.DataFrame(table.numbers(samples), index=table.strings([0])[0].to_numpy(), columns=names)


@pytest.mark.parametrize(
    "name",
    [
        "matrix.rds",
        "frame.rds",
        "two.rda",
        "tximport.rds",
        "experiment.RData",
        "sparse.rds",
        "deseq.rds",
        "dge_list.rds",
        "two.rda#counts",
        "experiment.RData#experiment",
        "experiment.RData#counts",
    ],
)
def test_the_counts_are_read(name: str) -> None:
    pd.testing.assert_frame_equal(values_of(name), COUNTS, check_dtype=False)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("experiment.RData#tpm", lambda counts: counts / 2),
        ("tximport.rds#abundance", lambda counts: counts / 2),
        ("expression_set.rds", lambda counts: np.log2(counts + 1)),
    ],
)
def test_other_values_are_read(name: str, function) -> None:
    pd.testing.assert_frame_equal(values_of(name), function(COUNTS), check_dtype=False, rtol=1e-15)


@pytest.mark.parametrize("name", ["samples.rds", "two.rda", "experiment.RData", "expression_set.rds", "sparse.rds"])
def test_the_samples_are_described(name: str) -> None:
    table = read_table(CASES / name, "labels")
    assert table.header == ("sample", "condition", "age", "taken", "smoker")
    first, *_, last = table.strings(range(5)).to_numpy().tolist()
    assert first == ["P01", "control", "41", "2021-03-01", "TRUE"]
    assert last == ["P12", "treated", "", "2021-03-12", ""]


@pytest.mark.parametrize("name", ["expression_set.rds", "experiment.RData", "dge_list.rds", "deseq.rds"])
def test_a_container_is_a_cohort(name: str) -> None:
    label = "group" if name == "dge_list.rds" else "condition"
    cohort = read_cohort(resolve(environment={}, overrides={"cohort": {"study": CASES / name, "label_column": label}}))
    assert cohort.samples["class"].tolist() == CONDITION
    assert [each.name for each in cohort.sources] == [name]
    if name != "deseq.rds":
        assert cohort.genes["symbol"].tolist()[:2] == ["SYM1", "SYM2"]
    chosen = [each.message for each in cohort.findings if each.code == "GR392"]
    assert bool(chosen) == (name in ("experiment.RData", "deseq.rds"))
    assert all("'counts' was read" in message for message in chosen)


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("text.rds", "GR181", "ascii = TRUE"),
        ("function.rds", "GR183", "no matrix, data frame or container"),
        ("nameless.rds", "GR183", "The matrix has no row names"),
        ("two.rda#other", "GR180", "Its objects are 'counts', 'samples'"),
        ("experiment.RData#vst", "GR180", "Its assays are 'tpm', 'counts'"),
    ],
)
def test_what_cannot_be_read_is_refused(refused, name: str, code: str, said: str) -> None:
    error = refused(read_table, CASES / name, "expression")
    assert error.code == code
    assert said in error.problem


def test_damaged_files_are_refused(tmp_path: Path, refused) -> None:
    """Every tenth byte in turn is cut off or altered; what is not refused holds a table."""
    raw = gzip.decompress((CASES / "expression_set.rds").read_bytes())
    path = tmp_path / "x.rds"
    codes = set()
    for place in range(14, len(raw), 97):
        for changed in (raw[:place], raw[:place] + b"\xff" + raw[place + 1 :]):
            path.write_bytes(changed)
            try:
                read_table(path, "expression")
            except Exception as error:  # noqa: BLE001 - any other error would be a defect
                codes.add(getattr(error, "code", repr(error)))
    assert codes <= {"GR102", "GR103", "GR180", "GR181", "GR183", "GR105"}, codes
    assert "GR181" in codes
