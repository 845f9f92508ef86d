"""Sample ids from the paths of alignment files, by which featureCounts names its columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from genereport.cohort.sheet import Sheet
from genereport.cohort.table import Table
from genereport.cohort.wording import counted
from genereport.errors import Finding

_ALIGNMENT = re.compile(r"\.(bam|sam|cram)$", re.IGNORECASE)
_STEPS = (
    r"aligned|sortedbycoord|sortedbyname|totranscriptome|out|sorted|sort|dedup|dedupped|deduplicated|markdup|mdup|rmdup"
    r"|primary|unique|uniq|mapped|filtered|accepted_hits|hisat2|star|bam"
)
_ENDING = re.compile(rf"([._-]?(?:{_STEPS}))+$", re.IGNORECASE)


def with_sample_names(table: Table, sheet: Sheet | None = None) -> Table:
    """Return a table whose columns are called by sample instead of by the path of an alignment file.

    Dropped are the folders and the ending ``.bam``, and, where only then the sheet knows the samples, what aligners
    append; or the name is that of the folder. Other columns keep their names, and all do if the sheet names the paths
    or knows none of these names.

    Args:
        table: A matrix.
        sheet: The sample sheet; None: folders and ending are dropped.
    """
    paths = [name for name in table.header if _ALIGNMENT.search(name)]
    if not paths:
        return table
    forms = [_unique(paths, form) for form in (_without_ending, _file, _without_steps, _folder, str)]
    best = max((form for form in forms if form), key=lambda names: _known(names, sheet), default=paths)
    if best == paths or (sheet is not None and not _known(best, sheet)):
        return table  # the rules of `joining` may still find the samples
    names = dict(zip(paths, best, strict=True))
    finding = Finding(
        "GR344",
        "note",
        table.source.name,
        f"{counted(len(paths), 'column is', 'columns are')} called by the path of an alignment file, from which the "
        f"sample id was taken: '{best[0]}' from '{paths[0]}'.",
    )
    header = tuple(names.get(name, name) for name in table.header)
    return replace(table, header=header, findings=(*table.findings, finding))


def _unique(paths: Sequence[str], form: Callable[[str], str]) -> list[str]:
    names = [form(path) for path in paths]
    return names if all(names) and len(set(names)) == len(set(paths)) else []


def _known(names: Sequence[str], sheet: Sheet | None) -> int:
    return sheet.matches(sheet.id_column(names), names) if sheet else 0


def _file(path: str) -> str:
    return re.split(r"[/\\]", path)[-1]


def _without_ending(path: str) -> str:
    return _ALIGNMENT.sub("", _file(path))


def _without_steps(path: str) -> str:
    return _ENDING.sub("", _without_ending(path))


def _folder(path: str) -> str:
    return "".join(re.split(r"[/\\]", path)[-2:-1])
