"""Components are found on the training samples alone; independent samples are projected."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from genereport.analyses.components.result import Components
from genereport.analyses.components.stage import ComponentsStage
from genereport.analyses.stage import Upstream
from genereport.errors import NotApplicable
from tests.factory import make_cohort, settings_of


def run(cohort, share: float = 0.95) -> Components:  # type: ignore[no-untyped-def]
    return ComponentsStage(settings_of(f"components.variance={share}")).run(
        cohort, Upstream(), np.random.default_rng(0)
    )


def test_they_equal_scikit_learns_on_the_training_samples() -> None:
    cohort = make_cohort(test=(4, 3))
    train = cohort.subset("train").expression.to_numpy()
    scale = StandardScaler().fit(train)
    oracle = PCA().fit(scale.transform(train))
    result = run(cohort)
    np.testing.assert_allclose(result.variance["share"], oracle.explained_variance_ratio_[: len(result.variance)])
    projected = oracle.transform(scale.transform(cohort.expression.to_numpy()))
    np.testing.assert_allclose(np.abs(result.scores["PC1"]), np.abs(projected[:, 0]))
    assert result.needed == np.searchsorted(np.cumsum(oracle.explained_variance_ratio_), 0.95) + 1


def test_independent_samples_do_not_move_the_components() -> None:
    cohort = make_cohort(test=(4, 3))
    before = run(cohort)
    cohort.expression.loc[cohort.samples["set"] == "test"] *= 50
    after = run(cohort)
    np.testing.assert_array_equal(before.variance, after.variance)
    train = cohort.samples["set"] == "train"
    np.testing.assert_array_equal(before.scores.loc[train, "PC1"], after.scores.loc[train, "PC1"])


def test_loadings_are_the_largest_of_the_first_two() -> None:
    result = run(make_cohort())
    for name in ("PC1", "PC2"):
        part = result.loadings[result.loadings["component"] == name]["loading"].abs()
        assert len(part) == 10
        assert part.is_monotonic_decreasing


def test_covariates_are_kept_for_the_colours() -> None:
    cohort = make_cohort(test=(4, 3))
    cohort.samples["age"] = [np.nan, *np.arange(30.0) + 40]
    cohort.samples["centre"] = (["x", "y", np.nan] * 11)[:31]
    cohort.samples["ward"] = [f"w{place // 2}" for place in range(31)]
    cohort.samples["patient"] = [f"p{place}" for place in range(31)]
    cohort.samples["sample"] = (["a", "b"] * 16)[:31]
    found = run(cohort).covariates
    assert list(found.columns) == ["age", "centre"]
    assert list(found["centre"].iloc[:3]) == ["x", "y", "unknown"]
    assert np.isnan(found["age"].iloc[0])
    assert list(found.index) == list(cohort.samples.index)


def test_what_spans_no_plane_is_said_to_be_not_applicable() -> None:
    cohort = make_cohort(genes=1, informative=1)
    with pytest.raises(NotApplicable):
        run(cohort)
