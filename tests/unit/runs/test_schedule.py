"""Units are accepted by the programs they are for, and every path comes out of them as it went in."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genereport.errors import CohortError, OutputError, SettingsError
from genereport.runs.schedule import KINDS, Job, Times, job, unit
from tests.command import in_process

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
OPTIONS = ["-q", "--log-format", "json"]
NASTY = 'it\'s "50 %" of $HOME, `x` {y} ü β;&|<>()#~!^=+@,'
"""All that a shell, systemd, YAML, Python or Groovy might take for its own; * ? [ ] and the backslash apart."""

letters = st.characters(exclude_categories=("C", "Z"), exclude_characters="/\\*?[]")
names = st.text(st.sampled_from("ab \"'%$`{}();&|<>#~!^=+@,:-_.üβ数") | letters, min_size=1, max_size=30).filter(
    lambda name: name.strip(" .-!#~") == name
)
hostile = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def required(name: str) -> str:
    """The path of a program; the test is skipped where there is none, and fails where CI must have it."""
    path = os.environ.get(f"GENEREPORT_{name.upper().replace('-', '_')}") or shutil.which(name)
    if path is None:
        if os.environ.get("GENEREPORT_CI") == "1":
            pytest.fail(f"{name} is absent, but GENEREPORT_CI=1 requires it")
        pytest.skip(f"{name} is not installed")
    return path


def study_in(folder: Path, *, more: str = "") -> Path:
    """A study of two files, which need not be a cohort: they are named, not read."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("matrix.tsv", "labels.tsv"):
        (folder / name).write_text("x\n")
    (folder / "study.toml").write_text(f'[cohort]\nexpression = "matrix.tsv"\nlabels = "labels.tsv"\n{more}')
    return folder / "study.toml"


def made_up(folder: Path, command: str = "/opt/bin/genereport") -> Job:
    """A job of files that do not exist."""
    files = tuple(folder / name for name in ("study.toml", "matrix.tsv"))
    return Job(files[0], files, folder / "report.pdf", ("report.pdf", "report.html"), command, "daily")


def expected(study: object, out: object) -> list[str]:
    return ["build", str(study), "--if-changed", "--out", str(out), *OPTIONS]


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A genereport that writes down how it was called, makes what a report consists of, and exits with $STATUS."""
    path = tmp_path / "bin of mine, 50 % $HOME" / "genereport"
    path.parent.mkdir()
    path.write_text(
        "#!/bin/sh\n"
        f"for word do printf '%s\\0' \"$word\"; done > {shlex.quote(str(tmp_path / 'called'))}\n"
        'echo told >&2\nwhile [ "$1" != --out ]; do shift; done\nstem=${2%.*}\n'
        'mkdir -p "${stem}_data"; touch "${stem}.pdf" "${stem}.html" "${stem}_data/results.json"\nexit "${STATUS:-0}"\n'
    )
    path.chmod(0o755)
    return path


def called(tmp_path: Path) -> list[str]:
    return (tmp_path / "called").read_text().split("\0")[:-1]


def run(command: list[str], status: int = 0, **keywords: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "STATUS": str(status)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, **keywords)  # type: ignore[call-overload,no-any-return]


def files_of(text: str) -> dict[str, str]:
    """The files of a unit that consists of several, told apart as the awk line in its head does it."""
    parts = re.split(r"^# file: (\S+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


# --- what is to be run --------------------------------------------------------------------------------------------


def test_a_study_names_its_files_and_where_the_report_goes(tmp_path: Path) -> None:
    study = study_in(
        tmp_path / "s", more='[biomarkers]\nfile = "../known.tsv"\n[run]\nout = "out/r.html"\nformat = "html"'
    )
    (tmp_path / "known.tsv").write_text("x\n")
    found = job(tmp_path / "s", "genereport")
    assert found == job(study, "genereport")
    base = tmp_path / "s"
    assert found.inputs == (study, base / "matrix.tsv", base / "labels.tsv", tmp_path / "known.tsv")
    assert (found.out, found.pages, found.data) == (base / "out" / "r.html", ("r.html",), "r_data")
    assert job(study, "genereport", out=tmp_path / "other.pdf").out == tmp_path / "other.pdf"


def test_a_study_may_be_named_from_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_in(tmp_path / "s", more='[run]\nout = "out/r.pdf"\n')
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert job(Path("../s/study.toml"), "bin/genereport") == job(study, str(tmp_path / "elsewhere/bin/genereport"))
    assert job(Path("../s"), "genereport", out=Path("r.html")).out == tmp_path / "elsewhere" / "r.html"


def test_a_folder_is_its_tables_and_templates_are_all_their_files(tmp_path: Path) -> None:
    folder = tmp_path / "cohort"
    study_in(folder).unlink()
    (folder / "notes.md").write_text("x")
    found = job(folder, "genereport")
    assert found.study == folder
    assert found.inputs == (folder / "labels.tsv", folder / "matrix.tsv")
    assert found.out == folder / "report.pdf"
    (folder / "house" / "own").mkdir(parents=True)
    (folder / "house" / "own" / "logo.svg").write_text("x")
    study_in(folder, more='[report]\ntemplates = "house"\n')
    assert folder / "house" / "own" / "logo.svg" in job(folder, "genereport").inputs


def test_a_study_that_is_not_there_or_does_not_validate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="GR003"):
        job(tmp_path / "none", "genereport")
    with pytest.raises(SettingsError, match="GR001"):
        job(study_in(tmp_path, more="[tests]\nalhpa = 1\n"), "genereport")
    (study_in(tmp_path).parent / "matrix.tsv").unlink()
    with pytest.raises(CohortError, match=r"GR101.*cohort\.expression"):
        job(tmp_path, "genereport")
    with pytest.raises(OutputError, match="GR403"):
        job(study_in(tmp_path), "genereport", out=Path("report.doc"))


@given(names)
def test_the_hour_follows_from_the_path(name: str) -> None:
    when = Times.of(Path("/studies") / name)
    assert when == Times.of(Path("/studies") / name)
    assert 1 <= when.minute <= 59
    assert 3 <= when.hour <= 5


def test_studies_do_not_all_begin_at_once() -> None:
    assert len({Times.of(Path(f"/studies/{number}/study.toml")) for number in range(60)}) > 40


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x1b", "\x7f", "\u2028", "\udcff"])
def test_no_unit_holds_a_control_character(kind: str, character: str) -> None:
    with pytest.raises(OutputError, match=r"GR640.*symbolic link"):
        unit(made_up(Path(f"/studies/a{character}b")), kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_unit_is_the_same_each_time_and_holds_no_line_of_ours_that_is_empty(kind: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    wanted = job(study_in(tmp_path / "s"), "genereport")
    text = unit(wanted, kind)  # type: ignore[arg-type]
    assert text == unit(wanted, kind)  # type: ignore[arg-type]
    assert text.endswith("\n")
    assert not re.search(r"[ \t]$|\[\[|None", text, flags=re.MULTILINE)


# --- cron ---------------------------------------------------------------------------------------------------------


def vixie(field: str) -> str:
    r"""What Vixie's cron hands to the shell: ``\%`` and ``\\`` lose a backslash, ``%`` ends the line."""
    return re.sub(r"\\([%\\])|%.*", lambda found: found[1] or "", field)


def cronie(field: str) -> str:
    r"""What cronie hands to the shell: only ``\%`` loses its backslash."""
    return re.sub(r"\\(%)|(?<!\\)%.*", lambda found: found[1] or "", field)


def command_of(text: str) -> str:
    return text.splitlines()[-1].split(" ", 5)[5]


@pytest.mark.parametrize("every", ["hourly", "daily", "weekly"])
def test_crontab_takes_the_entry(tmp_path: Path, every: str) -> None:
    crontab = required("crontab")
    told = run([crontab, "-h"]).stderr
    check = "-T" if "-T" in told else "-n"  # cronie and Debian from 13 on; Debian before
    file = tmp_path / "crontab"
    file.write_text(unit(replace(made_up(Path(f"/studies/{NASTY}")), every=every), "cron"))  # type: ignore[arg-type]
    assert run([crontab, check, str(file)]).returncode == 0
    file.write_text(file.read_text() + "61 * * * * true\n")
    assert run([crontab, check, str(file)]).returncode != 0


@hostile
@given(name=names)
def test_cron_gives_the_shell_the_path(name: str) -> None:
    folder = Path("/studies") / name
    field = command_of(unit(made_up(folder), "cron"))
    assert vixie(field) == cronie(field)
    words = shlex.split(vixie(field))
    assert words[3:11] == ["/opt/bin/genereport", *expected(folder / "study.toml", folder / "report.pdf")][:8]


def test_the_entry_of_cron_runs_and_tells_of_failures_alone(tmp_path: Path, recorder: Path) -> None:
    study = study_in(tmp_path / NASTY)
    command = vixie(command_of(unit(job(study, str(recorder)), "cron")))
    for status, left in ((0, 0), (75, 0), (2, 2), (3, 3)):
        done = run(["/bin/sh", "-c", command], status=status, cwd="/")
        assert called(tmp_path) == expected(study, study.parent / "report.pdf")
        assert done.returncode == left
        said = f"genereport: exit status {status}, see {study.parent / 'report.log'}\n"
        assert (done.stdout, done.stderr) == (said if left else "", "")
    assert (study.parent / "report.log").read_text() == "told\n" * 4


def test_what_cron_reads_in_two_ways_is_refused() -> None:
    with pytest.raises(OutputError, match=r"GR640\] /studies/a\\b/study.toml: "):
        unit(made_up(Path("/studies/a\\b")), "cron")
    with pytest.raises(OutputError, match=r"GR640.*998 bytes"):
        unit(made_up(Path("/studies", *["long" * 20] * 6)), "cron")


# --- systemd ------------------------------------------------------------------------------------------------------


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runtime directory, without which systemd-analyze says nothing of units of the user."""
    (tmp_path / "runtime").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))


@pytest.mark.usefixtures("runtime")
@pytest.mark.parametrize("every", ["hourly", "daily", "weekly"])
def test_systemd_takes_the_units(tmp_path: Path, recorder: Path, every: str) -> None:
    """It looks for the command, too; what it does not know it only tells of, so it must tell of nothing."""
    analyze = required("systemd-analyze")
    study = study_in(tmp_path / NASTY)
    files = files_of(unit(job(study, str(recorder), every=every), "systemd"))  # type: ignore[arg-type]
    assert [name.rpartition(".")[2] for name in files] == ["service", "timer"]
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    for name in files:
        done = run([analyze, "--user", "--man=no", "verify", str(tmp_path / name)])
        assert (done.returncode, done.stderr) == (0, "")
    wrong = tmp_path / next(iter(files))
    wrong.write_text(wrong.read_text().replace("NoNewPrivileges", "NoNewPrivilege"))
    assert "Unknown key" in run([analyze, "--user", "--man=no", "verify", str(wrong)]).stderr


def test_a_command_that_systemd_does_not_take_is_refused() -> None:
    with pytest.raises(OutputError, match="GR640"):
        unit(made_up(Path("/studies"), "/opt/it's mine/genereport"), "systemd")


@pytest.mark.usefixtures("runtime")
def test_the_line_in_the_head_writes_the_units(tmp_path: Path) -> None:
    text = unit(made_up(Path("/studies/golub")), "systemd")
    line = re.search(r"^# +\.\.\. \| (awk .*)$", text, flags=re.MULTILINE)
    assert line is not None
    subprocess.run(["/bin/sh", "-c", line[1]], input=text, text=True, cwd=tmp_path, check=True)
    for name, content in files_of(text).items():
        assert (tmp_path / name).read_text() == f"# file: {name}\n{content}"


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that other users may enter: systemd does not read its units as root in its test mode."""
    folder = Path(tempfile.mkdtemp(prefix="genereport-test-"))
    folder.chmod(0o755)
    (folder / "runtime").mkdir(mode=0o700)
    (folder / "stub").write_text("#!/bin/sh\n")
    (folder / "stub").chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def parsed(folder: Path, services: dict[str, str]) -> dict[str, tuple[list[str], str]]:
    """Service → the words of its command and the path it may write to, as systemd itself reads the unit."""
    systemd = next((path for path in ("/usr/lib/systemd/systemd", "/lib/systemd/systemd") if Path(path).exists()), None)
    systemd = systemd or required("systemd")
    for name, text in services.items():
        (folder / name).write_text(text)
    (folder / "all.target").write_text("[Unit]\n" + "".join(f"Wants={name}\n" for name in services))
    command = [systemd, "--test", "--user", "--unit=all.target"]
    if os.geteuid() == 0:
        os.chown(folder / "runtime", 65534, 65534)
        command = [required("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    variables = {
        "XDG_RUNTIME_DIR": folder / "runtime",
        "HOME": folder,
        "SYSTEMD_UNIT_PATH": folder,
        "LC_ALL": "C.UTF-8",
    }
    environment = {name: str(value) for name, value in variables.items()} | {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = {}
    for part in re.split(r"^\t-> Unit ", done.stdout, flags=re.MULTILINE)[1:]:
        name = part.partition(":\n")[0]
        if name in services:
            line = re.search(r"^\t+Command Line: (.*)$", part, flags=re.MULTILINE)
            path = re.search(r"^\t+ReadWritePaths: (.*)$", part, flags=re.MULTILINE)
            assert line is not None
            assert path is not None, done.stderr
            words = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line[1])
            found[name] = ([re.sub(r"\\(.)", r"\1", one or two).replace("$$", "$") for one, two in words], path[1])
    return found


@settings(deadline=None, max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(names, min_size=8, max_size=8, unique=True))
def test_systemd_reads_the_path(public: Path, drawn: list[str]) -> None:
    folders = [Path("/studies") / name for name in (*drawn, NASTY, "back\\slash \\n", "end\\", "%h %% $$", "é' \"")]
    jobs = {f"s{number}.service": made_up(folder, str(public / "stub")) for number, folder in enumerate(folders)}
    services = {name: next(iter(files_of(unit(each, "systemd")).values())) for name, each in jobs.items()}
    found = parsed(public, services)
    for name, each in jobs.items():
        assert found[name] == ([each.command, *expected(each.study, each.out)], str(each.out.parent))


# --- GitHub -------------------------------------------------------------------------------------------------------


def workflow(text: str) -> dict[str, object]:
    content = yaml.safe_load(text)
    return {"on" if key is True else key: value for key, value in content.items()}  # YAML 1.1 takes "on" for true


@pytest.mark.parametrize("every", ["hourly", "daily", "weekly"])
def test_the_workflow_holds_to_the_schema(tmp_path: Path, every: str) -> None:
    schema = json.loads((REFERENCE / "github-workflow.schema.json").read_text())
    (tmp_path / ".git").mkdir()
    wanted = job(study_in(tmp_path / "a study"), "genereport", every=every)  # type: ignore[arg-type]
    content = workflow(unit(wanted, "github-actions"))
    jsonschema.Draft7Validator(schema).validate(content)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate({**content, "permissions": {"contents": "all"}})


@hostile
@given(name=names)
def test_yaml_and_the_shell_read_the_path(tmp_path: Path, recorder: Path, name: str) -> None:
    (tmp_path / ".git").mkdir(exist_ok=True)
    study = Path(name, "study.toml")
    content: dict = workflow(unit(made_up(tmp_path / name, str(recorder)), "github-actions"))  # type: ignore[type-arg]
    assert content["on"]["push"]["paths"][0].replace(r"\+", "+") == str(study)
    steps = content["jobs"]["report"]["steps"]
    build = next(step["run"] for step in steps if "build" in step.get("run", ""))
    (tmp_path / name).mkdir(exist_ok=True)
    environment = {**os.environ, **content["jobs"]["report"]["env"]}
    subprocess.run(["bash", "-e", "-c", build], check=True, cwd=tmp_path, env=environment, capture_output=True)
    assert called(tmp_path) == expected(study, study.with_name("report.pdf"))
    kept = [step["with"]["path"].splitlines() for step in steps if "path" in step.get("with", {})]
    report = [f"{name}/{file}" for file in ("report.pdf", "report.html", "report_data")]
    assert kept == [[*report, f"{name}/runs"], report]


def test_all_clones_of_a_repository_have_the_same_workflow(tmp_path: Path) -> None:
    texts = set()
    for clone in ("here", "there"):
        (tmp_path / clone / ".git").mkdir(parents=True)
        texts.add(unit(job(study_in(tmp_path / clone), "genereport"), "github-actions"))
    assert len(texts) == 1


def test_what_a_workflow_cannot_see_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"GR641.*not in a Git repository"):
        unit(made_up(Path("/studies/golub")), "github-actions")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    study = study_in(tmp_path / "repository")
    with pytest.raises(OutputError, match=r"GR641.*outside"):
        unit(job(study, "genereport", out=tmp_path / "report.pdf"), "github-actions")


@pytest.mark.parametrize("name", ["a*b", "a?b", "[ab]", "a\\b", "-a", "!a", "#a", " a", "${{ a }}"])
def test_what_a_workflow_takes_for_a_pattern_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(OutputError, match="GR640"):
        unit(made_up(tmp_path / name), "github-actions")


# --- Snakemake ----------------------------------------------------------------------------------------------------


def test_snakemake_lints_and_runs_the_rule(tmp_path: Path, recorder: Path) -> None:
    """Everything in folders with hostile names; then a second run, which has nothing to do."""
    snakemake = required("snakemake")
    study = study_in(
        tmp_path / NASTY.replace("{y}", "y"), more="[biomarkers]\nfile = '../known \"50 %\" `$$x` ü.tsv'\n"
    )
    (tmp_path / 'known "50 %" `$x` ü.tsv').write_text("x\n")
    for name, text in files_of(unit(job(study, str(recorder)), "snakemake")).items():
        (study.parent / name).write_text(text)
    linted = run([snakemake, "--lint"], cwd=study.parent)
    assert linted.returncode == 0, linted.stderr
    command = [snakemake, "--cores", "1", "--config", f"genereport={recorder}"]
    first = run(command, cwd=study.parent)
    assert first.returncode == 0, first.stderr
    words = ["build", "study.toml", "--if-changed", "--out", "report.pdf", "--jobs", "1", *OPTIONS]
    assert called(tmp_path) == words
    assert "Nothing to be done" in run(command, cwd=study.parent).stderr


@given(names.filter(lambda name: not set("{}") & set(name)))
def test_python_reads_the_path(name: str) -> None:
    text = files_of(unit(replace(made_up(Path("/studies")), inputs=(Path("/studies", f"x{name}"),)), "snakemake"))
    found = re.search(r"^ +files=\[\n +(.*),\n", text["Snakefile"], flags=re.MULTILINE)
    assert found is not None
    assert ast.literal_eval(found[1]) == f"x{name}"


def test_what_snakemake_takes_for_a_wildcard_or_an_option_is_refused() -> None:
    for name in ("a{b}", "a{b}/c", "-a"):
        with pytest.raises(OutputError, match="GR640"):
            unit(replace(made_up(Path("/studies")), inputs=(Path("/studies", name),)), "snakemake")


def test_the_environment_of_the_rule_is_that_of_this_version() -> None:
    content = yaml.safe_load(files_of(unit(made_up(Path("/studies")), "snakemake"))["genereport.yaml"])
    assert content["dependencies"][-1] == {"pip": [f"genereport=={in_process('--version').stdout.split()[1]}"]}


# --- Nextflow -----------------------------------------------------------------------------------------------------


def groovy(literal: str) -> str:
    """The text of a Groovy string in single quotes."""
    assert re.fullmatch(r"'(?:[^'\\]|\\['\\])*'", literal), literal
    return re.sub(r"\\(.)", r"\1", literal[1:-1])


@hostile
@given(name=names.filter(lambda name: not set("{}") & set(name)))
def test_nextflow_stages_the_files_and_bash_reads_the_command(tmp_path: Path, recorder: Path, name: str) -> None:
    """A reader of our own: Nextflow's is not to be had without its site. Its grammar was tried by hand, see below."""
    wanted = made_up(tmp_path / "a" / name, str(recorder))
    wanted = replace(wanted, inputs=(*wanted.inputs, tmp_path / "a" / f"{name}.gmt"))
    text = unit(wanted, "nextflow")
    staged = [groovy(found) for found in re.findall(r"stageAs: (.*)$", text, flags=re.MULTILINE)]
    sources = [groovy(found) for found in re.findall(r"fromPath\((.*), checkIfExists", text)]
    assert sources == [str(path) for path in wanted.inputs]
    assert staged == [f"cohort/{path.relative_to(tmp_path / 'a')}" for path in wanted.inputs]
    script = re.search(r'"""\n +(.*)\n +"""', text)
    assert script is not None
    command = re.sub(r"\\(.)", r"\1", script[1].replace("${task.cpus}", "4"))
    task = tmp_path / "task"
    task.mkdir(exist_ok=True)
    subprocess.run(["bash", "-ue", "-c", command], check=True, cwd=task, capture_output=True)
    assert called(tmp_path) == [*expected(staged[0], "report.pdf"), "--jobs", "4"]


def test_the_pipeline_has_as_many_inputs_as_it_is_given() -> None:
    """It keeps to the strict syntax: the grammar of Nextflow 26.08.0-edge (modules/nf-lang, ScriptParser.g4, made into
    Java by antlr4 4.7.2) reads it without an error, with hostile paths, too."""
    text = unit(made_up(Path("/studies/golub")), "nextflow")
    assert (
        len(re.findall(r"^ +path input_\d+, stageAs", text, flags=re.MULTILINE)) == text.count("channel.fromPath") == 2
    )
    assert "publishDir params.outdir, mode: 'copy', overwrite: true" in text
    with pytest.raises(OutputError, match="GR640"):
        unit(replace(made_up(Path("/studies")), inputs=(Path("/studies/a*b"),)), "nextflow")


# --- the command line ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_what_the_library_makes(tmp_path: Path, kind: str) -> None:
    (tmp_path / ".git").mkdir()
    study = study_in(tmp_path / "s")
    done = in_process("schedule", study, "--for", kind, "--every", "weekly", "--command", "/opt/bin/genereport")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == unit(job(study, "/opt/bin/genereport", every="weekly"), kind)  # type: ignore[arg-type]


def test_without_a_command_it_is_the_one_that_was_called(tmp_path: Path) -> None:
    from tests.command import COMMAND

    study = study_in(tmp_path)
    assert f" {COMMAND} build " in in_process("schedule", study, "--for", "cron").stdout


def test_a_refusal_is_a_paragraph_and_status_2(tmp_path: Path) -> None:
    for study in (tmp_path / "none.toml", study_in(tmp_path / "a\nb")):
        done = in_process("schedule", study, "--for", "cron")
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(r"genereport: \[GR(003|640)\] .*\n", done.stderr)
