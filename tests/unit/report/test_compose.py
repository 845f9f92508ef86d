"""The document tells what the results hold, numbers traced, sections complete, words chosen by the numbers."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

import pandas as pd
import pytest

from genereport.analyses.differential.result import StandIns
from genereport.analyses.result import Skipped
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.errors import Finding
from genereport.report.composition import compose, section_order
from genereport.report.document import (
    Document,
    Figure,
    Note,
    Paragraph,
    Ref,
    Section,
    Table,
    Value,
    cited,
    inlines,
    numbers,
)
from genereport.types import Term
from tests.analyses import (
    composed,
    four_against_four,
    four_class,
    nasty,
    paired,
    three_against_three,
    two_against_two,
    two_class,
    without_independent_set,
)
from tests.unit.report import synthetic

SMALL = (three_against_three, two_against_two, four_against_four)
ANALYSES = (two_class, without_independent_set, four_class, paired, nasty, *SMALL)


def text(document: Document) -> str:
    parts = [part for block in document.walk() for part in inlines(block)]
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in parts)


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda made: made.__name__)
def test_every_reference_leads_somewhere_and_every_id_is_unique(analysis) -> None:  # type: ignore[no-untyped-def]
    document = composed(analysis)
    blocks = list(document.walk())
    ids = [block.id for block in blocks if isinstance(block, (Section, Table, Figure))]
    assert len(ids) == len(set(ids))
    labels = numbers(document)
    for part in (part for block in blocks for part in inlines(block)):
        if isinstance(part, Ref):
            assert part.target in labels
    assert [entry.key for entry in document.references] == cited(document)


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda made: made.__name__)
def test_tables_are_rectangular_and_captions_end_in_a_full_stop(analysis) -> None:  # type: ignore[no-untyped-def]
    for block in composed(analysis).walk():
        if isinstance(block, Table):
            assert {len(row) for row in block.rows} == {len(block.columns)}, block.id
        if isinstance(block, (Table, Figure)):
            last = block.caption.parts[-1]
            assert isinstance(last, str)
            assert last.endswith("."), block.id
        if isinstance(block, Figure):
            assert block.alt.endswith("."), block.id


def test_numbers_in_the_abstract_are_traced() -> None:
    analysis = two_class()
    paragraphs = [block for block in composed(two_class).abstract if isinstance(block, Paragraph)]
    found = {part.id: part.text for block in paragraphs for part in block.parts if isinstance(part, Value)}
    assert found["differential.tested"] == str(analysis.differential.tested)
    assert found["differential.bonferroni"] == str(analysis.differential.bonferroni)


def test_a_simulated_cohort_is_called_simulated_first() -> None:
    first = composed(two_class).abstract[0]
    assert isinstance(first, Note)
    assert "simulated" in str(first.body.parts)
    assert "simulated" not in text(composed(four_class))


def test_several_classes_are_told_of_the_contrasts() -> None:
    document = composed(four_class)
    assert "tables/contrasts.tsv" in text(document)
    assert "one-way" in text(document)
    assert "welch1951" in cited(document)


def test_methods_cite_only_what_ran() -> None:
    keys = cited(composed(without_independent_set))
    assert not {"phipson2016", "miller2011", "student1908"} & set(keys)
    assert "welch1951" not in keys
    ran = set(without_independent_set().models.metrics["interval"])
    assert ("zou2009" in keys) == any("MOVER" in how for how in ran)
    assert "zou2009" in cited(composed(two_class))
    silent = replace(two_class().differential, permutations=Skipped("No permutations were requested."))
    assert "westfall1993" in cited(composed(two_class))
    assert "westfall1993" not in cited(compose(two_class().with_results(differential=silent)))
    assert {"welch1947", "holm1979", "guyon2002", "nadeau2003"} <= set(keys)


@pytest.mark.parametrize("analysis", [two_class, four_class, paired], ids=lambda made: made.__name__)
def test_counts_that_are_told_are_those_of_the_tables(analysis) -> None:  # type: ignore[no-untyped-def]
    made = analysis()
    found, table, alpha = made.differential, made.differential.table, made.differential.alpha
    kept = {
        "tested": table["P.Value"].notna(),
        "degenerate": table["P.Value"].isna(),
        "bonferroni": table["P.Bonferroni"] < alpha,
        "holm": table["P.Holm"] < alpha,
        "bh": table["adj.P.Val"] < alpha,
    }
    kept |= {
        "moderation.bonferroni": table["P.mod.Bonferroni"] < alpha,
        "moderation.bh": table["adj.P.mod"] < alpha,
    }
    if not isinstance(found.permutations, Skipped):
        kept |= {"permutations.max_t": table["P.maxT"] < alpha, "permutations.min_p": table["P.minP"] < alpha}
    if len(found.classes) == 2:
        kept["up"] = (table["P.Bonferroni"] < alpha) & (table["logFC"] > 0)
    for name, rows in kept.items():
        assert attrgetter(name)(found) == rows.sum(), name
    chosen, folds = made.selection, made.selection.by_fold.groupby("gene").size()
    assert (chosen.ever, chosen.always) == (len(folds), (folds == chosen.folds).sum())
    pairs, limit = made.models.pairs, made.models.differences.alpha
    assert made.models.differences.folds == (pairs["P.Holm.models"] < limit).sum()
    assert made.trust.missed == (made.models.errors["missed"] > made.models.compared / 2).sum()
    could = set(zip(pairs["model_1"], pairs["features_1"], strict=True))
    could |= set(zip(pairs["model_2"], pairs["features_2"], strict=True))
    metrics = made.models.metrics
    balanced = metrics[(metrics["set"] == "cv") & (metrics["metric"] == "balanced_accuracy")]
    estimates = balanced.set_index(["model", "features"])["estimate"]
    assert made.models.named.best_estimate == max(estimates[key] for key in could)


def test_the_family_wise_error_rate_is_that_of_at_least_one_false_gene() -> None:
    assert "FWER: family-wise error rate, the probability of at least one false positive" in text(composed(two_class))


def test_what_holds_under_assumptions_is_told_with_them() -> None:
    words = text(composed(two_class))
    assert "are exact if the values of both classes are normally distributed with equal variances" in words
    assert "for a gene that does not differ, the values have the same distribution in all classes" in words
    assert "the differences within pairs are symmetric about zero" in text(composed(paired))
    assert "The estimate tends to be too high" in words


def test_a_gene_without_a_p_value_is_told_of_only_where_there_is_one() -> None:
    result = two_class().differential
    words = [
        text(compose(two_class().with_results(differential=replace(result, degenerate=number))))
        for number in (0, 1, 164)
    ]
    assert ["no p-value, because" in told for told in words] == [False, True, True]
    assert (
        "1 further gene has no p-value, because it does not vary over these samples or lacks values in a class"
        in words[1]
    )
    assert (
        "164 further genes have no p-value, because they do not vary over these samples or lack values in a class"
        in words[2]
    )


def test_several_classes_have_no_direction() -> None:
    made, markers = four_class(), two_class().biomarkers
    several = replace(made.biomarkers, measured=1, several=markers.several, probes=markers.probes)
    words = text(compose(made.with_results(biomarkers=several, enrichment=two_class().enrichment)))
    assert markers.several
    assert "there is no single difference with which a listed direction could be compared" in words
    assert "of opposite sign" not in words
    assert "The statistic is F (one-sided test)" in words
    assert "of opposite sign" in text(composed(two_class))


def test_a_figure_of_some_pairs_of_classes_says_that_they_are_not_all() -> None:
    result = four_class().differential
    assert "pairs are shown" not in text(composed(four_class))
    many = replace(result, pairs=pd.concat([result.pairs, result.pairs]))
    assert "Only the first 10 pairs are shown." in text(compose(four_class().with_results(differential=many)))


def test_a_cohort_in_memory_has_no_command_that_repeats_it() -> None:
    assert "no command repeats this run" in text(composed(four_class))
    assert "this command makes the same report" in text(composed(two_class))


def test_a_covariate_that_subdivides_the_class_is_not_denied() -> None:
    made, denied = two_class(), "No covariate of the sample sheet was found to be associated with the class."
    assert denied in text(composed(two_class))
    found = (Finding("GR312", "note", "subtype", "'subtype' subdivides the class."),)
    assert denied not in text(compose(made.with_results(quality=replace(made.quality, findings=found))))


def test_a_skipped_stage_is_printed_with_its_reason() -> None:
    skipped = Skipped("The training samples span fewer than two principal components.")
    document = compose(two_class().with_results(components=skipped))
    section = next(section for section in document.sections if section.title == "Principal components")
    assert "span fewer than two" in str(section.blocks)
    assert section.id == "sec-components"


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda made: made.__name__)
def test_a_section_keeps_its_id_and_its_title_whether_it_is_skipped_or_not(analysis) -> None:  # type: ignore[no-untyped-def]
    document = composed(analysis)
    told = {block.id: block.title for block in document.walk() if isinstance(block, Section)}
    absent = {"trend"} if analysis().planned_contrasts else {"trend", "planned_contrasts"}  # only where asked for
    placed = {section.id: section for spec, section in section_order() if spec.name not in absent}
    assert {name: told[name] for name in told if name in placed} == {
        section.id: section.title for section in placed.values() if section.id in told
    }
    left_out = placed.keys() - told.keys()
    assert all(placed[name].within in told for name in left_out)
    assert not left_out or isinstance(analysis().trust, Skipped)
    closing = [section.id for section in document.sections][-5:]
    assert closing == ["sec-limits", "sec-methods", "sec-settings", "sec-session", "sec-checklists"]


@pytest.mark.parametrize("analysis", [three_against_three, two_against_two])
def test_a_small_study_is_told_of_without_models(analysis) -> None:  # type: ignore[no-untyped-def]
    found, document = analysis(), composed(analysis)
    assert all(isinstance(getattr(found, name), Skipped) for name in ("selection", "models", "trust"))
    assert found.models == found.selection == found.trust
    abstract = text(replace(document, sections=()))
    assert (
        "No classifier was compared, so no statement is made about how well the classes can be predicted." in abstract
    )
    assert abstract.count("too few for a cross-validation") == 1
    assert "ranked by p-value alone" in abstract
    ids = {block.id for block in document.walk() if isinstance(block, (Table, Figure))}
    assert {"fig-heatmap", "fig-expression", "fig-pca", "tab-signature"} <= ids
    assert not ids & {"fig-importance", "fig-comparison", "tab-pairs"}
    assert found.biomarkers.methods == ("test",)
    ranked = found.biomarkers.signature
    assert ranked["rank_test"].is_monotonic_increasing
    assert ranked[["frequency", "rank_rfe", "rank_l1", "rank_forest"]].isna().all(axis=None)
    assert "brodersen2010" not in [entry.key for entry in document.references]


def test_circular_evidence_is_marked_as_such() -> None:
    assert "planted in the probes of this list" in text(composed(two_class))
    analysis = two_class()
    own = analysis.with_results(biomarkers=replace(analysis.biomarkers, circular=("Golub50",)))
    told = text(compose(replace(own, simulated=False)))
    assert "Evidence of class Golub50 was derived from this cohort itself" in told


def test_pairs_are_told_of_and_that_the_classifiers_do_not_look_at_differences() -> None:
    words = text(composed(paired))
    assert "Student’s paired t-test compared 12 A and 12 B" in words
    assert "Samples were paired by patient." in words
    assert words.count("2 samples have no partner and were left out of the paired test.") == 2
    assert "the splits keep the samples of a pair together" in words
    assert "student1908" in cited(composed(paired))
    assert paired().differential.tested == 40
    assert "the probe with the highest mean over the training samples represents the gene" in words
    assert "miller2011" in cited(composed(paired))


def test_adjustment_is_told_where_a_design_adjusts_and_its_absence_where_none_does() -> None:
    assert "is not adjusted for any covariate" in text(composed(two_class))
    adjusted = replace(
        two_class().differential,
        covariates=("centre", "age"),
        terms=(
            Term("C(centre)", "factor", 3, 2),
            Term("age", "number", 0, 1),
            Term("log(dose)", "transformation", 0, 1),
            Term("age:sex", "interaction", 0, 2),
        ),
        design="~ class + C(centre) + age + log(dose) + age:sex",
    )
    words = text(compose(two_class().with_results(differential=adjusted)))
    assert "adjusted for centre and age" in words
    assert (
        "The linear model was ~ class + C(centre) + age + log(dose) + age:sex: C(centre) entered as a factor with 3 "
        "levels, age as a numeric covariate (linear effect), log(dose) as a transformed numeric covariate with 1 "
        "coefficient and age:sex as an interaction with 2 coefficients."
    ) in words
    assert "is not adjusted for any covariate" not in words


def test_missing_values_are_shown_by_class_where_there_are_any() -> None:
    assert "tab-missing" not in {block.id for block in composed(two_class).walk() if isinstance(block, Table)}
    made = two_class()
    lacking = replace(made.quality.missingness, gaps=1200, genes=106, p=0.0123)
    document = compose(made.with_results(quality=replace(made.quality, missing=2000, missingness=lacking)))
    words = text(document)
    assert "1,200 genes have no value in some of the training samples." in words
    assert "associated with the class in 106 of these genes" in words
    assert "A Kruskal–Wallis test compares" in words
    assert "between the classes (p = 0.0123)." in words
    (table,) = (block for block in document.walk() if isinstance(block, Table) and block.id == "tab-missing")
    assert len(table.rows) == 2


def test_a_prior_without_end_and_a_robust_one_are_told() -> None:
    result = two_class().differential
    endless = replace(result, moderation=replace(result.moderation, df=None))
    assert "infinite prior degrees of freedom" in text(compose(two_class().with_results(differential=endless)))
    robust = replace(result, moderation=replace(result.moderation, robust=True, outliers=1))
    document = compose(two_class().with_results(differential=robust))
    assert "1 gene has an outlying variance and was assigned" in text(document)
    assert "phipson2016" in cited(document)


def test_tests_that_stand_in_are_told() -> None:
    result = replace(two_class().differential, stand_ins=StandIns(3, 1, 0, 4))
    document = compose(two_class().with_results(differential=result))
    assert "For 4 of these genes that test is not defined" in text(document)
    assert "Student’s t-test for 3 genes and the Wilcoxon rank-sum test for 1 gene" in text(document)
    assert "was used: Student’s t-test, the Wilcoxon rank-sum test" in text(document)
    none = replace(result, moderation=Skipped("More than half of the genes do not vary within the classes."))
    words = text(compose(two_class().with_results(differential=none)))
    assert "Moderated tests were not computed. More than half of the genes" in words
    assert "limma’s moderated t with" not in words


def test_correlated_samples_are_told_of_with_the_consensus() -> None:
    facts = {"method": "linear model t", "unit": "patient", "correlation": 0.2312, "independent": False}
    document = compose(two_class().with_results(differential=replace(two_class().differential, **facts)))
    words = text(document)
    assert "correlation of samples with the same patient; its consensus over all genes is 0.231" in words
    assert "The consensus correlation, 0.231, is" in words
    assert "smyth2005" in cited(document)
    assert "assume independent samples" in words
    unsure = replace(two_class().differential, unit="patient")
    assert "Too few samples have the same patient" in text(compose(two_class().with_results(differential=unsure)))


def test_few_permutations_and_none_are_told() -> None:
    assert "The minP adjustment uses the permutation p-values" in text(composed(two_class))
    skipped = replace(two_class().differential, permutations=Skipped("No permutations were requested."))
    words = text(compose(two_class().with_results(differential=skipped)))
    assert "Permutation p-values were not computed. No permutations were requested." in words


def test_every_report_says_how_far_to_trust_it() -> None:
    for analysis in ANALYSES:
        if isinstance(analysis().trust, Skipped):
            continue
        document = composed(analysis)
        section = next(section for section in document.sections if section.id == "sec-trust")
        parts = [block for block in section.blocks if isinstance(block, Section)]
        assert [part.id for part in parts] == [
            "sec-overfitting", "sec-bias", "sec-permutation", "sec-learning", "sec-stability", "sec-grain", "sec-hard",
            "sec-instability", "sec-subgroups", "sec-controls", "sec-detectable",
        ]  # fmt: skip
        assert all(part.blocks for part in parts)


def test_labels_that_were_not_permuted_are_admitted() -> None:
    assert "The class labels were not permuted. Use effort thorough, or set evaluation.label_permutations." in text(
        composed(two_class)
    )


def test_permuted_labels_are_told_with_their_p_value() -> None:
    found = synthetic.two_class().trust.permutation
    assert isinstance(found, LabelPermutation)
    made = two_class()
    assert isinstance(made.trust, Trust)
    words = text(compose(made.with_results(trust=replace(made.trust, permutation=found))))
    assert f"The class labels were permuted {found.count} times" in words
    assert found.at_least == 0
    assert "none of the permutations reach this value" in words


def test_a_learning_curve_is_read_as_far_as_its_interval_carries() -> None:
    made = two_class()
    assert isinstance(made.trust, Trust)
    curve = made.trust.learning.assign(estimate=0.7)
    for last, half, told in (
        (0.7, 0.01, "flat at its end"),
        (0.7, 0.1, "so the curve does not show whether more samples would help"),
        (0.75, 0.1, "so the curve does not show whether more samples would help"),
        (0.9, 0.05, "more samples would probably help"),
        (0.5, 0.05, "falls at its end"),
        (1.0, float("nan"), "has no confidence interval"),
    ):
        changed = curve.copy()
        changed.loc[changed.index[-1], ["estimate", "ci_low", "ci_high"]] = (last, last - half, last + half)
        assert told in text(compose(made.with_results(trust=replace(made.trust, learning=changed))))


def test_networks_that_get_worse_are_said_to_overfit() -> None:
    made = two_class()
    assert isinstance(made.trust, Trust)
    worse = made.trust.networks.assign(best_epoch=3, best_loss=0.2, last_loss=0.5, rise=1.5)
    words = text(compose(made.with_results(trust=replace(made.trust, networks=worse))))
    assert "150.0 % higher, which is a sign of overfitting after that epoch" in words


def test_a_comparison_on_so_few_genes_that_all_are_chosen_has_no_stability() -> None:
    made = two_class()
    assert isinstance(made.trust, Trust)
    nothing = replace(made.trust, stability=float("nan"), stability_low=float("nan"), stability_high=float("nan"))
    assert "all of them are selected in every training part" in text(compose(made.with_results(trust=nothing)))
