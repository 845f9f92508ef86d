"""Match markers with the genes of a cohort: identity, direction, and circular evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from genereport.cohort.annotation import SUBTYPES, probes
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

    Args:
        genes: Index gene id, column ``symbol``.
        markers: The marker list.
    """
    by_probe = probes(markers)
    by_symbol = pd.Series(markers.index, index=markers["symbol"].str.upper())
    symbols = genes["symbol"].where(genes["symbol"] != "", genes.index.to_series()).str.upper()
    found = pd.Series(genes.index.map(by_probe.to_dict()), index=genes.index, dtype=float)
    return found.fillna(symbols.map(by_symbol.to_dict()).astype(float)).dropna().astype(int)


def is_circular(evidence: set[str], circular: set[str]) -> bool:
    """Return whether an entry has evidence from this cohort, and no other evidence on expression."""
    return bool(evidence & circular) and evidence - circular <= _DISEASE_ONLY


def sign_agrees(listed: pd.DataFrame, effect: pd.Series, classes: tuple[str, ...]) -> pd.Series:
    """Return whether the sign of logFC (target − reference) is the listed one; empty if that cannot be determined."""
    expected = listed["direction"].replace(SUBTYPES).map({classes[0]: -1.0, classes[-1]: 1.0}).astype(float)
    on_expression = listed["evidence"].map(lambda text: not set(text.split(";")) <= _DISEASE_ONLY)
    product = expected.where(on_expression) * effect
    return pd.Series(np.select([product > 0, product < 0], ["yes", "no"], ""), index=listed.index, dtype=str)
