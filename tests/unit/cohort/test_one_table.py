"""One table that holds genes, the class and covariates."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.cohort.recognition import recognise

GENES = [f"G{number}" for number in range(1, 31)]


def table(study, before: dict[str, list], after: dict[str, list] | None = None, ids: str = "sample") -> str:
    after = after or {}
    rows = [[ids, *before, *study.genes, *after]]
    for place, name in enumerate(study.samples):
        known = [[str(cells[place]) for cells in columns.values()] for columns in (before, after)]
        rows.append([name, *known[0], *map(str, study.values[:, place].tolist()), *known[1]])
    return "".join(",".join(row) + "\n" for row in rows)


def written(study, text: str):
    path = study.folder / "data.csv"
    path.write_text(text)
    return path


@pytest.fixture
def ages() -> list[int]:
    return list(range(40, 64))


def test_text_known_names_and_numbers_before_text_are_covariates(study, ages) -> None:
    columns = {"score": ages, "diagnosis": study.labels, "Age": ages, "note": ["x", "NA"] * 12}
    path = written(study, table(study, columns))
    for named in ({"study": path}, {"study": None, "expression": path}, {"study": path, "labels": path}):
        cohort = study.read(**named)
        np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
        assert cohort.genes.index.tolist() == study.genes
        assert cohort.samples["class"].tolist() == study.labels
        assert cohort.covariates == ["score", "Age", "note"]
        assert cohort.samples["Age"].tolist() == ages
        assert cohort.samples["note"].isna().sum() == 12
    (finding,) = [finding for finding in cohort.findings if finding.code == "GR346"]
    assert "('score', 'diagnosis', 'Age', 'note')" in finding.message
    assert "the other 30 for genes, from 'G1' to 'G30'" in finding.message
    assert recognise(path).label == "diagnosis"


def test_the_class_may_stand_last_and_be_a_number(study) -> None:
    numbers = [int(label == "b") for label in study.labels]
    path = written(study, table(study, {}, {"outcome": numbers, "sex": ["f", "m"] * 12}))
    cohort = study.read("cohort.label_column=outcome", study=path)
    assert cohort.samples["class"].tolist() == [*map(str, numbers)]
    assert cohort.genes.index.tolist() == study.genes


def test_an_independent_table_and_a_column_set(study, ages) -> None:
    path = written(study, table(study, {"class": study.labels, "age": ages}))
    (study.folder / "other.csv").write_text(path.read_text().replace("\nS", "\nT"))
    cohort = study.read(study=path, test_expression=study.folder / "other.csv")
    assert cohort.samples["set"].tolist() == ["train"] * 24 + ["test"] * 24
    assert cohort.samples["age"].tolist() == ages * 2
    sets = ["train"] * 16 + ["test"] * 8
    assert (
        study.read(study=written(study, table(study, {"class": study.labels, "set": sets}))).samples["set"].tolist()
        == sets
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {f"x{number}": [number] * 24 for number in range(21)}),
        ({f"c{number}": ["t"] * 24 for number in range(30)}, {}),
    ],
    ids=["numbers on both sides", "more covariates than genes"],
)
def test_what_cannot_be_told_apart_is_refused(study, before, after) -> None:
    path = written(study, table(study, before, {"class": study.labels} | after))
    error = study.refusal("cohort.label_column=class", study=path)
    assert error.code == "GR144"
    assert error.problem.startswith("This is one table")


def test_the_class_cannot_be_the_ids(study) -> None:
    assert study.refusal(study=written(study, table(study, {}, ids="class"))).code == "GR144"


def test_a_sheet_beside_or_named_goes_first(study) -> None:
    path = written(study, table(study, {"class": study.labels[::-1]}))
    study.write()
    assert study.refusal(study=path).code == "GR106"
    assert study.refusal(study=path, labels=study.folder / "samples.tsv").code == "GR106"


@pytest.mark.parametrize("first", ["gene", "probe_id", "Gene Symbol"])
def test_a_matrix_of_genes_with_a_column_type_is_not_such_a_table(study, first: str) -> None:
    header, *rows = study.matrix().splitlines()
    text = header.replace("gene", f"{first}\ttype") + "\n"
    text += "".join(row.replace("\t", "\tcoding\t", 1) + "\n" for row in rows)
    path = study.folder / "data.csv"
    path.write_text(text)
    assert study.refusal(study=path).code == "GR112"
    assert study.refusal("cohort.label_column=type", study=path).code == "GR112"


def test_a_text_in_a_column_of_genes_is_named(study) -> None:
    text = table(study, {"class": study.labels}).replace(str(study.values[3, 0]), "many")
    error = study.refusal(study=written(study, text))
    assert error.code == "GR106"
    assert "column 'G4'" in str(error)
