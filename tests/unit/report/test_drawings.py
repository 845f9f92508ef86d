"""Figures as parts of a page: the text of the printed figure, colours of the theme, ids that occur once."""

from __future__ import annotations

import re
from functools import partial
from xml.etree import ElementTree as ET

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure as MatplotlibFigure

from genereport.analyses.components.interactive import plane, space
from genereport.plotting import style, writing
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, INK, ON_LIGHT, SOFT, canvas, class_handles, colour, symbol, to_svg
from genereport.report.document import Document, Figure, Section
from genereport.report.drawings import embed
from genereport.report.render import to_html
from tests.unit.report.synthetic import NASTY_SYMBOLS, four_class, two_class
from tests.words import prose

SVG = "{http://www.w3.org/2000/svg}"
TEXTS = (
    "logFC, AML − ALL",
    "a--b",
    "---",
    "- -",
    "x - -y",
    '<b title="q">&amp;</b>',
    'style="fill: #000000"',
    "σ² ≥ 0.5",
    *NASTY_SYMBOLS,
)


def written(*texts: str, **keywords: object) -> MatplotlibFigure:
    """A figure with these texts, a line and a point."""
    with canvas(2.0) as (figure, axes):
        axes.plot([0, 1], [0, 1], "-o", color=colour(0), markerfacecolor="white")
        axes.axhline(0.5, color=SOFT)
        axes.axvline(0.5, color=FAINT)
        for at, text in enumerate(texts):
            axes.text(0.5, at / len(texts), text, **{"color": INK} | keywords)
    return figure


def embedded(*texts: str, name: str = "fig-a", **keywords: object) -> ET.Element:
    made = embed(to_svg(written(*texts, **keywords)), name, "What it shows")
    return ET.fromstring(f'<page xmlns="http://www.w3.org/2000/svg">{made}</page>')[0]  # noqa: S314


def texts_of(element: ET.Element) -> list[str]:
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def test_every_text_is_there_as_it_was_written() -> None:
    shown = [text for text in TEXTS if writing._WRITTEN.fullmatch(text) and text.strip()]
    assert len(shown) > 8
    found = texts_of(embedded(*shown))
    assert [text for text in found if text in shown] == shown
    assert "0.4" in found  # a tick


def test_a_text_is_as_wide_as_its_outlines_and_stands_where_they_stood() -> None:
    plain, turned = embedded("width", rotation=0), embedded("width", rotation=90, fontweight="bold", fontsize=12)
    (text,) = (each for each in plain.iter(f"{SVG}text") if each.text == "width")
    with style.look():
        ink = style.text_width("width", 8)
    assert float(text.attrib["textLength"]) == pytest.approx(ink, abs=0.8)  # ink ends a little before the advance
    assert text.attrib["font-size"] == "8"
    assert re.fullmatch(r"translate\([\d.]+ [\d.]+\)", text.attrib["transform"])
    (text,) = (each for each in turned.iter(f"{SVG}text") if each.text == "width")
    assert (text.attrib["font-weight"], text.attrib["font-size"]) == ("bold", "12")
    assert text.attrib["transform"].endswith("rotate(-90)")


def test_neutral_colours_are_those_of_the_page_and_data_keep_theirs() -> None:
    made = ET.tostring(embedded("dark"), encoding="unicode")
    for name, value in (("ink", INK), ("soft", SOFT), ("faint", FAINT), ("paper", "#ffffff")):
        assert f"var(--drawn-{name},{value})" in made
        assert made.count(value) == made.count(f",{value})")
    assert f"stroke: {colour(0)}" in made


def test_text_on_a_drawn_ground_keeps_its_colour() -> None:
    for told in ("white", ON_LIGHT):
        (text,) = (each for each in embedded("cell", color=told).iter(f"{SVG}text") if each.text == "cell")
        assert text.attrib["style"] == f"fill: {'#ffffff' if told == 'white' else told}"


def test_ids_occur_once_on_a_page_and_lead_to_their_targets() -> None:
    figures = [
        Figure(f"fig-{name}", partial(lambda text: Drawn(written(text)), name), prose("Seen."), f"Alt {name}.")
        for name in "ab"
    ]
    page = to_html(
        Document("T", prose("S"), (), simulated=False, abstract=(), sections=(Section("sec-a", "A", tuple(figures)),))
    )
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'(?:url\(#|<use href="#)([^")]+)', page))
    assert used
    assert used <= set(ids)
    assert page.count('role="img" aria-label="Alt a."') == 1
    assert "data:image/svg" not in page


def test_a_description_cannot_end_its_attribute() -> None:
    made = embed(to_svg(written("a")), "fig-a", '"><script>alert(1)</script>')
    assert "<script" not in made
    svg = ET.fromstring(str(made))  # noqa: S314
    assert svg.attrib["aria-label"] == '"><script>alert(1)</script>'


def test_colours_of_classes_stand_out_on_white_and_on_the_dark_page() -> None:
    def light(paint: str) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(paint)]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    ground = light("#16181c")
    for position in range(8):
        own = light(colour(position))
        assert (own + 0.05) / (ground + 0.05) >= 3, position
        assert position == 4 or 1.05 / (own + 0.05) >= 2.2  # yellow, sky blue and pink are light; shapes differ, too


@pytest.mark.parametrize("analysis", [two_class, four_class])
def test_a_class_has_one_symbol_on_paper_and_on_the_screen(analysis) -> None:  # type: ignore[no-untyped-def]
    result = analysis().components
    handles = class_handles(result.classes, sets=False)
    for made in (plane(result), space(result)):
        for trace in made.data["traces"]:
            position = result.classes.index(trace["name"].partition(",")[0])
            handle = handles[position]
            assert trace["colour"] == handle.get_color() == colour(position)
            assert trace["symbol"].removesuffix("-open") == symbol(position) == style._MARKERS[str(handle.get_marker())]
