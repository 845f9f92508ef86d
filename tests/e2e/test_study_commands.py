"""``init`` and ``check`` as a user runs them; what ``build`` takes is settable; what is secret stays so."""

from __future__ import annotations

import json
from pathlib import Path

import typer.main
from typer.testing import CliRunner

from genereport import cli
from genereport.cli.options import SETTINGS
from genereport.report import command
from genereport.settings import setting_names
from tests.command import FAST, in_process
from tests.e2e.test_bad_input import matrix, sheet, write
from tests.serving import served

NO_SETTING = {
    "study": "the study file holds the settings, or is the cohort itself",
    "assignments": "gives any setting",
    "force": "consent to a replacement is given each time anew",
    "if_changed": "a matter of one command",
    "summary": "what the terminal shows",
    "log_format": "what the terminal shows",
    "quiet": "what the terminal shows",
    "help": "shows the options",
}
"""Options of ``build`` that no study file may give, and why."""


def options(name: str) -> dict[str, list[str]]:
    """Parameters of a command, with their flags."""
    found = typer.main.get_command(cli.app)
    context = found.make_context("genereport", [name, "--help"], resilient_parsing=True)
    return {each.name: each.opts for each in found.commands[name].get_params(context)}  # type: ignore[attr-defined]


def test_everything_that_build_takes_is_a_setting_or_has_a_reason_not_to_be() -> None:
    found = options("build")
    assert set(found) == set(SETTINGS) | set(NO_SETTING)
    assert not set(SETTINGS) & set(NO_SETTING)
    assert set(SETTINGS.values()) <= set(setting_names())
    shown = CliRunner().invoke(cli.app, ["build", "--help"]).stdout
    for name in SETTINGS:
        assert found[name][0] in shown


def test_the_command_that_a_report_prints_uses_these_options() -> None:
    flags = options("build")
    assert {setting: flags[name][0] for name, setting in SETTINGS.items()}.items() >= command._OPTIONS.items()


def test_check_takes_what_build_takes() -> None:
    assert set(SETTINGS) | {"study", "assignments", "summary"} <= set(options("check"))


def test_options_override_the_study_file(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "house").mkdir()
    text = '[run]\nout = "a.pdf"\nkeep = 2\n[cohort]\nstudy = "."\nreference = "B"\n'
    (tmp_path / "study.toml").write_text(text)
    given = {"--out": tmp_path / "b.pdf", "--labels": tmp_path / "samples.tsv", "--templates": tmp_path / "house"}
    given |= {"--seed": 7, "--keep": 3, "--format": "pdf", "--title": "T", "--design": "~ class"}  # type: ignore[dict-item]
    words = [str(word) for option in given.items() for word in option]
    done = CliRunner().invoke(cli.app, ["check", str(tmp_path), *words, "--strict", "--summary", "json"])
    told = json.loads(done.stdout)["settings"]
    names = {flag: setting for name, setting in SETTINGS.items() for flag in options("build")[name]}
    assert {names[option]: str(value) for option, value in given.items()}.items() <= {
        name: str(value) for name, value in told.items()
    }.items()
    assert (told["run.strict"], told["cohort.reference"]) == (True, "B")


def test_a_study_is_begun_checked_and_told(tmp_path: Path) -> None:
    write(tmp_path)
    begun = in_process("init", tmp_path)
    assert begun.returncode == 0, begun.stderr
    assert "cohort.label_column  class" in begun.stdout
    again = in_process("init", tmp_path)
    assert (again.returncode, "GR401" in again.stderr) == (2, True)
    done = in_process("check", tmp_path, "--out", tmp_path / "report.pdf")
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "Files",
        "expression.tsv",
        "SHA-256",
        "A      12        0",
        "centre  2 levels: x 12, y 12",
        "Findings",
    ):
        assert words in done.stdout
    for words in (
        "Scale: log2",
        "cohort.expression",
        "5 folds × 10 repeats",
        "logistic_l1",
        "None of these files exists yet",
    ):
        assert words in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["expression.tsv", "samples.tsv", "study.toml"]


def test_warnings_and_refusals_have_their_status(tmp_path: Path) -> None:
    write(tmp_path, labels=sheet().assign(centre=sheet()["class"].map({"A": "x", "B": "y"})))
    assert in_process("check", tmp_path).returncode == 0
    assert in_process("check", tmp_path, "--strict").returncode == 3
    for options_ in (("--label-column", "clas"), ("--labels", "$NOWHERE/s.tsv"), ("--expression", "quux://host/m.tsv")):
        done = in_process("check", tmp_path, *options_)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("genereport: [GR")
        assert "\n" not in done.stderr.strip()


def test_init_does_not_look_elsewhere(tmp_path: Path) -> None:
    done = in_process("init", tmp_path, "--from", "https://ann:secret@host/m.tsv?token=secret")
    assert (done.returncode, "GR008" in done.stderr, "secret" in done.stderr) == (2, True, False)
    assert not list(tmp_path.iterdir())


def test_a_report_of_fetched_files_keeps_no_secret_and_knows_when_nothing_changed(tmp_path: Path) -> None:
    files = {"m.tsv": matrix().to_csv(sep="\t").encode(), "s.tsv": sheet().to_csv(sep="\t").encode()}
    (tmp_path / "study.toml").write_text(
        '[cohort]\nexpression = "$HOST/m.tsv?token=${TOKEN}"\n[run]\nout = "report.html"\nformat = "html"\n'
    )
    with served(files) as offer:
        host = offer.address.replace("//", "//ann:pa55word@")
        options_ = (tmp_path, "--labels", f"{host}/s.tsv?key=k3y5", *FAST, "--set", "tests.permutations=0")
        environment = {"HOST": host, "TOKEN": "t0ken"}
        done = in_process("build", *options_, "--log-format", "json", environment=environment)
        assert done.returncode == 0, done.stderr
        assert sorted(offer.asked) == ["/m.tsv?token=t0ken", "/s.tsv?key=k3y5"]
        again = in_process("build", *options_, "--if-changed", environment=environment)
        assert "Nothing to do" in again.stdout
    before = (tmp_path / "report.html").read_bytes()
    gone = in_process("build", *options_, "--if-changed", environment=environment)
    assert (tmp_path / "report.html").read_bytes() == before
    assert (gone.returncode, "GR129" in gone.stderr) == (2, True)
    said = "".join(each.stdout + each.stderr for each in (done, again, gone))
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in ("pa55word", "t0ken", "k3y5"):
        assert secret not in said
        assert secret.encode() not in written
