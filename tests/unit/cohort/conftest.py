"""Small cohorts, written to a temporary folder and read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from genereport.cohort.model import Cohort
from genereport.cohort.reader import read_cohort
from genereport.errors import CohortError
from genereport.settings import resolve


class Study:
    """A folder with a matrix of log2 values, genes × samples, and a sheet; both may be changed before it is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.samples = [f"S{i:02d}" for i in range(1, 25)]
        self.genes = [f"G{i}" for i in range(1, 31)]
        self.values = np.random.default_rng(3).normal(8, 2, (30, 24)).round(3)
        self.labels = ["a", "b"] * 12
        self.columns: dict[str, list[str]] = {}

    def matrix(self, genes: int = 30, samples: slice = slice(None)) -> str:
        rows = [["gene", *self.samples[samples]]]
        rows += [
            [name, *map(str, row[samples])]
            for name, row in zip(self.genes[:genes], self.values[:genes].tolist(), strict=True)
        ]
        return "".join("\t".join(row) + "\n" for row in rows)

    def sheet(self) -> str:
        rows = [["sample", "class", *self.columns]]
        rows += [[*row] for row in zip(self.samples, self.labels, *self.columns.values(), strict=True)]
        return "".join("\t".join(row) + "\n" for row in rows)

    def write(self, **files: str | bytes) -> Study:
        """Write the files; names use ``__`` for the dot, contents are by default `matrix` and `sheet`."""
        contents = {"expression__tsv": self.matrix(), "samples__tsv": self.sheet()} | files
        for name, content in contents.items():
            data = content if isinstance(content, bytes) else content.encode()
            (self.folder / name.replace("__", ".")).write_bytes(data)
        return self

    def read(self, *assignments: str, **cohort: Path | None) -> Cohort:
        named = {"study": self.folder} | cohort
        return read_cohort(resolve(environment={}, assignments=assignments, overrides={"cohort": named}))

    def refusal(self, *assignments: str, **cohort: Path | None) -> CohortError:
        with pytest.raises(CohortError) as caught:
            self.read(*assignments, **cohort)
        return caught.value

    def found(self, code: str, *assignments: str) -> list[str]:
        """Messages of the findings with a code."""
        return [each.message for each in self.read(*assignments).findings if each.code == code]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path)


@pytest.fixture
def refused() -> Callable[..., CohortError]:
    """Calls a function that must refuse, and returns what it said."""

    def call(function: Callable[..., object], *arguments: object) -> CohortError:
        with pytest.raises(CohortError) as caught:
            function(*arguments)
        return caught.value

    return call
