"""What an analysis would do, known without doing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from threadpoolctl import threadpool_limits

from genereport.analyses.biomarkers.matching import match_markers
from genereport.analyses.enrichment.stage import SMALLEST
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.preprocessing.stage import PreprocessingStage
from genereport.cohort.annotation import with_symbols
from genereport.cohort.design import make_design
from genereport.cohort.folds import effective_folds, smallest_class, split_column, why_too_few
from genereport.cohort.markers import Knowledge, read_knowledge
from genereport.cohort.model import Cohort
from genereport.cohort.units import unit_column
from genereport.learn.models import CLASSIFIERS, NETWORK_KEYS, Classifier, distinct, installed_models
from genereport.pipeline import stages, with_holdout
from genereport.settings import Settings


@dataclass(frozen=True)
class Step:
    """One stage of an analysis.

    Attributes:
        stage: Its name.
        does: What it would do, in words.
        left_out: What it would leave out, and why, as far as that is known before; empty if nothing.
    """

    stage: str
    does: str
    left_out: str = ""


@dataclass(frozen=True, eq=False)
class _Known:
    """All that the words for a step need."""

    settings: Settings
    cohort: Cohort
    drawn: bool
    prepared: Cohort
    preprocessing: Preprocessing
    knowledge: Knowledge
    classifiers: tuple[Classifier, ...]
    folds: int | None
    too_few: str


_UNSPLIT = "the whole stage: it needs the cross-validation"


def plan(cohort: Cohort, settings: Settings) -> tuple[Step, ...]:
    """The stages that `analyse` would run.

    Args:
        cohort: As `read_cohort` returns it.
        settings: Resolved settings.

    Raises:
        CohortError: GR204 no gene varies, or the markers or gene sets cannot be read.
        SettingsError: GR006 a model of one's own cannot join.
    """
    classifiers = distinct((*CLASSIFIERS, *installed_models()))
    knowledge = read_knowledge(settings.biomarkers, cohort.classes)
    drawn = not cohort.has_test
    cohort = replace(cohort, unit=unit_column(cohort.samples, settings))
    cohort = with_symbols(with_holdout(cohort, settings), knowledge.markers)
    with threadpool_limits(1):
        prepared, preprocessing = PreprocessingStage(settings.preprocess).run(cohort)
    train = cohort.subset("train")
    smallest = smallest_class(train.samples, cohort.classes, split_column(train, settings))
    asked = settings.evaluation.folds
    folds = effective_folds(smallest.size, asked)
    too_few = "" if folds else why_too_few(smallest, asked)
    known = _Known(settings, cohort, drawn, prepared, preprocessing, knowledge, classifiers, folds, too_few)
    ordered = stages(settings, knowledge, counts=cohort.scale.name == "counts", classifiers=classifiers)
    return tuple(_step(name, known) for name in ("quality", "preprocessing", *(stage.name for stage in ordered)))


def _step(name: str, known: _Known) -> Step:
    return Step(name, *WORDS[name](known))


def _quality(known: _Known) -> tuple[str, str]:
    sizes = known.cohort.samples["set"].value_counts()
    does, held = f"{sizes['train']:,} training samples", sizes.get("test", 0)
    if not held:
        return does, "figures on an independent set: there is none"
    drawn = f", set aside by evaluation.holdout = {known.settings.evaluation.holdout:g}" if known.drawn else ""
    return f"{does} and {held:,} independent ones{drawn}", ""


def _preprocessing(known: _Known) -> tuple[str, str]:
    found = known.preprocessing
    limits = [f"{name} {value:g}" for name, value in (("floor", found.floor), ("cap", found.cap)) if value is not None]
    does = ", ".join([*limits, f"logarithm: {found.log}", f"array scaling: {found.array_scaling}"])
    aside = f"{found.controls:,} control probes, {found.untestable:,} genes that do not vary"
    if found.expression_rule != "none":
        aside += f", {found.unexpressed:,} genes that are not expressed ({found.expression_rule})"
    left_out = found.controls + found.untestable + found.unexpressed
    return f"{does}; {found.testable:,} genes are tested", aside if left_out else ""


def _differential(known: _Known) -> tuple[str, str]:
    tests, cohort = known.settings.tests, known.cohort
    design = make_design(cohort, tests.design)
    count = known.settings.permutations
    several = "" if len(cohort.classes) == 2 else " one-way"
    modelled = design.covariates or design.block is not None
    method = "linear model" if modelled else f"{tests.method.capitalize()}'s{several} tests"
    if design.partners is not None:
        method = "paired t-tests"
    random = f", '{design.unit}' a random effect" if design.block is not None else ""
    does = f"{design.formula}: {method}{random}, moderated tests, alpha {tests.alpha:g}"
    if not count:
        return does, "permutations: tests.permutations is 0"
    if design.block is not None:
        return does, f"permutations: samples of one '{design.unit}' are not exchangeable"
    if design.covariates and design.partners is None:
        return does, "permutations: with covariates the labels are not exchangeable"
    return f"{does}, {count:,} permutations at most", ""


def _components(known: _Known) -> tuple[str, str]:
    return f"principal components, {100 * known.settings.components.variance:g} % of the variance", ""


def _resampling(known: _Known) -> tuple[str, str]:
    settings = known.settings
    evaluation = settings.evaluation
    if known.folds is None:
        return "nothing", f"the whole stage: {known.too_few}"
    fewer = "" if known.folds == evaluation.folds else f" (evaluation.folds is {evaluation.folds})"
    splits = known.folds * settings.repeats
    does = f"{known.folds} folds{fewer} × {settings.repeats} repeats = {splits} splits, effort {evaluation.effort}"
    column = split_column(known.cohort.subset("train"), settings)
    if column:
        does += f", samples of one '{column}' kept together"
    if evaluation.effort != "thorough":
        return does, "tuning: effort thorough does it"
    return f"{does}, tuned on {evaluation.inner_folds} inner folds", ""


def _selection(known: _Known) -> tuple[str, str]:
    selection = known.settings.selection
    does = f"{selection.genes} genes of the best {selection.candidates}, in every split anew"
    return ("nothing", _UNSPLIT) if known.too_few else (does, "")


def _models(known: _Known) -> tuple[str, str]:
    names = [classifier.name for classifier in known.classifiers] + [name for name, _ in NETWORK_KEYS]
    fits = sum(len(classifier.keys) for classifier in known.classifiers) + len(NETWORK_KEYS)
    does = f"{len(names)} models, {fits} with their sets of features: {', '.join(names)}"
    return ("nothing", _UNSPLIT) if known.too_few else (does, "")


def _trust(known: _Known) -> tuple[str, str]:
    count = known.settings.label_permutations
    does = "learning curve, gaps, selection outside the folds, stability"
    if known.too_few:
        return "nothing", _UNSPLIT
    if not count:
        return does, "permutation of the labels: effort thorough or evaluation.label_permutations does it"
    return f"{does}, {count:,} permutations of the labels", ""


def _biomarkers(known: _Known) -> tuple[str, str]:
    settings, markers = known.settings.biomarkers, known.knowledge.markers
    found = markers.loc[match_markers(known.prepared.genes, markers).unique()]
    name = settings.file.name if settings.file else "the bundled list"
    does = f"{len(markers):,} entries of {name}, {len(found):,} of them among the genes; the top {settings.top} printed"
    ranks = "ranks by elimination, L1 and forest, and the frequencies: these need a cross-validation"
    unmeasured = "" if len(found) else "the comparison with markers: none is measured"
    return does, "; ".join(filter(None, [unmeasured, ranks if known.too_few else ""]))


def _known(known: _Known) -> tuple[str, str]:
    markers, sets = known.knowledge.markers, known.knowledge.gene_sets
    genes = known.prepared.genes
    evidence = markers.loc[match_markers(genes, markers).to_numpy(), "evidence"].str.split(";").explode()
    large = int((evidence.value_counts() >= SMALLEST).sum())
    names = set(genes["symbol"].str.upper()) | set(genes.index.str.upper())
    large += sum(len(names & {gene.upper() for gene in one.genes}) >= SMALLEST for one in sets)
    total = markers["evidence"].str.split(";").explode().nunique() + len(sets)
    few = f"the whole stage: no class of markers and no gene set has {SMALLEST} genes here"
    return f"{large:,} of {total:,} classes of markers and gene sets are large enough", "" if large else few


WORDS: dict[str, Callable[[_Known], tuple[str, str]]] = {
    "quality": _quality,
    "preprocessing": _preprocessing,
    "differential": _differential,
    "components": _components,
    "resampling": _resampling,
    "selection": _selection,
    "models": _models,
    "trust": _trust,
    "biomarkers": _biomarkers,
    "enrichment": _known,
}
"""What is said of each stage: what it would do, and what would be left out."""
