"""The comparison as a stage: shapes, the rule, the tables, and silence where nothing can be claimed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from genereport.learn.metrics import METRICS
from genereport.learn.models import PREFERENCE
from genereport.learn.resampling import SplitPlan
from genereport.learn.summary import PER_FOLD
from genereport.results import Models, Selection
from genereport.settings import ModelSettings
from genereport.stages.base import Upstream, stage_rng
from genereport.stages.models import ModelsStage
from genereport.stages.selection import SelectionStage
from tests.factory import make_cohort

PLAN = SplitPlan(3, 2, seed=5)
QUICK = ModelSettings(trees=20, epochs=15)


@cache
def run(train: tuple[int, ...], test: tuple[int, ...] = (), effect: float = 2.0) -> tuple[Selection, Models]:
    cohort = make_cohort(train=train, test=test, effect=effect)
    selection = SelectionStage(PLAN, 0.2, 30, 10).run(cohort, Upstream(), stage_rng(1, "selection"))
    stage = ModelsStage(PLAN, QUICK, 0.95, "standard", 0.95, 0.05, 200)
    return selection, stage.run(cohort, Upstream((selection,)), stage_rng(1, "models"))


def test_every_model_is_judged_by_every_metric_on_every_set() -> None:
    _, models = run((14, 10), (6, 5))
    table = models.metrics
    keys = table.groupby(["model", "features", "set"]).size()
    assert len(keys) == 2 * 11
    assert (keys == len(METRICS)).all()
    assert (table.loc[table["set"] == "cv", "n"] == 24).all()
    assert (table.loc[table["set"] == "test", "n"] == 11).all()
    assert len(models.by_fold) == 11 * 6 * len(PER_FOLD)


def test_predictions_hold_each_sample_once_a_repeat() -> None:
    _, models = run((14, 10), (6, 5))
    sizes = models.predictions.groupby(["set", "model", "features", "repeat"])["sample"].agg(["size", "nunique"])
    assert (sizes.loc["cv"] == 24).all(axis=None)
    assert (sizes.loc["test"] == 11).all(axis=None)
    np.testing.assert_allclose(models.predictions[["p_A", "p_B"]].sum(axis=1), 1)
    assert set(models.predictions.loc[models.predictions["set"] == "test", "repeat"]) == {0}


def test_the_tables_tell_one_story() -> None:
    _, models = run((14, 10), (6, 5))
    wrong = models.predictions.query("set == 'test' and truth != predicted").groupby(["model", "features"]).size()
    cells = models.confusion.query("set == 'test' and truth != predicted").groupby(["model", "features"])["n"].sum()
    pd.testing.assert_series_equal(wrong.reindex(cells.index, fill_value=0), cells, check_names=False)
    accuracy = models.metrics.query("set == 'test' and metric == 'accuracy'").set_index(["model", "features"])
    np.testing.assert_allclose(accuracy["estimate"].loc[cells.index], 1 - cells / 11)
    means = models.by_fold.query("metric == 'balanced_accuracy'").groupby(["model", "features"])["value"].mean()
    listed = models.metrics.query("set == 'cv' and metric == 'balanced_accuracy'").set_index(["model", "features"])
    np.testing.assert_allclose(listed["estimate"].loc[means.index], means)


def test_the_named_model_is_the_first_within_one_corrected_standard_error_of_the_best() -> None:
    _, models = run((14, 10), (6, 5))
    values = {
        key: part["value"].to_numpy()
        for key, part in models.by_fold.query("metric == 'balanced_accuracy'").groupby(["model", "features"])
    }
    means = {key: values[key].mean() for key in PREFERENCE}
    best = max(PREFERENCE, key=means.__getitem__)
    error = np.sqrt(values[best].var(ddof=1) * (1 / 6 + 1 / 2))
    expected = next(key for key in PREFERENCE if means[key] >= means[best] - error)
    assert (models.named.model, models.named.features) == expected
    assert models.named.standard_error == pytest.approx(error)


def test_roc_curves_rise_from_corner_to_corner() -> None:
    _, models = run((14, 10), (6, 5))
    for _, curve in models.roc.groupby(["model", "features", "set", "class"]):
        assert (curve["fpr"].iloc[0], curve["tpr"].iloc[0]) == (0, 0)
        assert (curve["fpr"].iloc[-1], curve["tpr"].iloc[-1]) == (1, 1)
        assert curve["fpr"].is_monotonic_increasing
        assert curve["tpr"].is_monotonic_increasing


def test_without_an_independent_set_none_is_claimed() -> None:
    _, models = run((14, 10))
    assert models.test == 0
    for table in (models.metrics, models.predictions, models.confusion, models.roc):
        assert set(table["set"]) == {"cv"}


def test_noise_is_said_to_be_noise() -> None:
    _, models = run((14, 10), effect=0.0)
    assert not models.named.beats_floor


def test_four_classes_get_every_table() -> None:
    _, models = run((9, 8, 7, 6), (3, 3, 3, 3))
    assert len(models.confusion) == 11 * 2 * 16
    assert set(models.roc["class"]) == set("ABCD")
    assert (
        models.metrics.query("metric == 'roc_auc' and set == 'test'")["interval"]
        .isin(["bootstrap", "not estimable"])
        .all()
    )


def test_selection_is_recorded_fold_by_fold() -> None:
    selection, _ = run((14, 10), (6, 5))
    lists = [list(genes) for _, genes in selection.by_fold.groupby(level="split")["gene"]]
    assert len(lists) == selection.folds == 6
    assert all(len(set(genes)) == 10 for genes in lists)
    times = pd.Series([gene for genes in lists for gene in genes]).value_counts()
    pd.testing.assert_series_equal(selection.stability["times"].sort_index(), times.sort_index(), check_names=False)
    assert selection.always == (times == 6).sum()
    assert selection.ranking.loc[list(selection.chosen), "rfe"].tolist() == list(range(1, 11))
