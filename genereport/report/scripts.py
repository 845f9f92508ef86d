"""The scripts of the HTML page, packed into it: that of genereport, and those of installed packages.

A browser unpacks the large ones when they are first needed. The page's content security policy lists the digest of
each script, so that no other script in a page can run.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import zlib
from functools import cache
from importlib import resources
from typing import NamedTuple

from genereport.report.kept import keep

_EXPORT = re.compile(r"export\{([^}]*)\};?")


class Library(NamedTuple):
    """A script that is packed into the page.

    Attributes:
        name: Name by which the script of the page asks for it.
        packed: Its text, compressed and base64-encoded.
        digest: Digest of its text, in the form of a content security policy.
    """

    name: str
    packed: str
    digest: str


@cache
def libraries() -> tuple[Library, ...]:
    """Return plotly.js from the package plotly, and DataTables from itables."""
    plotly = (resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    tables = (resources.files("itables") / "html" / "dt_bundle.js").read_text(encoding="utf-8")
    return _library("plotly", plotly), _library("tables", _as_script(tables))


def digest(script: str) -> str:
    """Return the digest of a script, in the form of a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def policy(*scripts: str) -> str:
    """Return the content security policy: run these scripts and libraries, show embedded pictures, fetch nothing."""
    allowed = " ".join([*map(digest, scripts), *(library.digest for library in libraries())])
    rest = "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {allowed}; {rest}"


def pack(text: str) -> str:
    """Return a text as the scripts of a page unpack it: compressed and base64-encoded."""
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode()


def _library(name: str, text: str) -> Library:
    """Return a script, packed; packing the large ones takes 0.2 s, so they are kept."""
    made_from = hashlib.sha256(f"{zlib.ZLIB_RUNTIME_VERSION}\0{text}".encode()).hexdigest()[:16]
    return Library(name, keep(f"{made_from}.js.gz", lambda: pack(text).encode()).decode(), digest(text))


def _as_script(module: str) -> str:
    """Return a module as a script that stores what it exports in ``window.tables``."""
    names = _EXPORT.search(module)
    if names is None:
        raise RuntimeError("the bundle of itables exports nothing")
    pairs = [part.split(" as ") for part in names[1].split(",")]
    told = ",".join(f'"{name}":{value}' for value, name in pairs)
    return f"(()=>{{{module.replace(names[0], f'window.tables={{{told}}};')}\n}})();"
