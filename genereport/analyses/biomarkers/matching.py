"""Match markers with the genes of a cohort: identity, direction, and circular evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from genereport.cohort.annotation import SUBTYPES, probes
from genereport.cohort.gene_names import have_human_names, names_of
from genereport.cohort.gene_table import comparable
from genereport.cohort.model import Cohort

_DISEASE_ONLY = {"fusion/driver"}  # says in which disease a gene is altered, not the direction of its expression


def circular_evidence(cohort: Cohort, markers: pd.DataFrame, named: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return evidence classes that come from this very cohort: those of the setting, else those known to genereport."""
    if named is not None:
        return named
    if cohort.simulated:
        return tuple(sorted(set(markers["evidence"].str.split(";").explode())))
    return ("Golub50",) if cohort.layout == "golub" else ()


def match_markers(genes: pd.DataFrame, markers: pd.DataFrame) -> pd.Series:
    """Return a series: index gene id, value the row of its marker, found by probe id, else by gene symbol.

    Symbols are compared as they are written, else by the current symbols of human genes. A probe with several symbols
    has the marker of the first that is listed.

    Args:
        genes: Index gene id, column ``symbol``.
        markers: The marker list.
    """
    by_probe, human = probes(markers).to_dict(), have_human_names(genes)
    rows = list(zip(markers["symbol"], markers.index.astype(int).tolist(), strict=True))
    by_symbol: dict[str, int] = {}
    for symbol, row in rows:
        for key in comparable(symbol, human=human):
            by_symbol.setdefault(key, row)
    by_symbol |= {symbol.upper(): row for symbol, row in rows}
    found: list[float] = []
    for gene, name in names_of(genes).items():
        keys = (name.upper(), *comparable(name, human=human))
        found.append(by_probe.get(gene, next((by_symbol[key] for key in keys if key in by_symbol), np.nan)))
    return pd.Series(found, index=genes.index, dtype=float).dropna().astype(int)


def is_circular(evidence: set[str], circular: set[str]) -> bool:
    """Return whether an entry has evidence from this cohort, and no other evidence on expression."""
    return bool(evidence & circular) and evidence - circular <= _DISEASE_ONLY


def sign_agrees(listed: pd.DataFrame, effect: pd.Series, classes: tuple[str, ...]) -> pd.Series:
    """Return whether the sign of logFC (target − reference) is the listed one; empty if that cannot be determined."""
    expected = listed["direction"].replace(SUBTYPES).map({classes[0]: -1.0, classes[-1]: 1.0}).astype(float)
    on_expression = listed["evidence"].map(lambda text: not set(text.split(";")) <= _DISEASE_ONLY)
    product = expected.where(on_expression) * effect
    return pd.Series(np.select([product > 0, product < 0], ["yes", "no"], ""), index=listed.index, dtype=str)
