"""Figures and tables of an analysis by name."""

from __future__ import annotations

import base64
import io
import pickle
import subprocess
import sys

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from genereport.analyses.result import Skipped
from genereport.report.document import Figure as Captioned
from genereport.report.gallery import Named
from genereport.runs.tables import write_tables
from tests.analyses import composed, two_class


def test_the_figures_are_those_of_the_report() -> None:
    figures = two_class().figures
    assert figures is two_class().figures
    captioned = [block for block in composed(two_class).walk() if isinstance(block, Captioned)]
    assert list(figures) == [block.id.removeprefix("fig-") for block in captioned]
    assert all(isinstance(figure, Figure) for figure in figures.values())
    assert figures["volcano"] is figures["volcano"]
    assert "volcano, ma, " in repr(figures)


def test_a_notebook_gets_the_figure_as_an_image_with_its_text() -> None:
    figure = two_class().figures["volcano"]
    data, shown = figure._repr_mimebundle_()  # type: ignore[attr-defined]
    image = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert image.format == "PNG"
    assert image.width == 2 * shown["image/png"]["width"]
    alts = {block.id: block.drawn.alt for block in composed(two_class).walk() if isinstance(block, Captioned)}
    assert shown["image/png"]["alt"] == alts["fig-volcano"]


def test_a_figure_is_drawn_in_our_style_whatever_the_notebook_has_set() -> None:
    code = (
        "import sys; from genereport.plotting.style import canvas, to_png\n"
        "import matplotlib as mpl\n"
        "mpl.rcParams.update({'font.size': float(sys.argv[1]), 'xtick.labelsize': float(sys.argv[1])})\n"
        "with canvas(2) as (figure, axes): axes.plot([0, 1])\n"
        "import hashlib, io; file = io.BytesIO(); figure.savefig(file)\n"
        "shown = to_png(figure) + file.getvalue()\n"
        "print(hashlib.sha256(shown).hexdigest(), mpl.rcParams['font.size'])"
    )
    made = [
        subprocess.run([sys.executable, "-c", code, size], capture_output=True, text=True, check=True).stdout.split()
        for size in ("7", "20")
    ]
    assert made[0][0] == made[1][0]
    assert [size for _, size in made] == ["7.0", "20.0"]


def test_the_tables_are_those_that_are_written(tmp_path) -> None:  # type: ignore[no-untyped-def]
    tables = two_class().tables
    write_tables(two_class(), tmp_path / "tables")
    assert {f"{name}.tsv" for name in tables} == {path.name for path in (tmp_path / "tables").iterdir()}
    for name, frame in tables.items():
        written = pd.read_csv(tmp_path / "tables" / f"{name}.tsv", sep="\t")
        assert list(written.columns) == list(frame.columns)
        assert len(written) == len(frame)
    assert "differential" in repr(tables)


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(KeyError, match=r"no 'volcanoe' among the figures\. Did you mean 'volcano'"):
        two_class().figures["volcanoe"]
    assert "volcanoe" not in two_class().figures


def test_nothing_is_made_before_it_is_asked_for() -> None:
    made: list[str] = []

    def make() -> list[tuple[str, int]]:
        made.append("made")
        return [("one", 1)]

    things = Named("things", make)
    assert made == []
    assert things["one"] == len(things) == 1
    assert repr(things) == "1 things: one"
    assert made == ["made"]


def test_an_analysis_that_was_looked_at_is_stored_and_passed_on_as_before() -> None:
    looked = two_class().with_results(enrichment=Skipped("Left out."))
    before = looked.to_json()
    assert len(looked.tables) > 10
    assert looked.to_json() == before
    assert pickle.loads(pickle.dumps(looked)).to_json() == before  # noqa: S301
