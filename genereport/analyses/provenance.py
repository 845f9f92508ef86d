"""The files that were read, and the platform of the computation."""

from __future__ import annotations

from dataclasses import dataclass

from genereport.display import Shown


@dataclass(frozen=True)
class InputFile(Shown):
    """One file that was read.

    Attributes:
        role: Role of the file in the cohort.
        name: File name without the folder.
        size: Size (bytes).
        sha256: Hex digest of the content.
    """

    role: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Platform(Shown):
    """The platform of a run, as far as its numbers can depend on it.

    Attributes:
        python: Implementation and version of Python.
        system: Operating system and processor.
        blas: Library for matrix products; it runs on one thread.
    """

    python: str
    system: str
    blas: str
