"""The models of two runs: paired figures against their own computation, and what is not paired."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from statsmodels.stats.multitest import multipletests

from genereport.analyses.comparison.result import ModelChanges
from genereport.analyses.comparison.stage import compare
from genereport.analysis import Analysis
from genereport.settings import CompareSettings
from genereport.stats.intervals import Interval, difference_interval
from tests.unit.report import pairs, synthetic
from tests.unit.report.pairs import compared

TURNED = ("logistic_l2", "selected")


def models(name: str) -> ModelChanges:
    found = compared(name).models
    assert isinstance(found, ModelChanges)
    return found


def rows(name: str, which: str, metric: str) -> pd.DataFrame:
    """Figures of one set and metric by model and features."""
    table = models(name).figures
    return table[(table["set"] == which) & (table["metric"] == metric)].set_index(["model", "features"])


def predictions(run: Analysis, which: str, key: tuple[str, str] = TURNED) -> pd.DataFrame:
    table = run.models.predictions  # type: ignore[union-attr]
    return table[(table["model"] == key[0]) & (table["features"] == key[1]) & (table["set"] == which)]


def runs() -> tuple[Analysis, Analysis]:
    return synthetic.two_class(), pairs.other_models(synthetic.two_class())


def test_models_in_both_runs_are_compared_and_the_floor_is_not() -> None:
    found = models("other models")
    assert set(found.alone.itertuples(index=False, name=None)) == {
        ("svm_rbf", "selected", "earlier"),
        ("svm_rbf", "all", "earlier"),
    }
    assert not {"svm_rbf", "majority_class"} & set(found.figures["model"])
    assert found.compared == found.figures.groupby(["model", "features"]).ngroups
    assert (found.later_model, found.later_features, found.same) == ("random_forest", "all", False)


def test_mcnemar_counts_the_samples_that_one_run_alone_gets_right() -> None:
    right = [
        (part["truth"] == part["predicted"]).set_axis(part["sample"])
        for part in (predictions(run, "test") for run in runs())
    ]
    later = right[1].loc[right[0].index]
    only = int((right[0] & ~later).sum()), int((later & ~right[0]).sum())
    assert sum(only) > 5
    found = rows("other models", "test", "accuracy").loc[TURNED]
    assert (found["only_earlier"], found["only_later"]) == only
    assert found["p"] == pytest.approx(stats.binomtest(only[0], sum(only)).pvalue)
    assert (found["test"], found["interval"]) == ("McNemar", "paired bootstrap")


def test_areas_in_cross_validation_are_those_of_the_mean_probabilities() -> None:
    found = rows("other models", "cv", "pooled_auc").loc[TURNED]
    for run, name in zip(runs(), ("earlier", "later"), strict=True):
        part = predictions(run, "cv")
        means = part.groupby("sample")["p_AML"].mean()
        truth = part.drop_duplicates("sample").set_index("sample")["truth"].loc[means.index]
        assert found[name] == pytest.approx(roc_auc_score(truth == "AML", means))
    assert found["difference"] == found["later"] - found["earlier"]
    assert found["ci_low"] <= found["difference"] <= found["ci_high"]


def test_intervals_are_centred_on_the_difference_that_is_reported() -> None:
    found = rows("other models", "cv", "balanced_accuracy").loc[TURNED]
    pooled = []
    for run in runs():
        part = predictions(run, "cv")
        each = [balanced_accuracy_score(one["truth"], one["predicted"]) for _, one in part.groupby("repeat")]
        pooled.append(np.mean(each))
    metrics = [run.models.metrics.set_index(["model", "features", "set", "metric"]) for run in runs()]  # type: ignore[union-attr]
    reported = [table.loc[(*TURNED, "cv", "balanced_accuracy"), "estimate"] for table in metrics]
    assert found["difference"] == reported[1] - reported[0]
    middle = (found["ci_low"] + found["ci_high"]) / 2
    width = found["ci_high"] - found["ci_low"]
    assert middle == pytest.approx(found["difference"], abs=0.1 * width)
    assert abs(pooled[1] - pooled[0] - found["difference"]) > 0.1 * width  # else this would show nothing


def test_holm_counts_every_model_of_a_set_and_metric() -> None:
    table = models("other models").figures
    for _, part in table[table["test"] != ""].groupby(["set", "metric"]):
        expected = multipletests(part["p"].fillna(1), method="holm")[1]
        np.testing.assert_allclose(part["P.Holm.models"].fillna(1), np.where(part["p"].isna(), 1, expected), rtol=1e-12)
    clear = int((table["P.Holm.models"] < 0.05).sum())
    assert models("other models").clear == clear > 0
    assert models("other models").tests == table["p"].notna().sum()
    assert compared("other models").verdict.checks.loc["tests", "outcome"] == "material"


def test_other_samples_are_not_paired() -> None:
    found = models("fewer samples")
    assert list(found.pairing["paired"]) == ["no", "yes"]
    assert list(found.pairing["shared"]) == [36, 34]
    table = rows("fewer samples", "cv", "balanced_accuracy")
    assert set(table["interval"]) == {"unpaired"}
    assert table["p"].isna().all()
    row = table.loc[TURNED]
    sides = [(row[name], Interval(row[f"{name}_low"], row[f"{name}_high"])) for name in ("earlier", "later")]
    assert (row["ci_low"], row["ci_high"]) == difference_interval(*sides[0], *sides[1])
    assert set(rows("fewer samples", "test", "accuracy")["test"]) == {"McNemar"}


def test_other_classes_of_the_same_samples_are_not_paired() -> None:
    run = synthetic.two_class()
    table = run.models.predictions.copy()  # type: ignore[union-attr]
    sample = table.loc[table["set"] == "test", "sample"].iloc[0]
    chosen = table["sample"] == sample
    table.loc[chosen, "truth"] = "AML" if table.loc[chosen, "truth"].iloc[0] == "ALL" else "ALL"
    found = compare(run, pairs.with_models(run, predictions=table), CompareSettings()).models
    assert isinstance(found, ModelChanges)
    assert found.pairing.loc["test"].to_dict() == {"earlier": 34, "later": 34, "shared": 33, "paired": "no"}


def test_several_classes_have_areas_by_the_bootstrap_and_no_test_of_them() -> None:
    found = rows("four classes, everything", "test", "roc_auc")
    assert set(found["interval"]) == {"paired bootstrap"}
    assert set(found["test"]) == {""}
    assert found["p"].isna().all()


def test_a_missing_independent_set_leaves_its_figures_out() -> None:
    found = models("no independent set any more")
    assert set(found.figures["set"]) == {"cv"}
    assert list(found.named["set"]) == ["cv"]
    assert found.pairing.loc["test", "later"] == 0
