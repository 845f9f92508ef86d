"""What stops a run (`refuse` and the ``require_…`` functions), and what a reader must merely know (`findings`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from genereport.cohort.design import make_design
from genereport.cohort.floor import find_bounds
from genereport.cohort.layout import Parts
from genereport.cohort.model import Cohort
from genereport.cohort.scale import NAMES
from genereport.cohort.shift import shifts
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding, listed
from genereport.settings import Settings

FEWEST_SAMPLES = 3
MOST_NUMERIC_LABELS = 20
IMBALANCE = 1 / 3
ASSOCIATION_ALPHA = 0.01
SHIFT_ALPHA = 0.001
MOSTLY_FLOORED = 0.5


def require_labels(labels: pd.Series[str], sheet: str) -> None:
    """Make sure that every sample has a class and that the class is one.

    Args:
        labels: Class per sample, empty where missing, index sample id; named after its column.
        sheet: File name of the sample sheet.

    Raises:
        CohortError: GR114 a sample without a class, GR207 numbers in place of classes.
    """
    without = labels.index[labels == ""]
    if len(without):
        raise CohortError(
            "GR114",
            f"{counted(len(without), 'sample has', 'samples have')} no class in the column '{labels.name}': "
            f"{quoted(without)}.",
            "Fill it in, or remove the samples from the matrix.",
            sheet,
        )
    levels = labels.drop_duplicates()
    if len(levels) > MOST_NUMERIC_LABELS and not pd.to_numeric(levels, errors="coerce").isna().any():
        raise CohortError(
            "GR207",
            f"The column '{labels.name}' holds {len(levels)} different numbers ({quoted(levels, 3)}), a measurement "
            "and not a class.",
            "Name the column of the class: --label-column C; or divide the measurement into groups first.",
            sheet,
        )


def require_training(train: npt.NDArray[np.bool_], classes: pd.Series[str], parts: Parts) -> None:
    """Make sure that there are training samples, that every sample has a value, and that no class is new.

    Args:
        train: Which samples are for training, shape (samples,), training matrix first.
        classes: Class per sample, in the same order.
        parts: What the files hold.

    Raises:
        CohortError: GR121 a sample without any value, GR206 a class that training does not have, GR210 no training.
    """
    if not train.any():
        raise CohortError(
            "GR210",
            "The column 'set' calls every sample independent, so there is nothing to learn from.",
            "Mark the training samples as train.",
            parts.sheet_name,
        )
    for matrix in (parts.matrix, parts.independent):
        empty = [] if matrix is None else list(np.flatnonzero(np.isnan(matrix.values).all(axis=1)))
        if matrix is not None and empty:
            raise CohortError(
                "GR121",
                f"{counted(len(empty), 'sample has', 'samples have')} no value at all: "
                f"{quoted(matrix.samples[i] for i in empty)}.",
                "Remove what is empty from the matrix, or correct the file.",
                matrix.name,
            )
    new = classes[~train & ~classes.isin(set(classes[train]))]
    if len(new):
        raise CohortError(
            "GR206",
            f"The independent set has the class '{new.iloc[0]}' ({quoted(new.index)}), which no training sample has; "
            f"the training classes are {quoted(sorted(set(classes[train])))}.",
            "Correct the label, or leave these samples out.",
            parts.sheet_name,
        )


def refuse(cohort: Cohort, settings: Settings) -> None:
    """Stop when a cohort is too small to be analysed.

    Raises:
        CohortError: GR201 a single class, GR202 fewer training samples in a class than folds, GR203 fewer than 3
            samples; or GR211 to GR214, a design that cannot be estimated.
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
            "Name the column that holds the class, --label-column C, or add samples of another class.",
        )
    _require_folds(counts, settings.evaluation.folds, 0.0 if cohort.has_test else settings.evaluation.holdout)
    if settings.tests.design is not None:
        make_design(cohort, settings.tests.design)


def _require_folds(counts: pd.Series[int], folds: int, held: float) -> None:
    """Every fold must hold every class, and every training part two samples of it."""
    if held and np.ceil(held * counts.sum()) < len(counts):
        raise CohortError(
            "GR202",
            f"evaluation.holdout = {held:g} would set fewer samples aside than there are classes.",
            "Raise it, or leave it out.",
        )
    kept = (counts * (1 - held)).astype(int)
    name, left = str(kept.idxmin()), int(kept.min())
    if _suffice(left, folds):
        return
    aside = f" (about {left} once evaluation.holdout = {held:g} has set its share aside)" if held else ""
    why = f"fewer than the {folds} folds of the cross-validation" if left < folds else "one in some training parts"
    change = f"Lower evaluation.folds to {left} or less" if left < folds else f"Set evaluation.folds to {left}"
    raise CohortError(
        "GR202",
        f"The class '{name}' has {counted(int(counts[name]), 'training sample', 'training samples')}{aside}, {why}.",
        f"{change}, or add samples of the class."
        if _suffice(left, left)
        else "Add samples of the class, join it with another, or leave it out.",
    )


def _suffice(samples: int, folds: int) -> bool:
    return samples >= folds and samples - np.ceil(samples / folds) >= 2


def findings(cohort: Cohort, settings: Settings) -> tuple[Finding, ...]:
    """What a reader must know about the cohort; nothing here changes it.

    Args:
        cohort: As assembled; its own findings are not repeated.
        settings: Resolved settings; the number of folds counts.
    """
    return tuple(finding for look in _LOOKS for finding in look(cohort, settings))


def empty_genes(genes: pd.Index[str]) -> tuple[Finding, ...]:
    """The finding that genes were set aside because no training sample has a value."""
    if not len(genes):
        return ()
    were = counted(len(genes), "gene was", "genes were")
    message = f"{were} set aside for having no value in any training sample: {quoted(genes)}."
    return (Finding("GR302", "note", "genes", message),)


def _classes(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    counts, folds = _training_counts(cohort), settings.evaluation.folds
    smallest, largest = str(counts.idxmin()), str(counts.idxmax())
    if counts[smallest] < IMBALANCE * counts[largest]:
        message = (
            f"The classes are unbalanced: {counts[largest]} training samples are '{largest}' and {counts[smallest]} "
            f"'{smallest}'. Accuracy alone misleads here; read balanced accuracy and the figures of each class."
        )
        yield Finding("GR307", "warning", "class", message)
    few = counts[counts < 2 * folds]
    if len(few):
        message = (
            f"Few training samples per fold ({_each(few)}): fewer than two of a class for each of the {folds} folds. "
            "Figures of a single fold are coarse."
        )
        yield Finding("GR309", "warning", "class", message)


def _covariates(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    train = cohort.samples[cohort.samples["set"] == "train"]
    test = cohort.samples[cohort.samples["set"] == "test"]
    for name in cohort.covariates:
        if cohort.samples[name].dtype.kind == "f":
            yield from _measurement(train, name)
        elif 2 <= cohort.samples[name].nunique() <= len(cohort.samples) // 2:
            yield from _category(train, name)
            yield from _unseen(train, test, name)


def _category(train: pd.DataFrame, name: str) -> Iterator[Finding]:
    """How a covariate of the training samples goes with the class; nothing when it has one level or one per sample."""
    table = pd.crosstab(train[name], train["class"])
    present = int(table.to_numpy().sum())
    if len(table) < 2 or table.shape[1] < 2 or len(table) == present:
        return
    counts = "; ".join(f"{level}: {_each(row[row > 0])}" for level, row in table.iterrows())
    pure = bool(((table > 0).sum(axis=1) == 1).all())
    holder = {str(level): str(row.idxmax()) for level, row in table.iterrows()}
    if pure and all(_names(level, owner) for level, owner in holder.items()):
        message = f"'{name}' subdivides the class ({counts}) and is no covariate independent of it."
        yield Finding("GR312", "note", name, message)
    elif pure:
        message = (
            f"Class and '{name}' cannot be told apart on the training set: each of the {len(table)} values of "
            f"'{name}' occurs in one class only ({counts}). What distinguishes the classes may be due to '{name}'."
        )
        yield Finding("GR304", "warning", name, message)
    else:
        test, p = _association(table)
        if p < ASSOCIATION_ALPHA:
            message = (
                f"Class and '{name}' are associated on the training set ({test}, p = {p:.2g}; {counts}). "
                f"What distinguishes the classes may in part be due to '{name}'."
            )
            yield Finding("GR305", "warning", name, message)


def _names(level: str, owner: str) -> bool:
    """Whether a level such as B-ALL carries the name of the class ALL as a word; single letters and numbers do not."""
    word = rf"(?<![0-9a-z]){re.escape(owner.lower())}(?![0-9a-z])"
    return len(re.sub(r"[^a-z]", "", owner.lower())) > 1 and re.search(word, level.lower()) is not None


def _association(table: pd.DataFrame) -> tuple[str, float]:
    """Name and p-value of the test of independence: Fisher's for a 2 × 2 table, else Pearson's chi-squared."""
    from scipy import stats

    if table.shape == (2, 2):
        return "Fisher's exact test", float(stats.fisher_exact(table.to_numpy()).pvalue)
    return "chi-squared test", float(stats.chi2_contingency(table.to_numpy()).pvalue)


def _measurement(train: pd.DataFrame, name: str) -> Iterator[Finding]:
    """Whether a numeric covariate differs between the classes (Kruskal–Wallis)."""
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
            f"{each}). What distinguishes the classes may in part be due to '{name}'."
        )
        yield Finding("GR305", "warning", name, message)


def _unseen(train: pd.DataFrame, test: pd.DataFrame, name: str) -> Iterator[Finding]:
    counts = test[name].value_counts()
    new = counts[~counts.index.isin(set(train[name].dropna()))].sort_index()
    if len(new) and train[name].notna().any():
        message = (
            f"In {new.sum()} of {len(test)} independent samples '{name}' has a value that no training sample has "
            f"({_each(new)}). Performance on them is an extrapolation."
        )
        yield Finding("GR306", "warning", name, message)


def _duplicates(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    values = cohort.expression.to_numpy() + 0.0
    groups: dict[bytes, list[str]] = {}
    for sample, row in zip(cohort.expression.index, values, strict=True):
        groups.setdefault(row.tobytes(), []).append(str(sample))
    same = [found for found in groups.values() if len(found) > 1]
    if not same:
        return
    sets = cohort.samples["set"]
    across = [found for found in same if len(set(sets[found])) > 1]
    leak = "Cross-validation may train on a sample and be tested on its copy, and its figures are then too good."
    if across:
        leak = (
            f"{counted(len(across), 'group reaches', 'groups reach')} from the training set into the independent set, "
            "whose figures are then too good."
        )
    message = (
        f"{counted(len(same), 'group of samples has', 'groups of samples have')} identical values: "
        f"{listed(' = '.join(quoted([name]) for name in found) for found in same)}. {leak}"
    )
    yield Finding("GR308", "warning", "samples", message)


def _counts_scale(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    if cohort.scale.name == "counts":
        message = (
            "The values are counts; they are analysed as log2 counts per million. That corrects for sequencing depth "
            "only: there is no TMM normalisation and no model of the mean–variance trend (voom, DESeq2, edgeR)."
        )
        yield Finding("GR313", "note", "expression", message)


def _floor(cohort: Cohort, settings: Settings) -> Iterator[Finding]:
    values = cohort.subset("train").expression.to_numpy()
    floor = find_bounds(values, cohort.scale.name, settings.preprocess).floor
    share = 0.0 if floor is None else float((values < floor).sum() / np.count_nonzero(~np.isnan(values)))
    if share > MOSTLY_FLOORED:
        message = (
            f"{100 * share:.0f} % of the training values lie below the floor of {floor:g} and were raised to it. What "
            "happens below the floor is not seen."
        )
        yield Finding("GR325", "warning", "expression", message)


def _unsure_scale(cohort: Cohort, _: Settings) -> Iterator[Finding]:
    scale = cohort.scale
    others = [NAMES[name] for name in scale.alternatives[1:]]
    if others:
        message = (
            f"The values were taken to be {NAMES[scale.name]} ({scale.reason}), but they may be {' or '.join(others)}. "
            "In that case p-values stay as they are, and log fold changes change by one factor; preprocess.scale names "
            "the scale."
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
        yield Finding("GR310", "warning", "independent set", message + "Models may do worse there than expected.")


_LOOKS: tuple[Callable[[Cohort, Settings], Iterator[Finding]], ...] = (
    _classes,
    _covariates,
    _duplicates,
    _shift,
    _counts_scale,
    _floor,
    _unsure_scale,
)


def _training_counts(cohort: Cohort) -> pd.Series[int]:
    """Training samples per class, by name of the class."""
    return cohort.samples.loc[cohort.samples["set"] == "train", "class"].value_counts().sort_index()


def _each(counts: pd.Series[int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
