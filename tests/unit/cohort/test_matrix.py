from __future__ import annotations

import csv
import gzip
import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genereport.cohort.matrix import MatrixReader
from genereport.settings import CohortSettings

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=8).filter(
    lambda name: name.strip() == name and name.lower() not in {"na", "n/a", "nan", "null"}
)
NUMBERS = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.just(float("nan")))


@st.composite
def matrices(draw: st.DrawFn) -> tuple[list[str], list[str], np.ndarray]:
    """Distinct sample and gene ids, and values samples × genes with a few missing."""
    samples = draw(st.lists(NAMES, min_size=2, max_size=6, unique=True))
    genes = draw(st.lists(NAMES.filter(lambda name: name not in samples), min_size=2, max_size=6, unique=True))
    values = draw(st.lists(NUMBERS, min_size=len(samples) * len(genes), max_size=len(samples) * len(genes)))
    return samples, genes, np.array([0.5, *values[1:]]).reshape(len(samples), len(genes))


def delimited(rows: list[list[str]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


@settings(max_examples=150, deadline=None)
@given(
    matrix=matrices(),
    across=st.booleans(),
    delimiter=st.sampled_from(",\t;"),
    packed=st.booleans(),
    random=st.randoms(use_true_random=False),
)
def test_what_is_written_is_read_back(matrix, across: bool, delimiter: str, packed: bool, random) -> None:
    samples, genes, values = matrix
    cells = {(s, g): values[i, j] for i, s in enumerate(samples) for j, g in enumerate(genes)}
    rows, columns = (list(genes), list(samples)) if across else (list(samples), list(genes))
    random.shuffle(rows)
    random.shuffle(columns)
    body = [[row, *(repr(float(cells[(c, row) if across else (row, c)])) for c in columns)] for row in rows]
    text = delimited([["the id", *columns], *body], delimiter).encode()
    order = random.sample(samples, len(samples))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "expression.txt").write_bytes(gzip.compress(text) if packed else text)
        (folder / "samples.txt").write_text(delimited([["name of it", "class"], *([s, "x"] for s in order)], ","))
        parts = MatrixReader().read(CohortSettings(study=folder))
    assert set(parts.matrix.samples) == set(samples)
    assert set(parts.matrix.genes) == set(genes)
    read = {
        (s, g): parts.matrix.values[i, j]
        for i, s in enumerate(parts.matrix.samples)
        for j, g in enumerate(parts.matrix.genes)
    }
    for place, value in cells.items():
        assert read[place] == value or (np.isnan(read[place]) and np.isnan(value))


def transposed(text: str) -> str:
    return "".join("\t".join(row) + "\n" for row in zip(*(line.split("\t") for line in text.splitlines()), strict=True))


@pytest.mark.parametrize("turn", [str, transposed])
def test_either_orientation(study, turn) -> None:
    cohort = study.write(expression__tsv=turn(study.matrix())).read()
    np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
    assert list(cohort.expression.index) == study.samples
    assert list(cohort.expression.columns) == study.genes
    assert cohort.samples["class"].tolist() == study.labels


def test_shuffled_columns_are_joined_by_id(study) -> None:
    lines = [line.split("\t") for line in study.matrix().splitlines()]
    order = [0, *np.random.default_rng(0).permutation(range(1, 25))]
    cohort = study.write(expression__tsv="".join("\t".join(row[j] for j in order) + "\n" for row in lines)).read()
    labels = dict(zip(study.samples, study.labels, strict=True))
    assert list(cohort.samples.index) != study.samples
    assert cohort.samples["class"].to_dict() == labels
    np.testing.assert_array_equal(cohort.expression.loc[study.samples].to_numpy(), study.values.T)


def test_the_id_column_is_found_by_its_content(study) -> None:
    rows = "".join(
        f"{i}\t{label}\t{name}\n" for i, (name, label) in enumerate(zip(study.samples, study.labels, strict=True))
    )
    cohort = study.write(samples__tsv="number\tdiagnosis\tarray\n" + rows).read()
    assert cohort.samples["class"].tolist() == study.labels
    assert cohort.covariates == ["number"]
    (found,) = study.found("GR357")
    assert "in the column 'array' of 'samples.tsv', not in its first column 'number'" in found


def test_annotation_columns(study) -> None:
    lines = study.matrix().splitlines()
    text = "\tGene Symbol\tentrez\tDescription\tnote\t" + lines[0].partition("\t")[2] + "\n"
    for i, line in enumerate(lines[1:]):
        gene, _, values = line.partition("\t")
        text += f"{gene}\tSYM{i}\t{i}\t{'NA' if i == 1 else 'kinase'}\tx\t{values}\n"
    genes = study.write(expression__tsv=text).read().genes
    assert genes["symbol"].tolist()[:2] == ["SYM0", "SYM1"]
    assert genes["description"].tolist()[:2] == ["kinase", ""]


def test_symbols_as_ids_are_symbols(study) -> None:
    cohort = study.write(expression__tsv=study.matrix().replace("gene\t", "symbol\t", 1)).read()
    assert cohort.genes["symbol"].tolist() == study.genes


def test_control_probes_are_flagged(study) -> None:
    study.genes[4] = "AFFX-BioB-5_at"
    assert study.write().read().genes["control"].to_numpy().nonzero()[0].tolist() == [4]


def test_an_independent_matrix_in_the_other_orientation(study) -> None:
    study.values[:, 20:] = study.values[:, 20:][::1]
    cohort = study.write(
        expression__tsv=study.matrix(samples=slice(0, 20)),
        test_expression__tsv=transposed(study.matrix(samples=slice(20, 24))),
    ).read()
    assert cohort.samples["set"].tolist() == ["train"] * 20 + ["test"] * 4
    np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
    assert [source.role for source in cohort.sources] == ["expression", "labels", "test_expression"]


def test_files_named_one_by_one(study) -> None:
    study.write(
        x__csv=study.matrix(samples=slice(0, 20)).replace("\t", ","),
        y__csv=study.matrix(samples=slice(20, 24)).replace("\t", ","),
        z__csv=study.sheet().replace("\t", ";"),
    )
    named = {name: study.folder / f"{name}.csv" for name in "xyz"}
    cohort = study.read(study=None, expression=named["x"], test_expression=named["y"], labels=named["z"])
    assert cohort.samples["set"].value_counts().to_dict() == {"train": 20, "test": 4}


def test_a_matrix_as_the_study_finds_the_sheet_beside_it(study) -> None:
    assert study.write().read(study=study.folder / "expression.tsv").expression.shape == (24, 30)


@pytest.mark.parametrize(("folder", "shape", "classes"), [
    ("alon", (62, 2000), ("normal", "tumor")),
    ("khan", (63, 2308), ("BL", "EWS", "NB", "RMS")),
])  # fmt: skip
def test_public_cohorts(
    study, shared_cohorts: Path, folder: str, shape: tuple[int, int], classes: tuple[str, ...]
) -> None:
    cohort = study.read(study=shared_cohorts / folder)
    assert (cohort.layout, cohort.expression.shape, cohort.classes) == ("matrix", shape, classes)
    with (shared_cohorts / folder / "expression.tsv").open() as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    raw = {row["gene_id"]: float(row["S17"]) for row in rows}
    assert cohort.expression.loc["S17"].to_dict() == raw


def test_no_shared_ids(study) -> None:
    error = study.write(samples__tsv="patient\tclass\nP1\ta\nP2\tb\n").refusal()
    assert error.code == "GR113"
    assert "The matrix has 'S01', 'S02', 'S03' and 21 more or 'G1', 'G2', 'G3' and 27 more" in str(error)
    assert "the sheet has patient: 'P1', 'P2'" in str(error)


@pytest.mark.parametrize("turn", [str, transposed])
def test_samples_that_the_sheet_does_not_know(study, turn) -> None:
    sheet = "".join(line + "\n" for line in study.sheet().splitlines()[:-2])
    error = study.write(samples__tsv=sheet, expression__tsv=turn(study.matrix())).refusal()
    assert error.code == "GR114"
    assert "2 samples have no row in 'samples.tsv': 'S23', 'S24'" in str(error)


@pytest.mark.parametrize("turn", [str, transposed])
def test_a_sample_that_occurs_twice(study, turn) -> None:
    error = study.write(expression__tsv=turn(study.matrix().replace("\tS03", "\tS02", 1))).refusal()
    assert error.code == "GR109"
    place = "column 3, column 4" if turn is str else "row 3, row 4"
    assert f"expression.tsv: The sample id 'S02' occurs 2 times: {place}." in str(error)


def test_a_sample_that_occurs_twice_in_the_sheet(study) -> None:
    error = study.write(samples__tsv=study.sheet() + "S05\tb\n").refusal()
    assert error.code == "GR109"
    assert "samples.tsv: The sample id 'S05' occurs 2 times: row 6, row 26." in str(error)


def test_a_row_of_the_sheet_without_id(study) -> None:
    error = study.write(samples__tsv=study.sheet() + "\tb\n").refusal()
    assert (error.code, error.where) == ("GR111", "samples.tsv, row 26")


def test_a_gene_without_id(study) -> None:
    study.genes[6] = ""
    error = study.write().refusal()
    assert (error.code, error.where) == ("GR111", "expression.tsv, row 8")


def test_no_column_of_gene_ids(study) -> None:
    text = "".join(line.partition("\t")[2] + "\n" for line in study.matrix().splitlines())
    assert study.write(expression__tsv=text).refusal().code == "GR105"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"expression__tsv": None}, "no layout that genereport recognises; it holds 'samples.tsv'"),
        ({"samples__tsv": None}, "No sample sheet was found. Its file name must contain one of the words"),
        ({"counts__tsv": "x"}, "Several files could be the expression matrix: 'counts.tsv', 'expression.tsv'"),
    ],
)
def test_folders_that_are_not_recognised(study, files: dict[str, str | None], said: str) -> None:
    study.write()
    for name, content in files.items():
        path = study.folder / name.replace("__", ".")
        path.unlink() if content is None else path.write_text(content)
    error = study.refusal()
    assert error.code == "GR112"
    assert said in str(error)


def test_a_sheet_without_a_matrix(study) -> None:
    error = study.write().refusal(study=None, labels=study.folder / "samples.tsv")
    assert error.code == "GR112"
    assert "--expression" in error.remedy


@pytest.mark.parametrize(
    ("matrix", "sheet"),
    [
        ("data_mrna_seq_v2_rsem.txt", "data_clinical_sample.txt"),
        ("salmon.merged.gene_counts.tsv", "samplesheet.csv"),
        ("featurecounts.txt.gz", "Metadata.tsv"),
    ],
)
def test_the_file_names_of_programs_are_recognised(study, matrix: str, sheet: str) -> None:
    (study.folder / matrix).write_text(study.matrix())
    (study.folder / sheet).write_text("#Sample\tClass\n#STRING\tSTRING\n" + study.sheet())
    assert study.read().samples["class"].tolist() == study.labels
