"""What was read, and what it ran on."""

from __future__ import annotations

from dataclasses import dataclass

from genereport.display import Shown


@dataclass(frozen=True)
class InputFile(Shown):
    """One file that was read.

    Attributes:
        role: What it was read as.
        name: File name without folder.
        size: Bytes.
        sha256: Hex digest.
    """

    role: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Platform(Shown):
    """What a run ran on, as far as its numbers can depend on it.

    Attributes:
        python: Implementation and version.
        system: Operating system and processor.
        blas: Library behind products of matrices; it runs on one thread.
    """

    python: str
    system: str
    blas: str
