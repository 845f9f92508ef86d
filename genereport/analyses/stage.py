"""Stages: their interface, and how a stage reads the results of earlier ones."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
import pandas as pd

from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.result import Skipped
from genereport.cohort.markers import Knowledge
from genereport.cohort.model import Cohort, ScaleName
from genereport.errors import NotApplicable
from genereport.learn.engine import Tick
from genereport.learn.models import Classifier
from genereport.learn.probes import Probes
from genereport.settings import Collapse, Settings
from genereport.types import ValueUnit

Result = TypeVar("Result")


class Upstream:
    """The results of the stages that ran before, accessed by type."""

    def __init__(self, results: tuple[Any, ...] = ()) -> None:
        self._results = results

    def need(self, kind: type[Result]) -> Result:
        """Return the result of this type.

        Raises:
            NotApplicable: If its stage was skipped, with the reason of the last skipped stage, or if it did not run.
        """
        found = self.get(kind)
        if found is None:
            skipped = [result.skipped for result in self._results if isinstance(result, Skipped)]
            raise NotApplicable(
                skipped[-1]
                if skipped
                else f"It needs the results of the analysis '{kind.__name__.lower()}', which did not run."
            )
        return found

    def get(self, kind: type[Result]) -> Result | None:
        """Return the result of this type; None if its stage was skipped or did not run."""
        return next((result for result in self._results if isinstance(result, kind)), None)

    def joined(self, result: object) -> Upstream:
        """Return these results with one more."""
        return Upstream((*self._results, result))


@dataclass(frozen=True)
class StageContext:
    """The values from which stages are made.

    Attributes:
        settings: Resolved settings.
        knowledge: Markers and gene sets.
        counts: Whether the values come from counts.
        classifiers: Classifiers that are compared, besides the networks.
        tick: Takes the name of a stage, and returns the function that the stage calls as its work advances.
        planned: Whether contrasts are planned.
    """

    settings: Settings
    knowledge: Knowledge
    counts: bool
    classifiers: tuple[Classifier, ...]
    tick: Callable[[str], Tick]
    planned: bool = False


@dataclass(frozen=True, eq=False)
class PlanContext:
    """What is known before an analysis is made.

    Attributes:
        settings: Resolved settings.
        cohort: The cohort, split into training samples and an independent set.
        drawn: Whether the independent set would be set aside at random.
        prepared: The preprocessed cohort.
        preprocessing: The result of preprocessing.
        knowledge: Markers and gene sets.
        classifiers: Classifiers that would be compared, besides the networks.
        folds: Number of folds of the cross-validation; None if there are too few samples for one.
        too_few: Why there is no cross-validation; empty if there is one.
    """

    settings: Settings
    cohort: Cohort
    drawn: bool
    prepared: Cohort
    preprocessing: Preprocessing
    knowledge: Knowledge
    classifiers: tuple[Classifier, ...]
    folds: int | None
    too_few: str


NEEDS_FOLDS = "the whole stage, because it needs the cross-validation"
"""What a stage leaves out if there is no cross-validation."""


class Plan(NamedTuple):
    """What a stage would do, in words.

    Attributes:
        does: What it would do.
        left_out: What it would leave out, and why; empty if nothing.
    """

    does: str
    left_out: str = ""


class Stage(Protocol):
    """One analysis: its parameters, and a run on a preprocessed cohort."""

    @property
    def name(self) -> str:
        """Name of the stage, and of its result in `Analysis.results`."""

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> object:
        """Run the stage, and return its typed result.

        Args:
            cohort: The preprocessed cohort: testable genes only; its scale is that of the values in the file.
            upstream: Results of earlier stages.
            rng: Random generator, derived from the seed and the stage's name alone.

        Raises:
            NotApplicable: If the stage does not apply to this cohort.
        """


@runtime_checkable
class EarlyStage(Protocol):
    """A stage whose work on the workers needs the preprocessed values only, and is done while other stages run."""

    @property
    def name(self) -> str:
        """Name of the stage."""

    def begin(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> Callable[[], object]:
        """Start the work, and return a function that waits for it and returns what `Stage.run` would; see there."""


def probes_of(genes: pd.DataFrame, rule: Collapse) -> Probes | None:
    """Return the gene of each probe by its symbol, if one probe is to represent a gene; else None.

    A probe without a symbol is a gene of its own.

    Args:
        genes: Index probe, column symbol.
        rule: How a gene with several probes is represented.
    """
    if rule not in ("highest_mean", "highest_variance"):
        return None
    symbols = genes["symbol"]
    names = symbols.where(symbols != "", "\0" + genes.index.to_series())
    return Probes(pd.factorize(names)[0].astype(np.intp), rule)


def value_unit(scale: ScaleName) -> ValueUnit:
    """Return the unit of differences between prepared values, from the scale of the values in the file."""
    units: dict[str, ValueUnit] = {"ratio": "ratio", "standardised": "SD", "beta": "M"}
    return units.get(scale, "log2")


def stage_rng(seed: int, name: str) -> np.random.Generator:
    """Return a stage's own random generator: adding a stage leaves the numbers of the others unchanged."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])
