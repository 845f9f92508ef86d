"""Figures as parts of a page: matplotlib's SVG with text that a browser finds, and colours that follow the page.

The figures of the data folder are drawn with outlines for letters, so that they look the same everywhere. Nothing is
drawn again here: matplotlib names each text in a comment before its outlines, which are replaced by the text itself.
"""

from __future__ import annotations

import re
from html import unescape

from markupsafe import Markup, escape

from genereport.plotting.style import FAINT, INK, SHADE, SOFT, advance

_EM = 100.0
"""Units in which matplotlib places letters: a hundredth of the size of the font."""

_TEXT = re.compile(r'<!-- (.*?) -->\s*<g(?: style="([^"]*)")? transform="([^"]*)">(.*?)</g>', re.DOTALL)
"""A text of matplotlib: its comment, style, place, and the outlines of its letters."""

_LETTER = re.compile(r'<use xlink:href="#([^"]+)"(?: transform="translate\(([-\d.e]+) [-\d.e]+\)")?/>')
_SIZE = re.compile(r"scale\(([\d.]+) -[\d.]+\)")
_STYLE = re.compile(r'style="([^"]*)"')
_ID = re.compile(r' id="([^"]*)"')
_USED = re.compile(r'(?:url\(#|href="#)([^")]+)')
_BOX = re.compile(r'viewBox="([^"]*)"')
_INDENT = re.compile(r"\s*\n\s*")

_INKS = {
    "#000000": "ink",
    INK: "ink",
    SOFT: "soft",
    "#b0b0b0": "soft",  # matplotlib's own grey, of grids
    FAINT: "faint",
    SHADE: "shade",
    "#ffffff": "paper",
}
"""Colours that mean no data, and the names of those of the page that take their place."""

_NEUTRAL = re.compile("|".join(_INKS))


def embed(svg: str, name: str, description: str) -> Markup:
    """Return a figure as an element of the page.

    Args:
        svg: The figure as `genereport.plotting.style.to_svg` returns it.
        name: Id of the figure; the ids inside the element begin with it, so that none occurs twice on a page.
        description: Its alternative text.

    Returns:
        An element ``svg`` that fills the width it is given. Neutral colours are variables of the style sheet, such as
        ``--drawn-ink``, and the colours of the data are as printed.
    """
    box = _BOX.search(svg)
    if box is None:
        raise ValueError(f"the figure {name} has no size")
    body = svg[svg.index("</defs>", box.end()) + len("</defs>") : svg.rindex("</svg>")]
    parts = _TEXT.split(body)
    shapes = parts[::5]
    used = {target for part in shapes for target in _USED.findall(part)}
    drawn = [_adapt(part, name, used) for part in shapes]
    texts = [_write_text(*parts[at : at + 4]) for at in range(1, len(parts), 5)]
    inside = "".join(part for pair in zip(drawn, [*texts, ""], strict=True) for part in pair)
    head = f'<svg class="drawn" role="img" aria-label="{escape(description)}" viewBox="{box[1]}">'
    return Markup(f"{head}{inside}</svg>")  # noqa: S704 - made by matplotlib, texts are escaped


def _adapt(shapes: str, name: str, used: set[str]) -> str:
    """Return shapes without needless ids, the other ids made unique, in colours of the page."""
    shapes = _ID.sub(lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", shapes)
    shapes = _USED.sub(lambda found: found[0].replace(f"#{found[1]}", f"#{name}-{found[1]}"), shapes)
    shapes = _STYLE.sub(lambda found: f'style="{_paint(found[1])}"', shapes)
    return _INDENT.sub("\n", shapes).replace(">\n<", "><").replace("xlink:href", "href")


def _paint(style: str) -> str:
    return _NEUTRAL.sub(lambda found: f"var(--drawn-{_INKS[found[0]]},{found[0]})", style)


def _write_text(comment: str, style: str | None, place: str, outlines: str) -> str:
    """Return a text as an element, as wide as its outlines; white text stands on a filled ground and stays white."""
    size = _SIZE.search(place)
    letters = _LETTER.findall(outlines)
    if size is None or not letters:
        return ""
    points = float(size[1]) * _EM
    text = _original(unescape(comment), [glyph for glyph, _ in letters])
    bold = "-Bold-" in letters[0][0]
    width = float(letters[-1][1] or 0) * float(size[1]) + advance(text[-1], bold=bold) * points
    paint = style if style and "#ffffff" in style else _paint(style or "fill: #000000")
    weight = ' font-weight="bold"' if bold else ""
    where = place.replace(size[0], "").strip()
    return (
        f'<text transform="{where}" font-size="{points:g}" textLength="{width:.2f}"{weight} style="{paint}"'
        f' lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
    )


def _original(comment: str, glyphs: list[str]) -> str:
    """Return the text of a comment, in which matplotlib writes ``- -`` for ``--``; the glyphs tell which it is."""
    if len(comment) == len(glyphs):
        return comment
    text = ""
    for sign in comment:
        between = sign == " " and text.endswith("-") and len(text) < len(glyphs)
        if not (between and glyphs[len(text)] == glyphs[len(text) - 1]):
            text += sign
    return text
