"""Which column of the sample sheet names centres, and which of them can be left out of the training."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.cohort.levels import has_levels, level_text, natural_order
from genereport.cohort.model import Cohort
from genereport.errors import CohortError, nearest
from genereport.settings import Settings
from genereport.types import Positions

WHERE = "evaluation.centre"

NAMES = ("centre", "center", "site", "hospital", "institution", "institute", "source", "study", "cohort", "batch")
"""Words by which a column of centres is recognised, the surest first."""

FEWEST = 3
"""Smallest number of samples of each class in the training part of the other centres, as in a cross-validation."""


class Centre(NamedTuple):
    """A centre, and whether the training samples of the others have all classes.

    Attributes:
        name: Value of the column.
        rows: Positions of its training samples.
        others: Positions of the training samples of other centres.
        lacking: Classes of which the others have fewer than `FEWEST` training samples.
    """

    name: str
    rows: Positions
    others: Positions
    lacking: tuple[str, ...]


def require_centre(cohort: Cohort, settings: Settings) -> None:
    """Require that the column that ``evaluation.centre`` names exists.

    Raises:
        CohortError: GR348 if it does not.
    """
    wanted = settings.evaluation.centre
    if wanted not in ("auto", "none") and wanted not in cohort.covariates:
        raise CohortError(
            "GR348",
            f"There is no column '{wanted}' in the sample sheet that could name centres.",
            nearest(wanted, cohort.covariates) if cohort.covariates else "Add it to the sample sheet.",
            WHERE,
        )


def centre_column(cohort: Cohort, settings: Settings) -> str:
    """Return the column that names centres: the one that ``evaluation.centre`` names, else one that is recognised.

    A column is recognised by a word of `NAMES` in its name, if its values recur. Columns that name units are none.

    Args:
        cohort: Samples and classes.
        settings: Resolved settings.

    Returns:
        Its name, or empty.
    """
    wanted = settings.evaluation.centre
    if wanted == "none":
        return ""
    if wanted != "auto":
        return wanted
    columns = [name for name in cohort.covariates if name != cohort.unit and has_levels(cohort.samples[name])]
    parts = {name: set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())) for name in columns}
    return next((name for word in NAMES for name in columns if word in parts[name]), "")


def centres_of(samples: pd.DataFrame, column: str, classes: Sequence[str]) -> list[Centre]:
    """Return the centres of the training samples; samples without a centre belong to none of the parts.

    Args:
        samples: Training samples as in `Cohort.samples`.
        column: Column of the centres.
        classes: Class levels.
    """
    found = []
    values = samples[column]
    for level in natural_order(values.dropna()):
        own = (values == level).to_numpy()
        others = (values.notna() & (values != level)).to_numpy()
        sizes = samples.loc[others, "class"].value_counts().reindex(list(classes), fill_value=0)
        lacking = tuple(str(name) for name in sizes.index[sizes < FEWEST])
        found.append(Centre(level_text(level), np.flatnonzero(own), np.flatnonzero(others), lacking))
    return found
