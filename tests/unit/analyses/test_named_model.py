"""The named model as it is printed predicts what the frozen one predicts, and says what it cannot tell."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, softmax

from genereport.analyses.models.result import Models
from genereport.analyses.models.stage import ModelsStage
from genereport.analyses.named_model import SPEC
from genereport.analyses.named_model.result import NamedWeights
from genereport.analyses.named_model.stage import NamedModelStage
from genereport.analyses.resampling.stage import Resampled, ResamplingStage
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.model import Cohort
from genereport.learn.frozen import load_models
from genereport.runs.tables import write_table
from genereport.types import Array, Key
from tests.factory import make_cohort, settings_of
from tests.unit.analyses.test_models import QUICK, upstream

Run = tuple[Cohort, Upstream, Models]
SIZES = ((14, 10), (9, 8, 7))
LOGISTIC = ("logistic_l1", "logistic_l2")


@cache
def run(train: tuple[int, ...]) -> Run:
    """A cohort with missing values, and what runs before the named model is read."""
    cohort = make_cohort(train=train, test=(5,) * len(train), effect=1.0)
    cohort.expression.iloc[[1, -1], [0, 3]] = np.nan
    before = upstream(cohort, ResamplingStage(settings_of(*QUICK)))
    models = ModelsStage(settings_of(*QUICK, "models.keep=all")).run(cohort, before, stage_rng(1, "models"))
    return cohort, before, models


def read(train: tuple[int, ...], key: Key) -> NamedWeights:
    """What is read of a model, as if the rule had named it."""
    cohort, before, models = run(train)
    named = replace(models, named=replace(models.named, model=key[0], features=key[1]))
    return NamedModelStage().run(cohort, before.joined(named), stage_rng(1, "named_model"))


def written(result: NamedWeights, name: str, folder: Path) -> pd.DataFrame:
    """A table of the data folder as others read it."""
    frame = SPEC.file_of(result, name)
    assert frame is not None
    write_table(frame, folder / f"{name}.tsv")
    return pd.read_csv(folder / f"{name}.tsv", sep="\t", keep_default_na=False, na_values="NA")


def by_hand(genes: pd.DataFrame, terms: pd.DataFrame, values: pd.DataFrame) -> Array:
    """The probabilities of each class from the two tables and the prepared values of the samples alone."""
    x = values[genes["gene"]].to_numpy()
    x = np.where(np.isnan(x), genes["median"].to_numpy(), x)
    z = (x - genes["mean"].to_numpy()) / genes["sd"].to_numpy()
    if "within" in genes:
        gaps = [(z - genes[f"centroid_{name}"].to_numpy()) / genes["within"].to_numpy() for name in terms["class"]]
        scores = np.log(terms["prior"].to_numpy()) - np.stack([(gap**2).sum(axis=1) / 2 for gap in gaps], axis=1)
        return np.asarray(softmax(scores, axis=1))
    if "coefficient" in genes:
        target = expit(terms["intercept"][0] + z @ genes["coefficient"].to_numpy())
        return np.column_stack([1 - target, target])
    columns = [f"coefficient_{name}" for name in terms["class"]]
    return np.asarray(softmax(terms["intercept"].to_numpy() + z @ genes[columns].to_numpy(), axis=1))


@pytest.mark.parametrize("train", SIZES)
@pytest.mark.parametrize("model", ["shrunken_centroids", *LOGISTIC])
@pytest.mark.parametrize("features", ["selected", "all"])
def test_every_prediction_can_be_computed_by_hand_from_the_tables(
    train: tuple[int, ...], model: str, features: str, tmp_path: Path
) -> None:
    cohort, _, models = run(train)
    result = read(train, (model, features))
    genes, terms = (written(result, name, tmp_path) for name in ("named_model", "named_model_terms"))
    found = by_hand(genes, terms, cohort.expression)
    expected = load_models(models.bundle.contents).predict(cohort.expression.to_numpy())[model, features]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    independent = models.predictions.query("set == 'test' and model == @model and features == @features")
    printed = independent[[f"p_{name}" for name in cohort.classes]].to_numpy()
    np.testing.assert_allclose(found[-len(printed) :], printed, rtol=0, atol=1e-9)


def test_genes_without_a_weight_do_not_count_as_used() -> None:
    result = read(SIZES[0], ("logistic_l1", "all"))
    weights = result.genes["coefficient"].abs()
    assert weights.is_monotonic_decreasing
    assert result.used == (weights > 0).sum() < result.given == 60
    centroids = read(SIZES[1], ("shrunken_centroids", "selected"))
    moved = centroids.genes[[f"centroid_{name}" for name in "ABC"]]
    assert centroids.used == (np.ptp(moved.to_numpy(), axis=1) > 0).sum()


def test_the_choices_in_the_training_parts_are_counted() -> None:
    _, before, _ = run(SIZES[0])
    result = read(SIZES[0], ("random_forest", "selected"))
    resampled = before.need(Resampled)
    lists = [set(resampled.genes.index[fold.chosen.best]) for fold in resampled.folds]
    for gene, times in result.genes["times"].items():
        assert times == sum(gene in each for each in lists)
    assert result.parts == len(lists) == 6
    assert result.steady == (result.genes["times"] == 6).sum()
    np.testing.assert_allclose(result.genes["importance"].sum(), 1)


def test_models_without_weights_say_so() -> None:
    machine = read(SIZES[0], ("svm_rbf", "selected"))
    assert (machine.kind, machine.weighted, machine.used) == ("svm", False, machine.given)
    assert machine.vectors > 0 < machine.gamma
    assert machine.terms[["slope", "offset"]].notna().all(axis=None)
    network = read(SIZES[1], ("mlp_components", "components"))
    assert (network.kind, network.layers[0], network.layers[-1]) == ("network", network.components, 3)
    assert network.given == 60
    assert list(network.genes.columns) == ["symbol", "logFC", "times", "frequency", "mean", "sd", "median"]


def test_every_sample_is_listed_with_its_truth() -> None:
    cohort, _, models = run(SIZES[0])
    result = read(SIZES[0], ("logistic_l2", "selected"))
    table = result.predictions
    assert list(table.index) == list(cohort.samples.index)
    assert list(table["class"]) == list(cohort.samples["class"])
    own = models.predictions.query("model == 'logistic_l2' and features == 'selected'").set_index("sample")
    means = own.groupby(level=0)["p_B"].mean()
    np.testing.assert_allclose(table["p_B"], means.loc[table.index])
    wrong = (own["predicted"] != own["truth"]).groupby(level=0).mean().loc[table.index]
    assert list(table["missed"]) == list(wrong > 0.5)
    assert (table[["n_A", "n_B"]].sum(axis=1) == np.where(table["set"] == "cv", 2, 1)).all()
    assert (result.missed_cv, result.missed_test) == tuple(
        (table["missed"] & (table["set"] == which)).sum() for which in ("cv", "test")
    )
    assert [table.index[row] for row in result.shown] == [
        name for name, row in table.iterrows() if row["missed"] or row["set"] == "test"
    ]


def test_a_model_that_could_not_be_frozen_has_no_weights() -> None:
    cohort, before, models = run(SIZES[0])
    final = load_models(models.bundle.contents)
    assert ("mine", "all") not in final.models
    named = replace(models, named=replace(models.named, model="mine", features="all"))
    named = replace(named, predictions=models.predictions.replace({"model": {"logistic_l2": "mine"}}))
    resampled = before.need(Resampled)
    for fold in resampled.folds:
        fold.choices["mine", "all"] = resampled.protocol.default
    result = NamedModelStage().run(cohort, before.joined(named), stage_rng(1, "named_model"))
    assert (result.frozen, result.weighted, result.kind) == (False, False, "other")
