"""Turn errors of the system on writing into refusals that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genereport.errors import OutputError


@contextmanager
def writing(what: str, place: Path) -> Iterator[None]:
    """Raise a refusal in place of an `OSError` within the block.

    Args:
        what: What is being written, as the beginning of a sentence: ``"The report"``.
        place: Path for errors that do not name one themselves.

    Raises:
        OutputError: GR402 if it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            "GR402",
            f"{what} cannot be written ({error.strerror or error}).",
            "Choose another --out, or free disk space and give yourself permission to write there.",
            str(error.filename or place),
        ) from error
