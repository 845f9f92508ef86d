"""Views of an analysis, of its results and of the settings."""

from __future__ import annotations

import math
from dataclasses import replace

from genereport.analyses import stored_analyses
from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.biomarkers.tables import SIGNATURE
from genereport.analyses.columns import first_of
from genereport.analyses.components.result import Components
from genereport.analyses.differential.result import (
    Agreement,
    CountModel,
    Deseq2,
    Differential,
    Moderation,
    Permutations,
    Profiles,
    StandIns,
)
from genereport.analyses.differential.tables import TOP_GENES
from genereport.analyses.enrichment.result import Enrichment
from genereport.analyses.models.result import Bundle, CorrectedEstimate, Differences, Models, NamedModel, NestedNaming
from genereport.analyses.named_model.result import NamedWeights
from genereport.analyses.preprocessing.result import LibraryNormalisation, Preprocessing
from genereport.analyses.probabilities.result import Probabilities
from genereport.analyses.provenance import InputFile, Platform
from genereport.analyses.quality.result import Missingness, Quality, SampleFlow
from genereport.analyses.quality.tables import COUNTS
from genereport.analyses.replication.result import Proportion, Ratios
from genereport.analyses.result import Skipped, Tabled
from genereport.analyses.selection import STABILITY
from genereport.analyses.selection.result import Selection
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.analysis import Analysis
from genereport.formats import count, fixed, general, interval, listing, p_value, percent, plural, two
from genereport.names import UNIT_NAMES, model_name
from genereport.notebook import tables
from genereport.notebook.view import ResultView, make_view, print_finding, view_table
from genereport.settings import Settings
from genereport.types import Term

_OPENED = 3
"""Number of parts of an analysis that are shown without a click."""


@make_view.register
def _skipped(result: Skipped) -> ResultView:
    return ResultView("Not done", notes=(result.skipped,))


@make_view.register
def _declared(result: Tabled) -> ResultView:
    """Return the view of a result that has no view of its own: the first table that its analysis declares."""
    spec = next((spec for spec in stored_analyses() if spec.result and isinstance(result, spec.result)), None)
    if spec is None or not spec.sections:
        raise TypeError(f"There is no display of {type(result).__name__}.")
    table = view_table(spec.tables[0], result) if spec.tables else None
    return ResultView(spec.sections[0].title, table=table, calls=(".to_frame()",))


@make_view.register
def _input(result: InputFile) -> ResultView:
    facts = (("Name", result.name), ("Bytes", count(result.size)), ("SHA-256", result.sha256))
    return ResultView(f"Input file: {result.role}", facts)


@make_view.register
def _settings(result: Settings) -> ResultView:
    changed = [
        (f"{section}.{name}" if name else section, str(value))
        for section, values in result.model_dump(mode="json", exclude_defaults=True).items()
        for name, value in (values.items() if isinstance(values, dict) else [("", values)])
    ]
    note = "All other settings have their defaults." if changed else "All settings have their defaults."
    return ResultView("Settings", tuple(changed), notes=(note,), calls=(".model_dump()",))


@make_view.register
def _platform(result: Platform) -> ResultView:
    facts = (("Python", result.python), ("System", result.system), ("Matrix products", result.blas))
    return ResultView("Platform", facts)


@make_view.register
def _quality(result: Quality) -> ResultView:
    facts = (
        ("Samples", count(result.samples)),
        ("Genes or probes", count(result.genes)),
        ("Values", f"{general(result.minimum)} to {general(result.maximum)}"),
        ("Not positive", percent(result.nonpositive)),
        ("Missing", count(result.missing)),
    )
    notes = tuple(print_finding(finding) for finding in result.findings) or (
        "There were no findings when the files were read.",
    )
    return ResultView(
        "Cohort",
        facts,
        view_table(COUNTS, result),
        notes,
        (".to_frame()", ".findings", ".covariates", ".arrays", ".flow"),
    )


@make_view.register
def _missingness(result: Missingness) -> ResultView:
    facts = (
        ("Genes with some missing values", count(result.gaps)),
        (f"Associated with the class at {general(result.alpha)}", count(result.genes)),
        ("Shares of the samples", "equal" if math.isnan(result.p) else f"p = {p_value(result.p)}"),
    )
    table = view_table(tables.MISSING_BY_CLASS, result)
    return ResultView("Missing values by class", facts, table, calls=(".to_frame()",))


@make_view.register
def _sample_flow(result: SampleFlow) -> ResultView:
    facts = (("Samples in the files", count(result.offered)), ("Left out", count(result.left_out)))
    table = view_table(tables.FLOW, result) if result.left_out else None
    return ResultView("Flow of samples", facts, table, calls=(".steps", ".excluded"))


@make_view.register
def _preprocessing(result: Preprocessing) -> ResultView:
    bounds = [("Floor", result.floor, result.floored), ("Cap", result.cap, result.capped)]
    facts = (
        ("Scale", f"{result.scale} ({result.scale_sure}): {result.scale_reason}"),
        *(
            (name, f"{general(value)} ({percent(share)} of the values)")
            for name, value, share in bounds
            if value is not None
        ),
        ("Logarithm", result.log),
        ("Array scaling", result.array_scaling),
        ("Testable genes", count(result.testable)),
        ("Not varying", count(result.untestable)),
        ("Not expressed", count(result.unexpressed)),
        ("Control probes", count(result.controls)),
    )
    table = view_table(tables.ARRAYS, result)
    return ResultView("Preprocessing", facts, table, calls=(".to_frame()", ".untestable_genes"))


@make_view.register
def _moderation(result: Moderation) -> ResultView:
    facts = (
        ("Prior degrees of freedom", "infinite" if result.df is None else general(result.df)),
        ("Prior variance", general(result.variance)),
        ("Trend", "yes" if result.trend else "no"),
        ("Robust", f"yes, {count(result.outliers)} outliers" if result.robust else "no"),
        ("Kept by Bonferroni", count(result.bonferroni)),
        ("Kept by Benjamini–Hochberg", count(result.bh)),
    )
    return ResultView("Prior of the moderated tests", facts)


@make_view.register
def _profiles(result: Profiles) -> ResultView:
    facts = (("Genes", count(len(result.genes))), ("Samples", count(len(result.samples))))
    return ResultView("Values of the genes", facts, calls=(".samples", ".genes", ".levels"))


@make_view.register
def _count_model(result: CountModel) -> ResultView:
    facts = (
        ("Method", result.method),
        ("Genes with enough counts", count(result.genes)),
        ("Genes with too few counts", count(result.unexpressed)),
        ("Quality weights of samples", "yes" if result.sample_weights else "no"),
    )
    return ResultView("Tests of counts", facts, calls=(".samples", ".trend"))


@make_view.register
def _deseq2(result: Deseq2) -> ResultView:
    trend = f"{general(result.asymptote)} + {general(result.extra)} / mean" if result.parametric else "the mean"
    facts = (
        ("Test", result.test),
        ("Trend of the dispersions", trend),
        ("Genes with an outlying count", count(result.outlying)),
        ("Genes with replaced counts", count(result.replaced)),
        ("Genes below the mean count", count(result.filtered)),
        ("Kept by Bonferroni", count(result.bonferroni)),
        ("Kept by Benjamini–Hochberg", count(result.bh)),
        ("Kept by both methods", count(result.agreement.both)),
    )
    return ResultView("DESeq2’s test", facts, calls=(".samples", ".dispersions"))


@make_view.register
def _agreement(result: Agreement) -> ResultView:
    facts = (
        ("Found by both", count(result.both)),
        ("By the main test alone", count(result.only_main)),
        ("By DESeq2 alone", count(result.only_deseq2)),
        ("In opposite directions", count(result.opposite)),
    )
    return ResultView("Agreement of the tests", facts)


@make_view.register
def _library_normalisation(result: LibraryNormalisation) -> ResultView:
    facts = (
        ("Library sizes", f"{general(result.smallest_size)} to {general(result.largest_size)}"),
        ("Normalisation factors", f"{fixed(result.smallest_factor)} to {fixed(result.largest_factor)}"),
        ("Least counts per million", fixed(result.least_cpm)),
    )
    return ResultView("Library sizes", facts, calls=(".sizes", ".plane"))


@make_view.register
def _permutations(result: Permutations) -> ResultView:
    labellings = f"{count(result.count)}, {'all there are' if result.complete else 'drawn at random'}"
    facts = (
        ("Statistic", result.statistic),
        ("Labellings", labellings),
        ("Kept by maxT", count(result.max_t)),
        ("Kept by minP", count(result.min_p)),
    )
    return ResultView("Westfall and Young’s adjustments", facts)


@make_view.register
def _stand_ins(result: StandIns) -> ResultView:
    facts = (
        ("By the test of equal variances", count(result.equal_variance)),
        ("By the rank test", count(result.rank)),
        ("By limma’s moderated test", count(result.moderated)),
        ("All of them", count(result.total)),
    )
    return ResultView("Genes with a substitute test", facts)


@make_view.register
def _term(result: Term) -> ResultView:
    facts = (
        ("Entered as", result.kind),
        ("Levels", count(result.levels) if result.levels else "–"),
        ("Coefficients", count(result.coefficients)),
    )
    return ResultView(f"Term {result.name}", facts)


@make_view.register
def _differential(result: Differential) -> ResultView:
    binary = len(result.classes) == 2
    sizes = listing([f"{count(size)} {name}" for size, name in zip(result.sizes, result.classes, strict=True)])
    facts = (
        ("Test", result.method),
        ("Design", result.design),
        ("Samples", sizes),
        *(
            (("logFC", f"{result.classes[1]} − {result.classes[0]}, {UNIT_NAMES[result.value_unit].units}"),)
            if binary
            else ()
        ),
        ("Genes tested", count(result.tested)),
        (f"Kept at {general(result.alpha)}", f"{count(result.bonferroni)} by Bonferroni, {count(result.bh)} by BH"),
    )
    notes = ("Signif. codes: 0 ‘***’ 0.001 ‘**’ 0.01 ‘*’ 0.05 ‘.’ 0.1 ‘ ’ 1, of the Bonferroni-adjusted p-value.",)
    calls = (".to_frame()", '.top_table(20, "AveExpr")', ".kept", ".moderation")
    table = view_table(TOP_GENES, result, result.confidence)
    return ResultView("Differential expression", facts, table, notes, calls)


@make_view.register
def _components(result: Components) -> ResultView:
    share = result.variance["share"]
    facts = (
        ("Genes", count(result.genes)),
        (f"Needed for {percent(result.share, 0)}", f"{count(result.needed)} {plural(result.needed, 'component')}"),
        *((f"{name} explains", percent(share[name])) for name in share.index[:2]),
        ("Silhouette of the classes", fixed(result.silhouette)),
    )
    table = view_table(tables.SCORES, result)
    return ResultView("Principal components", facts, table, calls=(".to_frame()", ".variance", ".loadings"))


@make_view.register
def _selection(result: Selection) -> ResultView:
    facts = (
        ("Genes", f"{count(result.genes)} of {count(result.candidates)} candidates"),
        ("Training parts", count(result.folds)),
        ("Chosen at least once", count(result.ever)),
        ("Chosen every time", count(result.always)),
    )
    table = view_table(STABILITY, result)
    return ResultView("Gene selection", facts, table, calls=(".to_frame()", ".chosen", ".ranking", ".by_fold"))


@make_view.register
def _named(result: NamedModel) -> ResultView:
    best = model_name(result.best_model, result.best_features)
    facts = (
        ("Model", model_name(result.model, result.features)),
        ("Balanced accuracy", f"{fixed(result.estimate)}, cross-validated"),
        ("Highest estimate", f"{fixed(result.best_estimate)}: {best}"),
        ("Its standard error", fixed(result.standard_error)),
    )
    return ResultView("Named model", facts, notes=_warn_of_floor(result))


def _warn_of_floor(named: NamedModel) -> tuple[str, ...]:
    """Warn that the named model may have learned nothing, unless it is better than the majority class."""
    warning = (
        "It is not significantly better than predicting the majority class, so there is no evidence that it has "
        "learned anything from the data."
    )
    return () if named.beats_floor else (warning,)


@make_view.register
def _corrected(result: CorrectedEstimate) -> ResultView:
    facts = (
        ("Balanced accuracy", f"{fixed(result.estimate)} ({interval(result.ci_low, result.ci_high)})"),
        ("Optimism", fixed(result.optimism)),
        ("Resamples", count(result.resamples)),
        ("Name the same model", percent(result.again)),
    )
    return ResultView("Estimate corrected for the naming", facts)


@make_view.register
def _nested_naming(result: NestedNaming) -> ResultView:
    facts = (
        ("Balanced accuracy", f"{fixed(result.estimate)} ({interval(result.ci_low, result.ci_high)})"),
        ("Training parts", f"{count(result.folds)}, each of {count(result.inner_folds)} folds"),
        ("Name the same model", f"{count(result.again)} of {count(result.folds)}"),
    )
    table = view_table(tables.NAMED_INSIDE, result)
    return ResultView("Naming inside the training parts", facts, table, calls=(".to_frame()",))


@make_view.register
def _named_weights(result: NamedWeights) -> ResultView:
    facts = (
        ("Model", model_name(result.model, result.features)),
        ("Genes", f"{count(result.used)} of {count(result.given)} change a prediction"),
        ("Misclassified in cross-validation", count(result.missed_cv)),
        ("Misclassified independent samples", count(result.missed_test)),
    )
    table = view_table(tables.WEIGHTS, result)
    return ResultView("Contents of the named model", facts, table, calls=(".to_frame()", ".terms", ".predictions"))


@make_view.register
def _proportion(result: Proportion) -> ResultView:
    share = f"{percent(result.share)} ({interval(100 * result.low, 100 * result.high, 1)})"
    return ResultView("Genes as a proportion of the compared ones", (("Genes", count(result.genes)), ("Share", share)))


@make_view.register
def _ratios(result: Ratios) -> ResultView:
    facts = (
        ("Median", f"{two(result.median)} ({interval(result.low, result.high, 2)})"),
        ("Range", f"{two(result.smallest)} to {two(result.largest)}"),
    )
    return ResultView("Effects in the independent set divided by those in the training set", facts)


@make_view.register
def _differences(result: Differences) -> ResultView:
    facts = (
        ("Pairs of models", count(result.pairs)),
        ("Significant in cross-validation", count(result.folds)),
        ("In errors on the independent set", count(result.labels)),
        ("In AUC on the independent set", count(result.areas)),
        (
            "Selected − all genes, uncorrected",
            f"{count(result.clear_effects)} of {count(result.effects)} models",
        ),
    )
    return ResultView(f"Differences between models, p < {general(result.alpha)} after Holm’s correction", facts)


@make_view.register
def _bundle(result: Bundle) -> ResultView:
    facts = (("Files", count(len(result.files))), ("Bytes", count(result.files["size"].sum())))
    return ResultView(
        "Frozen models", facts, view_table(tables.MODEL_FILES, result), calls=(".to_frame()", ".files", ".contents")
    )


@make_view.register
def _models(result: Models) -> ResultView:
    named = result.named
    folds = f"{count(result.folds)} folds, {count(result.repeats)} {plural(result.repeats, 'repeat')}"
    independent = (("On the independent set", _balanced_accuracy(result, "test")),) if result.test else ()
    facts = (
        ("Named model", model_name(named.model, named.features)),
        ("Balanced accuracy, cross-validated", _balanced_accuracy(result, "cv")),
        ("Corrected for the naming", _corrected(result.corrected).facts[0][1]),
        *independent,
        ("Cross-validation", f"{folds}, {count(result.train)} samples"),
        ("Independent samples", count(result.test) if result.test else "none; no claim is made about new samples"),
    )
    table = view_table(tables.METRICS, result, rows=None)
    calls = (".to_frame()", ".named", ".corrected", ".predictions", ".pairs", ".errors")
    return ResultView("Comparison of classifiers", facts, table, _warn_of_floor(named), calls)


def _balanced_accuracy(result: Models, which: str) -> str:
    """Return the balanced accuracy of the named model in a set, with its interval."""
    named = {"model": result.named.model, "features": result.named.features}
    row = result.metrics.iloc[first_of(result.metrics, **named, set=which, metric="balanced_accuracy")]
    return f"{fixed(row['estimate'])} ({interval(row['ci_low'], row['ci_high'])})"


@make_view.register
def _probabilities(result: Probabilities) -> ResultView:
    names = {"cv": "Held-out samples misclassified", "test": "Independent samples misclassified"}
    wrong = ((names[str(which)], f"{count(row.errors)} of {count(row.n)}") for which, row in result.sets.iterrows())
    facts = (("Named model", model_name(result.model, result.features)), *wrong)
    calls = (".to_frame()", ".samples", ".bins", ".decision")
    return ResultView("Predicted probabilities", facts, view_table(tables.RECALIBRATION, result), calls=calls)


@make_view.register
def _label_permutation(result: LabelPermutation) -> ResultView:
    facts = (
        ("True labels", fixed(result.observed)),
        ("Permuted labels", f"{fixed(result.mean)} on average, 95 % below {fixed(result.high)}"),
        ("Permutations", f"{count(result.count)}, {count(result.at_least)} at least as good as the true labels"),
        ("p", p_value(result.p)),
    )
    return ResultView("Permuted labels", facts, view_table(tables.PERMUTED, result), calls=(".to_frame()",))


@make_view.register
def _trust(result: Trust) -> ResultView:
    tested = result.permutation
    stability = f"{two(result.stability)} ({interval(result.stability_low, result.stability_high, 2)})"
    facts = (
        ("Named model", model_name(result.model, result.features)),
        ("Stability of the genes", stability),
        ("Permuted labels", f"p = {p_value(tested.p)}" if isinstance(tested, LabelPermutation) else tested.skipped),
        ("Smallest class", f"{result.smallest}, {count(result.smallest_size)} training samples"),
        ("Misclassified by most models", f"{count(len(result.hard))} {plural(len(result.hard), 'sample')}"),
    )
    table = view_table(tables.GAPS, result)
    notes = ("The numbers of the table are balanced accuracies.",)
    calls = (".to_frame()", ".bias", ".permutation", ".learning", ".hard")
    return ResultView("Reliability of the classifiers", facts, table, notes, calls)


@make_view.register
def _biomarkers(result: Biomarkers) -> ResultView:
    facts = (
        ("Known markers", f"{count(result.markers)}, {count(result.measured)} of them measured"),
        ("Direction as listed", f"{count(result.agreeing)} of {count(result.directed)}"),
    )
    circular = f"Circular, because it comes from this very cohort: {listing(list(result.circular))}."
    notes = (circular,) if result.circular else ()
    table = view_table(SIGNATURE, result)
    calls = (".to_frame()", ".matched", ".by_evidence", ".probes")
    return ResultView("Signature and known biomarkers", facts, table, notes, calls)


@make_view.register
def _enrichment(result: Enrichment) -> ResultView:
    small = f"{count(result.left_out)} of fewer than {count(result.smallest)} genes left out"
    facts = (
        ("Tested genes", f"{count(result.universe)}, {count(result.significant)} significant"),
        ("Sets", f"{count(len(result.sets))}; {small}"),
    )
    return ResultView("Enrichment", facts, view_table(tables.ENRICHMENT, result), calls=(".to_frame()",))


@make_view.register
def _analysis(result: Analysis) -> ResultView:
    facts = (
        ("Seed", str(result.settings["seed"])),
        ("Made with", f"genereport {result.versions.get('genereport', '')}"),
    )
    simulated = "This cohort is simulated. No number is from a patient."
    calls = (".differential", ".models", ".trust", ".tables", ".figures", 'genereport.write_report(…, "report.pdf")')
    return ResultView(result.title, facts, None, (simulated,) * result.simulated, calls, _view_parts(result))


def _view_parts(result: Analysis) -> tuple[ResultView, ...]:
    """Return the results that most readers look for, under their titles."""
    titles = {
        "quality": "Cohort",
        "differential": "Differential expression",
        "models": "Comparison of classifiers",
        "trust": "Reliability of the classifiers",
        "biomarkers": "Signature and known biomarkers",
        "enrichment": "Enrichment",
    }
    views = [_view_part(title, result.results[name]) for name, title in titles.items() if name in result.results]
    return tuple(replace(view, opened=place < _OPENED) for place, view in enumerate(views))


def _view_part(title: str, result: object) -> ResultView:
    """Return the view of a result within the analysis; a skipped result keeps its title, and no calls are suggested."""
    view = make_view(result)
    notes = (f"Not done. {result.skipped}",) if isinstance(result, Skipped) else view.notes
    return replace(view, title=title, notes=notes, calls=())
