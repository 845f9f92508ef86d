"""Imports go downwards only, and heavy packages load only where they are needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "genereport"

ALLOWED = {
    "errors": set(),
    "resources": set(),
    "locations": {"errors"},
    "settings": {"errors", "locations"},
    "frames": set(),
    "results": {"errors", "frames"},
    "cohort": {"errors", "locations", "resources", "settings"},
    "workers": {"cluster", "errors"},
    "cluster": {"errors"},
    "versions": set(),
    "stats": set(),
    "learn": {"errors", "settings", "stats", "workers"},
    "stages": {"cohort", "errors", "learn", "results", "settings", "stats"},
    "pipeline": {"cohort", "errors", "learn", "results", "settings", "stages", "versions", "workers"},
    "plan": {"cohort", "errors", "learn", "pipeline", "results", "settings", "stages"},
    "report": {"errors", "resources", "results", "settings", "workers"},
    "runs": {
        "cohort",
        "errors",
        "learn",
        "locations",
        "pipeline",
        "plan",
        "report",
        "resources",
        "results",
        "settings",
        "stages",
        "versions",
        "workers",
    },
    "cli": {
        "",
        "cohort",
        "errors",
        "locations",
        "pipeline",
        "report",
        "resources",
        "results",
        "runs",
        "settings",
        "workers",
    },
}
"""Part → parts it may import, besides itself; "" is the package's own front."""


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return names | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


def part(module: str) -> str:
    return module.removeprefix("genereport").lstrip(".").split(".")[0]


SHOWN = {"results": {"report"}, "settings": {"report"}}
"""A result shows itself as the report would, and so do settings; they import the words only when they are asked to."""

MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent != PACKAGE or path.stem in ALLOWED]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downwards(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    found = {part(name) for name in imports(path) if name.split(".")[0] == "genereport"}
    assert found - {own} <= ALLOWED[own] | SHOWN.get(own, set())


def test_results_load_no_report_until_they_are_shown() -> None:
    code = (
        "import sys, genereport.results, genereport.settings\n"
        "print(sorted(n for n in sys.modules if n.startswith(('genereport.report', 'jinja2', 'matplotlib'))))"
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
        for path in PACKAGE.rglob("*.py")
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
