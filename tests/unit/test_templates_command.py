"""``genereport templates``, and what the commands that take templates say of them."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from genereport import __version__
from genereport.errors import OutputError
from genereport.report.originals import WRITTEN, originals
from genereport.resources import folder
from genereport.runs.templates import write_templates
from tests.command import in_process

COMPONENTS = "sections/components.md.j2"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates as the command writes them; not to be changed."""
    home = tmp_path_factory.mktemp("templates") / "new" / "lab"
    done = in_process("templates", home)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == [str(home / name) for name in (*originals(), WRITTEN)]
    return home


def test_every_template_of_the_report_is_written(written: Path) -> None:
    names = {path.relative_to(written).as_posix() for path in written.rglob("*") if path.is_file()}
    assert names == {*originals(), WRITTEN}
    assert {"report.html.j2", "nodes.html.j2", "common.css", "screen.css", "print.css", COMPONENTS} < names
    assert "sections/partners.md.j2" in names  # a part of another one
    for name in originals():
        assert (written / name).read_bytes() == (folder("templates") / name).read_bytes()


def test_the_version_and_a_digest_of_each_are_beside_them(written: Path) -> None:
    told = tomllib.loads((written / WRITTEN).read_text())
    assert told["genereport"] == __version__
    assert set(told["sha256"]) == set(originals())
    assert all(len(digest) == 64 for digest in told["sha256"].values())


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    own = tmp_path / COMPONENTS
    own.parent.mkdir()
    own.write_text("mine")
    done = in_process("templates", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"genereport: [GR401] {tmp_path}: These files already exist: {COMPONENTS}. ")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [own]
    assert own.read_text() == "mine"
    assert in_process("templates", tmp_path, "--force").returncode == 0
    assert own.read_bytes() == originals()[COMPONENTS].read_bytes()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"GR402.*The templates cannot be written") as caught:
        write_templates(tmp_path / "file" / "lab")
    assert str(tmp_path / "file") in caught.value.where


def test_check_finds_a_mistake_and_notes_what_is_of_another_version(written: Path, tmp_path: Path) -> None:
    lab = Path(shutil.copytree(written, tmp_path / "lab"))
    assert "GR504" not in in_process("check", "--templates", lab).stdout
    text = (lab / COMPONENTS).read_text()
    (lab / COMPONENTS).write_text(text.replace("Samples on the first three", "Our samples on the first three"))
    (lab / WRITTEN).write_text(f'genereport = "0.0.1"\n[sha256]\n"{COMPONENTS}" = "{"0" * 64}"\n')
    done = in_process("check", "--templates", lab, "--summary", "json")
    (note,) = [each for each in json.loads(done.stdout)["findings"] if each["code"] == "GR504"]
    assert note["message"].startswith(f"{lab / COMPONENTS}: {COMPONENTS} has changed since genereport 0.0.1")
    (lab / COMPONENTS).write_text(text.replace("components.silhouette", "components.outline", 1))
    done = in_process("check", "--templates", lab)
    line = 1 + text[: text.index("components.silhouette")].count("\n")
    told = f"[GR503] {lab / COMPONENTS}, line {line}: 'components.outline' is not in this version ({__version__})"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"genereport: {told}; the template was written for 0.0.1.")
