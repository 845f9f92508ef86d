"""The comparison as a stage: shapes, the rule, the tables, and silence where nothing can be claimed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.models.result import Models
from genereport.analyses.models.stage import ModelsStage
from genereport.analyses.preprocessing.stage import PreprocessingStage, measured, unscaled
from genereport.analyses.resampling.stage import ResamplingStage
from genereport.analyses.selection.result import Selection
from genereport.analyses.selection.stage import SelectionStage
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.model import Cohort
from genereport.learn.frozen import load_models
from genereport.learn.metrics import METRICS
from genereport.learn.models import CLASSIFIERS, preference
from genereport.learn.summary import PER_FOLD
from genereport.settings import PreprocessSettings
from tests.factory import make_cohort, settings_of

QUICK = (
    "evaluation.repeats=2", "evaluation.bootstrap=200", "tests.permutations=0", "models.trees=20", "models.epochs=15",
    "evaluation.folds=3", "preprocess.variance_quantile=0.2", "selection.candidates=30", "selection.genes=10",
)  # fmt: skip
TUNED = (*QUICK, "evaluation.effort=thorough", "evaluation.inner_folds=3", "selection.tuned=[3, 10]")
PREFERENCE = preference(CLASSIFIERS)


def upstream(cohort: Cohort, stage: ResamplingStage) -> Upstream:
    """What runs before the models, for a cohort that needs no preprocessing."""
    prepared, preprocessing = PreprocessingStage(PreprocessSettings(scale="log2")).run(cohort)
    differential = DifferentialStage(settings_of("tests.permutations=0")).run(
        prepared, Upstream(), stage_rng(1, "differential")
    )
    before = Upstream((preprocessing, measured(cohort, preprocessing), unscaled(cohort, preprocessing), differential))
    return before.joined(stage.run(cohort, before, stage_rng(1, "resampling")))


@cache
def run(
    train: tuple[int, ...], test: tuple[int, ...] = (), effect: float = 2.0, assignments: tuple[str, ...] = QUICK
) -> tuple[Selection, Models]:
    cohort = make_cohort(train=train, test=test, effect=effect)
    before = upstream(cohort, ResamplingStage(settings_of(*assignments)))
    selection = SelectionStage().run(cohort, before, stage_rng(1, "selection"))
    return selection, ModelsStage(settings_of(*assignments)).run(cohort, before, stage_rng(1, "models"))


def test_every_model_is_judged_by_every_metric_on_every_set() -> None:
    _, models = run((14, 10), (6, 5))
    table = models.metrics
    keys = table.groupby(["model", "features", "set"]).size()
    assert len(keys) == 2 * 13
    assert (keys == len(METRICS)).all()
    assert (table.loc[table["set"] == "cv", "n"] == 24).all()
    assert (table.loc[table["set"] == "test", "n"] == 11).all()
    assert len(models.by_fold) == 13 * 6 * len(PER_FOLD)


def test_predictions_hold_each_sample_once_a_repeat() -> None:
    _, models = run((14, 10), (6, 5))
    sizes = models.predictions.groupby(["set", "model", "features", "repeat"])["sample"].agg(["size", "nunique"])
    assert (sizes.loc["cv"] == 24).all(axis=None)
    assert (sizes.loc["test"] == 11).all(axis=None)
    np.testing.assert_allclose(models.predictions[["p_A", "p_B"]].sum(axis=1), 1)
    assert set(models.predictions.loc[models.predictions["set"] == "test", "repeat"]) == {0}


def test_predictions_tell_the_fold_so_that_anyone_can_rerun_it() -> None:
    _, models = run((14, 10), (6, 5))
    table = models.predictions
    assert set(table.loc[table["set"] == "test", "fold"]) == {0}
    held = table[table["set"] == "cv"].groupby(["sample", "repeat"])["fold"].nunique()
    assert (held == 1).all()  # every model was given the same splits
    own = table.query("set == 'cv' and model == 'svm_rbf' and features == 'all'")
    right = (own["truth"] == own["predicted"]).groupby([own["repeat"], own["fold"]]).mean()
    told = models.by_fold.query("model == 'svm_rbf' and features == 'all' and metric == 'accuracy'")
    np.testing.assert_allclose(told.set_index(["repeat", "fold"])["value"].loc[right.index], right)


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


def test_what_the_tables_add_up_to_is_counted() -> None:
    _, models = run((14, 10), (6, 5))
    own = models.predictions.query("set == 'test' and model == @models.named.model")
    own = own[own["features"] == models.named.features]
    assert models.named_errors == (own["truth"] != own["predicted"]).sum()
    assert models.missed == (models.errors["set"] == "test").sum()
    assert (models.compared, models.test_step) == (12, 1 / 11)
    row = models.metrics.query("set == 'cv' and metric == 'balanced_accuracy' and model == @models.named.model")
    row = row[row["features"] == models.named.features].iloc[0]
    assert models.named.width == row["ci_high"] - row["ci_low"]
    found = models.differences
    assert (found.pairs, found.effects) == (len(models.pairs), len(models.selection_effect))
    for number, p in ((found.folds, "P.Holm.models"), (found.labels, "P.McNemar.Holm"), (found.areas, "P.DeLong.Holm")):
        assert number == (models.pairs[p] < found.alpha).sum()
    assert found.clear_effects == (models.selection_effect["p"] < found.alpha).sum()


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
    assert len(models.confusion) == 13 * 2 * 16
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


def test_every_pair_of_eligible_models_is_compared_on_both_sets() -> None:
    _, models = run((14, 10), (6, 5))
    pairs = models.pairs
    assert len(pairs) == len(PREFERENCE) * (len(PREFERENCE) - 1) // 2
    means = models.metrics.query("set == 'cv' and metric == 'balanced_accuracy'").set_index(["model", "features"])
    right = models.predictions.query("set == 'test'").assign(right=lambda t: t["truth"] == t["predicted"])
    right = right.pivot_table(index="sample", columns=["model", "features"], values="right", aggfunc="first")
    for pair in pairs.to_dict("records"):
        first, second = ((pair[f"model_{n}"], pair[f"features_{n}"]) for n in (1, 2))
        assert pair["difference"] == pytest.approx(means["estimate"][first] - means["estimate"][second])
        one, other = right[first].astype(bool), right[second].astype(bool)
        assert (pair["only_1"], pair["only_2"]) == ((one & ~other).sum(), (other & ~one).sum())
    for p, adjusted in (("p", "P.Holm.models"), ("P.McNemar", "P.McNemar.Holm"), ("P.DeLong", "P.DeLong.Holm")):
        known = pairs[p].notna()
        assert (pairs.loc[known, adjusted] >= pairs.loc[known, p]).all()
        assert pairs.loc[~known, adjusted].isna().all()


def test_precision_recall_averages_to_the_average_precision() -> None:
    _, models = run((14, 10), (6, 5))
    listed = models.metrics.query("set == 'test' and metric == 'average_precision'").set_index(["model", "features"])
    for key, curve in models.precision_recall.query("set == 'test'").groupby(["model", "features"]):
        assert curve["precision"].mean() == pytest.approx(listed["estimate"][key])


def test_the_independent_figures_are_those_of_the_bundle_as_it_reads_back() -> None:
    cohort = make_cohort(train=(14, 10), test=(6, 5), effect=2.0)
    _, models = run((14, 10), (6, 5))
    bundle = models.bundle
    assert (bundle.models["file"] != "").all()
    loaded = load_models(bundle.contents)
    assert set(loaded.models) == set(preference(CLASSIFIERS))
    assert (bundle.dropped, len(loaded.left_out)) == (6, 6)  # all-genes twins and the floor: judged, but not stored
    assert {left.reason for left in loaded.left_out.values()} == {"It was not kept, because models.keep is eligible."}
    values = cohort.subset("test").expression.to_numpy()
    for key, probabilities in loaded.predict(values).items():
        rows = models.predictions.query("set == 'test'").set_index(["model", "features"]).loc[key]
        np.testing.assert_array_equal(rows[["p_A", "p_B"]], probabilities)


def test_tuning_is_told_choice_by_choice_and_reaches_the_bundle() -> None:
    _, untuned = run((14, 10))
    assert untuned.tuning.empty
    _, models = run((14, 10), assignments=TUNED)
    table = models.tuning
    assert (table.groupby(["model", "features"])["times"].sum() == 6).all()
    assert (table.groupby(["model", "features"])["final"].sum() == 1).all()
    assert table.loc[table["features"] == "selected", "genes"].isin([3, 10]).all()
    assert table.loc[table["features"] == "all", "genes"].isna().all()
    loaded = load_models(models.bundle.contents)
    for model, features, genes in table[table["final"]][["model", "features", "genes"]].itertuples(index=False):
        if features == "selected":
            assert loaded.choices[model, features]["genes"] == genes
            preparation = loaded.preparations[loaded.preparation((model, features))]
            assert len(preparation.selected) == genes
