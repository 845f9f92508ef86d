"""What a stage is, and how it reaches the results before it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

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
    """The results of the stages that ran before, asked for by type."""

    def __init__(self, results: tuple[Any, ...] = ()) -> None:
        self._results = results

    def need(self, kind: type[Result]) -> Result:
        """The result of this type.

        Raises:
            NotApplicable: if the stage that makes it was skipped, for the same reason, or did not run.
        """
        found = self.get(kind)
        if found is None:
            skipped = [result.skipped for result in self._results if isinstance(result, Skipped)]
            raise NotApplicable(skipped[-1] if skipped else f"It builds on the {kind.__name__.lower()} section.")
        return found

    def get(self, kind: type[Result]) -> Result | None:
        """The result of this type; None if the stage that makes it was skipped, or did not run."""
        return next((result for result in self._results if isinstance(result, kind)), None)

    def joined(self, result: object) -> Upstream:
        """These results and one more."""
        return Upstream((*self._results, result))


@dataclass(frozen=True)
class StageContext:
    """What a stage is made from.

    Attributes:
        settings: Resolved settings.
        knowledge: Markers and gene sets.
        counts: Whether the values come from counts.
        classifiers: That are compared, besides the networks.
        tick: Makes what a stage of this name calls with its progress.
    """

    settings: Settings
    knowledge: Knowledge
    counts: bool
    classifiers: tuple[Classifier, ...]
    tick: Callable[[str], Tick]


@dataclass(frozen=True, eq=False)
class PlanContext:
    """What is known of an analysis before it is made.

    Attributes:
        settings: Resolved settings.
        cohort: As it is split into training samples and an independent set.
        drawn: Whether the independent set would be set aside at random.
        prepared: The preprocessed cohort.
        preprocessing: What preprocessing did.
        knowledge: Markers and gene sets.
        classifiers: That would be compared, besides the networks.
        folds: Folds of the cross-validation; None where there are too few samples for one.
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


NEEDS_FOLDS = "the whole stage: it needs the cross-validation"
"""Why a stage would do nothing where there is no cross-validation."""


class Plan(NamedTuple):
    """What a stage would do, in words.

    Attributes:
        does: What it would do.
        left_out: What it would leave out, and why; empty if nothing.
    """

    does: str
    left_out: str = ""


class Stage(Protocol):
    """One analysis: its parameters, and a run over a preprocessed cohort."""

    @property
    def name(self) -> str:
        """Name of the stage, and of its field in `results.Analysis`."""

    def run(self, cohort: Cohort, upstream: Upstream, rng: np.random.Generator) -> object:
        """The typed result.

        Args:
            cohort: Preprocessed: testable genes only; its scale is that of the values in the file.
            upstream: Results of earlier stages.
            rng: Derived from the seed and the stage's name alone.

        Raises:
            NotApplicable: if the stage has nothing to say on this cohort.
        """


def probes_of(genes: pd.DataFrame, rule: Collapse) -> Probes | None:
    """The gene of each probe by its symbol, where one probe is to stand for it; a probe without one is its own gene.

    Args:
        genes: Index probe, column symbol.
        rule: What stands for a gene with several probes.
    """
    if rule not in ("highest_mean", "highest_variance"):
        return None
    symbols = genes["symbol"]
    names = symbols.where(symbols != "", "\0" + genes.index.to_series())
    return Probes(pd.factorize(names)[0].astype(np.intp), rule)


def value_unit(scale: ScaleName) -> ValueUnit:
    """What differences of prepared values are measured in, by the scale of the values in the file."""
    units: dict[str, ValueUnit] = {"ratio": "ratio", "standardised": "SD", "beta": "M"}
    return units.get(scale, "log2")


def stage_rng(seed: int, name: str) -> np.random.Generator:
    """The stage's own generator: adding a stage leaves the numbers of the others unchanged."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])
