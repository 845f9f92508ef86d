"""The whole analysis of a cohort: the result of each stage, and its stored form."""

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

SCHEMA_VERSION = 9

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False, repr=False)
class Analysis(Shown):
    """Everything that the report states, and what is needed to reproduce it.

    Each result is also an attribute: ``analysis.differential`` is ``analysis.results["differential"]``, and None if the
    analysis has no such result.

    Attributes:
        title: Title of the report.
        simulated: Whether the cohort is simulated.
        settings: Resolved settings, JSON-ready.
        inputs: The files that were read.
        versions: Package → version.
        platform: Python, system and matrix library of the computation.
        results: Name of an analysis → its result, or why it was skipped.

    Example:
        The analysis of the simulated cohort with 500 genes.

        >>> analysis.differential.tested, analysis.differential.classes
        (269, ('ALL', 'AML'))
        >>> analysis.differential.top_table(3)[["symbol", "logFC"]].round(2).values.tolist()
        [['CEBPA', 3.19], ['ZYX', 2.16], ['LEPROT', 1.99]]
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
        """Return the result of a type; None if its analysis was skipped or did not run.

        Args:
            kind: Type of the result.

        Example:
            >>> from genereport.analyses.differential.result import Differential
            >>> analysis.get(Differential) is analysis.differential
            True
        """
        return next((result for result in self.results.values() if isinstance(result, kind)), None)

    def with_results(self, **changes: Any) -> Analysis:
        """Return the analysis with other results.

        Args:
            **changes: Name of an analysis → its result; None removes the result.

        Example:
            >>> analysis.with_results(differential=None).differential is None
            True
        """
        changed = {**self.results, **changes}
        return replace(self, results={name: result for name, result in changed.items() if result is not None})

    def __repr__(self) -> str:
        """Return the summary that the command prints, in the manner of R."""
        return summary(self)

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """The figures by their names, as matplotlib figures; each is drawn when it is first asked for.

        Example:
            >>> analysis.figures
            9 figures: flow, distributions, array-quality, sample-distances, adjustments, p, volcano, ma, effects
            >>> volcano = analysis.figures["volcano"]
            >>> volcano.axes[0].get_xlabel()
            'log2 fold change, AML − ALL'
        """
        return figures_of(self)

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables of the data folder by their names.

        Example:
            >>> analysis.tables
            7 tables: findings, covariates, gene_steps, array_quality, differential, sensitivity, sensitivity_genes
            >>> bool(analysis.tables["differential"]["P.Value"].is_monotonic_increasing)
            True
        """
        return tables_of(self)

    def to_json(self) -> str:
        """Return all of it as compact JSON that `from_json` reads back equal; each result is a top-level entry.

        The file ``results.json`` has the same entries, but refers to the tables that stand beside it
        (`read_analysis` reads both together).

        Example:
            >>> held = json.loads(analysis.to_json())
            >>> held["title"], held["differential"]["tested"]
            ('AML against ALL: gene-expression report', 269)
        """
        parts = ((name, adapter.dump_json(value).decode()) for name, value, adapter in self._stored_parts())
        return f"{{{','.join(f'{json.dumps(name)}:{text}' for name, text in parts)}}}"

    def _stored_parts(self) -> Iterator[tuple[str, Any, TypeAdapter[Any]]]:
        """Yield name, value and adapter of everything that is stored, in the order of the JSON."""
        *described, version = (each.name for each in fields(self) if each.name != "results")
        for name in described:
            yield name, getattr(self, name), _adapter(name)
        for spec in stored_analyses():
            yield spec.name, self.results.get(spec.name), _adapter(spec.name)
        yield version, self.schema_version, _adapter(version)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` returns.

        Args:
            text: The JSON.

        Returns:
            The analysis, equal to the one that was stored.

        Raises:
            pydantic.ValidationError: If a part is not valid.
            ValueError: If the text is not JSON, or a part is missing.

        Example:
            >>> again = Analysis.from_json(analysis.to_json())
            >>> again.differential.table.equals(analysis.differential.table)
            True
        """
        return cls.from_content(json.loads(text))

    @classmethod
    def from_content(cls, content: dict[str, Any]) -> Self:
        """Read the stored form as parsed JSON; errors as in `from_json`.

        Example:
            >>> Analysis.from_content(json.loads(analysis.to_json())).title == analysis.title
            True
        """
        names = [each.name for each in fields(cls) if each.name != "results"]
        missing = [name for name in names if name not in content]
        if missing:
            raise ValueError(f"no {missing[0]}")
        results = {spec.name: _adapter(spec.name).validate_python(content.get(spec.name)) for spec in stored_analyses()}
        return cls(
            **{name: _adapter(name).validate_python(content[name]) for name in names},
            results={name: result for name, result in results.items() if result is not None},
        )


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    """Return the adapter between a part of the analysis and its JSON."""
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
