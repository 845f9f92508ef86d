"""The bundled, cited markers, and the gene symbols that their probes give."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from genereport.cohort.model import Cohort
from genereport.resources import folder

SUBTYPES = {"B-ALL": "ALL", "T-ALL": "ALL"}
"""Subtype that the bundled list gives as a direction → its class."""


def load_markers() -> pd.DataFrame:
    """Read the bundled marker list, one row per entry, all as text."""
    return pd.read_csv(folder("data") / "biomarkers.tsv", sep="\t", dtype=str, keep_default_na=False)


def probes(markers: pd.DataFrame) -> pd.Series:
    """Return the row number in the list of each probe's entry, indexed by probe id."""
    listed = markers["probes"].str.split(";").explode().str.strip()
    listed = listed[listed != ""]
    return pd.Series(listed.index, index=listed.to_numpy())


def with_symbols(cohort: Cohort, markers: pd.DataFrame) -> Cohort:
    """Fill in the symbols of probes on the list; symbols from the files are kept.

    Symbols are never guessed from a description: on Golub's array its first word is the wrong gene for about one probe
    in twelve.
    """
    known = probes(markers).map(markers["symbol"])
    found = known.reindex(cohort.genes.index).fillna("")
    symbols = cohort.genes["symbol"].where(cohort.genes["symbol"] != "", found)
    return replace(cohort, genes=cohort.genes.assign(symbol=symbols))
