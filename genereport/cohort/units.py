"""Which column of the sample sheet names units such as patients, of which there may be several samples each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

import pandas as pd

from genereport.cohort.formula import parse_formula
from genereport.cohort.wording import quoted
from genereport.errors import CohortError, nearest
from genereport.settings import Settings

WHERE = "cohort.unit"

LIVING = frozenset({
    "patient", "subject", "subj", "donor", "participant", "individual", "person", "volunteer", "proband", "animal",
    "mouse", "rat", "dog", "monkey", "pig", "rabbit",
})  # fmt: skip
"""Words for those that samples are taken of."""

TOGETHER = frozenset({
    "case", "pair", "family", "litter", "twin", "sibship", "pedigree", "kindred", "couple",
})  # fmt: skip
"""Words for what belongs together, which may mean something else, too."""

TECHNICAL = frozenset({
    "batch", "plate", "chip", "slide", "array", "lane", "run", "flowcell", "well", "row", "column", "col",
    "position", "barcode", "index", "primer", "kit", "reagent", "lot", "machine", "scanner", "instrument",
    "platform", "operator", "technician", "centre", "center", "site", "hospital", "institute", "lab", "study",
    "cohort", "country", "city", "date", "day", "week", "month", "year", "time", "timepoint", "hour", "visit",
    "cycle", "age", "dose", "concentration", "replicate", "replica", "rep", "repeat", "order", "pool", "protocol",
    "treatment", "source", "strain", "genotype", "cluster", "subtype", "type", "stage", "grade", "group", "fold",
    "passage",
})  # fmt: skip
"""Words for how, where and when samples were made, and for kinds of samples: their values alone never tell units."""

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
    """A column that names units, and what speaks for it.

    Attributes:
        column: Its name.
        why: What tells that it does.
    """

    column: str
    why: Evidence


def find_unit(samples: pd.DataFrame, settings: Settings) -> Unit | None:
    """The column that names units: the one that ``cohort.unit`` names, else one that is recognised; None if none is.

    A wrong guess would pair or group samples that have nothing to do with one another, so that a column is taken only
    if one of the following holds; the first that does decides, and of several columns the first.

    1. It is called by a word of `LIVING`, alone or with words such as id or number (``PATIENT_ID``). It has at least 3
       values with at most 4 samples each on average, or at least 4 values that all hold a digit.
    2. It is called by a word of `TOGETHER` in the same way, or just ``id``. It has at least 3 values with at most 4
       samples each on average, and at least half of its values recur.
    3. ``tests.design`` names it and its values are text, or it stands in C() there and every value has one training
       sample of each class; each value stands for fewer than five samples on average.
    4. Its values alone tell (see `_tells`): they are text that begins with a letter and holds a digit, such as P07.

    In 1 and 2 numbers are names if they are whole. In 3 they are if C() says so, in 4 never: ages or weights, too, may
    by accident occur once in each class. In all of them some value recurs. The samples of both sets count.

    Args:
        samples: As in `Cohort.samples`.
        settings: Resolved settings.

    Raises:
        CohortError: GR216 there is no column of the name that ``cohort.unit`` gives, GR217 it has missing values,
            GR218 it has a single value.
        SettingsError: GR005 a design that cannot be read.
    """
    wanted = settings.cohort.unit
    if wanted is not None:
        return None if wanted.lower() == "none" else _named(samples, wanted)
    candidates = [name for name in _covariates(samples) if _recurs(samples[name])]
    in_design = _of_design(samples, settings.tests.design)
    rules: tuple[tuple[Evidence, Callable[[str], bool]], ...] = (
        ("name", lambda name: _is_called(name, LIVING) and _suits_living(samples[name])),
        ("name", lambda name: _is_called(name, TOGETHER) and _suits_together(samples[name])),
        ("design", lambda name: name in in_design and _has_few_samples_each(samples[name])),
        ("values", lambda name: _are_codes(samples[name]) and _tells(samples, name)),
    )
    return next((Unit(name, why) for why, holds in rules for name in candidates if holds(name)), None)


def unit_column(samples: pd.DataFrame, settings: Settings) -> str:
    """Name of the column that names units, or empty; see `find_unit`."""
    found = find_unit(samples, settings)
    return found.column if found else ""


def is_called_unit(column: str) -> bool:
    """Whether the name of a column says that its values, be they numbers, name patients, animals or the like."""
    return _is_called(column, LIVING) or _is_called(column, TOGETHER)


def suspect_unit(samples: pd.DataFrame) -> str:
    """The first column of numbers that would name units if they were codes, or empty.

    They are all the whole numbers from 0 or 1 on, and go with the samples and classes as `_tells` asks for.

    Args:
        samples: As in `Cohort.samples`.
    """
    for name in _covariates(samples):
        numbers = _as_numbers(samples[name])
        if numbers is not None and _are_counted(numbers) and _tells(samples, name):
            return name
    return ""


def label_units(column: pd.Series) -> pd.Series[str]:
    """Name of the unit of each sample; a sample without a value is a unit of its own.

    Args:
        column: Of the sample sheet, index sample id.
    """
    names = [
        f"only {sample}" if pd.isna(value) else _text(value) for sample, value in zip(column.index, column, strict=True)
    ]
    return pd.Series(names, index=column.index, name=column.name, dtype=str)


def _covariates(samples: pd.DataFrame) -> list[str]:
    return [str(name) for name in samples.columns if name not in ("class", "set")]


def _named(samples: pd.DataFrame, column: str) -> Unit:
    """What ``cohort.unit`` names, if it can name units."""
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
            f"The column '{column}' is to name units, but these samples have no value in it: {quoted(unknown)}.",
            "Fill it in: a sample that belongs with no other gets a value of its own.",
            WHERE,
        )
    if samples[column].nunique() < 2:
        raise CohortError(
            "GR218",
            f"The column '{column}' is to name units, but it is '{_text(samples[column].iloc[0])}' in every sample.",
            "Name the column that tells whose the samples are, or set cohort.unit to none.",
            WHERE,
        )
    return Unit(column, "setting")


def _recurs(column: pd.Series) -> bool:
    present = column.dropna()
    return bool(_FEWEST <= present.nunique() < len(present))


def _is_called(name: str, words: frozenset[str]) -> bool:
    """Whether a name consists of one of the words, and of words that only say that it is a name."""
    parts = _parts(name)
    return parts <= words | _FILLERS and bool(parts & words or (words is TOGETHER and parts == {"id"}))


def _parts(name: str) -> set[str]:
    """The words of a name such as PATIENT_ID, donorId or subjectid, in lower case."""
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
    """Whether the values are text or whole numbers."""
    numbers = _as_numbers(column)
    return numbers is None or bool((numbers % 1 == 0).all())


def _of_design(samples: pd.DataFrame, formula: str | None) -> list[str]:
    """The covariates of a design whose values are text, or that stand in C() and pair the training samples."""
    if formula is None:
        return []
    parsed, used = parse_formula(formula, [str(name) for name in samples.columns if name != "set"])
    factors = {match["name"] for term in parsed for each in term.factors if (match := _FACTOR.match(each.expr))}
    return [
        name
        for name in used
        if name != "class" and (_as_numbers(samples[name]) is None or (name in factors and _pairs(samples, name)))
    ]


def _pairs(samples: pd.DataFrame, name: str) -> bool:
    """Whether every value stands for one training sample of each class."""
    train = samples[samples["set"] == "train"]
    return bool((pd.crosstab(train[name].to_numpy(), train["class"].to_numpy()) == 1).all(axis=None))


def _has_few_samples_each(column: pd.Series) -> bool:
    return bool(column.notna().sum() < 5 * column.nunique())


def _are_codes(column: pd.Series) -> bool:
    """Whether the values are text that begins with a letter and holds a digit, as codes do and measurements do not."""
    return _as_numbers(column) is None and all(
        re.match(r"[^\W\d_]", str(value)) and re.search(r"\d", str(value)) for value in column.dropna().unique()
    )


def _are_counted(numbers: pd.Series) -> bool:
    """Whether numbers are all the whole ones from 0 or 1 on."""
    levels = sorted(numbers.unique())
    return levels in (list(range(len(levels))), list(range(1, len(levels) + 1)))


def _tells(samples: pd.DataFrame, name: str) -> bool:
    """Whether the values of a column go with samples and classes as the names of units do.

    Each stands for the same number of samples, from 2 to 4, except for one value or a tenth of them, which stand for
    fewer. There are at least three times as many values as that, 6 with two samples each. Either the class is the same
    within each value, and each class has several values; or all values have the same mixture of classes, but for the
    exceptions. No word of `TECHNICAL` is in the column's name; a word for samples may be only where the class is the
    same within each value.
    """
    parts = _parts(name)
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
    """The values that are present as numbers; None if one of them is no number."""
    numbers = pd.to_numeric(column.dropna(), errors="coerce")
    return None if numbers.isna().any() else numbers


def _text(value: object) -> str:
    """A value as it would be written by hand: 7, not 7.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
