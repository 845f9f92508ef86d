"""Write the figures of a report as files."""

from __future__ import annotations

from pathlib import Path

from genereport.report.pictures import Pictures
from genereport.runs.pages import FigureFormat


def write_figures(pictures: Pictures, folder: Path, figures: FigureFormat = "svg") -> None:
    """Write every figure to ``<folder>/<name>.svg``, and as PDF too if wanted; wait until all are drawn."""
    folder.mkdir()
    for name, svg in pictures.svgs.items():
        (folder / f"{name.removeprefix('fig-')}.svg").write_text(svg, encoding="utf-8")
    for name, pdf in pictures.pdfs if figures == "pdf" else ():
        (folder / f"{name.removeprefix('fig-')}.pdf").write_bytes(pdf)
