"""What the report says, tabulates and draws of the classifiers is what the results hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.models import SPEC
from genereport.analyses.models.figures import (
    draw_comparison,
    draw_confusion,
    draw_learning_curves,
    draw_roc,
    draw_roc_test,
    draw_selection_effect,
)
from genereport.analyses.models.interactive import precision_recall, roc, roc_test
from genereport.analyses.models.result import Models, NestedNaming, Thinning
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.formats import fixed
from genereport.gallery import tables_of
from genereport.names import bare_name, model_name, short_model_name
from genereport.plotting.style import to_svg
from genereport.report.composition import section_writer
from genereport.report.document import Block, Cite, Figure, Items, Note, Section, Table, Value, inlines
from tests.analyses import four_against_four, nasty, paired, three_against_three
from tests.unit.report.synthetic import NOT_ESTIMABLE, four_class, two_class, without_independent_set

SYNTHETIC = (two_class, without_independent_set, four_class)


def models_of(analysis: Analysis) -> Models:
    assert isinstance(analysis.models, Models)
    return analysis.models


def changed(analysis: Analysis, **changes: Any) -> Analysis:
    """The analysis with other values in the result of its models."""
    return analysis.with_results(models=replace(models_of(analysis), **changes))


def resolved(analysis: Analysis, section: str, **changes: Any) -> Analysis:
    """The analysis with other settings."""
    return replace(analysis, settings=analysis.settings | {section: analysis.settings[section] | changes})


def blocks(analysis: Analysis, template: str = "models", block: str = "body") -> Iterator[Block]:
    for made in section_writer(analysis).write(template, block):
        yield made
        if isinstance(made, Section):
            yield from made.walk()


def words(analysis: Analysis, template: str = "models", block: str = "body") -> str:
    """The text of a template, paragraphs and items each on a line."""
    return "\n".join(
        "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in inlines(made))
        for made in blocks(analysis, template, block)
    )


def cited(analysis: Analysis) -> set[str]:
    parts = [part for made in blocks(analysis, block="methods") for part in inlines(made) if isinstance(part, Cite)]
    return {key for part in parts for key in part.keys}


def table(analysis: Analysis, name: str, template: str = "models") -> Table:
    return next(made for made in blocks(analysis, template) if isinstance(made, Table) and made.id == f"tab-{name}")


def figure(analysis: Analysis, name: str, template: str = "models") -> Figure:
    return next(made for made in blocks(analysis, template) if isinstance(made, Figure) and made.id == f"fig-{name}")


def plain(cell: Any) -> str:
    return "".join(map(plain, cell.parts)) if hasattr(cell, "parts") else cell if isinstance(cell, str) else cell.text


def cells(made: Table) -> list[list[str]]:
    return [[plain(cell) for cell in row] for row in made.rows]


# words


def test_the_design_is_told_with_its_repeats() -> None:
    made = without_independent_set()
    train = models_of(made).train
    assert f"of the {train} training samples, stratified by class and run 10 times. Every step" in words(made)
    assert "with counts summed over 10 repeats. Rows: true class" in words(made)
    assert "5-fold cross-validation with 10 repeats. All models used the same splits" in words(made, block="methods")
    once = changed(made, repeats=1)
    assert "stratified by class and run once. Every step" in words(once)
    assert "Confusion matrices of the held-out samples. Rows: true class" in words(once)
    assert "was run once, so its estimates depend on a single random partition" in words(once, block="limits")
    assert "was run once" not in words(made, block="limits")


def test_the_positive_class_is_named_where_there_are_two() -> None:
    assert "F1 take AML as the positive class" in words(two_class())
    assert "each class in turn is set against all other classes together (one against the rest)" in words(four_class())


def test_the_best_model_is_told_of_where_it_is_not_the_named_one() -> None:
    made = two_class()
    named = models_of(made).named
    assert not named.is_best
    best = model_name(named.best_model, named.best_features)
    assert f"is that of {best[0].lower()}{best[1:]}; the difference is within one standard error (0.030)" in words(made)
    same = replace(named, best_model=named.model, best_features=named.features)
    assert same.is_best
    assert "No eligible model has a higher estimate." in words(changed(made, named=same))


def test_nothing_learnt_is_said_in_plain_words() -> None:
    made = two_class()
    silent = changed(made, named=replace(models_of(made).named, beats_floor=False))
    for block in ("body", "abstract"):
        assert words(silent, block=block).count("there is no evidence that") == 1
        assert "there is no evidence that" not in words(made, block=block)


def test_without_an_independent_set_the_report_says_so_and_shows_none() -> None:
    made = without_independent_set()
    assert "has no independent set" in words(made, "independent")
    assert not [block for block in blocks(made, "independent") if isinstance(block, (Figure, Table))]
    assert "no claim is made about new samples" in words(made, block="abstract")
    assert "independent" not in words(made, block="methods")
    assert [column.head for column in table(made, "pairs").columns] == [
        "Difference", "Balanced acc.", "95 % CI", "p (Holm)",
    ]  # fmt: skip
    assert "independent set" not in words(made, block="limits")


def test_the_named_model_is_read_once_on_the_independent_set() -> None:
    made = two_class()
    models = models_of(made)
    told = words(made, "independent")
    named = models.metrics.iloc[models.named_in_test]
    assert tuple(named[["model", "features", "set", "metric"]]) == (
        models.named.model, models.named.features, "test", "balanced_accuracy",
    )  # fmt: skip
    assert f"its balanced accuracy is {fixed(named['estimate'])}" in told
    assert f"A single sample changes the accuracy by {100 / models.test:.1f} %" in told
    for errors, text in ((0, "makes no errors"), (1, "makes 1 error;"), (2, "makes 2 errors")):
        assert text in words(changed(made, named_errors=errors), "independent")
    ids = {part.id for block in blocks(made, "independent") for part in inlines(block) if isinstance(part, Value)}
    assert f"models.metrics[{models.named_in_test}].estimate" in ids


def test_a_drop_on_the_independent_set_is_told_where_its_interval_shows_it() -> None:
    made = two_class()
    models = models_of(made)
    drop = "lies wholly below the cross-validated estimate"
    assert not models.falls_short
    assert drop not in words(made, block="limits")
    metrics = models.metrics.copy()
    estimate = metrics["estimate"].iloc[models.named_in_cv]
    for highest, falls in ((estimate - 0.01, True), (estimate, False), (np.nan, False)):
        metrics.loc[models.named_in_test, "ci_high"] = highest
        fallen = changed(made, metrics=metrics)
        assert models_of(fallen).falls_short == falls
        assert (drop in words(fallen, block="limits")) == falls
    assert not models_of(without_independent_set()).falls_short


def test_the_width_of_the_interval_is_a_limit_of_the_study() -> None:
    made = two_class()
    named = models_of(made).named
    assert f"logistic regression, L1 on selected genes, is {named.width:.2f} wide." in words(made, block="limits")
    unsure = changed(made, named=replace(named, width=float("nan")))
    assert "logistic regression, L1 on selected genes, cannot be estimated." in words(unsure, block="limits")


def test_detectable_differences_are_counted() -> None:
    made = two_class()
    known = models_of(made).differences
    for folds, text in (
        (0, "pairs of eligible models, none differs significantly in cross-validated balanced accuracy (p < 0.05"),
        (1, "pairs of eligible models, 1 differs significantly in cross-validated balanced accuracy (p < 0.05"),
        (3, "pairs of eligible models, 3 differ significantly in cross-validated balanced accuracy (p < 0.05"),
    ):
        assert text in words(changed(made, differences=replace(known, folds=folds)))
    for labels, areas, text in (
        (
            0,
            0,
            "no pair differs significantly in the classification errors (McNemar’s exact test) and none in the area",
        ),
        (1, 2, "1 pair differs significantly in the classification errors (McNemar’s exact test) and 2 in the area"),
        (2, 0, "2 pairs differ significantly in the classification errors"),
    ):
        assert text in words(changed(made, differences=replace(known, labels=labels, areas=areas)))
    assert not models_of(four_class()).areas_compared
    assert "(McNemar’s exact test)." in words(four_class())
    for clear, text in (
        (0, "The difference is not significant at 0.05 for any of them"),
        (2, "The difference is significant at 0.05 for 2 of 5 classifiers, without correction"),
    ):
        assert text in words(changed(made, differences=replace(known, clear_effects=clear)))


def test_what_tuning_chose_is_told_and_so_is_that_nothing_was_tuned() -> None:
    tuned = two_class()
    assert len(models_of(tuned).tuning)
    assert "5-fold cross-validation chose the number of genes and the penalty" in words(tuned)
    assert words(tuned, block="methods").count("(C tuned") == 3
    assert "chose among 10, 25, 50 and 100 selected genes, among C = 0.1, 1 and 10 and" in words(
        resolved(tuned, "selection", tuned=[10, 25, 50, 100]), block="methods"
    )
    assert "were not tuned" not in words(tuned, block="limits")
    not_tuned = changed(tuned, tuning=models_of(tuned).tuning.head(0))
    assert "sec-tuning" not in [block.id for block in blocks(not_tuned) if isinstance(block, Section)]
    assert words(not_tuned, block="methods").count("(C = 1") == 3
    told = words(not_tuned, block="limits")
    assert "The numbers of genes and the penalties were not tuned" in told
    assert "Inner folds of each training part were used to choose the threshold of the shrunken centroids" in told


def test_networks_are_described_as_they_were_trained() -> None:
    made = two_class()
    for hidden, body, methods in (
        ([], "The networks, which have no hidden layer, were trained", "They have one sigmoid output unit."),
        (
            [8],
            "The networks, which have a hidden layer of 8 units, were",
            "They have a hidden layer of 8 rectified linear units and one sigmoid output unit.",
        ),
        (
            [32, 16],
            "The networks, which have hidden layers of 32 and 16 units, were",
            "They have hidden layers of 32 and 16 rectified linear units and one sigmoid output unit.",
        ),
    ):
        given = resolved(made, "models", hidden=hidden)
        assert body in words(given)
        assert methods in words(given, block="methods")
    assert "rectified linear units and a softmax output layer." in words(four_class(), block="methods")
    patient = resolved(made, "models", patience=1, epochs=1)
    assert "were trained for up to 1 epoch. " in words(patient)
    assert "early stopping after 1 epoch without a smaller loss" in words(patient, block="methods")
    free = resolved(made, "models", weight_decay=0.0, dropout=0.0, patience=0)
    assert "to minimise the binary cross-entropy. The networks of many" in words(free, block="methods")
    held = resolved(made, "models", weight_decay=0.001, dropout=0.25, patience=5)
    assert (
        "with an L2 penalty of 0.001, dropout of 25 % and early stopping after 5 epochs without a smaller loss on 20 %"
    ) in words(held, block="methods")


def test_the_methods_state_how_the_models_were_fitted() -> None:
    made = two_class()
    fitted = models_of(made).fitted
    told = words(made, block="methods")
    assert "the L2 model by lbfgs to a tolerance of 0.0001" in told
    assert "γ = 1 / (number × variance of the values)" in told
    changes = {
        ("shrunken_centroids", "thresholds"): ("17", "among 17 values from 0 to the largest distance"),
        ("logistic_l1", "C"): ("0.3", "(C = 0.3) and L2 penalty (C = 1"),
        ("logistic_l2", "tol"): ("0.05", "to a tolerance of 0.05"),
        ("svm_rbf", "gamma"): ("0.7", "γ = 0.7)"),
        ("random_forest", "n_estimators"): ("77", "of 77 trees"),
        ("random_forest", "min_samples_leaf"): ("3", "leaves of at least 3 samples"),
        ("mlp_selected", "beta_1"): ("0.8", "β₁ = 0.8"),
        ("mlp_selected", "batch_size"): ("9", "batches of 9"),
    }
    not_tuned = changed(made, tuning=models_of(made).tuning.head(0))
    for (model, parameter), (value, text) in changes.items():
        own = (fitted["model"] == model) & (fitted["parameter"] == parameter)
        other = fitted.assign(value=fitted["value"].mask(own, value))
        assert text not in words(not_tuned, block="methods")
        assert text in words(changed(not_tuned, fitted=other), block="methods")


def test_the_estimate_of_the_named_model_is_corrected_where_it_is_claimed() -> None:
    made = two_class()
    corrected = models_of(made).corrected
    value = f"{corrected.estimate:.3f}"
    for block in ("abstract", "body"):
        assert value in words(made, block=block)
    assert "1,000 stratified resamples of the samples" in words(made, block="methods")
    none = changed(made, corrected=replace(corrected, estimate=np.nan, ci_low=np.nan, ci_high=np.nan, resamples=0))
    assert "could not be corrected for the naming" in words(none)
    assert "corrected for its having been named" not in words(none, block="abstract")
    named = pd.DataFrame({"model": ["svm_rbf"], "features": ["all"], "balanced_accuracy": [0.8]})
    nested = NestedNaming(0.81, 0.7, 0.9, "Nadeau-Bengio", 5, 4, 2, named)
    assert "it is 0.810 (95 % CI 0.700 to 0.900); 2 of the 5 training parts" in words(changed(made, nested=nested))
    assert "by cross-validation in 4 folds" in words(changed(made, nested=nested), block="methods")


def test_weights_groups_and_models_of_ones_own_are_told() -> None:
    made = two_class()
    weights = "All these models give the classes equal total weight in training"
    assert weights in words(resolved(made, "models", class_weight="balanced"), block="methods")
    assert weights not in words(resolved(made, "models", class_weight="none"), block="methods")
    assert "with all samples of one {patient 7} kept in the same fold" in words(
        changed(made, grouped_by="{patient 7}"), block="methods"
    )
    assert "in the same fold" not in words(made, block="methods")
    own = models_of(made).metrics.replace({"model": {"random_forest": "my_forest"}})
    assert "neural network on components, and user-defined models; the named model is" in words(
        changed(made, metrics=own), block="methods"
    )
    assert "and user-defined models" not in words(resolved(made, "models", class_weight="none"), block="methods")


def test_methods_cite_only_what_ran() -> None:
    assert "zou2009" in cited(two_class())
    plainer = models_of(two_class()).metrics.assign(interval="Nadeau-Bengio")
    assert "zou2009" not in cited(changed(two_class(), metrics=plainer))
    assert {"delong1988", "mcnemar1947", "efron1993"} <= cited(two_class())
    assert "delong1988" not in cited(four_class())
    assert {"mcnemar1947", "efron1993"} <= cited(four_class())
    assert not {"delong1988", "mcnemar1947", "efron1993"} & cited(without_independent_set())


def test_fewer_folds_than_were_asked_for_are_told_in_abstract_section_and_methods() -> None:
    assert models_of(four_against_four()).folds == 4
    for block in ("abstract", "body", "methods"):
        told = words(four_against_four(), block=block)
        assert told.count("The smallest class allows only 4 folds; 9 were requested.") == 1
        assert "were requested" not in words(two_class(), block=block)


def test_models_that_could_not_be_frozen_are_named() -> None:
    made = two_class()
    bundle = models_of(made).bundle
    kept = changed(made, bundle=replace(bundle, models=bundle.models.assign(file="a.skops")))
    assert "could not be frozen" not in words(kept, "independent")
    assert "could not be frozen" not in words(kept, block="limits")
    rows = [("my_forest", "selected", "", "why"), ("random_forest", "all", "", "why"), ("svm_rbf", "all", "f", "")]
    lost = pd.DataFrame(rows, columns=["model", "features", "file", "note"])
    unfrozen = changed(made, bundle=replace(bundle, models=lost))
    assert "once; models that could not be frozen were used as fitted." in words(unfrozen, "independent")
    assert "Models that could not be frozen: my_forest on selected genes and Random forest on all genes." in words(
        unfrozen, block="limits"
    )


def test_labels_that_were_not_permuted_are_a_limit() -> None:
    made, not_tried = two_class(), "The class labels were not permuted, so the performance"
    assert not_tried not in words(made, "trust", "limits")
    skipped = made.with_results(trust=replace(made.trust, permutation=Skipped("Nobody asked.")))
    assert not_tried in words(skipped, "trust", "limits")


def test_without_models_the_reason_stands_in_their_place() -> None:
    made = three_against_three()
    assert isinstance(made.models, Skipped)
    assert words(made, block="abstract") == (
        "No classifier was compared, so no statement is made about how well the classes can be predicted. "
        + made.models.skipped
    )
    (section,) = section_writer(made).write("models", "methods")
    assert isinstance(section, Section)
    (note,) = section.blocks
    assert isinstance(note, Note)
    assert plain(note.body) == f"No classifier was trained. {made.models.skipped}"
    assert not section_writer(made).write("models", "limits")


def test_limits_are_items_of_a_list() -> None:
    (listed,) = section_writer(two_class()).write("models", "limits")
    assert isinstance(listed, Items)
    leads = ["With ", "The named model reaches ", "Models that could not be frozen", "Several models"]
    assert len(listed.items) == len(leads)
    for item, lead in zip(listed.items, leads, strict=True):
        assert str(item.parts[0]).startswith(lead)
    assert all(plain(item.parts[-1]).endswith(".") for item in listed.items)


# tables


@pytest.mark.parametrize("which", ["cv", "test"])
def test_metrics_stand_in_one_row_a_model(which: str) -> None:
    made = two_class()
    metrics = models_of(made).metrics.query("set == @which").set_index(["model", "features", "metric"])
    template = "models" if which == "cv" else "independent"
    primary, others = (table(made, f"{name}-{which}", template) for name in ("primary", "metrics"))
    keys = list(dict.fromkeys((model, features) for model, features, _ in metrics.index))
    metrics = metrics.sort_index()
    assert len(primary.rows) == len(others.rows) == len(keys) == 13
    heads = ["F1", "Precision", "Recall", "Specificity", "MCC", "Avg. prec.", "Brier"]
    assert [column.head for column in others.columns] == ["Model", *heads]
    names = ["f1", "precision", "recall", "specificity", "mcc", "average_precision", "brier"]
    for key, row, more in zip(keys, cells(primary), cells(others), strict=True):
        shown = metrics.loc[key]
        assert row[0] == more[0] == model_name(*key)
        for name, estimate, limits in zip(
            ("balanced_accuracy", "accuracy", "roc_auc"), row[1::2], row[2::2], strict=True
        ):
            low, high, how = shown.loc[name, ["ci_low", "ci_high", "interval"]]
            expected = "not estimable" if np.isnan(low) else f"{fixed(low)} to {fixed(high)}"
            assert estimate == fixed(shown.loc[name, "estimate"])
            assert limits == expected + "*" * ("pooled" in how)
        assert more[1:] == [fixed(value) for value in shown.loc[names, "estimate"]]


def test_a_star_is_explained_where_there_is_one() -> None:
    made = two_class()
    assert models_of(made).has_pooled_interval
    note = table(made, "models").footnote
    assert note is not None
    assert plain(note).startswith("* The estimate is the same in every fold")
    assert table(made, "primary-test", "independent").footnote is None
    metrics = models_of(made).metrics
    # a pooled interval of a metric that is not in the table has no star there
    elsewhere = metrics.assign(interval=np.where(metrics["metric"] == "f1", "narrower over folds; pooled Wilson", "x"))
    unmarked = changed(made, metrics=elsewhere)
    assert not models_of(unmarked).has_pooled_interval
    assert table(unmarked, "models").footnote is None
    assert "*" not in "".join(map("".join, cells(table(unmarked, "models"))))


def test_the_named_model_is_set_against_each_of_the_others() -> None:
    made = two_class()
    models = models_of(made)
    named = model_name(models.named.model, models.named.features)
    shown = table(made, "pairs")
    assert len(shown.rows) == models.compared - 1
    for row in cells(shown):
        assert named.lower() in row[0].lower()
    ids = [cell.id for row in shown.rows for cell in row if isinstance(cell, Value)]
    rows = sorted({int(found.split("[")[1].split("]")[0]) for found in ids})
    pairs = models.pairs.iloc[rows]
    assert [row[1] for row in cells(shown)] == [fixed(value) for value in pairs["difference"]]
    assert [row[4] for row in cells(shown)] == [
        f"{int(one)} : {int(other)}" for one, other in zip(pairs["only_1"], pairs["only_2"], strict=True)
    ]
    assert "–" in cells(table(four_class(), "pairs"))[0]  # areas are not compared, and their column says so
    styled = resolved(made, "report", p_values="AMA")
    assert table(styled, "pairs").columns[3].head == "P (Holm)"


def test_tuning_shows_three_choices_a_model() -> None:
    made = two_class()
    tuning = models_of(made).tuning
    many = pd.concat([tuning, tuning, tuning, tuning]).sort_values(["model", "features"], kind="stable")
    shown = cells(table(changed(made, tuning=many.reset_index(drop=True)), "tuning"))
    counts = pd.Series([row[0] for row in shown]).value_counts()
    assert (counts == 3).all()
    assert {row[5] for row in cells(table(made, "tuning"))} <= {"final", ""}
    finals = [row[0] for row in cells(table(made, "tuning")) if row[5] == "final"]
    kept = tuning[tuning["final"]]
    assert finals == [
        model_name(model, features) for model, features in zip(kept["model"], kept["features"], strict=True)
    ]


def test_at_most_fifteen_missed_samples_are_listed() -> None:
    made = two_class()
    errors = models_of(made).errors
    assert len(table(made, "missed", "independent").rows) == min(15, int((errors["set"] == "test").sum()))
    many = pd.concat([errors.assign(set="test")] * 20)
    shown = table(changed(made, errors=many, missed=len(many)), "missed", "independent")
    assert [row[0] for row in cells(shown)] == list(many.index[:15])
    none = changed(made, missed=0)
    assert "tab-missed" not in [block.id for block in blocks(none, "independent") if isinstance(block, Table)]


def test_tables_of_the_data_folder_have_no_empty_one() -> None:
    made = two_class()
    models = models_of(made)
    found = dict(tables_of(made))
    assert set(SPEC.files) <= set(found)
    assert "tuning" not in dict(tables_of(changed(made, tuning=models.tuning.head(0))))
    splits = found["splits"]
    assert list(splits.columns) == ["sample", "repeat", "fold"]
    assert len(splits) == models.train * models.repeats
    assert not splits.duplicated(["sample", "repeat"]).any()
    assert list(found["pairs"].columns) == list(models.pairs.columns)


# figures


@pytest.mark.parametrize("analysis", [*SYNTHETIC, nasty, paired], ids=lambda made: made.__name__)
def test_every_figure_says_what_it_shows(analysis) -> None:  # type: ignore[no-untyped-def]
    made = analysis()
    shown = [
        block
        for name in ("abstract", "models", "independent")
        for block in blocks(made, name)
        if isinstance(block, Figure)
    ]
    shown = [block for block in shown if block.id != "fig-volcano"]  # beside the models on the first page
    assert [block.id for block in shown[:6]] == [
        "fig-comparison", "fig-confusion", "fig-roc", "fig-precision-recall", "fig-selection-effect", "fig-learning",
    ]  # fmt: skip
    assert len(shown) == (8 if models_of(made).test else 6)
    for block in shown:
        assert block.alt.endswith(".")
        assert any(character.isdigit() for character in block.alt)
        assert "nan" not in block.alt.split()
        assert to_svg(block.drawn.figure).startswith("<?xml")


def test_the_alternative_texts_tell_every_model() -> None:
    made = two_class()
    models = models_of(made)
    keys = [key for key in models.confusion.groupby(["model", "features"]).groups if key[0] != "majority_class"]
    wrong = models.confusion[models.confusion["truth"] != models.confusion["predicted"]]
    for which, template, suffix in (("cv", "models", ""), ("test", "independent", "-test")):
        errors = figure(made, f"confusion{suffix}", template).alt
        assert errors.startswith("12 confusion matrices. Errors: ")
        for key in keys:
            own = (models.confusion[["model", "features", "set"]] == [*key, which]).all(axis=1)
            total = models.confusion.loc[own, "n"].sum()
            missed = wrong.loc[own.reindex(wrong.index), "n"].sum()
            assert f"{model_name(*key)} {missed} of {total}" in errors
    places = (("roc", "models"), ("precision-recall", "models"), ("roc-test", "independent"))
    areas = [figure(made, name, template).alt for name, template in places]
    effects = figure(made, "selection-effect").alt
    assert all(f"{model_name(*key)} " in alt for key in keys for alt in areas)
    for model, row in models.selection_effect.iterrows():
        assert f"{bare_name(str(model))} {fixed(row['difference'])} (" in effects
    assert "not estimable" in effects
    assert "models, mean of one class against the rest. Areas" in figure(four_class(), "roc").alt
    assert "models. Areas" in areas[0]


def test_the_alternative_text_of_the_forest_plot_tells_range_and_named_model() -> None:
    made = two_class()
    models = models_of(made)
    balanced = models.metrics.query("metric == 'balanced_accuracy'")
    cv = balanced.loc[balanced["set"] == "cv", "estimate"]
    alt = figure(made, "comparison", "abstract").alt
    assert alt.startswith("Forest plot of 13 models, including the majority class.")
    assert f"Cross-validated balanced accuracy runs from {fixed(cv.min())} to {fixed(cv.max())};" in alt
    assert f"and {fixed(models.metrics['estimate'].iloc[models.named_in_test])} on the independent set." in alt
    assert f"No confidence interval could be estimated for {model_name(*NOT_ESTIMABLE)}." in alt
    assert "on the independent set" not in figure(without_independent_set(), "comparison", "abstract").alt
    assert "and independent (hollow)" in words(made, "abstract")
    assert "hollow" not in words(without_independent_set(), "abstract")


def test_the_forest_plot_shows_every_model_at_its_estimate() -> None:
    models = models_of(two_class())
    axes = draw_comparison(models).figure.axes[0]
    balanced = models.metrics[models.metrics["metric"] == "balanced_accuracy"]
    for line, which in zip([line for line in axes.lines if len(line.get_xdata()) > 2], ("cv", "test"), strict=True):
        np.testing.assert_allclose(line.get_xdata(), balanced.loc[balanced["set"] == which, "estimate"])
    bold = [tick.get_text() for tick in axes.get_yticklabels() if tick.get_fontweight() == "bold"]
    assert bold == [short_model_name(models.named.model, models.named.features)]
    floor = next(line for line in axes.lines if line.get_label() == "majority class")
    assert floor.get_xdata()[0] == pytest.approx(0.5)


def test_what_has_no_interval_is_marked() -> None:
    models = models_of(two_class())
    forest, effect = (draw(models).figure.axes[0] for draw in (draw_comparison, draw_selection_effect))
    marks = {text.get_text(): text.xy for text in forest.texts}
    row = models.metrics.query("metric == 'balanced_accuracy' and set == 'cv'").set_index(["model", "features"])
    assert marks["†"][0] == row.loc[NOT_ESTIMABLE, "estimate"]
    assert marks["*"][0] == pytest.approx(0.5)
    assert "interval not estimable" in forest.get_xlabel()
    assert [text.get_text() for text in effect.texts] == ["†"]


def test_without_a_floor_the_forest_plot_still_stands() -> None:
    models = models_of(two_class())
    rest = models.metrics[models.metrics["model"] != "majority_class"]
    assert len(draw_comparison(replace(models, metrics=rest)).figure.axes[0].get_yticklabels()) == 12


def test_the_floor_stands_last() -> None:
    models = models_of(two_class())
    metrics = models.metrics.sort_values("model", key=lambda names: names != "majority_class", kind="stable")
    axes = draw_comparison(replace(models, metrics=metrics)).figure.axes[0]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names[-1] == "Majority class"
    assert axes.get_yticks()[-1] == 0
    shown = metrics[(metrics["metric"] == "balanced_accuracy") & (metrics["set"] == "cv")]
    line = next(line for line in axes.lines if len(line.get_xdata()) > 2)
    floor = shown["estimate"][shown["model"] == "majority_class"].item()
    assert line.get_xdata()[np.argmin(line.get_ydata())] == floor


@pytest.mark.parametrize(("analysis", "number"), [(two_class, 4), (four_class, 16)])
def test_confusion_matrices_hold_the_counts_and_shares(analysis, number: int) -> None:  # type: ignore[no-untyped-def]
    models = models_of(analysis())
    panels = [axes for axes in draw_confusion(models).figure.axes if axes.get_visible()]
    assert len(panels) == 12
    first = models.confusion.query("model == 'logistic_l1' and features == 'selected' and set == 'cv'")
    panel = next(axes for axes in panels if axes.get_title().startswith("Logistic regression, L1\non selected"))
    told = [text.get_text().split("\n") for text in panel.texts]
    assert [int(n) for n, _ in told] == list(first["n"])
    shares = first["n"] / first.groupby("truth")["n"].transform("sum")
    assert [share for _, share in told] == [f"{100 * share:.0f} %" for share in shares]
    assert len(told) == number


@pytest.mark.parametrize("draw", [draw_roc, draw_roc_test])
@pytest.mark.parametrize("analysis", [two_class, four_class])
def test_roc_panels_end_in_both_corners(draw, analysis) -> None:  # type: ignore[no-untyped-def]
    panels = [axes for axes in draw(models_of(analysis())).figure.axes if axes.get_visible()]
    titles = [axes.get_title(loc="left") for axes in panels]
    assert len(set(titles)) == len(titles) == 6
    for axes in panels:
        assert len(axes.lines) == 3  # the diagonal and two sets of features
        for line in axes.lines[1:]:
            assert (line.get_xdata()[0], line.get_ydata()[0]) == (0, 0)
            assert (line.get_xdata()[-1], line.get_ydata()[-1]) == (1, 1)


def test_the_independent_roc_is_the_steps_of_the_result() -> None:
    models = models_of(two_class())
    panels = draw_roc_test(models).figure.axes
    axes = next(panel for panel in panels if panel.get_title(loc="left") == "Logistic\nregression, L1")
    steps = models.roc.query("model == 'logistic_l1' and features == 'selected' and set == 'test'")
    np.testing.assert_array_equal(axes.lines[1].get_xydata(), steps[["fpr", "tpr"]])


def test_differences_stand_at_their_values_with_a_line_at_zero() -> None:
    models = models_of(two_class())
    zero, dots = draw_selection_effect(models).figure.axes[0].lines
    assert list(zero.get_xdata()) == [0, 0]
    np.testing.assert_allclose(dots.get_xdata(), models.selection_effect["difference"])


def test_learning_curves_show_every_epoch_and_the_text_their_end() -> None:
    made = two_class()
    models = models_of(made)
    panels = draw_learning_curves(models).figure.axes
    assert len(panels) == 4
    for axes in panels:
        assert [len(line.get_xdata()) for line in axes.lines] == [200, 200]
        assert len({line.get_linestyle() for line in axes.lines}) == 2
    ends = models.curves[models.curves["epoch"] == 200].set_index("quantity", append=True)["mean"]
    for name, text in (("selected", "selected genes"), ("components", "components")):
        training, validation = (ends[name, quantity] for quantity in ("accuracy", "val_accuracy"))
        assert (
            f"For the networks on {text}, the mean accuracy at the end of training is {fixed(training)} on the "
            f"training parts and {fixed(validation)} on the held-out samples."
        ) in words(made)
        assert f"{text} {training:.2f} and {validation:.2f}" in figure(made, "learning").alt


@pytest.mark.parametrize(("which", "metric"), [("cv", "roc_auc"), ("test", "roc_auc"), ("cv", "average_precision")])
def test_interactive_curves_are_those_of_the_results(which: str, metric: str) -> None:
    models = models_of(two_class())
    of_roc = metric == "roc_auc"
    made = precision_recall(models) if not of_roc else roc(models) if which == "cv" else roc_test(models)
    table, axes = (models.roc, ["fpr", "tpr"]) if of_roc else (models.precision_recall, ["recall", "precision"])
    table = table[table["set"] == which]
    keys = [key for key, _ in table.groupby(["model", "features"], sort=False) if key[0] != "majority_class"]
    assert [trace["name"].rpartition(" (")[0] for trace in made.data["traces"]] == [model_name(*key) for key in keys]
    for (model, features), trace in zip(keys, made.data["traces"], strict=True):
        assert trace["name"].rpartition(" (")[2].startswith("AUC" if of_roc else "AP")
        own = table[(table["model"] == model) & (table["features"] == features)]
        points = pd.DataFrame(dict(zip(axes, trace["points"], strict=True)))
        assert np.allclose(points.iloc[-1], own[axes].iloc[-1], rtol=1e-8)
        assert set(np.round(points[axes[1]], 7)) == set(np.round(own[axes[1]], 7))
        assert trace["bold"] == ((model, features) == (models.named.model, models.named.features))
        assert trace["shown"] == (features != "all" or trace["bold"])
    assert sum(trace["bold"] for trace in made.data["traces"]) == 1
    assert made.data["diagonal"] is of_roc
    json.dumps(made.data, allow_nan=False)


def test_what_is_judged_of_the_models_is_stored_with_them() -> None:
    made = two_class()
    models = models_of(made)
    stored = json.loads(made.to_json())["models"]
    assert stored["named"]["is_best"] == models.named.is_best
    judged = ("falls_short", "has_pooled_interval", "has_combined_interval", "areas_compared", "own_models")
    for name in judged:
        assert stored[name] == getattr(models, name)
    assert Analysis.from_json(made.to_json()).to_json() == made.to_json()


def test_thinning_is_told_where_it_was_done() -> None:
    analysis = two_class()
    assert "thinned" not in words(analysis)
    thinned = changed(analysis, thinning=Thinning(72_000.4, 19, 4, 5, 1.5, 0.01, 0.5))
    body, methods = words(thinned), words(thinned, block="methods")
    assert "In 4 of 5 splits, and for the final models, the counts of deeper samples were thinned" in body
    assert "19 training samples were thinned to 72,000 counts" in body
    assert "differ by a factor of 1.5 or more" in methods
    assert "samples below 50 % of the median depth" in methods
