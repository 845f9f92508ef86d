"""An untouched report passes; whatever was touched is found and named."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from string import digits

import pytest

import genereport
from genereport.errors import VerificationError
from genereport.runs.crate import CRATE, sha256
from genereport.runs.results import read_results
from genereport.runs.verify import (
    FileDifference,
    NumberDifference,
    Printed,
    Verification,
    check_numbers,
    printed_numbers,
    verify_report,
)

TESTED = re.compile(r'(<span data-result="differential\.tested">)([\d,]+)(</span>)')


@pytest.fixture
def data(written: Path, tmp_path: Path) -> Path:
    """The data folder of a copy, to be spoilt."""
    shutil.copy(written / "r.html", tmp_path / "r.html")
    return Path(shutil.copytree(written / "r_data", tmp_path / "r_data"))


def repair(data: Path, file: Path) -> None:
    """Give the crate the hash of a file that was changed."""
    content = json.loads((data / CRATE).read_text())
    name = file.relative_to(data).as_posix() if data in file.parents else f"#{file.name}"
    for entity in content["@graph"]:
        if entity["@id"] == name:
            entity["sha256"] = sha256(file)
    (data / CRATE).write_text(json.dumps(content))


def drop(data: Path, name: str) -> None:
    """Take a file out of the crate."""
    content = json.loads((data / CRATE).read_text())
    content["@graph"] = [entity for entity in content["@graph"] if entity["@id"] != name]
    (data / CRATE).write_text(json.dumps(content))


def flip(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


def faults(found: Verification) -> list[tuple[str, str]]:
    return [(one.file, one.fault) for one in found.differences if isinstance(one, FileDifference)]


def numbers(found: Verification) -> list[NumberDifference]:
    return [one for one in found.differences if isinstance(one, NumberDifference)]


def edit_results(data: Path, tested: int) -> None:
    path = data / "results.json"
    content = json.loads(path.read_text())
    content["differential"]["tested"] = tested
    path.write_text(json.dumps(content))


def test_an_untouched_report_passes_whatever_of_it_is_named(written: Path) -> None:
    found = genereport.verify_report(written / "r_data")
    assert found.differences == ()
    assert found.files == len([path for path in written.rglob("*") if path.is_file()]) - 2
    assert found.numbers is not None
    assert found.numbers > 500
    assert str(found) == f"Verified: {found.files} files, {found.numbers:,} printed numbers agree with results.json"
    assert verify_report(str(written / "r.html")) == found
    assert verify_report(written / "r.pdf") == found
    found.require(written)


def test_the_stamp_that_snakemake_leaves_in_a_folder_is_no_fault(data: Path) -> None:
    (data / ".snakemake_timestamp").touch()
    verify_report(data).require(data)


def test_one_flipped_bit_in_a_table_is_found(data: Path) -> None:
    flip(data / "tables" / "metrics.tsv")
    found = verify_report(data)
    assert faults(found) == [("tables/metrics.tsv", "altered")]
    assert numbers(found) == []
    assert str(found) == "tables/metrics.tsv: The file was changed after it was written: its SHA-256 differs."
    with pytest.raises(VerificationError, match=r"GR605.*1 difference\."):
        found.require(data)


def test_a_changed_number_of_the_page_is_found_though_its_hash_agrees(data: Path) -> None:
    page = data.with_name("r.html")
    text = page.read_text()
    printed = TESTED.search(text)
    assert printed
    last = str((int(printed[2][-1]) + 1) % 10)
    page.write_text(text[: printed.end(2) - 1] + last + text[printed.end(2) :])
    assert faults(verify_report(data)) == [("r.html", "altered")]
    repair(data, page)
    found = verify_report(data)
    assert faults(found) == []
    (only,) = numbers(found)
    assert (only.id, only.known) == ("differential.tested", True)
    assert only.printed == printed[2][:-1] + last
    assert f'id="{only.place}"' in text
    assert f"Printed as '{only.printed}' in {only.place}, but results.json holds {only.stored}." in str(found)


def test_a_changed_number_of_the_results_is_found_where_it_is_printed(data: Path) -> None:
    edit_results(data, 123)
    repair(data, data / "results.json")
    found = verify_report(data)
    assert faults(found) == []
    assert {(one.id, one.stored) for one in numbers(found)} == {("differential.tested", 123)}


def test_a_number_with_an_unknown_id_is_found(data: Path) -> None:
    page = data.with_name("r.html")
    page.write_text(page.read_text().replace('"differential.tested"', '"differential.tasted"'))
    repair(data, page)
    found = numbers(verify_report(data))
    assert found
    assert {(one.id, one.known) for one in found} == {("differential.tasted", False)}
    assert "results.json has no such number" in str(found[0])


def test_an_id_that_names_more_than_a_number_is_unknown() -> None:
    (found,) = check_numbers([Printed("differential", "1", "sec")], {"differential": {"tested": 1}})
    assert (found.known, found.stored) == (False, None)


@pytest.mark.parametrize("name", ["tables/metrics.tsv", "model/genes.json", "results.json", "log.jsonl"])
def test_a_missing_file_is_found_unless_it_is_the_log(data: Path, name: str) -> None:
    (data / name).unlink()
    expected = [] if name == "log.jsonl" else [(name, "missing")]
    assert faults(verify_report(data))[:1] == expected


def test_a_missing_page_is_found_and_its_numbers_are_not_counted(data: Path) -> None:
    data.with_name("r.html").unlink()
    found = verify_report(data)
    assert faults(found) == [("r.html", "missing")]
    assert found.numbers is None


def test_files_from_elsewhere_are_found(data: Path) -> None:
    (data / "tables" / "more.tsv").write_text("a\n")
    (data / "linked").symlink_to("/etc")
    data.with_name("r.pdf").write_bytes(b"%PDF")
    names = [("linked", "unlisted"), ("tables/more.tsv", "unlisted"), ("r.pdf", "unlisted")]
    assert faults(verify_report(data)) == names


def test_without_a_page_only_hashes_are_checked_and_it_says_so(data: Path) -> None:
    data.with_name("r.html").unlink()
    drop(data, "#r.html")
    found = verify_report(data)
    assert found.differences == ()
    assert str(found).endswith("files by SHA-256; there is no HTML page whose numbers could be read")


def test_results_that_cannot_be_read_are_a_difference(data: Path) -> None:
    (data / "results.json").write_text('{"differential": ')
    found = verify_report(data)
    assert ("results.json", "damaged") in faults(found)
    assert found.numbers is None


def test_a_changed_model_is_found_though_its_hash_agrees(data: Path) -> None:
    model = data / "model" / "svm_rbf.selected.skops"
    flip(model)
    assert faults(verify_report(data)) == [("model/svm_rbf.selected.skops", "altered")]
    repair(data, model)
    assert faults(verify_report(data)) == [("model/svm_rbf.selected.skops", "damaged")]


def test_a_whole_bundle_of_another_run_is_found(data: Path) -> None:
    path = data / "results.json"
    content = json.loads(path.read_text())
    content["models"]["bundle"]["files"]["columns"]["sha256"]["values"][0] = "0" * 64
    path.write_text(json.dumps(content))
    repair(data, path)
    (only,) = verify_report(data).differences
    assert "The file is not the one that results.json names." in str(only)


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "#../r_data/run.json", "tables"])
def test_a_crate_that_points_elsewhere_reads_nothing_there(data: Path, name: str) -> None:
    data.with_name("secret").write_text("x")
    text = (data / CRATE).read_text().replace('"run.json"', json.dumps(name))
    (data / CRATE).write_text(text)
    assert faults(verify_report(data))[:2] == [(name.removeprefix("#"), "missing"), ("run.json", "unlisted")]


@pytest.mark.parametrize("name", ["", "nothing", "r.html", "r.pdf"])
def test_where_there_is_no_report_it_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(VerificationError, match=r"GR604.*ro-crate-metadata\.json"):
        verify_report(tmp_path / name)


def test_a_report_that_may_not_be_read_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("genereport.runs.verify.sha256", refuse)
    with pytest.raises(VerificationError, match=r"GR604.*Permission denied"):
        verify_report(data)


def test_names_that_a_terminal_would_obey_are_one_plain_line(data: Path) -> None:
    (data / "a\n\x1b[31m").write_text("x")
    (data / os.fsdecode(b"b\xff")).write_text("x")
    lines = str(verify_report(data)).splitlines()
    assert lines == [f"{name}: The file is not listed in {CRATE}." for name in ("a\ufffd\ufffd[31m", "b\ufffd")]


def test_twenty_differences_are_told_and_the_rest_counted(data: Path) -> None:
    for number in range(23):
        (data / "tables" / f"more{number:02}.tsv").write_text("a\n")
    lines = str(verify_report(data)).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "and 3 more"


def test_numbers_are_read_with_their_place_whatever_stands_between() -> None:
    page = (
        '<section id="sec-a"><p>so <span data-result="x.y">1<b>,2</b>&#51;</span><br><img alt="5">'
        '<figure id="tab-b"><td><span data-result="x[0].z">&lt; 2e-16</span></figure></td>'
        '<script>"<span data-result=no>9</span>"</script><span data-result="last">7'
    )
    assert printed_numbers(page) == [
        Printed("x.y", "1,23", "sec-a"),
        Printed("x[0].z", "< 2e-16", "tab-b"),
        Printed("last", "7", "sec-a"),
    ]


def test_any_changed_digit_of_any_printed_number_is_found(written: Path) -> None:
    printed = printed_numbers((written / "r.html").read_text(encoding="utf-8"))
    content = read_results(written / "r_data")
    assert list(check_numbers(printed, content)) == []
    spoilt = [replace(number, text=text) for number in printed for text in with_one_digit_changed(number.text)]
    assert len(spoilt) > 10_000
    found = [(one.id, one.printed, one.place) for one in check_numbers(spoilt, content)]
    assert found == [(number.id, number.text, number.place) for number in spoilt]


def with_one_digit_changed(text: str) -> Iterator[str]:
    for place, sign in enumerate(text):
        if sign in digits:
            yield from (f"{text[:place]}{digit}{text[place + 1 :]}" for digit in digits if digit != sign)
