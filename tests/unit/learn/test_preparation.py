"""What a training part teaches is its own."""

from __future__ import annotations

import numpy as np

from genereport.learn.preparation import choose, fit_scaling, prepare
from genereport.learn.resampling import SplitPlan
from tests.factory import make_cohort, settings_of

QUICK = ("preprocess.variance_quantile=0.2", "selection.candidates=30", "selection.genes=10")
SETTINGS = settings_of(*QUICK)


def test_views_are_standardised_by_the_training_part_alone() -> None:
    cohort = make_cohort()
    values = cohort.expression.to_numpy().copy()
    split = SplitPlan(3, 1, seed=1).splits(cohort.codes)[0]
    values[split.train[0], 3] = np.nan
    train, held = values[split.train], values[split.test]
    preparation = prepare(train, fit_scaling(train), np.array([5, 2]), 0.9)
    views, others = preparation.views(train), preparation.views(held)
    np.testing.assert_allclose(views["all"].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(views["all"].std(axis=0), 1)
    np.testing.assert_array_equal(others["selected"], others["all"][:, [5, 2]])
    share = views["components"].var(axis=0).sum() / views["all"].var(axis=0).sum()
    assert 0.9 <= share < 0.95
    median = np.nanmedian(train[:, 3])
    filled = np.where(np.isnan(train[:, 3]), median, train[:, 3])
    np.testing.assert_allclose(views["all"][:, 3], (filled - filled.mean()) / filled.std())


def test_a_gene_without_any_value_or_variance_does_no_harm() -> None:
    values = np.random.default_rng(1).normal(size=(9, 4))
    values[:, 0], values[:, 1] = np.nan, 1 / 3
    scaling = fit_scaling(values)
    assert np.isfinite(scaling.standardised(values)).all()
    np.testing.assert_allclose(scaling.standardised(values)[:, :2], 0, atol=1e-9)


def test_informative_genes_are_chosen_first() -> None:
    cohort = make_cohort(effect=3)
    values = cohort.expression.to_numpy()
    chosen = choose(values, cohort.codes, SETTINGS, fit_scaling(values))
    assert set(chosen.best[:5]) <= set(range(8))
    assert chosen.ranks[chosen.best].tolist() == list(range(1, 11))
    assert np.isnan(chosen.ranks).sum() == values.shape[1] - 30


def test_any_number_of_genes_is_a_prefix_of_one_path() -> None:
    cohort = make_cohort(effect=1)
    values = cohort.expression.to_numpy()
    scaling = fit_scaling(values)
    few = choose(values, cohort.codes, settings_of(*QUICK, "selection.genes=4"), scaling)
    many = choose(values, cohort.codes, SETTINGS, scaling)
    np.testing.assert_array_equal(few.path, many.path)
    np.testing.assert_array_equal(few.best, many.best[:4])
