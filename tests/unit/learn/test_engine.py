"""Nothing of a held-out sample reaches what is fitted, and nothing depends on how the work is shared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from joblib import parallel_config

from genereport.learn.engine import Fold, Job, run
from genereport.learn.metrics import confusion, label_metrics, predicted_classes
from genereport.learn.models import CLASSIFIERS, NETWORK_KEYS, own_model, preference
from genereport.learn.preparation import choose, fit_scaling
from genereport.learn.resampling import SplitPlan
from genereport.learn.training import Protocol
from genereport.types import Key
from tests.factory import make_cohort, settings_of

QUICK = (
    "models.trees=20", "models.epochs=20", "preprocess.variance_quantile=0.2", "selection.candidates=30",
    "selection.genes=10",
)  # fmt: skip
TUNED = ("evaluation.effort=thorough", "evaluation.inner_folds=3", "selection.tuned=[3, 10]")
NOTHING = np.empty(0, dtype=np.intp)


def jobs(codes: np.ndarray, plan: SplitPlan) -> list[Job]:
    return [Job(split.train, split.test, codes, seed) for seed, split in enumerate(plan.splits(codes))]


def fit(
    values: np.ndarray,
    todo: Sequence[Job],
    *,
    more: tuple[str, ...] = (),
    leaked: np.ndarray | None = None,
    keys: Sequence[Key] | None = None,
) -> list[Fold]:
    protocol = Protocol(settings_of(*QUICK, *more), classes=int(todo[0].codes.max()) + 1)
    return run(values, todo, protocol, keys or protocol.keys, leaked)


def noise() -> tuple[np.ndarray, np.ndarray]:
    return np.random.default_rng(4).normal(size=(48, 1500)), np.repeat([0, 1], 24)


def accuracy(todo: Sequence[Job], parts: Sequence[np.ndarray]) -> float:
    found = [
        label_metrics(confusion(job.codes[job.test], predicted_classes(part), 2))["accuracy"]
        for job, part in zip(todo, parts, strict=True)
    ]
    return float(np.mean(found))


@pytest.mark.parametrize("more", [(), TUNED], ids=["untuned", "tuned"])
def test_a_wild_held_out_sample_changes_no_other_prediction(more: tuple[str, ...]) -> None:
    cohort = make_cohort()
    values, todo = cohort.expression.to_numpy(), jobs(cohort.codes, SplitPlan(3, 1, seed=1))[:1]
    wild = values.copy()
    wild[todo[0].test[0]] = 1e6
    (before,), (after,) = fit(values, todo, more=more), fit(wild, todo, more=more)
    assert before.choices == after.choices
    for key, probabilities in before.held_out.items():
        np.testing.assert_array_equal(after.held_out[key][1:], probabilities[1:], err_msg=str(key))
        np.testing.assert_array_equal(after.training[key], before.training[key], err_msg=str(key))


@pytest.mark.parametrize("more", [(), TUNED], ids=["untuned", "tuned"])
def test_labels_of_held_out_samples_are_never_read(more: tuple[str, ...]) -> None:
    cohort = make_cohort()
    values, todo = cohort.expression.to_numpy(), jobs(cohort.codes, SplitPlan(3, 1, seed=1))[:1]
    flipped = cohort.codes.copy()
    flipped[todo[0].test] = 1 - flipped[todo[0].test]
    (before,), (after,) = (
        fit(values, todo, more=more),
        fit(values, [todo[0]._replace(codes=flipped)], more=more),
    )
    assert before.choices == after.choices
    for key, probabilities in before.held_out.items():
        np.testing.assert_array_equal(after.held_out[key], probabilities, err_msg=str(key))


def test_noise_is_not_learnt_but_genes_chosen_on_all_samples_would_make_it_seem_so() -> None:
    values, codes = noise()
    todo = jobs(codes, SplitPlan(4, 4, seed=2))
    leaked = choose(values, codes, settings_of(*QUICK), fit_scaling(values)).best
    folds = fit(values, todo, leaked=leaked)
    for key in preference(CLASSIFIERS):
        assert 0.3 < accuracy(todo, [fold.held_out[key] for fold in folds]) < 0.7, key
    assert set(folds[0].leaked) == {key for key in folds[0].held_out if key[1] == "selected"}
    for key in folds[0].leaked:
        assert accuracy(todo, [fold.leaked[key] for fold in folds]) > 0.75, key
    assert accuracy(todo, [fold.leaked["logistic_l2", "selected"] for fold in folds]) > 0.85


@pytest.mark.parametrize("sizes", [(15, 12), (12, 9, 9)], ids=["two", "three"])
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_neither_processes_nor_threads_change_a_bit(backend: str, sizes: tuple[int, ...]) -> None:
    cohort = make_cohort(train=sizes)
    values, todo = cohort.expression.to_numpy(), jobs(cohort.codes, SplitPlan(3, 1, seed=1))
    alone = fit(values, todo, leaked=np.arange(10))
    with parallel_config(backend, n_jobs=2):
        shared = fit(values, todo, leaked=np.arange(10))
    for one, other in zip(alone, shared, strict=True):
        for kind in ("held_out", "training", "leaked", "histories"):
            ours, theirs = getattr(one, kind), getattr(other, kind)
            assert list(ours) == list(theirs)
            assert all(ours[key].tobytes() == theirs[key].tobytes() for key in ours)


def test_a_fold_does_not_depend_on_the_others() -> None:
    cohort = make_cohort()
    values, todo = cohort.expression.to_numpy(), jobs(cohort.codes, SplitPlan(3, 1, seed=1))
    together, alone = fit(values, todo)[1], fit(values, todo[1:2])[0]
    for key, probabilities in together.held_out.items():
        np.testing.assert_allclose(alone.held_out[key], probabilities, atol=1e-6, err_msg=str(key))


def test_every_model_predicts_every_class_of_several() -> None:
    cohort = make_cohort(train=(12, 9, 9), effect=3)
    folds = fit(cohort.expression.to_numpy(), jobs(cohort.codes, SplitPlan(3, 1, seed=1)))
    assert set(folds[0].held_out) == {key for c in CLASSIFIERS for key in c.keys} | set(NETWORK_KEYS)
    for part in folds[0].held_out.values():
        assert part.shape[1] == 3
        np.testing.assert_allclose(part.sum(axis=1), 1)


def test_models_are_kept_where_nothing_is_held_out_and_there_alone() -> None:
    cohort = make_cohort()
    values, codes = cohort.expression.to_numpy(), cohort.codes
    split, whole = jobs(codes, SplitPlan(3, 1, seed=1))[0], Job(np.arange(len(codes)), NOTHING, codes, 7)
    part, final = fit(values, [split, whole], leaked=np.arange(10))
    assert not part.models
    assert not final.leaked
    assert list(final.models) == list(final.training)
    again = final.models["logistic_l2", "all"].predict_proba(final.preparation.views(values)["all"])
    np.testing.assert_array_equal(again, final.training["logistic_l2", "all"])


def test_tuning_takes_what_does_best_inside_the_training_part() -> None:
    cohort = make_cohort(train=(20, 20), genes=60, informative=3, effect=1.5)
    values, todo = cohort.expression.to_numpy(), jobs(cohort.codes, SplitPlan(3, 1, seed=1))[:2]
    folds = fit(
        values, todo, more=("evaluation.effort=thorough", "evaluation.inner_folds=4", "selection.tuned=[3, 25]")
    )
    for fold in folds:
        assert {choice.genes for key, choice in fold.choices.items() if key[1] == "selected"} <= {3, 25}
        assert dict(fold.choices["logistic_l1", "all"].changes)["penalty_c"] in (0.1, 1.0, 10.0)
        assert dict(fold.choices["mlp_selected", "selected"].changes)["weight_decay"] in (0.0, 0.01)


def test_progress_is_told_from_nothing_to_all() -> None:
    cohort = make_cohort()
    told: list[tuple[int, int]] = []
    protocol = Protocol(settings_of(*QUICK))
    key = ("logistic_l2", "selected")
    todo = jobs(cohort.codes, SplitPlan(3, 1, seed=1))
    folds = run(cohort.expression.to_numpy(), todo, protocol, [key], tick=lambda *step: told.append(step))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert list(folds[0].held_out) == [key]


def test_a_model_of_ones_own_is_fitted_like_the_others() -> None:
    from sklearn.svm import LinearSVC

    cohort = make_cohort(effect=3)
    own = own_model("linear_svm", LinearSVC(), features=("selected",))
    protocol = Protocol(settings_of(*QUICK), (*CLASSIFIERS, own))
    todo = jobs(cohort.codes, SplitPlan(3, 1, seed=1))
    folds = run(cohort.expression.to_numpy(), todo, protocol, [("linear_svm", "selected")])
    assert accuracy(todo, [fold.held_out["linear_svm", "selected"] for fold in folds]) > 0.8
