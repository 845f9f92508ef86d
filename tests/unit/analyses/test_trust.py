"""What is held against the comparison is what the splits say, and leaks show where there are some."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.models.result import Models
from genereport.analyses.models.stage import ModelsStage
from genereport.analyses.preprocessing.stage import PreprocessingStage, measured, unscaled
from genereport.analyses.resampling.stage import Resampled, ResamplingStage
from genereport.analyses.result import Skipped
from genereport.analyses.stage import Upstream, stage_rng
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.analyses.trust.stage import TrustStage
from genereport.learn.models import CLASSIFIERS, NETWORK_KEYS, preference
from genereport.learn.naming import name_by_rule
from genereport.settings import PreprocessSettings
from genereport.stats.stability import stability
from genereport.types import FLOOR
from tests.factory import make_cohort, settings_of

QUICK = (
    "evaluation.folds=3", "evaluation.repeats=2", "evaluation.bootstrap=100", "tests.permutations=0", "models.trees=20",
    "models.epochs=15", "preprocess.variance_quantile=0.2", "selection.genes=10",
)  # fmt: skip


@cache
def run(
    effect: float, genes: int = 60, test: tuple[int, ...] = (6, 5), permutations: int = 0
) -> tuple[Resampled, Models, Trust]:
    cohort = make_cohort(train=(14, 12), test=test, genes=genes, effect=effect)
    cohort, preprocessing = PreprocessingStage(PreprocessSettings(scale="log2")).run(cohort)
    found = Upstream((preprocessing, measured(cohort, preprocessing), unscaled(cohort, preprocessing)))
    asked = (f"selection.candidates={min(genes // 2, 100)}", f"evaluation.label_permutations={permutations}")
    settings = settings_of(*QUICK, *asked)
    for stage in (
        DifferentialStage(settings),
        ResamplingStage(settings),
        ModelsStage(settings),
        TrustStage(settings),
    ):
        found = found.joined(stage.run(cohort, found, stage_rng(1, stage.name)))
    return found.need(Resampled), found.need(Models), found.need(Trust)


def cross_validated(models: Models) -> pd.Series:
    """Balanced accuracy by model and features."""
    part = models.metrics.query("set == 'cv' and metric == 'balanced_accuracy'")
    return part.set_index(["model", "features"])["estimate"]


def test_gaps_are_training_minus_held_out_for_every_model_but_the_floor() -> None:
    resampled, models, trust = run(1.0)
    gaps = trust.gaps.set_index(["model", "features"])
    assert set(gaps.index) == set(resampled.protocol.keys) - {FLOOR}
    np.testing.assert_allclose(gaps["held_out"], cross_validated(models)[gaps.index])
    np.testing.assert_allclose(gaps["gap"], gaps["training"] - gaps["held_out"])
    known = gaps["ci_low"].notna()
    assert ((gaps["ci_low"] <= gaps["gap"]) & (gaps["gap"] <= gaps["ci_high"]))[known].all()
    assert gaps["gap"].max() > 0.05


def test_choosing_on_all_samples_pays_on_noise_and_the_honest_figure_does_not_know_it() -> None:
    _, models, trust = run(0.0, genes=1500)
    bias = trust.bias.set_index(["model", "features"])
    assert {features for _, features in bias.index} == {"selected"}
    np.testing.assert_allclose(bias["honest"], cross_validated(models)[bias.index])
    np.testing.assert_allclose(bias["difference"], bias["leaked"] - bias["honest"])
    assert (bias["honest"] < 0.75).all()
    assert (bias["leaked"].drop(("mlp_selected", "selected")) > 0.8).all()  # the network learns for 15 epochs only
    assert (bias["ci_low"] > 0).any()


def test_networks_are_read_off_their_curves() -> None:
    _, models, trust = run(1.0)
    assert list(trust.networks.index) == [features for _, features in NETWORK_KEYS]
    for features, row in trust.networks.iterrows():
        part = models.curves.loc[[features]]
        losses = part[part["quantity"] == "val_loss"].set_index("epoch")["mean"]
        assert row["best_loss"] == losses.min() == losses[row["best_epoch"]]
        assert row["last_loss"] == losses.iloc[-1]
        assert row["rise"] == pytest.approx(losses.iloc[-1] / losses.min() - 1)
        assert row["epochs"] == 15


def test_the_learning_curve_grows_and_ends_in_the_comparison_itself() -> None:
    _, models, trust = run(2.0)
    curve = trust.learning
    assert list(curve.index) == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert curve["samples"].is_monotonic_increasing
    assert curve["estimate"].iloc[-1] == pytest.approx(models.named.estimate)
    assert curve["estimate"].iloc[0] < curve["estimate"].iloc[-1]


def test_stability_is_that_of_the_chosen_sets() -> None:
    resampled, _, trust = run(1.0)
    chosen = np.zeros((len(resampled.folds), 60), dtype=bool)
    for row, fold in zip(chosen, resampled.folds, strict=True):
        row[fold.chosen.best] = True
    assert (trust.stability, trust.stability_low, trust.stability_high) == stability(chosen)
    assert trust.sets == 6


def test_granularity_and_missed_samples_are_counted() -> None:
    _, models, trust = run(1.0)
    assert (trust.smallest, trust.smallest_size) == ("B", 12)
    assert trust.fold_step == pytest.approx(3 / 12)
    assert models.test_step == pytest.approx(1 / 11)
    assert (trust.models, models.compared) == (12, 12)
    missed = models.errors["missed"]
    assert set(trust.hard.index) == set(missed.index[missed > 6])
    assert trust.missed == len(trust.hard)


def test_without_an_independent_set_there_is_no_step_in_it() -> None:
    models = run(1.0, test=())[1]
    assert np.isnan(models.test_step)
    assert (models.named_errors, models.missed) == (0, 0)


def test_labels_are_permuted_only_when_asked_and_then_the_whole_path_is_refitted() -> None:
    assert isinstance(run(1.0)[2].permutation, Skipped)
    _, models, trust = run(2.0, permutations=19)
    found = trust.permutation
    assert isinstance(found, LabelPermutation)
    assert found.count == len(found.values) == 19
    figures = found.values["balanced_accuracy"]
    assert found.mean == pytest.approx(figures.mean())
    # the best of seven is named anew under each relabelling, so that the mean lies above one half
    assert 0.45 < found.mean < 0.68
    assert found.at_least == (figures >= found.observed - 1e-12).sum()
    assert found.p == (found.at_least + 1) / 20
    assert found.p == 0.05
    first = models.by_fold.query("metric == 'balanced_accuracy' and repeat == repeat.min()")
    keys = preference(CLASSIFIERS)
    parts = {key: first[(first["model"] == key[0]) & (first["features"] == key[1])] for key in keys}
    values = {key: part["value"].to_numpy() for key, part in parts.items()}
    named = name_by_rule(values, 1 / 2).named
    assert (found.model, found.features) == named
    assert found.observed == pytest.approx(values[named].mean())
    assert found.eligible == len(keys)
    assert set(found.values[["model", "features"]].itertuples(index=False, name=None)) <= set(keys)


def test_permuted_labels_do_as_well_as_the_true_ones_on_noise() -> None:
    found = run(0.0, permutations=19)[2].permutation
    assert isinstance(found, LabelPermutation)
    assert found.p > 0.05
    assert len(set(found.values["model"])) > 1  # the naming is repeated, too
