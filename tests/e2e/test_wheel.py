"""The wheel brings its templates and data, and builds a report in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def test_templates_and_data_ship_and_nothing_else_does(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("templates", "data"):
        shipped = {name.removeprefix("genereport/") for name in names if name.startswith(f"genereport/{folder}/")}
        assert shipped == {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*") if path.is_file()}
    assert {name.split("/")[0] for name in names} == {
        "genereport",
        next(n for n in names if "dist-info" in n).split("/")[0],
    }


def test_a_fresh_environment_builds_a_report_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """The environment sees the locked packages of this one through a path file, but not this source tree."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", wheel], check=True)
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    packages = [path for path in sys.path if path.endswith("site-packages")]
    (Path(site) / "locked.pth").write_text("\n".join(packages) + "\n")
    fast = ("--effort", "quick", "--set", "models.trees=20", "--set", "models.epochs=10")
    subprocess.run(
        [python.with_name("genereport"), "build", "--out", tmp_path / "report.pdf", *fast], check=True, cwd=tmp_path
    )
    home = subprocess.run(
        [python, "-c", "import genereport; print(genereport.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stdout
    assert home.startswith(site)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "Simulated cohort" in (tmp_path / "report.html").read_text()
