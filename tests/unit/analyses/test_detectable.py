"""Smallest differences follow from the standard errors that the report prints."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from genereport.analyses.detectable.result import Detectable, ModelDifferences
from genereport.analyses.detectable.stage import DetectableStage
from genereport.analyses.differential.result import Differential
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.models.result import Models
from genereport.analyses.preprocessing.stage import PreprocessingStage, unscaled
from genereport.analyses.result import Skipped
from genereport.analyses.stage import Upstream, stage_rng
from tests.factory import make_cohort, settings_of
from tests.unit.analyses.deeper import upstream


def run(classes: int = 2) -> tuple[Detectable, Upstream]:
    cohort, found, settings = upstream(0, classes)
    return DetectableStage(settings).run(cohort, found, stage_rng(1, "detectable")), found


def test_students_test_detects_what_statsmodels_says() -> None:
    cohort, settings = make_cohort(train=(9, 15)), settings_of("tests.method=student", "tests.permutations=0")
    prepared, steps = PreprocessingStage(settings.preprocess).run(cohort)
    upstream = Upstream((steps, unscaled(cohort, steps)))
    upstream = upstream.joined(DifferentialStage(settings).run(prepared, upstream, stage_rng(1, "differential")))
    found = DetectableStage(settings).run(prepared, upstream, stage_rng(1, "detectable"))
    values = prepared.expression.to_numpy()
    sizes = np.bincount(prepared.codes)
    pooled = np.sqrt(sum((n - 1) * values[prepared.codes == k].var(axis=0, ddof=1) for k, n in enumerate(sizes)) / 22)
    for level, alpha in (("unadjusted", 0.05), ("Bonferroni", 0.05 / 60)):
        effect = TTestIndPower().solve_power(None, nobs1=9, alpha=alpha, power=0.8, ratio=15 / 9)
        row = found.genes[found.genes["level"] == level].iloc[0]
        assert row["median"] == pytest.approx(np.median(effect * pooled), rel=1e-4)
        assert row["low"] == pytest.approx(np.quantile(effect * pooled, 0.1), rel=1e-4)
        assert row["twofold"] == pytest.approx((effect * pooled <= 1).mean())
        assert row["alpha"] == alpha
    assert isinstance(found.models, Skipped)


def test_each_pair_of_several_classes_has_its_own_difference() -> None:
    found, _ = run(3)
    assert list(dict.fromkeys(found.genes.index)) == ["B-A", "C-A", "C-B"]
    plain = found.genes[found.genes["level"] == "unadjusted"]["median"]
    assert found.hardest == plain.idxmax()


def test_models_differ_by_more_than_their_standard_errors() -> None:
    found, results = run()
    models, differential = results.need(Models), results.need(Differential)
    assert found.tested == differential.tested
    assert isinstance(found.models, ModelDifferences)
    width = (models.pairs["ci_high"] - models.pairs["ci_low"]).to_numpy()
    width = width[width > 0]
    error = np.median(width) / 2 / stats.t.ppf(0.975, 2)
    limit = stats.t.ppf(0.975, 2)
    assert stats.nct.sf(limit, 2, found.models.balanced / error) == pytest.approx(0.8, abs=1e-4)
    assert (found.models.pairs, found.models.splits, found.models.test) == (len(width), 3, 8)
    assert found.models.fewest == 7  # R: qbinom(0.05, 8, 0.5, lower.tail = FALSE) + 1
    assert found.models.smallest_accuracy == 7 / 8
    assert found.models.smallest_difference == 6 / 8
