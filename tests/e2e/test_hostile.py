"""A cohort whose every name is an attack: it is analysed, and its names are printed as the text they are."""

from __future__ import annotations

import csv
import html
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from tests.chrome import WEBGL, Chrome, alive, launched, overflow, until
from tests.command import FAST, genereport

pytestmark = pytest.mark.slow

GENES, SAMPLES = 40, 24
LONG = "long" * 2_500
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<img src=x onerror=alert(1)>&amp;",
    "{{7*7}}",
    '{% include "x" %}',
    "</style>",
    "</script>",
    "-->",
    "javascript:alert(1)",
    r"$\alpha$",
    r"C:\new\table",
    "%{x}<b>bold</b>",
)
FORMULAS = ("=cmd()", "+1+1", "@SUM(A1)", "-2+3")
MARKS = ("\u202eright to left", "\u200fmark", "zero\u200bwidth", "🧬💀", "基因表达", LONG)
TITLE = '<script>alert(1)</script> {{7*7}} "><img src=x onerror=alert(1)> \u202e基因 {}'
FOUND = "attack => document.getElementById('found').textContent.startsWith(`${attack}: rank`)"
MARKED = """attack => [...document.querySelectorAll('#fig-volcano .annotation-text')]
    .some((each) => each.textContent === attack)"""
PAGE_SIZE = re.compile(r'<page width="([\d.]+)"')
WORD = re.compile(r'<word xMin="([-\d.]+)" yMin="[-\d.]+" xMax="([-\d.]+)"')


class Trap:
    """A port that should never be called."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}/x.png"
        self.listening = threading.Thread(target=self._listen, daemon=True)
        self.listening.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self.calls.append(connection.recv(200))

    def close(self) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.listening.join()


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    made = Trap()
    yield made
    made.close()


@pytest.fixture(scope="module")
def chrome(chromium: str) -> Iterator[Chrome]:
    with launched(chromium, *WEBGL) as started:
        yield started


def names(count: int, trap: Trap, first: str = "") -> list[str]:
    """So many different names, each an attack."""
    attacks = [*MARKUP, *FORMULAS, *MARKS, trap.url, "two\nlines"]
    return [
        f"{attacks[at % len(attacks)]}{first * (at < len(attacks))}{at // len(attacks) or ''}" for at in range(count)
    ]


def write(path: Path, rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def cohort(folder: Path, trap: Trap) -> tuple[object, ...]:
    """The files of a hostile cohort, and the options that name them."""
    expression, sheet = folder / "<b>&'expression' {{7*7}}.csv", folder / "=samples $x$ <i>.csv"
    rng = np.random.default_rng(7)
    late = np.arange(SAMPLES) % 2
    values = rng.normal(8, 1, (GENES, SAMPLES)) + 2 * late * (np.arange(GENES) < 30)[:, None]
    samples, genes, symbols = names(SAMPLES, trap), names(GENES, trap, "g"), names(GENES, trap)
    head = ["gene", "symbol", "description", *samples]
    rows = zip(genes, symbols, reversed(symbols), values.round(3).tolist(), strict=True)
    write(expression, [head, *([gene, symbol, text, *row] for gene, symbol, text, row in rows)])
    classes = ("<img src=x onerror=alert(1)>{{7*7}}", "=cmd() </script>$x_1$")
    batches = ("@SUM(A1)<b>", '"><img src=x onerror=alert(1)>', "\u202e基因 🧬")
    columns = ["sample", "class", '"><script>alert(1)</script>{{7*7}}', "+age"]
    covariates = [[batches[at % 3], 40 + at % 7] for at in range(SAMPLES)]
    write(sheet, [columns, *([samples[at], classes[late[at]], *covariates[at]] for at in range(SAMPLES))])
    return "--expression", expression, "--labels", sheet, "--label-column", "class", *FAST


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, trap: Trap) -> Path:
    """A report of it; the folder that holds the pages."""
    folder = tmp_path_factory.mktemp("hostile")
    options = cohort(folder, trap)
    out = folder / "out" / "report.pdf"
    done = genereport("build", *options, "--title", f"{TITLE} {trap.url}", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    assert max(map(len, done.stdout.splitlines())) < 400
    return out.parent


def test_nothing_in_a_name_runs_or_asks_for_anything(hostile: Path, chrome: Chrome, trap: Trap) -> None:
    with chrome.showing(hostile / "report.html") as page:
        alive(page)
        assert overflow(page) <= 1
        text = page.locator("body").inner_text()
        for name in (*MARKUP, *FORMULAS, "基因表达", trap.url):
            assert name in text, name
        assert page.locator("h1").inner_text().startswith(TITLE[:60])
        assert "49" not in page.locator("h1").inner_text().replace(trap.url, "")  # a port may hold the digits of 7 * 7
        assert page.title().startswith(TITLE[:60])
        assert (
            page.locator("main script:not([type='application/json']), img[src='x'], main style, main b b").count() == 0
        )
        for attack in (MARKUP[1], MARKUP[2], "%{x}<b>bold</b>", MARKUP[0], r"$\alpha$", "🧬💀"):
            page.get_by_label("Find a gene").fill(attack)
            page.get_by_label("Find a gene").press("Enter")
            until(page, FOUND, attack)
            assert attack in page.locator("#tab-differential tr.hit").first.inner_text()
            until(page, MARKED, attack)
            page.get_by_role("button", name="Gene card").click()
            page.wait_for_selector("#card[open]")
            assert page.locator("#card h2").inner_text() == attack
            page.get_by_role("button", name="Close").click()
            page.get_by_label("Filter the rows of").first.fill(attack)
        page.get_by_label("Find a gene").press("Escape")
        page.locator("#fig-volcano .live").focus()
        page.keyboard.press("ArrowRight")
        with page.expect_download() as waiting:
            page.locator("#tab-differential .buttons-csv").click()
        cells = [cell for row in csv.reader(waiting.value.path().open(encoding="utf-8")) for cell in row]
        assert runnable(cells) == []
        assert {*MARKUP, "'-->", "'=cmd()", "'+1+1"} - {"-->"} <= set(cells)
    assert trap.calls == []


@pytest.mark.parametrize("width", [1300, 390])
def test_no_name_breaks_the_page(hostile: Path, chrome: Chrome, width: int) -> None:
    with chrome.showing(hostile / "report.html", width) as page:
        assert overflow(page) <= 1
        alive(page)
        assert overflow(page) <= 1
    with chrome.showing(hostile / "report.html", width, java_script_enabled=False) as page:
        assert overflow(page) <= 1


def test_the_source_holds_no_name_that_is_not_escaped(hostile: Path, trap: Trap) -> None:
    source = (hostile / "report.html").read_text(encoding="utf-8")
    for attack in (MARKUP[0], MARKUP[1], MARKUP[2]):
        assert attack not in source
        assert html.escape(attack, quote=False).replace('"', "&#34;") in source
    assert not re.search(rf"(?:src|href|url\()[=\"'(]*{re.escape(trap.url)}", source)


def test_the_pages_hold_the_names_inside_their_margins(hostile: Path, poppler: None) -> None:
    path = hostile / "report.pdf"
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) > 8
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    for name in ("<script>alert(1)</script>", "{{7*7}}", "=cmd()", r"$\alpha$", "javascript:alert(1)"):
        assert name in text, name
    boxes = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True).stdout
    for number, page in enumerate(boxes.split("</page>")[:-1], start=1):
        size = PAGE_SIZE.search(page)
        assert size
        words = [(float(left), float(right)) for left, right in WORD.findall(page)]
        assert min(left for left, _ in words) >= 0, number
        assert max(right for _, right in words) <= float(size[1]), number


def runnable(cells: list[str]) -> list[str]:
    """Cells that a spreadsheet would run."""
    return [cell for cell in cells if cell[:1] in tuple("=+-@\t\r") and cell and not is_number(cell)]


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_no_cell_of_a_table_is_a_formula(hostile: Path) -> None:
    paths = sorted((hostile / "report_data" / "tables").glob("*.tsv"))
    assert len(paths) >= 8
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file, delimiter="\t") for cell in row]
        assert runnable(cells) == [], path.name
    assert "'=cmd()" in (hostile / "report_data" / "tables" / "differential.tsv").read_text(encoding="utf-8")


def test_the_hostile_report_verifies(hostile: Path) -> None:
    done = genereport("verify", hostile / "report.pdf")
    assert (done.returncode, done.stderr) == (0, "")


def own_templates(folder: Path, trap: Trap) -> Path:
    """A lab's templates that ask for pictures and style sheets from elsewhere."""
    made = folder / "templates"
    made.mkdir()
    (made / "screen.css").write_text(f"@import url({trap.url}?css); body {{ background: url({trap.url}?screen) }}")
    (made / "report.html.j2").write_text(
        '{% extends "genereport/report.html.j2" %}'
        f'{{% block head %}}<link rel="stylesheet" href="{trap.url}?link">{{% endblock %}}'
        f'{{% block end %}}<img src="{trap.url}?end" alt="">{{% endblock %}}'
    )
    return made


def test_a_template_of_ones_own_fetches_nothing(hostile: Path, chrome: Chrome, trap: Trap, tmp_path: Path) -> None:
    templates, out = own_templates(tmp_path, trap), tmp_path / "report.html"
    stored = hostile / "report_data"
    done = genereport("render", stored, "--templates", templates, "--format", "html", "--out", out)
    assert done.returncode == 0, done.stderr
    assert f"{trap.url}?end" in out.read_text(encoding="utf-8")
    page = chrome.browser.new_page()
    page.goto(out.as_uri())
    page.wait_for_selector("body[data-tables=ready]")
    page.locator("img[src*='?end']").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    page.close()
    assert trap.calls == []


@pytest.mark.parametrize("asks", ["picture", "style sheet"])
def test_a_pdf_that_would_have_to_be_fetched_for_is_refused(
    hostile: Path, trap: Trap, tmp_path: Path, asks: str
) -> None:
    templates, out = tmp_path / "templates", tmp_path / "report.pdf"
    templates.mkdir()
    picture = f'{{% block end %}}<img src="{trap.url}" alt="">{{% endblock %}}'
    sheet = f"{{% block head %}}<style>@import url({trap.url});</style>{{% endblock %}}"
    block = picture if asks == "picture" else sheet
    (templates / "report.html.j2").write_text(f'{{% extends "genereport/report.html.j2" %}}{block}')
    out.write_text("an earlier report")
    given = ("--templates", templates, "--format", "pdf", "--out", out, "--force")
    done = genereport("render", hostile / "report_data", *given)
    assert done.returncode == 2
    assert done.stderr.startswith("genereport: [GR501]")
    assert "\n" not in done.stderr.strip()
    assert trap.url in done.stderr
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()} == {
        "report.pdf": "an earlier report"
    }
    assert trap.calls == []
