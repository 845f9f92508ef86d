"""Build a cohort from files: choose the layout, join by id, check."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from genereport.cohort import checks
from genereport.cohort.binary.opening import opening_once
from genereport.cohort.choosing import choose_samples, choose_simulated
from genereport.cohort.contrasts import Plan, plan_contrasts, with_contrasts
from genereport.cohort.controls import control_class
from genereport.cohort.floor import find_bounds
from genereport.cohort.gene_names import with_gene_names
from genereport.cohort.golub import GolubReader
from genereport.cohort.impossible import (
    describe_codes,
    describe_impossible,
    describe_nonpositive,
    find_codes,
    find_impossible,
    require_plausible,
)
from genereport.cohort.layout import Matrix, Parts, Reader, resolved
from genereport.cohort.levels import natural_order
from genereport.cohort.matrix import MatrixReader
from genereport.cohort.model import Cohort, Scale
from genereport.cohort.probe_table import with_probe_symbols
from genereport.cohort.readers.gct import GctReader
from genereport.cohort.readers.nfcore import NfcoreReader
from genereport.cohort.readers.one_table import OneTableReader
from genereport.cohort.readers.per_sample import PerSampleReader
from genereport.cohort.readers.series import SeriesReader
from genereport.cohort.readers.soft import SoftReader
from genereport.cohort.scale import named_scale
from genereport.cohort.scale_choice import describe_conversion, find_scale
from genereport.cohort.set_aside import without_summary_rows
from genereport.cohort.sheet import as_sets, set_column, typed
from genereport.cohort.simulate import is_simulated, simulated_cohort
from genereport.cohort.tables import require_file
from genereport.cohort.undo import undo_values
from genereport.cohort.units import unit_column
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding, nearest
from genereport.locations import Location, Remote, fetching_once
from genereport.names import scale_name
from genereport.settings import CohortSettings, Settings
from genereport.types import Flags

READERS: tuple[Reader, ...] = (
    NfcoreReader(),
    GolubReader(),
    SeriesReader(),
    SoftReader(),
    GctReader(),
    OneTableReader(),
    PerSampleReader(),
    MatrixReader(),
)
"""The layouts, in the order in which they are tried."""

CONTROL_PREFIXES = ("AFFX", "ERCC-")


def read_cohort(settings: Settings) -> Cohort:
    """Read the cohort that the settings name, or the simulated one if they name none; check it and add its findings.

    Args:
        settings: Resolved settings.

    Returns:
        The cohort, with the findings of the readers and of the checks.

    Raises:
        CohortError: GR1xx if a file cannot be read or joined, GR2xx if the cohort cannot be analysed.

    Example:
        >>> from genereport import read_settings, write_demo
        >>> from genereport.cohort.simulate import Plan
        >>> files = write_demo("demo", plan=Plan(genes=500))
        >>> found = read_cohort(read_settings("demo"))
        >>> found.expression.shape, found.classes, found.simulated
        ((72, 500), ('ALL', 'AML'), True)
    """
    named = settings.cohort
    names = ("study", "expression", "labels", "test_expression", "annotation")
    paths: dict[str, Location | None] = {f"cohort.{name}": getattr(named, name) for name in names}
    for setting, path in (*paths.items(), ("cohort.contrasts", named.contrasts)):
        if path is not None:
            require_file(path, setting)
    with fetching_once(), opening_once():
        files = any(paths.values())
        plan = plan_contrasts(named if files else named.model_copy(update={"label_column": "class"}))
        completed = plan.complete(settings)
        cohort = _read_files(completed, plan) if files else _simulated(completed)
    return _check_cohort(with_contrasts(cohort, plan, settings), completed)


def _read_files(settings: Settings, plan: Plan) -> Cohort:
    """Return the cohort of the files.

    Raises:
        CohortError: GR1xx; GR172 if a contrast names a column of the class that the sample sheet does not have.
    """
    named = settings.cohort
    try:
        return assembled(reader_of(named).read(named), settings)
    except CohortError as error:
        if error.code != "GR115" or plan.leading is None:
            raise
        problem = f"{error.problem.rstrip('.')}, by which the contrast '{plan.leading.name}' compares samples."
        raise CohortError("GR172", problem, error.remedy, error.where) from error


def _simulated(settings: Settings) -> Cohort:
    """Return the simulated cohort, on the scale that a setting names."""
    cohort, scale = choose_simulated(simulated_cohort(settings.seed), settings.cohort), settings.preprocess.scale
    return cohort if scale == "auto" else replace(cohort, scale=named_scale(scale, cohort.scale))


def reader_of(named: CohortSettings) -> Reader:
    """Return the reader that recognises the layout of the files.

    Raises:
        CohortError: GR112 if none does.
    """
    reader = next((reader for reader in READERS if reader.recognises(named)), None)
    if reader is None:
        raise _unrecognised_error(named)
    return reader


def assembled(parts: Parts, settings: Settings) -> Cohort:
    """Assemble a cohort from the files: join genes and samples by id, assign sets and classes, detect the scale.

    Genes without a value in any training sample are left out, with a finding.

    Raises:
        CohortError: GR110, GR114, GR117, GR118, GR119, GR120, GR121, GR130, GR206, GR207, GR208, GR223 to GR226, GR228.
    """
    rows = len(parts.matrix.genes)
    independent = parts.independent and without_summary_rows(parts.independent)
    parts = replace(parts, matrix=without_summary_rows(parts.matrix), independent=independent)
    of_genes = len(parts.matrix.genes)
    parts, choice = choose_samples(parts, settings.cohort)
    samples = _samples(parts)
    matrices, findings = _unique_genes(parts, samples["set"], settings.cohort.duplicate_genes)
    matrix = matrices[0]
    train = (samples["set"] == "train").to_numpy()
    genes = _describe_genes(matrix)
    annotated = with_probe_symbols(genes, settings.cohort.annotation)
    named = with_gene_names(annotated.genes)
    expression = pd.DataFrame(
        np.concatenate([each.values for each in matrices]), index=samples.index, columns=genes.index
    )
    checks.require_training(train, samples["class"], parts)
    expression, scale, unmeasured = _clean_values(expression, train, settings, parts.scale)
    checks.require_training(train, samples["class"], parts)
    known = expression.loc[train].notna().any(axis=0).to_numpy()
    return Cohort(
        expression=expression.loc[:, known],
        samples=samples,
        genes=named.genes.loc[known],
        classes=tuple(natural_order(samples["class"])),
        scale=scale,
        sources=(*parts.sources, *annotated.sources),
        layout=parts.layout,
        simulated=is_simulated(genes.index),
        label=parts.label,
        set_aside=(("no gene", rows - of_genes), ("repeated", of_genes - len(known)), ("empty", int((~known).sum()))),
        excluded=choice.excluded,
        findings=(
            *parts.findings,
            *parts.matrix.findings,
            *(independent.findings if independent else ()),
            *choice.findings,
            *_without_data(parts, samples),
            *findings,
            *unmeasured,
            *annotated.findings,
            *named.findings,
            *checks.empty_genes(genes.index[~known]),
        ),
    )


def _describe_genes(matrix: Matrix) -> pd.DataFrame:
    """Return the genes as in `Cohort.genes`, with what the file tells of them."""
    return pd.DataFrame(
        {
            "symbol": pd.Series(matrix.symbols, dtype=str),
            "description": pd.Series(matrix.descriptions, dtype=str),
            "control": [gene.startswith(CONTROL_PREFIXES) for gene in matrix.genes],
        }
    ).set_index(pd.Index(matrix.genes, name="gene", dtype=str))


def _clean_values(
    expression: pd.DataFrame, train: Flags, settings: Settings, known: Scale | None
) -> tuple[pd.DataFrame, Scale, tuple[Finding, ...]]:
    """Return the measured values, their scale, and findings about values that are treated as missing.

    Args:
        expression: Samples × genes as read.
        train: Which samples are for training, shape (n,).
        settings: Resolved settings.
        known: The scale that the files name; None if they name none.
    """
    values = expression.to_numpy()
    require_plausible(values)
    codes = find_codes(values)
    kept = expression.mask(codes)
    if known is not None and settings.preprocess.scale == "auto":
        scale = known
    else:
        scale = find_scale(kept.to_numpy()[train], kept.to_numpy()[~train], settings)
    if scale.undo is not None:
        kept = pd.DataFrame(undo_values(scale.undo, kept.to_numpy()), index=kept.index, columns=kept.columns)
    impossible = find_impossible(kept.to_numpy(), scale.name)
    findings = (
        *describe_codes(expression, codes),
        *describe_conversion(scale),
        *describe_impossible(kept, impossible, scale.name, scale_name(scale.name)),
    )
    kept = kept.mask(impossible)
    bounds = find_bounds(kept.to_numpy()[train], scale.name, settings.preprocess)
    if scale.name == "intensity" and bounds.floor is None:
        dark = (kept <= 0).to_numpy()
        findings += describe_nonpositive(kept, dark)
        kept = kept.mask(dark)
    return kept, scale, findings


def _check_cohort(cohort: Cohort, settings: Settings) -> Cohort:
    """Put the reference class first, check that the cohort can be analysed, and add its findings."""
    classes, chosen = _with_reference(cohort, settings.cohort.reference)
    ordered = replace(cohort, classes=classes, unit=unit_column(cohort.samples, settings, cohort.label))
    checks.refuse(ordered, settings)
    with threadpool_limits(1):  # the last digits of a sum must not depend on the number of cores
        return replace(ordered, findings=cohort.findings + chosen + checks.findings(ordered, settings))


def _with_reference(cohort: Cohort, reference: str | None) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Return the classes with the reference first, and a finding if the name of a class made it the reference."""
    classes = cohort.classes
    if reference is None:
        control = control_class(classes)
        if control is None or control == classes[0]:
            return classes, ()
        message = (
            f"'{control}' is the reference, because its name says that its samples are controls; log fold changes are "
            f"measured from it. For another reference set it: --set cohort.reference={_as_value(classes[0])}."
        )
        return _first(control, classes), (Finding("GR355", "note", "class", message),)
    if reference not in classes:
        gone = any(reference in each.classes for each in cohort.excluded)
        problem = f"There is no class '{reference}'" + (", because all of its samples were left out." if gone else ".")
        raise CohortError("GR209", problem, nearest(reference, classes), "cohort.reference")
    return _first(reference, classes), ()


def _first(reference: str, classes: tuple[str, ...]) -> tuple[str, ...]:
    return (reference, *(name for name in classes if name != reference))


def _as_value(name: str) -> str:
    """Return a name as it is typed in a shell after the equals sign."""
    return name if re.fullmatch(r"[\w.+-]+", name) else f'"{name}"'


def _samples(parts: Parts) -> pd.DataFrame:
    """Return the samples in the order of the matrices: class, set, covariates.

    Raises:
        CohortError: GR114 a sample without a class, GR117 contradictory sets, GR119 a sample in both matrices, GR120 an
            unknown word in the column ``set``, GR130 a class written in several ways.
    """
    trained = list(parts.matrix.samples)
    tested = list(parts.independent.samples) if parts.independent else []
    _require_disjoint(trained, tested, parts)
    index = pd.Index([*trained, *tested], name="sample", dtype=str)
    sheet = parts.sheet.reindex(index, fill_value="")
    checks.require_labels(sheet[parts.label], parts.sheet_name)
    column = set_column(parts.sheet.columns)
    column = None if column == parts.label else column
    sets = pd.Series(["train"] * len(trained) + ["test"] * len(tested), index=index, dtype=str)
    if column is not None:
        said = as_sets(sheet[column], parts.sheet_name)
        if parts.independent is not None:
            _require_agreement(sets, said, parts.sheet_name)
        sets = said
    covariates = sheet.drop(columns=[name for name in (parts.label, column) if name is not None])
    covariates = covariates.rename(columns={name: f"{name} (sheet)" for name in ("class", "set")})
    described = {str(name): typed(cells) for name, cells in covariates.items() if (cells != "").any()}
    return pd.DataFrame({"class": sheet[parts.label], "set": sets, **described}, index=index)


def _require_disjoint(trained: list[str], tested: list[str], parts: Parts) -> None:
    known = set(trained)
    both = [name for name in tested if name in known]
    if both and parts.independent is not None:
        raise CohortError(
            "GR119",
            f"'{parts.matrix.name}' and '{parts.independent.name}' share {counted(len(both), 'sample', 'samples')}: "
            f"{quoted(both)}. "
            "The performance on a training sample says nothing about new samples.",
            "Remove them from one of the two files.",
        )


def _require_agreement(placed: pd.Series[str], said: pd.Series[str], sheet: str) -> None:
    wrong = placed.index[placed != said]
    if len(wrong):
        first = str(wrong[0])
        names = {"train": "training", "test": "independent"}
        raise CohortError(
            "GR117",
            f"Sample '{first}' is in the {names[placed[first]]} matrix, but the column '{said.name}' says "
            f"{names[said[first]]} ({counted(len(wrong), 'sample differs', 'samples differ')}).",
            "Correct the sheet, or name the right matrices.",
            sheet,
        )


def _unique_genes(parts: Parts, sets: pd.Series[str], rule: str) -> tuple[list[Matrix], tuple[Finding, ...]]:
    """Return the matrices with every gene once and the same genes in the same order."""
    train = (sets == "train").to_numpy()[: len(parts.matrix.samples)]
    matrix, findings = resolved(parts.matrix, rule, train if train.any() else ~train)
    if parts.independent is None:
        return [matrix], findings
    other, more = resolved(parts.independent, rule, np.ones(len(parts.independent.samples), dtype=bool))
    aligned, dropped = _align_genes(other, matrix)
    return [matrix, aligned], (*findings, *more, *dropped)


def _align_genes(other: Matrix, matrix: Matrix) -> tuple[Matrix, tuple[Finding, ...]]:
    """Return the independent matrix with the genes of the training matrix, in their order.

    Raises:
        CohortError: GR118 if it lacks some.
    """
    places = {gene: position for position, gene in enumerate(other.genes)}
    missing = [gene for gene in matrix.genes if gene not in places]
    if missing:
        raise CohortError(
            "GR118",
            f"{len(missing):,} of the {len(matrix.genes):,} genes of '{matrix.name}' are missing: {quoted(missing)}.",
            "Give both matrices the same gene ids, or remove these genes from the training matrix.",
            other.name,
        )
    extra = sorted(set(other.genes) - set(matrix.genes))
    finding = Finding(
        "GR303",
        "note",
        other.name,
        f"{counted(len(extra), 'gene', 'genes')} of the independent set {'was' if len(extra) == 1 else 'were'} left "
        f"out, because the training set lacks {'it' if len(extra) == 1 else 'them'}: {quoted(extra)}.",
    )
    return other.take([places[gene] for gene in matrix.genes]), (finding,) if extra else ()


def _without_data(parts: Parts, samples: pd.DataFrame) -> tuple[Finding, ...]:
    measured = set(samples.index)
    rest = [name for name in parts.sheet.index if name not in measured]
    if not rest:
        return ()
    message = (
        f"{counted(len(rest), 'row', 'rows')} of the sample sheet ({len(parts.sheet)} in all) "
        f"{'has' if len(rest) == 1 else 'have'} no expression values: {quoted(rest)}."
    )
    return (Finding("GR301", "note", parts.sheet_name, message),)


def _unrecognised_error(named: CohortSettings) -> CohortError:
    if named.study is None or isinstance(named.study, Remote):
        return CohortError(
            "GR112",
            "A sample sheet, an independent matrix or an annotation is named, but no expression matrix.",
            "Name the matrix with --expression FILE.",
        )
    names = sorted(path.name for path in named.study.iterdir())
    return CohortError(
        "GR112",
        "The folder has no layout that genereport recognises; it holds " + (quoted(names, 8) or "nothing") + ".",
        "Put expression.tsv and samples.tsv there, or one file a sample and samples.tsv; or name the files with "
        "--expression FILE and --labels FILE.",
        str(named.study),
    )
