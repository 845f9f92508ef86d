"""Write the templates of the report to a folder, where a lab can change them."""

from __future__ import annotations

import os
from pathlib import Path

from genereport.errors import OutputError, listed
from genereport.report.originals import WRITTEN, originals, written_text


def write_templates(folder: Path, *, force: bool = False) -> list[Path]:
    """Write every template of the report: sections and their parts, the frame, the style sheets.

    The file ``templates.toml`` beside them holds the version and a digest of each template, so that a later version can
    tell which of them have changed.

    Args:
        folder: Folder for the templates; it is made if it is not there.
        force: Whether to replace files that are there.

    Returns:
        The files that were written.

    Raises:
        OutputError: GR401 if some files are there and `force` is not given; GR402 if they cannot be written.
    """
    texts = {name: path.read_bytes() for name, path in originals().items()} | {WRITTEN: written_text().encode()}
    present = [name for name in texts if os.path.lexists(folder / name)]
    if present and not force:
        problem = f"These files already exist: {listed(present)}."
        raise OutputError("GR401", problem, "Choose another folder, or give --force to replace them.", str(folder))
    try:
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text)
    except OSError as error:
        problem = f"The templates cannot be written ({error.strerror})."
        raise OutputError("GR402", problem, "Choose another folder.", str(error.filename or folder)) from error
    return [folder / name for name in texts]
