"""Compare two stored runs, and write the comparison as one file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from genereport.analyses.comparison.result import Comparison
from genereport.analyses.comparison.stage import compare, thresholds
from genereport.errors import OutputError, SettingsError
from genereport.report.archive import Attachment
from genereport.report.comparison import compose_comparison
from genereport.report.pictures import Pictures
from genereport.report.render import to_html, to_pdf
from genereport.runs.store import read_analysis
from genereport.runs.stored import data_folder
from genereport.runs.writing import writing
from genereport.settings import CompareSettings, resolve

Ending = Literal[".pdf", ".html", ".json"]
ENDINGS: tuple[Ending, ...] = (".pdf", ".html", ".json")


def compare_runs(earlier: Path | str, later: Path | str, assignments: Sequence[str] = ()) -> Comparison:
    """Compare two runs by their stored results; no cohort file is read, and nothing is written.

    Args:
        earlier: The run of reference: its folder of data, a page beside that, or a folder that holds just one.
        later: The run that is compared with it, named likewise; its settings hold the thresholds.
        assignments: Texts ``compare.key=value`` that take precedence over those thresholds.

    Returns:
        The comparison.

    Raises:
        VerificationError: GR620 if a run is not there.
        RenderError: GR502 if the results of a run cannot be read.
        ComparisonError: GR621 if one run has two classes and the other more.
        SettingsError: GR001, GR002 if a threshold is not valid.

    Example:
        A run and itself.

        >>> comparison = compare_runs(report, report)
        >>> print(str(comparison).splitlines()[0])
        No material change: the concordance of the log fold changes is 1.000 (at least 0.95).
    """
    before, after = (read_analysis(data_folder(run)) for run in (earlier, later))
    return compare(before, after, _settings(thresholds(after), assignments))


def write_comparison(comparison: Comparison, out: Path | str, *, force: bool = False) -> Path:
    """Write a comparison as PDF, HTML or JSON, by the ending of its name; a partial file is never left.

    Args:
        comparison: As `compare_runs` returns it.
        out: The file, such as ``comparison.html``.
        force: Whether to replace a file.

    Returns:
        The path that was written.

    Raises:
        OutputError: GR622 if the ending is another, GR401 if the file is there already, GR402 if it cannot be written.
        RenderError: GR501 if the comparison cannot be rendered.

    Example:
        >>> write_comparison(compare_runs(report, report), "comparison.json").name
        'comparison.json'
    """
    path = Path(out)
    ending = check_out(path, force=force)
    content = _content(comparison, ending)
    check_out(path, force=force)  # again: rendering takes seconds
    with writing("The comparison", path):
        _replace(path, content)
    return path


def check_out(path: Path, *, force: bool) -> Ending:
    """Return the ending of a path that may be written to.

    Raises:
        OutputError: GR622 if the ending is another, GR401 if the file is there already.
    """
    for ending in ENDINGS:
        if path.suffix.lower() == ending:
            if path.exists() and not force:
                raise _file_exists_error(path)
            return ending
    raise OutputError(
        "GR622",
        "The name of the comparison must end in .pdf, .html or .json.",
        f"Try --out {path.name}.pdf.",
        str(path),
    )


def _file_exists_error(path: Path) -> OutputError:
    return OutputError(
        "GR401",
        f"The file already exists ({path.name}).",
        "Give --force to replace it, or choose another --out.",
        str(path),
    )


def _settings(stored: dict[str, float], assignments: Sequence[str]) -> CompareSettings:
    """Return the thresholds of the later run, replaced by those of the command line where given."""
    for text in assignments:
        if not text.strip().startswith("compare."):
            raise SettingsError(
                "GR002",
                f"'{text}' is not a limit of a comparison, and both runs are finished.",
                "Only settings of the section [compare] can be given here, such as compare.jaccard=0.6.",
            )
    known = [f"compare.{name}={value!r}" for name, value in stored.items()]
    return resolve(environment={}, assignments=[*known, *assignments]).compare


def _content(comparison: Comparison, ending: Ending) -> bytes:
    results = f"{comparison.to_json()}\n".encode()
    if ending == ".json":
        return results
    document = compose_comparison(comparison)
    if ending == ".html":
        return to_html(document).encode()
    pictures = Pictures.of(document, screen=False)
    numbers = Attachment("comparison.json", results, "Every number of the comparison", "application/json", "Data")
    return to_pdf(document, pictures, (numbers,))


def _replace(path: Path, content: bytes) -> None:
    """Write a file and move it into place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
