"""Scripts of the page: packed as they are installed, and the only ones that its policy lets run."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from html.parser import HTMLParser
from importlib import resources

import pytest
from matplotlib.figure import Figure as MatplotlibFigure

from genereport.plotting.drawn import Drawn
from genereport.plotting.interactive import Interactive
from genereport.report import scripts
from genereport.report.document import Document, Figure, Section
from genereport.report.render import to_html
from genereport.report.scripts import _as_script, digest, libraries, policy
from tests.words import prose


def unpacked(library: scripts.Library) -> str:
    return gzip.decompress(base64.b64decode(library.packed)).decode()


def hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_digests_are_those_of_what_is_packed() -> None:
    assert [library.name for library in libraries()] == ["plotly", "tables"]
    for library in libraries():
        assert library.digest == hashed(unpacked(library))
        assert re.fullmatch(r"[A-Za-z0-9+/=]+", library.packed)


def test_plotly_is_packed_as_it_is_installed() -> None:
    file = resources.files("plotly") / "package_data" / "plotly.min.js"
    assert unpacked(libraries()[0]) == file.read_text(encoding="utf-8")


def test_packing_does_not_depend_on_the_clock() -> None:
    first = libraries()
    libraries.cache_clear()
    assert libraries() == first
    assert base64.b64decode(first[0].packed)[4:8] == b"\0\0\0\0"  # the time of a gzip file


def test_a_module_becomes_a_script_that_leaves_its_exports() -> None:
    made = _as_script("const a=1,b=2;export{a as default,b as jQuery};")
    assert made == '(()=>{const a=1,b=2;window.tables={"default":a,"jQuery":b};\n})();'
    with pytest.raises(RuntimeError, match="exports nothing"):
        _as_script("const a=1;")


def test_the_bundle_of_tables_is_no_module_any_more() -> None:
    text = unpacked(libraries()[1])
    assert re.search(r'window\.tables=\{.*"default":', text)
    assert "export{" not in text
    assert not re.search(r"(?:^|[;\n])import[ {*\"']", text)


def test_the_policy_lists_each_script_and_nothing_from_elsewhere() -> None:
    told = policy("one()", "two()")
    rules = dict(rule.strip().split(" ", 1) for rule in told.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split() == [hashed("one()"), hashed("two()"), *(own.digest for own in libraries())]
    assert digest("one()") == hashed("one()")
    assert "http" not in told
    assert "unsafe" not in rules["script-src"]
    assert (rules["base-uri"], rules["form-action"]) == ("'none'", "'none'")


class Scripts(HTMLParser):
    """The policy of a page and its scripts that would run."""

    def __init__(self) -> None:
        super().__init__()
        self.policy = ""
        self.found: list[str] = []
        self.data: dict[str, str] = {}
        self.open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "meta" and named.get("http-equiv") == "Content-Security-Policy":
            self.policy = named["content"] or ""
        if tag == "script":
            self.open = named.get("id") if "type" in named else ""
            if self.open == "":
                self.found.append("")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.data[self.open] = self.data.get(self.open, "") + data
        elif self.open == "":
            self.found[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.open = None


@pytest.mark.parametrize("live", [Interactive("curves", {}), None])
def test_the_script_of_the_page_stands_in_its_policy_and_libraries_are_data(live: Interactive | None) -> None:
    figure = Figure("fig-a", lambda: Drawn(MatplotlibFigure()), prose("Caption."), "Nothing.", live)
    section = Section("sec-a", "A", (prose("Text."), figure))
    page = Scripts()
    page.feed(to_html(Document("T", prose("S"), (), simulated=False, abstract=(), sections=(section,))))
    assert len(page.found) == 1
    allowed = page.policy.split("script-src ")[1].split(";")[0].split()
    assert allowed == [hashed(page.found[0]), *(own.digest for own in libraries())]
    carried = [library for library in libraries() if live or library.name == "tables"]
    assert [name for name in page.data if name.startswith("library-")] == [f"library-{own.name}" for own in carried]
    assert all(page.data[f"library-{library.name}"] == library.packed for library in carried)
