"""Checks that stop a run (`refuse` and the ``require_…`` functions), and findings for the reader (`findings`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from genereport.cohort.choosing import WAY_OUT
from genereport.cohort.contrasts import require_contrasts
from genereport.cohort.copies import NEARLY, identical, near_copies
from genereport.cohort.design import make_design
from genereport.cohort.floor import find_bounds
from genereport.cohort.folds import CONSEQUENCE, effective_folds, smallest_class, split_column, why_fewer, why_too_few
from genereport.cohort.layout import Parts
from genereport.cohort.levels import has_levels, level_text, natural_order, variants
from genereport.cohort.missing import ALPHA as GAP_ALPHA
from genereport.cohort.missing import missingness
from genereport.cohort.model import Cohort
from genereport.cohort.shift import shifts
from genereport.cohort.units import Unit, find_unit, label_units, suspect_unit
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding, listed
from genereport.names import scale_name
from genereport.settings import Settings
from genereport.stats.depth import compare_depths
from genereport.types import Flags

FEWEST_SAMPLES = 3
FEWEST_IN_A_CLASS = 2
MOST_NUMERIC_LABELS = 20
IMBALANCE = 1 / 3
ASSOCIATION_ALPHA = 0.01
SHIFT_ALPHA = 0.001
MOSTLY_FLOORED = 0.5


def require_labels(labels: pd.Series[str], sheet: str) -> None:
    """Require that every sample has a class and that the label column holds classes.

    Args:
        labels: Class per sample, empty where missing, index sample id; named after its column.
        sheet: File name of the sample sheet.

    Raises:
        CohortError: GR114 a sample without a class, GR130 a class written in several ways, GR207 numbers in place of
            classes.
    """
    without = labels.index[labels == ""]
    if len(without):
        raise CohortError(
            "GR114",
            f"{counted(len(without), 'sample has', 'samples have')} no class in the column '{labels.name}': "
            f"{quoted(without)}.",
            f"Fill in the class, {WAY_OUT}",
            sheet,
        )
    for written in variants(labels):
        raise CohortError(
            "GR130",
            f"The column '{labels.name}' writes one class in {len(written)} ways, which differ in case or spaces "
            f"only: {_ways(written)}.",
            f"Did you mean '{next(iter(written))}'? Write it the same way for all of them, or give different classes "
            "different names.",
            sheet,
        )
    levels = labels.drop_duplicates()
    if len(levels) > MOST_NUMERIC_LABELS and not pd.to_numeric(levels, errors="coerce").isna().any():
        raise CohortError(
            "GR207",
            f"The column '{labels.name}' holds {len(levels)} different numbers ({quoted(levels, 3)}), so it is "
            "a measurement and not a class.",
            "Name the column that holds the class with --label-column, or divide the measurement into groups first.",
            sheet,
        )


def require_training(train: Flags, classes: pd.Series[str], parts: Parts) -> None:
    """Require that there are training samples, that every sample has a value, and that training has every class.

    Args:
        train: Which samples are for training, shape (samples,), training matrix first.
        classes: Class per sample, in the same order.
        parts: Content of the files.

    Raises:
        CohortError: GR121 a sample without any value, GR206 a class without training samples, GR210 no training
            samples.
    """
    if not train.any():
        raise CohortError(
            "GR210",
            "The column 'set' marks every sample as independent, so there are no training samples.",
            "Write 'train' in this column for the training samples.",
            parts.sheet_name,
        )
    for matrix in (parts.matrix, parts.independent):
        empty = [] if matrix is None else list(np.flatnonzero(np.isnan(matrix.values).all(axis=1)))
        if matrix is not None and empty:
            raise CohortError(
                "GR121",
                f"{counted(len(empty), 'sample has', 'samples have')} no value at all: "
                f"{quoted(matrix.samples[i] for i in empty)}.",
                "Correct the file, or leave these samples out: cohort.exclude names them.",
                matrix.name,
            )
    new = classes[~train & ~classes.isin(set(classes[train]))]
    if len(new):
        raise CohortError(
            "GR206",
            f"The independent set has the class '{new.iloc[0]}' ({quoted(new.index)}), which no training sample has; "
            f"the training classes are {quoted(natural_order(classes[train]))}.",
            "Correct the label, or leave these samples out: cohort.exclude names them.",
            parts.sheet_name,
        )


def refuse(cohort: Cohort, settings: Settings) -> None:
    """Raise an error if a cohort is too small to be analysed.

    Raises:
        CohortError: GR201 a single class, GR202 a class with a single training sample, GR203 fewer than 3
            samples; GR172, GR173 a contrast of unknown columns or levels; or GR211 to GR214, a design that cannot be
            estimated.
        SettingsError: GR005 a design that cannot be read.
    """
    counts = _training_counts(cohort)
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
    require_contrasts(cohort)
    if settings.tests.design is not None or cohort.unit or cohort.blocking:
        make_design(cohort, settings.tests.design)


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
        else f"Add samples of the class, or join it with another{_without_class(counts, name)}.",
    )


def _without_class(counts: pd.Series[int], name: str) -> str:
    """Say how to leave a class out, if two or more others remain."""
    rest = ", ".join(f'"{each}"' for each in counts.index if each != name)
    return f", or leave it out: --set 'cohort.classes=[{rest}]'" if len(counts) > 2 else ""


def findings(cohort: Cohort, settings: Settings) -> tuple[Finding, ...]:
    """Return what the reader must know about the cohort; the cohort is not changed.

    Args:
        cohort: The assembled cohort; its own findings are not repeated.
        settings: Resolved settings.
    """
    return tuple(finding for look in _LOOKS for finding in look(cohort, settings))


def empty_genes(genes: pd.Index[str]) -> tuple[Finding, ...]:
    """Return the finding that genes were set aside because no training sample has a value."""
    if not len(genes):
        return ()
    were = counted(len(genes), "gene was", "genes were")
    have = "it has" if len(genes) == 1 else "they have"
    message = f"{were} set aside, because {have} no value in any training sample: {quoted(genes)}."
    return (Finding("GR302", "note", "genes", message),)


def _classes(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    counts = _training_counts(cohort)
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
    counts, asked = _training_counts(cohort), settings.evaluation.folds
    train = cohort.subset("train")
    smallest = smallest_class(train.samples, cohort.classes, split_column(train, settings))
    folds = effective_folds(smallest.size, asked)
    if folds is None:
        way = _without_class(counts, str(counts.idxmin())).removeprefix(", or leave it out: ")
        more = f" To leave the class '{counts.idxmin()}' out: {way}." if way else ""
        yield Finding("GR335", "warning", "class", f"{why_too_few(smallest, asked)} {CONSEQUENCE}{more}")
        return
    if folds < asked:
        yield Finding("GR336", "note", "class", why_fewer(smallest, asked, folds))
    few = counts[counts < 2 * folds]
    if len(few):
        message = (
            f"There are few training samples per fold ({_each(few)}): fewer than two of a class for each of the "
            f"{folds} folds. Metrics of a single fold can therefore take only a few values."
        )
        yield Finding("GR309", "warning", "class", message)


def _covariates(cohort: Cohort, _: Settings) -> Iterator[Finding]:
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


def _spellings(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    for name in cohort.covariates:
        column = cohort.samples[name].dropna()
        found = [] if column.dtype.kind == "f" else variants(column)
        if found:
            message = (
                f"'{name}' has levels that differ in case or spaces only: {'; '.join(map(_ways, found))}. They count "
                "as different levels; write them in one way if they mean the same."
            )
            yield Finding("GR321", "warning", name, message)


def _codes(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
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
    counts = "; ".join(f"{level_text(level)}: {_each(row[row > 0])}" for level, row in table.iterrows())
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
        test, p = _test_association(table)
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


def _test_association(table: pd.DataFrame) -> tuple[str, float]:
    """Return name and p-value of a test of independence: Fisher's for a 2 × 2 table, else Pearson's chi-squared."""
    from scipy import stats

    if table.shape == (2, 2):
        return "Fisher's exact test", float(stats.fisher_exact(table.to_numpy()).pvalue)
    return "chi-squared test", float(stats.chi2_contingency(table.to_numpy()).pvalue)


def _check_measurement(train: pd.DataFrame, name: str) -> Iterator[Finding]:
    """Yield a finding if a numeric covariate differs between the classes (Kruskal–Wallis)."""
    from scipy import stats

    known = train.dropna(subset=name)
    groups = [group.to_numpy(dtype=np.float64) for _, group in known.groupby("class")[name]]
    if len(groups) < 2 or known[name].nunique() < 2:
        return
    p = float(stats.kruskal(*groups).pvalue)
    if p < ASSOCIATION_ALPHA:
        medians = known.groupby("class")[name].median()
        each = ", ".join(f"{level} {value:g}" for level, value in medians.items())
        message = (
            f"'{name}' differs between the classes on the training set (Kruskal–Wallis test, p = {p:.2g}; medians "
            f"{each}). Differences between the classes may in part be due to '{name}'."
        )
        yield Finding("GR305", "warning", name, message)


def _find_unseen_levels(train: pd.DataFrame, test: pd.DataFrame, name: str) -> Iterator[Finding]:
    counts = test[name].value_counts()
    new = counts[[level for level in natural_order(counts.index) if level not in set(train[name])]]
    if len(new) and train[name].notna().any():
        message = (
            f"In {new.sum()} of {len(test)} independent samples '{name}' has a value that no training sample has "
            f"({_each(new)}). Performance on them is an extrapolation."
        )
        yield Finding("GR306", "warning", name, message)


def _units(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
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


def _copies(cohort: Cohort, _: Settings) -> Iterator[Finding]:
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


def _missing(cohort: Cohort, _: Settings) -> Iterator[Finding]:
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


def _depth(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
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


def _floor(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    values = cohort.subset("train").expression.to_numpy()
    floor = find_bounds(values, cohort.scale.name, settings.preprocess).floor
    share = 0.0 if floor is None else float((values < floor).sum() / np.count_nonzero(~np.isnan(values)))
    if share > MOSTLY_FLOORED:
        message = (
            f"{100 * share:.0f} % of the training values lie below the floor of {floor:g} and were raised to it. "
            "Differences below the floor are not seen."
        )
        yield Finding("GR325", "warning", "expression", message)


def _unsure_scale(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    scale = cohort.scale
    found, *others = map(scale_name, (scale.name, *scale.alternatives[1:]))
    if others:
        message = (
            f"The values were taken to be {found} ({scale.reason}), but they may be {' or '.join(others)}. "
            "In that case p-values stay the same, and all log fold changes change by one factor. Set preprocess.scale "
            "to the scale of the values."
        )
        yield Finding("GR329", "note", "expression", message)


def _shift(cohort: Cohort, _: Settings) -> Iterator[Finding]:
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


_LOOKS: tuple[Callable[[Cohort, Settings], Iterator[Finding]], ...] = (
    _classes,
    _covariates,
    _units,
    _spellings,
    _codes,
    _copies,
    _missing,
    _shift,
    _depth,
    _floor,
    _unsure_scale,
)


def _training_counts(cohort: Cohort) -> pd.Series[int]:
    """Return the number of training samples per class, by name of the class."""
    counts = cohort.samples.loc[cohort.samples["set"] == "train", "class"].value_counts()
    return counts[natural_order(counts.index)]


def _each(counts: pd.Series[int]) -> str:
    return ", ".join(f"{level_text(name)} {count}" for name, count in counts.items())


def _ways(written: dict[str, int]) -> str:
    """Return the spellings of a level, with the number of samples of each."""
    return ", ".join(f"'{way}' ({counted(count, 'sample', 'samples')})" for way, count in written.items())
