"""Figures and tables of an analysis by name."""

from __future__ import annotations

import base64
import io
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

import genereport.notebook  # noqa: F401 - words the labels of figures
from genereport import gallery
from genereport.analyses import stored_analyses
from genereport.analyses.result import Skipped
from genereport.analyses.spec import Figure as Declared
from genereport.analysis import Analysis
from genereport.gallery import Named
from genereport.plotting.drawn import Drawn
from genereport.report.document import Figure as Captioned
from genereport.runs.tables import write_tables
from tests.analyses import composed, four_class, three_against_three, two_class, without_independent_set
from tests.unit.report import synthetic


def captioned(analysis: Callable[[], Analysis]) -> dict[str, Captioned]:
    """The figures of the report by their names."""
    figures = (block for block in composed(analysis).walk() if isinstance(block, Captioned))
    return {figure.id.removeprefix("fig-"): figure for figure in figures}


@pytest.mark.parametrize(
    "analysis",
    [two_class, four_class, without_independent_set, three_against_three, synthetic.two_class, synthetic.four_class],
    ids=lambda made: f"{made.__module__}.{made.__name__}",
)
def test_the_figures_are_those_of_the_report(analysis: Callable[[], Analysis]) -> None:
    assert sorted(analysis().figures) == sorted(captioned(analysis))


def test_a_figure_that_does_not_apply_is_not_there() -> None:
    assert {"ma", "effects"} <= set(two_class().figures)
    assert "contrasts" not in two_class().figures
    assert "contrasts" in four_class().figures
    assert not {"ma", "effects"} & set(four_class().figures)
    components = two_class().results["components"]
    plane = replace(components, scores=components.scores.drop(columns="PC3"))
    assert "pca3" in two_class().figures
    assert "pca3" not in two_class().with_results(components=plane).figures
    skipped = two_class().with_results(components=Skipped("There are two samples."))
    assert not {"pca", "pca3", "scree"} & set(skipped.figures)


def test_every_figure_can_be_drawn() -> None:
    figures = two_class().figures
    assert figures is two_class().figures
    assert all(isinstance(figure, Figure) for figure in figures.values())
    assert figures["volcano"] is figures["volcano"]
    assert "volcano, ma, " in repr(figures)


def test_a_figure_is_drawn_when_it_is_asked_for_and_no_other_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def noting(figure: Declared) -> Declared:
        def draw(result: object) -> Drawn:
            drawn.append(figure.name)
            return figure.draw(result)

        return replace(figure, draw=draw)

    noted = tuple(replace(spec, figures=tuple(map(noting, spec.figures))) for spec in stored_analyses())
    monkeypatch.setattr(gallery, "stored_analyses", lambda: noted)
    figures = two_class().with_results().figures
    assert "volcano" in figures
    assert drawn == []
    assert figures["volcano"] is figures["volcano"]
    assert drawn == ["volcano"]


def test_neither_the_report_nor_the_notebook_is_loaded_for_a_figure(tmp_path: Path) -> None:
    stored = tmp_path / "results.json"
    stored.write_text(two_class().to_json())
    code = (
        "import sys, pathlib; from genereport.analysis import Analysis\n"
        "analysis = Analysis.from_json(pathlib.Path(sys.argv[1]).read_text())\n"
        "print(type(analysis.figures['volcano']).__name__, repr(analysis.figures['volcano'].get_label()))\n"
        "print(len(analysis.tables['differential']) > 100, 'logFC' in repr(analysis), analysis._repr_html_())\n"
        "print(sorted(n for n in sys.modules if n.startswith(('genereport.report', 'genereport.notebook', 'jinja2'))))"
    )
    done = subprocess.run([sys.executable, "-c", code, stored], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["Plot ''", "True True None", "[]"]


def test_a_notebook_gets_the_figure_as_an_image_with_its_text() -> None:
    figure = two_class().figures["volcano"]
    data, shown = figure._repr_mimebundle_()  # type: ignore[attr-defined]
    image = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert image.format == "PNG"
    assert abs(image.width - 2 * shown["image/png"]["width"]) <= 1
    assert shown["image/png"]["alt"] == captioned(two_class)["volcano"].alt
    assert "lie above the Bonferroni threshold" in str(shown["image/png"]["alt"])


@pytest.mark.parametrize("name", ["p", "volcano", "pca", "pca3", "scree", "roc", "heatmap"])
def test_the_label_of_a_figure_is_the_text_of_the_report(name: str) -> None:
    assert two_class().figures[name].get_label() == captioned(two_class)[name].alt


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


def test_the_tables_are_those_that_are_written(tmp_path: Path) -> None:
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


def test_each_thing_is_made_once_and_when_it_is_asked_for() -> None:
    made: list[str] = []

    def make(name: str) -> str | None:
        made.append(name)
        return name.upper() if name in ("one", "two") else None

    things = Named("things", lambda: ["one", "two"], make)
    assert repr(things) == "2 things: one, two"
    assert list(things) == ["one", "two"]
    assert "one" in things
    assert made == []
    assert [things["one"], things["one"]] == ["ONE", "ONE"]
    assert made == ["one"]
    with pytest.raises(KeyError, match="no 'onne' among the things"):
        things["onne"]


def test_an_analysis_that_was_looked_at_is_stored_and_passed_on_as_before() -> None:
    looked = two_class().with_results(enrichment=Skipped("Left out."))
    before = looked.to_json()
    assert len(looked.tables) > 10
    assert looked.to_json() == before
    assert pickle.loads(pickle.dumps(looked)).to_json() == before  # noqa: S301
