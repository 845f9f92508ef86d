"""Make units that build a study again when its files change: for cron, systemd, GitHub, Snakemake and Nextflow.

Each unit is rendered from a template under ``templates/schedule``. The hour is derived from the path of the study, so
that a unit is the same whenever it is printed, and the studies of one machine do not all begin at once.
"""

from __future__ import annotations

import hashlib
import os.path
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any, Literal, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from genereport.cohort.names import cohort_files_in
from genereport.errors import CohortError, OutputError, SettingsError
from genereport.locations import file_of
from genereport.resources import folder
from genereport.runs import quoting
from genereport.runs.atomic_replace import Target
from genereport.settings import Settings, named_inputs, read_settings

Kind = Literal["cron", "systemd", "github-actions", "snakemake", "nextflow"]
Every = Literal["hourly", "daily", "weekly"]

_OPTIONS = ("-q", "--log-format", "json")


@dataclass(frozen=True)
class Job:
    """The call of genereport that a unit runs.

    Attributes:
        study: Study file, folder or matrix, as ``build`` takes it; absolute.
        inputs: Every file that the study reads, the study file first if there is one; absolute.
        out: ``report.pdf`` or ``report.html``, absolute.
        pages: Names of the pages that are written beside `out`.
        command: Path of genereport, or its bare name.
        every: How often it runs, where the unit has a clock.
    """

    study: Path
    inputs: tuple[Path, ...]
    out: Path
    pages: tuple[str, ...]
    command: str
    every: Every

    @property
    def base(self) -> Path:
        """The folder that the study lies in."""
        return self.study if self.study.is_dir() else self.study.parent

    @property
    def data(self) -> str:
        """The name of the data folder."""
        return f"{self.out.stem}_data"


@dataclass(frozen=True)
class Times:
    """The time at which a job begins.

    Attributes:
        minute: 1 to 59; many jobs begin at the full hour.
        hour: 3 to 5; later than the hour that the change of summer time repeats or leaves out.
    """

    minute: int
    hour: int

    @classmethod
    def of(cls, path: PurePath) -> Times:
        """Return the time of a study, from the SHA-256 of its path."""
        number = int(_digest(path), 16)
        return cls(1 + number % 59, 3 + number // 59 % 3)

    def cron(self, every: Every) -> str:
        """Return the five fields of crontab(5)."""
        return {
            "hourly": f"{self.minute} * * * *",
            "daily": f"{self.minute} {self.hour} * * *",
            "weekly": f"{self.minute} {self.hour} * * 0",
        }[every]

    def calendar(self, every: Every) -> str:
        """Return the calendar event of systemd.time(7)."""
        return {
            "hourly": f"*-*-* *:{self.minute:02}:00",
            "daily": f"*-*-* {self.hour:02}:{self.minute:02}:00",
            "weekly": f"Sun *-*-* {self.hour:02}:{self.minute:02}:00",
        }[every]


def job(study: Path, command: str, *, every: Every = "daily", out: Path | None = None) -> Job:
    """Read a study and return the job that builds it.

    Args:
        study: A ``study.toml``, a folder, or a file whose layout a reader recognises.
        command: Path of genereport; a bare name is looked up where the unit runs.
        every: How often the job runs.
        out: Path of the report, in place of the one in the study; default of both: ``report.pdf`` beside the study.

    Raises:
        CohortError: GR101 if a file that the study names does not exist.
        OutputError: GR403 if the path of the report ends neither in .pdf nor in .html.
        SettingsError: GR001, GR002, GR003 if the study does not exist or is not valid.
    """
    named = study / "study.toml" if (study / "study.toml").is_file() else study
    if not named.exists():
        raise SettingsError("GR003", "The study does not exist.", "Correct the path.", str(study))
    settings = read_settings(named)
    path = _absolute_path(named)
    beside = (path if path.is_dir() else path.parent) / "report.pdf"
    target = _absolute_path(out or settings.run.out or beside)
    stem = Target.of(target).stem
    endings = ("pdf", "html") if settings.run.format == "both" else (settings.run.format,)
    pages = tuple(f"{stem}.{ending}" for ending in endings)
    program = str(_absolute_path(Path(command))) if "/" in command else command
    return Job(path, _inputs(path, settings), target, pages, program, every)


def unit(wanted: Job, kind: Kind) -> str:
    """Return the text of a unit, with comments that say how to install it.

    Raises:
        OutputError: GR640 if a path cannot be written into it; GR641 if a workflow of GitHub is asked for and the study
            or another file is not in a repository.
    """
    for path in (wanted.study, *wanted.inputs, wanted.out, wanted.command):
        quoting.printable(str(path), kind)
    content = {"kind": kind, "version": version("genereport"), **_CONTENT[kind](wanted)}
    return _templates().get_template(f"{kind}.j2").render(**content)


def _digest(path: PurePath) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()


def _name(study: PurePath) -> str:
    """Return a name for units: from the folder or the file, with a few digits that depend on the whole path."""
    own = study.parent.name if study.name == "study.toml" else study.stem
    plain = re.sub(r"[^a-z0-9]+", "-", own.lower()).strip("-")[:40] or "study"
    return f"genereport-{plain}-{_digest(study)[:6]}"


def _absolute_path(path: Path) -> Path:
    """Return an absolute path without ``..``; symbolic links are kept, since they outlive the files they point to."""
    return Path(os.path.normpath(path.absolute()))


def _inputs(study: Path, settings: Settings) -> tuple[Path, ...]:
    """Return the study file and the local files that it names; for a folder, the files in it that count."""
    found = [study] if study.is_file() else []
    for setting, place in named_inputs(settings).items():
        file = file_of(place)
        if isinstance(file, Path):
            found += _files(_absolute_path(file), setting)
    return tuple(dict.fromkeys(found))


def _files(path: Path, setting: str) -> list[Path]:
    """Return the file itself, the tables of a cohort's folder, or every file below any other folder."""
    if not path.exists():
        raise CohortError(
            "GR101", f"{setting} names a file or folder that does not exist.", "Correct the path.", str(path)
        )
    if path.is_file():
        return [path]
    return (
        cohort_files_in(path)
        if setting.startswith("cohort.")
        else sorted(one for one in path.rglob("*") if one.is_file())
    )


def _words(wanted: Job, study: str, out: str) -> list[str]:
    return [wanted.command, "build", study, "--if-changed", "--out", out, *_OPTIONS]


def _cron(wanted: Job) -> dict[str, Any]:
    command = quoting.cron_words(_words(wanted, str(wanted.study), str(wanted.out)))
    log = quoting.cron_words([str(wanted.out.with_suffix(".log"))])
    told = f"echo genereport: exit status $s, see {log}"
    line = f"nice -n 10 {command} >>{log} 2>&1 || {{ s=$?; test $s -eq 75 || {{ {told}; exit $s; }}; }}"
    return {
        "study": wanted.study,
        "log": log,
        "time": Times.of(wanted.study).cron(wanted.every),
        "line": quoting.cron(line, str(wanted.study)),
    }


def _systemd(wanted: Job) -> dict[str, Any]:
    first, *rest = _words(wanted, str(wanted.study), str(wanted.out))
    return {
        "study": wanted.study,
        "described": str(wanted.study).replace("%", "%%"),
        "name": _name(wanted.study),
        "command": " ".join([quoting.systemd_command(first), *map(quoting.systemd_argument, rest)]),
        "folder": quoting.systemd(str(wanted.out.parent)),
        "calendar": Times.of(wanted.study).calendar(wanted.every),
        "every": wanted.every,
        "delay": "5min" if wanted.every == "hourly" else "15min",
    }


def _github(wanted: Job) -> dict[str, Any]:
    root = _repository(wanted.study)
    inside = [_path_inside(path, root) for path in dict.fromkeys((wanted.study, *wanted.inputs))]
    out, study = _path_inside(wanted.out, root), inside[0]
    watched = inside[1:] if wanted.study.is_dir() else inside
    results = [quoting.github(out.with_name(name)) for name in (*wanted.pages, wanted.data)]
    runs = out.with_name("runs")
    return {
        "name": _name(study),
        "time": Times.of(study).cron(wanted.every),
        "watched": [quoting.github_pattern(path) for path in watched],
        "study": quoting.quoted(quoting.github(study)),
        "out": quoting.quoted(quoting.github(out)),
        "command": quoting.shell([wanted.command]),
        "results": results,
        "runs": quoting.github(runs),
    }


def _repository(path: Path) -> Path:
    for candidate in (path, *path.parents):
        if (candidate / ".git").exists():
            return candidate
    raise OutputError(
        "GR641",
        "The study is not in a Git repository, so no workflow of GitHub can check it out.",
        "Put the study into a Git repository, or choose another kind of unit with --for.",
        str(path),
    )


def _path_inside(path: Path, root: Path) -> PurePath:
    if not path.is_relative_to(root):
        raise OutputError(
            "GR641",
            f"The path is outside the Git repository {root}, and a workflow of GitHub sees only its repository.",
            "Move the file into the repository, or choose an --out inside it.",
            str(path),
        )
    return PurePath(path.relative_to(root))


def _snakemake(wanted: Job) -> dict[str, Any]:
    def relative(path: Path) -> str:
        return quoting.snakemake(path, wanted.base)

    inputs = [path for path in wanted.inputs if path != wanted.study]
    return {
        "folder": quoting.shell([f"--directory={wanted.base}"]),
        "config": quoting.shell([f"genereport={wanted.command}"]),
        "study": relative(wanted.study),
        "inputs": [relative(path) for path in inputs],
        "pages": {page.rpartition(".")[2]: relative(wanted.out.with_name(page)) for page in wanted.pages},
        "data": relative(wanted.out.with_name(wanted.data)),
        "first": wanted.pages[0].rpartition(".")[2],
        "log": relative(wanted.out.with_suffix(".log")),
        "options": quoting.shell(_OPTIONS),
    }


def _nextflow(wanted: Job) -> dict[str, Any]:
    files = wanted.inputs or (wanted.study,)
    root = Path(os.path.commonpath([*(path.parent for path in files), wanted.base]))
    cohort = PurePath("cohort")
    command = quoting.shell(_words(wanted, str(cohort / wanted.study.relative_to(root)), wanted.out.name))
    staged = [(path, quoting.staged(cohort / path.relative_to(root))) for path in files]
    return {
        "tag": quoting.groovy(_name(wanted.study)),
        "folder": quoting.groovy(str(wanted.out.parent)),
        "command": quoting.groovy_script(command),
        "inputs": [
            {"name": f"input_{number}", "path": quoting.groovy(str(path)), "staged": name}
            for number, (path, name) in enumerate(staged, 1)
        ],
        "outputs": [quoting.staged(PurePath(name)) for name in (*wanted.pages, wanted.data)],
    }


_CONTENT: Mapping[Kind, Callable[[Job], dict[str, Any]]] = {
    "cron": _cron,
    "systemd": _systemd,
    "github-actions": _github,
    "snakemake": _snakemake,
    "nextflow": _nextflow,
}
KINDS: tuple[Kind, ...] = get_args(Kind)


def _templates() -> Environment:
    """Return the environment for plain text: nothing is escaped, and variables stand in brackets, not in braces."""
    return Environment(
        loader=FileSystemLoader(folder("templates") / "schedule"),
        autoescape=False,  # noqa: S701 - no markup
        undefined=StrictUndefined,
        variable_start_string="[[",
        variable_end_string="]]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
