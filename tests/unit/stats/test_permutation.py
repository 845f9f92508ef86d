"""Step-down adjustments: exactly multtest's under all labellings, a brute force's otherwise.

Reference values: Rscript tests/reference/permutation.R. Largest deviation seen: 0.
"""

from __future__ import annotations

import math
import warnings
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from genereport.stats import permutation as kernel
from genereport.stats.multiplicity import bonferroni
from genereport.stats.permutation import StepDown, step_down, step_down_paired
from genereport.stats.ttests import student_t
from tests.unit.stats.references import golub, reference

RNG = np.random.default_rng


def case(name: str) -> tuple[np.ndarray, np.ndarray]:
    part = reference("permutation_input").query("case == @name")
    x = part.pivot_table(index="sample", columns="gene", values="value").to_numpy()
    return x, part.drop_duplicates("sample")["code"].to_numpy()


def brute_force(statistics: np.ndarray, observed: int) -> np.ndarray:
    """raw, maxT and minP from all statistics, shape (labellings, genes), by the definitions."""
    size = statistics[observed]
    reached = statistics >= size * (1 - 1e-9) - 1e-12
    raw = reached.mean(axis=0)
    order = np.argsort(-size, kind="stable")
    max_t = np.empty(len(size))
    for place, gene in enumerate(order):
        rest = statistics[:, order[place:]].max(axis=1)
        max_t[gene] = (rest >= size[gene] * (1 - 1e-9) - 1e-12).mean()
    max_t[order] = np.maximum.accumulate(max_t[order])
    own = np.array([[np.mean(column >= value * (1 - 1e-9) - 1e-12) for value in column] for column in statistics.T]).T
    order = np.lexsort((-size, raw))
    min_p = np.empty(len(size))
    for place, gene in enumerate(order):
        min_p[gene] = (own[:, order[place:]].min(axis=1) <= raw[gene] + 1e-12).mean()
    min_p[order] = np.maximum.accumulate(min_p[order])
    return np.stack([raw, max_t, min_p])


def welch(x: np.ndarray, chosen: tuple[int, ...]) -> np.ndarray:
    """|t| where both groups have two values, else 0."""
    mask = np.zeros(len(x), dtype=bool)
    mask[list(chosen)] = True
    enough = ((~np.isnan(x[mask])).sum(axis=0) >= 2) & ((~np.isnan(x[~mask])).sum(axis=0) >= 2)
    found = np.zeros(x.shape[1])
    for gene in np.flatnonzero(enough):
        a, b = (part[~np.isnan(part)] for part in (x[mask, gene], x[~mask, gene]))
        found[gene] = abs(stats.ttest_ind(a, b, equal_var=False).statistic)
    return found


def parts(found: StepDown) -> np.ndarray:
    return np.stack(found[:3])


@pytest.mark.parametrize("name", ["unbalanced", "balanced", "three", "pairs"])
def test_all_labellings_give_the_p_values_of_multtest(name: str) -> None:
    x, codes = case(name)
    expected = reference("permutation").query("case == @name")
    if name == "pairs":
        found = step_down_paired(x[codes == 1] - x[codes == 0], 64, RNG(0))
    else:
        found = step_down(x, codes, int(codes.max()) + 1, 1000, RNG(0))
    assert found.complete
    assert found.permutations == {"unbalanced": 126, "balanced": 70, "three": 560, "pairs": 64}[name]
    np.testing.assert_allclose(parts(found), expected[["raw", "max_t", "min_p"]].T, rtol=1e-12)
    np.testing.assert_allclose(expected["raw"], expected["min_p_raw"], rtol=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_any_small_matrix_gives_what_the_definitions_say(seed: int, gaps: bool) -> None:
    rng = RNG(seed)
    x = rng.normal(size=(8, 6)) + np.outer(np.arange(8) > 4, [2, 1, 0, 0, 0, 0])
    if gaps:
        x[rng.random(x.shape) < 0.1] = np.nan
    codes = (np.arange(8) > 4).astype(int)
    labellings = list(combinations(range(8), 3))
    statistics = np.array([welch(x, chosen) for chosen in labellings])
    defined = statistics[labellings.index((5, 6, 7))] > 0
    found = parts(step_down(x, codes, 2, 56, rng))
    assert np.isnan(found[:, ~defined]).all()
    expected = brute_force(statistics[:, defined], labellings.index((5, 6, 7)))
    np.testing.assert_allclose(found[:, defined], expected, rtol=1e-12)


def test_three_groups_with_gaps_give_what_the_definitions_say() -> None:
    rng = RNG(5)
    x, codes = rng.normal(size=(7, 5)), np.array([0, 0, 0, 1, 1, 2, 2])
    x[0, 1] = x[4, 3] = np.nan
    labellings = sorted(set(permutations(codes.tolist())))
    statistics = np.zeros((len(labellings), 5))
    for row, labels in enumerate(labellings):
        for gene in range(5):
            known = ~np.isnan(x[:, gene])
            groups = [x[known & (np.array(labels) == group), gene] for group in range(3)]
            statistics[row, gene] = stats.f_oneway(*groups).statistic if min(map(len, groups)) else 0
    found = step_down(x, codes, 3, 210, rng)
    assert found.complete
    np.testing.assert_allclose(parts(found), brute_force(statistics, labellings.index(tuple(codes))), rtol=1e-12)


def test_pairs_with_gaps_give_what_the_definitions_say() -> None:
    rng = RNG(6)
    differences = rng.normal([1, 0, 0, 0, 0.5, 0], size=(7, 6))
    differences[2, 0] = differences[5, 3] = np.nan
    signs = np.array(np.meshgrid(*[[1, -1]] * 7)).reshape(7, -1).T
    statistics = np.array(
        [np.abs(stats.ttest_1samp(differences * sign[:, None], 0, nan_policy="omit").statistic) for sign in signs]
    )
    found = step_down_paired(differences, 128, rng)
    np.testing.assert_allclose(parts(found), brute_force(statistics, 0), rtol=1e-12)


@pytest.fixture(scope="module")
def random_case() -> tuple[np.ndarray, np.ndarray]:
    rng = RNG(3)
    codes = np.repeat([0, 1], [11, 7])
    return rng.normal(size=(18, 90)) + np.outer(codes, np.r_[np.full(8, 1.8), np.zeros(82)]), codes


def test_random_labellings_count_the_observed_one_and_step_down(random_case: tuple[np.ndarray, np.ndarray]) -> None:
    x, codes = random_case
    found = step_down(x, codes, 2, 400, RNG(1))
    assert (found.permutations, found.complete) == (400, False)
    assert parts(found).min() >= 1 / 400
    assert np.all(found.max_t >= found.raw)
    assert np.all(found.min_p >= found.raw)
    order = np.argsort(-np.abs(stats.ttest_ind(x[codes == 1], x[codes == 0], equal_var=False).statistic))
    assert np.all(np.diff(found.max_t[order]) >= 0)
    assert np.all(np.diff(found.min_p[np.argsort(found.raw, kind="stable")]) >= 0)
    assert found.max_t[:8].min() < 0.05 < found.max_t[8:].mean()


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, random_case: tuple[np.ndarray, np.ndarray]) -> None:
    x, codes = random_case
    x = x.copy()
    x[3, 5] = np.nan
    whole = step_down(x, codes, 2, 403, RNG(1))
    for name, value in (("_GENES", 7), ("_LABELLINGS", 40), ("_RANKED", 403 * 5), ("_ALONE", 3)):
        monkeypatch.setattr(kernel, name, value)
    np.testing.assert_array_equal(parts(step_down(x, codes, 2, 403, RNG(1))), parts(whole))


@pytest.mark.parametrize("groups", [2, 3])
def test_order_shift_and_scale_of_genes_change_nothing(groups: int) -> None:
    rng = RNG(8)
    x, codes = rng.normal(size=(15, 30)), np.arange(15) % groups
    base = step_down(x, codes, groups, 200, RNG(2))
    genes = rng.permutation(30)
    moved = step_down(5 + x[:, genes] * rng.uniform(0.1, 10, 30), codes, groups, 200, RNG(2))
    np.testing.assert_array_equal(parts(moved), parts(base)[:, genes])


def test_under_all_labellings_the_order_of_samples_changes_nothing(random_case: tuple[np.ndarray, np.ndarray]) -> None:
    x, codes = random_case[0][::2], random_case[1][::2]
    samples = RNG(4).permutation(9)
    first, second = (step_down(x[rows], codes[rows], 2, 500, RNG(0)) for rows in (np.arange(9), samples))
    assert first.complete
    np.testing.assert_array_equal(parts(first), parts(second))


def test_genes_without_a_statistic_take_no_part() -> None:
    rng = RNG(9)
    x, codes = rng.normal(size=(10, 5)), np.arange(10) % 2
    x[:, 0], x[:, 1] = 3.0, 7.0 + codes
    x[codes == 1, 2] = np.nan
    x[:, 1] *= 1.1
    found = step_down(x, codes, 2, 300, RNG(0))
    assert np.isnan(parts(found)).any(axis=0).tolist() == [True, False, True, False, False]
    np.testing.assert_array_equal(parts(found)[:, [1, 3, 4]], parts(step_down(x[:, [1, 3, 4]], codes, 2, 300, RNG(0))))
    assert np.isnan(step_down(x[:6, 3:], np.array([0, 0, 0, 0, 0, 1]), 2, 300, RNG(0)).raw).all()


@pytest.mark.parametrize(("groups", "labellings"), [(2, 252), (3, 1680)])
def test_a_gene_that_varies_only_between_the_groups_is_as_extreme_as_can_be(groups: int, labellings: int) -> None:
    n = 10 if groups == 2 else 9
    x, codes = RNG(10).normal(size=(n, 4)), np.arange(n) % groups
    x[:, 2] = 7.7 + 1.1 * codes
    found = step_down(x, codes, groups, labellings, RNG(0))
    names = math.factorial(groups)  # labellings that part the samples in the same way
    assert found.complete
    assert (found.raw[2], found.max_t[2]) == (names / labellings, names / labellings)
    pairs = step_down_paired(np.column_stack([np.full(7, 1.1), RNG(0).normal(size=7)]), 128, RNG(0))
    assert pairs.raw[0] == pairs.max_t[0] == 2 / 128


@pytest.mark.parametrize("groups", [2, 3])
@pytest.mark.parametrize("value", [0.1, 8.3, np.log2(100), 1e6 + 1 / 3])
def test_essentially_constant_genes_take_no_part(groups: int, value: float) -> None:
    # Their mean is not exact: what centring leaves is rounding, which scaled would be a large t under all labellings.
    rng = RNG(13)
    x, codes = rng.normal(size=(38, 40)), np.where(np.arange(38) < 27, 0, 1 + np.arange(38) % (groups - 1))
    x[:, :5] += 1.5 * codes[:, None]
    constant = np.full((38, 2), value)
    constant[5, 1] = np.nextafter(value, np.inf)
    found = parts(step_down(np.column_stack([x, constant]), codes, groups, 200, RNG(0)))
    assert np.isnan(found[:, 40:]).all()
    np.testing.assert_array_equal(found[:, :40], parts(step_down(x, codes, groups, 200, RNG(0))))


@pytest.mark.parametrize("groups", [2, 3])
def test_a_large_mean_changes_nothing(groups: int) -> None:
    x, codes = np.round(RNG(0).normal(size=(38, 200)) * 2**20) / 2**20, np.arange(38) % 7 % groups
    base, moved = (step_down(x + shift, codes, groups, 500, RNG(2)) for shift in (0.0, 2.0**32))  # both sums are exact
    np.testing.assert_array_equal(parts(moved), parts(base))


def test_gaps_give_no_warnings() -> None:
    rng = RNG(14)
    x = rng.normal(size=(9, 12))
    x[:, 0], x[1:, 1], x[::3, 2], x[0, 3:8] = np.nan, np.nan, np.nan, np.nan
    x[:6, 4] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [step_down(x, np.arange(9) % groups, groups, 100, rng) for groups in (2, 3)]
        found.append(step_down_paired(x, 100, rng))
    assert all(np.isnan(part.raw[:2]).all() and not np.isnan(part.raw[8:]).any() for part in found)


@pytest.mark.parametrize("permutations", [0, -1])
def test_no_labelling_is_refused(permutations: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        step_down(np.zeros((4, 1)), np.array([0, 0, 1, 1]), 2, permutations, RNG(0))
    with pytest.raises(ValueError, match="at least one"):
        step_down_paired(np.zeros((4, 1)), permutations, RNG(0))


def test_family_wise_error_is_kept() -> None:
    """Of 400 cohorts of 50 correlated genes without any difference, no more have a false gene than α allows."""
    rng, alpha = RNG(12), 0.1
    codes = np.arange(12) % 2
    wrong = np.zeros(3)
    for _ in range(400):
        x = rng.normal(size=(12, 50)) + rng.normal(size=(12, 1)) * 1.5
        found = step_down(x, codes, 2, 200, rng)
        smallest = bonferroni(student_t(x, codes).p).min()
        wrong += [found.max_t.min() <= alpha, found.min_p.min() <= alpha, smallest <= alpha]
    assert wrong.max() <= stats.binom.ppf(0.999, 400, alpha)
    assert wrong[0] > 0


def test_golub_keeps_as_many_genes_as_multtest(shared_cohorts: Path) -> None:
    # R: tests/reference/golub.R, mt.maxT with 10,000 random relabellings and three seeds: 51 each time.
    table, codes = golub(shared_cohorts / "golub")
    x = table.to_numpy()
    x = x[:, ~table.columns.str.startswith("AFFX") & (x.max(axis=0) > x.min(axis=0))]
    found = step_down(x, codes, 2, 10_000, RNG(0), min_p=False)
    assert abs((found.max_t < 0.05).sum() - reference("golub_max_t")["kept"].median()) <= 2
    assert np.isnan(found.min_p).all()
