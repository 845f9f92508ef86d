"""Figures that scripts draw: they answer to the mouse and the keyboard, follow the theme, and fall back to paper."""

from __future__ import annotations

import re
from pathlib import Path

import playwright.sync_api as pw
import pytest

from genereport.formats import p_value
from tests.chrome import NO_WEBGL, Chrome, alive, until

pytestmark = pytest.mark.slow

LIVE = ("fig-volcano", "fig-ma", "fig-pca", "fig-pca3", "fig-roc", "fig-precision-recall", "fig-roc-test")
AT = """([id, trace, point]) => {
    const plot = document.querySelector(`#${id} .live`);
    const { xaxis, yaxis } = plot._fullLayout, { x, y } = plot.data[trace];
    const { left, top } = plot.getBoundingClientRect();
    return [left + xaxis._offset + xaxis.d2p(x[point]), top + yaxis._offset + yaxis.d2p(y[point])];
}"""
NAMES = "[0, 1].map((row) => `${genes.columns.symbol[row]} ${genes.columns.gene[row]}, logFC`)"
STATES = "[...document.querySelectorAll('figure[data-live]')].map((each) => [each.id, each.dataset.live])"
EYE = "Object.values(document.querySelector('#fig-pca3 .live')._fullLayout.scene._scene.getCamera().eye)"


def hover(page: pw.Page, figure: str, trace: int, point: int) -> str:
    """What the label beside the point says."""
    page.locator(f"#{figure} .live").evaluate("plot => plot.scrollIntoView({ block: 'center' })")
    x, y = page.evaluate(AT, [figure, trace, point])
    page.mouse.move(x, y)
    page.wait_for_selector(f"#{figure} .hovertext")
    return " ".join(page.locator(f"#{figure} .hovertext").all_text_contents())


def size(page: pw.Page) -> float:
    """Distance of the eye from the middle, which turning leaves as it is."""
    return sum(side**2 for side in page.evaluate(EYE)) ** 0.5


def test_every_figure_is_drawn_in_place_of_its_picture(page: pw.Page) -> None:
    alive(page)
    states = page.evaluate(STATES)
    assert states == [[name, "on"] for name in LIVE]
    for name in LIVE:
        assert page.locator(f"#{name} > .drawn").is_hidden()
        box = page.locator(f"#{name} .live").bounding_box()
        assert box
        assert box["height"] > 300
    points = "document.querySelector('#fig-volcano .live').data.map((trace) => trace.x.length)"
    assert sum(page.evaluate(points)) == page.evaluate("genes.columns.gene.length")
    assert page.locator("#fig-volcano .points path").count() > 3_000


def test_samples_are_coloured_by_the_covariate_that_is_chosen(page: pw.Page) -> None:
    alive(page, "fig-pca")
    choice = page.locator("#fig-pca .colouring select")
    traces = "document.querySelector('#fig-pca .live').data.map((trace) => [trace.name, trace.x.length])"
    before = page.evaluate(traces)
    choice.select_option("tissue")
    found = dict(page.evaluate(traces))
    assert found == {"BM": 38, "BM, independent": 24, "PB, independent": 10}
    choice.select_option("class")
    assert page.evaluate(traces) == before
    numbers = """() => {
        const { data } = page.json("live-fig-pca");
        const values = data.traces.flatMap((trace) => trace.samples).map((_, row) => (row % 9 ? row : null));
        const { traces } = draw.samples({ ...data, colourings: [{ name: "age", values }] }, 1);
        return traces.map(({ name, x, marker }) => [name, x.length, Boolean(marker.showscale)]);
    }"""
    drawn = page.evaluate(numbers)
    assert [name for name, *_ in drawn] == ["age", "age, independent", "unknown", "unknown, independent"]
    assert [shown for *_, shown in drawn] == [True, False, False, False]
    assert sum(size for _, size, _ in drawn) == 72


def test_a_point_tells_its_gene_and_a_curve_its_rates(page: pw.Page) -> None:
    alive(page, "fig-volcano", "fig-roc")
    told = hover(page, "fig-volcano", 1, 0)
    row = page.evaluate("document.querySelector('#fig-volcano .live').data[1].customdata[0]")
    gene, symbol, p = page.evaluate("row => ['gene', 'symbol', 'P.Value'].map((name) => genes.columns[name][row])", row)
    assert told.startswith(f"{symbol} {gene}logFC ")
    assert f"P {p_value(p)}".replace("\u00a0", " ") in told.replace("\u00a0", " ")
    half = page.evaluate("document.querySelector('#fig-roc .live').data[0].x.findIndex((rate) => rate >= 0.5)")
    told = hover(page, "fig-roc", 0, half)
    assert re.search(r"false-positive rate 0\.5\d+true-positive rate [01]\.\d{3}", told), told


def test_the_samples_turn_by_arrows_and_by_dragging(page: pw.Page) -> None:
    alive(page, "fig-pca3")
    plot = page.locator("#fig-pca3 .live")
    first, distance = page.evaluate(EYE), size(page)
    plot.focus()
    page.keyboard.press("ArrowLeft")
    second = page.evaluate(EYE)
    assert abs(second[0] - first[0]) > 0.05
    assert abs(second[2] - first[2]) < 1e-9
    assert abs(size(page) - distance) < 1e-9
    page.keyboard.press("ArrowRight")
    assert all(abs(a - b) < 1e-9 for a, b in zip(page.evaluate(EYE), first, strict=True))
    page.keyboard.press("ArrowUp")
    assert page.evaluate(EYE)[2] > first[2]
    plot.evaluate("plot => plot.scrollIntoView({ block: 'center' })")
    box = plot.bounding_box()
    assert box
    before = page.evaluate(EYE)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y, steps=8)
    page.mouse.up()
    until(page, f"before => Math.abs({EYE}[0] - before) > 0.05", before[0])


def test_arrows_step_from_gene_to_gene(page: pw.Page) -> None:
    alive(page, "fig-volcano")
    page.locator("#fig-volcano .live").focus()
    told = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        told.append(page.locator("#found").inner_text())
    names = page.evaluate(NAMES)
    assert told[0] == told[2] != told[1]
    assert told[0].startswith(names[0])
    assert told[1].startswith(names[1])


def test_a_switch_shows_the_figure_as_printed(page: pw.Page) -> None:
    alive(page, "fig-roc")
    figure = page.locator("#fig-roc")
    button = figure.get_by_role("button", name="Show as printed")
    for printed in (True, False):
        button.click()
        assert button.get_attribute("aria-pressed") == str(printed).lower()
        assert figure.locator("> .drawn").is_visible() == printed
        assert figure.locator(".live").is_visible() != printed


def test_a_dark_desktop_darkens_page_and_plots_until_the_button_says_otherwise(page: pw.Page) -> None:
    alive(page, "fig-volcano", "fig-pca3")
    look = """() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color,
        ...['fig-volcano', 'fig-pca3'].map((id) => document.querySelector(`#${id} .live`)._fullLayout.font.color),
        document.querySelector('#fig-pca3 .live')._fullLayout.scene.xaxis.color]"""
    light = ["rgb(255, 255, 255)", "rgb(26, 26, 26)", "#1a1a1a", "#1a1a1a", "#1a1a1a"]
    dark = ["rgb(22, 24, 28)", "rgb(230, 230, 230)", "#e6e6e6", "#e6e6e6", "#e6e6e6"]
    button = page.locator("#theme")
    assert page.evaluate(look) == light
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("html.dark")
    assert page.evaluate(look) == dark
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert page.evaluate(look) == light
    assert button.get_attribute("aria-pressed") == "false"
    ticks = page.locator("#fig-volcano .xtick text").first
    assert ticks.evaluate("text => getComputedStyle(text).fill") == "rgb(26, 26, 26)"


def test_printed_figures_follow_the_theme_and_keep_the_colours_of_the_data(page: pw.Page) -> None:
    look = """() => {
        const figure = document.querySelector('#fig-expression .drawn');
        const paint = (node, side) => getComputedStyle(node)[side];
        const ground = getComputedStyle(document.body).backgroundColor;
        return [paint(figure.querySelector('path'), 'fill') === ground, paint(figure.querySelector('text'), 'fill'),
            paint(figure.querySelector('use[style*="#0072b2"], path[style*="#0072b2"]'), 'stroke')];
    }"""
    light = page.evaluate(look)
    assert light == [True, "rgb(26, 26, 26)", "rgb(0, 114, 178)"]
    page.locator("#theme").click()
    assert page.evaluate(look) == [True, "rgb(230, 230, 230)", "rgb(0, 114, 178)"]
    page.emulate_media(media="print")
    assert page.evaluate(look) == light


def test_the_browser_finds_words_in_figures(page: pw.Page) -> None:
    name = page.locator("#fig-stability .drawn text").first.text_content()
    assert name
    found = """name => { getSelection().collapse(document.querySelector('#fig-stability'), 0);
        return find(name, true) && getSelection().anchorNode.parentElement.closest('.drawn') !== null; }"""
    assert page.evaluate(found, name)


def test_a_machine_without_webgl_gets_the_figure_as_printed(chromium: str, chrome: Chrome, report: Path) -> None:
    with chrome.another(*NO_WEBGL) as plain, plain.showing(report) as page:
        assert page.evaluate("document.createElement('canvas').getContext('webgl')") is None
        alive(page)
        states = dict(page.evaluate(STATES))
        assert states == {name: "failed" if name == "fig-pca3" else "on" for name in LIVE}
        figure = page.locator("#fig-pca3")
        assert figure.locator("> .drawn").is_visible()
        assert figure.locator(".live, .switch").count() == 0
        page.locator("#theme").click()
        page.get_by_label("Find a gene").fill("LYZ")
        page.get_by_label("Find a gene").press("Enter")
        until(page, "document.getElementById('found').textContent.startsWith('LYZ: rank')")
