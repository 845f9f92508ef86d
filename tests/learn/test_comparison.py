"""Nothing of a held-out sample reaches what is fitted."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from joblib import parallel_config

from genereport.learn.comparison import choose_genes, compare, make_views
from genereport.learn.metrics import confusion, label_metrics, predicted_classes
from genereport.learn.models import CLASSIFIERS, PREFERENCE
from genereport.learn.resampling import SplitPlan
from genereport.settings import ModelSettings
from tests.factory import make_cohort

QUICK = ModelSettings(trees=20, epochs=20)
choose = partial(choose_genes, quantile=0.2, candidates=30, genes=10)


def run(values: np.ndarray, codes: np.ndarray, plan: SplitPlan, settings: ModelSettings = QUICK):  # type: ignore[no-untyped-def]
    splits = plan.splits(codes)
    chosen = [choose(values[split.train], codes[split.train]).best for split in splits]
    return compare(values, codes, splits, chosen, 0.95, settings, range(len(splits)))[0]


def test_a_wild_held_out_sample_changes_no_other_prediction() -> None:
    cohort = make_cohort()
    values, codes = cohort.expression.to_numpy(), cohort.codes
    plan = SplitPlan(3, 1, seed=1)
    wild = values.copy()
    victim = plan.splits(codes)[0].test[0]
    wild[victim] = 1e6
    before, after = run(values, codes, plan)[0], run(wild, codes, plan)[0]
    for key, probabilities in before.items():
        np.testing.assert_array_equal(after[key][1:], probabilities[1:], err_msg=str(key))


def test_labels_of_held_out_samples_are_never_read_by_selection_or_fit() -> None:
    cohort = make_cohort()
    values, codes = cohort.expression.to_numpy(), cohort.codes
    splits = SplitPlan(3, 1, seed=1).splits(codes)
    flipped = codes.copy()
    flipped[splits[0].test] = 1 - flipped[splits[0].test]
    chosen = [choose(values[splits[0].train], codes[splits[0].train]).best]
    first = compare(values, codes, splits[:1], chosen, 0.95, QUICK, [5])[0][0]
    second = compare(values, flipped, splits[:1], chosen, 0.95, QUICK, [5])[0][0]
    for key, probabilities in first.items():
        np.testing.assert_array_equal(second[key], probabilities, err_msg=str(key))


def test_noise_is_not_learnt_although_genes_are_selected() -> None:
    rng = np.random.default_rng(4)
    values, codes = rng.normal(size=(48, 1500)), np.repeat([0, 1], 24)
    plan = SplitPlan(4, 4, seed=2)
    predictions = run(values, codes, plan)
    splits = plan.splits(codes)
    for key in PREFERENCE:
        accuracies = [
            label_metrics(confusion(codes[split.test], predicted_classes(part[key]), 2))["accuracy"]
            for split, part in zip(splits, predictions, strict=True)
        ]
        assert 0.3 < np.mean(accuracies) < 0.7, key


def test_selecting_outside_the_folds_would_have_leaked_here() -> None:
    """The canary of the test above: the same noise, the same models, genes chosen on all samples."""
    rng = np.random.default_rng(4)
    values, codes = rng.normal(size=(48, 1500)), np.repeat([0, 1], 24)
    splits = SplitPlan(4, 1, seed=2).splits(codes)
    leaked = [choose(values, codes).best] * len(splits)
    predictions = compare(values, codes, splits, leaked, 0.95, QUICK, range(4))[0]
    hits = [
        codes[s.test] == predicted_classes(part["logistic_l2", "selected"])
        for s, part in zip(splits, predictions, strict=True)
    ]
    assert np.concatenate(hits).mean() > 0.85


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_processes_change_nothing(backend: str) -> None:
    cohort = make_cohort(train=(12, 9, 9))
    values, codes = cohort.expression.to_numpy(), cohort.codes
    alone = run(values, codes, SplitPlan(3, 1, seed=1))
    with parallel_config(backend, n_jobs=2):
        shared = run(values, codes, SplitPlan(3, 1, seed=1))
    for one, other in zip(alone, shared, strict=True):
        assert all(one[key].tobytes() == other[key].tobytes() for key in one)


def test_every_classifier_predicts_every_class_of_several() -> None:
    cohort = make_cohort(train=(12, 9, 9), effect=3)
    predictions = run(cohort.expression.to_numpy(), cohort.codes, SplitPlan(3, 1, seed=1))
    expected = {(c.name, f) for c in CLASSIFIERS for f in c.features}
    assert set(predictions[0]) == expected | {("mlp_selected", "selected"), ("mlp_components", "components")}
    for part in predictions[0].values():
        assert part.shape[1] == 3
        np.testing.assert_allclose(part.sum(axis=1), 1)


def test_views_are_standardised_by_the_training_part_alone() -> None:
    cohort = make_cohort()
    values = cohort.expression.to_numpy().copy()
    split = SplitPlan(3, 1, seed=1).splits(cohort.codes)[0]
    values[split.train[0], 3] = np.nan
    views = make_views(values, split, np.array([5, 2]), 0.9)
    np.testing.assert_allclose(views["all"].train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(views["all"].train.std(axis=0), 1)
    np.testing.assert_array_equal(views["selected"].held_out, views["all"].held_out[:, [5, 2]])
    share = views["components"].train.var(axis=0).sum() / views["all"].train.var(axis=0).sum()
    assert 0.9 <= share < 0.95
    median = np.nanmedian(values[split.train, 3])
    filled = np.where(np.isnan(values[split.train, 3]), median, values[split.train, 3])
    np.testing.assert_allclose(views["all"].train[:, 3], (filled - filled.mean()) / filled.std())


def test_informative_genes_are_chosen_first() -> None:
    cohort = make_cohort(effect=3)
    chosen = choose(cohort.expression.to_numpy(), cohort.codes)
    assert set(chosen.best[:5]) <= set(range(8))
    assert np.nanmin(chosen.ranks) == 1
    assert chosen.ranks[chosen.best].tolist() == list(range(1, 11))
