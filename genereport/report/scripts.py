"""The scripts of the HTML page, packed into it: ours, and those that installed packages bring along.

A browser unpacks the large ones when they are first needed. The page's content security policy lists the digest of
each, so that nothing else that a page may contain ever runs.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from functools import cache
from importlib import resources
from typing import NamedTuple

_EXPORT = re.compile(r"export\{([^}]*)\};?")


class Library(NamedTuple):
    """A script that the page carries.

    Attributes:
        name: By which our script asks for it.
        packed: Its text, compressed and in letters.
        digest: Of its text, as a content security policy lists it.
    """

    name: str
    packed: str
    digest: str


@cache
def libraries() -> tuple[Library, ...]:
    """plotly.js out of the package plotly, DataTables out of itables."""
    plotly = (resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    tables = (resources.files("itables") / "html" / "dt_bundle.js").read_text(encoding="utf-8")
    return _library("plotly", plotly), _library("tables", _as_script(tables))


def digest(script: str) -> str:
    """A script as a content security policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def policy(*scripts: str) -> str:
    """What the page may do: run these scripts and its libraries, show its own pictures, and reach nobody."""
    allowed = " ".join([*map(digest, scripts), *(library.digest for library in libraries())])
    rest = "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {allowed}; {rest}"


def _library(name: str, text: str) -> Library:
    packed = base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode()
    return Library(name, packed, digest(text))


def _as_script(module: str) -> str:
    """A module as a script that leaves what it exports in ``window.tables``."""
    names = _EXPORT.search(module)
    if names is None:
        raise RuntimeError("the bundle of itables exports nothing")
    pairs = [part.split(" as ") for part in names[1].split(",")]
    told = ",".join(f'"{name}":{value}' for value, name in pairs)
    return f"(()=>{{{module.replace(names[0], f'window.tables={{{told}}};')}\n}})();"
