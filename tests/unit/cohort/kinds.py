"""Simulated matrices of every kind that people keep: counts, what is computed from counts, arrays, ratios, shares."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import stats

Generator = np.random.Generator
Values = npt.NDArray[np.float64]
Kind = Callable[[Generator, int, int], Values]


def counts(rng: Generator, n: int, p: int, depth: float = 0) -> Values:
    """Negative binomial counts; without a depth it varies by a factor of 128 between cohorts."""
    logs = rng.normal(3, 2.5, p)
    depth = depth or 2.0 ** rng.uniform(-1, 6)
    mean = np.exp2(logs) * depth * rng.uniform(0.6, 1.5, (n, 1))
    dispersion = 0.05 + 1 / np.exp2(logs + 3)
    return rng.poisson(rng.gamma(1 / dispersion, dispersion * mean)).astype(float)


def estimated(rng: Generator, n: int, p: int) -> Values:
    """Counts, those of some genes with fractions, as salmon gives them."""
    values, shared = counts(rng, n, p), rng.random(p) < rng.uniform(0.2, 0.6)
    return values + np.where(shared & (values > 0), rng.uniform(-0.5, 0.5, values.shape), 0)


def lengths(rng: Generator, p: int) -> Values:
    return np.exp(rng.normal(7.3, 0.8, p))


def per_million(values: Values) -> Values:
    return values / values.sum(axis=1, keepdims=True) * 1e6


def tpm(rng: Generator, n: int, p: int) -> Values:
    return per_million(estimated(rng, n, p) / lengths(rng, p))


def fpkm(rng: Generator, n: int, p: int) -> Values:
    values = estimated(rng, n, p)
    return values / lengths(rng, p) * 1e9 / values.sum(axis=1, keepdims=True) / rng.uniform(1, 3)


def normalised(rng: Generator, n: int, p: int) -> Values:
    return counts(rng, n, p) / np.exp(rng.normal(0, 0.4, (n, 1)))


def edger(rng: Generator, n: int, p: int) -> Values:
    """As edgeR's cpm(log = TRUE)."""
    values = counts(rng, n, p)
    size = values.sum(axis=1, keepdims=True)
    prior = 2 * size / size.mean()
    return np.log2((values + prior) / (size + 2 * prior) * 1e6)


def voom(rng: Generator, n: int, p: int) -> Values:
    values = counts(rng, n, p)
    return np.log2((values + 0.5) / (values.sum(axis=1, keepdims=True) + 1) * 1e6)


def stabilised(rng: Generator, n: int, p: int) -> Values:
    """As DESeq2's variance-stabilising transformation with a constant dispersion of 0.1."""
    x = normalised(rng, n, p)
    return np.log2((1 + 0.2 * x + 2 * np.sqrt(0.1 * x * (1 + 0.1 * x))) / 0.4)


def arrays(rng: Generator, n: int, p: int) -> Values:
    """Log2 intensities without a background."""
    return (rng.gamma(3, 1.5, p) + 3 + rng.normal(0, 0.3, (n, p))).clip(2.5, 15.5) + rng.normal(0, 0.01, (n, p))


def quantile_normalised(rng: Generator, n: int, p: int) -> Values:
    values = arrays(rng, n, p)
    return np.sort(values.mean(axis=0))[values.argsort(axis=1).argsort(axis=1)]


def mas5(rng: Generator, n: int, p: int) -> Values:
    values = np.exp2(rng.normal(7, 2.2, p) + rng.normal(0, 0.5, (n, p)))
    return values / stats.trim_mean(values, 0.02, axis=1)[:, None] * 500


def subtracted(rng: Generator, n: int, p: int, noise: float = 40) -> Values:
    """Raw intensities after the background was subtracted."""
    return np.exp2(rng.normal(6, 2.5, p) + rng.normal(0, 0.5, (n, p))) + rng.normal(0, noise, (n, p))


def without_batch(rng: Generator, n: int, p: int, depth: float = 0) -> Values:
    """Counts less the difference between two batches, as limma's removeBatchEffect on counts."""
    values, second = counts(rng, n, p, depth), np.arange(n) % 2 == 1
    values[second] -= values[second].mean(axis=0) - values[~second].mean(axis=0)
    return values


KINDS: dict[str, tuple[Kind, frozenset[str]]] = {
    name: (kind, frozenset(allowed.split()))
    for name, kind, allowed in (
        ("counts", counts, "counts intensity?"),
        ("estimated counts", estimated, "counts intensity?"),
        (
            "counts of ComBat-seq",
            lambda g, n, p: np.rint(counts(g, n, p) * g.uniform(0.7, 1.4, p)),
            "counts intensity?",
        ),
        ("TPM", tpm, "tpm"),
        ("TPM, 2 decimals", lambda g, n, p: tpm(g, n, p).round(2), "tpm"),
        ("FPKM", fpkm, "tpm intensity? intensity"),
        ("CPM", lambda g, n, p: per_million(counts(g, n, p)), "counts:unit tpm"),
        ("CPM, 3 decimals", lambda g, n, p: per_million(counts(g, n, p)).round(3), "counts:unit tpm"),
        ("normalised counts", normalised, "counts:unit tpm intensity? intensity"),
        (
            "normalised counts, 2 decimals",
            lambda g, n, p: normalised(g, n, p).round(2),
            "counts:unit tpm intensity? intensity",
        ),
        ("log2(counts + 1)", lambda g, n, p: np.log2(counts(g, n, p) + 1), "counts:2+1 log2"),
        ("log2(counts + 1), 4 decimals", lambda g, n, p: np.log2(counts(g, n, p) + 1).round(4), "counts:2+1 log2"),
        ("log2(counts + 0.5)", lambda g, n, p: np.log2(counts(g, n, p) + 0.5), "counts:2+0.5 log2"),
        ("ln(counts + 1)", lambda g, n, p: np.log1p(counts(g, n, p)), "counts:2.718+1 ln"),
        ("log10(counts + 1)", lambda g, n, p: np.log10(counts(g, n, p) + 1), "counts:10+1 log10"),
        ("log2(estimated counts + 1)", lambda g, n, p: np.log2(estimated(g, n, p) + 1), "log2 ln"),
        ("log2(TPM + 1)", lambda g, n, p: np.log2(tpm(g, n, p) + 1), "tpm:2+1 log2"),
        ("log2(TPM + 0.001), 4 decimals", lambda g, n, p: np.log2(tpm(g, n, p) + 1e-3).round(4), "tpm:2+0.001 log2"),
        ("ln(TPM + 1)", lambda g, n, p: np.log1p(tpm(g, n, p)), "tpm:2.718+1 log2 ln"),
        ("log2(FPKM + 1)", lambda g, n, p: np.log2(fpkm(g, n, p) + 1), "log2"),
        (
            "log2(CPM + 1)",
            lambda g, n, p: np.log2(per_million(counts(g, n, p)) + 1),
            "counts:2+1,unit tpm:2+1 log2",
        ),
        (
            "ln(counts per 10,000 + 1)",
            lambda g, n, p: np.log1p(per_million(counts(g, n, p)) / 100),
            "counts:2.718+1,unit log2 log10 ln",
        ),
        ("log2(normalised + 1)", lambda g, n, p: np.log2(normalised(g, n, p) + 1), "counts:2+1,unit log2 ln"),
        ("edgeR's log CPM", edger, "counts:2+0,unit log2 ln"),
        ("voom's log CPM", voom, "counts:2+0,unit log2 ln"),
        ("variance-stabilised counts", stabilised, "log2 ln"),
        ("log2 arrays", arrays, "log2"),
        ("log2 arrays, 2 decimals", lambda g, n, p: arrays(g, n, p).round(2), "log2"),
        ("log2 arrays with a floor", lambda g, n, p: arrays(g, n, p).clip(5), "log2"),
        ("log2 arrays, quantile-normalised", quantile_normalised, "log2"),
        ("ln arrays", lambda g, n, p: arrays(g, n, p) * np.log(2), "log2 ln"),
        ("log10 arrays", lambda g, n, p: arrays(g, n, p) * np.log10(2), "log10"),
        (
            "log2 of whole intensities at a floor",
            lambda g, n, p: np.log2(np.rint(subtracted(g, n, p)).clip(g.choice([1, 20, 100]))),
            "log2",
        ),
        ("MAS5", mas5, "intensity"),
        ("MAS5, 1 decimal", lambda g, n, p: mas5(g, n, p).round(1), "intensity"),
        ("background subtracted", subtracted, "intensity"),
        ("background subtracted, whole", lambda g, n, p: np.rint(subtracted(g, n, p)), "intensity"),
        ("background subtracted, 1 decimal", lambda g, n, p: subtracted(g, n, p).round(1), "intensity"),
        ("background subtracted, little noise", lambda g, n, p: subtracted(g, n, p, noise=8), "intensity"),
        ("whole intensities", lambda g, n, p: np.rint(np.exp2(arrays(g, n, p))), "intensity intensity?"),
        ("beta values", lambda g, n, p: g.beta(g.uniform(0.3, 0.8), g.uniform(0.3, 0.8), (n, p)), "beta"),
        ("log ratios", lambda g, n, p: g.normal(g.normal(0, 0.5, p), 1.2, (n, p)), "ratio"),
        ("z-scores of genes", lambda g, n, p: stats.zscore(arrays(g, n, p), axis=0), "standardised"),
        ("z-scores of arrays", lambda g, n, p: stats.zscore(arrays(g, n, p), axis=1, ddof=1), "standardised"),
        ("counts less a batch effect", without_batch, "refused intensity counts"),
    )
}
"""Name → how to draw a matrix of n samples × p genes, and what it may be detected as.

A name of a scale, `?` if it is ambiguous; `:` with the base and the pseudocount that are undone, `unit` if samples were
divided by numbers of their own; `refused`. The first word is the right answer, the others are less, but not wrong.
"""


def draw(name: str, seed: int) -> Values:
    """Draw a matrix of a kind: 4 to 29 samples, 200 to 3,000 genes."""
    rng = np.random.default_rng((list(KINDS).index(name), seed))
    return KINDS[name][0](rng, int(rng.integers(4, 30)), int(rng.choice([200, 500, 1000, 3000])))
