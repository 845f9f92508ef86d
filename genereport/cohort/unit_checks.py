"""Findings on units, such as patients, that have several samples."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from genereport.cohort.design import make_design
from genereport.cohort.model import Cohort
from genereport.cohort.units import Unit, find_unit, label_units, suspect_unit
from genereport.cohort.wording import counted, quoted
from genereport.errors import Finding
from genereport.settings import Settings


def check_units(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    """Yield findings on the column that names units, such as patients, and its consequences."""
    unit, name = find_unit(cohort.samples, settings, cohort.label), suspect_unit(cohort.samples)
    if unit is not None and cohort.units is None:
        message = f"No two samples have the same value of '{unit.column}', so no samples have to be kept together."
        yield Finding("GR332", "note", unit.column, message)
    elif unit is not None:
        labels = label_units(cohort.samples[unit.column])
        yield Finding("GR330", "note", unit.column, _about_units(unit, labels, cohort, settings))
        yield from _find_units_across_sets(labels, cohort.samples["set"])
        yield from _find_lone_units(cohort, settings)
    elif settings.cohort.unit is None and name:
        message = (
            f"'{name}' may name units, such as patients: it holds numbers, each in few samples. Numbers are not taken "
            "for names of units unless the column is called patient or similar. If the column names units, set "
            f"cohort.unit={name}; otherwise the splits may separate samples of one unit, and the tests take them as "
            "independent."
        )
        yield Finding("GR334", "note", name, message)


def _about_units(unit: Unit, labels: pd.Series[str], cohort: Cohort, settings: Settings) -> str:
    sizes = labels.value_counts()
    each = f"{sizes.min()}" if sizes.min() == sizes.max() else f"{sizes.min()} to {sizes.max()}"
    how = {
        "setting": "cohort.unit says so",
        "name": "recognised by its name and by values that recur",
        "design": "tests.design names it, and each of its values occurs in few samples",
        "values": "recognised by its values: codes that each occur in few samples and relate to the classes alike",
    }
    groups = settings.evaluation.groups
    kept = f"Samples that share a value of '{groups}' (evaluation.groups)" if groups else "Samples of one unit"
    others = (
        ""
        if unit.why == "setting"
        else ". cohort.unit=none switches this off, and cohort.unit=COLUMN names another column"
    )
    return (
        f"'{unit.column}' names units, such as patients: {len(sizes)} of them, with {each} samples each "
        f"({how[unit.why]}). {kept} stay together in every split of the cross-validation, and "
        f"{_describe_unit_test(cohort, settings)}{others}."
    )


def _describe_unit_test(cohort: Cohort, settings: Settings) -> str:
    """Say how the tests account for the units."""
    design = make_design(cohort, settings.tests.design)
    if design.block is not None:
        return "the tests treat units as a random effect"
    if not design.unit:
        return "the tests need not account for units, because the training set has one sample of each"
    if design.partners is not None:
        return "the tests compare the samples of each pair"
    return f"the tests compare the classes within units ({design.formula})"


def _find_units_across_sets(labels: pd.Series[str], sets: pd.Series[str]) -> Iterator[Finding]:
    both = sets.groupby(labels.to_numpy()).nunique()
    torn = list(both.index[both > 1])
    if torn:
        message = (
            f"{counted(len(torn), 'unit', 'units')} of '{labels.name}' {'has' if len(torn) == 1 else 'have'} samples "
            f"in the training set and in the independent set: {quoted(torn)}. The models were trained on "
            "these units, so the metrics of the independent set are too good."
        )
        yield Finding("GR331", "warning", str(labels.name), message)


def _find_lone_units(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    design = make_design(cohort, settings.tests.design)
    if design.lone:
        out = (
            "are left out of the paired test"
            if design.partners is not None
            else "contribute nothing to this comparison"
        )
        message = (
            f"{counted(len(design.lone), 'training sample', 'training samples')} of '{design.unit}' "
            f"{'has' if len(design.lone) == 1 else 'have'} no partner of another class: {quoted(design.lone)}. The "
            f"tests compare the classes within units, so such samples {out}; the classifiers use them."
        )
        yield Finding("GR333", "note", design.unit, message)
