"""Findings on the covariates: their association with the class, their gaps, their spellings, and codes in a design."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from genereport.cohort.associations import (
    ASSOCIATION_ALPHA,
    Gaps,
    associate_levels,
    associate_measurement,
    count_gaps,
    tested_covariates,
)
from genereport.cohort.design import make_design
from genereport.cohort.levels import has_levels, level_text, natural_order, print_counts, print_spellings, variants
from genereport.cohort.model import Cohort
from genereport.cohort.wording import quoted
from genereport.errors import Finding
from genereport.settings import Settings


def check_covariates(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    """Yield findings on covariates that are associated with the class, or have levels that no training sample has."""
    train = cohort.samples[cohort.samples["set"] == "train"]
    test = cohort.samples[cohort.samples["set"] == "test"]
    for name in cohort.covariates:
        if name == cohort.unit:
            continue
        levels = has_levels(cohort.samples[name])
        found = list(_check_category(train, name)) if levels else []
        if not found and cohort.samples[name].dtype.kind == "f":
            found = list(_check_measurement(train, name))
        yield from found
        if levels:
            yield from _find_unseen_levels(train, test, name)


def check_gaps(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    """Yield findings on covariates whose missing values go with the class or the set, or leave a single value."""
    train = cohort.samples[cohort.samples["set"] == "train"]
    for name in tested_covariates(cohort):
        gaps = count_gaps(train[name], train["class"])
        if gaps.p < ASSOCIATION_ALPHA:
            yield Finding("GR313", "warning", name, _tell_gaps_of_classes(name, gaps))
        known = train[name].dropna()
        # A column that only marks a few samples is no covariate.
        if 0 < gaps.missing.sum() <= len(known) and (known == known.iloc[0]).all():
            message = (
                f"'{name}' has the single value '{level_text(known.iloc[0])}' in the {len(known)} training samples in "
                f"which it is known, and is missing in the other {gaps.missing.sum()}. Nothing can be compared by it, "
                "or adjusted for it, unless the missing values are found."
            )
            yield Finding("GR316", "note", name, message)
        sets = count_gaps(cohort.samples[name], cohort.samples["set"])
        if sets.p < ASSOCIATION_ALPHA:
            message = (
                f"'{name}' is missing in {sets.missing['train']} of {sets.samples['train']} training samples and in "
                f"{sets.missing['test']} of {sets.samples['test']} independent samples (Fisher's exact test, "
                f"p = {sets.p:.2g}). Results by '{name}' describe different parts of the two sets."
            )
            yield Finding("GR315", "note", name, message)


def _tell_gaps_of_classes(name: str, gaps: Gaps) -> str:
    each = ", ".join(
        f"{level} {gaps.missing[level]} of {gaps.samples[level]}" for level in natural_order(gaps.missing.index)
    )
    lost = [str(level) for level in natural_order(gaps.missing.index) if gaps.missing[level] == gaps.samples[level]]
    told = (
        f"It is known for no training sample of {quoted(lost)}, so the classes cannot be compared by it, and no "
        "comparison can be adjusted for it."
        if lost
        else f"Any comparison that uses '{name}' leaves out a larger part of one class than of another."
    )
    return (
        f"Missing values of '{name}' are associated with the class on the training set (Fisher's exact test, "
        f"p = {gaps.p:.2g}; missing: {each}). {told}"
    )


def check_spellings(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    """Warn about levels of a covariate that differ in case or spaces only."""
    for name in cohort.covariates:
        column = cohort.samples[name].dropna()
        found = [] if column.dtype.kind == "f" else variants(column)
        if found:
            message = (
                f"'{name}' has levels that differ in case or spaces only: {'; '.join(map(print_spellings, found))}. "
                "They count as different levels; write them in one way if they mean the same."
            )
            yield Finding("GR321", "warning", name, message)


def check_codes(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    """Yield findings on covariates of the design that look like codes and are used as numbers."""
    if settings.tests.design is None:
        return
    train = cohort.subset("train").samples
    for term in make_design(cohort, settings.tests.design).terms:
        if term.kind != "number":
            continue
        column = train[term.name]
        levels = natural_order(column)
        if len(levels) > 2 and has_levels(column) and (column % 1 == 0).all():
            written = term.name if term.name.isidentifier() else f"`{term.name}`"
            message = (
                f"'{term.name}' entered the design as a number, with one slope per unit, and has {len(levels)} "
                f"distinct values, all of them integers ({', '.join(map(level_text, levels))}). If they are codes, "
                f"write C({written}) to make it a factor; if they are a measurement, write I({written})."
            )
            yield Finding("GR320", "warning", term.name, message)


def _check_category(train: pd.DataFrame, name: str) -> Iterator[Finding]:
    """Yield the association of a covariate with the class in training; nothing with one level or one per sample."""
    table = pd.crosstab(train[name], train["class"])
    table = table.loc[natural_order(table.index), natural_order(table.columns)]
    present = int(table.to_numpy().sum())
    if len(table) < 2 or table.shape[1] < 2 or len(table) == present:
        return
    counts = "; ".join(f"{level_text(level)}: {print_counts(row[row > 0])}" for level, row in table.iterrows())
    pure = bool(((table > 0).sum(axis=1) == 1).all())
    holder = {str(level): str(row.idxmax()) for level, row in table.iterrows()}
    if pure and all(_contains_class(level, owner) for level, owner in holder.items()):
        message = f"'{name}' subdivides the class ({counts}), so it is not a covariate independent of it."
        yield Finding("GR312", "note", name, message)
    elif pure:
        message = (
            f"Class and '{name}' are confounded on the training set: each of the {len(table)} values of '{name}' "
            f"occurs in one class only ({counts}). Differences between the classes may be due to '{name}'."
        )
        yield Finding("GR304", "warning", name, message)
    else:
        test, p = associate_levels(table)
        if p < ASSOCIATION_ALPHA:
            message = (
                f"Class and '{name}' are associated on the training set ({test}, p = {p:.2g}; {counts}). "
                f"Differences between the classes may in part be due to '{name}'."
            )
            yield Finding("GR305", "warning", name, message)


def _contains_class(level: str, owner: str) -> bool:
    """Return whether a level such as B-ALL contains the name of the class ALL as a word; single letters never count."""
    word = rf"(?<![0-9a-z]){re.escape(owner.lower())}(?![0-9a-z])"
    return len(re.sub(r"[^a-z]", "", owner.lower())) > 1 and re.search(word, level.lower()) is not None


def _check_measurement(train: pd.DataFrame, name: str) -> Iterator[Finding]:
    """Yield a finding if a numeric covariate differs between the classes (Kruskal–Wallis)."""
    found = associate_measurement(train[name], train["class"])
    if found is not None and found.p < ASSOCIATION_ALPHA:
        medians = train.dropna(subset=name).groupby("class")[name].median()
        each = ", ".join(f"{level} {value:g}" for level, value in medians.items())
        message = (
            f"'{name}' differs between the classes on the training set ({found.test}, p = {found.p:.2g}; medians "
            f"{each}). Differences between the classes may in part be due to '{name}'."
        )
        yield Finding("GR305", "warning", name, message)


def _find_unseen_levels(train: pd.DataFrame, test: pd.DataFrame, name: str) -> Iterator[Finding]:
    counts = test[name].value_counts()
    new = counts[[level for level in natural_order(counts.index) if level not in set(train[name])]]
    if len(new) and train[name].notna().any():
        message = (
            f"In {new.sum()} of {len(test)} independent samples '{name}' has a value that no training sample has "
            f"({print_counts(new)}). Performance on them is an extrapolation."
        )
        yield Finding("GR306", "warning", name, message)
