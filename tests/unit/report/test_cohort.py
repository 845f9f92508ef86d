"""The sections on the cohort, its preprocessing, the settings and the session say what the results hold."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from genereport.analyses import quality
from genereport.analyses.preprocessing.figures import describe_distributions
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.errors import Finding
from genereport.gallery import tables_of
from genereport.report.composition import section_writer
from genereport.report.document import Block, Cite, Code, Figure, Items, Note, Ref, Section, Table, Value, inlines
from genereport.types import Undo
from tests.unit.report import synthetic

WARNING = Finding("GR304", "warning", "{x}", "Class and '{x}' cannot be told apart in 7 of 8 samples.")
REMARK = Finding("GR303", "note", "age", "# - `age` *is* <b>missing</b>.")
NO_MODELS = Skipped("The class 'A' has 3 samples, too few for a cross-validation.")


def walk(blocks: Iterable[Block]) -> Iterable[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Section):
            yield from walk(block.blocks)


def text(*blocks: Block) -> str:
    """All that is said outside of tables and figures."""
    said = (block for block in walk(blocks) if not isinstance(block, (Figure, Section, Table)))
    return " ".join("".join(word(part) for part in inlines(block)) for block in said)


def word(part: object) -> str:
    if isinstance(part, Cite):
        return f"[{', '.join(part.keys)}]"
    return part if isinstance(part, str) else getattr(part, "text", "")


def section(template: str, analysis: Analysis) -> Section:
    return section_writer(analysis).section(template)


def with_quality(analysis: Analysis, **changes: Any) -> Analysis:
    return analysis.with_results(quality=replace(analysis.quality, **changes))


def prepared(**changes: Any) -> str:
    """What the section on preprocessing says of the synthetic cohort with other steps."""
    analysis = synthetic.two_class()
    steps = replace(analysis.preprocessing, **changes)
    return text(section("preprocessing", analysis.with_results(preprocessing=steps)))


def table(made: Section, name: str) -> Table:
    (found,) = (block for block in made.blocks if isinstance(block, Table) and block.id == name)
    return found


@pytest.mark.parametrize(
    ("analysis", "judged", "told"),
    [
        (
            synthetic.two_class,
            True,
            "no decision of the analysis: the models predicted it once, at the end. The quality",
        ),
        (
            synthetic.two_class,
            False,
            "no decision of the analysis. No model was fitted, so it was not predicted. The quality",
        ),
        (
            synthetic.without_independent_set,
            True,
            "the classifiers was estimated by cross-validation and was not tested on new samples.",
        ),
        (synthetic.without_independent_set, False, "no independent set, and the report makes no statement about new"),
    ],
)
def test_what_the_independent_set_is_for_is_told(analysis, judged: bool, told: str) -> None:  # type: ignore[no-untyped-def]
    made = analysis() if judged else analysis().with_results(models=NO_MODELS)
    assert told in text(section("cohort", made))


@pytest.mark.parametrize(
    ("missing", "told"),
    [(0, "No value is missing."), (1, "1 value is missing."), (2345, "2,345 values are missing.")],
)
def test_missing_values_of_the_file_are_counted(missing: int, told: str) -> None:
    assert told in text(section("cohort", with_quality(synthetic.two_class(), missing=missing)))


def test_the_tables_of_the_cohort_hold_its_counts_whatever_the_classes_are_called() -> None:
    analysis = synthetic.two_class()
    names = {"ALL": "{x}", "AML": "50 % {level}"}
    named = with_quality(
        analysis,
        counts=analysis.quality.counts.rename(index=names),
        covariates=analysis.quality.covariates.rename(columns=names),
    )
    made = section("cohort", named)
    covariates = table(made, "tab-covariates")
    assert [column.head for column in covariates.columns] == ["Covariate", "Level", "Set", "{x}", "50 % {level}"]
    assert covariates.rows[1][4] == Value("quality.covariates[1].50 % {level}", "3")
    counts = table(made, "tab-counts")
    assert counts.rows[0] == (
        Value("quality.counts[0].class", "{x}"),
        Value("quality.counts[0].train", "27"),
        Value("quality.counts[0].test", "20"),
    )
    assert [column.numeric for column in counts.columns] == [False, True, True]


def test_without_covariates_gaps_and_findings_the_cohort_has_no_words_for_them() -> None:
    analysis = synthetic.two_class()
    quality = analysis.quality
    bare = with_quality(
        analysis, covariates=quality.covariates.head(0), associations=quality.associations.head(0), findings=()
    )
    made = section("cohort", bare)
    assert [block.id for block in made.blocks if isinstance(block, Table)] == ["tab-counts"]
    assert "findings" not in text(made)


@pytest.mark.parametrize(
    ("analysis", "corrected"), [(synthetic.two_class, False), (synthetic.four_class, True)], ids=["two", "four"]
)
def test_gaps_that_go_with_the_class_are_told_and_counted_by_class(analysis, corrected: bool) -> None:  # type: ignore[no-untyped-def]
    made = analysis()
    by_class = made.quality.missingness.by_class.assign(missing=0.123, genes=1)
    lacking = replace(made.quality.missingness, gaps=1, genes=1, p=float("nan"), by_class=by_class)
    told = section("cohort", with_quality(made, missingness=lacking))
    words = text(told)
    assert (
        "1 gene has no value in some of the training samples. Missing values are associated with the class in 1 of"
        in words
    )
    assert ("a Bonferroni correction for the number of classes" in words) == corrected
    assert "Kruskal" not in words
    row = table(told, "tab-missing").rows[0]
    assert row[2:] == (
        Value("quality.missingness.by_class[0].missing", "12.3 %"),
        Value("quality.missingness.by_class[0].genes", "1"),
    )
    tested = replace(lacking, gaps=2, genes=0, p=0.02)
    words = text(section("cohort", with_quality(made, missingness=tested)))
    assert "2 genes have no value in some of the training samples." in words
    assert "associated with the class in none of these genes" in words
    assert "missing values per sample between the classes (p = 0.02)." in words


def test_findings_are_printed_as_they_are() -> None:
    made = section("cohort", with_quality(synthetic.two_class(), findings=(WARNING, REMARK)))
    assert "Checks of the input files gave the following findings." in text(made)
    notes = [block for block in made.blocks if isinstance(block, Note)]
    assert [note.severity for note in notes] == ["warning", "note"]
    for place, (note, found) in enumerate(zip(notes, (WARNING, REMARK), strict=True)):
        assert note.body.parts == (Code(found.code), " ", Value(f"quality.findings[{place}].message", found.message))


def test_warnings_are_limits_of_the_study_and_notes_are_not() -> None:
    analysis = with_quality(synthetic.two_class(), findings=(REMARK, WARNING))
    (items,) = section_writer(analysis).write("cohort", "limits")
    assert isinstance(items, Items)
    (item,) = items.items
    assert item.parts == ("Class confounded with a covariate ({x}), ", Ref("sec-cohort"), ".")
    assert not section_writer(with_quality(analysis, findings=(REMARK,))).write("cohort", "limits")


def test_caveats_leave_out_why_there_are_no_models() -> None:
    too_few = Finding("GR335", "warning", "class", f"{NO_MODELS.skipped} So no classifier is trained.")
    caveat = "Caveat: Class confounded with a covariate ({x}), ."
    for findings, told in (((REMARK, WARNING, too_few), [caveat]), ((REMARK, too_few), [])):
        analysis = with_quality(synthetic.two_class(), findings=findings).with_results(models=NO_MODELS)
        said = [text(block) for block in section_writer(analysis).write("abstract")]
        assert [words for words in said if words.startswith("Caveat")] == told


def test_the_abstract_counts_the_samples_of_each_class() -> None:
    words = text(*section_writer(synthetic.four_class()).write("cohort", "abstract"))
    assert "has 72 samples (BL: 11, EWS_$1$: 25, NB: 16, RMS: 20, 20 of them in an independent set)" in words
    words = text(*section_writer(synthetic.without_independent_set()).write("cohort", "abstract"))
    assert "(30 healthy and 42 tumour <stage IV> & relapse) and 7,058 genes or probes." in words


def test_findings_have_a_table_in_the_data_folder() -> None:
    analysis = with_quality(synthetic.two_class(), findings=(WARNING, REMARK))
    frame = quality.SPEC.files["findings"](analysis.quality)
    assert frame is not None
    assert list(frame.columns) == ["code", "severity", "subject", "message"]
    assert list(frame["message"]) == [WARNING.message, REMARK.message]
    pd.testing.assert_frame_equal(frame, dict(tables_of(analysis))["findings"])
    none = quality.SPEC.files["findings"](replace(analysis.quality, findings=()))
    assert none is not None
    assert list(none.columns) == list(frame.columns)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"scale_sure": "clear"}, "The values are raw intensities: the simulation says so."),
        ({"scale_sure": "likely", "scale": "ln"}, "The values are most likely natural logarithms: "),
        ({"scale_sure": "ambiguous", "scale": "tpm"}, "The values were taken to be TPM, CPM or FPKM: "),
        ({"log": "log2"}, "says so. Their base-2 logarithms were analysed."),
        ({"log": "log2 CPM"}, "says so. They were analysed as log2 counts per million."),
        ({"log": "log2(x + 1)"}, "They were transformed to log2(x + 1)."),
        ({"log": "M-value"}, "from 0.001 to 0.999 and converted to M-values, log2(β / (1 − β)) [du2010]."),
        ({"log": "from ln"}, "They were multiplied by log2(e) to obtain base-2 logarithms."),
        ({"log": "from log10"}, "They were multiplied by log2(10) to obtain base-2 logarithms."),
        ({"log": "none"}, "They were analysed without transformation."),
        ({"floored": 0.2345}, "values below 100 were raised to 100 (23.4 % of all values), a common step"),
        ({"capped": 0.00123}, "Values above 16,000 were lowered to 16,000 (0.12 %)."),
        ({"controls": 1}, "1 control probe was excluded. 2 further genes do not vary"),
        ({"controls": 0, "untestable": 0}, "Every gene varies over the training samples."),
        ({"untestable": 0}, "58 control probes were excluded. Every other gene varies over the training samples."),
        ({"untestable": 1}, "1 further gene does not vary over the training samples before array scaling and"),
        (
            {"untestable": 1, "controls": 0, "array_scaling": "none"},
            "1 gene does not vary over the training samples and",
        ),
        (
            {"several": 1},
            "1 gene with a known symbol is measured by several probes; each probe was analysed separately.",
        ),
        (
            {"several": 2, "collapse": "median"},
            "several probes; these probes were replaced by their median in each array.",
        ),
        (
            {"several": 2, "collapse": "highest_mean"},
            "the probe with the highest mean over the training samples represents the",
        ),
        (
            {"several": 2, "collapse": "highest_variance"},
            "the probe with the highest variance over the training samples",
        ),
        ({"array_scaling": "none"}, "Arrays were not scaled."),
        ({"array_scaling": "stable_genes"}, "Arrays were scaled by 7,000 stable genes, those that vary least between"),
        ({"array_scaling": "standardise"}, "multiplied by 3.500 and shifted by 8.400, the medians of these deviations"),
        ({"array_scaling": "quantile"}, "replaced by the normal quantiles of their ranks among 7,000 genes. All"),
        ({"common_floor": 7.25}, "raised to a common floor of 7.250 (log2), the highest floor of a training array"),
        (
            {"expression_rule": "above_floor", "common_floor": 7.25, "fewest_expressed": 11, "unexpressed": 1},
            "above the common floor in at least 11 training samples [chen2016]. This number is derived from the size "
            "of the smallest class: its first 10 samples count in full, and the others by 70 %. 1 gene was excluded by",
        ),
        (
            {"expression_rule": "above_floor", "array_scaling": "none", "common_floor": 7.25, "unexpressed": 2},
            "A gene counts as expressed if it lies above the floor in at least",
        ),
        (
            {"expression_rule": "fold_range", "unexpressed": 2},
            "if max/min > 5 and max − min > 500 over the training samples [dudoit2002]. Both criteria apply to the "
            "values in the unit of the file, after floor and cap. 2 genes were excluded by this rule.",
        ),
        (
            {"expression_rule": "above_floor", "array_scaling": "none", "fewest_expressed": 11},
            "A gene counts as expressed if it has a value in at least 11 training samples",
        ),
        ({"undo": Undo(2.0, 1.0), "scale": "counts"}, "The values were computed from counts: the simulation says so."),
        ({"testable": 1}, "1 gene remains for the tests."),
        ({"missing": 1}, "7,000 genes remain for the tests. 1 value of these genes is missing."),
        (
            {"missing": 2},
            "2 values of these genes are missing. The tests omit missing values. The principal components and the "
            "models replace them by the median of the gene over the training samples; for the models, it is computed",
        ),
    ],
)
def test_each_step_has_its_sentence(changes: dict[str, Any], told: str) -> None:
    assert told in prepared(**changes)


@pytest.mark.parametrize(
    ("changes", "silent"),
    [
        ({"floor": None}, "Before the logarithm"),
        ({"cap": None}, "were lowered"),
        ({"several": 0, "collapse": "median"}, "several probes"),
        ({"common_floor": 7.25, "array_scaling": "none"}, "common floor"),
        ({"expression_rule": "none"}, "counts as expressed"),
        ({"missing": 0}, "missing"),
    ],
)
def test_what_was_not_done_is_not_told(changes: dict[str, Any], silent: str) -> None:
    assert silent not in prepared(**changes)


def test_without_models_only_components_replace_missing_values() -> None:
    analysis = synthetic.two_class()
    steps = replace(analysis.preprocessing, missing=2)
    words = text(section("preprocessing", analysis.with_results(preprocessing=steps, models=NO_MODELS)))
    assert "The principal components replace them by the median of the gene over the training samples." in words


def methods(**changes: Any) -> str:
    analysis = synthetic.two_class()
    steps = replace(analysis.preprocessing, **changes)
    return text(*section_writer(analysis.with_results(preprocessing=steps)).write("preprocessing", "methods"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"collapse": "median"}, "The probes of a gene were then replaced by their median [miller2011]."),
        ({"collapse": "highest_mean"}, "with the highest mean in the training part [miller2011]."),
        ({"collapse": "highest_variance"}, "with the highest variance in the training part [miller2011]."),
        ({"array_scaling": "standardise"}, "each value x of the array was transformed to 8.4 + 3.5 (x − m) / s; the"),
        ({"array_scaling": "quantile"}, "was transformed to 8.4 + 3.5 Φ⁻¹((r − ½) / 7,000); the constants are"),
        ({"array_scaling": "none"}, "Arrays were not scaled."),
        (
            {"array_scaling": "stable_genes", "floor": None},
            "The candidates are the genes that have a value in at least 90 %",
        ),
        (
            {"expression_rule": "above_floor", "fewest_expressed": 3},
            "Genes with a value in fewer than 3 training samples",
        ),
        (
            {"expression_rule": "fold_range"},
            "Genes were excluded unless max/min > 5 and max − min > 500 over the training samples, after floor and "
            "cap, in the unit of the file and before scaling [dudoit2002].",
        ),
    ],
)
def test_the_methods_tell_what_no_usual_cohort_needs(changes: dict[str, Any], told: str) -> None:
    assert told in methods(**changes)


@pytest.mark.parametrize("analysis", [synthetic.two_class, synthetic.without_independent_set, synthetic.four_class])
def test_the_figure_of_the_arrays_is_described_by_their_numbers_and_medians(analysis) -> None:  # type: ignore[no-untyped-def]
    made = analysis()
    steps, counts = made.preprocessing, made.quality.counts
    seen = describe_distributions(steps)
    assert seen["train"] == [f"{number} {name}" for name, number in counts["train"].items()]
    assert seen["test"] == [f"{number} {name}" for name, number in counts["test"].items() if number]
    assert seen["after"] == {"low": steps.arrays["q50"].min(), "high": steps.arrays["q50"].max()}
    np.testing.assert_allclose(seen["before"]["high"], made.quality.arrays["q50"].max())
    (figure,) = (block for block in section("preprocessing", made).blocks if isinstance(block, Figure))
    assert figure.id == "fig-distributions"
    assert figure.alt.startswith(f"Two panels with a box for each of {len(steps.arrays)} samples: {seen['train'][0]}")
    assert ("independent" in figure.alt) == bool(made.quality.test)


def test_every_setting_is_listed_as_json() -> None:
    analysis = synthetic.two_class()
    own = analysis.settings["report"] | {"title": "“A” & <b>", "date": None}
    changed = replace(analysis, settings=analysis.settings | {"report": own})
    rows = table(section("settings", changed), "tab-settings").rows
    listed = {name.text: value for name, value in rows if isinstance(name, Code) and isinstance(value, Value)}
    expected = {"seed": analysis.settings["seed"]}
    for group, values in changed.settings.items():
        expected |= {f"{group}.{name}": value for name, value in values.items()} if isinstance(values, dict) else {}
    assert {name: json.loads(value.text) for name, value in listed.items()} == expected
    assert all(value.id == f"settings.{name}" for name, value in listed.items())
    assert (listed["report.title"].text, listed["report.date"].text) == ('"“A” & <b>"', "null")


def test_the_session_names_the_command_the_platform_the_inputs_and_the_versions() -> None:
    made = section("session", synthetic.two_class())
    words = text(made)
    assert (
        "byte for byte: genereport build --out report.pdf. All random numbers are derived from the seed 1999," in words
    )
    assert "CPython 3.11.7 on Linux x86_64" in words
    assert "by openblas 0.3.30 on one thread." in words
    assert not made.numbered
    inputs = table(made, "tab-inputs")
    assert [column.numeric for column in inputs.columns] == [False, False, True, False]
    assert inputs.rows[0][0] == Code("expression.tsv")
    assert inputs.rows[0][2] == Value("inputs[0].size", "1,234,567")
    versions = table(made, "tab-versions").rows
    assert versions[1] == (Code("numpy"), Value("versions.numpy", "2.4.0"))


def test_a_run_beside_earlier_ones_is_repeated_but_for_that_section() -> None:
    words = text(section("session", synthetic.with_trend(synthetic.two_class())))
    assert "byte for byte, except for the section on earlier runs: genereport build" in words


def test_a_cohort_in_memory_has_neither_inputs_nor_a_command() -> None:
    made = section("session", replace(synthetic.two_class(), inputs=(), simulated=False))
    assert "given in memory, so no command repeats this run. All random numbers are derived from the seed" in text(made)
    assert [block.id for block in made.blocks if isinstance(block, Table)] == ["tab-versions"]
