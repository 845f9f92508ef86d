"""The notebook of the examples runs from its first cell to its last, on a folder and on an address."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
import types
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from genereport.cohort.demo import write_demo
from genereport.cohort.simulate import Plan

pytestmark = pytest.mark.slow

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "report.ipynb"
FAST = {
    "evaluation": {"effort": "quick"},
    "models": {"trees": 20, "epochs": 8},
    "selection": {"genes": 12, "candidates": 60},
    "tests": {"permutations": 0},
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated cohort as files."""
    folder = tmp_path_factory.mktemp("files") / "demo"
    write_demo(folder, plan=Plan(genes=600))
    return folder


@pytest.fixture
def address(demo: Path) -> Iterator[str]:
    """An address on this machine from which the cohort comes as an archive."""
    archive = demo.parent / "cohort one.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(demo.iterdir()):
            file.write(path, f"demo/{path.name}")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *_: object) -> None:  # noqa: A002
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=demo.parent)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/cohort%20one.zip?version=1"
        server.shutdown()
        thread.join()


def notebook() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def cell(book: Any, name: str) -> Any:
    return next(each for each in book.cells if each.id == name)


def outputs(book: Any, name: str) -> dict[str, Any]:
    """What a cell showed, by type; what it printed as ``stdout``."""
    found: dict[str, Any] = {}
    for output in cell(book, name).outputs:
        found |= {output.name: output.text} if output.output_type == "stream" else output.data
    return found


def executed(folder: Path, study: object, formats: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The notebook, run in `folder` by this interpreter, with other parameters after its own, as papermill does it."""
    for name in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(folder / name.lower()))
    book = notebook()
    number = next(i for i, each in enumerate(book.cells) if "parameters" in each.metadata.get("tags", ()))
    given = f"STUDY, OUT, SETTINGS, FORMATS = {str(study)!r}, 'made', {FAST!r}, {formats!r}"
    book.cells.insert(number + 1, nbformat.v4.new_code_cell(given, id="given"))
    own_kernel_only = KernelSpecManager(kernel_dirs=[], ensure_native_kernel=True)
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=own_kernel_only)
    assert manager.kernel_spec.argv[0] == sys.executable
    client = NotebookClient(book, km=manager, timeout=None, resources={"metadata": {"path": str(folder)}})
    return client.execute()


def test_the_notebook_reports_on_a_folder(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = executed(tmp_path, demo, ("html", "pdf"), monkeypatch)
    assert outputs(book, "fetch")["stdout"].strip() == str(demo)
    require_everything(book, tmp_path)
    assert (tmp_path / "made" / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_notebook_reports_on_an_archive_behind_an_address(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = executed(tmp_path, address, ("html",), monkeypatch)
    assert outputs(book, "fetch")["stdout"].strip() == "made/cohort/cohort one_files/demo"
    require_everything(book, tmp_path)
    assert not (tmp_path / "made" / "report.pdf").exists()


def require_everything(book: Any, folder: Path) -> None:
    """What the notebook shows and writes, whatever the cohort came from; and nothing on standard error."""
    assert "AML against ALL in a simulated leukaemia cohort" in outputs(book, "analysis")["text/html"]
    assert "Named model" in outputs(book, "models")["text/html"]
    assert "P.Bonferroni" in outputs(book, "top-table")["text/html"]
    assert outputs(book, "volcano")["image/png"].startswith("iVBOR")
    assert outputs(book, "comparison")["image/png"].startswith("iVBOR")
    assert "volcano" in outputs(book, "names")["stdout"]
    assert 'src="made/report.html"' in outputs(book, "show")["text/html"]
    assert "Simulated cohort" in (folder / "made" / "report.html").read_text()
    assert (folder / "made" / "report_data" / "results.json").is_file()
    assert [each.id for each in book.cells if each.cell_type == "code" and "stderr" in outputs(book, each.id)] == []


def test_without_a_study_it_is_the_simulated_cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for name in ("parameters", "fetch-functions", "fetch", "settings", "fetch"):
        exec(cell(notebook(), name).source, names)  # noqa: S102
    assert names["study"] == Path("genereport-output/simulated")
    assert names["settings"].cohort.study.samefile(names["study"])
    assert names["settings"].evaluation.effort == "quick"


def test_the_notebook_is_committed_without_outputs() -> None:
    book = notebook()
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) == (4, 5)
    assert book.metadata.kernelspec.name == "python3"
    assert len({each.id for each in book.cells}) == len(book.cells)
    for each in book.cells:
        if each.cell_type == "code":
            assert each.outputs == []
            assert each.execution_count is None
    assert [each.id for each in book.cells if "parameters" in each.metadata.get("tags", ())] == ["parameters"]


def test_in_colab_the_package_is_installed_and_the_drive_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    book, commands, mounted = notebook(), [], []
    drive = types.SimpleNamespace(mount=mounted.append)
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.setattr(sys.modules["google.colab"], "drive", drive, raising=False)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: commands.append(command))
    install = cell(book, "install").source
    with pytest.raises(ValueError, match="address of genereport's repository"):
        exec(install, {})  # noqa: S102
    names: dict[str, Any] = {}
    address = "git+https://example.org/genereport.git"
    exec(install.replace('REPOSITORY = ""', f'REPOSITORY = "{address}"'), names)  # noqa: S102
    exec(cell(book, "drive").source, names)  # noqa: S102
    assert commands[-1][1:] == ["-m", "pip", "install", "--quiet", address]
    assert mounted == ["/content/drive"]


def test_elsewhere_nothing_is_installed_or_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", None)
    names: dict[str, Any] = {}
    for name in ("install", "drive"):
        exec(cell(notebook(), name).source, names)  # noqa: S102
    assert names["IN_COLAB"] is False


@pytest.mark.parametrize("name", ["../out.txt", "/tmp/out.txt", "a/../../out.txt", "..\\out.txt"])  # noqa: S108
def test_an_archive_that_would_write_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as file:
        file.writestr("good.txt", "good")
        file.writestr(name, "bad")
    with pytest.raises(ValueError, match=r"bad\.zip is not unpacked"):
        _functions()["unpack"](tmp_path / "bad.zip", tmp_path / "in")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.zip"]


def test_an_archive_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "large.zip", "w") as file:
        file.writestr("large.txt", "x" * 11)
    functions = _functions()
    functions["LARGEST"] = 10
    with pytest.raises(ValueError, match="larger than 10 bytes"):
        functions["unpack"](tmp_path / "large.zip", tmp_path / "in")
    functions["LARGEST"] = 11
    assert functions["unpack"](tmp_path / "large.zip", tmp_path / "in") == tmp_path / "in"


def _functions() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(cell(notebook(), "fetch-functions").source, names)  # noqa: S102
    return names
