"""Counts, covariates and quantiles as the sheet and the files have them."""

from __future__ import annotations

import numpy as np

from genereport.stages.quality import QualityStage
from tests.factory import make_cohort


def test_counts_and_quantiles() -> None:
    cohort = make_cohort(train=(6, 4), test=(2, 3), genes=30)
    cohort.expression.iloc[0, :3] = np.nan
    cohort.expression.iloc[1, 0] = -1.0
    result = QualityStage().run(cohort)
    assert result.counts.to_dict() == {"train": {"A": 6, "B": 4}, "test": {"A": 2, "B": 3}, "all": {"A": 8, "B": 7}}
    assert (result.train, result.test) == (10, 5)
    assert (result.samples, result.genes, result.missing) == (15, 30, 3)
    assert result.minimum == -1.0
    assert result.nonpositive == 1 / (15 * 30 - 3)
    expected = np.nanquantile(cohort.expression.iloc[0], 0.25)
    assert result.arrays["q25"].iloc[0] == expected
    assert result.arrays["missing"].iloc[0] == 0.1


def test_covariates_are_counted_by_class_and_identifiers_left_out() -> None:
    cohort = make_cohort(train=(4, 4))
    cohort.samples["centre"] = ["x", "y"] * 4
    cohort.samples["patient"] = [f"p{number}" for number in range(8)]
    table = QualityStage().run(cohort).covariates
    assert set(table.index) == {"centre"}
    assert table.loc[table["level"] == "x", ["A", "B"]].to_numpy().tolist() == [[2, 2]]
