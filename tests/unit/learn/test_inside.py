"""What is chosen inside a training part is chosen with everything repeated there, and sees no held-out sample."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import check_estimator

from genereport.learn.calibration import Calibrated
from genereport.learn.centroids import ShrunkenCentroids
from genereport.learn.engine import Job, run
from genereport.learn.inside import TrainingData, inner_rows, make_training_data
from genereport.learn.metrics import squared_errors
from genereport.learn.resampling import SplitPlan, stratified_holdout, subsample
from genereport.learn.training import Part, Protocol, inner_splits
from tests.factory import settings_of

PROTOCOL = Protocol(
    settings_of(
        "models.trees=10", "models.epochs=2", "preprocess.variance_quantile=0.2", "selection.candidates=40",
        "selection.genes=10",
    )
)  # fmt: skip
SVM, PAM = ("svm_rbf", "selected"), ("shrunken_centroids", "selected")


def draw(seed: int, sizes: tuple[int, ...], genes: int = 300, effect: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(sizes)), sizes)
    values = rng.normal(size=(len(codes), genes))
    values[:, : len(sizes)] += effect * np.eye(len(sizes))[codes]
    return values, codes


def test_folds_come_down_to_the_smallest_class_and_end_where_nothing_can_be_fitted() -> None:
    _, codes = draw(0, (9, 4))
    assert len(inner_rows(codes, 5, 1)) == 4
    assert all(np.bincount(codes[train]).min() >= 2 for train, _ in inner_rows(codes, 5, 1))
    assert sorted(np.concatenate([held for _, held in inner_rows(codes, 5, 1)])) == list(range(13))
    assert inner_rows(np.repeat([0, 1], [9, 2]), 5, 1) == []


def test_groups_are_never_torn_apart_inside_a_training_part() -> None:
    _, codes = draw(0, (12, 12))
    groups = np.r_[np.arange(12) // 2, 6 + np.arange(12) // 2]
    splits = inner_rows(codes, 5, 3, groups)
    assert splits
    for train, held in splits:
        assert not set(groups[train]) & set(groups[held])
    stop = stratified_holdout(codes, 0.2, 3, groups)
    assert not set(groups[stop]) & set(np.delete(groups, stop))
    rows = np.arange(24)
    part = subsample(rows, codes, 0.4, np.random.default_rng(1), groups)
    assert not set(groups[part]) & set(np.delete(groups, part))
    assert 4 <= np.bincount(codes[part]).min() <= np.bincount(codes[part]).max() <= 6


def test_a_held_out_sample_has_no_part_in_the_choice_of_the_genes_it_is_judged_by() -> None:
    values, codes = draw(1, (12, 12))
    wild = values.copy()
    before = inner_splits(values, codes, PROTOCOL, 7)
    wild[before[2].rows] = 1e6
    after = inner_splits(wild, codes, PROTOCOL, 7)
    np.testing.assert_array_equal(before[2].part.chosen.path, after[2].part.chosen.path)
    np.testing.assert_array_equal(before[2].part.views["selected"], after[2].part.views["selected"])
    everyone = Part.of(values, codes, PROTOCOL).chosen.best
    assert any(set(split.part.chosen.best) != set(everyone) for split in before)


def test_on_noise_calibrated_probabilities_stay_near_the_shares_of_the_classes() -> None:
    values, codes = draw(2, (30, 30), genes=1500)
    plan = SplitPlan(3, 2, seed=1)
    jobs = [Job(split.train, split.test, codes, seed) for seed, split in enumerate(plan.splits(codes))]
    folds = run(values, jobs, PROTOCOL, [SVM])
    honest = [squared_errors(codes[j.test], f.held_out[SVM]).mean() for j, f in zip(jobs, folds, strict=True)]
    leaky = []
    for job in jobs:
        part = Part.of(values[job.train], codes[job.train], PROTOCOL)
        model = Calibrated(SVC(), job.seed).fit(part.views["selected"], part.codes)
        held = part.preparation.views(values[job.test])["selected"]
        leaky.append(squared_errors(codes[job.test], model.predict_proba(held)).mean())
    assert np.mean(honest) < 0.29 < 0.33 < np.mean(leaky)


@pytest.mark.parametrize("sizes", [(14, 10), (9, 8, 7)], ids=["two", "three"])
def test_on_equal_folds_calibration_is_that_of_scikit_learn(sizes: tuple[int, ...]) -> None:
    x, codes = draw(3, sizes, genes=8, effect=1.5)
    folds = StratifiedKFold(5, shuffle=True, random_state=4)
    theirs = CalibratedClassifierCV(SVC(), cv=folds, ensemble=False).fit(x, codes)
    inner_data = list(make_training_data(x, codes, list(folds.split(x, codes))))
    for ours in (Calibrated(SVC(), 4).fit(x, codes), Calibrated(SVC()).fit(x, codes, inner_data)):
        np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x), rtol=1e-9)
    held = Calibrated(SVC()).held_out(x, codes, inner_data)
    assert held.shape == (len(codes), len(sizes))
    np.testing.assert_allclose(held.sum(axis=1), 1)


def test_too_few_samples_leave_the_sign_of_the_score_and_all_genes() -> None:
    x, codes = draw(4, (9, 2), genes=8, effect=1)
    model = Calibrated(SVC()).fit(x, codes, [])
    np.testing.assert_array_equal(model.predict(x), SVC().fit(x, codes).predict(x))
    assert ShrunkenCentroids().fit(x, codes, []).threshold_ == 0


def test_the_threshold_is_chosen_by_the_lessons_that_are_given() -> None:
    values, codes = draw(5, (14, 12), effect=2.0)
    part, inner = Part.of(values, codes, PROTOCOL), inner_splits(values, codes, PROTOCOL, 1)
    inner_data = [split.training_data(PAM, PROTOCOL.default) for split in inner]
    model = ShrunkenCentroids().fit(part.views["selected"], codes, inner_data)
    thresholds = np.linspace(0, np.abs(_distances(part.views["selected"], codes)).max(), 30)
    errors = [sum(_errors(data, codes, threshold) for data in inner_data) for threshold in thresholds]
    assert model.threshold_ == pytest.approx(thresholds[np.flatnonzero(np.array(errors) == min(errors))[-1]])
    held = model.held_out(part.views["selected"], codes, inner_data)
    assert np.count_nonzero(held.argmax(axis=1) != codes) == min(errors)


def _errors(data: TrainingData, codes: np.ndarray, threshold: float) -> int:
    fitted = ShrunkenCentroids(threshold).fit(data.x, data.codes)
    return int(np.count_nonzero(fitted.predict(data.held) != codes[data.rows]))


def _distances(x: np.ndarray, codes: np.ndarray) -> np.ndarray:
    free = ShrunkenCentroids(0.0).fit(x, codes)
    margins = np.sqrt(1 / np.bincount(codes) - 1 / len(codes))
    return (free.centroids_ - free.overall_) / (margins[:, None] * free.spread_)


def test_calibrated_is_an_estimator_of_scikit_learn() -> None:
    check_estimator(Calibrated(SVC()))
