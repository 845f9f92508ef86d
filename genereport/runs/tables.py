"""The tables of a run as TSV: numbers as the shortest text that reads back equal, text that no spreadsheet will run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from genereport.results import (
    Analysis,
    Biomarkers,
    Components,
    Differential,
    Known,
    LabelPermutation,
    Models,
    Selection,
    Trust,
)

_RUNNABLE = ("=", "+", "-", "@", "\t", "\r")


def tables(analysis: Analysis) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and content of every table that this analysis has, index as a column."""
    findings = [asdict(finding) for finding in analysis.quality.findings]
    yield "findings", pd.DataFrame(findings, columns=["code", "severity", "subject", "message"])
    for result in (
        analysis.differential,
        analysis.components,
        analysis.selection,
        analysis.models,
        analysis.trust,
        analysis.biomarkers,
        analysis.known,
    ):
        yield from _of(result)


def _of(result: object) -> Iterator[tuple[str, pd.DataFrame]]:
    match result:
        case Differential():
            yield "differential", result.table.reset_index()
            yield from _unless_empty("contrasts", result.contrasts.reset_index())
        case Components():
            yield "components", result.scores.reset_index()
        case Selection():
            yield "stability", result.stability.reset_index()
        case Models():
            yield from _of_models(result)
        case Trust():
            yield from _of_trust(result)
        case Biomarkers():
            yield "signature", result.signature.reset_index()
            yield "biomarkers", result.matched.reset_index()
        case Known():
            yield "gene_sets", result.sets.reset_index()


def _of_models(models: Models) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "metrics", models.metrics
    yield "folds", models.by_fold
    yield "predictions", models.predictions
    yield "pairs", models.pairs
    yield "calibration", models.calibration
    yield from _unless_empty("tuning", models.tuning)


def _of_trust(trust: Trust) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "selection_bias", trust.bias
    yield "gaps", trust.gaps
    yield "learning_curve", trust.learning.reset_index()
    if isinstance(trust.permutation, LabelPermutation):
        yield "label_permutations", trust.permutation.values.reset_index()


def _unless_empty(name: str, frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    if len(frame):
        yield name, frame


def write_tables(analysis: Analysis, folder: Path) -> None:
    """Write every table to ``<folder>/<name>.tsv``."""
    folder.mkdir()
    for name, frame in tables(analysis):
        write_table(frame, folder / f"{name}.tsv")


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write one table, without its index."""
    _guarded(frame).to_csv(path, sep="\t", index=False, na_rep="NA", lineterminator="\n")


def _guarded(frame: pd.DataFrame) -> pd.DataFrame:
    """Text cells that a spreadsheet would take for a formula get a leading apostrophe; numbers never."""
    text = frame.select_dtypes(exclude=["number", "bool"])
    guarded = frame.assign(**{str(name): text[name].map(_guard) for name in text})
    return guarded.rename(columns=_guard)


def _guard(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUNNABLE) else cell
