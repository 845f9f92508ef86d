"""Rows that are no genes and columns that are no samples are set aside and named; nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

HTSEQ = ("__no_feature", "__ambiguous", "__too_low_aQual", "__not_aligned", "__alignment_not_unique")
STAR = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")


def with_rows(study, *names: str) -> str:
    return study.matrix() + "".join(f"{name}\t" + "\t".join(["90000"] * 24) + "\n" for name in names)


def with_column(study, name: str, cells) -> str:
    header, *rows = study.matrix().splitlines()
    return "".join(f"{row}\t{cell}\n" for row, cell in zip([header, *rows], [name, *map(str, cells)], strict=True))


@pytest.mark.parametrize("names", [HTSEQ, STAR, ("total_reads",), ("Unassigned_NoFeatures", "Assigned")])
def test_summary_rows_are_no_genes(study, names) -> None:
    cohort = study.write(expression__tsv=with_rows(study, *names)).read()
    assert list(cohort.genes.index) == study.genes
    np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
    (finding,) = [finding for finding in cohort.findings if finding.code == "GR341"]
    assert all(f"'{name}'" in finding.message for name in names)
    assert dict(cohort.set_aside) == {"no gene": len(names), "repeated": 0, "empty": 0}


def test_summary_rows_of_an_independent_matrix_are_no_genes(study) -> None:
    lines = [line.split("\t") for line in with_rows(study, *STAR).splitlines()]
    halves = [
        "".join("\t".join([row[0], *row[part]]) + "\n" for row in lines) for part in (slice(1, 19), slice(19, 25))
    ]
    cohort = study.write(expression__tsv=halves[0], test_expression__tsv=halves[1]).read()
    assert list(cohort.genes.index) == study.genes
    assert [finding.subject for finding in cohort.findings if finding.code == "GR341"] == [
        "expression.tsv",
        "test_expression.tsv",
    ]
    assert "GR303" not in {finding.code for finding in cohort.findings}


def test_an_ordinary_gene_is_kept(study) -> None:
    cohort = study.write(expression__tsv=with_rows(study, "__other", "NOTCH1").replace("90000", "9.5")).read()
    assert list(cohort.genes.index) == [*study.genes, "__other", "NOTCH1"]
    assert not [finding for finding in cohort.findings if finding.code == "GR341"]


@pytest.mark.parametrize("name", ["S03_norm", "S03.TPM", "norm_S03"])
def test_a_sample_in_another_unit_is_set_aside(study, name: str) -> None:
    cohort = study.write(expression__tsv=with_column(study, name, range(30))).read()
    np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
    (finding,) = [finding for finding in cohort.findings if finding.code == "GR342"]
    assert f"'{name}'" in finding.message


def test_a_column_of_one_value_is_set_aside(study) -> None:
    cohort = study.write(expression__tsv=with_column(study, "weight", [1] * 30)).read()
    assert cohort.samples.index.tolist() == study.samples
    (finding,) = [finding for finding in cohort.findings if finding.code == "GR342"]
    assert "'weight'" in finding.message


@pytest.mark.parametrize("name", ["S99_norm", "S03norm", "S99", "score"])
def test_any_other_column_of_numbers_is_an_unlabelled_sample(study, name: str) -> None:
    assert study.write(expression__tsv=with_column(study, name, range(30))).refusal().code == "GR114"


def test_a_gene_of_cbioportal_without_symbol_is_called_by_its_entrez_id(study) -> None:
    header, *rows = study.matrix().splitlines()
    text = header.replace("gene", "Hugo_Symbol\tEntrez_Gene_Id") + "\n"
    text += "".join(row.replace("\t", f"\t{number}\t", 1) + "\n" for number, row in enumerate(rows, start=101))
    cohort = study.write(expression__tsv=text.replace("G2\t", "\t", 1)).read()
    assert cohort.genes.index.tolist() == ["G1", "102", *study.genes[2:]]
    assert cohort.genes["symbol"].tolist() == ["G1", "", *study.genes[2:]]
