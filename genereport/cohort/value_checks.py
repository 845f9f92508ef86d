"""Findings on the values: copies, sex, missing values, depth, floor, scale, and shift between the sets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from genereport.cohort.copies import NEARLY, identical, near_copies
from genereport.cohort.floor import find_bounds
from genereport.cohort.missing import ALPHA as GAP_ALPHA
from genereport.cohort.missing import missingness
from genereport.cohort.model import Cohort
from genereport.cohort.sex import infer_sex
from genereport.cohort.shift import shifts
from genereport.cohort.wording import counted, quoted
from genereport.errors import Finding, listed
from genereport.names import scale_name
from genereport.settings import Settings
from genereport.stats.depth import compare_depths

ASSOCIATION_ALPHA = 0.01
SHIFT_ALPHA = 0.001
MOSTLY_FLOORED = 0.5
_MOST_NAMED = 5


def check_copies(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    """Warn about samples with identical or nearly identical values."""
    values = cohort.expression.to_numpy()
    same = identical(values)
    near = [rows for rows in near_copies(values) if not any(set(rows) <= set(equal) for equal in same)]
    if same:
        have = counted(len(same), "group of samples has", "groups of samples have")
        message = f"{have} identical values: {_groups(cohort, same, '=')}. {_describe_leak(cohort, same)}"
        yield Finding("GR308", "warning", "samples", message)
    if near:
        are = counted(len(near), "group of samples holds", "groups of samples hold")
        message = (
            f"{are} near-copies, whose values correlate above {NEARLY:g}: {_groups(cohort, near, '≈')}. "
            f"{_describe_leak(cohort, near)}"
        )
        yield Finding("GR323", "warning", "samples", message)


def _groups(cohort: Cohort, groups: list[list[int]], sign: str) -> str:
    names = cohort.expression.index
    return listed(f" {sign} ".join(quoted([names[row]]) for row in rows) for rows in groups)


def _describe_leak(cohort: Cohort, groups: list[list[int]]) -> str:
    """Say how copies bias the metrics."""
    train = (cohort.samples["set"] == "train").to_numpy()
    across = sum(train[rows].any() and not train[rows].all() for rows in groups)
    told = []
    if any(train[rows].sum() > 1 for rows in groups):
        told.append("Cross-validation may train on a sample and test on its copy, and its metrics are then too good.")
    if across:
        told.append(
            f"{counted(across, 'group has', 'groups have')} samples in the training set and in the independent set, "
            "whose metrics are then too good."
        )
    return " ".join(told) or "They count repeatedly in the metrics of the independent set."


def check_sex(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    """Warn if the sex genes contradict the recorded sex of samples."""
    found = infer_sex(cohort, settings.preprocess)
    swapped = found.swapped
    if len(swapped):
        each = ", ".join(
            f"'{sample}' (recorded as {row['recorded']}, {row['expression']} by its genes)"
            for sample, row in swapped.head(_MOST_NAMED).iterrows()
        )
        more = f" and {len(swapped) - _MOST_NAMED} more" if len(swapped) > _MOST_NAMED else ""
        samples = counted(len(swapped), "sample", "samples")
        message = (
            f"The sex genes contradict the recorded sex of {samples}: {each}{more}. Samples may have been swapped, the "
            "sheet may be wrong, or the cells may have lost the Y chromosome."
        )
        yield Finding("GR347", "warning", found.column, message)


def check_missing(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    """Warn if missing values are associated with the class."""
    found = missingness(cohort)
    genes = found.found.sort_values("P.Value", kind="stable").index
    told = []
    if len(genes):
        told.append(
            f"in {counted(len(genes), 'gene', 'genes')} of {len(found.genes):,} with gaps (Fisher's exact test, "
            f"adjusted after Benjamini and Hochberg, below {GAP_ALPHA:g}: {quoted(genes)})"
        )
    if found.p < ASSOCIATION_ALPHA:
        told.append(f"in the samples' shares of missing values (Kruskal–Wallis test, p = {found.p:.2g})")
    if told:
        each = ", ".join(f"{name} {share:.1%}" for name, share in zip(cohort.classes, found.shares, strict=True))
        message = (
            f"On the training set missing values are associated with the class {' and '.join(told)}. Shares of missing "
            f"values: {each}. The tests leave missing values out, so they compare measured samples only. Elsewhere a "
            "missing value is replaced by the gene's median over all classes, which makes the classes more alike."
        )
        yield Finding("GR322", "warning", "expression", message)


def check_depth(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    """Warn if the sequencing depth of the training samples goes with the class."""
    if cohort.scale.name != "counts":
        return
    train = cohort.subset("train")
    found = compare_depths(np.nansum(train.expression.to_numpy(), axis=1), train.codes)
    if found.differ:
        each = ", ".join(f"{name} {median:,.0f}" for name, median in zip(cohort.classes, found.medians, strict=True))
        thinned = settings.preprocess.thin != "none"
        predictions = "" if thinned else ", and predictions of the models,"
        message = (
            f"Sequencing depth goes with the class: the median number of counts is {each} in the training samples "
            f"(Kruskal–Wallis test, p = {found.p:.2g}). Normalisation removes the difference on average, but the class "
            "that is sequenced less has more genes without counts and noisier values. Differences in genes with few "
            f"counts{predictions} may reflect depth rather than biology."
        )
        if thinned:
            message += " For the models, the counts of deeper samples are thinned to one depth (preprocess.thin)."
        yield Finding("GR337", "warning", "expression", message)


def check_floor(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    """Warn if most values lie below the floor."""
    values = cohort.subset("train").expression.to_numpy()
    floor = find_bounds(values, cohort.scale.name, settings.preprocess).floor
    share = 0.0 if floor is None else float((values < floor).sum() / np.count_nonzero(~np.isnan(values)))
    if share > MOSTLY_FLOORED:
        message = (
            f"{100 * share:.0f} % of the training values lie below the floor of {floor:g} and were raised to it. "
            "Differences below the floor are not seen."
        )
        yield Finding("GR325", "warning", "expression", message)


def check_scale(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    """Yield a finding if the values may be on another scale."""
    scale = cohort.scale
    found, *others = map(scale_name, (scale.name, *scale.alternatives[1:]))
    if others:
        message = (
            f"The values were taken to be {found} ({scale.reason}), but they may be {' or '.join(others)}. "
            "In that case p-values stay the same, and all log fold changes change by one factor. Set preprocess.scale "
            "to the scale of the values."
        )
        yield Finding("GR329", "note", "expression", message)


def check_shift(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    """Warn if the independent samples differ from the training samples as a whole."""
    found = [shift for shift in shifts(cohort) if shift.p < SHIFT_ALPHA]
    if found:
        each = "; ".join(
            f"{shift.measure} is {shift.train:.3g} in the training set and {shift.test:.3g} in the independent set "
            f"(Wilcoxon rank-sum test, p = {shift.p:.2g})"
            for shift in found
        )
        message = f"The independent arrays differ from the training arrays: the median {each}. "
        yield Finding(
            "GR310", "warning", "independent set", message + "Models may perform worse on them than expected."
        )
