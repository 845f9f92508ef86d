"""The manifest of a bundle of frozen models: its content, the SHA-256 of each file and of the manifest itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from genereport.errors import BundleError
from genereport.learn.archive import REMEDY, canonical_json, changed, sha256
from genereport.learn.reference import ARRAYS, DEVELOPMENT, FACTS
from genereport.types import Key

FORMAT = 4
_READABLE = (3, FORMAT)
"""Formats that are read; in format 3 the genes of the reference are text in its facts."""

MAIN = "main"
MANIFEST, GENES, PREPARATIONS, GOLDEN = "manifest.json", "genes.json", "preparations.npz", "golden.npz"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FileEntry(_Part):
    """A file of the bundle."""

    sha256: str
    size: int


class _Entry(_Part):
    model: str
    features: str
    type: str

    @property
    def key(self) -> Key:
        return self.model, self.features


class ModelEntry(_Entry):
    """A model of the bundle, and the file that holds it."""

    file: str
    threshold: float | None  # threshold of the second class's probability; None: the most probable of several classes
    choices: dict[str, Any]


class LeftEntry(_Entry):
    """A model that could not be frozen or was not kept, and why."""

    reason: str


class Places(_Part):
    """The names of a preparation's arrays in the archive of preparations, where equal arrays are stored once."""

    columns: str
    medians: str
    centre: str
    spread: str
    selected: str
    axes: str


class Manifest(_Part):
    """The description of a bundle: versions, classes, genes, preprocessing, models and files."""

    format: int
    writer: Literal["genereport"]
    versions: dict[str, str]
    classes: tuple[str, ...]
    genes: int
    gene_order: str  # SHA-256 of the file of genes
    preprocessing: dict[str, Any]
    preparations: dict[str, Places]
    models: tuple[ModelEntry, ...]
    left_out: tuple[LeftEntry, ...]
    files: dict[str, FileEntry]
    sha256: str  # SHA-256 of this manifest without this line


class _Format(BaseModel):
    format: int


def sealed(manifest: Manifest) -> bytes:
    """Return the manifest as it is written, with the SHA-256 of everything else in it."""
    rest = manifest.model_dump(mode="json", exclude={"sha256"})
    return canonical_json({**rest, "sha256": sha256(canonical_json(rest))})


def read_manifest(files: Mapping[str, bytes]) -> Manifest:
    """Read the manifest among the files of a bundle.

    Raises:
        BundleError: GR601 if it is missing, of another format, damaged or changed.
    """
    if MANIFEST not in files:
        raise BundleError("GR601", "The manifest of the bundle is missing.", REMEDY, MANIFEST)
    content = files[MANIFEST]
    try:
        version = _Format.model_validate_json(content).format
        if version not in _READABLE:
            formats = " and ".join(map(str, _READABLE))
            raise changed(MANIFEST, f"The bundle has format {version}, and this genereport reads formats {formats}.")
        manifest = Manifest.model_validate_json(content)
        whole = sealed(manifest) == content
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "as a whole"
        raise changed(MANIFEST, f"The manifest is damaged ({place}: {first['msg']}).") from error
    except (ValueError, RecursionError) as error:
        raise changed(MANIFEST, f"The manifest is damaged ({error}).") from error
    if not whole:
        raise changed(MANIFEST, "The manifest was changed after it was written.")
    return manifest


def check_files(files: Mapping[str, bytes], manifest: Manifest) -> None:
    """Check files against the manifest that lists them.

    Raises:
        BundleError: GR601 if one is missing, was changed or does not belong there, or the manifest contradicts itself.
    """
    own = {GENES, PREPARATIONS, GOLDEN, ARRAYS, FACTS, *({DEVELOPMENT} & set(manifest.files))}
    expected = own | {entry.file for entry in manifest.models}
    keys = {entry.key for entry in manifest.models}
    if expected != set(manifest.files) or len(keys) < len(manifest.models) or MAIN not in manifest.preparations:
        raise changed(MANIFEST, "The entries of the manifest contradict each other.")
    for name in sorted(expected - set(files)):
        raise changed(name, "The bundle lacks this file.")
    for name in sorted(set(files) - expected - {MANIFEST}):
        raise changed(name, "The file does not belong to the bundle.")
    for name, file in manifest.files.items():
        if len(files[name]) != file.size or sha256(files[name]) != file.sha256:
            raise changed(name, "The file was changed after the bundle was written: its SHA-256 differs.")


def require_whole(files: Mapping[str, bytes]) -> None:
    """Check the files of a bundle against its manifest, without opening a model.

    Args:
        files: File name → content.

    Raises:
        BundleError: GR601 if the bundle is incomplete or was changed.
    """
    check_files(files, read_manifest(files))
