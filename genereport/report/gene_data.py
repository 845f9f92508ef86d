"""The data of the genes of a page, embedded once for all figures and tables that scripts fill."""

from __future__ import annotations

from typing import Any

import pandas as pd

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.differential.result import Differential
from genereport.analyses.differential.tables import top_columns
from genereport.analysis import Analysis
from genereport.plotting.interactive import short_number
from genereport.report.document import GeneData
from genereport.report.gene_cards import gene_cards

MOST_GENES = 20_000
"""Largest number of genes, so that the page can be sent by e-mail; those with the smallest p-values are kept."""

_COLUMNS = (
    "logFC", "CI.L", "CI.R", "AveExpr", "t", "F", "df", "df1", "df2", "P.Value", "P.Bonferroni", "adj.P.Val",
)  # fmt: skip


def gene_data(analysis: Analysis) -> GeneData | None:
    """Return the comparison gene by gene, sorted by p-value; None if no genes were compared."""
    result = analysis.differential
    if not isinstance(result, Differential):
        return None
    table = result.table.head(MOST_GENES)
    columns: dict[str, list[Any]] = {
        "gene": [str(gene) for gene in table.index],
        "symbol": [str(symbol) for symbol in table["symbol"]],
    }
    found = analysis.results.get("biomarkers")
    if isinstance(found, Biomarkers) and found.current:
        columns["current"] = [found.current.get(gene, "") for gene in columns["gene"]]
    wanted = dict.fromkeys((*_COLUMNS, *(name for column in top_columns(result) for name in column.names)))
    columns |= {name: _plain(table[name]) for name in wanted if name in table and name not in columns}
    return GeneData(len(result.table), columns, gene_cards(analysis, result, columns["gene"], _printable))


def _plain(column: pd.Series[Any]) -> list[Any]:
    """Return the values as scripts read them: numbers, or text."""
    return [_printable(value) for value in column] if column.dtype.kind == "f" else [str(value) for value in column]


def _printable(value: float) -> float | None:
    """Round a number to nine digits without changing how it prints; return None if it is missing or infinite.

    If rounding leaves at most seven digits, the number may lie close to a tie or a limit, and is kept whole.
    """
    short = short_number(value)
    return float(value) if short is not None and "00e" in f"{short:.8e}" else short
