"""Two runs held against each other: what is found where it is known what differs, and what the verdict makes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genereport.analyses.comparison.genes import signature_changes
from genereport.analyses.comparison.result import Comparison
from genereport.analyses.comparison.stage import compare, thresholds
from genereport.analyses.result import Skipped
from genereport.errors import ComparisonError
from genereport.settings import CompareSettings
from tests.unit.report import pairs, synthetic
from tests.unit.report.pairs import PAIRS, check, compared


def outcomes(name: str) -> dict[str, str]:
    """Checks that did not find all within their limits."""
    found = compared(name).verdict.checks["outcome"]
    return found[found != "within"].to_dict()


@pytest.mark.parametrize("name", ["equal", "four classes", "nothing significant"])
def test_a_run_is_no_other_than_itself(name: str) -> None:
    made = compared(name)
    assert not made.verdict.material
    assert outcomes(name) == {}
    assert (made.signature.jaccard, made.effects.concordance) == (1, 1)  # type: ignore[union-attr]
    assert made.signature.overlap == pytest.approx(1, abs=1e-12)  # type: ignore[union-attr]
    assert (made.models.figures["difference"] == 0).all()  # type: ignore[union-attr]
    assert made.models.figures["p"].dropna().eq(1).all()  # type: ignore[union-attr]
    assert (made.samples.table.empty, made.genes.table.empty, made.changed_settings.empty) == (True, True, True)
    assert made.notes == ()


@pytest.mark.parametrize("name", PAIRS)
def test_a_comparison_reads_back_equal(name: str) -> None:
    text = compared(name).to_json()
    assert Comparison.from_json(text).to_json() == text


def test_nothing_but_the_runs_and_the_limits_settles_a_comparison() -> None:
    made, change = PAIRS["everything"]
    again = compare(made(), change(made()), CompareSettings())
    assert again.to_json() == compared("everything").to_json()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("another scale", {"scale": "material"}),
        ("turned round", {"reference": "material"}),
        ("one thing", {"relabelled": "material"}),
        ("fewer samples", {}),
        ("other surroundings", {}),
        ("no independent set any more", {"test": "not compared"}),
        (
            "no models",
            dict.fromkeys(("named", "cv", "test", "tests"), "not compared") | {"parts": "material"},
        ),
        ("no genes", {"signature": "not compared", "effects": "not compared", "parts": "material"}),
    ],
)
def test_checks_find_what_differs_and_nothing_else(name: str, expected: dict[str, str]) -> None:
    assert outcomes(name) == expected
    assert compared(name).verdict.material == ("material" in expected.values())


def test_samples_are_matched_by_id() -> None:
    made, earlier = compared("everything").samples, synthetic.two_class().quality.arrays
    assert (made.shared, made.added, made.removed, made.relabelled, made.moved) == (72, 0, 0, 3, 0)
    assert list(made.table.index) == list(earlier.index[:3])
    assert (made.table["earlier_class"] == earlier["class"].iloc[:3]).all()
    assert (made.table["earlier_class"] != made.table["later_class"]).all()
    gone = compared("fewer samples")
    assert (gone.samples.shared, gone.samples.removed) == (70, 2)
    assert set(gone.samples.table["later_set"]) == {""}
    assert "34 samples" not in " ".join(gone.notes)
    assert "in cross-validation (36 shared with the same class)" in " ".join(gone.notes)


def test_moves_between_the_sets_are_told() -> None:
    run = synthetic.two_class()
    arrays = run.quality.arrays.copy()
    arrays.iloc[0, arrays.columns.get_loc("set")] = "test"
    made = compare(run, run.with_results(quality=replace(run.quality, arrays=arrays)), CompareSettings()).samples
    assert (made.moved, list(made.table["change"])) == (1, ["moved"])


def test_lists_of_genes_are_counted_and_ranked() -> None:
    made = compared("everything").signature
    assert not isinstance(made, Skipped)
    assert (made.earlier, made.later, made.shared, made.entered, made.left) == (50, 50, 38, 12, 12)
    assert made.jaccard == 38 / 62
    assert made.jaccard_expected < 0.01
    assert made.overlap_p == pytest.approx(1 / 1001)
    stayed = made.table[made.table["change"] == "stayed"]
    assert list(stayed["later"]) == list(range(1, 39))
    assert list(stayed["earlier"]) == list(range(50, 12, -1))
    np.testing.assert_array_equal(stayed["rise"], stayed["earlier"] - stayed["later"])
    none = compared("nothing significant").bonferroni
    assert (none.earlier, none.later) == (0, 0)  # type: ignore[union-attr]
    assert np.isnan([none.jaccard, none.overlap]).all()  # type: ignore[union-attr]


def test_genes_tested_in_one_run_only_are_listed() -> None:
    made = compared("everything").genes
    assert (made.measured_earlier, made.measured_later, made.tested_later) == (2, 0, 0)
    first = list(synthetic.two_class().differential.table.index[:2])  # type: ignore[union-attr]
    assert sorted(made.table.index) == sorted(first)
    assert set(made.table["measured_later"]) == {"no"}


def test_effects_are_those_of_the_tables() -> None:
    made, run = compared("everything").effects, synthetic.two_class()
    assert not isinstance(made, Skipped)
    before = run.differential.table["logFC"]  # type: ignore[union-attr]
    after = pairs.everything(run).differential.table["logFC"]  # type: ignore[union-attr]
    np.testing.assert_array_equal(made.table["earlier"], before.loc[made.table.index])
    np.testing.assert_array_equal(made.table["later"], after.loc[made.table.index])
    assert made.table["difference"].abs().is_monotonic_decreasing
    assert made.agreement["pearson"].iloc[0] == pytest.approx(made.table["earlier"].corr(made.table["later"]))
    several = compared("four classes, everything").effects
    assert list(several.agreement.index) == list(synthetic.four_class().differential.pairs.index)  # type: ignore[union-attr]
    assert several.concordance == several.agreement["concordance"].min()  # type: ignore[union-attr]


def test_another_reference_turns_effects_round() -> None:
    made = compared("turned round")
    assert list(made.effects.agreement.index) == ["ALL-AML"]  # type: ignore[union-attr]
    assert made.effects.concordance == 1  # type: ignore[union-attr]
    assert (made.models.figures["difference"] == 0).all()  # type: ignore[union-attr]
    assert any("are reversed to match" in note for note in made.notes)


def test_inputs_settings_and_versions_that_differ() -> None:
    made = compared("other surroundings")
    assert list(made.inputs["same"]) == ["no"] * len(made.inputs)
    assert made.inputs.loc["markers", "earlier"] == ""
    assert made.changed_settings.to_dict("index") == {
        "seed": {"earlier": str(synthetic.two_class().settings["seed"]), "later": "7"},
        "selection.genes": {"earlier": "50", "later": "40"},
        "report.date": {"earlier": "null", "later": '"2026-11-21"'},
    }
    assert made.versions.loc["numpy", "same"] == "no"
    assert made.versions.loc["polars", "earlier"] == ""
    assert (made.earlier.date, made.later.date) == (None, "2026-11-21")
    assert made.earlier.fingerprint != made.later.fingerprint
    assert any("expression files differ" in note for note in made.notes)


def test_two_classes_and_more_are_not_compared() -> None:
    for one, other in (
        (synthetic.two_class(), synthetic.four_class()),
        (synthetic.four_class(), synthetic.two_class()),
    ):
        with pytest.raises(ComparisonError, match=r"GR621.*classes, the later one"):
            compare(one, other, CompareSettings())


def test_other_classes_are_material_and_no_models_are_compared() -> None:
    made = compared("other classes")
    assert check(made, "classes")["value"] == 4
    assert isinstance(made.models, Skipped)
    assert isinstance(made.effects, Skipped)


def test_limits_come_from_the_later_run_and_older_runs_have_the_defaults() -> None:
    run = synthetic.two_class()
    older = replace(run, settings={name: part for name, part in run.settings.items() if name != "compare"})
    newer = replace(run, settings=run.settings | {"compare": {"jaccard": 0.2, "of_tomorrow": 1}})
    assert thresholds(older) == CompareSettings().model_dump()
    assert thresholds(newer) == CompareSettings().model_dump() | {"jaccard": 0.2}
    made = compare(older, run, CompareSettings())
    assert made.changed_settings.empty
    assert not compare(older, pairs.other_signature(older), CompareSettings(jaccard=0.6)).verdict.material
    assert compare(older, pairs.other_signature(older), CompareSettings(jaccard=0.62)).verdict.material


@pytest.mark.parametrize(("limit", "outcome"), [(0.05, "within"), (0.04, "material")])
def test_a_change_as_large_as_its_limit_is_within(limit: float, outcome: str) -> None:
    run = synthetic.two_class()
    metrics = run.models.metrics.copy()  # type: ignore[union-attr]
    before, after = (metrics.assign(estimate=value) for value in (0.95, 0.9))  # their difference is not quite 0.05
    runs = [run.with_results(models=replace(run.models, metrics=table)) for table in (before, after)]  # type: ignore[type-var]
    made = compare(*runs, CompareSettings(balanced_accuracy=limit))
    assert (check(made, "cv")["outcome"], check(made, "test")["outcome"]) == (outcome, outcome)


@pytest.mark.parametrize("number", [1, 25, 50])
def test_what_leaves_and_enters_adds_up(number: int) -> None:
    run = synthetic.two_class()
    made = signature_changes(run, pairs.other_signature(run, number), compared("equal").settings)
    assert not isinstance(made, Skipped)
    assert (made.shared + made.left, made.shared + made.entered) == (made.earlier, made.later) == (50, 50)
    assert (len(made.table), made.left) == (50 + number, number)
