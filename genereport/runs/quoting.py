"""Quote paths and commands for crontab, systemd, YAML, Snakemake and Groovy.

A text that one of them cannot hold, or reads in more than one way, is refused with GR640. It is never altered.
"""

from __future__ import annotations

import json
import os.path
import re
import shlex
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePath

from genereport.errors import OutputError

_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
_LONGEST_CRON = 998
"""Largest number of bytes of a command for Debian's cron and cronie (MAX_COMMAND, less its ends)."""


def printable(text: str, kind: str) -> str:
    """Return the text unchanged if it can be printed.

    Raises:
        OutputError: GR640 if it holds a line break or another control character, or is not UTF-8.
    """
    for character in text:
        if unicodedata.category(character) in _UNPRINTABLE:
            raise refusal(text, kind, f"contains the character {character!a}")
    return text


def shell(words: Iterable[str]) -> str:
    """Quote words for a POSIX shell."""
    return shlex.join(words)


def cron_words(words: Iterable[str]) -> str:
    """Quote words for a shell that is called by cron; the line still has to be passed to `cron`.

    Raises:
        OutputError: GR640 if a word holds a backslash, which cron and cronie read in two ways.
    """
    return shell(_no_pattern(word, "cron", r"\\") for word in words)


def cron(command: str, subject: str) -> str:
    r"""Return a line of shell as the last field of a crontab; ``%`` would end it and is written ``\%``.

    Args:
        command: The line.
        subject: The text that a refusal names.

    Raises:
        OutputError: GR640 if the line is too long.
    """
    field = command.replace("%", r"\%")
    if len(field.encode()) > _LONGEST_CRON:
        raise refusal(subject, "cron", f"makes the command longer than {_LONGEST_CRON} bytes")
    return field


def systemd(word: str) -> str:
    """Quote a word of a directive that splits its value into words, such as ``ReadWritePaths=`` (systemd.syntax(7))."""
    if re.fullmatch(r"[\w./:=@+,-]+", word):
        return word
    escaped = word.replace("\\", r"\\").replace('"', r"\"").replace("%", "%%")
    return f'"{escaped}"'


def systemd_command(path: str) -> str:
    """Quote the first word of ``ExecStart=``, in which ``$`` stands for itself.

    Raises:
        OutputError: GR640 if it holds a quote or a backslash, which systemd does not take there.
    """
    return systemd(_no_pattern(path, "systemd", r"[\"'\\]"))


def systemd_argument(word: str) -> str:
    """Quote a later word of ``ExecStart=``, in which ``$`` is doubled (systemd.service(5), COMMAND LINES)."""
    return systemd(word.replace("$", "$$"))


def quoted(text: str) -> str:
    """Quote a text in double quotes as JSON, YAML and Python read it."""
    return json.dumps(text, ensure_ascii=False)


def snakemake(path: Path, base: Path) -> str:
    """Return a path, relative to the folder of the Snakefile, as a Python string.

    Raises:
        OutputError: GR640 if it holds a brace, which Snakemake reads as a wildcard, or would be taken for an option.
    """
    _no_pattern(str(path), "snakemake", r"[{}]")
    return quoted(_no_pattern(os.path.relpath(path, base), "snakemake", r"^-"))


def groovy(text: str) -> str:
    """Quote a text as a Groovy string without interpolation."""
    escaped = text.replace("\\", "\\\\").replace("'", r"\'")
    return f"'{escaped}'"


def groovy_script(command: str) -> str:
    """Escape a line of shell for the triple double quotes of a Nextflow script block."""
    return re.sub(r'[\\$"]', r"\\\g<0>", command)


def staged(path: PurePath) -> str:
    """Return the name that Nextflow gives an input, as a Groovy string.

    Raises:
        OutputError: GR640 if it holds a character of file name patterns.
    """
    return groovy(_no_pattern(str(path), "nextflow", r"[*?\[\]{}]"))


def github(path: PurePath) -> str:
    """Return a path for lists of patterns and values of a GitHub workflow, unchanged.

    Raises:
        OutputError: GR640 if it holds a character of patterns or expressions, or would be trimmed at its ends.
    """
    return _no_pattern(path.as_posix(), "github-actions", r"[*?\[\]\\]|\$\{\{|^[-!#~\s]|\s$")


def github_pattern(path: PurePath) -> str:
    r"""Return a path under ``paths:`` as a YAML scalar; ``+`` means repetition there and is written ``\+``."""
    return quoted(github(path).replace("+", r"\+"))


def refusal(text: str, kind: str, what: str) -> OutputError:
    """Return the error for a text that cannot be written into a unit."""
    return OutputError(
        "GR640",
        f"This path {what}, so it cannot be written into a unit for {kind}.",
        "Rename the file or folder, or make a symbolic link to it and name the link.",
        "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text),
    )


def _no_pattern(text: str, kind: str, pattern: str) -> str:
    found = re.search(pattern, text)
    if found:
        raise refusal(text, kind, f"contains '{found[0]}', which has a special meaning there")
    return text
