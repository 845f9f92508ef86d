"""The sex of each sample by its sex genes, and its comparison with the sample sheet.

Source of the genes: Toker, Feng and Pavlidis (2016). As in massiR (Buckberry and others 2014), the most variable probes
of the Y chromosome are used, and the samples are divided into two clusters without regard to the sheet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from genereport.cohort.floor import find_bounds
from genereport.cohort.levels import level_text
from genereport.cohort.model import Cohort
from genereport.resources import folder
from genereport.settings import PreprocessSettings
from genereport.stats.clusters import Clusters, two_clusters
from genereport.types import Array, Flags

Sex = Literal["female", "male", "unclear", ""]

MARGIN = 1 / 3
"""A sample is unclear in the middle third between the two clusters."""
FEWEST = 6
"""Smallest number of samples that are divided into two clusters."""
SEPARATION, FOLD = 4.0, 1.0
"""Clusters are two sexes if their means differ by at least 4 standard deviations within them, and by a factor of 2."""

_NAMES = frozenset({"sex", "gender"})
_FEMALE = frozenset({"f", "female", "woman", "girl"})
_MALE = frozenset({"m", "male", "man", "boy"})


@dataclass(frozen=True, eq=False)
class ExpressionSex:
    """The sex of the samples by their expression and by the sheet.

    Attributes:
        column: Column of the sheet that holds the sex; empty if there is none.
        genes: The sex genes among those of the file: index gene; columns symbol, chromosome (``X``, ``Y``), used.
        separates: Chromosomes whose genes divide the samples into two clusters.
        samples: Index sample; columns recorded (``female``, ``male`` or empty), expression (the same, or ``unclear``;
            empty if no gene separates the samples), x (XIST, log2; NaN if it is not measured) and y (mean of the genes
            of the Y chromosome that are used, log2).
    """

    column: str
    genes: pd.DataFrame
    separates: tuple[str, ...]
    samples: pd.DataFrame

    @property
    def swapped(self) -> pd.DataFrame:
        """The samples whose recorded sex contradicts their expression."""
        known = self.samples[(self.samples["recorded"] != "") & self.samples["expression"].isin(("female", "male"))]
        return known[known["recorded"] != known["expression"]]


def sex_column(samples: pd.DataFrame) -> str:
    """Return the first column of a sample sheet that is called sex or gender and holds sexes, or empty.

    Args:
        samples: As in `Cohort.samples`.
    """
    for name in samples.columns:
        words = {part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", str(name))}
        if words & _NAMES and (recorded_sex(samples[name]) != "").any():
            return str(name)
    return ""


def recorded_sex(column: pd.Series) -> pd.Series:
    """Return ``female`` or ``male`` for each sample; empty where the sex is missing or coded in another way.

    Args:
        column: Values such as F, M, Female or male.
    """
    texts = column.map(lambda value: "" if pd.isna(value) else level_text(value).strip().casefold())
    return texts.map(lambda text: "female" if text in _FEMALE else "male" if text in _MALE else "").astype(str)


def infer_sex(cohort: Cohort, settings: PreprocessSettings) -> ExpressionSex:
    """Infer the sex of every sample from the genes of `data/sex_genes.tsv`, in the cohort as it was read.

    The genes of the Y chromosome that vary most, half of them, are averaged on the log2 scale. These averages, and the
    values of XIST by themselves, are divided into two clusters with the smallest sum of squares. They count as two
    sexes if the means are `SEPARATION` standard deviations apart, and a factor of two. A sample in the middle third
    between the medians of the clusters is unclear, and so is one for which both chromosomes disagree.

    Args:
        cohort: Samples and genes as they were read.
        settings: Floor and cap of intensities.
    """
    column = sex_column(cohort.samples)
    recorded = recorded_sex(cohort.samples[column]) if column else pd.Series("", index=cohort.samples.index, dtype=str)
    genes = _find_genes(cohort.genes)
    values = _on_log2(cohort, genes, settings)
    complete = np.flatnonzero(~np.isnan(values).any(axis=0))
    genes, values = genes.iloc[complete], values[:, complete]
    used = _choose(values, genes["chromosome"])
    genes = genes.assign(used=used)
    scores = {name: _mean(values[:, used & (genes["chromosome"] == name).to_numpy()]) for name in ("X", "Y")}
    clusters = {name: found for name, score in scores.items() if (found := _divide(score))}
    samples = pd.DataFrame(
        {
            "recorded": recorded,
            "expression": _judge(clusters, len(recorded)),
            "x": scores["X"],
            "y": scores["Y"],
        },
        index=cohort.samples.index.rename("sample"),
    )
    return ExpressionSex(column, genes, tuple(clusters), samples)


def _find_genes(genes: pd.DataFrame) -> pd.DataFrame:
    """Return the sex genes among those of a cohort, by symbol, former symbol, Ensembl id or probe."""
    table = pd.read_csv(folder("data") / "sex_genes.tsv", sep="\t", dtype=str, keep_default_na=False)
    rows = table[["symbol", "names", "ensembl_id", "probes"]].agg(";".join, axis=1).str.split(";")
    known = {
        name: (symbol, chromosome)
        for symbol, chromosome, names in zip(table["symbol"], table["chromosome"], rows, strict=True)
        for name in names
        if name
    }
    ids = genes.index.to_series().astype(str)
    named = [
        known.get(gene) or known.get(re.sub(r"\.\d+$", "", gene)) or known.get(symbol)
        for gene, symbol in zip(ids, genes["symbol"], strict=True)
    ]
    found = [(gene, *each) for gene, each in zip(genes.index, named, strict=True) if each]
    return pd.DataFrame(found, columns=["gene", "symbol", "chromosome"], dtype=str).set_index("gene")


def _on_log2(cohort: Cohort, genes: pd.DataFrame, settings: PreprocessSettings) -> Array:
    """Return log2 values of the samples in these genes, shape (n, genes); counts per million for counts.

    Shares of methylation do not tell of expression; they are returned as missing.
    """
    chosen = cohort.expression[genes.index].to_numpy(dtype=float)
    scale = cohort.scale.name
    if scale == "beta":
        return np.full(chosen.shape, np.nan)
    if scale == "intensity":
        bounds = find_bounds(cohort.subset("train").expression.to_numpy(), scale, settings)
        least = bounds.floor if bounds.floor is not None else float(np.nanmin(chosen, initial=1.0))
        return np.asarray(np.log2(np.clip(chosen, max(least, 1e-3), bounds.cap)))
    if scale == "counts":
        depth = np.nansum(cohort.expression.to_numpy(), axis=1, keepdims=True)
        return np.asarray(np.log2((chosen + 0.5) / (depth + 1.0) * 1e6))
    if scale == "tpm":
        return np.asarray(np.log2(chosen + 1.0))
    return np.asarray(chosen * {"ln": np.log2(np.e), "log10": np.log2(10.0)}.get(scale, 1.0))


def _choose(values: Array, chromosome: pd.Series) -> Flags:
    """Return which genes are used: all of X, and the more variable half of those of Y, rounded up."""
    on_y = (chromosome == "Y").to_numpy()
    used = ~on_y
    spread = np.where(on_y, values.std(axis=0) if len(values) else 0.0, -1.0)
    used[np.argsort(-spread, kind="stable")[: (int(on_y.sum()) + 1) // 2]] = True
    return used


def _mean(values: Array) -> Array:
    return np.asarray(values.mean(axis=1)) if values.shape[1] else np.full(len(values), np.nan)


def _divide(score: Array) -> Clusters | None:
    """Return the two clusters of a score, if they are far enough apart to be two sexes."""
    if len(score) < FEWEST or np.isnan(score).any():
        return None
    found = two_clusters(score)
    return found if found.separation >= SEPARATION and found.gap >= FOLD else None


def _judge(clusters: dict[str, Clusters], samples: int) -> list[Sex]:
    """Return the sex of each sample by the clusters of either chromosome."""
    votes: dict[str, list[Sex]] = {}
    for name, found in clusters.items():
        high: Sex = "male" if name == "Y" else "female"
        low: Sex = "female" if name == "Y" else "male"
        votes[name] = [high if at > 1 - MARGIN else low if at < MARGIN else "unclear" for at in found.place]
    if not votes:
        return [""] * samples
    return [both[0] if len(set(both)) == 1 else "unclear" for both in zip(*votes.values(), strict=True)]
