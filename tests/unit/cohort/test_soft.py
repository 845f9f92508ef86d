"""SOFT files of GEO: families with a table for each sample, and data sets with one table."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from genereport.cohort.labels import read_labels
from genereport.cohort.new_samples import read_new_samples
from genereport.cohort.recognition import recognise


def platform(study, name: str = "GPL96") -> str:
    rows = [f"{gene}\tSYM{place} /// OTHER\ttitle, {place}\tx" for place, gene in enumerate(study.genes)]
    head = f"^PLATFORM = {name}\n!Platform_title = array\n#ID = probe\n!platform_table_begin\n"
    return head + "ID\tGene Symbol\tGene Title\tother\n" + "\n".join(rows[:-1]) + "\n!platform_table_end\n"


def sample(study, place: int, *, name: str = "", platform: str = "GPL96", genes=None, extra: str = "") -> str:
    genes = range(len(study.genes)) if genes is None else genes
    rows = [f"{study.genes[gene]}\t{study.values[gene, place]}\tP" for gene in genes]
    return (
        f"^SAMPLE = {name or study.samples[place]}\n!Sample_title = array {place}\n"
        f"!Sample_characteristics_ch1 = diagnosis: {study.labels[place]}\n{extra}"
        f"!Sample_characteristics_ch1 = age: {40 + place}\n!Sample_platform_id = {platform}\n"
        "#ID_REF = \n#VALUE = log2\n!sample_table_begin\nID_REF\tVALUE\tABS_CALL\n"
        + "\n".join(rows)
        + "\n!sample_table_end\n"
    )


def family(study, *samples: str, start: str = "^DATABASE = GeoMiame\n!Database_name = GEO\n") -> str:
    series = "^SERIES = GSE1\n!Series_title = a series\n!Series_supplementary_file = ftp://x/GSE1_counts.txt.gz\n"
    return start + series + platform(study) + "".join(samples or (sample(study, place) for place in range(24)))


def written(study, text: str, name: str = "GSE1_family.soft") -> Path:
    path = study.folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_family_is_a_cohort(newline: str, study) -> None:
    path = written(study, family(study).replace("\n", newline), "GSE1_family.soft.gz")
    cohort = study.read(study=path)
    np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
    assert (cohort.layout, cohort.samples["class"].tolist()) == ("soft", study.labels)
    assert cohort.covariates == ["age", "title"]
    assert cohort.samples["age"].tolist() == [40.0 + place for place in range(24)]
    assert cohort.genes["symbol"].tolist() == [f"SYM{place} /// OTHER" for place in range(29)] + [""]
    assert cohort.genes["description"].tolist()[3] == "title, 3"
    assert "29 of 30 probes have a symbol" in study.found("GR368")[0]  # the folder
    assert recognise(path).label == "diagnosis"


def test_characteristics_are_joined_by_key(study) -> None:
    slipped = [
        sample(study, place, extra="!Sample_characteristics_ch1 = sex: F\n" * (place % 2)) for place in range(24)
    ]
    cohort = study.read(study=written(study, family(study, *slipped)))
    assert cohort.samples["age"].tolist() == [40.0 + place for place in range(24)]
    assert cohort.samples["sex"].isna().tolist() == [place % 2 == 0 for place in range(24)]


def test_one_of_several_platforms_is_chosen(study) -> None:
    mixed = [sample(study, place, platform="GPL97" if place > 15 else "GPL96") for place in range(24)]
    path = written(study, family(study, *mixed))
    error = study.refusal(study=path)
    assert (error.code, "GPL96 with 16 samples, GPL97 with 8 samples" in error.problem) == ("GR194", True)
    assert len(study.read("cohort.platform=GPL97", study=path).samples) == 8
    assert "'GPL1'" in study.refusal("cohort.platform=GPL1", study=path).problem


def test_probes_that_a_sample_lacks_are_missing(study) -> None:
    parts = [sample(study, place, genes=range(1, 30) if place == 2 else reversed(range(30))) for place in range(24)]
    cohort = study.read(study=written(study, family(study, *parts)))
    expected = study.values.T.copy()
    expected[2, 0] = np.nan
    np.testing.assert_array_equal(cohort.expression[study.genes], expected)
    assert "1 sample lacks some of the 30 probes" in study.found("GR367")[0]


def test_what_cannot_be_read_is_named(study) -> None:
    text = family(study)
    error = study.refusal(study=written(study, text[: text.rindex("!sample_table_end")]))
    assert (error.code, "the table of S24 has no end" in error.problem) == ("GR141", True)
    value = str(study.values[4, 6])
    wrong = sample(study, 6).replace(value, "x,1", 1)
    path = written(study, family(study, *(wrong if place == 6 else sample(study, place) for place in range(24))))
    row = path.read_text().split("\n").index(f"{study.genes[4]}\tx,1\tP") + 1
    error = study.refusal(study=path)
    assert (error.code, error.where) == ("GR106", f"GSE1_family.soft, row {row}, column 'VALUE'")
    error = study.refusal(study=written(study, text.replace("\nID_REF\tVALUE", "\nID_REF\tSIGNAL")))
    assert (error.code, "S01 lacks the column" in error.problem) == ("GR105", True)
    plain = written(study, study.matrix(), "plain.tsv")
    assert study.refusal(study=None, expression=written(study, text), test_expression=plain).code == "GR112"


def test_a_family_without_tables_is_a_sheet_for_another_matrix(study) -> None:
    heads = [sample(study, place).split("!sample_table_begin")[0] for place in range(24)]
    path = written(study, family(study, *heads))
    error = study.refusal(study=path)
    assert (error.code, "ftp://x/GSE1_counts.txt.gz" in error.problem) == ("GR140", True)
    study.write()
    cohort = study.read(study=None, expression=study.folder / "expression.tsv", labels=path)
    assert cohort.samples["class"].tolist() == study.labels
    assert read_labels(path).frame["age"].tolist()[:2] == ["40", "41"]


def data_set(study) -> str:
    names = [f"GSM{place}" for place in range(24)]
    subsets = [
        (f"{kind}", word, [name for place, name in enumerate(names) if word in (study.labels[place], place % 3)])
        for kind, words in (("disease state", ("a", "b")), ("agent", (0, 1)))
        for word in words
    ]
    told = "".join(
        f"^SUBSET = GDS1_{number}\n!subset_dataset_id = GDS1\n!subset_description = {word}\n"
        f"!subset_sample_id = {','.join(ids)}\n!subset_type = {kind}\n"
        for number, (kind, word, ids) in enumerate(subsets)
    )
    columns = "".join(f"#{name} = Value for {name}: array {name}; src: blood\n" for name in names)
    rows = ["\t".join(("ID_REF", "IDENTIFIER", *names))]
    rows += [
        "\t".join((gene, f"SYM{gene}", *map(str, row))) for gene, row in zip(study.genes, study.values, strict=True)
    ]
    rows[5] = rows[5].replace(str(study.values[4, 0]), "null", 1)
    head = "^DATABASE = Geo\n!Database_name = GEO\n^DATASET = GDS1\n!dataset_title = a set\n"
    tables = f"^DATASET = GDS1\n#ID_REF = probe\n{columns}!dataset_table_begin\n" + "\n".join(rows)
    return head + told + tables + "\n!dataset_table_end\n"


def test_the_subsets_of_a_data_set_are_columns(study) -> None:
    path = written(study, data_set(study), "GDS1.soft.gz")
    cohort = study.read("cohort.label_column=disease state", study=path)
    expected = study.values.T.copy()
    expected[0, 4] = np.nan
    np.testing.assert_array_equal(cohort.expression.to_numpy(), expected)
    assert cohort.samples["class"].tolist() == study.labels
    assert cohort.samples["agent"].tolist()[:2] == [0.0, 1.0]
    assert cohort.samples["source"].unique().tolist() == ["blood"]
    assert cohort.genes.loc["G7", "symbol"] == "SYMG7"
    assert recognise(path).files.columns == ("geo_accession", "disease state", "agent")


def test_new_samples_in_a_family(study) -> None:
    path = written(study, family(study))
    found = read_new_samples(path, study.genes[:9], ("a", "b"), labels=path)
    np.testing.assert_array_equal(found.expression, study.values[:9].T)
    assert found.labels.tolist() == study.labels


def test_series_matrices_of_several_platforms_in_one_folder_are_refused(study) -> None:
    for name in ("GSE1-GPL96_series_matrix.txt", "GSE1-GPL97_series_matrix.txt"):
        written(study, '!Series_title\t"A series"\n', name)
    error = study.refusal()
    assert (error.code, "GSE1-GPL97_series_matrix.txt" in str(error)) == ("GR112", True)
    assert error.problem.startswith("The folder holds several GEO series matrices")
