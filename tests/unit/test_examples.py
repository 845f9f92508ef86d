"""What users import has a runnable example in its docstring; pytest runs these as doctests."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Protocol

import pytest
from sklearn.base import BaseEstimator

import genereport
from genereport import formats, names, stats
from genereport.analyses.differential.result import Differential

LEARN = (
    "arrays", "calibration", "centroids", "estimators", "filters", "forest", "inside", "l1", "metrics", "models",
    "preparation", "probes", "resampling", "rfe", "summary",
)  # fmt: skip
"""Modules of ``learn`` that users import: selectors, preparation, estimators, splits, metrics and intervals."""

MODULES = (
    formats,
    names,
    *(import_module(f"genereport.stats.{each.name}") for each in pkgutil.iter_modules(stats.__path__)),
    *(import_module(f"genereport.learn.{name}") for name in LEARN),
)


def defined(module: ModuleType) -> Iterator[object]:
    """The public functions and classes that a module defines, not those that it imports."""
    for name, thing in vars(module).items():
        function_or_class = inspect.isclass(thing) or inspect.isroutine(inspect.unwrap(thing))
        if function_or_class and not name.startswith("_") and thing.__module__ == module.__name__:
            yield thing


def methods(kind: type) -> Iterator[tuple[str, object]]:
    """The public methods and properties that a class itself defines, by their names."""
    for name, thing in vars(kind).items():
        described = inspect.isfunction(thing) or isinstance(thing, classmethod | property | cached_property)
        if described and not name.startswith(("_", "model_")):  # pydantic's are called model_…
            yield f"{kind.__module__}.{kind.__name__}.{name}", thing


def documented() -> Iterator[tuple[str, object]]:
    """Everything that must have an example.

    Methods of estimators are those of scikit-learn and need none; methods of protocols do nothing.
    """
    things = [getattr(genereport, name) for name in genereport.__all__ if name != "__version__"]
    things += [Differential, *(thing for module in MODULES for thing in defined(module))]
    for thing in things:
        if not inspect.isclass(thing) or issubclass(thing, BaseEstimator):
            yield f"{thing.__module__}.{thing.__name__}", thing
        elif Protocol not in thing.__bases__:
            yield from methods(thing)


DOCUMENTED = dict(documented())


def test_the_public_interface_is_found() -> None:
    expected = {
        "genereport.pipeline.analyse",
        "genereport.analysis.Analysis.figures",
        "genereport.analyses.differential.result.Differential.top_table",
        "genereport.settings.model.Settings.repeats",
        "genereport.stats.ranks.mann_whitney_tail",
        "genereport.learn.filters.WelchFilter",
    }
    assert expected <= DOCUMENTED.keys()


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_it_has_an_example(name: str) -> None:
    assert ">>> " in (DOCUMENTED[name].__doc__ or "")
