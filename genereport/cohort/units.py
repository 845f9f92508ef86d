"""Which column of the sample sheet names units such as patients, each of which may have several samples."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

import pandas as pd

from genereport.cohort.formula import parse_formula, with_class
from genereport.cohort.wording import quoted
from genereport.errors import CohortError, nearest
from genereport.settings import Settings

WHERE = "cohort.unit"

LIVING = frozenset({
    "patient", "subject", "subj", "donor", "participant", "individual", "person", "volunteer", "proband", "animal",
    "mouse", "rat", "dog", "monkey", "pig", "rabbit",
})  # fmt: skip
"""Words for persons and animals from which samples are taken."""

TOGETHER = frozenset({
    "case", "pair", "family", "litter", "twin", "sibship", "pedigree", "kindred", "couple",
})  # fmt: skip
"""Words for samples that belong together; they may also mean something else."""

TECHNICAL = frozenset({
    "batch", "plate", "chip", "slide", "array", "lane", "run", "flowcell", "well", "row", "column", "col",
    "position", "barcode", "index", "primer", "kit", "reagent", "lot", "machine", "scanner", "instrument",
    "platform", "operator", "technician", "centre", "center", "site", "hospital", "institute", "lab", "study",
    "cohort", "country", "city", "date", "day", "week", "month", "year", "time", "timepoint", "hour", "visit",
    "cycle", "age", "dose", "concentration", "replicate", "replica", "rep", "repeat", "order", "pool", "protocol",
    "treatment", "source", "strain", "genotype", "cluster", "subtype", "type", "stage", "grade", "group", "fold",
    "passage",
})  # fmt: skip
"""Words for how, where and when samples were made, and for kinds of samples: values alone never make such a column a
unit."""

_FILLERS = frozenset({
    "id", "ids", "no", "nr", "num", "number", "code", "name", "identifier", "barcode", "key", "anon", "study", "bcr",
    "submitter", "submitted", "matched",
})  # fmt: skip
_SPECIMENS = frozenset({"sample", "specimen", "biosample"})
_FACTOR = re.compile(r"C\(\s*`?(?P<name>[^`,)]+)")
_FEWEST = 3
_FEW_SAMPLES = 4


Evidence = Literal["setting", "name", "design", "values"]


class Unit(NamedTuple):
    """A column that names units, and the evidence for it.

    Attributes:
        column: Name of the column.
        why: Evidence that it names units.
    """

    column: str
    why: Evidence


def find_unit(samples: pd.DataFrame, settings: Settings, label: str = "class") -> Unit | None:
    """Find the column that names units: the one that ``cohort.unit`` names, else one that is recognised, else None.

    A wrong guess would pair or group unrelated samples, so a column is taken only if one of the following rules holds.
    The first rule that holds decides, and among several columns the first.

    1. Its name is a word of `LIVING`, alone or with words such as id or number (``PATIENT_ID``). It has at least 3
       values with at most 4 samples each on average, or at least 4 values that all contain a digit.
    2. Its name is a word of `TOGETHER` in the same way, or just ``id``. It has at least 3 values with at most 4
       samples each on average, and at least half of its values recur.
    3. ``tests.design`` names it and its values are text, or it is in C() there and every value has one training sample
       of each class; each value has fewer than five samples on average.
    4. Its values suffice as evidence (`_suggests_units`): they are text that begins with a letter and contains a digit,
       such as P07.

    Numbers count as names in rules 1 and 2 if they are whole, in rule 3 if they are in C(), and in rule 4 never,
    because ages or weights may also occur once in each class by chance. In all rules some value recurs. The samples of
    both sets are used.

    Args:
        samples: As in `Cohort.samples`.
        settings: Resolved settings.
        label: As `Cohort.label`.

    Raises:
        CohortError: GR216 the column that ``cohort.unit`` names does not exist, GR217 it has missing values, GR218 it
            has a single value.
        SettingsError: GR005 a design that cannot be read.
    """
    wanted = settings.cohort.unit
    if wanted is not None:
        return None if wanted.lower() == "none" else _unit_by_setting(samples, wanted)
    candidates = [name for name in _covariates(samples) if _has_recurring_values(samples[name])]
    in_design = _of_design(samples, settings.tests.design, label)
    rules: tuple[tuple[Evidence, Callable[[str], bool]], ...] = (
        ("name", lambda name: _is_called(name, LIVING) and _suits_living(samples[name])),
        ("name", lambda name: _is_called(name, TOGETHER) and _suits_together(samples[name])),
        ("design", lambda name: name in in_design and samples[name].notna().sum() < 5 * samples[name].nunique()),
        ("values", lambda name: _are_codes(samples[name]) and _suggests_units(samples, name)),
    )
    return next((Unit(name, why) for why, holds in rules for name in candidates if holds(name)), None)


def unit_column(samples: pd.DataFrame, settings: Settings, label: str = "class") -> str:
    """Return the name of the column that names units, or empty; see `find_unit`."""
    found = find_unit(samples, settings, label)
    return found.column if found else ""


def is_called_unit(column: str) -> bool:
    """Return whether the name of a column says that its values, even numbers, name patients, animals or similar."""
    return _is_called(column, LIVING) or _is_called(column, TOGETHER)


def suspect_unit(samples: pd.DataFrame) -> str:
    """Return the first numeric column that would name units if its numbers were codes, or empty.

    The numbers are consecutive whole numbers from 0 or 1, and relate to samples and classes as `_suggests_units`
    requires.

    Args:
        samples: As in `Cohort.samples`.
    """
    for name in _covariates(samples):
        numbers = _as_numbers(samples[name])
        if numbers is not None and _are_counted(numbers) and _suggests_units(samples, name):
            return name
    return ""


def label_units(column: pd.Series) -> pd.Series[str]:
    """Return the name of the unit of each sample; a sample without a value is a unit of its own.

    Args:
        column: Column of the sample sheet, index sample id.
    """
    names = [
        f"only {sample}" if pd.isna(value) else _text(value) for sample, value in zip(column.index, column, strict=True)
    ]
    return pd.Series(names, index=column.index, name=column.name, dtype=str)


def _covariates(samples: pd.DataFrame) -> list[str]:
    return [str(name) for name in samples.columns if name not in ("class", "set")]


def _unit_by_setting(samples: pd.DataFrame, column: str) -> Unit:
    """Return the column that ``cohort.unit`` names, if it can name units."""
    available = _covariates(samples)
    if column not in available:
        raise CohortError(
            "GR216",
            f"There is no column '{column}' in the sample sheet that could name units.",
            nearest(column, available) if available else "Add it to the sample sheet, or leave the setting out.",
            WHERE,
        )
    unknown = samples.index[samples[column].isna()]
    if len(unknown):
        raise CohortError(
            "GR217",
            f"The setting names the column '{column}', but these samples have no value in it: {quoted(unknown)}.",
            "Fill in the values. Give a sample that belongs with no other a value of its own.",
            WHERE,
        )
    if samples[column].nunique() < 2:
        raise CohortError(
            "GR218",
            f"The setting names the column '{column}', but this is '{_text(samples[column].iloc[0])}' in every sample.",
            "Name the column that identifies the patient, donor or animal of each sample, or set cohort.unit to none.",
            WHERE,
        )
    return Unit(column, "setting")


def _has_recurring_values(column: pd.Series) -> bool:
    present = column.dropna()
    return bool(_FEWEST <= present.nunique() < len(present))


def _is_called(name: str, words: frozenset[str]) -> bool:
    """Return whether a name consists of one of the words and of fillers such as id or number."""
    parts = _split_name(name)
    return parts <= words | _FILLERS and bool(parts & words or (words is TOGETHER and parts == {"id"}))


def _split_name(name: str) -> set[str]:
    """Return the words of a name such as PATIENT_ID, donorId or subjectid, in lower case."""
    parts = {part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
    return {part.removesuffix("id") or "id" for part in parts}


def _suits_living(column: pd.Series) -> bool:
    sizes = column.value_counts()
    coded = len(sizes) > _FEWEST and all(re.search(r"\d", _text(value)) for value in sizes.index)
    return _can_be_names(column) and bool(coded or sizes.mean() <= _FEW_SAMPLES)


def _suits_together(column: pd.Series) -> bool:
    sizes = column.value_counts()
    return _can_be_names(column) and bool(sizes.mean() <= _FEW_SAMPLES and (sizes > 1).mean() >= 0.5)


def _can_be_names(column: pd.Series) -> bool:
    """Return whether the values are text or whole numbers."""
    numbers = _as_numbers(column)
    return numbers is None or bool((numbers % 1 == 0).all())


def _of_design(samples: pd.DataFrame, formula: str | None, label: str) -> list[str]:
    """Return the covariates of a design whose values are text, or that are in C() and pair the training samples."""
    if formula is None:
        return []
    columns = [str(name) for name in samples.columns if name != "set"]
    parsed, used = parse_formula(with_class(formula, label, columns), columns)
    factors = {match["name"] for term in parsed for each in term.factors if (match := _FACTOR.match(each.expr))}
    return [
        name
        for name in used
        if name != "class"
        and (_as_numbers(samples[name]) is None or (name in factors and _has_one_of_each_class(samples, name)))
    ]


def _has_one_of_each_class(samples: pd.DataFrame, name: str) -> bool:
    """Return whether every value has one training sample of each class."""
    train = samples[samples["set"] == "train"]
    return bool((pd.crosstab(train[name].to_numpy(), train["class"].to_numpy()) == 1).all(axis=None))


def _are_codes(column: pd.Series) -> bool:
    """Return whether the values are text that begins with a letter and contains a digit, like codes."""
    return _as_numbers(column) is None and all(
        re.match(r"[^\W\d_]", str(value)) and re.search(r"\d", str(value)) for value in column.dropna().unique()
    )


def _are_counted(numbers: pd.Series) -> bool:
    """Return whether the distinct numbers are consecutive whole numbers from 0 or 1."""
    levels = sorted(numbers.unique())
    return levels in (list(range(len(levels))), list(range(1, len(levels) + 1)))


def _suggests_units(samples: pd.DataFrame, name: str) -> bool:
    """Return whether the values of a column relate to samples and classes as the names of units do.

    Each value has the same number of samples, from 2 to 4; one value or a tenth of them may have fewer. There are at
    least three times as many values as samples per value, for example 6 values with two samples each. Either the class
    is constant within each value and each class has several values, or all values have the same mixture of classes, up
    to these exceptions. The name of the column contains no word of `TECHNICAL`; it may contain a word for samples only
    if the class is constant within each value.
    """
    parts = _split_name(name)
    if parts & TECHNICAL or any(word in name.lower() for word in TECHNICAL if len(word) > 3):
        return False
    known = samples[samples[name].notna()]
    table = pd.crosstab(known[name].to_numpy(), known["class"].to_numpy())
    sizes = table.sum(axis=1)
    usual = int(sizes.mode().max())
    whole = table[sizes == usual]
    odd = len(table) - len(whole)
    if len(table) < _FEWEST * usual or not 2 <= usual <= _FEW_SAMPLES:
        return False
    if (sizes > usual).any() or odd > max(1, len(table) / 10):
        return False
    constant = ((whole > 0).sum(axis=1) == 1).all() and ((whole > 0).sum() > 1).all()
    paired = len(whole.drop_duplicates()) == 1 and (whole.iloc[0] > 0).sum() > 1
    return bool(constant or (paired and not parts & _SPECIMENS))


def _as_numbers(column: pd.Series) -> pd.Series | None:
    """Return the values that are present as numbers; None if one of them is not a number."""
    numbers = pd.to_numeric(column.dropna(), errors="coerce")
    return None if numbers.isna().any() else numbers


def _text(value: object) -> str:
    """Return a value as written by hand: 7, not 7.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
