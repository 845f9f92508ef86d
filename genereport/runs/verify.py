"""Verify that a report is as it was written: its files by SHA-256, its printed numbers by the stored results.

This finds accidents, not forgery. Anyone who can change a number can also change its digest, and a consistent change of
page, results and digests is simply another report.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from genereport.errors import BundleError, VerificationError
from genereport.learn.manifest import require_whole
from genereport.report.value_ids import agrees, resolve
from genereport.runs.crate import Listed, pages, read_crate, sha256
from genereport.runs.integrity import FileDifference, file_differences
from genereport.runs.results import RESULTS, read_results
from genereport.runs.stored import beside

_SHOWN = 20
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
"""Elements of HTML without an end tag."""


@dataclass(frozen=True)
class NumberDifference:
    """A printed number that differs from the stored one.

    Attributes:
        id: Path of the number in ``results.json``.
        printed: Its text in the page.
        stored: Its value in the results; None also where it is missing.
        known: Whether the results have this id.
        place: Id of the section, figure or table of the page that holds it.
    """

    id: str
    printed: str
    stored: Any
    known: bool
    place: str

    def __str__(self) -> str:
        told = f"results.json holds {json.dumps(self.stored)}" if self.known else "results.json has no such number"
        return f"{self.id}: Printed as '{self.printed}' in {self.place or 'the page'}, but {told}."


@dataclass(frozen=True)
class Verification:
    """The outcome of a verification.

    Attributes:
        files: Number of files whose SHA-256 was checked.
        numbers: Number of printed numbers that were checked; None if there is no HTML page, or no results to check by.
        differences: Files and numbers that are not as they were written.
    """

    files: int
    numbers: int | None
    differences: tuple[FileDifference | NumberDifference, ...]

    def __str__(self) -> str:
        if not self.differences:
            return self._describe_success()
        rest = len(self.differences) - _SHOWN
        more = [f"and {rest:,} more"] if rest > 0 else []
        return "\n".join([*(_line(str(one)) for one in self.differences[:_SHOWN]), *more])

    def _describe_success(self) -> str:
        counted = f"Verified: {self.files:,} file{'s' * (self.files != 1)}"
        if self.numbers is None:
            return f"{counted} by SHA-256; there is no HTML page whose numbers could be read"
        ending = ("", "s") if self.numbers == 1 else ("s", "")
        return f"{counted}, {self.numbers:,} printed number{ending[0]} agree{ending[1]} with results.json"

    def require(self, report: Path | str) -> None:
        """Refuse a report with differences.

        Args:
            report: The path that was verified, for the message.

        Raises:
            VerificationError: GR605 if there are any differences.

        Example:
            Nothing is raised for a report that is as it was written.

            >>> verify_report(report).require(report)
        """
        if self.differences:
            count = len(self.differences)
            raise VerificationError(
                "GR605",
                f"The report was changed after it was written: {count:,} difference{'s' * (count != 1)}.",
                "Build it again, or get it from its source again.",
                str(report),
            )


def verify_report(report: Path | str) -> Verification:
    """Check every file of a report, and every number of its HTML page.

    Args:
        report: The folder of data, or a page beside it.

    Returns:
        What was checked, and what differs.

    Raises:
        VerificationError: GR604 if there is no report, or if it cannot be read.

    Example:
        >>> found = verify_report(report)
        >>> found.numbers > 100, found.differences
        (True, ())
    """
    data = beside(Path(report).absolute())
    try:
        return _verify_data(data, read_crate(data))
    except OSError as error:
        raise VerificationError(
            "GR604",
            f"The report cannot be read ({error.strerror or error}).",
            "Give yourself permission to read all of it, or get it from its source again.",
            str(error.filename or data),
        ) from error


@dataclass(frozen=True)
class Printed:
    """A number that is printed in a page.

    Attributes:
        id: Its path in ``results.json``, as the page states it.
        text: Its text.
        place: Id of the nearest element around it that has one.
    """

    id: str
    text: str
    place: str


def printed_numbers(html: str) -> list[Printed]:
    """Return every number of a page, in the order of the end tags."""
    parser = _Page()
    parser.feed(html)
    parser.close()
    return parser.found


def check_numbers(printed: list[Printed], content: dict[str, Any]) -> Iterator[NumberDifference]:
    """Yield the printed numbers that differ from those of the results.

    Args:
        printed: Numbers of a page.
        content: Content of ``results.json``.
    """
    for number in printed:
        try:
            stored = resolve(content, number.id)
        except KeyError:
            yield NumberDifference(number.id, number.text, None, known=False, place=number.place)
            continue
        if not agrees(number.text, stored):
            known = not isinstance(stored, dict | list)
            yield NumberDifference(number.id, number.text, stored if known else None, known, number.place)


def _line(text: str) -> str:
    """Replace control and unassigned characters, since the text may come from a report that was tampered with."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign)[0] == "C" else sign for sign in text)


def _verify_data(data: Path, listed: tuple[Listed, ...]) -> Verification:
    differences: list[FileDifference | NumberDifference] = [*file_differences(data, listed)]
    content = _read_content(data)
    if content is None:
        unread = "The file, or a table that it refers to, cannot be read, so no number was checked."
        differences.append(FileDifference(RESULTS, "damaged", unread))
    named = {difference.file for difference in differences if isinstance(difference, FileDifference)}
    differences += [found for found in _check_models(data, content or {}) if found.file not in named]
    html = [path for path in pages(data) if path.suffix == ".html"]
    if content is None or not html:
        return Verification(len(listed), None, tuple(differences))
    printed = printed_numbers(html[0].read_text(encoding="utf-8", errors="replace"))
    differences += check_numbers(printed, content)
    return Verification(len(listed), len(printed), tuple(differences))


def _read_content(data: Path) -> dict[str, Any] | None:
    """Return the results, with tables as they are now; None if they cannot be read."""
    try:
        return read_results(data, whole=False)
    except (FileNotFoundError, ValueError, RecursionError):
        return None


def _check_models(data: Path, content: dict[str, Any]) -> Iterator[FileDifference]:
    """Check the bundle against its own manifest, and against the digests in the results."""
    folder = data / "model"
    if not folder.is_dir():
        return
    bundle = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    try:
        require_whole(bundle)
    except BundleError as error:
        yield FileDifference(f"model/{error.where}", "damaged", error.problem)
        return
    for name, digest in _bundle_files(content).items():
        if name in bundle and sha256(folder / name) != digest:
            yield FileDifference(f"model/{name}", "altered", "The file is not the one that results.json names.")


def _bundle_files(content: dict[str, Any]) -> dict[str, str]:
    try:
        columns = content["models"]["bundle"]["files"]["columns"]
        return dict(zip(columns["file"]["values"], columns["sha256"]["values"], strict=True))
    except (KeyError, TypeError, ValueError):  # no models were compared
        return {}


@dataclass
class _Element:
    tag: str
    place: str
    result: str | None
    text: list[str] = field(default_factory=list)


class _Page(HTMLParser):
    """Parser that collects each element with ``data-result``: its id, its text, and the nearest id around it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Printed] = []
        self._open: list[_Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        place = self._open[-1].place if self._open else ""
        element = _Element(tag, attributes.get("id") or place, attributes.get("data-result"))
        if tag not in _VOID:
            self._open.append(element)

    def handle_data(self, data: str) -> None:
        for element in self._open:
            if element.result is not None:
                element.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if not any(element.tag == tag for element in self._open):
            return
        while self._close_element().tag != tag:
            pass

    def close(self) -> None:
        super().close()
        while self._open:
            self._close_element()

    def _close_element(self) -> _Element:
        element = self._open.pop()
        if element.result is not None:
            self.found.append(Printed(element.result, "".join(element.text), element.place))
        return element
