"""A report on disk, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from genereport.runs.store import write_report
from tests.analyses import two_class


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``r.html`` and ``r_data``; not to be changed."""
    folder = tmp_path_factory.mktemp("written")
    write_report(two_class(), folder / "r.html", formats=["html"], jobs=1)
    return folder
