"""The bundled, cited markers, and the gene symbols that follow from their probes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from genereport.cohort.model import Cohort
from genereport.resources import folder

SUBTYPES = {"B-ALL": "ALL", "T-ALL": "ALL"}
"""Directions of the bundled list that are part of a class."""


def load_markers() -> pd.DataFrame:
    """The bundled marker list: one row an entry, all text."""
    return pd.read_csv(folder("data") / "biomarkers.tsv", sep="\t", dtype=str, keep_default_na=False)


def probes(markers: pd.DataFrame) -> pd.Series:
    """Index probe id, value the row number of its entry in the list."""
    listed = markers["probes"].str.split(";").explode().str.strip()
    listed = listed[listed != ""]
    return pd.Series(listed.index, index=listed.to_numpy())


def with_symbols(cohort: Cohort, markers: pd.DataFrame) -> Cohort:
    """The cohort with symbols filled in for probes of the list; symbols that the files gave are kept.

    Symbols are never guessed from a description: on Golub's array the first word is the wrong gene for about one probe
    in twelve.
    """
    known = probes(markers).map(markers["symbol"])
    found = known.reindex(cohort.genes.index).fillna("")
    symbols = cohort.genes["symbol"].where(cohort.genes["symbol"] != "", found)
    return replace(cohort, genes=cohort.genes.assign(symbol=symbols))
