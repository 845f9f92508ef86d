"""What the card of a gene shows beyond the page's table of genes, gathered from the results of all analyses."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.differential.result import Differential, Profiles
from genereport.analyses.enrichment.result import Enrichment
from genereport.analyses.selection.result import Selection
from genereport.analysis import Analysis
from genereport.names import UNIT_NAMES
from genereport.plotting.style import colour, symbol

COMPARED = 2_000
"""Genes, those with the smallest p-values, whose pairs of classes are held."""

_MORE = ("P.Holm", "P.mod", "adj.P.mod", "P.deseq2", "adj.P.deseq2", "q.Value", "P.maxT", "g", "g.L", "g.R", "AUC")
_RANKS = ("rank_test", "rank_rfe", "rank_l1", "rank_forest")
_PAIR = ("logFC", "CI.L", "CI.R", "P.Value", "P.Holm.pairs")

Number = Callable[[float], float | None]


def gene_cards(analysis: Analysis, result: Differential, genes: Sequence[str], number: Number) -> dict[str, Any]:
    """Return the content of the cards, as plain values that JSON can hold.

    Args:
        analysis: Analysis to report.
        result: Its comparison gene by gene.
        genes: Ids of the genes of the page, in their order; the position of a gene stands for it.
        number: Shortens a number without changing how it prints.
    """
    rows = {gene: row for row, gene in enumerate(genes)}
    table = result.table.head(len(genes))
    biomarkers, selection = analysis.results.get("biomarkers"), analysis.results.get("selection")
    enrichment = analysis.results.get("enrichment")
    return {
        "confidence": result.confidence,
        "columns": {name: [number(value) for value in table[name]] for name in _MORE if name in table},
        "ranks": _ranks(biomarkers, rows) if isinstance(biomarkers, Biomarkers) else {},
        "markers": _markers(biomarkers, rows) if isinstance(biomarkers, Biomarkers) else {},
        "chosen": _chosen(selection, rows) if isinstance(selection, Selection) else None,
        "sets": _sets(enrichment, rows, table["symbol"]) if isinstance(enrichment, Enrichment) else [],
        "pairs": _pairs(result.contrasts, rows, number),
        "values": _values(result, result.profiles) if result.profiles else None,
    }


def _ranks(found: Biomarkers, rows: dict[str, int]) -> dict[int, list[float | None]]:
    """Return for each gene of the signature its rank there, and its rank by each method."""
    held = found.signature[["gene", *_RANKS]].itertuples()
    return {rows[gene]: [rank, *map(_whole, by)] for rank, gene, *by in held if gene in rows}


def _whole(value: float) -> int | None:
    return None if pd.isna(value) else int(value)


def _markers(found: Biomarkers, rows: dict[str, int]) -> dict[int, list[list[str]]]:
    """Return the entries of the marker list for each gene: direction, evidence, source, agreement and circularity."""
    entries: dict[int, list[list[str]]] = {}
    columns = ["direction", "evidence", "source", "agrees", "circular"]
    for gene, *entry in found.matched[columns].itertuples(name=None):
        if gene in rows:
            entries.setdefault(rows[gene], []).append(list(map(str, entry)))
    return entries


def _chosen(found: Selection, rows: dict[str, int]) -> dict[str, Any]:
    """Return the number of training parts, and for each gene its row in the stability and how often it was chosen."""
    times = enumerate(zip(found.stability.index, found.stability["times"], strict=True))
    return {"parts": found.folds, "times": {rows[gene]: [at, int(n)] for at, (gene, n) in times if gene in rows}}


def _sets(found: Enrichment, rows: dict[str, int], symbols: pd.Series[str]) -> list[dict[str, Any]]:
    """Return the sets and their genes; of a gene with several probes, all of them."""
    probes: dict[str, list[int]] = {}
    for row, name in enumerate(symbols):
        probes.setdefault(name, []).append(row)
    sets = []
    for at, (name, origin) in enumerate(zip(found.sets.index, found.sets["origin"], strict=True)):
        members = [rows[gene] for gene in found.members.get(name, ()) if gene in rows]
        every = {other for row in members for other in (probes[symbols.iloc[row]] if symbols.iloc[row] else [row])}
        if every:
            sets.append({"at": at, "name": name, "origin": origin, "genes": sorted(every)})
    return sets


def _pairs(contrasts: pd.DataFrame, rows: dict[str, int], number: Number) -> dict[int, list[list[Any]]]:
    """Return for each of the first genes its row in the table of all pairs, the pair, its effect and p-values."""
    pairs: dict[int, list[list[Any]]] = {}
    if contrasts.empty:
        return pairs
    held = contrasts[["contrast", *_PAIR]].itertuples(name=None)
    for at, (gene, name, *numbers) in enumerate(held):
        if rows.get(gene, COMPARED) < COMPARED:
            pairs.setdefault(rows[gene], []).append([at, str(name).replace("-", " − "), *map(number, numbers)])
    return pairs


def _values(result: Differential, held: Profiles) -> dict[str, Any]:
    """Return the values sample by sample, with the symbols of the classes."""
    samples = held.samples
    return {
        "unit": UNIT_NAMES[result.value_unit].value,
        "classes": list(_classes(result.classes)),
        "samples": [str(sample) for sample in samples.index],
        "class": [result.classes.index(name) for name in samples["class"]],
        "independent": [int(name == "test") for name in samples["set"]],
        "low": [_limit(value) for value in held.genes["low"]],
        "high": [_limit(value) for value in held.genes["high"]],
        "levels": base64.b64encode(held.levels.tobytes()).decode(),
    }


def _limit(value: float) -> float | None:
    return None if pd.isna(value) else float(f"{value:.6g}")


def _classes(classes: Sequence[str]) -> Iterator[dict[str, str]]:
    for position, name in enumerate(classes):
        yield {"name": name, "colour": colour(position), "symbol": symbol(position)}
