"""Cards of an analysis, of its stages and of the settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.components.result import Components
from genereport.analyses.differential.result import Differential, Moderation, Permutations, StandIns, Term
from genereport.analyses.enrichment.result import Enrichment
from genereport.analyses.models.result import Bundle, Differences, Models, NamedModel
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.provenance import InputFile, Platform
from genereport.analyses.quality.result import Missingness, Quality
from genereport.analyses.result import Skipped
from genereport.analyses.selection.result import Selection
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.analysis import Analysis
from genereport.formats import count, fixed, general, interval, listing, p_value, percent, plural, stars, two
from genereport.names import UNIT_NAMES, model_name
from genereport.notebook.summary import Card, Field, Grid, card, first_rows, limits, model_field, number, told, words
from genereport.report.document import Column
from genereport.settings import Settings

_UNFOLDED = 3
"""Parts of an analysis that are shown without a click."""


def _tenths(value: float) -> str:
    return fixed(value, 1)


def _level(confidence: float) -> str:
    return f"{general(100 * confidence)} % CI"


@card.register
def _skipped(result: Skipped) -> Card:
    return Card("Not done", notes=(result.skipped,))


@card.register
def _input(result: InputFile) -> Card:
    facts = (("Name", result.name), ("Bytes", count(result.size)), ("SHA-256", result.sha256))
    return Card(f"Input file: {result.role}", facts)


@card.register
def _settings(result: Settings) -> Card:
    changed = [
        (f"{section}.{name}" if name else section, str(value))
        for section, values in result.model_dump(mode="json", exclude_defaults=True).items()
        for name, value in (values.items() if isinstance(values, dict) else [("", values)])
    ]
    note = "All other settings have their defaults." if changed else "All settings have their defaults."
    return Card("Settings", tuple(changed), notes=(note,), further=(".model_dump()",))


@card.register
def _platform(result: Platform) -> Card:
    facts = (("Python", result.python), ("System", result.system), ("Matrix products", result.blas))
    return Card("Platform", facts)


@card.register
def _quality(result: Quality) -> Card:
    facts = (
        ("Samples", count(result.samples)),
        ("Genes or probes", count(result.genes)),
        ("Values", f"{general(result.minimum)} to {general(result.maximum)}"),
        ("Not positive", percent(result.nonpositive)),
        ("Missing", count(result.missing)),
    )
    grid = first_rows(
        result.counts,
        words("Class", "class"),
        number("Training", "train", count),
        number("Independent", "test", count),
    )
    notes = tuple(told(finding) for finding in result.findings) or ("Nothing was noticed when the files were read.",)
    return Card("Cohort", facts, grid, notes, (".to_frame()", ".findings", ".covariates", ".arrays"))


@card.register
def _missingness(result: Missingness) -> Card:
    facts = (
        ("Genes with gaps", count(result.gaps)),
        (f"Whose gaps go with the class at {general(result.alpha)}", count(result.genes)),
        ("Shares of the samples", "alike" if math.isnan(result.p) else f"p = {p_value(result.p)}"),
    )
    grid = first_rows(
        result.by_class,
        words("Class", "class"),
        number("Samples", "samples", count),
        number("Missing", "missing", percent),
        number("Genes", "genes", count),
    )
    return Card("Missing values by class", facts, grid, further=(".to_frame()",))


@card.register
def _preprocessing(result: Preprocessing) -> Card:
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
    quantiles = [number(name, f"q{name[:-2]}", two) for name in ("5 %", "25 %", "50 %", "75 %", "95 %")]
    grid = first_rows(
        result.arrays, words("Sample", "sample"), words("Set", "set"), words("Class", "class"), *quantiles
    )
    return Card("Preprocessing", facts, grid, further=(".to_frame()", ".untestable_genes"))


@card.register
def _moderation(result: Moderation) -> Card:
    facts = (
        ("Prior degrees of freedom", "infinite" if result.df is None else general(result.df)),
        ("Prior variance", general(result.variance)),
        ("Trend", "yes" if result.trend else "no"),
        ("Robust", f"yes, {count(result.outliers)} outliers" if result.robust else "no"),
        ("Kept by Bonferroni", count(result.bonferroni)),
        ("Kept by Benjamini–Hochberg", count(result.bh)),
    )
    return Card("Prior of the moderated tests", facts)


@card.register
def _permutations(result: Permutations) -> Card:
    labellings = f"{count(result.count)}, {'all there are' if result.complete else 'drawn at random'}"
    facts = (
        ("Statistic", result.statistic),
        ("Labellings", labellings),
        ("Kept by maxT", count(result.max_t)),
        ("Kept by minP", count(result.min_p)),
    )
    return Card("Westfall and Young’s adjustments", facts)


@card.register
def _stand_ins(result: StandIns) -> Card:
    facts = (
        ("By the test of equal variances", count(result.equal_variance)),
        ("By the rank test", count(result.rank)),
        ("By limma’s moderated test", count(result.moderated)),
        ("All of them", count(result.total)),
    )
    return Card("Genes whose test another one stands in for", facts)


@card.register
def _term(result: Term) -> Card:
    facts = (
        ("Entered as", result.kind),
        ("Levels", count(result.levels) if result.levels else "–"),
        ("Coefficients", count(result.coefficients)),
    )
    return Card(f"Term {result.name}", facts)


@card.register
def _differential(result: Differential) -> Card:
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
    return Card("Differential expression", facts, _genes(result, binary=binary), notes, calls)


def _genes(result: Differential, *, binary: bool) -> Grid:
    effect = [number("logFC", "logFC", two), limits("CI.L", "CI.R", _level(result.confidence), 2)]
    test = ("t", "df") if binary else ("F", "df2")
    fields = [words("Gene", "gene"), words("Symbol", "symbol"), *(effect if binary else ())]
    fields += [number("AveExpr", "AveExpr", two), number(test[0], test[0], two), number(test[1], test[1], _tenths)]
    fields += [number(name, name, p_value) for name in ("P.Value", "P.Bonferroni", "adj.P.Val")]
    codes = Field(Column(""), lambda row: stars(row["P.Bonferroni"]))
    return first_rows(result.table, *fields, codes)


@card.register
def _components(result: Components) -> Card:
    share = result.variance["share"]
    facts = (
        ("Genes", count(result.genes)),
        (f"Needed for {percent(result.share, 0)}", f"{count(result.needed)} {plural(result.needed, 'component')}"),
        *((f"{name} explains", percent(share[name])) for name in share.index[:2]),
        ("Silhouette of the classes", fixed(result.silhouette)),
    )
    first = [name for name in ("PC1", "PC2", "PC3") if name in result.scores]
    described = (words("Sample", "sample"), words("Set", "set"), words("Class", "class"))
    grid = first_rows(result.scores, *described, *(number(name, name, two) for name in first))
    return Card("Principal components", facts, grid, further=(".to_frame()", ".variance", ".loadings"))


@card.register
def _selection(result: Selection) -> Card:
    facts = (
        ("Genes", f"{count(result.genes)} of {count(result.candidates)} candidates"),
        ("Training parts", count(result.folds)),
        ("Chosen at least once", count(result.ever)),
        ("Chosen every time", count(result.always)),
    )
    names = (words("Gene", "gene"), words("Symbol", "symbol"))
    often = (number("Times", "times", count), number("Frequency", "frequency", percent))
    grid = first_rows(result.stability, *names, *often)
    return Card("Gene selection", facts, grid, further=(".to_frame()", ".chosen", ".ranking", ".by_fold"))


@card.register
def _named(result: NamedModel) -> Card:
    best = model_name(result.best_model, result.best_features)
    facts = (
        ("Model", model_name(result.model, result.features)),
        ("Balanced accuracy", f"{fixed(result.estimate)}, cross-validated"),
        ("Highest estimate", f"{fixed(result.best_estimate)}: {best}"),
        ("Its standard error", fixed(result.standard_error)),
    )
    return Card("Named model", facts, notes=_floor(result))


def _floor(named: NamedModel) -> tuple[str, ...]:
    told = "It is not detectably better than predicting the majority class: nothing is shown to have been learned."
    return () if named.beats_floor else (told,)


@card.register
def _differences(result: Differences) -> Card:
    facts = (
        ("Pairs of models", count(result.pairs)),
        ("Detectable over the folds", count(result.folds)),
        ("In the errors on the independent set", count(result.labels)),
        ("In the areas there", count(result.areas)),
        (
            "Selected − all genes, not corrected",
            f"{count(result.clear_effects)} of {count(result.effects)} models",
        ),
    )
    return Card(f"Differences between models, p < {general(result.alpha)} after Holm’s correction", facts)


@card.register
def _bundle(result: Bundle) -> Card:
    facts = (("Files", count(len(result.files))), ("Bytes", count(result.files["size"].sum())))
    grid = first_rows(result.models, model_field(), words("File", "file"), words("Note", "note"))
    return Card("Frozen models", facts, grid, further=(".to_frame()", ".files", ".contents"))


@card.register
def _compared(result: Models) -> Card:
    named, figures = result.named, _estimates(result.metrics)
    chosen = (named.model, named.features)
    estimates = [
        (label, figures.get((*chosen, which, "balanced_accuracy"), ""))
        for which, label in (("cv", "Balanced accuracy, cross-validated"), ("test", "On the independent set"))
    ]
    folds = f"{count(result.folds)} folds, {count(result.repeats)} {plural(result.repeats, 'repeat')}"
    facts = (
        ("Named model", model_name(*chosen)),
        *(pair for pair in estimates if pair[1]),
        ("Cross-validation", f"{folds}, {count(result.train)} samples"),
        ("Independent samples", count(result.test) if result.test else "none, so nothing is claimed of new ones"),
    )
    calls = (".to_frame()", ".named", ".predictions", ".pairs", ".calibration", ".errors")
    return Card("Comparison of classifiers", facts, _comparison(result, figures), _floor(named), calls)


_Figures = dict[tuple[str, str, str, str], str]


def _estimates(metrics: pd.DataFrame) -> _Figures:
    """Every figure with its interval."""
    keys = ("model", "features", "set", "metric")
    return {
        (row[keys[0]], row[keys[1]], row[keys[2]], row[keys[3]]): f"{fixed(row['estimate'])} "
        f"({interval(row['ci_low'], row['ci_high'])})"
        for row in metrics.to_dict("records")
    }


def _comparison(result: Models, figures: _Figures) -> Grid:
    """All models, a row each: balanced accuracy and AUC in cross-validation, then on the independent set."""
    sets = [("cv", "cross-validated"), *([("test", "independent")] if result.test else [])]
    names = {"balanced_accuracy": "Balanced accuracy", "roc_auc": "AUC"}
    shown = [(which, metric) for which, _ in sets for metric in names]
    heads = [f"{names[metric]}, {label}" for _, label in sets for metric in names]
    models = list(dict.fromkeys(key[:2] for key in figures))
    rows = tuple((model_name(*model), *(figures.get((*model, *pair), "") for pair in shown)) for model in models)
    return Grid((Column("Model"), *(Column(head, numeric=True) for head in heads)), rows, len(rows))


@card.register
def _label_permutation(result: LabelPermutation) -> Card:
    facts = (
        ("True labels", fixed(result.observed)),
        ("Permuted labels", f"{fixed(result.mean)} on average, 95 % below {fixed(result.high)}"),
        ("Permutations", f"{count(result.count)}, {count(result.at_least)} at least as good as the true labels"),
        ("p", p_value(result.p)),
    )
    values = number("Balanced accuracy", "balanced_accuracy", fixed)
    grid = first_rows(result.values, number("Permutation", "permutation", count), values)
    return Card("Permuted labels", facts, grid, further=(".to_frame()",))


@card.register
def _trust(result: Trust) -> Card:
    tested = result.permutation
    stability = f"{two(result.stability)} ({interval(result.stability_low, result.stability_high, 2)})"
    facts = (
        ("Named model", model_name(result.model, result.features)),
        ("Stability of the genes", stability),
        ("Permuted labels", f"p = {p_value(tested.p)}" if isinstance(tested, LabelPermutation) else tested.skipped),
        ("Smallest class", f"{result.smallest}, {count(result.smallest_size)} training samples"),
        ("Missed by most models", f"{count(len(result.hard))} {plural(len(result.hard), 'sample')}"),
    )
    numbers = (("Training", "training"), ("Held out", "held_out"), ("Gap", "gap"))
    fields = [number(head, name, fixed) for head, name in numbers]
    grid = first_rows(result.gaps, model_field(), *fields, limits("ci_low", "ci_high"))
    calls = (".to_frame()", ".bias", ".permutation", ".learning", ".hard")
    return Card("How far to trust it", facts, grid, ("Figures are balanced accuracies.",), calls)


@card.register
def _biomarkers(result: Biomarkers) -> Card:
    facts = (
        ("Known markers", f"{count(result.markers)}, {count(result.measured)} of them measured"),
        ("Direction as listed", f"{count(result.agreeing)} of {count(result.directed)}"),
    )
    fields = [number("Rank", "rank", count), words("Gene", "gene"), words("Symbol", "symbol")]
    fields += [number("logFC", "logFC", two), number("P.Bonferroni", "P.Bonferroni", p_value)]
    fields += [number("Frequency", "frequency", percent), words("Evidence", "evidence")]
    circular = f"Circular, for it comes from this very cohort: {listing(list(result.circular))}."
    notes = (circular,) if result.circular else ()
    calls = (".to_frame()", ".matched", ".by_evidence", ".probes")
    return Card("Signature and known biomarkers", facts, first_rows(result.signature, *fields), notes, calls)


@card.register
def _known(result: Enrichment) -> Card:
    small = f"{count(result.left_out)} of fewer than {count(result.smallest)} genes left out"
    facts = (
        ("Tested genes", f"{count(result.universe)}, {count(result.significant)} significant"),
        ("Sets", f"{count(len(result.sets))}; {small}"),
    )
    fields = [words("Set", "set"), words("Origin", "origin"), number("Genes", "measured", count)]
    fields += [number("Signif.", "significant", count), number("Odds ratio", "odds_ratio", _ratio)]
    fields += [number("adj.P.hyper", "adj.P.hyper", p_value), number("adj.P.rank", "adj.P.rank", p_value)]
    fields += [words("Direction", "direction"), words("Circular", "circular")]
    return Card("Known biology", facts, first_rows(result.sets, *fields), further=(".to_frame()",))


def _ratio(value: float) -> str:
    return "infinite" if math.isinf(value) else two(value)


@card.register
def _analysis(result: Analysis) -> Card:
    facts = (
        ("Seed", str(result.settings["seed"])),
        ("Made with", f"genereport {result.versions.get('genereport', '')}"),
    )
    simulated = "This cohort is simulated. No patient is behind any number."
    calls = (".differential", ".models", ".trust", ".tables", ".figures", 'genereport.write_report(…, "report.pdf")')
    return Card(result.title, facts, None, (simulated,) * result.simulated, calls, _parts(result))


def _parts(result: Analysis) -> tuple[Card, ...]:
    found: Sequence[tuple[str, object]] = (
        ("Cohort", result.quality),
        ("Differential expression", result.differential),
        ("Comparison of classifiers", result.models),
        ("How far to trust it", result.trust),
        ("Signature and known biomarkers", result.biomarkers),
        ("Known biology", result.enrichment),
    )
    return tuple(_part(title, part, unfolded=number < _UNFOLDED) for number, (title, part) in enumerate(found))


def _part(title: str, result: object, *, unfolded: bool) -> Card:
    """A result within the analysis, which tells by itself where to go on; skipped ones keep their title."""
    shown = card(result)
    notes = (f"Not done: {result.skipped}",) if isinstance(result, Skipped) else shown.notes
    return replace(shown, title=title, notes=notes, further=(), unfolded=unfolded)
