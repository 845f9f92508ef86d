"""The page is read: on paper, without scripts, by keyboard, on a telephone, with a screen reader."""

from __future__ import annotations

import re
from pathlib import Path

import playwright.sync_api as pw
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.chrome import Chrome, alive, overflow, until

pytestmark = pytest.mark.slow

CONTROLS = "#search, #theme, .live, .switch, .dt-search, .dt-buttons, .dt-paging, .dt-info, .filters, .skip, .modebar"
NARROWEST = 390
SIDEBAR = 1100
LISTEN = """() => {
    window.passed = [];
    document.addEventListener('focusin', ({ target }) => passed.push({
        kind: target.className, id: target.id, figure: target.closest('figure')?.id,
        listed: Boolean(target.closest('.entries')),
    }));
}"""

FIRST_ROUND = "passed.slice(0, passed.findIndex((stop, at) => at > 0 && stop.kind === 'skip') + 1 || undefined)"
LIKE_OTHERS = "tbody tr:nth-child(n+4), .references li:nth-child(n+4)"
"""Rows and references are all alike, and the check of contrast takes a millisecond for each word."""

PLACE = "places => { places.innerHTML = '<li><a href=\"#tab-pairs\">Table 12</a></li>'; }"


def cells(page: pw.Page, table: str) -> list[str]:
    return page.locator(f"{table} tbody td").all_text_contents()


def test_paper_gets_pictures_and_text_and_no_controls(chrome: Chrome, page: pw.Page, report: Path) -> None:
    with chrome.showing(report, java_script_enabled=False) as still:
        printed = {name: cells(still, name) for name in ("#tab-differential", "#tab-settings", "#tab-metrics-cv")}
        words = still.locator("main > section p").all_inner_texts()
    alive(page)
    page.locator("#theme").click()
    page.emulate_media(media="print")
    assert page.locator(CONTROLS).count() > 70
    assert page.locator(CONTROLS).locator("visible=true").count() == 0
    pictures = page.locator("figure.drawing > .drawn")
    assert pictures.count() >= 15
    assert pictures.evaluate_all("all => all.every((drawn) => drawn.checkVisibility() && drawn.clientWidth > 0)")
    assert {name: cells(page, name) for name in printed} == printed
    assert page.locator("main > section p").all_inner_texts() == words
    assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 8


def test_without_scripts_all_of_it_is_there_and_nothing_is_dead(chrome: Chrome, report: Path) -> None:
    with chrome.showing(report, java_script_enabled=False) as page:
        assert page.locator("button, input, select").locator("visible=true").count() == 0
        assert page.locator("nav form").is_hidden()
        pictures = page.locator("figure.drawing > .drawn")
        assert pictures.count() >= 15
        for picture in pictures.all():
            box = picture.bounding_box()
            assert box
            assert min(box["width"], box["height"]) > 100
        assert page.locator("figure.table").count() >= 20
        for table in page.locator("figure.table table").all():
            text = table.locator("tbody").inner_text()
            assert len(text.split()) >= 2
        empty = "main :is(p, div, section, ul, ol, figure, nav):empty, :is(header, nav) :is(div, p, ul):empty"
        assert page.locator(empty).locator("visible=true").count() == 0
        assert overflow(page) <= 0


def test_tab_reaches_everything_in_the_order_of_reading(page: pw.Page) -> None:
    alive(page)
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(LISTEN)
    while not page.evaluate(
        "passed.length > 1 && (passed.at(-1).kind === 'skip' || document.activeElement === document.body)"
    ):
        page.keyboard.press("Tab")
    passed = page.evaluate("passed")
    assert passed[0]["kind"] == "skip"
    assert [stop["id"] for stop in passed if stop["id"]][:2] == ["gene", "theme"]
    assert sum(stop["listed"] for stop in passed) > 20
    regions = [stop["figure"] for stop in passed if stop["kind"] == "scroll"]
    assert regions == page.locator("figure.table").evaluate_all("all => all.map((each) => each.id)")
    plots = [stop["figure"] for stop in passed if stop["kind"].startswith("live")]
    assert plots == page.locator("figure[data-live]").evaluate_all("all => all.map((each) => each.id)")


def test_the_skip_link_shows_itself_and_leads_to_the_text(page: pw.Page) -> None:
    page.keyboard.press("Tab")
    box = page.locator(".skip").bounding_box()
    assert box
    assert box["x"] >= 0
    assert page.evaluate(
        "() => { const { left, top } = document.activeElement.getBoundingClientRect();"
        "return document.elementFromPoint(left + 5, top + 5) === document.activeElement; }"
    )
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#abstract"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(chrome: Chrome, report: Path, scheme: str) -> None:
    with chrome.showing(report, color_scheme=scheme) as page:
        alive(page, "fig-pca3", "fig-roc")
        page.locator(LIKE_OTHERS).evaluate_all("all => all.forEach((each) => each.remove())")
        page.locator("#places").evaluate(PLACE)
        page.locator("tbody tr").first.evaluate("row => row.classList.add('hit')")
        for width in (1400, 900, NARROWEST):
            page.set_viewport_size({"width": width, "height": 900})
            found = Axe().run(page, options={"resultTypes": ["violations"]})
            assert found.violations_count == 0, found.generate_report()


def test_only_tables_scroll_sideways(page: pw.Page) -> None:
    alive(page)
    for width in (1400, 900, NARROWEST):
        page.set_viewport_size({"width": width, "height": 900})
        until(page, "document.documentElement.scrollWidth <= innerWidth")  # plots follow a little later
    wide = page.locator("#tab-differential .scroll")
    assert wide.evaluate("scroll => scroll.scrollWidth > scroll.clientWidth")


@pytest.mark.parametrize("width", [SIDEBAR, 1300, 1700])
def test_the_contents_stand_beside_the_text_and_say_where_one_is(chrome: Chrome, report: Path, width: int) -> None:
    with chrome.showing(report, width) as page:
        nav = page.locator(".contents").bounding_box()
        assert nav
        lefts = page.locator("main > section").evaluate_all(
            "all => all.map((each) => each.getBoundingClientRect().left)"
        )
        assert nav["x"] >= 0
        assert nav["x"] + nav["width"] <= min(lefts)
        assert overflow(page) <= 0
        for section in ("sec-components", "sec-methods"):
            page.evaluate("id => document.getElementById(id).scrollIntoView()", section)
            until(page, "id => document.querySelector('.contents [aria-current]')?.hash === `#${id}`", section)
            current = page.locator(".contents [aria-current]").bounding_box()
            assert current
            assert nav["y"] <= current["y"] <= nav["y"] + nav["height"]


def test_below_it_the_contents_stand_in_the_text(chrome: Chrome, report: Path) -> None:
    with chrome.showing(report, SIDEBAR - 20) as page:
        assert page.locator(".contents").evaluate("nav => getComputedStyle(nav).position") == "static"


def test_no_word_of_a_table_is_smaller_than_13_pixels(page: pw.Page) -> None:
    for width in (1300, NARROWEST):
        page.set_viewport_size({"width": width, "height": 900})
        sizes = page.locator("figure.table :is(th, td, td *, input)").evaluate_all(
            "all => all.filter((each) => each.checkVisibility()).map((each) => getComputedStyle(each).fontSize)"
        )
        assert min(float(size.removesuffix("px")) for size in sizes) >= 13


def test_a_telephone_is_no_narrower_than_its_page(chrome: Chrome, report: Path) -> None:
    with chrome.showing(report, NARROWEST) as page:
        alive(page)
        assert overflow(page) <= 0
