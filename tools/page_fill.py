"""Print how many pages a PDF has and how far each is filled.

    python tools/page_fill.py REPORT.pdf

A page is filled down to its last ink above the page number. Needs pdftoppm (poppler-utils).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

DPI = 36
TOP, BOTTOM = 0.6, 0.6
"""Margins (inches) that hold the running heads and the page number."""


def fills(pdf: Path) -> list[float]:
    """Return for each page the share of its height between the margins that lies above the last ink."""
    with TemporaryDirectory() as folder:
        command = ["pdftoppm", "-r", str(DPI), "-gray", str(pdf), f"{folder}/page"]
        subprocess.run(command, check=True)  # noqa: S603 - poppler on a file that the caller names
        return [_fill(np.asarray(Image.open(page))) for page in sorted(Path(folder).iterdir())]


def _fill(page: np.ndarray) -> float:
    body = page[round(TOP * DPI) : page.shape[0] - round(BOTTOM * DPI)]
    inked = np.flatnonzero((body < 200).any(axis=1))
    return float((inked[-1] + 1) / len(body)) if len(inked) else 0.0


def main(files: list[str]) -> None:
    """Print pages and fill of each file."""
    for file in files:
        found = fills(Path(file))
        print(f"{file}: {len(found)} pages, mean fill {100 * np.mean(found):.0f} %, lowest {100 * min(found):.0f} %")
        print("  " + " ".join(f"{100 * share:.0f}" for share in found))


if __name__ == "__main__":
    main(sys.argv[1:])
