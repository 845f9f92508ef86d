"""The numbers of samples of the classes: what is too few to analyse, and what few samples mean."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from genereport.cohort.folds import CONSEQUENCE, effective_folds, smallest_class, split_column, why_fewer, why_too_few
from genereport.cohort.levels import natural_order, print_counts
from genereport.cohort.model import Cohort
from genereport.cohort.wording import counted
from genereport.errors import CohortError, Finding
from genereport.settings import Settings

FEWEST_SAMPLES = 3
FEWEST_IN_A_CLASS = 2
IMBALANCE = 1 / 3


def require_enough(cohort: Cohort, settings: Settings) -> None:
    """Raise an error if a cohort is too small to be analysed.

    Raises:
        CohortError: GR201 a single class, GR202 a class with a single training sample, GR203 fewer than 3
            samples.
    """
    counts = training_counts(cohort)
    if counts.sum() < FEWEST_SAMPLES:
        raise CohortError(
            "GR203",
            f"The cohort has {counted(int(counts.sum()), 'training sample', 'training samples')}, and nothing can be "
            f"estimated from fewer than {FEWEST_SAMPLES}.",
            "Add samples.",
        )
    if len(counts) < 2:
        raise CohortError(
            "GR201",
            f"All {counts.sum()} training samples have the class '{counts.index[0]}', so there is nothing to compare.",
            "Name the column that holds the class with --label-column, or add samples of another class.",
        )
    _require_two(counts, 0.0 if cohort.has_test else settings.evaluation.holdout)


def _require_two(counts: pd.Series[int], held: float) -> None:
    """Require two training samples of every class: with one there is no variance within it."""
    if held and np.ceil(held * counts.sum()) < len(counts):
        raise CohortError(
            "GR202",
            f"evaluation.holdout = {held:g} would set fewer samples aside than there are classes.",
            "Raise evaluation.holdout, or leave it out.",
        )
    kept = (counts * (1 - held)).astype(int)
    name, left = str(kept.idxmin()), int(kept.min())
    if left >= FEWEST_IN_A_CLASS:
        return
    aside = f" (about {left} once evaluation.holdout = {held:g} has set its share aside)" if held else ""
    raise CohortError(
        "GR202",
        f"The class '{name}' has {counted(int(counts[name]), 'training sample', 'training samples')}{aside}, and "
        f"nothing can be compared with fewer than {FEWEST_IN_A_CLASS}.",
        "Leave evaluation.holdout out, or add samples of the class."
        if counts[name] >= FEWEST_IN_A_CLASS
        else f"Add samples of the class, or join it with another{without_class(counts, name)}.",
    )


def without_class(counts: pd.Series[int], name: str) -> str:
    """Say how to leave a class out, if two or more others remain."""
    rest = ", ".join(f'"{each}"' for each in counts.index if each != name)
    return f", or leave it out: --set 'cohort.classes=[{rest}]'" if len(counts) > 2 else ""


def check_classes(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    """Warn about unbalanced classes, and about too few samples for the folds."""
    counts = training_counts(cohort)
    smallest, largest = str(counts.idxmin()), str(counts.idxmax())
    if counts[smallest] < IMBALANCE * counts[largest]:
        message = (
            f"The classes are unbalanced: {counts[largest]} training samples are '{largest}' and {counts[smallest]} "
            f"'{smallest}'. Accuracy alone misleads here; read balanced accuracy and the figures of each class."
        )
        yield Finding("GR307", "warning", "class", message)
    if cohort.has_test or not settings.evaluation.holdout:
        yield from about_folds(cohort, settings)


def about_folds(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    """Yield findings on what the number of training samples means for the cross-validation.

    Args:
        cohort: The cohort, with its independent set if one is drawn.
        settings: Resolved settings.
    """
    counts, asked = training_counts(cohort), settings.evaluation.folds
    train = cohort.subset("train")
    smallest = smallest_class(train.samples, cohort.classes, split_column(train, settings))
    folds = effective_folds(smallest.size, asked)
    if folds is None:
        way = without_class(counts, str(counts.idxmin())).removeprefix(", or leave it out: ")
        more = f" To leave the class '{counts.idxmin()}' out: {way}." if way else ""
        yield Finding("GR335", "warning", "class", f"{why_too_few(smallest, asked)} {CONSEQUENCE}{more}")
        return
    if folds < asked:
        yield Finding("GR336", "note", "class", why_fewer(smallest, asked, folds))
    few = counts[counts < 2 * folds]
    if len(few):
        message = (
            f"There are few training samples per fold ({print_counts(few)}): fewer than two of a class for each of the "
            f"{folds} folds. Metrics of a single fold can therefore take only a few values."
        )
        yield Finding("GR309", "warning", "class", message)


def training_counts(cohort: Cohort) -> pd.Series[int]:
    """Return the number of training samples per class, by name of the class."""
    counts = cohort.samples.loc[cohort.samples["set"] == "train", "class"].value_counts()
    return counts[natural_order(counts.index)]
