"""What the system says when a file cannot be written, said so that the reader knows the way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genereport.errors import OutputError


@contextmanager
def writing(what: str, place: Path) -> Iterator[None]:
    """Within, an error of the system is a refusal.

    Args:
        what: Is being written, as a sentence begins with it: ``"The report"``.
        place: Where, for errors that do not say so themselves.

    Raises:
        OutputError: GR402 it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            "GR402",
            f"{what} cannot be written ({error.strerror or error}).",
            "Choose another --out, or make room and give yourself the right to write there.",
            str(error.filename or place),
        ) from error
