"""The card of a gene: what it shows is in the results, it opens from everywhere and closes to where one was."""

from __future__ import annotations

from pathlib import Path

import playwright.sync_api as pw
import pytest
from axe_playwright_python.sync_playwright import Axe

from genereport.report.value_ids import agrees, resolve
from genereport.runs.results import read_results
from tests.chrome import Chrome, alive, overflow, until

pytestmark = pytest.mark.slow

CARD = "#card[open]"
POINT = """trace => {
    const plot = document.querySelector('#fig-volcano .live');
    plot.emit('plotly_click', { points: [{ customdata: plot.data[trace].customdata[0] }] });
    return plot.data[trace].customdata[0];
}"""


def title(page: pw.Page) -> str:
    return page.locator(f"{CARD} h2").inner_text()


def name_of(page: pw.Page, row: int) -> str:
    return str(page.evaluate("row => genes.columns.symbol[row] || genes.columns.gene[row]", row))


def test_every_number_of_a_card_is_in_the_results(page: pw.Page, report: Path) -> None:
    stored = read_results(report.parent / "report_data")
    for row in (0, 40, 3000):
        page.evaluate("row => showCard(row)", row)
        assert title(page) == name_of(page, row)
        numbers = page.locator(f"{CARD} [data-result]").evaluate_all(
            "all => all.map((each) => [each.dataset.result, each.textContent])"
        )
        assert len(numbers) > 10
        for name, text in numbers:
            assert agrees(text, resolve(stored, name)), (name, text)
        assert page.locator(f"{CARD} h3").all_inner_texts()[:2] == ["Values by class", "Effect and p-values"]


def test_the_values_are_those_of_the_samples(page: pw.Page, report: Path) -> None:
    page.evaluate("showCard(0)")
    stored = read_results(report.parent / "report_data")
    expression = stored["biomarkers"]["expression"]["columns"]
    gene = page.evaluate("genes.columns.gene[0]")
    told = page.locator(f"{CARD} svg path title").all_text_contents()
    texts = dict(text.split(", ", 1) for text in told)
    assert len(texts) == len(expression["sample"]["values"])
    for sample, level, value in zip(*(expression[name]["values"] for name in ("sample", "class", gene)), strict=True):
        group, about = texts[sample].split(": about ")
        assert group == level
        assert abs(float(about) - value) < 0.1
    shapes = page.locator(f"{CARD} svg path").evaluate_all(
        "all => all.map((each) => [each.getAttribute('stroke'), each.getAttribute('d')])"
    )
    assert len(set(map(tuple, shapes))) == 2  # one symbol for each class
    hollow = page.locator(f"{CARD} svg path[fill=none]").count()
    assert hollow == expression["set"]["values"].count("test")


def test_it_opens_from_tables_figures_and_the_search(page: pw.Page) -> None:
    alive(page, "fig-volcano")
    for table in ("#tab-differential", "#tab-signature"):
        button = page.locator(f"{table} .gene").nth(2)
        button.dispatch_event("click")  # figures that are being drawn above may move it under the mouse
        page.wait_for_selector(CARD)
        assert title(page) == name_of(page, int(button.get_attribute("data-row") or -1))
        page.get_by_role("button", name="Close").click()
        assert page.locator(CARD).count() == 0
    row = page.evaluate(POINT, 1)
    page.wait_for_selector(CARD)
    assert title(page) == name_of(page, row)
    page.keyboard.press("Escape")
    page.get_by_label("Find a gene").fill("LYZ")
    page.get_by_label("Find a gene").press("Enter")
    page.get_by_role("button", name="Gene card").click()
    page.wait_for_selector(CARD)
    assert title(page) == "LYZ"
    page.mouse.click(5, 5)  # beside the card
    until(page, "document.querySelector('#card[open]') === null")
    page.locator("#fig-stability .drawn text").first.click()
    page.wait_for_selector(CARD)


def test_the_keyboard_opens_it_and_escape_leads_back(page: pw.Page) -> None:
    names = page.locator("#tab-differential .gene")
    assert names.evaluate_all("all => all.filter((name) => name.tabIndex === 0).length") == 1
    names.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(CARD)
    assert title(page) == name_of(page, 1)
    assert page.evaluate("document.getElementById('card').contains(document.activeElement)")
    page.keyboard.press("Escape")
    until(page, "document.activeElement.dataset.row === '1'")
    alive(page, "fig-volcano")
    page.locator("#fig-volcano .live").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector(CARD)
    assert title(page) == name_of(page, 0)
    page.keyboard.press("Escape")
    until(page, "document.activeElement.closest('#fig-volcano') !== null")


@pytest.mark.parametrize(("width", "scheme"), [(1300, "light"), (400, "dark")])
def test_it_fits_its_window_and_has_no_barrier(chrome: Chrome, report: Path, width: int, scheme: str) -> None:
    with chrome.showing(report, width, color_scheme=scheme) as page:
        page.evaluate("showCard(0)")
        box = page.locator(CARD).bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert page.locator(CARD).evaluate("card => card.scrollWidth - card.clientWidth") <= 0
        assert overflow(page) <= 0
        dark = page.locator(CARD).evaluate("card => getComputedStyle(card).backgroundColor") == "rgb(22, 24, 28)"
        assert dark == (scheme == "dark")
        found = Axe().run(page, context="#card", options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()
