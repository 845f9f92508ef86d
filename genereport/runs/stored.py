"""Find the data of a finished run from any of the paths that name it."""

from __future__ import annotations

from pathlib import Path

from genereport.errors import VerificationError

_RESULTS = "results.json"


def data_folder(path: Path | str) -> Path:
    """Return the folder of data of a run; nothing is written, and links are not resolved.

    Args:
        path: That folder, a page beside it (``report.pdf``, ``report.html``), or a folder that holds just one.

    Raises:
        VerificationError: GR620 if there is none, or if there are several.
    """
    given = beside(Path(path))
    if (given / _RESULTS).is_file():
        return given
    found = _data_folders(given)
    if len(found) == 1:
        return found[0]
    told = f"There are several runs here ({', '.join(one.name for one in found)})" if found else "No run is stored here"
    raise VerificationError(
        "GR620", f"{told}.", "Name one report_data folder, the page beside it, or a folder that holds one.", str(path)
    )


def beside(path: Path) -> Path:
    """Return the folder of data that belongs to a page; any other path is returned as it is."""
    page = path.suffix.lower() in (".pdf", ".html") and not path.is_dir()
    return path.with_name(f"{path.stem}_data") if page else path


def _data_folders(folder: Path) -> list[Path]:
    """Return the folders of data in a folder; none if it is no folder or cannot be read."""
    try:
        return sorted(one for one in folder.glob("*_data") if (one / _RESULTS).is_file())
    except OSError:
        return []
