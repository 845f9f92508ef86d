"""GCT files, with a CLS file, a sheet, or rows of their own that describe the samples."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.cohort.recognition import recognise

HALVES = ["a"] * 12 + ["b"] * 12
CLS = "24 2 1\n# a b\n" + " ".join(["0"] * 12 + ["1"] * 12) + "\n"


def gct(study, sizes: str = "30\t24") -> str:
    header, *rows = study.matrix().splitlines()
    body = [header.replace("gene\t", "NAME\tDescription\t"), *(row.replace("\t", "\tna\t", 1) for row in rows)]
    return f"#1.2\n{sizes}\n" + "".join(f"{row}\n" for row in body)


def gct13(study, *names: str) -> str:
    header, *rows = study.matrix().splitlines()
    about = [f"{name}\tna\tna\t" + "\t".join(study.labels) for name in names]
    body = [row.replace("\t", f"\tSYM{number}\t{number}\t", 1) for number, row in enumerate(rows)]
    lines = ["#1.3", f"30\t24\t2\t{len(about)}", header.replace("gene\t", "id\tsymbol\tscore\t"), *about, *body]
    return "".join(f"{line}\n" for line in lines)


def written(study, name: str, text: str):
    path = study.folder / name
    path.write_text(text)
    return path


def test_a_cls_file_beside_gives_the_classes_in_the_order_of_the_columns(study) -> None:
    path, classes = written(study, "x.gct", gct(study)), written(study, "x.cls", CLS)
    for named in ({"study": path}, {}, {"study": None, "expression": path, "labels": classes}):
        cohort = study.read(**named)
        np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
        assert cohort.samples["class"].to_dict() == dict(zip(study.samples, HALVES, strict=True))
        (finding,) = [finding for finding in cohort.findings if finding.code == "GR345"]
        assert "'S01' (a) to 'S24' (b)" in finding.message
        assert (cohort.layout, [source.role for source in cohort.sources]) == ("gct", ["expression", "labels"])


def test_a_sheet_is_joined_by_id(study) -> None:
    study.write()
    cohort = study.read(study=written(study, "x.gct", gct(study)), labels=study.folder / "samples.tsv")
    assert cohort.samples["class"].tolist() == study.labels


def test_rows_of_version_1_3_are_the_sheet(study) -> None:
    path = written(study, "x.gct", gct13(study, "diagnosis", "other"))
    cohort = study.read(study=path)
    np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
    assert cohort.samples["class"].tolist() == study.labels
    assert cohort.covariates == ["other"]
    assert cohort.genes["symbol"].tolist()[:2] == ["SYM0", "SYM1"]
    assert recognise(path).label == "diagnosis"


def test_version_1_3_without_rows_about_the_samples_needs_a_sheet(study) -> None:
    path = written(study, "x.gct", gct13(study))
    assert study.refusal(study=path).code == "GR112"
    study.write()
    assert study.read(study=path).samples["class"].tolist() == study.labels


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("24 2 1\n# a b\n" + "0 " * 23, "it holds 23 and 2"),
        ("23 2 1\n# a b\n" + "0 " * 12 + "1 " * 11, "'x.gct' has 24 samples"),
        ("24 2 1\n# a b\n" + "1 " * 12 + "0 " * 12, "another order"),
        ("24 2 1\n# a b\n" + "b " * 12 + "a " * 12, "another order"),
        ("24 2 1\n# a b\n" + "0 " * 24, "uses 1"),
        ("24 2 1\n# a b\n", "2 lines"),
        ("#numeric\n#age\n" + "1 " * 24, "#numeric"),
    ],
)
def test_a_cls_file_that_contradicts_itself_or_the_matrix_is_refused(study, text: str, said: str) -> None:
    path = written(study, "x.gct", gct(study))
    error = study.refusal(study=path, labels=written(study, "x.cls", text))
    assert error.code == "GR142"
    assert error.problem.startswith("This is a CLS file")
    assert said in error.problem


@pytest.mark.parametrize("marks", [["tumor"] * 12 + ["x"] * 12, ["a"] * 12 + ["b"] * 12, ["1"] * 12 + ["2"] * 12])
def test_the_class_that_is_used_first_is_the_one_named_first(study, marks: list[str]) -> None:
    classes = written(study, "x.cls", "24 2 1\n# a b\n" + "\t".join(marks) + "\n")
    cohort = study.read(study=written(study, "x.gct", gct(study)), labels=classes)
    assert cohort.samples["class"].tolist() == HALVES


def test_a_cls_file_cannot_be_joined_with_a_plain_matrix(study) -> None:
    study.write()
    error = study.refusal(study=study.folder / "expression.tsv", labels=written(study, "x.cls", CLS))
    assert error.code == "GR142"
    assert "no sample id" in str(error)


@pytest.mark.parametrize("sizes", ["31\t24", "30\t23", "30", "thirty\t24"])
def test_sizes_that_are_wrong_are_refused(study, sizes: str) -> None:
    written(study, "x.cls", CLS)
    assert study.refusal(study=written(study, "x.gct", gct(study, sizes))).code == "GR141"


def test_rows_about_the_samples_must_be_whole_and_have_names_of_their_own(study) -> None:
    assert study.refusal(study=written(study, "x.gct", gct13(study, "class", "class"))).code == "GR122"
    text = gct13(study, "class").replace("class\tna\tna\t", "class\tna\t")
    assert study.refusal(study=written(study, "x.gct", text)).code == "GR108"
