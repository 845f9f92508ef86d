"""The linear model of a formula: its matrix over the training samples, and the contrasts of the classes in it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from keyword import iskeyword
from typing import Any

import numpy as np
import pandas as pd

from genereport.cohort.formula import WHERE, parse_formula, unreadable, with_class
from genereport.cohort.model import Cohort
from genereport.cohort.units import is_called_unit, label_units
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, SettingsError
from genereport.types import Array, Codes, Positions, Term

_TOLERANCE = 1e-7  # below this a column counts as a linear combination of others, as in R's qr
_COMPLETE = 0.8
"""Smallest share of units with a sample of every class for which classes are compared within units."""


@dataclass(frozen=True, eq=False)
class Design:
    """A model matrix of full rank in which every pair of classes can be compared.

    Attributes:
        formula: The formula, with ``class`` for the class.
        columns: Names of the columns of the matrix.
        matrix: Model matrix, shape (training samples, columns).
        pairs: Positions (reference, target) of the classes that each contrast compares.
        contrasts: Contrasts of the coefficients, shape (columns, pairs).
        covariates: Names of the sample columns that the comparison is adjusted for.
        terms: Their terms in the model, in the order of the formula.
        partners: Rows of the reference samples and of their partners, shape (2, pairs), if there are two classes and
            each value of the only covariate that has samples of both has one of either. Else None.
        unit: Column of the sample sheet that names units such as patients, if the tests account for them; else empty.
        block: Unit of each training sample as a number from 0, shape (n,), if units are a random effect; else None.
        lone: Ids of the training samples whose unit, a term of the formula, has no sample of another class; they
            contribute nothing to the comparison of the classes.
    """

    formula: str
    columns: tuple[str, ...]
    matrix: Array
    pairs: tuple[tuple[int, int], ...]
    contrasts: Array
    covariates: tuple[str, ...]
    terms: tuple[Term, ...] = ()
    partners: Positions | None = None
    unit: str = ""
    block: Codes | None = None
    lone: tuple[str, ...] = ()


def make_design(cohort: Cohort, formula: str | None = None) -> Design:
    """Build the design of a formula such as ``~ class + source`` over the training samples.

    Samples of one unit are not independent. Without a formula, units become a term of the model if at least four fifths
    of them, and at least two, have a sample of every class; classes are then compared within units. Units that are not
    a term are a random effect (`block`), also where a formula is given.

    Args:
        cohort: Cohort with the covariates of the formula; ``class`` is the label column, the reference first.
        formula: Formula in R's notation, as formulaic reads it; the class is called ``class`` or as its column in the
            sample sheet. None: the class with the blocking factors of the cohort, or with the unit as above.

    Raises:
        SettingsError: GR005 the formula cannot be read, or does not compare the classes.
        CohortError: GR211 a covariate that does not vary, GR212 linearly dependent columns, GR213 missing values, GR214
            no residual degrees of freedom.
    """
    training = cohort.subset("train")
    train = training.samples.drop(columns="set")
    units = training.units
    unit = cohort.unit if units is not None else ""
    names = label_units(train[unit]) if unit else None
    if formula is None:
        formula = " + ".join(("~ class", *(_as_factor(train, name) for name in cohort.blocking)))
        if names is not None and not cohort.blocking and _is_complete(names, train["class"]):
            formula, train = f"~ class + {_quote_column(unit)}", train.assign(**{unit: names})
    else:
        formula = with_class(formula, cohort.label, train.columns)
    parsed, used = parse_formula(formula, [str(name) for name in train.columns])
    if "class" not in used:
        raise unreadable(f"'{formula}' does not contain the class.")
    covariates = tuple(name for name in used if name != "class")
    _require_values(train, covariates)
    fixed = unit in covariates
    if fixed and names is not None:
        train = train.assign(**{unit: names})  # numbered patients are names, not measurements
    partners = _find_partners(train, cohort.classes, covariates)
    if not fixed and partners is not None and is_called_unit(covariates[0]):
        train = train.astype({covariates[0]: str})  # numbered patients are names, not measurements
    frame = train.assign(**{"class": pd.Categorical(train["class"], categories=list(cohort.classes))})
    matrix, spec = _evaluate_formula(parsed, frame, formula)
    pairs = tuple(combinations(range(len(cohort.classes)), 2))
    contrasts = _make_contrasts(spec, frame, pairs, formula)
    _require_rank(matrix, contrasts, formula)
    terms = _list_terms(spec)
    if [term.kind for term in terms] != ["factor"]:
        partners = None  # only a factor makes pairs, not an age that occurs once in each class
    return Design(
        formula,
        tuple(matrix.columns),
        matrix.to_numpy(),
        pairs,
        contrasts,
        covariates,
        terms,
        partners,
        unit,
        None if fixed else units,
        _samples_of_lone_units(names, train["class"]) if fixed and names is not None else (),
    )


def _is_complete(units: pd.Series[str], classes: pd.Series[str]) -> bool:
    """Return whether enough units have samples of every class for a comparison of classes within units."""
    whole = (pd.crosstab(units, classes) > 0).all(axis=1)
    return bool(whole.sum() > 1 and whole.mean() >= _COMPLETE and "`" not in str(units.name))


def _samples_of_lone_units(units: pd.Series[str], classes: pd.Series[str]) -> tuple[str, ...]:
    """Return the samples of units with a single class."""
    held = classes.groupby(units.to_numpy()).nunique()
    return tuple(str(sample) for sample in units.index[units.map(held) == 1])


def _as_factor(samples: pd.DataFrame, column: str) -> str:
    """Return a column as it is written in a formula, in C() if it holds numbers; an unknown column as it is."""
    written = _quote_column(column)
    return f"C({written})" if column in samples and samples[column].dtype.kind == "f" else written


def _quote_column(column: str) -> str:
    """Return a column name as it is written in a formula: in backticks unless it is a plain name."""
    return column if column.isidentifier() and not iskeyword(column) else f"`{column}`"


def _list_terms(spec: Any) -> tuple[Term, ...]:
    """Return the terms of the covariates, as formulaic encoded them."""
    found = []
    for term, columns in spec.term_indices.items():
        factors = [factor for factor in term.factors if factor.eval_method.value != "literal"]
        if not factors or [factor.expr for factor in factors] == ["class"]:
            continue
        kind, state = spec.encoder_state[factors[0].expr]
        name, plain = str(term).replace("`", ""), factors[0].eval_method.value == "lookup"
        if len(factors) > 1:
            found.append(Term(name, "interaction", 0, len(columns)))
        elif kind.value == "categorical":
            found.append(Term(name, "factor", len(state["categories"]), len(columns)))
        else:
            found.append(Term(name, "number" if plain else "transformation", 0, len(columns)))
    return tuple(found)


def _evaluate_formula(parsed: Any, frame: pd.DataFrame, formula: str) -> tuple[pd.DataFrame, Any]:
    """Return the model matrix, and the specification that builds the same columns from other values."""
    from formulaic.errors import FormulaicError

    try:
        found = parsed.get_model_matrix(frame, na_action="ignore")
    except FormulaicError as error:
        reason = str(error).splitlines()[0]
        raise unreadable(f"'{formula}' cannot be evaluated on the columns of the samples ({reason}).") from error
    matrix = pd.DataFrame(found).astype(float)
    if not np.isfinite(matrix.to_numpy()).all():
        raise unreadable(f"'{formula}' gives values that are not finite numbers.")
    return matrix, found.model_spec


def _require_values(train: pd.DataFrame, covariates: tuple[str, ...]) -> None:
    for name in covariates:
        column = train[name]
        unknown = column.index[column.isna()]
        if len(unknown):
            raise CohortError(
                "GR213",
                f"{counted(len(unknown), 'training sample has', 'training samples have')} no value in the column "
                f"'{name}': {quoted(unknown)}.",
                "Fill in the values, leave the samples out (cohort.exclude), or leave the covariate out of the design.",
                WHERE,
            )
        if column.nunique() < 2:
            raise CohortError(
                "GR211",
                f"The column '{name}' is constant: it is '{column.iloc[0]}' in all {len(column)} training samples.",
                "Leave the column out of the design.",
                WHERE,
            )


def _find_partners(train: pd.DataFrame, classes: tuple[str, ...], covariates: tuple[str, ...]) -> Positions | None:
    """Return the rows of the pairs, if each value of the only covariate that has both classes has one of either."""
    if len(classes) > 2 or len(covariates) != 1:
        return None
    rows = pd.DataFrame({"unit": train[covariates[0]].to_numpy(), "class": train["class"].to_numpy()})
    table = pd.crosstab(rows["unit"], rows["class"])
    whole = table[(table > 0).all(axis=1)]
    if len(whole) < 2 or not (whole == 1).all(axis=None):
        return None
    ordered = rows[rows["unit"].isin(whole.index)].sort_values("unit", kind="stable")
    return np.stack([ordered.index[ordered["class"] == name].to_numpy() for name in classes])


def _make_contrasts(spec: Any, frame: pd.DataFrame, pairs: tuple[tuple[int, int], ...], formula: str) -> Array:
    """Return the change of a sample's row of the matrix if only its class changes, shape (columns, pairs)."""
    levels = frame["class"].cat.categories
    everyone = [
        spec.get_model_matrix(frame.assign(**{"class": pd.Categorical([level] * len(frame), categories=levels)}))
        for level in levels
    ]
    rows = []
    for reference, target in pairs:
        change = everyone[target].to_numpy(float) - everyone[reference].to_numpy(float)
        if not np.allclose(change, change[0]):
            raise SettingsError(
                "GR005",
                f"In '{formula}' the effect of the class depends on a covariate, so there is no single difference to "
                "test.",
                "Add the covariates without an interaction: '~ class + centre'.",
                WHERE,
            )
        rows.append(change[0])
    return np.stack(rows, axis=1)


def _require_rank(matrix: pd.DataFrame, contrasts: Array, formula: str) -> None:
    """Require independent columns and residual degrees of freedom; a covariate is reported rather than the class."""
    of_class = np.abs(contrasts).max(axis=1) > 0
    order = [*matrix.columns[matrix.columns == "Intercept"], *matrix.columns[of_class]]
    order += [name for name in matrix.columns if name not in order]
    values = matrix[order].to_numpy(float)
    unit = values / np.maximum(np.linalg.norm(values, axis=0), _TOLERANCE)
    kept: list[int] = []
    for column in range(len(order)):
        if np.linalg.matrix_rank(unit[:, [*kept, column]], tol=_TOLERANCE) == len(kept):
            raise _dependence_error(order, unit, kept, column, set(matrix.columns[of_class]), formula)
        kept.append(column)
    if len(order) >= len(values):
        raise CohortError(
            "GR214",
            f"The design '{formula}' has {len(order)} coefficients for {len(values)} training samples, which leaves "
            "nothing to estimate a variance from.",
            "Leave covariates out of the design.",
            WHERE,
        )


def _dependence_error(
    names: list[str], unit: Array, kept: list[int], column: int, of_class: set[str], formula: str
) -> CohortError:
    weights, *_ = np.linalg.lstsq(unit[:, kept], unit[:, column])
    others = [names[position] for position, weight in zip(kept, weights, strict=True) if abs(weight) > _TOLERANCE]
    meaning = (
        "In the training samples it cannot be separated from the class."
        if of_class & set(others)
        else "It adds nothing to the model."
    )
    return CohortError(
        "GR212",
        f"The design '{formula}' is rank deficient: the column '{names[column]}' is a combination of {quoted(others)}. "
        + meaning,
        "Leave its covariate out of the design.",
        WHERE,
    )
