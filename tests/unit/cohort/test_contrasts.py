"""Tables of contrasts that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from genereport.cohort.reader import read_cohort
from genereport.errors import CohortError
from tests.unit.analyses.test_planned_contrasts import PLANNED, settings_of, write

HEAD = "id,variable,reference,target,blocking\n"


@pytest.mark.parametrize(
    ("planned", "code", "words"),
    [
        (f"{HEAD}a,condition,control,,\n", "GR171", "nothing in the column 'target'"),
        (f"{HEAD}a,condition,low,low,\n", "GR171", "both 'low'"),
        (f"{HEAD}a,condition,low,high,condition\n", "GR171", "a blocking factor"),
        (f"{HEAD}a,condition,low,high,\na,condition,low,control,\n", "GR171", "2 contrasts have the id 'a'"),
        (f"{HEAD}a,conditon,low,high,\n", "GR172", "no column 'conditon'"),
        (f"{HEAD}a,condition,low,high,\nb,batsh,1,2,\n", "GR172", "no column 'batsh'"),
        (f"{HEAD}a,condition,low,high,centre\n", "GR172", "no column 'centre'"),
        (f"{HEAD}a,condition,Low,high,\n", "GR173", "has 'Low' in the column 'condition'"),
        (f"{HEAD}a,condition,low,high,\nb,batch,1,4,\n", "GR173", "has '4' in the column 'batch'"),
    ],
)
def test_a_table_of_contrasts_that_cannot_be_used(
    tmp_path: Path, refused: Callable[..., CohortError], planned: str, code: str, words: str
) -> None:
    write(tmp_path, planned=planned)
    error = refused(read_cohort, settings_of(tmp_path))
    assert error.code == code
    assert words in error.problem


def test_a_file_that_holds_no_contrasts(tmp_path: Path, refused: Callable[..., CohortError]) -> None:
    write(tmp_path)
    error = refused(read_cohort, settings_of(tmp_path, f"cohort.contrasts={tmp_path / 'samplesheet.csv'}"))
    assert error.code == "GR170"
    assert "no column 'id', 'variable', 'reference', 'target'" in error.problem
    (tmp_path / "contrasts.yaml").write_text("contrasts: []\n")
    error = refused(read_cohort, settings_of(tmp_path, f"cohort.contrasts={tmp_path / 'contrasts.yaml'}"))
    assert error.code == "GR170"
    assert error.problem.startswith("This is a YAML file")
    (tmp_path / "more.csv").write_text(PLANNED)
    error = refused(read_cohort, settings_of(tmp_path))
    assert "Several files hold contrasts: 'contrasts.csv', 'more.csv'" in error.problem


def test_a_design_that_cannot_be_estimated_names_the_contrast(
    tmp_path: Path, refused: Callable[..., CohortError]
) -> None:
    planned = f"{HEAD}a,condition,low,high,\nb,condition,low,high,twin\n"
    write(tmp_path, planned=planned)
    sheet = pd.read_csv(tmp_path / "samplesheet.csv")
    sheet.assign(twin=sheet["condition"].map({"control": "x", "low": "x", "high": "y"})).to_csv(
        tmp_path / "samplesheet.csv", index=False
    )
    error = refused(read_cohort, settings_of(tmp_path))
    assert (error.code, error.where) == ("GR212", "contrast 'b'")
