from __future__ import annotations

import bz2
import codecs
import gzip
import hashlib
import io
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.cohort.names import stem
from genereport.cohort.tables import peek_header, read_table

PLAIN = "gene,S1,S2\ng1,1.5,2\ng2,-3,NA\n"


def written(folder: Path, content: str | bytes, name: str = "matrix.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__csv", ".csv"), content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace("gene", '"gene"').replace("g1", '"g1"').encode(),
        PLAIN.replace("\n", "\n  \n\n").encode(),
        ("\n" + PLAIN).encode().rstrip(b"\n"),
        PLAIN.replace("NA", " null ").encode(),
        gzip.compress(PLAIN.encode(), mtime=0),
        bz2.compress(PLAIN.encode()),
        lzma.compress(PLAIN.encode()),
        zipped(matrix__csv=PLAIN, **{"__MACOSX/.matrix": ""}),
        PLAIN.encode("utf-16"),
        codecs.BOM_UTF16_BE + PLAIN.replace("\n", "\r\n").encode("utf-16-be"),
        gzip.compress(PLAIN.encode("utf-16"), mtime=0),
        ("# one comment\n\n# another, of, three\n" + PLAIN).encode(),
        ("#gene,S1,S2\n#STRING,NUMBER,NUMBER\n" + PLAIN).encode(),
        ("# saved by a spreadsheet,,\n,,\n" + PLAIN + ',,\n"","",""\n , ,\n').encode(),
        PLAIN.replace("NA", "#N/A").encode(),
        PLAIN.replace("NA", "---").encode(),
        PLAIN.replace("NA", "<NA>").encode(),
    ],
    ids=[
        *(
            "plain",
            "bom",
            "crlf",
            "cr",
            "tab",
            "semicolon",
            "quoted",
            "blank lines",
            "edges",
            "null",
            "gzip",
            "bzip2",
            "xz",
        ),
        *("zip", "utf-16", "utf-16 big", "gzipped utf-16", "comments", "comments like the header", "empty rows"),
        *("#N/A", "---", "<NA>"),
    ],
)
def test_the_same_table_however_it_is_written(tmp_path: Path, content: bytes) -> None:
    table = read_table(written(tmp_path, content), "expression")
    assert table.header == ("gene", "S1", "S2")
    assert table.strings([0])[0].tolist() == ["g1", "g2"]
    np.testing.assert_array_equal(table.numbers([1, 2]), [[1.5, 2.0], [-3.0, np.nan]])
    assert peek_header(tmp_path / "matrix.csv") == table.header
    assert (table.source.size, table.source.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_columns_come_in_the_order_asked_for_and_ids_stay_text(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "id,a,a\n007,1,2\nNA,3,4\n1e5,5,6\n"), "expression")
    assert table.strings([2, 0])[0].tolist() == ["007", "NA", "1e5"]
    np.testing.assert_array_equal(table.numbers([2, 1]), [[2, 1], [4, 3], [6, 5]])


def test_a_header_without_a_name_for_the_row_names_as_r_writes_it(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "S1\tS2\ng1\t1\t2\ng2\t3\t4\n"), "expression")
    assert table.header == ("", "S1", "S2")
    np.testing.assert_array_equal(table.numbers([1, 2]), [[1, 2], [3, 4]])


def test_numbers_are_read_to_the_last_bit(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=2000) * 10.0 ** np.random.default_rng(1).integers(-300, 300, 2000)
    rows = "".join(f"g{i},{value!r}\n" for i, value in enumerate(values.tolist()))
    np.testing.assert_array_equal(
        read_table(written(tmp_path, "id,x\n" + rows), "expression").numbers([1])[:, 0], values
    )


def test_the_line_counts_blank_lines_and_line_breaks_within_quotes(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, 'id,x\n\n"g\n1",1\ng2,2\n\ng3,x\n'), "expression")
    assert table.lines == (3, 5, 7)
    assert table.where(2, 1) == "matrix.csv, row 7, column 'x'"


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", "GR102", "is empty"),
        (b" \n\n", "GR102", "is empty"),
        (b"gene,S1,S2\n", "GR102", "no rows"),
        (b"\x00\x01\x02,\x00\n", "GR103", "binary"),
        (b"\x89PNG\r\n\x1a\n\xff,1\n", "GR103", "0x89"),
        (zipped(**{"[Content_Types].xml": "", "xl/sheet1.xml": ""}), "GR181", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "GR181", "Excel"),
        (zipped(a__csv=PLAIN, b__csv=PLAIN), "GR143", "holds 2 files: 'a.csv', 'b.csv'"),
        (b"PK\x03\x04 cut off", "GR104", "unzip -t"),
        (bz2.compress(PLAIN.encode())[:-12], "GR104", "bzip2 -t"),
        (PLAIN.encode("utf-16")[:-1], "GR103", "UTF-16"),
        ("gene,S1\ng1,1\nβ,2\n".encode("iso-8859-7"), "GR103", "matrix.csv, row 3"),
        (gzip.compress(PLAIN.encode(), mtime=0)[:-12], "GR104", "cut off"),
        (gzip.compress(PLAIN.encode() * 50, mtime=0)[:20] + b"junk" * 20, "GR104", "damaged"),
        (b"It was a dark night.\nThe rain, it fell, in torrents\nexcept, at\noccasional intervals\n", "GR105", "table"),
        (b"gene\ng1\ng2\n", "GR105", "table"),
        (b"gene,S1,S2\ng1,1,2\ng2,1\ng3,1\ng4,1,2\n", "GR108", "row 3: The row has 2 fields where the header has 3"),
        (b"gene,S1,S2\ng1,1,2\ng2,1,2,3,4\ng3,1,2\n", "GR108", "row 3"),
        (b'gene,S1,S2\ng1,1,2\n"g2,1,2\ng3,1,2\n', "GR108", "row 3"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused(tmp_path: Path, refused, content: bytes, code: str, said: str) -> None:
    error = refused(read_table, written(tmp_path, content), "expression")
    assert error.code == code
    assert said in str(error)
    assert "matrix.csv" in str(error)


def test_a_missing_file_names_the_nearest(tmp_path: Path, refused) -> None:
    written(tmp_path, PLAIN, "expression.tsv")
    error = refused(read_table, tmp_path / "expresion.tsv", "expression")
    assert error.code == "GR101"
    assert "Did you mean 'expression.tsv'?" in str(error)
    assert "Check the path" in str(refused(read_table, tmp_path / "no" / "x.csv", "expression"))


def test_a_folder_is_no_file(tmp_path: Path, refused) -> None:
    assert refused(read_table, tmp_path, "expression").code == "GR101"


@pytest.mark.parametrize(
    ("cell", "code", "said"),
    [
        ("abc", "GR106", "matrix.csv, row 4, column 'S2': 'abc' is not a number"),
        ("1,5", "GR106", "Write decimals with a point"),
        ("True", "GR106", "'True' is not a number"),
        ("1_0", "GR106", "'1_0' is not a number"),
        ("inf", "GR107", "matrix.csv, row 4, column 'S2'"),
        ("-Inf", "GR107", "'-Inf'"),
        ("1e999", "GR107", "'1e999'"),
    ],
)
def test_a_cell_without_a_finite_number_is_named(tmp_path: Path, refused, cell: str, code: str, said: str) -> None:
    table = read_table(written(tmp_path, f"gene\tS1\tS2\n\ng1\t1\t2\ng2\t3\t{cell}\ng3\t1\tNA\n"), "expression")
    error = refused(table.numbers, [1, 2])
    assert error.code == code
    assert said in str(error)


def test_a_column_of_text_is_named_as_a_column(tmp_path: Path, refused) -> None:
    table = read_table(written(tmp_path, "sample,class,g1\nS1,NA,1\nS2,tumor,2\n"), "expression")
    error = refused(table.numbers, [1, 2])
    assert error.code == "GR106"
    assert "row 3, column 'class'" in str(error)
    assert "sample sheet" in error.remedy


def test_decimal_commas_throughout_are_read_and_named(tmp_path: Path) -> None:
    for delimiter in (";", "\t"):
        text = "gene;S1;S2\n1,25;1,5;2,125\ng2;3;-4,5e2\ng3;;0,001\n".replace(";", delimiter)
        table = read_table(written(tmp_path, text), "expression")
        np.testing.assert_array_equal(table.numbers([1, 2]), [[1.5, 2.125], [3, -450], [np.nan, 0.001]])
        assert table.strings([0])[0].tolist() == ["1,25", "g2", "g3"]
        assert [finding.code for finding in table.findings] == ["GR343"]


@pytest.mark.parametrize(
    "rows",
    ["g1;1,234;2,345\ng2;3,456;10,567\n", "g1;1,5;2.5\ng2;3,5;4,5\n", "g1;1;2\ng2;3,5;4\n"],
    ids=["thousands", "points as well", "few"],
)
def test_commas_that_may_mean_something_else_are_refused(tmp_path: Path, refused, rows: str) -> None:
    table = read_table(written(tmp_path, "gene;S1;S2\n" + rows), "expression")
    error = refused(table.numbers, [1, 2])
    assert error.remedy == "Write decimals with a point, and thousands without a separator."


def test_a_header_may_start_with_a_hash(tmp_path: Path) -> None:
    for above in ("", "# made by a program\n"):
        table = read_table(written(tmp_path, above + "#gene,S1\ng1,1\ng2,2\n"), "expression")
        assert table.header == ("#gene", "S1")
        assert table.where(0) == f"matrix.csv, row {2 + len(above.splitlines())}"


def test_a_sheet_in_windows_1252_is_read_and_named(tmp_path: Path, refused) -> None:
    path = written(tmp_path, "sample,centre\nS1,Zürich\nS2,5 µg\n".encode("cp1252"))
    table = read_table(path, "labels")
    assert table.strings([1])[1].tolist() == ["Zürich", "5 µg"]
    (finding,) = table.findings
    assert finding.code == "GR340"
    assert "'Zürich', 'µg'" in finding.message
    assert refused(read_table, path, "expression").code == "GR103"
    assert refused(read_table, written(tmp_path, b"\x89PNG\r\n\x1a\n\xff,1\n"), "labels").code == "GR103"


def test_a_table_of_text_is_no_matrix(tmp_path: Path, refused) -> None:
    table = read_table(written(tmp_path, "sample,class,sex\nS1,tumor,F\nS2,tumor,M\n"), "expression")
    assert refused(table.numbers, [1, 2]).code == "GR105"


def test_the_header_is_peeked_at_without_complaint(tmp_path: Path) -> None:
    assert peek_header(written(tmp_path, PLAIN)) == ("gene", "S1", "S2")
    assert peek_header(written(tmp_path, gzip.compress(PLAIN.encode(), mtime=0), "matrix.csv.gz")) == (
        "gene",
        "S1",
        "S2",
    )
    for junk in (b"", b"\xff\xff", gzip.compress(PLAIN.encode(), mtime=0)[:15]):
        assert peek_header(written(tmp_path, junk)) in ((), ("",))
    assert peek_header(tmp_path / "absent.csv") == ()


def test_the_stem_drops_both_suffixes() -> None:
    assert stem(Path("x/Expression.TSV.gz")) == stem(Path("expression.csv.zip")) == "expression"


STYLES = {
    "1,234,567.5": lambda number: f"{number:,}",
    "1.234.567,5": lambda number: f"{number:,}".translate(str.maketrans(",.", ".,")),
    "1 234 567,5": lambda number: f"{number:,}".translate(str.maketrans(",.", "\u202f,")),
    "1'234'567.5": lambda number: f"{number:,}".replace(",", "'"),
    "1234567,5": lambda number: str(number).replace(".", ","),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_numbers_of_every_country_are_read(tmp_path: Path, style: str, delimiter: str) -> None:
    rng = np.random.default_rng(3)
    values = np.round(rng.lognormal(6, 2, size=(30, 4)), 2) * np.array([1, 1, -1, 1])
    rows = [[f"1,5.{row}", "alpha, beta 2.0", *map(STYLES[style], line)] for row, line in enumerate(values.tolist())]
    frame = pd.DataFrame(rows, columns=["gene", "description", *"ABCD"])
    path = tmp_path / "matrix.csv"
    frame.to_csv(path, sep=delimiter, index=False)
    table = read_table(path, "expression")
    np.testing.assert_array_equal(table.numbers([2, 3, 4, 5]), values)
    assert table.strings([0, 1]).to_numpy().tolist() == [row[:2] for row in rows]
    (finding,) = table.findings
    assert finding.code == "GR343"


def test_thousands_of_whole_numbers_are_read_if_there_are_enough_to_prove_them(tmp_path: Path, refused) -> None:
    counts = np.random.default_rng(4).integers(0, 99_999, size=(40, 4))
    path = tmp_path / "matrix.tsv"
    text = "\n".join("\t".join([f"g{row}", *(f"{count:,}" for count in line)]) for row, line in enumerate(counts))
    path.write_text("gene\tA\tB\tC\tD\n" + text)
    np.testing.assert_array_equal(read_table(path, "expression").numbers([1, 2, 3, 4]), counts)
    path.write_text("gene\tA\tB\tC\tD\n" + text + "\nlast\t1\t2\t3\t4.5")
    assert refused(read_table(path, "expression").numbers, [1, 2, 3, 4]).code == "GR106"
