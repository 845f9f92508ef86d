"""Read the files of a lab's folder of templates; every error names the file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from genereport.errors import RenderError

File = TypeVar("File", bound=BaseModel)


def read_toml(path: Path, kind: type[File]) -> File:
    """Read a file of settings.

    Raises:
        RenderError: GR503 if it cannot be read, or its content is not valid.
    """
    try:
        return kind.model_validate(tomllib.loads(read_text(path)))
    except tomllib.TOMLDecodeError as error:
        raise RenderError("GR503", f"The file cannot be read ({error}).", "Correct the file.", str(path)) from error
    except ValidationError as failure:
        first = failure.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise RenderError(
            "GR503", f"The entry '{name}' is not valid: {first['msg']}.", "Correct the entry.", str(path)
        ) from failure


def read_text(path: Path) -> str:
    """Read the text of a file.

    Raises:
        RenderError: GR503 if it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RenderError(
            "GR503", f"The file cannot be read ({error}).", "Save the file as UTF-8.", str(path)
        ) from error
