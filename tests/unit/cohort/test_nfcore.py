"""The output folder of nf-core/rnaseq, and folders in which a matrix is recognised by its content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genereport.cohort.reader import read_cohort
from genereport.cohort.recognition import recognise
from genereport.errors import CohortError
from genereport.settings import resolve
from tests.unit.cohort.quantified import COUNTS, GENES, LABELS, SAMPLES, rows, write


def read(folder: Path, *assignments: str):
    return read_cohort(resolve(environment={}, assignments=assignments, overrides={"cohort": {"study": folder}}))


def merged(values) -> str:
    genes = zip(GENES, [f"SYM{place}" for place in range(40)], *np.asarray(values).tolist(), strict=True)
    return rows(("gene_id", "gene_name", *SAMPLES), *genes)


def told(cohort, code: str) -> str:
    return " ".join(finding.message for finding in cohort.findings if finding.code == code)


def samplesheet(path: Path) -> None:
    lanes = [
        (sample, f"/reads/{sample}_L{lane}_R1.fastq.gz", f"/reads/{sample}_L{lane}_R2.fastq.gz", "auto", label)
        for sample, label in zip(SAMPLES, LABELS, strict=True)
        for lane in (1, 2)
    ]
    head = ("sample", "fastq_1", "fastq_2", "strandedness", "condition")
    write(path, rows(head, *lanes).replace("\t", ","))


@pytest.mark.parametrize("named", ["results", "results/star_salmon"])
@pytest.mark.parametrize("sheet", ["samplesheet.csv", "results/pipeline_info/samplesheet.valid.csv"])
def test_counts_scaled_by_length_are_read_and_tpm_never(named: str, sheet: str, tmp_path: Path) -> None:
    folder = tmp_path / "results" / "star_salmon"
    write(folder / "salmon.merged.gene_tpm.tsv", merged(COUNTS * 7.5))
    write(folder / "salmon.merged.gene_counts.tsv", merged(COUNTS + 0.25))
    write(folder / "tx2gene.tsv", rows(("T1", GENES[0], "SYM0")))
    write(tmp_path / "results" / "salmon" / "salmon.merged.gene_counts.tsv", merged(COUNTS * 2))
    samplesheet(tmp_path / sheet)
    plain = read(tmp_path / named)
    np.testing.assert_array_equal(plain.expression, COUNTS + 0.25)
    assert "It holds the sums of counts" in told(plain, "GR364")
    write(folder / "salmon.merged.gene_counts_length_scaled.tsv", merged(COUNTS + 0.5))
    cohort = read(tmp_path / named)
    np.testing.assert_array_equal(cohort.expression, COUNTS + 0.5)
    assert (cohort.layout, cohort.scale.name) == ("nf-core", "counts")
    assert "'star_salmon/salmon.merged.gene_counts_length_scaled.tsv' was read" in told(cohort, "GR364")
    assert ("salmon/salmon.merged.gene_counts.tsv" in told(cohort, "GR364")) == (named == "results")
    assert cohort.genes["symbol"].tolist()[:2] == ["SYM0", "SYM1"]
    assert "8 samples have several rows" in told(cohort, "GR366")
    assert cohort.covariates == ["strandedness"]
    assert recognise(tmp_path / named).label == "condition"


def test_rows_of_a_sample_that_contradict_each_other_are_not_joined(tmp_path: Path) -> None:
    write(tmp_path / "salmon.merged.gene_counts.tsv", merged(COUNTS))
    samplesheet(tmp_path / "samplesheet.csv")
    text = (tmp_path / "samplesheet.csv").read_text()
    write(tmp_path / "samplesheet.csv", text.replace("control", "treated", 1))
    with pytest.raises(CohortError, match="GR109"):
        read(tmp_path)


def test_a_missing_samplesheet_is_said_after_what_the_folder_is(tmp_path: Path) -> None:
    write(tmp_path / "results" / "star_rsem" / "rsem.merged.gene_counts.tsv", merged(COUNTS))
    with pytest.raises(CohortError, match="GR112") as caught:
        read(tmp_path / "results")
    assert caught.value.problem.startswith(
        "This is output of nf-core/rnaseq with the counts 'star_rsem/rsem.merged.gene_counts.tsv'. No sample sheet"
    )


def test_a_lone_table_of_numbers_beside_a_sheet_is_the_matrix(cases: Path, tmp_path: Path) -> None:
    folder = cases / "contrasts_as_labels"
    found = recognise(folder)
    assert (found.files.matrix.name, found.files.sheet.name) == ("x.tsv", "samplesheet.csv")
    cohort = read(folder)
    assert cohort.expression.shape == (16, 120)
    assert "'x.tsv' was taken for the expression matrix" in told(cohort, "GR365")
    for path in folder.glob("*.*sv"):
        write(tmp_path / path.name, path.read_text())
    write(tmp_path / "y.tsv", (folder / "x.tsv").read_text())
    with pytest.raises(CohortError, match="GR112"):
        read(tmp_path)
    (tmp_path / "y.tsv").rename(tmp_path / "expression.tsv")
    assert "GR365" not in {finding.code for finding in read(tmp_path).findings}


def test_names_that_r_changed_are_joined(cases: Path) -> None:
    folder = cases / "rnames"
    cohort = read_cohort(
        resolve(
            environment={},
            assignments=["cohort.label_column=condition"],
            overrides={"cohort": {"expression": folder / "counts.tsv", "labels": folder / "samples.csv"}},
        )
    )
    assert cohort.expression.shape == (12, 60)
    assert "'X1hr.control.0' is '1hr-control.0'" in told(cohort, "GR350")
