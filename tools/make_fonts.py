"""Make the typefaces of the report in ``data/fonts`` from the variable fonts of Source Serif 4 and Source Sans 3.

    pip download --no-deps fontpkg-source-serif-4==4.4 fontpkg-source-sans-3==3.52
    unzip the two wheels into FOLDER
    python tools/make_fonts.py FOLDER

Needs fontTools, and brotli for the fonts of the page. The licence reserves the name Source, so the fonts, which differ
from the originals, are called Report Serif and Report Sans.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

SERIF, SANS = "fontpkg_source_serif_4", "fontpkg_source_sans_3"
FACES = {
    "ReportSerif-Regular": (SERIF, "SourceSerif4[opsz,wght].ttf", {"wght": 400, "opsz": 10}),
    "ReportSerif-Bold": (SERIF, "SourceSerif4[opsz,wght].ttf", {"wght": 650, "opsz": 10}),
    "ReportSerif-Italic": (SERIF, "SourceSerif4-Italic[opsz,wght].ttf", {"wght": 400, "opsz": 10}),
    "ReportSans-Regular": (SANS, "SourceSans3[wght].ttf", {"wght": 400}),
    "ReportSans-Bold": (SANS, "SourceSans3[wght].ttf", {"wght": 600}),
}
ON_SCREEN = ("ReportSerif-Regular", "ReportSerif-Italic", "ReportSans-Regular", "ReportSans-Bold")
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "lnum", "tnum"]
LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x391, 0x3CA), *range(0x2010, 0x2023)]
SIGNS = [*map(ord, "…−≤≥≈×·→←±√∞⁻⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂")]
OUT = Path(__file__).parents[1] / "data" / "fonts"


def main(folder: Path) -> None:
    """Make all faces from the unpacked wheels in a folder."""
    for face, (package, file, place) in FACES.items():
        font = instantiateVariableFont(TTFont(folder / package / "files" / file, recalcTimestamp=False), place)
        rename(font, *face.split("-"))
        reduce_to(font, sorted(font.getBestCmap()))
        font.save(OUT / f"{face}.ttf")
        if face in ON_SCREEN:
            reduce_to(font, [*LATIN, *SIGNS])
            font.flavor = "woff2"
            font.save(OUT / f"{face}.woff2")


def rename(font: TTFont, family: str, style: str) -> None:
    """Give a font its name and style; its licence stays."""
    family = family.replace("Report", "Report ")
    names = font["name"]
    licence = {key: names.getDebugName(key) for key in (0, 13, 14)}
    names.names = []
    for key, text in {
        **licence, 1: family, 2: style, 3: f"{family} {style}", 4: f"{family} {style}", 5: "Version 1.0",
        6: f"{family}-{style}".replace(" ", ""),
    }.items():  # fmt: skip
        if text:
            names.setName(text, key, 3, 1, 0x409)
    bold, italic = style == "Bold", style == "Italic"
    font["OS/2"].usWeightClass = 700 if bold else 400
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0b1100001) | (bold << 5 | italic or 0x40 * (not bold))
    font["head"].macStyle = bold | italic << 1


def reduce_to(font: TTFont, characters: list[int]) -> None:
    """Remove all other characters, hinting, and features that the report does not use."""
    options = Options()
    options.layout_features = FEATURES
    options.name_IDs = ["*"]
    options.hinting = False
    options.notdef_outline = True
    options.drop_tables += ["STAT", "DSIG", "MVAR"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
