"""The simulated cohort behaves like Golub's, bears its signal where it says, and follows from its seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from genereport.cohort.annotation import load_markers, probes
from genereport.cohort.model import Cohort
from genereport.cohort.simulate import CONTROLS, HARD_SAMPLES, Plan, is_simulated, simulated_cohort

pytestmark = pytest.mark.filterwarnings("ignore:Precision loss occurred:RuntimeWarning")  # all at the floor in a class

SMALL = Plan(genes=400)
MARKERS = load_markers()
PROBES = probes(MARKERS)
DIRECTION = PROBES.map(MARKERS["direction"])


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return simulated_cohort()


def log2(cohort: Cohort) -> pd.DataFrame:
    """Floor 100, cap 16,000, log2; controls set aside."""
    return np.log2(cohort.expression.loc[:, ~cohort.genes["control"]].clip(100, 16000))


def standardised(cohort: Cohort) -> np.ndarray:
    values = log2(cohort).to_numpy()
    return (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, ddof=1, keepdims=True)


def train(cohort: Cohort) -> np.ndarray:
    return (cohort.samples["set"] == "train").to_numpy()


def difference(cohort: Cohort, raised: pd.Series) -> pd.Series:
    """Mean log2 value of the samples marked, minus that of the others, by gene."""
    values = log2(cohort)
    return values[raised].mean() - values[~raised].mean()


def planted(cohort: Cohort) -> dict[str, float]:
    """Mean difference over the probes of each direction, between where they are raised and where they are not."""
    samples = cohort.samples
    found = {}
    for direction in DIRECTION.unique():
        raised = (samples["class"] == direction) | (samples["subtype"] == direction)
        found[direction] = float(difference(cohort, raised)[DIRECTION.index[DIRECTION.eq(direction)]].mean())
    return found


def bonferroni(cohort: Cohort) -> pd.Index:
    """Probes that Welch's t finds on the training samples, Bonferroni p < 0.05."""
    values = log2(cohort)[train(cohort)]
    values = values.loc[:, values.max() > values.min()]  # a standard deviation of rounding errors is not 0
    target = cohort.codes[train(cohort)] == 1
    p = stats.ttest_ind(values[target], values[~target], equal_var=False).pvalue
    return values.columns[p * values.shape[1] < 0.05]


def test_size_and_ids_are_those_of_the_study(cohort: Cohort) -> None:
    assert cohort.expression.shape == (72, 7129)
    assert list(cohort.expression.index) == [str(number) for number in range(1, 73)]
    assert cohort.expression.index.equals(cohort.samples.index)
    assert cohort.expression.columns.equals(cohort.genes.index)
    assert cohort.genes.index.is_unique
    assert pd.crosstab(cohort.samples["set"], cohort.samples["class"]).to_dict("index") == {
        "train": {"ALL": 27, "AML": 11},
        "test": {"ALL": 20, "AML": 14},
    }
    assert cohort.simulated
    assert (cohort.layout, cohort.scale.name, cohort.classes) == ("simulated", "intensity", ("ALL", "AML"))


def test_only_marker_probes_bear_names_of_real_genes(cohort: Cohort) -> None:
    genes = cohort.genes
    named = genes[genes["symbol"] != ""]
    assert set(named.index) == set(PROBES.index)
    assert (named["symbol"] == PROBES.map(MARKERS["symbol"])[named.index]).all()
    assert (named["description"] == PROBES.map(MARKERS["name"])[named.index]).all()
    controls = genes.index[genes["control"]]
    assert len(controls) == CONTROLS == 58
    assert controls.str.fullmatch(r"AFFX-SIM\d\d_at").all()
    others = genes.drop([*named.index, *controls])
    assert others.index.str.fullmatch(r"SIM\d{5}_at").all()
    assert (others["description"] == "Simulated gene " + others.index.str.slice(3, 8)).all()


def test_no_other_id_is_one_of_the_array(cohort: Cohort, shared_cohorts: Path) -> None:
    path = shared_cohorts / "golub" / "data_set_ALL_AML_train.csv"
    array = pd.read_csv(path, usecols=["Gene Accession Number"], dtype=str).squeeze().str.strip()
    assert len(array) == 7129
    assert set(cohort.genes.index) & set(array) == set(PROBES.index)


def test_intensities_look_like_those_of_the_array(cohort: Cohort) -> None:
    """Golub's files: 28 % below zero, 47 % below 100, from -28,400 to 71,369."""
    values = cohort.expression.to_numpy()
    assert (values == np.rint(values)).all()
    assert 0.23 <= (values < 0).mean() <= 0.30
    assert 0.42 <= (values < 100).mean() <= 0.58
    assert -30_000 < values.min() < -1_000
    assert 40_000 < values.max() < 200_000
    assert np.quantile(values, 0.99) > 50 * np.median(values)


def test_error_is_additive_in_dark_probes_and_multiplicative_in_bright_ones(cohort: Cohort) -> None:
    values = cohort.expression.loc[:, ~cohort.genes["control"]]
    mean, sd = values.mean(), values.std()
    dark, bright, brighter = mean < 50, mean.between(1000, 3000), mean > 3000
    assert 50 < sd[dark].median() < 120
    slope = (sd[brighter].median() / sd[bright].median()) / (mean[brighter].median() / mean[bright].median())
    assert 0.8 < slope < 1.25
    assert 0.3 < (sd / mean)[brighter].median() < 0.6


def test_arrays_differ_in_brightness(cohort: Cohort) -> None:
    bright = cohort.expression.loc[:, (cohort.expression.median() > 2000) & (cohort.expression.min() > 0)]
    gain = np.log2(bright / bright.median()).median(axis=1)
    assert 0.15 < gain.std() < 0.45


def test_genes_of_a_block_go_together() -> None:
    """Squared correlation of bright invented genes over the ALL samples, arrays centred: they share the gain too."""

    def shared(**parts: float) -> float:
        cohort = simulated_cohort(1999, replace(Plan(genes=1500, centre=0, batch=0, followers=0), **parts))
        genes = cohort.genes.index[(cohort.expression.median() > 800) & (cohort.genes["symbol"] == "")]
        values = log2(cohort)[genes.intersection(log2(cohort).columns)][cohort.samples["class"] == "ALL"]
        correlation = np.corrcoef(values.sub(values.mean(axis=1), axis=0).to_numpy().T)
        return float((correlation[np.triu_indices(len(correlation), 1)] ** 2).mean())

    chance = 1 / 46  # the expected square with 47 independent samples
    alone, blocks, one = shared(loading=0.0), shared(blocks=10), shared(blocks=1)
    assert alone == pytest.approx(chance, rel=0.25)
    assert blocks > 1.3 * alone
    assert one > 5 * alone


def test_markers_are_raised_where_they_are_listed(cohort: Cohort) -> None:
    assert all(size > 0.4 for size in planted(cohort).values())
    assert all(abs(size) < 0.25 for size in planted(simulated_cohort(1999, Plan(effect=0, followers=0))).values())


def test_subtype_markers_are_raised_in_that_subtype_only(cohort: Cohort) -> None:
    samples, values = cohort.samples, log2(cohort)
    for direction, other in (("B-ALL", "T-ALL"), ("T-ALL", "B-ALL")):
        mean = values[DIRECTION.index[DIRECTION.eq(direction)]].groupby(samples["subtype"]).mean().mean(axis=1)
        assert mean[direction] - mean[other] > 0.4
        assert abs(mean["AML"] - mean[other]) < 0.5 * (mean[direction] - mean[other])


def test_some_markers_are_clear_and_some_do_not_respond(cohort: Cohort) -> None:
    binary = DIRECTION[DIRECTION.isin(["ALL", "AML"])]
    sign = np.where(binary == "AML", 1.0, -1.0)
    size = difference(cohort, cohort.samples["class"] == "AML")[binary.index] * sign
    assert (size > 1.5).mean() > 0.1
    assert (size < 0.3).mean() > 0.2
    several = size.groupby(PROBES[size.index]).agg(["size", "min", "max"]).query("size > 1")
    assert len(several) >= 5
    assert ((several["max"] > 0.5) & (several["min"] < 0.2)).any()


def test_invented_genes_follow_the_class_at_most_faintly(cohort: Cohort) -> None:
    invented = difference(cohort, cohort.samples["class"] == "AML").drop(PROBES.index)
    assert abs(invented.mean()) < 0.1
    assert invented.std() < 0.35
    found = bonferroni(cohort)
    assert 20 <= len(found) <= 100
    assert found.isin(PROBES.index).mean() > 0.6


def test_without_effect_and_followers_nothing_is_found() -> None:
    found = [bonferroni(simulated_cohort(seed, Plan(effect=0, followers=0))) for seed in range(5)]
    assert sum(len(each) for each in found) <= 3


def test_class_and_batch_are_the_first_components(cohort: Cohort) -> None:
    values = standardised(cohort)
    scores = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)[0]
    with_class = [abs(np.corrcoef(scores[:, k], cohort.codes)[0, 1]) for k in range(2)]
    with_set = [abs(np.corrcoef(scores[:, k], train(cohort))[0, 1]) for k in range(2)]
    assert with_class[0] > 0.7
    assert with_set[1] > 0.6


def test_a_plain_classifier_makes_a_few_errors(cohort: Cohort) -> None:
    """Logistic regression on the 50 probes with the largest Welch t, chosen inside each fold."""

    def welch(values: np.ndarray, target: np.ndarray) -> np.ndarray:
        return np.abs(stats.ttest_ind(values[target == 1], values[target == 0], equal_var=False).statistic)

    known = train(cohort)
    values, codes = standardised(cohort), cohort.codes
    model = make_pipeline(SelectKBest(welch, k=50), StandardScaler(), LogisticRegression())
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=0)
    accuracy = cross_val_score(model, values[known], codes[known], cv=folds, scoring="balanced_accuracy").mean()
    assert 0.88 <= accuracy <= 0.98
    predicted = model.fit(values[known], codes[known]).predict(values[~known])
    assert 1 <= int((predicted != codes[~known]).sum()) <= 5


def test_hard_samples_lean_to_the_other_class_and_nothing_tells_them(cohort: Cohort) -> None:
    samples = cohort.samples
    assert sorted(samples.loc[list(HARD_SAMPLES), "set"]) == ["test", "train"]
    assert samples.columns.tolist() == ["class", "set", "subtype", "tissue", "centre", "sex"]
    binary = DIRECTION[DIRECTION.isin(["ALL", "AML"])]
    values = log2(cohort)[binary.index]
    score = ((values - values.mean()) * np.where(binary == "AML", 1.0, -1.0)).mean(axis=1)
    means = score.drop(list(HARD_SAMPLES)).groupby(samples["class"]).mean()
    other = samples["class"].map({"ALL": "AML", "AML": "ALL"})
    for sample in HARD_SAMPLES:
        own = abs(score[sample] - means[samples.loc[sample, "class"]])
        assert abs(score[sample] - means[other[sample]]) < own


def test_covariates_overlap_the_classes(cohort: Cohort) -> None:
    samples = cohort.samples
    assert (pd.crosstab(samples["centre"], samples["class"])[["ALL", "AML"]] > 0).all(axis=None)
    training = samples[samples["set"] == "train"]
    by_centre = pd.crosstab(training["centre"], training["class"])
    assert sorted(by_centre.index) == ["C1", "C2", "C3"]
    assert (by_centre > 0).all(axis=None)
    assert set(training["tissue"]) == {"BM"}
    assert 3 <= (samples["tissue"] == "PB").sum() <= 20
    assert set(samples["sex"]) == {"F", "M"}
    assert (samples["subtype"].where(samples["subtype"] == "AML", "ALL") == samples["class"]).all()
    assert set(training["subtype"]) == {"AML", "B-ALL", "T-ALL"}


def test_centres_follow_the_class_over_many_seeds() -> None:
    """C1 has ALL with odds of 0.55 and AML with odds of 0.2; C3 the other way round."""
    samples = pd.concat(simulated_cohort(seed, Plan(genes=194)).samples for seed in range(40))
    share = pd.crosstab(samples["class"], samples["centre"], normalize="index")
    assert share.loc["ALL"].to_numpy() == pytest.approx([0.55, 0.3, 0.15], abs=0.05)
    assert share.loc["AML"].to_numpy() == pytest.approx([0.2, 0.35, 0.45], abs=0.05)


def test_the_seed_decides_everything() -> None:
    one, again, other = simulated_cohort(7, SMALL), simulated_cohort(7, SMALL), simulated_cohort(8, SMALL)
    for part in ("expression", "samples", "genes"):
        pd.testing.assert_frame_equal(getattr(one, part), getattr(again, part))
    assert not one.expression.equals(other.expression)
    assert not one.samples.equals(other.samples)


def test_another_process_makes_the_same_bytes() -> None:
    program = (
        "import hashlib; from genereport.cohort.simulate import Plan, simulated_cohort;"
        "c = simulated_cohort(7, Plan(genes=400));"
        "print(hashlib.sha256((c.expression.to_csv() + c.samples.to_csv() + c.genes.to_csv()).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "17"}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    cohort = simulated_cohort(7, SMALL)
    here = cohort.expression.to_csv() + cohort.samples.to_csv() + cohort.genes.to_csv()
    assert told.stdout.strip() == hashlib.sha256(here.encode()).hexdigest()


@pytest.mark.parametrize("genes", [194, 400])
def test_a_small_cohort_holds_every_marker_probe(genes: int) -> None:
    cohort = simulated_cohort(1, Plan(genes=genes))
    assert cohort.expression.shape == (72, genes)
    assert set(PROBES.index) <= set(cohort.genes.index)
    assert cohort.genes["control"].sum() == CONTROLS


def test_markers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="193 genes are too few for 136 marker probes and 58 controls"):
        simulated_cohort(1, Plan(genes=193))


def test_other_sizes_of_the_sets() -> None:
    cohort = simulated_cohort(1, Plan(genes=400, train=(5, 6), test=(0, 0)))
    assert cohort.samples["class"].value_counts().to_dict() == {"ALL": 5, "AML": 6}
    assert not cohort.has_test


def test_invented_ids_tell_a_simulated_cohort(cohort: Cohort) -> None:
    assert is_simulated(cohort.genes.index)
    assert is_simulated(simulated_cohort(1, SMALL).genes.index)


@pytest.mark.parametrize(
    "ids",
    [
        [],
        ["AFFX-SIM01_at"],
        ["SIM00001_at", "X95735_at"],
        ["SIM1", "SIM2", "SIMPLE_at"],
        ["X95735_at", "M27891_at", "SIM00001_at"],
    ],
)
def test_other_ids_do_not(ids: list[str]) -> None:
    assert not is_simulated(pd.Index(ids, dtype=str))


def test_controls_do_not_count_among_the_ids() -> None:
    assert is_simulated(pd.Index(["AFFX-BioB-5_at", "AFFX-BioB-3_at", "SIM00001_at", "SIM00002_at", "X95735_at"]))
