"""New samples brought to the scale of a frozen model by its stored constants; nothing is detected or fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from genereport.cohort.scale import detect_scale
from genereport.errors import BundleError, CohortError
from genereport.learn.frozen import FinalModels
from genereport.learn.manifest import MANIFEST
from genereport.learn.preparation import Matrix
from genereport.learn.reference import Measured
from genereport.stages.preprocessing import gene_medians, in_rows, scale_arrays, to_log2


@checked(frozen=True, config=ConfigDict(extra="forbid"))
class Recipe:
    """Constants of the way from measured values to comparable log2 values, as in `results.Preprocessing`."""

    scale: str
    floor: float | None
    cap: float | None
    log: str
    array_scaling: str
    location: float
    spread: float
    collapse: str


@dataclass(frozen=True, eq=False)
class Incoming:
    """New samples, by the genes of the model.

    Attributes:
        raw: Samples × the g genes that array scaling is taken over, unit of the file, shape (m, g); NaN is missing.
        logged: The same in log2, before array scaling.
        values: Samples × the p genes that the models see, log2, shape (m, p).
        lacking: Which of these p genes no sample has a value of.
    """

    raw: Matrix
    logged: Matrix
    values: Matrix
    lacking: npt.NDArray[np.bool_]


def recipe_of(constants: dict[str, Any]) -> Recipe:
    """The recipe that a manifest keeps.

    Raises:
        BundleError: GR602 if it is none.
    """
    try:
        return TypeAdapter(Recipe).validate_python(constants)
    except ValidationError as error:
        problem = "The constants of the preprocessing are not those that genereport writes."
        raise BundleError("GR602", problem, "Build the report again.", MANIFEST) from error


def bring(final: FinalModels, expression: pd.DataFrame) -> Incoming:
    """Prepare new samples as the training set was.

    Args:
        final: The models with their constants.
        expression: Samples × genes in the unit of the file; genes may be missing, and others are not looked at.

    Raises:
        CohortError: GR617 a value that has no logarithm.
        BundleError: GR602 the stored constants are none.
    """
    measured, recipe = final.reference.measured, recipe_of(dict(final.preprocessing))
    raw = in_rows(expression.reindex(columns=list(measured.genes)))
    _require_logarithms(raw, recipe)
    logged, _ = to_log2(raw, recipe.scale, recipe.floor, recipe.cap)
    lacking = _without_value(raw)
    scaled = scale_arrays(_filled(logged, lacking, measured), recipe.array_scaling, recipe.location, recipe.spread)
    scaled[:, lacking] = np.nan
    values = _collapsed(scaled[:, measured.testable], measured, recipe)
    return Incoming(raw, logged, values, _without_value(values))


def _without_value(values: Matrix) -> npt.NDArray[np.bool_]:
    return np.asarray(np.isnan(values).all(axis=0))


def _filled(logged: Matrix, lacking: npt.NDArray[np.bool_], measured: Measured) -> Matrix:
    """Genes that no sample has enter the mean and the spread of an array as its other genes let expect.

    Left out, they would move both: a file without the genes of low expression has arrays that look brighter.
    """
    if not lacking.any() or lacking.all():
        return logged
    offset = np.nanmedian(logged[:, ~lacking] - measured.levels[~lacking], axis=1)
    filled = logged.copy()
    filled[:, lacking] = measured.levels[lacking] + offset[:, None]
    return filled


def _collapsed(scaled: Matrix, measured: Measured, recipe: Recipe) -> Matrix:
    if recipe.collapse != "median":
        return np.ascontiguousarray(scaled)
    kept = np.flatnonzero(measured.testable)
    symbols = pd.Series([measured.symbols[i] for i in kept], index=[measured.genes[i] for i in kept], dtype=str)
    return in_rows(gene_medians(pd.DataFrame(scaled, columns=symbols.index), symbols))


def _require_logarithms(raw: Matrix, recipe: Recipe) -> None:
    """Make sure that the stored preprocessing can take logarithms.

    Raises:
        CohortError: GR617.
    """
    least = {"intensity": float(np.nextafter(0, 1)), "counts": 0.0}.get(recipe.scale, -np.inf)
    lowest = float(np.nanmin(raw, initial=np.inf))
    lowest = lowest if recipe.floor is None else max(lowest, recipe.floor)
    if lowest < least:
        found = detect_scale(raw)
        raise CohortError(
            "GR617",
            f"The model takes logarithms of {recipe.scale} values without a floor, and the smallest new value is "
            f"{lowest:g}; the new values look like {found.name} ({found.reason}).",
            "Give the values on the scale that the model was trained on.",
        )
