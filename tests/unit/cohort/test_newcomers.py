"""New samples are read whichever way they are turned, and joined by id."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from genereport.cohort.new_samples import UNKNOWN_STYLE, NewSamples, id_style, read_new_samples
from genereport.errors import CohortError
from genereport.settings import CohortSettings

GENES = tuple(f"G{number}_at" for number in range(1, 31))
SAMPLES = [f"S{number}" for number in range(1, 6)]


def matrix(genes: tuple[str, ...] = GENES) -> pd.DataFrame:
    values = np.random.default_rng(0).normal(8, 2, (len(genes), 5)).round(3)
    return pd.DataFrame(values, index=pd.Index(genes, name="gene"), columns=SAMPLES)


def read(folder: Path, frame: pd.DataFrame, sheet: str = "", **options: Any) -> NewSamples:
    frame.to_csv(folder / "new.tsv", sep="\t")
    labels = None
    if sheet:
        labels = folder / "sheet.tsv"
        labels.write_text(sheet)
    return read_new_samples(folder / "new.tsv", GENES, ("A", "B"), labels=labels, **options)


SHEET = "sample\tclass\tbatch\nS2\tB\tx\nS1\tA\ty\nS3\tA\tx\nS5\tB\ty\nS4\tA\tx\nS9\tA\tx\n"


def test_either_orientation_gives_the_same(tmp_path: Path) -> None:
    rows = read(tmp_path, matrix(), SHEET)
    columns = read(tmp_path, matrix().T.assign(note="text"), SHEET)
    assert (rows.orientation, columns.orientation) == ("genes × samples", "samples × genes")
    pd.testing.assert_frame_equal(rows.expression, columns.expression[rows.expression.columns])
    np.testing.assert_array_equal(rows.expression.loc["S2"], matrix()["S2"])
    assert rows.labels.to_dict() == {"S1": "A", "S2": "B", "S3": "A", "S4": "A", "S5": "B"}
    assert rows.covariates["batch"].tolist() == ["y", "x", "x", "x", "y"]
    assert (rows.extra, columns.extra) == (0, 1)


def test_annotation_beside_the_values_is_no_sample(tmp_path: Path) -> None:
    frame = matrix()
    frame.insert(0, "Entrez ID", range(30))
    frame.insert(1, "where", "chr1")
    found = read(tmp_path, frame.set_index("where").assign(id=GENES))
    assert list(found.expression.index) == SAMPLES
    assert list(found.expression.columns) == list(GENES)


def test_genes_that_the_model_does_not_know_are_left_out_and_may_repeat(tmp_path: Path) -> None:
    frame = pd.concat([matrix(), matrix(("AFFX-1", "other", "other"))])
    found = read(tmp_path, frame)
    assert found.extra == 3
    assert list(found.expression.columns) == list(GENES)
    assert (found.labels == "").all()


def test_a_gene_that_occurs_twice_is_refused(tmp_path: Path, refused: Callable[..., CohortError]) -> None:
    frame = pd.concat([matrix(), matrix(GENES[:1])])
    assert refused(read, tmp_path, frame).code == "GR110"
    found = read(tmp_path, frame, settings=CohortSettings(duplicate_genes="highest_mean"))
    assert found.expression.shape == (5, 30)
    assert found.findings[0].code == "GR311"


def test_a_class_that_the_model_does_not_know_is_refused(tmp_path: Path, refused: Callable[..., CohortError]) -> None:
    error = refused(read, tmp_path, matrix(), SHEET.replace("S3\tA", "S3\tC"))
    assert error.code == "GR613"
    assert "'C' (samples 'S3')" in error.problem
    error = refused(read, tmp_path, matrix(), SHEET.replace("S3\tA", "S3\ta"))
    assert error.remedy.startswith("Write 'A', as the model does")


def test_samples_without_a_label_are_noted(tmp_path: Path) -> None:
    found = read(tmp_path, matrix(), SHEET.replace("S3\tA\tx\n", "").replace("S1\tA", "S1\t"))
    assert found.labels.to_dict() == {"S1": "", "S2": "B", "S3": "", "S4": "A", "S5": "B"}
    (finding,) = found.findings
    assert finding.code == "GR615"
    assert "'S1', 'S3'" in finding.message


@pytest.mark.parametrize(
    ("choice", "left", "code"),
    [
        ({"exclude": ("S2", "S4")}, ["S1", "S3", "S5"], "GR352"),
        ({"filter": 'batch == "x"'}, ["S2", "S3"], "GR370"),
        ({"classes": ("B",)}, ["S2", "S5"], "GR354"),
        ({"samples": "labelled"}, ["S1", "S2", "S3", "S5"], "GR353"),
        ({"filter": 'batch == "x"', "exclude": ("S3",), "samples": "labelled"}, ["S2"], "GR352"),
    ],
)
def test_some_of_the_samples_are_chosen(tmp_path: Path, choice: dict[str, Any], left: list[str], code: str) -> None:
    sheet = SHEET if "classes" in choice else SHEET.replace("S4\tA\tx\n", "")
    found = read(tmp_path, matrix(), sheet, settings=CohortSettings(**choice))
    assert list(found.expression.index) == list(found.labels.index) == left
    np.testing.assert_array_equal(found.expression.T, matrix()[left])
    assert code in [finding.code for finding in found.findings]


def test_samples_that_are_left_out_are_not_checked(tmp_path: Path) -> None:
    odd = SHEET.replace("S3\tA", "S3\tC")
    found = read(
        tmp_path, matrix().assign(S4=np.nan), odd, settings=CohortSettings(classes=("A", "B"), exclude=("S4",))
    )
    assert found.labels.to_dict() == {"S1": "A", "S2": "B", "S5": "B"}
    assert [finding.code for finding in found.findings] == ["GR352", "GR354"]
    assert read(tmp_path, matrix(), settings=CohortSettings(exclude=("S4",))).expression.shape == (4, 30)


@pytest.mark.parametrize(
    ("choice", "code", "words"),
    [
        ({"exclude": ("S2", "s4")}, "GR150", "no sample 's4'"),
        ({"classes": ("A", "D")}, "GR150", "no class 'D'"),
        ({"filter": "batches > 3"}, "GR161", "no column 'batches'"),
        ({"exclude": tuple(SAMPLES)}, "GR151", "No sample"),
    ],
)
def test_samples_that_cannot_be_chosen(
    tmp_path: Path, refused: Callable[..., CohortError], choice: dict[str, Any], code: str, words: str
) -> None:
    error = refused(lambda: read(tmp_path, matrix(), SHEET, settings=CohortSettings(**choice)))
    assert error.code == code
    assert words in error.problem


@pytest.mark.parametrize("choice", [{"filter": "batch == 1"}, {"classes": ("A",)}, {"samples": "labelled"}])
def test_a_choice_by_the_sheet_needs_a_sheet(
    tmp_path: Path, refused: Callable[..., CohortError], choice: dict[str, Any]
) -> None:
    error = refused(lambda: read(tmp_path, matrix(), settings=CohortSettings(**choice)))
    assert (error.code, error.where) == ("GR619", f"cohort.{next(iter(choice))}")


@pytest.mark.parametrize("turned", [False, True])
def test_text_among_the_values_is_named_by_its_place(
    tmp_path: Path, refused: Callable[..., CohortError], turned: bool
) -> None:
    frame = matrix().astype(object)
    frame.iloc[3, 2] = "12,7x"
    error = refused(read, tmp_path, frame.T if turned else frame)
    assert error.code == "GR106"
    assert ("'G4_at'" if turned else "'S3'") in error.where


def test_a_sample_without_values_is_refused(tmp_path: Path, refused: Callable[..., CohortError]) -> None:
    assert refused(read, tmp_path, matrix().assign(S2=np.nan)).code == "GR121"


@pytest.mark.parametrize("turned", [False, True])
def test_a_matrix_of_other_genes_is_read_and_has_none(tmp_path: Path, turned: bool) -> None:
    frame = matrix(tuple(f"ENSG{number:011d}.7" for number in range(30)))
    found = read(tmp_path, frame.T if turned else frame)
    assert found.expression.shape == (5, 0)
    assert found.style.name == "Ensembl genes with a version"


@pytest.mark.parametrize(
    ("ids", "style"),
    [
        (["X95735_at", "M55150_at", "AFFX-BioB-5_at"], "probes named by accession"),
        (["1007_s_at", "121_at", "200000_x_at"], "Affymetrix probe sets"),
        (["ENSG00000141510", "ENSMUSG00000059552"], "Ensembl genes"),
        (["ENSG00000141510.18"], "Ensembl genes with a version"),
        (["7157", "672"], "Entrez numbers"),
        (["TP53", "HLA-A", "C1orf112"], "gene symbols"),
        (["ILMN_1651229"], "Illumina probes"),
        (["a b", "???"], UNKNOWN_STYLE),
        ([], UNKNOWN_STYLE),
    ],
)
def test_ids_show_their_style(ids: list[str], style: str) -> None:
    found = id_style(ids)
    assert found.name == style
    assert found.example in [*ids, ""]


def test_a_gct_file_and_its_cls_file(tmp_path: Path) -> None:
    frame = matrix().rename_axis("NAME")
    frame.insert(0, "Description", "na")
    gct, classes = tmp_path / "new.gct", tmp_path / "new.cls"
    gct.write_text("#1.2\n30\t5\n" + frame.to_csv(sep="\t"))
    classes.write_text("5 2 1\n# A B\n0 0 0 1 1\n")
    found = read_new_samples(gct, GENES, ("A", "B"), labels=classes)
    np.testing.assert_array_equal(found.expression.loc["S2"], matrix()["S2"])
    assert found.labels.to_dict() == dict(zip(SAMPLES, "AAABB", strict=True))
    assert [finding.code for finding in found.findings] == ["GR345"]
    assert read_new_samples(gct, GENES, ("A", "B")).labels.eq("").all()


def test_a_series_matrix_gives_the_labels_if_it_is_named_for_them(tmp_path: Path) -> None:
    path = tmp_path / "GSE1_series_matrix.txt"
    path.write_text(
        "!Sample_geo_accession\t" + "\t".join(SAMPLES) + "\n"
        "!Sample_characteristics_ch1\tclass: A\tclass: B\tclass: A\tclass: A\tclass: B\n!series_matrix_table_begin\n"
        + matrix().rename_axis("ID_REF").to_csv(sep="\t")
        + "!series_matrix_table_end\n"
    )
    found = read_new_samples(path, GENES, ("A", "B"), labels=path)
    assert found.labels.to_dict() == dict(zip(SAMPLES, "ABAAB", strict=True))
    assert len(found.sources) == 1
    assert read_new_samples(path, GENES, ("A", "B")).labels.eq("").all()


def test_columns_called_by_alignment_files(tmp_path: Path) -> None:
    frame = matrix().rename_axis("Geneid").rename(columns=lambda name: f"bam/{name}.sorted.bam")
    assert read(tmp_path, frame, SHEET).labels.to_dict() == {"S1": "A", "S2": "B", "S3": "A", "S4": "A", "S5": "B"}
    assert list(read(tmp_path, frame).expression.index) == [f"{name}.sorted" for name in SAMPLES]
