"""The search for a gene: where it stands, what figures show of it, and what is said when there is none."""

from __future__ import annotations

import playwright.sync_api as pw
import pytest

from tests.chrome import alive, until

pytestmark = pytest.mark.slow

FOUND = "id => document.querySelector(`#${id} .live`).layout.annotations.filter((each) => each.name === 'found')"


def ask(page: pw.Page, name: str) -> str:
    """What the status line says."""
    page.get_by_label("Find a gene").fill(name)
    page.get_by_label("Find a gene").press("Enter")
    until(page, "document.getElementById('found').textContent !== ''")
    return page.locator("#found").inner_text()


def rank(page: pw.Page, symbol: str) -> int:
    return int(page.evaluate("symbol => genes.columns.symbol.indexOf(symbol) + 1", symbol))


def hits(page: pw.Page, table: str) -> list[str]:
    return page.locator(f"{table} tr.hit").all_text_contents()


def test_a_symbol_leads_to_every_table_and_figure_that_shows_it(page: pw.Page) -> None:
    alive(page, "fig-volcano")
    told = ask(page, "zyx")
    links = page.locator("#places a").evaluate_all("all => all.map((each) => [each.textContent, each.hash])")
    tables = [label for label, _ in links if label.startswith("Table")]
    figures = [label for label, _ in links if label.startswith("Figure")]
    assert told == (
        f"ZYX: rank {rank(page, 'ZYX')} of 3,360 by p-value; in {len(tables)} tables and {len(figures)} figures."
    )
    assert len(tables) >= 3
    assert {"#fig-volcano", "#fig-ma", "#tab-differential"} <= {target for _, target in links}
    assert page.evaluate(
        "all => all.every((target) => document.querySelector(target))", [target for _, target in links]
    )
    for label, target in links:
        if label.startswith("Table"):
            assert any("ZYX" in row for row in hits(page, target)), label
    assert page.locator("tr.hit").evaluate_all("all => all.every((row) => row.textContent.includes('ZYX'))")
    (mark,) = page.evaluate(FOUND, "fig-volcano")
    assert mark["text"] == "<b>ZYX</b>"
    change, p = page.evaluate(
        "['logFC', 'P.Value'].map((name) => genes.columns[name][genes.columns.symbol.indexOf('ZYX')])"
    )
    assert abs(mark["x"] - change) < 1e-9
    assert abs(10 ** -mark["y"] / p - 1) < 1e-6
    page.wait_for_selector("#fig-volcano .annotation-text:has-text('ZYX')")


def test_a_figure_that_is_drawn_later_shows_the_gene_too(page: pw.Page) -> None:
    ask(page, "LYZ")
    alive(page, "fig-volcano")
    page.wait_for_selector("#fig-volcano .annotation-text:has-text('LYZ')")
    assert page.locator("#found").inner_text().startswith("LYZ: rank")
    page.locator("#theme").click()
    assert [mark["text"] for mark in page.evaluate(FOUND, "fig-volcano")] == ["<b>LYZ</b>"]


def test_a_gene_far_down_the_list_is_shown_in_the_table_of_all(page: pw.Page) -> None:
    name = page.evaluate("genes.columns.gene[3000]")
    assert ask(page, name).startswith(
        page.evaluate("genes.columns.symbol[3000] || genes.columns.gene[3000]") + ": rank 3,001 of"
    )
    (row,) = hits(page, "#tab-differential")
    assert name in row
    page.get_by_label("Find a gene").press("Escape")
    assert page.locator("#tab-differential tbody tr").count() == 25


def test_an_unknown_gene_is_said_to_be_unknown_and_a_beginning_offers_names(page: pw.Page) -> None:
    assert ask(page, "no such gene") == "No tested gene has this symbol or id."
    assert page.locator("#places li").count() == 0
    offered = ask(page, "itg")
    names = page.evaluate("[...new Set(genes.columns.symbol.filter((name) => name.startsWith('ITG')))]")
    assert len(names) > 1
    assert offered == f"{len(names)} names begin with this: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}"
    assert "ITGB3" in offered


def test_slash_leads_to_the_field_and_emptying_it_clears_everything(page: pw.Page) -> None:
    alive(page, "fig-volcano")
    page.keyboard.press("/")
    field = page.get_by_label("Find a gene")
    assert field.evaluate("field => field === document.activeElement")
    page.keyboard.type("ly/z")
    assert field.input_value() == "ly/z"
    for clear in ("Escape", "empty"):
        ask(page, "LYZ")
        assert page.locator("tr.hit").count() > 3
        if clear == "Escape":
            field.press("Escape")
        else:
            field.fill("")
        until(page, "document.getElementById('found').textContent === ''")
        assert field.input_value() == ""
        assert page.locator("tr.hit").count() == 0
        assert page.locator("#places li").count() == 0
        assert page.evaluate(FOUND, "fig-volcano") == []
        assert "of 3,360 entries" in page.locator("#tab-differential .dt-info").inner_text()
