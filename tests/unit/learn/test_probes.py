"""One probe a gene, chosen on the training part alone and without the classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.learn.preparation import choose, fit_scaling, prepare
from genereport.learn.probes import Probes, Rule, representatives
from tests.factory import settings_of

GENES = np.array([0, 1, 1, 2, 2, 2])
VALUES = np.array([[5.0, 1, 2, 9, 3, 3], [5, 3, 2, 9, 0, 3.5]])


@pytest.mark.parametrize(("rule", "expected"), [("highest_mean", [0, 1, 3]), ("highest_variance", [0, 1, 4])])
def test_the_probe_with_the_highest_moment_stands_for_the_gene(rule: Rule, expected: list[int]) -> None:
    # both probes of gene 1 have the mean 2: the first is taken
    assert Probes(GENES, rule).representatives(VALUES).tolist() == expected


def test_without_a_rule_every_probe_stands_for_itself() -> None:
    assert representatives(VALUES, None).tolist() == list(range(6))


def test_missing_values_are_left_out_and_a_probe_without_any_comes_last() -> None:
    values = VALUES.copy()
    values[0, 3] = np.nan
    values[:, 1] = np.nan
    assert Probes(GENES, "highest_mean").representatives(values).tolist() == [0, 2, 3]


@given(st.integers(0, 2**32 - 1))
def test_one_probe_of_each_gene_whatever_the_values(seed: int) -> None:
    rng = np.random.default_rng(seed)
    genes = rng.integers(0, 9, 30)
    found = Probes(genes, "highest_mean").representatives(rng.normal(size=(4, 30)))
    assert sorted(genes[found]) == sorted(set(genes.tolist()))
    assert np.all(np.diff(found) > 0)


def test_chosen_genes_are_those_that_stand_for_theirs() -> None:
    rng = np.random.default_rng(1)
    values, codes = rng.normal(8, 1, size=(20, 40)), np.arange(20) % 2
    values[codes == 1, :6] += 2
    probes = Probes(np.arange(40) // 2, "highest_mean")
    train = values[:15]
    scaling = fit_scaling(train, probes)
    chosen = choose(
        train,
        codes[:15],
        settings_of("preprocess.variance_quantile=0.1", "selection.candidates=15", "selection.genes=6"),
        scaling,
    ).best
    views = prepare(train, scaling, chosen, 0.9).views(train)
    assert views["all"].shape == (15, 20)
    assert set(chosen) <= set(probes.representatives(train))
    np.testing.assert_allclose(
        views["selected"], (train[:, chosen] - train[:, chosen].mean(0)) / train[:, chosen].std(0)
    )
