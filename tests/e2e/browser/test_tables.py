"""Tables sort as numbers, filter, page through all genes, and leave the page as CSV."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import numpy as np
import playwright.sync_api as pw
import pytest

from genereport.formats import typed
from genereport.report.value_ids import agrees, resolve
from genereport.runs.results import read_results
from tests.chrome import Chrome

pytestmark = pytest.mark.slow

WHOLE = "#tab-differential"
BY_HEAD = "(figure, head) => [...figure.querySelectorAll('thead th')].findIndex((cell) => cell.textContent === head)"
ROWS = """(figure) => [...figure.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) =>
    [cell.textContent, [...cell.querySelectorAll('[data-result]')]
        .map((part) => [part.dataset.result, part.textContent])]))"""


@cache
def stored(path: Path) -> dict[str, dict[str, dict[str, list[object]]]]:
    return read_results(path.parent / "report_data")


def genes(path: Path) -> dict[str, list[object]]:
    """The stored columns of the comparison gene by gene."""
    columns = stored(path)["differential"]["table"]["columns"]
    return {name: column["values"] for name, column in columns.items()}  # type: ignore[index]


def head(page: pw.Page, table: str, name: str) -> pw.Locator:
    return page.locator(f"{table} thead th").filter(has_text=re.compile(f"^{re.escape(name)}$"))


def in_order(page: pw.Page, table: str, direction: str) -> None:
    """Wait until the table is sorted so."""
    page.wait_for_selector(f"{table} thead th[aria-sort={direction}]")


def column(page: pw.Page, table: str, name: str) -> list[str]:
    at = page.locator(table).evaluate(BY_HEAD, name)
    return page.locator(f"{table} tbody tr td:nth-child({at + 1})").all_text_contents()


def number(text: str) -> float:
    return 1e-301 if text.startswith("<") else float(typed(text.replace("\u00a0", " ")).replace(",", ""))


def entries(page: pw.Page) -> int:
    """How many genes the whole table says it lists."""
    told = re.search(r"of ([\d,]+) entr", page.locator(f"{WHOLE} .dt-info").inner_text())
    assert told
    return int(told[1].replace(",", ""))


def type_into(page: pw.Page, name: str, text: str) -> pw.Locator:
    field = page.get_by_label(f"Filter {name}", exact=True)
    field.fill(text)
    return field


@pytest.mark.parametrize(("table", "name"), [("#tab-signature", "P.Bonferroni"), ("#tab-loadings", "Loading")])
def test_a_click_on_a_head_sorts_by_the_number(page: pw.Page, table: str, name: str) -> None:
    before = [number(text) for text in column(page, table, name)]
    if table == "#tab-signature":
        assert {"×" in text for text in column(page, table, name)} == {True, False}
    else:
        assert min(before) < 0 < max(before)
    sorted_by = head(page, table, name)
    assert sorted_by.get_attribute("aria-sort") is None
    sorted_by.click()
    in_order(page, table, "ascending")
    assert [number(text) for text in column(page, table, name)] == sorted(before)
    assert sorted_by.get_attribute("aria-sort") == "ascending"
    sorted_by.get_by_role("button").focus()
    page.keyboard.press("Enter")
    in_order(page, table, "descending")
    assert [number(text) for text in column(page, table, name)] == sorted(before, reverse=True)
    assert sorted_by.get_attribute("aria-sort") == "descending"
    assert page.locator(f"{table} thead th[aria-sort]").count() == 1


def test_the_table_of_all_genes_sorts_all_of_them(page: pw.Page, report: Path) -> None:
    changes = sorted(value for value in genes(report)["logFC"] if value is not None)
    head(page, WHOLE, "logFC").click()
    in_order(page, WHOLE, "ascending")
    assert column(page, WHOLE, "logFC")[0] == f"{changes[0]:.2f}".replace("-", "−")
    head(page, WHOLE, "logFC").click()
    in_order(page, WHOLE, "descending")
    assert column(page, WHOLE, "logFC")[0] == f"{changes[-1]:.2f}"


def test_a_head_without_a_name_is_no_button(page: pw.Page) -> None:
    names = page.locator(".dt-column-order[role=button]").evaluate_all("all => all.map((each) => each.ariaLabel)")
    assert len(names) > 100
    assert [name for name in names if name.startswith(":")] == []


def test_the_search_box_finds_any_gene(page: pw.Page, report: Path) -> None:
    held = genes(report)
    wanted = held["gene"][2321]
    assert wanted not in column(page, WHOLE, "Gene")
    label = page.locator("#tab-differential").get_attribute("data-label")
    page.get_by_label(f"Filter the rows of {label}").fill(wanted)
    assert column(page, WHOLE, "Gene") == [wanted]
    assert column(page, WHOLE, "Symbol") == [held["symbol"][2321]]
    assert entries(page) == 1


def test_columns_are_filtered_by_bounds_ranges_and_text(page: pw.Page, report: Path) -> None:
    held = genes(report)
    total = len(held["gene"])
    assert entries(page) == total
    p, change = held["P.Value"], held["logFC"]
    type_into(page, "P.Value", "< 0.01")
    assert entries(page) == sum(value < 0.01 for value in p)
    type_into(page, "logFC", "1 .. 2")
    both = [at for at in range(total) if p[at] < 0.01 and 1 <= change[at] <= 2]
    assert entries(page) == len(both) > 0
    assert all(1 <= number(text) <= 2 for text in column(page, WHOLE, "logFC"))
    type_into(page, "P.Value", "")
    type_into(page, "logFC", "−2..-1")
    assert entries(page) == sum(-2 <= value <= -1 for value in change)
    type_into(page, "logFC", "")
    type_into(page, "Symbol", "lyz")
    assert set(column(page, WHOLE, "Symbol")) == {"LYZ"}
    type_into(page, "Symbol", "")
    assert entries(page) == total


def test_what_is_no_condition_is_marked_and_filters_nothing(page: pw.Page, report: Path) -> None:
    total = len(genes(report)["gene"])
    for text in ("abc", "< ", "1 ..", "1.2.3", "<> 4"):
        field = type_into(page, "logFC", text)
        assert (field.get_attribute("aria-invalid"), entries(page)) == ("true", total), text
        type_into(page, "logFC", "> 1")
        assert field.get_attribute("aria-invalid") == "false"
        assert entries(page) < total


@pytest.mark.parametrize("style", ["R", "AMA"])
def test_scripts_print_what_the_source_says_and_every_number_is_in_the_results(
    chrome: Chrome, report: Path, request: pytest.FixtureRequest, style: str
) -> None:
    path = report if style == "R" else request.getfixturevalue("ama_report")
    with chrome.showing(path, java_script_enabled=False) as still:
        printed = still.locator(WHOLE).evaluate(ROWS)
    with chrome.showing(path) as page:
        filled = page.locator(WHOLE).evaluate(ROWS)
        assert filled == printed
        assert len(filled) == 25
        ama = [text for row in filled for text, _ in row if re.fullmatch(r"<?\.\d+", text)]
        assert len(ama) == (0 if style == "R" else 75)
        pages = (
            np.random.default_rng(1).choice(np.arange(1, len(genes(path)["gene"]) // 25), 10, replace=False).tolist()
        )
        last = len(genes(path)["gene"]) // 25
        shown = 0
        for at in [*pages, last]:
            page.evaluate("at => void new tables.default.Api('table[data-whole]').page(at).draw('page')", at)
            rows = page.locator(WHOLE).evaluate(ROWS)
            shown += len(rows)
            for name, text in [pair for row in rows for _, pairs in row for pair in pairs]:
                assert agrees(text, resolve(stored(path), name)), (name, text)
            assert all(len(pairs) == 1 for row in rows for _, pairs in row[4:10])
        assert shown > 250


def test_csv_holds_the_rows_that_are_left(page: pw.Page, report: Path, tmp_path: Path) -> None:
    type_into(page, "P.Value", "< 0.001")
    type_into(page, "logFC", "< 0")
    head(page, WHOLE, "logFC").click()
    in_order(page, WHOLE, "ascending")
    with page.expect_download() as waiting:
        page.locator(f"{WHOLE} .buttons-csv").click()
    assert waiting.value.suggested_filename == "tab-differential.csv"
    waiting.value.save_as(tmp_path / "table.csv")
    first, *rows = csv.reader((tmp_path / "table.csv").read_text(encoding="utf-8-sig").splitlines())
    assert first[:4] == ["Gene", "Symbol", "logFC", "95 % CI"]
    held = genes(report)
    left = [at for at, p in enumerate(held["P.Value"]) if p < 0.001 and held["logFC"][at] < 0]
    left.sort(key=lambda at: held["logFC"][at])
    assert [row[0] for row in rows] == [held["gene"][at] for at in left]
    assert [float(row[2]) for row in rows] == [float(f"{held['logFC'][at]:.2f}") for at in left]


def test_a_table_is_copied_as_it_stands(page: pw.Page) -> None:
    page.evaluate("document.execCommand = (what) => { window.copied = document.activeElement.value; return true; }")
    page.locator("#tab-loadings .buttons-copy").click()
    page.wait_for_selector(".dt-button-info")
    lines = page.evaluate("window.copied").splitlines()
    assert lines[0].strip().split("\t") == ["Component", "Gene", "Symbol", "Loading"]
    assert [line.split("\t")[1] for line in lines[1:]] == column(page, "#tab-loadings", "Gene")
