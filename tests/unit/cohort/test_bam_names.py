"""Columns that featureCounts calls by BAM files are joined with the sheet by sample."""

from __future__ import annotations

import pytest

HEAD = '# Program:featureCounts v2.0.6; Command:"featureCounts" "-a" "genes.gtf"\n'


def counts(study, path: str) -> str:
    header = ["Geneid", "Chr", "Start", "End", "Strand", "Length", *(path.format(name) for name in study.samples)]
    rows = [[gene, "1;1", "1;9", "5;12", "+;+", "9"] for gene in study.genes]
    cells = [row + [str(value) for value in values] for row, values in zip(rows, study.values.tolist(), strict=True)]
    return HEAD + "".join("\t".join(row) + "\n" for row in [header, *cells])


@pytest.mark.parametrize(
    "path",
    [
        "{}.bam",
        "/scratch/run 1/bam/{}.bam",
        "bam/{}.sorted.dedup.bam",
        "out/{}Aligned.sortedByCoord.out.bam",
        "star/{}/Aligned.sortedByCoord.out.bam",
        "C:\\runs\\{}.SAM",
    ],
)
def test_the_sample_is_taken_from_the_path(study, path: str) -> None:
    cohort = study.write(expression__tsv=counts(study, path)).read()
    assert cohort.samples.index.tolist() == study.samples
    assert cohort.samples["class"].tolist() == study.labels
    assert cohort.expression.shape == (24, 30)
    (finding,) = [finding for finding in cohort.findings if finding.code == "GR344"]
    assert f"'S01' from '{path.format('S01')}'" in finding.message


def test_a_sheet_that_names_the_paths_is_joined_by_them(study) -> None:
    matrix = counts(study, "bam/{}.bam")
    study.samples = [f"bam/{name}.bam" for name in study.samples]
    assert study.write(expression__tsv=matrix).read().samples.index.tolist() == study.samples
    assert study.found("GR344") == []


def test_paths_with_more_than_the_sample_id_are_left_to_the_rules_of_the_join(study) -> None:
    (told,) = study.write(expression__tsv=counts(study, "bam/x{}y.bam")).found("GR350")
    assert "the prefix 'bam/x' and the suffix 'y.bam'" in told
