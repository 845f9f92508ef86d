"""Imports go downwards only, and heavy packages load only where they are needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "genereport"

BOTTOM = {
    "display", "errors", "formats", "frames", "locations", "names", "resources", "rules", "types", "version", "warned",
}  # fmt: skip

ALLOWED = {
    "display": set(),
    "errors": set(),
    "formats": set(),
    "frames": set(),
    "resources": set(),
    "rules": set(),
    "types": {"display"},
    "version": set(),
    "warned": set(),
    "versions": set(),
    "locations": {"errors"},
    "names": {"types"},
    "dask_backend": {"errors"},
    "parallel": {"dask_backend", "errors", "warned"},
    "plotting": {"formats", "resources", "types"},
    "settings": {"display", "errors", "locations"},
    "cohort": {"errors", "locations", "names", "resources", "settings", "stats", "types"},
    "stats": {"types"},
    "learn": {"errors", "parallel", "rules", "settings", "stats", "types"},
    "analyses": BOTTOM | {"plotting"},
    "gallery": BOTTOM | {"analyses"},
    "summary": BOTTOM | {"analyses", "plotting"},
    "analysis": {"analyses", "display", "errors", "gallery", "summary"},
    "stages": BOTTOM | {"analyses", "analysis", "cohort", "learn", "settings", "stats"},
    "pipeline": BOTTOM | {"analyses", "analysis", "cohort", "learn", "parallel", "settings", "stages", "versions"},
    "dry_run": {"analyses", "cohort", "learn", "pipeline", "settings", "stages"},
    "report": BOTTOM | {"analyses", "analysis", "parallel", "plotting", "settings"},
    "notebook": BOTTOM | {"analyses", "analysis", "report", "settings"},
    "runs": BOTTOM
    | {"analyses", "analysis", "cohort", "dry_run", "learn", "parallel", "pipeline", "report", "settings", "stages"}
    | {"versions"},
    "cli": BOTTOM | {"", "analyses", "cohort", "parallel", "report", "runs", "settings", "summary"},
    "__main__": {"cli"},
}
"""Part → parts it may import, besides itself; "" is the package's own front.

Of an analysis "analyses" is what it declares: result, figures, tables; "stages" is what computes them.
"""

DECLARED = {"__init__", "columns", "interactive", "provenance", "result", "spec", "tables"} | {
    "figures", "gene_figures", "heatmap", "lines", "upset",
}  # fmt: skip
"""Modules of ``analyses`` that declare an analysis; the others compute it."""


def module(path: Path) -> str:
    """Dotted name of a file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(path: Path) -> Iterator[str]:
    """Dotted names of what a file imports, in functions and for type checkers, too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: an import says where it is from"
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else str(node.module) for name in inner)


MEASURED = re.compile(r"#.*\d (ms|s)\b")
"""A comment with the time that an import takes."""


def inner_imports(node: ast.AST) -> Iterator[int]:
    """The lines in a function that import our own package."""
    for inner in ast.walk(node):
        names = [inner.module] if isinstance(inner, ast.ImportFrom) else []
        names += [alias.name for alias in inner.names] if isinstance(inner, ast.Import) else []
        if any(str(name).split(".")[0] == "genereport" for name in names):
            yield inner.lineno


def unmeasured(text: str) -> list[str]:
    """The functions that import our own package and do not say beside any such import how long it takes."""
    lines = text.splitlines()
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            places = list(inner_imports(node))
            if places and not any(MEASURED.search(line) for at in places for line in lines[at - 2 : at]):
                found.append(node.name)
    return found


def part(name: str) -> str:
    """The part of the package that a module belongs to."""
    first = name.removeprefix("genereport").lstrip(".").split(".")[0]
    if first != "analyses" or name not in MODULES:
        return first
    return "analyses" if MODULES[name].stem in DECLARED else "stages"


@pytest.mark.parametrize("name", sorted(set(MODULES) - {"genereport"}))  # its front names what users may import
def test_imports_go_downwards(name: str) -> None:
    own = part(name)
    found = {part(each) for each in imports(MODULES[name]) if each.split(".")[0] == "genereport"}
    assert found - {own} <= ALLOWED[own]


@pytest.mark.parametrize("name", sorted(MODULES))
def test_an_import_in_a_function_says_how_long_it_takes(name: str) -> None:
    """Imports of our own package are at the top, unless loading it later saves time that was measured."""
    assert unmeasured(MODULES[name].read_text(encoding="utf-8")) == []


def test_an_unmeasured_import_is_found() -> None:
    import_in_function = "def late():\n    {}\n    from genereport.runs.compare import compare_runs\n"
    assert unmeasured(import_in_function.format("pass")) == ["late"]
    assert unmeasured(import_in_function.format("# Loads scikit-learn: 2.9 s.")) == []


def test_parts_do_not_import_each_other_in_a_ring() -> None:
    done: set[str] = set()
    while ready := {own for own in ALLOWED.keys() - done if ALLOWED[own] - {""} <= done}:
        done |= ready
    assert done == set(ALLOWED)


def test_results_load_nothing_that_computes_or_reports() -> None:
    code = (
        "import sys, genereport.analysis, genereport.settings\n"
        "above = ('learn', 'stats', 'cohort', 'report', 'notebook', 'runs', 'pipeline')\n"
        "heavy = ('jinja2', 'sklearn', 'tensorflow', 'weasyprint')\n"
        "names = (*(f'genereport.{name}' for name in above), *heavy)\n"
        "print(sorted(name for name in sys.modules if name.startswith(names)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("package", "homes"),
    [("tensorflow", {"learn/network.py"}), ("keras", {"learn/network.py"}), ("weasyprint", {"report/render.py"})],
)
def test_heavy_packages_have_one_home(package: str, homes: set[str]) -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in MODULES.values()
        if any(name.split(".")[0] == package for name in imports(path))
    }
    assert found == homes


def test_help_loads_neither_pandas_nor_tensorflow() -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom genereport.cli import app\n"
        "assert CliRunner().invoke(app, ['build', '--help']).exit_code == 0\n"
        "print(sorted({'pandas', 'numpy', 'tensorflow', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
