"""The correlation of samples of one unit, and fits that allow for it, against limma.

Reference values: Rscript tests/reference/block.R. Largest relative deviation seen: 4e-12 (a correlation near 0), 2e-15
of the consensus.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from genereport.stats.block import block_correlation, block_matrix
from genereport.stats.ebayes import moderate
from genereport.stats.linear import fit_linear, linear_test
from tests.unit.stats.references import ALL_PAIRS, close, reference

TARGET = np.array([[0.0], [1.0]])


def case(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """Values, model matrix, contrasts and weights of a case of block.R."""
    matrices = {
        kind: part.filter(regex=r"^g\d+$").to_numpy() for kind, part in reference("block_input").groupby("kind")
    }
    frame = samples()
    columns = [np.ones(len(frame)), frame["two"]]
    contrasts = TARGET
    if name == "three":
        columns, contrasts = [columns[0], frame["three"] == 1, frame["three"] == 2], ALL_PAIRS
    if name == "covariate":
        columns, contrasts = [*columns, frame["age"]], np.vstack([TARGET, [[0.0]]])
    x = matrices["gaps" if "gaps" in name else "plain"]
    return x, np.column_stack(columns).astype(float), contrasts, matrices["weights"] if "weights" in name else None


def samples() -> pd.DataFrame:
    return reference("block_input").query("kind == 'plain'")


CASES = ["two", "three", "covariate", "gaps", "weights", "gaps weights"]


@pytest.mark.parametrize("name", CASES)
def test_correlations_are_those_of_limma(name: str) -> None:
    x, design, _, weights = case(name)
    found = block_correlation(x, design, samples()["block"].to_numpy(), weights)
    expected = reference("block_limma").query("case == @name and contrast == 1")
    close(found.atanh, expected["atanh"])
    close(found.consensus, expected["consensus"].iloc[0], rtol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_the_fit_with_correlated_samples_is_limmas(name: str) -> None:
    x, design, contrasts, weights = case(name)
    block = samples()["block"].to_numpy()
    expected = reference("block_limma").query("case == @name")
    correlation = block_matrix(block, expected["consensus"].iloc[0])
    fit = fit_linear(x, design, contrasts, correlation=correlation, weights=weights)
    found, ordinary = moderate(fit), linear_test(fit)
    for number, part in expected.groupby("contrast"):
        for value, column in (
            (fit.estimate[number - 1], "estimate"),
            (fit.unscaled[number - 1], "unscaled"),
            (np.sqrt(fit.variance), "sigma"),
            (fit.df, "df"),
            (ordinary.p[number - 1], "ordinary_p"),
            (found.t[number - 1], "t"),
            (found.df, "df_total"),
            (found.p[number - 1], "p"),
            (found.b[number - 1], "b"),
            (found.f, "f"),
            (found.f_p, "f_p"),
            (found.variance, "posterior"),
        ):
            close(value, part[column])
    assert found.prior.overall == pytest.approx(expected["d0"].iloc[0], rel=1e-9)


def noise(share: float, units: int = 12, size: int = 3, genes: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values whose variance is between units by `share`, a design of two classes that the units cross, the units."""
    rng = np.random.default_rng(4)
    block = np.repeat(np.arange(units), size)
    x = np.sqrt(share) * rng.normal(size=(units, genes))[block] + np.sqrt(1 - share) * rng.normal(
        size=(len(block), genes)
    )
    return x, np.column_stack([np.ones(len(block)), np.arange(len(block)) % 2]), block


def test_the_share_between_units_is_found_and_p_is_uniform_where_it_is_allowed_for() -> None:
    x, _, block = noise(0.6)
    design = np.column_stack(
        [np.ones(len(block)), block % 2]
    )  # the classes differ between units: ignoring them misleads
    consensus = block_correlation(x, design, block).consensus
    assert consensus == pytest.approx(0.6, abs=0.05)
    p = linear_test(fit_linear(x, design, TARGET, correlation=block_matrix(block, consensus))).p[0]
    assert stats.binomtest(int((p < 0.05).sum()), len(p), 0.05).pvalue > 0.01
    naive = linear_test(fit_linear(x, design, TARGET)).p[0]
    assert (naive < 0.05).mean() > 0.15


def test_neither_units_of_one_sample_nor_units_in_the_design_correlate() -> None:
    x, design, block = noise(0.5)
    alone = block_correlation(x, design, np.arange(len(block)))
    encoded = block_correlation(x, np.eye(12)[block], block)
    assert alone.consensus == encoded.consensus == 0
    assert not alone.atanh.any()


def test_a_gene_that_cannot_tell_has_no_part() -> None:
    x, design, block = noise(0.5)
    whole = block_correlation(x[:, 4:], design, block)
    x[:, 0] = 8.1 + design[:, 1]  # nothing but rounding beside the design
    x[4:, 1] = np.nan
    x[:, 2] = np.where(block < 1, x[:, 2], np.nan)
    x[:, 3] = np.nan
    found = block_correlation(x, design, block)
    assert np.isnan(found.atanh[:4]).all()
    assert found.consensus == whole.consensus
    assert np.isnan(block_correlation(x[:, :4], design, block).consensus)


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1e200])
def test_units_of_measurement_and_names_of_units_change_nothing(scale: float) -> None:
    x, design, block = noise(0.3, genes=20)
    base, moved = block_correlation(x, design, block), block_correlation(x * scale, design, 40 - block)
    close(moved.atanh, base.atanh, rtol=1e-9)
    order = np.random.default_rng(0).permutation(len(block))
    close(block_correlation(x[order], design[order], block[order]).atanh, base.atanh, rtol=1e-9)


def test_a_real_cohort_has_the_consensus_of_limma(shared_cohorts: Path) -> None:
    """log2 of counts per million plus 0.5, in R:

    x <- as.matrix(read.delim("counts.tsv", row.names = 1))
    s <- read.delim("samples.tsv", row.names = 1)[colnames(x), ]
    y <- log2(t((t(x) + 0.5) / (colSums(x) + 1) * 1e6)); d <- model.matrix(~class, s)
    r <- duplicateCorrelation(y, d, block = s$patient)$consensus
    fit <- eBayes(lmFit(y, d, block = s$patient, correlation = r)) # and without block
    sum(p.adjust(fit$p.value[, 2], "bonferroni") < 0.05); min(fit$p.value[, 2])
    """
    counts = pd.read_csv(shared_cohorts / "cervical" / "counts.tsv", sep="\t", index_col=0)
    sheet = pd.read_csv(shared_cohorts / "cervical" / "samples.tsv", sep="\t", index_col=0).loc[counts.columns]
    x = np.log2((counts + 0.5) / (counts.sum() + 1) * 1e6).to_numpy().T
    design = np.column_stack([np.ones(len(sheet)), sheet["class"] == "tumour"])
    assert design[:, 1].sum() == 29
    block = pd.factorize(sheet["patient"])[0]
    consensus = block_correlation(x, design, block).consensus
    assert consensus == pytest.approx(0.114692163661322, rel=1e-13)
    p = moderate(fit_linear(x, design, TARGET, correlation=block_matrix(block, consensus))).p[0]
    assert (int((p * len(p) < 0.05).sum()), p.min()) == (63, pytest.approx(2.06267068002e-13, rel=1e-10))
    p = moderate(fit_linear(x, design, TARGET)).p[0]
    assert int((p * len(p) < 0.05).sum()) == 58
