"""The genes of a page, each once, for all figures and tables that scripts fill."""

from __future__ import annotations

from typing import Any

from genereport.analyses.differential.result import Differential
from genereport.analysis import Analysis
from genereport.plotting.interactive import short_number
from genereport.report.document import GeneData

MOST_GENES = 20_000
"""More would make the page larger than a mail takes; the genes with the smallest p-values are kept."""

_COLUMNS = (
    "logFC", "CI.L", "CI.R", "AveExpr", "t", "F", "df", "df1", "df2", "P.Value", "P.Bonferroni", "adj.P.Val",
)  # fmt: skip


def gene_data(analysis: Analysis) -> GeneData | None:
    """The comparison gene by gene, sorted by p-value, as far as figures and tables of the page show it."""
    result = analysis.differential
    if not isinstance(result, Differential):
        return None
    table = result.table.head(MOST_GENES)
    columns: dict[str, list[Any]] = {
        "gene": [str(gene) for gene in table.index],
        "symbol": [str(symbol) for symbol in table["symbol"]],
    }
    columns |= {name: [_printable(value) for value in table[name]] for name in _COLUMNS if name in table}
    return GeneData(len(result.table), columns)


def _printable(value: float) -> float | None:
    """A number to nine digits that prints as the number itself does; None where it is missing or infinite.

    Where seven digits are left of the nine, the number may lie beside a tie or a limit, and is kept whole.
    """
    short = short_number(value)
    return float(value) if short is not None and "00e" in f"{short:.8e}" else short
