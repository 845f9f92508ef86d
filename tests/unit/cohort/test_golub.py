"""The published layout: on the real files where they are at hand, and on small ones of the same form."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from genereport.cohort.model import Cohort
from genereport.cohort.reader import read_cohort
from genereport.errors import CohortError
from genereport.settings import resolve

TRAIN, INDEPENDENT = "data_set_ALL_AML_train.csv", "data_set_ALL_AML_independent.csv"


def read(folder: Path, *assignments: str, **cohort: object) -> Cohort:
    named = {"study": folder} | cohort
    return read_cohort(resolve(environment={}, assignments=assignments, overrides={"cohort": named}))


@pytest.fixture(scope="module")
def golub(shared_cohorts: Path) -> Cohort:
    return read(shared_cohorts / "golub")


def raw_column(path: Path, patient: str) -> dict[str, float]:
    """Value per accession of one patient, by nothing but the csv module."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows)
        column, accession = header.index(patient), header.index("Gene Accession Number")
        return {row[accession]: float(row[column]) for row in rows}


def test_sizes_and_classes(golub: Cohort) -> None:
    assert golub.layout == "golub"
    assert golub.expression.shape == (72, 7129)
    assert golub.classes == ("ALL", "AML")
    assert Counter(golub.subset("train").samples["class"]) == {"ALL": 27, "AML": 11}
    assert Counter(golub.subset("test").samples["class"]) == {"ALL": 20, "AML": 14}
    assert golub.genes["control"].sum() == 58
    assert golub.scale.name == "intensity"
    assert not golub.simulated


@pytest.mark.parametrize(
    ("file", "patient"), [(TRAIN, "1"), (TRAIN, "28"), (TRAIN, "34"), (INDEPENDENT, "39"), (INDEPENDENT, "66")]
)
def test_patients_are_joined_by_id(golub: Cohort, shared_cohorts: Path, file: str, patient: str) -> None:
    raw = raw_column(shared_cohorts / "golub" / file, patient)
    assert golub.expression.loc[patient].to_dict() == raw
    assert golub.samples.loc[patient, "set"] == ("train" if file == TRAIN else "test")


def test_named_probes(golub: Cohort, shared_cohorts: Path) -> None:
    for file, patient in ((TRAIN, "28"), (INDEPENDENT, "39")):
        raw = raw_column(shared_cohorts / "golub" / file, patient)
        assert golub.expression.loc[patient, "X95735_at"] == raw["X95735_at"]
    assert golub.genes.loc["X95735_at", "description"] == "Zyxin"


def test_labels_and_covariates_are_joined_by_id(golub: Cohort, shared_cohorts: Path) -> None:
    with (shared_cohorts / "golub" / "actual.csv").open() as stream:
        actual = {row["patient"]: row["cancer"] for row in csv.DictReader(stream)}
    assert golub.samples["class"].to_dict() == actual
    with (shared_cohorts / "golub" / "samples.tsv").open() as stream:
        sheet = {row["patient"]: row for row in csv.DictReader(stream, delimiter="\t")}
    assert golub.covariates == ["subtype", "tissue", "source", "sex"]
    for name in golub.covariates:
        assert golub.samples[name].fillna("").to_dict() == {patient: row[name] for patient, row in sheet.items()}


def test_facts_of_the_data(golub: Cohort) -> None:
    values, train = golub.expression.to_numpy(), golub.subset("train").expression.to_numpy()
    assert (np.isnan(values).sum(), values.min(), values.max()) == (0, -28400, 71369)
    assert np.mean(values < 0) == pytest.approx(0.28, abs=0.01)
    assert np.mean(values < 100) == pytest.approx(0.47, abs=0.005)
    floored = train.clip(100, 16000)
    assert (floored == floored[0]).all(axis=0).sum() == 1050
    for part, kept in ((train, 3051), (values, 3571)):
        limited = part.clip(100, 16000)
        low, high = limited.min(axis=0), limited.max(axis=0)
        assert ((high / low > 5) & (high - low > 500)).sum() == kept
    repeated = golub.genes["description"].value_counts()
    assert (repeated[repeated > 1].sum(), (repeated > 1).sum()) == (926, 424)
    assert (golub.genes["symbol"] == "").all()
    assert golub.genes.index.is_unique


def test_what_must_be_known_of_it(golub: Cohort) -> None:
    found = {(finding.code, finding.subject) for finding in golub.findings}
    assert found == {
        ("GR312", "subtype"),
        ("GR304", "source"),
        ("GR313", "sex"),
        ("GR347", "sex"),
        ("GR306", "source"),
        ("GR306", "tissue"),
        ("GR310", "independent set"),
    }
    tissue = next(finding for finding in golub.findings if finding.subject == "tissue")
    assert "10 of 34 independent samples" in tissue.message
    sex = next(finding.message for finding in golub.findings if finding.code == "GR313")  # R: tests/reference/fisher.R
    assert sex.startswith("Missing values of 'sex' are associated with the class on the training set (Fisher's exact")
    assert "p = 1.1e-06; missing: ALL 4 of 27, AML 11 of 11). It is known for no training sample of 'AML'" in sex
    swapped = next(finding.message for finding in golub.findings if finding.code == "GR347")
    assert swapped.startswith(
        "The sex genes contradict the recorded sex of 3 samples: '2' (recorded as male, female by"
    )


def test_the_sources_are_recorded(golub: Cohort, shared_cohorts: Path) -> None:
    assert [source.role for source in golub.sources] == ["expression", "test_expression", "labels", "samples"]
    for source in golub.sources:
        raw = (shared_cohorts / "golub" / source.name).read_bytes()
        assert (source.size, source.sha256) == (len(raw), hashlib.sha256(raw).hexdigest())


def test_the_training_matrix_alone_and_named(shared_cohorts: Path) -> None:
    cohort = read(shared_cohorts / "golub" / TRAIN)
    assert (cohort.layout, cohort.expression.shape, cohort.has_test) == ("golub", (38, 7129), False)
    assert [finding.message for finding in cohort.findings if finding.code == "GR301"] == [
        "34 rows of the sample sheet (72 in all) have no expression values: '39', '40', '41', '42', '43' and 29 more."
    ]
    both = read(
        None,
        expression=shared_cohorts / "golub" / TRAIN,
        test_expression=shared_cohorts / "golub" / INDEPENDENT,
        labels=shared_cohorts / "golub" / "actual.csv",
    )
    assert both.expression.shape == (72, 7129)


def test_another_label_column_may_be_named(shared_cohorts: Path) -> None:
    cohort = read(shared_cohorts / "golub", "cohort.label_column=subtype", "cohort.reference=T-ALL")
    assert cohort.classes == ("T-ALL", "AML", "B-ALL")


def small(folder: Path, *, independent: bool = True) -> Path:
    """Twelve training and two independent patients in the published form, columns out of order."""

    def matrix(patients: list[int]) -> str:
        header = ["Gene Description", "Gene Accession Number"] + [part for p in patients for part in (str(p), "call")]
        rows = [
            [f"gene {g}", f"P{g}_at"] + [part for p in patients for part in (str(p * 100 - g), "A")]
            for g in range(1, 9)
        ]
        return "".join(",".join(row) + "\n" for row in [header, *rows])

    (folder / TRAIN).write_text(matrix([*range(12, 6, -1), *range(1, 7)]))
    if independent:
        (folder / INDEPENDENT).write_text(matrix([14, 13]))
    labels = "".join(f"{p},{'ALL' if p % 2 else 'AML'}\n" for p in range(1, 15))
    (folder / "actual.csv").write_text("patient,cancer\n" + labels)
    return folder


def test_a_small_one(tmp_path: Path) -> None:
    cohort = read(small(tmp_path), "preprocess.scale=intensity")
    assert list(cohort.samples.index[:2]) == ["12", "11"]
    assert cohort.expression.loc["13", "P3_at"] == 1297
    assert cohort.samples.loc["13", ["class", "set"]].tolist() == ["ALL", "test"]


def test_without_the_independent_matrix(tmp_path: Path) -> None:
    assert not read(small(tmp_path, independent=False), "preprocess.scale=intensity").has_test


def test_gzipped(tmp_path: Path) -> None:
    small(tmp_path)
    for path in list(tmp_path.iterdir()):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert read(tmp_path, "preprocess.scale=intensity").expression.shape == (14, 8)


def refusal(folder: Path) -> CohortError:
    with pytest.raises(CohortError) as caught:
        read(folder)
    return caught.value


def test_the_label_in_the_covariates_must_agree(tmp_path: Path) -> None:
    rows = "".join(f"{p}\t{'ALL' if p % 2 or p == 8 else 'AML'}\t{'FM'[p % 2]}\n" for p in range(1, 15))
    (small(tmp_path) / "samples.tsv").write_text("patient\tcancer\tsex\n" + rows)
    error = refusal(tmp_path)
    assert error.code == "GR117"
    assert "sample '8' is 'AML' in the one and 'ALL' in the other" in str(error)


def test_the_set_in_the_covariates_must_agree(tmp_path: Path) -> None:
    rows = "".join(f"{p}\t{'train' if p < 14 else 'test'}\n" for p in range(1, 15))
    (small(tmp_path) / "samples.tsv").write_text("patient\tset\n" + rows)
    error = refusal(tmp_path)
    assert error.code == "GR117"
    assert "Sample '13' is in the independent matrix, but the column 'set' says training" in str(error)


def test_a_patient_without_a_label(tmp_path: Path) -> None:
    actual = small(tmp_path) / "actual.csv"
    actual.write_text(actual.read_text().replace("14,AML\n", ""))
    error = refusal(tmp_path)
    assert error.code == "GR114"
    assert "1 sample has no class in the column 'cancer': '14'" in str(error)


def test_matrices_whose_names_do_not_tell(tmp_path: Path) -> None:
    (small(tmp_path) / INDEPENDENT).rename(tmp_path / "b.csv")
    assert refusal(tmp_path).code == "GR112"


def test_the_independent_matrix_alone_is_not_trained_on(tmp_path: Path) -> None:
    (small(tmp_path) / TRAIN).unlink()
    assert refusal(tmp_path).code == "GR112"


def test_no_labels_at_all(tmp_path: Path) -> None:
    (small(tmp_path) / "actual.csv").unlink()
    assert refusal(tmp_path).code == "GR112"


def test_a_patient_in_both_matrices(tmp_path: Path) -> None:
    path = small(tmp_path) / INDEPENDENT
    path.write_text(path.read_text().replace(",13,", ",12,"))
    error = refusal(tmp_path)
    assert error.code == "GR119"
    assert "'12'" in str(error)
