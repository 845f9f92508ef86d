"""The simulated cohort behaves like Golub's, and carries its signal where it says."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from genereport.cohort.annotation import load_markers, probes
from genereport.cohort.model import Cohort
from genereport.cohort.simulate import CONTROLS, HARD_SAMPLES, Plan, is_simulated, simulated_cohort


@cache
def cohort() -> Cohort:
    return simulated_cohort()


def values() -> np.ndarray:
    return cohort().expression.to_numpy()


def test_its_size_is_golubs() -> None:
    made = cohort()
    assert made.expression.shape == (72, 7129)
    assert made.samples.groupby(["set", "class"]).size().to_dict() == {
        ("train", "ALL"): 27,
        ("train", "AML"): 11,
        ("test", "ALL"): 20,
        ("test", "AML"): 14,
    }
    assert made.genes["control"].sum() == CONTROLS == 58
    assert made.expression.index.is_unique
    assert made.expression.columns.is_unique
    assert made.simulated


def test_its_values_look_like_intensities_of_that_array() -> None:
    assert (values() == np.rint(values())).all()
    assert 0.23 <= (values() < 0).mean() <= 0.30  # Golub: 28 %
    assert 0.42 <= (values() < 100).mean() <= 0.55  # Golub: 47 %
    assert 20_000 < values().max() < 200_000  # Golub: 71,369
    constant = (np.clip(values()[:38], 100, 16_000) == 100).all(axis=0).sum()
    assert 500 < constant < 1500  # Golub: 1,050


def test_noise_is_additive_at_the_bottom_and_multiplicative_above() -> None:
    sample = values()[cohort().codes == 0]
    mean, spread = sample.mean(axis=0), sample.std(axis=0)
    faint, bright = mean < 30, mean > 3000
    assert abs(stats.spearmanr(mean[faint], spread[faint]).statistic) < 0.3
    assert stats.spearmanr(mean[bright], spread[bright]).statistic > 0.6


def test_genes_of_a_block_are_correlated() -> None:
    logged = np.log2(np.clip(values(), 100, None))
    bright = np.flatnonzero(np.median(values(), axis=0) > 1500)[:300]
    correlations = np.abs(np.corrcoef(logged[:, bright].T)[np.triu_indices(len(bright), 1)])
    independent = np.abs(np.corrcoef(np.random.default_rng(0).normal(size=(300, 72)))[np.triu_indices(300, 1)])
    assert (correlations > 0.5).mean() > 20 * (independent > 0.5).mean() + 0.01


def test_markers_that_respond_do_so_in_the_listed_direction() -> None:
    markers = load_markers()
    listed = probes(markers)
    logged = np.log2(cohort().expression.clip(100, 16_000))
    high = logged[cohort().samples["class"] == "AML"].mean() - logged[cohort().samples["class"] == "ALL"].mean()
    direction = listed.map(markers["direction"])
    up, down = high[direction.index[direction == "AML"]], high[direction.index[direction == "ALL"]]
    assert (up > 0).mean() > 0.75
    assert (down < 0).mean() > 0.75
    assert up.max() > 1.5
    subtype = cohort().samples["subtype"]
    t_cells = logged[subtype == "T-ALL"].mean() - logged[subtype == "B-ALL"].mean()
    assert (
        t_cells[direction.index[direction == "T-ALL"]].mean()
        > 0.3
        > -0.3
        > t_cells[direction.index[direction == "B-ALL"]].mean()
    )


def test_only_markers_bear_real_accessions(shared_cohorts: Path) -> None:
    with (shared_cohorts / "golub" / "data_set_ALL_AML_train.csv").open(encoding="utf-8") as file:
        real = {row[1] for row in csv.reader(file)}
    made = set(cohort().genes.index)
    assert made & real == set(probes(load_markers()).index)
    invented = cohort().genes.index[cohort().genes["symbol"] == ""]
    assert invented.str.match(r"(SIM\d{5}|AFFX-SIM\d{2})_at$").all()


def test_centres_overlap_the_classes() -> None:
    train = cohort().subset("train").samples
    assert (pd.crosstab(train["centre"], train["class"]) > 0).all(axis=None)


def test_hard_samples_are_one_of_each_set() -> None:
    assert list(cohort().samples.loc[list(HARD_SAMPLES), "set"]) == ["train", "test"]


def test_the_sets_differ_by_a_batch() -> None:
    findings = {finding.code for finding in _findings()}
    assert "GR310" in findings
    assert "GR304" not in findings


def _findings():  # type: ignore[no-untyped-def]
    from genereport.cohort.checks import findings
    from genereport.settings import Settings

    return findings(cohort(), Settings())


def test_the_seed_decides_everything() -> None:
    small = Plan(genes=400)
    pd.testing.assert_frame_equal(simulated_cohort(7, small).expression, simulated_cohort(7, small).expression)
    pd.testing.assert_frame_equal(simulated_cohort(7, small).samples, simulated_cohort(7, small).samples)
    assert not simulated_cohort(7, small).expression.equals(simulated_cohort(8, small).expression)


def test_too_few_genes_are_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        simulated_cohort(plan=Plan(genes=150))


def test_the_cohort_is_known_by_its_probes(shared_cohorts: Path) -> None:
    assert is_simulated(cohort().genes.index)
    with (shared_cohorts / "golub" / "data_set_ALL_AML_train.csv").open(encoding="utf-8") as file:
        assert not is_simulated(pd.Index([row[1] for row in csv.reader(file)][1:]))
    assert not is_simulated(pd.Index([], dtype=str))
