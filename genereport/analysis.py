"""The whole analysis of a cohort: a result for each analysis, and its stored form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from typing import Any, Self, TypeVar

import pandas as pd
from matplotlib.figure import Figure
from pydantic import TypeAdapter

from genereport.analyses import stored_analyses
from genereport.analyses.provenance import InputFile, Platform
from genereport.analyses.result import Skipped
from genereport.display import Shown
from genereport.errors import nearest
from genereport.gallery import figures_of, tables_of
from genereport.summary import summary

SCHEMA_VERSION = 6

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False, repr=False)
class Analysis(Shown):
    """Everything the report says, and what is needed to say it again.

    Each result is an attribute, too: ``analysis.differential`` is ``analysis.results["differential"]``, and None where
    the analysis has no such result.

    Attributes:
        title: Title of the report.
        simulated: True when no patient is behind the numbers.
        settings: Resolved settings, JSON-ready.
        inputs: The files that were read.
        versions: Package → version.
        platform: What the analysis ran on.
        results: Name of an analysis → its result, or why it was skipped.
    """

    title: str
    simulated: bool
    settings: dict[str, Any]
    inputs: tuple[InputFile, ...]
    versions: dict[str, str]
    platform: Platform
    results: Mapping[str, Any]
    schema_version: int = field(default=SCHEMA_VERSION)

    def __getattr__(self, name: str) -> Any:
        if name in {spec.name for spec in stored_analyses()}:
            return self.results.get(name)
        raise AttributeError(f"An analysis has no '{name}'. {nearest(name, [spec.name for spec in stored_analyses()])}")

    def get(self, kind: type[Result]) -> Result | None:
        """The result of a type; None if its analysis was skipped or did not run."""
        return next((result for result in self.results.values() if isinstance(result, kind)), None)

    def with_results(self, **changes: Any) -> Analysis:
        """The same analysis with other results; None takes one away."""
        changed = {**self.results, **changes}
        return replace(self, results={name: result for name, result in changed.items() if result is not None})

    def __repr__(self) -> str:
        """The summary that the command prints, in the manner of R."""
        return summary(self)

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """The figures by their names, as matplotlib's; each is drawn when it is first asked for."""
        return figures_of(self)

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables of the data folder by their names."""
        return tables_of(self)

    def to_json(self) -> str:
        """The stored form: compact JSON that `from_json` reads back equal; each result stands at the top."""
        parts = ((name, adapter.dump_json(value).decode()) for name, value, adapter in self._stored())
        return f"{{{','.join(f'{json.dumps(name)}:{text}' for name, text in parts)}}}"

    def _stored(self) -> Iterator[tuple[str, Any, TypeAdapter[Any]]]:
        """Name, value and adapter of everything that is stored, in its order."""
        *described, version = (each.name for each in fields(self) if each.name != "results")
        for name in described:
            yield name, getattr(self, name), _adapter(name)
        for spec in stored_analyses():
            yield spec.name, self.results.get(spec.name), _adapter(spec.name)
        yield version, self.schema_version, _adapter(version)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read back what `to_json` wrote.

        Raises:
            pydantic.ValidationError: if a part is not what it should be.
            ValueError: if the text is no JSON, or a part is missing.
        """
        held = json.loads(text)
        names = [each.name for each in fields(cls) if each.name != "results"]
        missing = [name for name in names if name not in held]
        if missing:
            raise ValueError(f"no {missing[0]}")
        results = {spec.name: _adapter(spec.name).validate_python(held.get(spec.name)) for spec in stored_analyses()}
        return cls(
            **{name: _adapter(name).validate_python(held[name]) for name in names},
            results={name: result for name, result in results.items() if result is not None},
        )


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    """Between a part and its JSON."""
    kinds: dict[str, Any] = {
        "title": str,
        "simulated": bool,
        "settings": dict[str, Any],
        "inputs": tuple[InputFile, ...],
        "versions": dict[str, str],
        "platform": Platform,
        "schema_version": int,
    }
    results = {spec.name: spec.result | Skipped | None for spec in stored_analyses()}
    return TypeAdapter((kinds | results)[name])
