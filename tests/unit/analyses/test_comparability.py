"""The comparability check: fine for samples of the kind, careful and worse as they move away, honest for p ≫ n."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from genereport.analyses.new_samples.comparability import (
    Measure,
    Truth,
    _estimate_mix,
    _estimate_move,
    _estimate_shift,
    level_of,
)
from genereport.learn.reference import groups
from genereport.types import Codes
from tests import applications
from tests.applications import cohort, newcomers, run

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def value(applied, check: str, measure: str) -> float:  # type: ignore[no-untyped-def]
    table = applied.gate.measures.set_index(["check", "measure"])["value"]
    return float(table[check, measure])


def levels(applied) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return dict(applied.gate.checks["level"])


def drawn(seed: int, sizes: tuple[int, ...], genes: int = 800, effect: float = 0.5) -> tuple[np.ndarray, Codes]:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(sizes)), sizes)
    means = effect * np.random.default_rng(99).normal(size=(len(sizes), genes))
    return means[codes] + rng.normal(size=(len(codes), genes)), codes


def truth(codes: Codes) -> Truth:
    return Truth(codes, pd.DataFrame(index=range(len(codes))))


def test_samples_of_the_same_kind_are_fine_by_every_check() -> None:
    assert set(levels(cohort(newcomers(batch=0.0))).values()) == {"fine"}
    assert set(levels(run(newcomers(batch=0.0).expression)).values()) == {"fine"}


@pytest.mark.parametrize(("batch", "level"), [(0.6, "careful"), (1.5, "do not interpret")])
def test_a_batch_shift_is_judged_by_its_size(batch: float, level: str) -> None:
    found = cohort(newcomers(batch=batch))
    assert levels(found)["shift"] == level
    assert found.gate.withheld == (level == "do not interpret")


def test_logarithms_are_not_interpreted_by_a_model_of_intensities() -> None:
    gate = applications.withheld().gate
    assert levels(applications.withheld())["scale"] == "do not interpret"
    assert (gate.stored_scale, gate.detected_training, gate.detected_new) == ("intensity", "intensity", "log2")
    assert applications.withheld().predictions.empty


@pytest.mark.parametrize("row", [0, 7, 30])
def test_a_single_sample_can_be_judged(row: int) -> None:
    found = cohort(newcomers(batch=0.0).subset("test"))
    one = newcomers(batch=0.0)
    alone = run(one.expression.iloc[[row]], one.samples.iloc[[row]])
    assert alone.gate.level in ("fine", "careful")
    assert levels(alone)["shift"] == "fine"
    assert math.isnan(value(alone, "batch", "at_least"))
    np.testing.assert_allclose(alone.arrays["plane"].iloc[0], found.arrays["plane"].iloc[row])


def test_a_measure_is_judged_beyond_its_limits_and_not_where_it_cannot_be_told() -> None:
    assert [Measure("x", size, 1.0, 2.0).level for size in (1.0, 1.1, 2.1)] == ["fine", "careful", "do not interpret"]
    assert [Measure("p", p, 0.01, below=True).level for p in (0.01, 0.009)] == ["fine", "careful"]
    assert Measure("x", float("nan"), 1.0, 2.0).level == "fine"
    assert level_of((Measure("x", 3.0, 1.0, 2.0), Measure("y", 0.0, 1.0))) == "do not interpret"


def test_the_share_of_shifted_genes_is_what_sampling_gives() -> None:
    values, codes = drawn(1, (14, 10))
    for size in (1, 3, 12):
        new, own = drawn(2, (size, size))
        shift, mix, variance = _estimate_shift(new, truth(own), groups(values, codes))
        expected = 2 * stats.norm.sf(1 / np.sqrt(variance))
        assert np.mean(np.abs(shift) > 1) == pytest.approx(expected, abs=0.05)
        assert mix.weights.tolist() == [0.5, 0.5]
        assert np.var(shift) == pytest.approx(variance, rel=0.25)


def test_without_labels_another_mix_of_classes_is_no_shift() -> None:
    values, codes = drawn(1, (20, 20, 20))
    new, own = drawn(2, (4, 30, 10))
    mix = _estimate_mix(new, groups(values, codes))
    np.testing.assert_allclose(mix.weights, np.array([4, 30, 10]) / 44, atol=0.05)
    assert (mix.errors < 0.1).all()
    unknown = _estimate_shift(new, truth(np.full(44, -1)), groups(values, codes))[0]
    known = _estimate_shift(new, truth(own), groups(values, codes))[0]
    np.testing.assert_allclose(unknown, known, atol=0.25)


def test_the_mix_of_classes_is_not_pulled_to_the_middle_by_noise() -> None:
    found = []
    for seed in range(20):
        values, codes = drawn(seed, (12, 6), effect=0.2)
        new, _ = drawn(100 + seed, (0, 40), effect=0.2)
        found.append(_estimate_mix(new, groups(values, codes)).weights[1])
    assert np.mean(found) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("move", [0.0, 0.4, -0.6])
def test_a_move_towards_a_class_is_found_at_its_size(move: float) -> None:
    values, codes = drawn(1, (12, 8), effect=0.3)
    means = np.stack(
        [drawn(0, (500, 500), effect=0.3)[0][part].mean(axis=0) for part in (slice(500), slice(500, None))]
    )
    new, own = drawn(3, (15, 9), effect=0.3)
    push = _estimate_move(new + move * (means[1] - means[0]), own, groups(values, codes), 1)
    assert push.push == pytest.approx(move, abs=3 * push.error)
    assert 0 < push.error < 0.1
    assert push.at_least <= abs(push.push)
    assert (push.at_least > 0.1) == (move != 0)


def test_a_covariate_that_goes_with_the_class_is_named() -> None:
    new = newcomers(batch=0.0)
    samples = new.samples.assign(plate=["p1" if name == "ALL" else "p2" for name in new.samples["class"]])
    found = run(new.expression, samples.rename(columns={"subtype": "kind"}))
    assert (found.gate.covariate, found.gate.covariate_pure) == ("plate", True)
    assert levels(found)["batch"] == "careful"


def test_missing_genes_are_imputed_up_to_the_share_and_counted() -> None:
    new = newcomers(batch=0.0)
    genes = [gene for gene in new.expression if not gene.startswith("AFFX")]
    found = run(new.expression.drop(columns=genes[:20]), new.samples)
    assert levels(found)["genes"] == "careful"
    assert found.imputed == round(value(found, "genes", "missing") * found.origin.testable)
    assert 0 < found.imputed <= 20
    assert any(finding.code == "GR611" for finding in found.findings)
    whole = cohort(new)
    one = found.predictions.head(found.samples)["p_AML"].to_numpy(dtype=float)
    np.testing.assert_allclose(one, whole.predictions.head(found.samples)["p_AML"].to_numpy(dtype=float), atol=0.2)


def test_an_array_without_its_faint_genes_does_not_look_brighter() -> None:
    new = newcomers(batch=0.0)
    faint = new.expression.median().sort_values().index[:40]
    found, whole = run(new.expression.drop(columns=faint), new.samples, "apply.missing=0.5"), cohort(new)
    np.testing.assert_allclose(found.arrays["q95"], whole.arrays["q95"], atol=0.25)
