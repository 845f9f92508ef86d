"""The page as a browser shows it: the banner on top, figures drawn, light and dark, at three widths."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genereport.report.render import to_html
from tests.analyses import composed, two_class

pytestmark = pytest.mark.slow

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(to_html(composed(two_class)), encoding="utf-8")
    return path


def seen(chromium: str, page: Path, folder: Path, width: int, *options: str) -> np.ndarray:
    """The top 6,000 pixels of the page, shape (height, width, 3)."""
    shot = folder / "shot.png"
    size, profile = f"--window-size={width},6000", f"--user-data-dir={folder / 'profile'}"
    command = [chromium, *QUIET, *options, profile, size, f"--screenshot={shot}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return np.asarray(Image.open(shot).convert("RGB")).astype(int)


@pytest.mark.parametrize("width", [500, 900, 1400])
def test_the_banner_the_text_and_the_figures_are_there(chromium: str, page: Path, tmp_path: Path, width: int) -> None:
    picture = seen(chromium, page, tmp_path, width)
    assert tuple(picture[5, 5]) == (0x8A, 0x4B, 0x00)
    assert (picture.sum(axis=2) < 200).mean() > 0.005  # ink
    orange = np.abs(picture - (0xD5, 0x5E, 0x00)).sum(axis=2) < 12  # the colour of AML: a figure has been drawn
    assert orange.sum() > 300
    assert picture[-200:].std() > 1  # the page goes on


def test_it_follows_a_dark_desktop(chromium: str, page: Path, tmp_path: Path) -> None:
    dark = seen(chromium, page, tmp_path, 900, "--force-dark-mode", "--blink-settings=preferredColorScheme=0")
    assert tuple(dark[200, 5]) == (0x16, 0x18, 0x1C)
