"""Join the samples of a matrix with the rows of a sample sheet where the two files write the ids differently.

Ids that are equal need no rule. Otherwise the rules of `RULES` are tried in their order, first on the first column of
the sheet, then on its other columns, then on the sheet with rows and columns exchanged. A rule is used only if it gives
every sample of the matrix exactly one row, and only if it does so in one way. A finding names the rule.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from genereport.cohort.sheet import Sheet, require_shared
from genereport.cohort.table import is_number
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding, listed

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_EXTENSION = re.compile(
    r"\.(?:gz|bz2|xz|zip|fastq|fq|bam|sam|cram|cel|idat|sf|txt|tsv|csv|counts?|genes|results|htseq|featurecounts)$",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"[._-](?:sorted|sort|dedup|markdup|trimmed|aligned|sortedbycoord|out|counts?|r[12]|r[12]_001|l00\d|s\d+_l00\d)$",
    re.IGNORECASE,
)
_BARCODE = re.compile(r"TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}(?:-.*)?", re.IGNORECASE)
_BARCODE_PARTS = {12: "patient", 15: "sample", 16: "vial"}
_LONGEST_AFFIX = 40


class Keys(NamedTuple):
    """The ids of both files as a rule compares them.

    Attributes:
        matrix: Key of each sample of the matrix.
        sheet: Key of each row of the sheet, in the same order as its rows.
        detail: What the rule ignored in these files; it follows the words of the rule.
    """

    matrix: list[str]
    sheet: list[str]
    detail: str = ""


class Rule(NamedTuple):
    """A way to compare ids.

    Attributes:
        name: Short name.
        compares: How the ids were compared; it follows "The samples were joined".
        keys: Yields the keys of the ids of the matrix and of the sheet, once for each way to apply the rule.
    """

    name: str
    compares: str
    keys: Callable[[Sequence[str], Sequence[str]], Iterator[Keys]]


@dataclass(frozen=True)
class Join:
    """How a matrix joins a sheet.

    Attributes:
        column: Column of the sheet that holds the ids; empty if ids are compared as they are written.
        renamed: Position of a row of the sheet → id of its sample in the matrix.
        told: How the ids were compared; empty if as they are written.
    """

    column: str = ""
    renamed: dict[int, str] = field(default_factory=dict)
    told: str = ""


def make_name(text: str) -> str:
    """Return a text as R's ``make.names`` writes it.

    Args:
        text: Any text.

    Example:
        >>> make_name("1"), make_name("a-b"), make_name("X1")
        ('X1', 'a.b', 'X1')
    """
    name = re.sub(r"[^\w.]", ".", text)
    return name if re.match(r"[^\W\d_]|\.(?!\d)", name) else f"X{name}"


def _each(function: Callable[[str], str], matrix: Sequence[str], sheet: Sequence[str]) -> Iterator[Keys]:
    yield Keys([function(name) for name in matrix], [function(name) if name else "" for name in sheet])


def _without_blanks(matrix: Sequence[str], sheet: Sequence[str]) -> Iterator[Keys]:
    return _each(lambda name: " ".join(name.translate(_INVISIBLE).split()), matrix, sheet)


def _as_names(matrix: Sequence[str], sheet: Sequence[str]) -> Iterator[Keys]:
    return _each(make_name, matrix, sheet)


def _without_affixes(matrix: Sequence[str], sheet: Sequence[str]) -> Iterator[Keys]:
    """Yield the ids without each common beginning and ending of all ids of one file."""
    for names, others, whose in ((sheet, matrix, "the sheet"), (matrix, sheet, "the matrix")):
        known = set(others)
        for beginning, ending in _affixes([name for name in names if name]):
            bare = [name[len(beginning) : len(name) - len(ending)] if name else "" for name in names]
            if known.isdisjoint(bare):
                continue
            said = [f"the {what} '{text}'" for what, text in (("prefix", beginning), ("suffix", ending)) if text]
            detail = f" {' and '.join(said)}, which all ids of {whose} have"
            yield Keys(bare, list(others), detail) if names is matrix else Keys(list(others), bare, detail)


def _affixes(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of a beginning and an ending that all names share; a pair never cuts through a number."""
    if len(names) < 2:
        return
    beginning = _common_prefix(names)[:_LONGEST_AFFIX]
    ending = _common_prefix([name[::-1] for name in names])[:_LONGEST_AFFIX][::-1]
    shortest = min(map(len, names))
    for front in range(len(beginning) + 1):
        for back in range(len(ending) + 1):
            if front + back and front + back < shortest:
                first, last = beginning[:front], ending[len(ending) - back :]
                if not any(_cuts_number(name, front, len(name) - back) for name in names):
                    yield first, last


def _common_prefix(names: Sequence[str]) -> str:
    low, high = min(names), max(names)
    return low[: next((at for at, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))]


def _cuts_number(name: str, start: int, end: int) -> bool:
    """Return whether a digit stands on both sides of one of the places at which a name is cut."""
    return any(0 < at < len(name) and name[at - 1].isdigit() and name[at].isdigit() for at in (start, end))


def _without_endings(matrix: Sequence[str], sheet: Sequence[str]) -> Iterator[Keys]:
    return _each(_bare_file, matrix, sheet)


def _bare_file(name: str) -> str:
    """Return the name of a file without its folder and without endings such as ``.bam``, ``.fastq.gz`` and ``_R1``.

    A name without a folder and without an extension is no file: in ``KO_R1``, R1 may be a replicate.
    """
    bare = re.split(r"[\\/]", name)[-1]
    for pattern in (_EXTENSION, _STEP) if bare != name or _EXTENSION.search(bare) else ():
        while (shorter := pattern.sub("", bare)) and shorter != bare:
            bare = shorter
    return bare


def _by_barcode(matrix: Sequence[str], sheet: Sequence[str]) -> Iterator[Keys]:
    """Yield the first characters of TCGA barcodes: as many as the shorter barcodes have."""
    here, there = ([name.replace(".", "-").upper() for name in names] for names in (matrix, sheet))
    if not all(_BARCODE.fullmatch(name) for name in (*here, *filter(None, there))):
        return
    lengths = [{len(name) for name in names if name} for names in (here, there)]
    if not all(lengths):
        return
    number = min(max(found) for found in lengths)
    if number in _BARCODE_PARTS and all(len(name) >= number for name in (*here, *filter(None, there))):
        detail = f" {number} characters of the TCGA barcodes, which name the {_BARCODE_PARTS[number]}"
        yield Keys([name[:number] for name in here], [name[:number] for name in there], detail)


def _without_zeros(matrix: Sequence[str], sheet: Sequence[str]) -> Iterator[Keys]:
    return _each(lambda name: str(int(name)) if name.isascii() and name.isdigit() else name, matrix, sheet)


RULES: tuple[Rule, ...] = (
    Rule("blanks", "without blanks and invisible characters", _without_blanks),
    Rule("make.names", "after both ids were written as R's make.names writes them", _as_names),
    Rule("prefix or suffix", "without", _without_affixes),
    Rule(
        "file names", "without folders and without the endings of file names (.bam, .fastq.gz, _R1)", _without_endings
    ),
    Rule("TCGA barcodes", "by the first", _by_barcode),
    Rule("leading zeros", "without leading zeros, which spreadsheet software removes", _without_zeros),
)
"""The rules, in the order in which they are tried."""


def join_ids(sheet: Sheet, sides: Sequence[Sequence[str]], matrix: str) -> tuple[Sheet, tuple[Finding, ...]]:
    """Return the sheet with the ids of the matrix; see `join_matrices`."""
    return join_matrices(sheet, [(matrix, sides)])


def join_matrices(
    sheet: Sheet, matrices: Sequence[tuple[str, Sequence[Sequence[str]]]]
) -> tuple[Sheet, tuple[Finding, ...]]:
    """Return the sheet with the ids of the matrices, and how these were found.

    Args:
        sheet: The sample sheet.
        matrices: File name of each matrix, and its sample ids: one collection per possible orientation.

    Raises:
        CohortError: GR113 if a matrix shares no id with the sheet and no rule joins them.
    """
    (name, sides), *others = matrices
    base, join = _find_join(sheet, sides, name)
    findings = [_describe_turn(base)] if base is not sheet else []
    found = [(name, join)]
    for other, ids in others:
        found.append((other, _find_rule([(base, _columns(base))], ids)[1] if not _is_joined(base, ids) else Join()))
    joined = base
    for matrix, join in found:
        if join.told:
            findings.append(_describe_join(base, matrix, join))
            joined = _renamed(joined, base, join, matrix)
    return joined, tuple(findings)


def _renamed(joined: Sheet, base: Sheet, join: Join, matrix: str) -> Sheet:
    """Return the sheet with the ids of one more matrix.

    Raises:
        CohortError: GR113 if two matrices give a row different ids.
    """
    before, now = list(base.frame[join.column]), list(joined.frame[join.column])
    for row, sample in join.renamed.items():
        if now[row] not in (before[row], sample):
            raise CohortError(
                "GR113",
                f"The row '{before[row]}' of '{base.name}' fits the sample '{now[row]}' of one matrix and the sample "
                f"'{sample}' of the other.",
                "Write the ids the same way in all files.",
                matrix,
            )
        now[row] = sample
    return replace(joined, frame=joined.frame.assign(**{join.column: now}))


def _find_join(sheet: Sheet, sides: Sequence[Sequence[str]], matrix: str) -> tuple[Sheet, Join]:
    """Return the sheet, turned if need be, and how it joins the matrix.

    Raises:
        CohortError: GR113 if it does not.
    """
    if _is_joined(sheet, sides):
        return sheet, Join()
    turned = turn(sheet)
    if turned is not None and _is_joined(turned, sides):
        return turned, Join()
    first, *rest = _columns(sheet)
    attempts = [(sheet, [] if _numbers_rows(sheet) else [first]), (sheet, rest)]
    if turned is not None:
        attempts.append((turned, _columns(turned)[:1]))
    base, join, tried = _find_rule(attempts, sides)
    if not join.told:
        require_shared(sheet, sides, matrix, tried)
    return base, join


def _is_joined(sheet: Sheet, sides: Sequence[Sequence[str]]) -> bool:
    """Return whether a column of the sheet holds all sample ids of a matrix as they are written."""
    columns = [set(sheet.frame[column]) for column in sheet.frame.columns]
    return any(ids and set(ids) <= cells for ids in sides for cells in columns)


def _columns(sheet: Sheet) -> list[str]:
    """Return the first column, and the others that may hold ids: text that occurs once only."""
    first, *rest = sheet.frame.columns
    found = [first]
    for column in rest:
        cells = [cell for cell in sheet.frame[column] if cell]
        if cells and len(set(cells)) == len(cells) and not all(map(is_number, cells)):
            found.append(column)
    return found


def _numbers_rows(sheet: Sheet) -> bool:
    """Return whether the first column has no name and numbers the rows, as pandas and R write it."""
    cells = sheet.frame.iloc[:, 0].tolist()
    numbered = any(cells == [str(start + row) for row in range(len(cells))] for start in (0, 1))
    return numbered and not sheet.table.header[0]


def _find_rule(
    attempts: Sequence[tuple[Sheet, Sequence[str]]], sides: Sequence[Sequence[str]]
) -> tuple[Sheet, Join, str]:
    """Return the first rule that gives every sample one row; else no rule, and how near each rule came."""
    near: dict[str, str] = {}
    for sheet, columns in attempts:
        for rule in RULES:
            fits: list[Join] = []
            for column in columns:
                for ids in sides:
                    fits += _apply(rule, sheet, column, ids, near)
            if len({tuple(sorted(fit.renamed.items())) for fit in fits}) == 1:
                return sheet, fits[0], ""
            if fits:
                told = " or ".join(dict.fromkeys(f"{fit.told} (column '{fit.column}')" for fit in fits))
                return sheet, Join(), f" The ids fit in more than one way: {told}."
    tried = f" Joined by no rule ({listed((rule.name for rule in RULES), len(RULES))})"
    return attempts[0][0], Join(), f"{tried}: {'; '.join(near.values())}." if near else f"{tried}."


def _apply(rule: Rule, sheet: Sheet, column: str, ids: Sequence[str], near: dict[str, str]) -> Iterator[Join]:
    """Yield how a rule joins ids and a column; note in `near` how many samples it joins if not all."""
    best = 0
    for keys in rule.keys(ids, list(sheet.frame[column])) if ids else ():
        here, there = Counter(keys.matrix), Counter(keys.sheet)
        rows = {key: row for row, key in enumerate(keys.sheet)}
        joined = [key for key in keys.matrix if key and here[key] == there[key] == 1]
        several = sum(1 for key in keys.matrix if key and there[key] and (here[key] > 1 or there[key] > 1))
        told = f"{rule.compares}{keys.detail}"
        if len(joined) == len(ids):
            yield Join(column, {rows[key]: name for name, key in zip(ids, keys.matrix, strict=True)}, told)
        elif len(joined) + several > best:
            best = len(joined) + several
            more = f", and for {several} it is unclear which row is theirs" if several else ""
            near[rule.name] = f"{told}, {len(joined)} of {counted(len(ids), 'sample has', 'samples have')} a row{more}"


def turn(sheet: Sheet) -> Sheet | None:
    """Return a sheet whose rows are the columns of another; None if its rows have no names to call columns by.

    Args:
        sheet: The sample sheet as in its file.
    """
    frame = sheet.frame
    names = frame.iloc[:, 0].tolist()
    if not all(names) or len(set(names)) < len(names) or frame.shape[1] < 2:
        return None
    header = sheet.table.header[0]
    ids = header if header and header not in names else next(
        name for name in ("sample", "sample id", "id of the sample") if name not in names
    )  # fmt: skip
    turned = frame.iloc[:, 1:].T.set_axis(names, axis=1)
    turned.insert(0, ids, list(frame.columns[1:]))
    return replace(sheet, frame=turned.reset_index(drop=True), turned=True)


def _describe_turn(sheet: Sheet) -> Finding:
    message = (
        f"'{sheet.name}' has a column for each sample, not a row. Rows and columns were exchanged: "
        f"{counted(len(sheet.frame), 'sample', 'samples')}, with {quoted(sheet.frame.columns[1:])}."
    )
    return Finding("GR351", "note", sheet.name, message)


def _describe_join(sheet: Sheet, matrix: str, join: Join) -> Finding:
    cells = sheet.frame[join.column]
    pairs = [f"'{sample}' is '{cells.iloc[row]}'" for row, sample in sorted(join.renamed.items())]
    message = (
        f"'{matrix}' and the column '{join.column}' of '{sheet.name}' write the sample ids differently. "
        f"The samples were joined {join.told}: {listed(pairs, 3)}. Each of the {len(pairs)} samples has exactly one "
        "row."
    )
    return Finding("GR350", "note", matrix, message)
