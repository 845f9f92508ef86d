"""The section on how far to trust the models: verdicts follow from the numbers, and words from the verdicts."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from genereport.analyses.result import Skipped
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.analysis import Analysis
from genereport.errors import Finding
from genereport.report.document import Figure, Table
from tests.unit.report.drawing import shown
from tests.unit.report.synthetic import four_class, two_class, without_independent_set
from tests.unit.report.words import blocks, table, words


def with_trust(**changes: object) -> Analysis:
    trust = two_class().trust
    assert isinstance(trust, Trust)
    return two_class().with_results(trust=replace(trust, **changes))


def with_permutation(**changes: object) -> Analysis:
    found = two_class().trust.permutation
    assert isinstance(found, LabelPermutation)
    return with_trust(permutation=replace(found, **changes))


def with_findings(*codes: str, **changes: object) -> Analysis:
    findings = tuple(Finding(code, "warning", "x", f"Finding {n}.") for n, code in enumerate(codes))
    return two_class().with_results(quality=replace(two_class().quality, findings=findings, **changes))


def test_the_verdicts_are_stored_with_the_results() -> None:
    stored = json.loads(two_class().to_json())["trust"]
    assert stored["courses"] == ["rising", "late"]
    assert (stored["curve_end"], stored["agreement"]) == ("unknown", "intermediate")
    assert stored["easily_separated"] is False
    assert Analysis.from_json(two_class().to_json()).trust.courses == two_class().trust.courses


def test_gaps_of_the_named_and_of_the_widest_model_are_told() -> None:
    gaps = two_class().trust.gaps.assign(gap=0.1)
    gaps.loc[7, "gap"] = 0.4
    told = words(with_trust(gaps=gaps), "trust")
    assert "The named model, logistic regression, L1 on selected genes, has a mean balanced accuracy of" in told
    assert "The widest gap, 0.400, is that of SVM, RBF kernel on all genes." in told


@pytest.mark.parametrize(
    ("best", "rise", "course", "words_of"),
    [
        (190, 0.5, "late", "This is at or near the end of the training; more epochs might help."),
        (189, 0.11, "rising", "it is 0.300, 11.0 % higher, which is a sign of overfitting after that epoch."),
        (189, 0.1, "level", "it is 0.300, 10.0 % higher, so the networks hardly deteriorate after that epoch."),
    ],
)
def test_the_course_of_the_networks_is_told(best: int, rise: float, course: str, words_of: str) -> None:
    networks = two_class().trust.networks.assign(epochs=200, best_epoch=best, last_loss=0.3, rise=rise)
    made = with_trust(networks=networks)
    assert made.trust.courses == (course, course)
    told = words(made, "trust")
    assert told.count(words_of) == 2
    for features in ("selected genes", "components"):
        assert f"the networks on {features}, the mean loss on the held-out samples is smallest, 0.200, at epoch" in told


@pytest.mark.parametrize(
    ("difference", "honest", "easy"), [(0.019, 0.91, True), (0.02, 0.95, False), (0.019, 0.9, False)]
)
def test_classes_are_called_easy_where_cheating_gains_nothing(difference: float, honest: float, easy: bool) -> None:
    bias = two_class().trust.bias.assign(difference=0.0, honest=0.5)
    bias.loc[2, ["difference", "honest"]] = difference, honest
    made = with_trust(bias=bias)
    assert made.trust.easily_separated is easy
    told = words(made, "trust")
    assert ("because the classes of this cohort are easy to separate" in told) is easy
    assert ("the genes were selected inside the training parts." in told) is not easy
    assert (
        f"The largest difference, {difference:.3f} (95 % CI −0.010 to 0.200), is that of logistic regression, L2"
        in told
    )


def test_the_table_of_selection_bias_keeps_its_columns_and_says_what_cannot_be_estimated() -> None:
    head, *rows = table(two_class(), "trust", "bias")
    assert head == ("Model", "Inside", "On all samples", "Difference", "95 % CI", "p")
    assert len(rows) == len(two_class().trust.bias)
    assert rows[0][4:] == ("−0.010 to 0.200", "0.03")
    bare = two_class().trust.bias.assign(ci_low=np.nan, ci_high=np.nan, p=np.nan)
    assert {row[4:] for row in table(with_trust(bias=bare), "trust", "bias")[1:]} == {("not estimable", "–")}


def test_permuted_labels_are_told_of_by_their_number() -> None:
    told = words(two_class(), "trust")
    assert "The class labels were permuted 200 times" in told
    assert "including preparation, gene selection, tuning and fitting, and one of them" in told
    assert "and 95 % of the values lie below 0.610" in told
    assert "none of the permutations reach this value (p = 0.00498)." in told
    assert "Labels were exchanged" not in told
    untuned = two_class().with_results(models=replace(two_class().models, tuning=two_class().models.tuning.head(0)))
    assert "including preparation, gene selection and fitting, and one of them" in words(untuned, "trust")
    once = words(with_permutation(count=1, at_least=1, p=1.0), "trust")
    assert "The class labels were permuted 1 time " in once
    assert "1 of the permutations reaches this value (p = 1)." in once


def test_labels_of_a_unit_are_said_to_be_exchanged_within_it() -> None:
    told = words(with_permutation(unit="patient"), "trust")
    assert "Labels were exchanged within each patient that has samples of several classes; otherwise" in told


def test_labels_that_were_not_permuted_are_told_with_the_reason_and_among_the_limits() -> None:
    made = with_trust(permutation=Skipped("They were not permuted."))
    assert "They were not permuted." in words(made, "trust")
    assert "fig-permutation" not in {block.id for block in blocks(made, "trust") if isinstance(block, Figure)}
    assert words(made, "trust", "limits").startswith("The class labels were not permuted, so")
    assert words(two_class(), "trust", "limits") == ""
    assert words(two_class().with_results(trust=Skipped("No models.")), "trust", "limits") == ""


@pytest.mark.parametrize(
    ("last", "half", "end", "told"),
    [
        (0.7, 0.01, "flat", "flat at its end"),
        (0.7, 0.1, "uncertain", "smaller than the uncertainty of its last point (95 % CI 0.600 to 0.800)"),
        (0.75, 0.1, "uncertain", "so the curve does not show whether more samples would help"),
        (0.9, 0.05, "rising", "still rises at its end, so more samples would probably help"),
        (0.5, 0.05, "falling", "falls at its end"),
        (1.0, float("nan"), "unknown", "has no confidence interval"),
    ],
)
def test_a_learning_curve_is_read_as_far_as_its_interval_carries(last: float, half: float, end: str, told: str) -> None:
    curve = two_class().trust.learning.assign(estimate=0.7)
    curve.loc[curve.index[-1], ["estimate", "ci_low", "ci_high"]] = (last, last - half, last + half)
    made = with_trust(learning=curve)
    assert made.trust.curve_end == end
    found = words(made, "trust")
    assert told in found
    assert (
        "Trained on 60 % of each training part (18 samples on average), the named model has a balanced accuracy of"
        in found
    )


@pytest.mark.parametrize(
    ("index", "agreement", "told"),
    [
        (0.751, "excellent", "this is excellent agreement"),
        (0.75, "intermediate", "this is intermediate to good agreement"),
        (0.4, "intermediate", "this is intermediate to good agreement"),
        (0.399, "poor", "this is poor agreement"),
        (float("nan"), None, "all of them are selected in every training part"),
    ],
)
def test_the_stability_index_is_read_by_its_benchmarks(index: float, agreement: str | None, told: str) -> None:
    made = with_trust(stability=index)
    assert made.trust.agreement == agreement
    assert told in words(made, "trust")
    sure = with_trust(stability=1.0, stability_low=float("nan"), stability_high=float("nan"))
    assert "is 1.00 (95 % CI not estimable) for the gene sets of 50 training parts" in words(sure, "trust")


ABSENT = {
    "GR307": "No class has more than three times the training samples of another.",
    "GR308": "No two samples have the same values.",
    "GR310": "No shift was found between the training and the independent samples.",
    "GR304": "No covariate of the sample sheet was found to be associated with the class.",
}


TITLES = {
    "GR307": "Unbalanced classes",
    "GR308": "Identical samples",
    "GR310": "Shift between training and independent set",
    "GR304": "Class confounded with a covariate",
}


def test_what_the_checks_looked_for_in_vain_is_told() -> None:
    told = words(with_findings(), "trust")
    assert all(sentence in told for sentence in ABSENT.values())


@pytest.mark.parametrize("code", ABSENT)
def test_what_the_checks_found_is_told_by_its_title(code: str) -> None:
    told = words(with_findings("GR301", code), "trust")
    assert TITLES[code] in told
    assert "Finding 1." not in told  # the section on the cohort has it in full
    assert {one for one, sentence in ABSENT.items() if sentence not in told} == {code}
    assert "GR301" not in told


def test_every_covariate_that_goes_with_the_class_is_told() -> None:
    told = words(with_findings("GR304", "GR304"), "trust")
    assert told.count(TITLES["GR304"]) == 2


@pytest.mark.parametrize("code", ["GR305", "GR312"])
def test_a_covariate_that_has_to_do_with_the_class_is_not_denied(code: str) -> None:
    assert ABSENT["GR304"] not in words(with_findings(code), "trust")


def test_what_could_not_be_looked_at_is_not_denied() -> None:
    bare = words(with_findings(covariates=two_class().quality.covariates.head(0)), "trust")
    assert ABSENT["GR304"] not in bare
    assert "The sample sheet has no covariate that divides the samples into groups" in bare
    alone = words(without_independent_set(), "trust")
    assert ABSENT["GR310"] not in alone
    assert "a single sample changes the accuracy" not in alone
    settings = {**two_class().settings, "evaluation": {**two_class().settings["evaluation"], "holdout": 0.3}}
    assert ABSENT["GR310"] not in words(replace(with_findings(), settings=settings), "trust")


def test_one_sample_is_told_of_with_what_it_moves() -> None:
    told = words(with_trust(smallest_size=1, fold_step=1.0), "trust")
    assert (
        "The smallest class, ALL, has 1 training sample. A single sample is about 100 % of the class in a fold" in told
    )
    assert "With 34 independent samples, a single sample changes the accuracy by 2.9 %" in told


def test_samples_that_stay_together_and_covariates_of_the_tests_are_told() -> None:
    made = two_class().with_results(
        models=replace(two_class().models, grouped_by="patient"),
        differential=replace(two_class().differential, covariates=("age", "sex")),
    )
    told = words(made, "trust")
    assert "Samples of one patient were kept together in every split of the cross-validation" in told
    assert "Only the tests of single genes are adjusted for age and sex; the classifiers are not." in told
    plain = words(two_class(), "trust")
    assert "kept together" not in plain
    assert "The classifiers use only the expression values" in plain
    untested = two_class().with_results(differential=Skipped("No."))
    assert "The classifiers use only the expression values" in words(untested, "trust")


def test_samples_that_most_models_miss_are_listed() -> None:
    hard = two_class().trust.hard
    head, *rows = table(two_class(), "trust", "hard")
    assert head == ("Sample", "Class", "Set", "Models wrong")
    assert [row[0] for row in rows] == list(hard.index)
    assert {row[2] for row in rows} <= {"cross-validation", "independent"}
    assert [row[3] for row in rows] == [str(missed) for missed in hard["missed"]]
    one = words(with_trust(missed=1, hard=hard.head(1)), "trust")
    assert "1 sample is misclassified by more than half of the 12 models (" in one
    assert "Its label and its identity should be checked" in one
    none = with_trust(missed=0, hard=hard.head(0))
    assert "No sample is misclassified by more than half of the 12 models." in words(none, "trust")
    assert "tab-hard" not in {block.id for block in blocks(none, "trust") if isinstance(block, Table)}


@pytest.mark.parametrize("analysis", [two_class, four_class])
def test_alternative_texts_tell_every_value_that_is_drawn(analysis) -> None:  # type: ignore[no-untyped-def]
    trust = analysis().trust
    for name, flattering, honest in (("gaps", "training", "held_out"), ("bias", "leaked", "honest")):
        alt = shown(analysis(), "trust", name).alt
        pairs = [f"{a:.2f} and {b:.2f}" for a, b in getattr(trust, name)[[flattering, honest]].to_numpy()]
        assert [part.rstrip(".")[-13:] for part in alt.split("; ")] == pairs
        assert alt.startswith(f"Balanced accuracy of {len(pairs)} models, ")
    assert shown(analysis(), "trust", "learning-curve").alt == (
        "Learning curve of logistic regression, L1 on selected genes: 6 samples 0.60 (0.40 to 0.80); "
        "18 samples 0.80 (0.60 to 1.00); 30 samples 0.90 (not estimable)."
    )
    assert shown(analysis(), "trust", "permutation").alt == (
        "Histogram of 200 balanced accuracies under permuted labels, mean 0.50, 95 % of them below 0.61. With the true "
        "labels 0.90 (p = 0.00498; 0.0 % of the permutations reach this value)."
    )
    reached = with_permutation(at_least=100, p=101 / 201)
    assert "(p = 0.502; 50.0 % of the permutations reach this value)" in shown(reached, "trust", "permutation").alt


def test_p_values_of_the_section_are_printed_as_the_settings_ask_for() -> None:
    settings = {**two_class().settings, "report": {**two_class().settings["report"], "p_values": "AMA"}}
    made = replace(two_class(), settings=settings)
    assert "none of the permutations reach this value (P = .005)." in words(made, "trust")
    assert "(P = .005; 0.0 % of the permutations reach this value)" in shown(made, "trust", "permutation").alt
    head, first, *_ = table(made, "trust", "bias")
    assert (head[5], first[5]) == ("P", ".03")
