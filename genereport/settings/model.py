"""What can be set: frozen sections, each field with its type, its default and its meaning.

The docstrings are the one source of what a setting means: the JSON Schema and the study file that ``init`` writes show
them.
"""

from __future__ import annotations

import os
from datetime import date as Date  # noqa: N812
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from genereport.display import Shown
from genereport.locations import Location, Remote, is_remote

Effort = Literal["quick", "standard", "thorough"]
Collapse = Literal["none", "highest_mean", "highest_variance", "median"]
REPEATS: dict[Effort, int] = {"quick": 1, "standard": 10, "thorough": 10}
PERMUTATIONS: dict[Effort, int] = {"quick": 1000, "standard": 10_000, "thorough": 10_000}
LABEL_PERMUTATIONS: dict[Effort, int] = {"quick": 0, "standard": 0, "thorough": 50}

Share = Annotated[float, Field(ge=0, lt=1)]


def _as_location(value: object) -> Location:
    if isinstance(value, str):
        return Remote(value) if is_remote(value) else Path(value)
    if isinstance(value, Path | Remote):
        return value
    raise PydanticCustomError("location", "Input should be a path or an address")


def _name(location: Location) -> str:
    """The last part of a location, also of one that is written as ``.``."""
    return location.name if isinstance(location, Remote) else Path(os.path.abspath(location)).name  # noqa: PTH100


InputPath = Annotated[Path, PlainSerializer(_name, return_type=str)]
"""Stored by name: equal runs in other folders are equal, and a report tells nothing of its author's disk."""

InputLocation = Annotated[
    Location,
    PlainValidator(_as_location),
    PlainSerializer(_name, return_type=str),
    WithJsonSchema({"type": "string"}),
]
"""A path, or an address that fsspec can fetch; stored by name as well, so that nothing secret is kept."""


def _empty_for_none(schema: dict[str, Any]) -> None:
    """TOML has no null: what has no value of its own by default is given the empty text to say so."""
    for declared in schema.get("properties", {}).values():
        if declared.get("default", "") is None:
            declared["default"] = ""
            kinds = [kind for kind in declared["anyOf"] if kind != {"type": "null"}]
            declared["anyOf"] = [*kinds, {"const": ""}]


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        json_schema_extra=_empty_for_none,
    )


class CohortSettings(_Section):
    """Where the cohort is and how its columns are called."""

    study: InputLocation | None = None
    """Folder or matrix whose layout a reader recognises. Default: the bundled simulated cohort."""
    expression: InputLocation | None = None
    """Expression matrix: CSV or TSV, genes × samples or samples × genes; a GCT file; a GEO series matrix."""
    labels: InputLocation | None = None
    """Sample sheet: one row a sample, with an id, a class label and any covariates; for a GCT file also a CLS file."""
    label_column: str | None = None
    """Column of the sample sheet that holds the class. Default: the only one called class, label, cancer, …"""
    test_expression: InputLocation | None = None
    """Expression matrix of an independent set, in the same layout."""
    reference: str | None = None
    """Class that log fold changes are measured from. Default: the first in alphabetical order."""
    unit: str | None = None
    """Column that names patients or the like, with several samples each; none: no column. Default: recognised."""
    duplicate_genes: Literal["refuse", "highest_mean"] = "refuse"
    """What to do when a gene id occurs more than once: stop, or keep the row with the highest mean."""


class PreprocessSettings(_Section):
    """From the values in the file to comparable log2 values. Each array is transformed by its own values alone."""

    scale: Literal["auto", "intensity", "log2", "ln", "log10", "ratio", "counts", "tpm", "beta", "standardised"] = (
        "auto"
    )
    """Scale of the values in the file; tpm stands for TPM, CPM and FPKM. Default: told from their distribution."""
    floor: float | None = None
    """Lower bound of raw intensities, in the unit of the file. Default: 100 if 1 in 100 intensities is ≤ 0."""
    cap: float | None = None
    """Upper bound of raw intensities, in the unit of the file. Default: 16000 if 1 in 100 intensities is ≤ 0."""
    expressed: Literal["auto", "none", "above_floor", "fold_range"] = "auto"
    """Genes that count as expressed; the others are set aside before arrays are scaled, anew in each training part.

    above_floor: above the floor in as many training arrays as the smallest class has (of more than ten, ten and 70 % of
    the rest); fold_range: max/min > 5 and max − min > 500; auto: above_floor where a floor acts, else none.
    """
    array_scaling: Literal["auto", "none", "stable_genes", "standardise", "quantile"] = "auto"
    """Brings arrays to one scale; auto: stable_genes for intensities, none for other scales.

    stable_genes: shifts an array by genes that hardly vary between training arrays; standardise: by the array's own
    median and median absolute deviation; quantile: by its ranks.
    """
    collapse: Collapse = "none"
    """What stands for a gene with several probes: each probe, the one with the highest mean or variance, the median."""
    impute: Literal["median"] = "median"
    """Replacement of missing values, fitted on the training part of each split."""
    variance_quantile: Share = 0.5
    """Share of the testable genes with the smallest variance that is dropped before selection."""


class DifferentialSettings(_Section):
    """Differential expression."""

    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Significance level after correction."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Confidence level of every interval in the report."""
    method: Literal["welch", "student"] = "welch"
    """Test of each gene when no design names covariates: variances of the classes apart, or taken to be equal."""
    design: str | None = None
    """Linear model in the notation of R, such as "~ class + age" or "~ class + patient"; numbers enter as numbers, and
    C(batch) makes a factor of numbered batches. Default: class, within units if they have every class."""
    trend: bool | None = None
    """Whether the moderated variances follow the average expression. Default: for counts only, unless robust."""
    robust: bool = False
    """Whether outlying variances are kept from the prior of the moderated tests."""
    permutations: Annotated[int, Field(ge=0)] | None = None
    """Relabellings behind Westfall and Young's adjustments, the observed one included; 0: none. Default: by effort."""

    @model_validator(mode="after")
    def _one_of_two(self) -> DifferentialSettings:
        if self.trend and self.robust:
            raise ValueError("tests.trend and tests.robust cannot both be on")
        return self


class SelectionSettings(_Section):
    """Gene selection, repeated inside each training part."""

    candidates: Annotated[int, Field(ge=2)] = 500
    """Genes with the smallest p-values that enter recursive feature elimination."""
    genes: Annotated[int, Field(ge=2)] = 50
    """Genes that remain."""
    tuned: tuple[Annotated[int, Field(ge=2)], ...] = (10, 25, 50, 100)
    """Numbers of genes that an inner validation chooses among at effort thorough."""


class ComponentSettings(_Section):
    """Principal components."""

    variance: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Share of the variance that the kept components explain."""


class ModelSettings(_Section):
    """The classifiers that are compared."""

    trees: Annotated[int, Field(ge=10)] = 500
    """Trees in the random forest."""
    penalty_c: Annotated[float, Field(gt=0)] = 1.0
    """Inverse strength of the penalty in both logistic regressions and the support vector machine (C)."""
    epochs: Annotated[int, Field(ge=1)] = 200
    """Training epochs of the neural networks."""
    hidden: tuple[int, ...] = (32, 16)
    """Units of the hidden layers of the neural networks."""
    batch_size: Annotated[int, Field(ge=1)] = 32
    """Samples a training step of the neural networks sees."""
    learning_rate: Annotated[float, Field(gt=0)] = 0.001
    """Step size of Adam."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """L2 penalty on the weights of the neural networks."""
    dropout: Share = 0.0
    """Chance of each hidden unit of the neural networks to be left out of a training step."""
    patience: Annotated[int, Field(ge=0)] = 0
    """Epochs without progress on a fifth of the training part after which a neural network stops; 0: never."""
    class_weight: Literal["none", "balanced"] = "none"
    """Whether the classes weigh the same in training, however many samples they have."""


class EvaluationSettings(_Section):
    """How the classifiers are judged."""

    effort: Effort = "standard"
    """quick: 5 folds once; standard: 5 folds, 10 repeats; thorough: the same, tuned inside each; labels permuted."""
    folds: Annotated[int, Field(ge=2)] = 5
    """Stratified folds."""
    repeats: Annotated[int, Field(ge=1)] | None = None
    """Repeats of the cross-validation. Default: by the effort."""
    groups: str | None = None
    """Column whose samples stay together in the splits, if it is not to be the one that names units (cohort.unit)."""
    inner_folds: Annotated[int, Field(ge=2)] = 5
    """Folds inside each training part that calibration, thresholds and, if thorough, tuning are chosen by."""
    label_permutations: Annotated[int, Field(ge=0)] | None = None
    """Times the labels are permuted, all refitted; ten cost about a comparison. Default: 50 if thorough, else 0."""
    holdout: Share = 0.0
    """Share of the samples to set aside, stratified, as an independent set when the cohort has none."""
    bootstrap: Annotated[int, Field(ge=100)] = 2000
    """Bootstrap resamples behind the intervals of F1, precision, MCC and the like on an independent set."""


class BiomarkerSettings(_Section):
    """Known markers that the signature is held against."""

    file: InputLocation | None = None
    """Your own marker list, CSV or TSV: symbol or probes, direction, evidence, source. Default: the bundled one."""
    gene_sets: InputLocation | None = None
    """Gene sets to be held against the comparison, a GMT file."""
    top: Annotated[int, Field(ge=5)] = 30
    """Genes of the signature that the report prints."""
    circular: tuple[str, ...] | None = None
    """Evidence classes that were found on this very cohort. Default: Golub50 when the files are Golub's."""


Limits = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]]
"""From where to be careful, and from where not to interpret."""


class ApplySettings(_Section):
    """Whether samples are comparable to those of a frozen model; for genereport apply alone. Pairs: careful, stop."""

    missing: Share = 0.1
    """Share of the model's genes that may be missing; they are imputed from training medians. More is refused."""
    spread: Limits = (1.25, 1.4)
    """Ratio of the arrays' standard deviations (log2, before array scaling) to the training arrays', or its inverse."""
    location: Limits = (0.5, 1.5)
    """Difference of the arrays' mean log2 values from the training arrays', in their standard deviation."""
    outside: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Conformal p-value below which an array or a sample lies outside those of the training set."""
    surprise: Annotated[float, Field(gt=0, lt=1)] = 0.01
    """Probability of so many outside, by chance alone, below which to be careful."""
    far: Annotated[float, Field(ge=1)] = 1.5
    """Multiple of the largest training distance; if more than half of the samples lie farther, do not interpret."""
    shift: Limits = (0.02, 0.25)
    """Share of the genes whose mean is off by more than a standard deviation, less 1.5 times that of sampling alone."""
    push: Limits = (0.1, 0.5)
    """Move of the samples towards a class, in distances between the class means."""


class ReportSettings(_Section):
    """The pages."""

    title: str | None = None
    """Title of the report."""
    date: Date | None = None
    """Date on the title page, YYYY-MM-DD. Default: SOURCE_DATE_EPOCH, else none."""
    page: Literal["A4", "Letter"] = "A4"
    """Paper of the PDF."""
    templates: InputPath | None = None
    """Folder with a logo, colours, sections and wording of your own (see README). Default: none."""
    p_values: Literal["R", "AMA"] = "R"
    """How p-values print: as R's format.pval prints them, or in the style of the American Medical Association."""


class RunSettings(_Section):
    """How a run is carried out and where it goes. No number depends on it, so it is not stored with the results."""

    out: InputPath | None = None
    """report.pdf or report.html; the other names follow from it. Default: report.pdf in the current folder."""
    format: Literal["both", "pdf", "html"] = "both"
    """Pages that are written."""
    figures: Literal["svg", "pdf"] = "svg"
    """pdf: the figures of the data folder as PDF, too."""
    jobs: int = -1
    """Processes that share the work; -1: one per core."""
    backend: Literal["loky", "multiprocessing", "threading", "dask"] = "loky"
    """What joblib shares the work by."""
    scheduler: str | None = None
    """Address of the scheduler of a Dask cluster, e.g. tcp://10.0.0.1:8786, for backend dask."""
    keep: Annotated[int, Field(ge=1)] | None = None
    """Runs that the folder runs/ keeps, the newest first. Default: all."""
    strict: bool = False
    """Whether warnings end in exit status 3."""


class CompareSettings(_Section):
    """When a later run is materially different from an earlier one. A comparison takes the section of the later run."""

    jaccard: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Smallest Jaccard index of the two signatures."""
    concordance: Annotated[float, Field(ge=-1, le=1)] = 0.95
    """Smallest concordance (Lin) of the log fold changes of the genes tested in both runs."""
    balanced_accuracy: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Largest change of the named model's balanced accuracy, cross-validated or on the independent set."""
    alpha: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Limit of the p-values of the models' paired tests, after Holm's correction over the models."""
    persistence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Persistence of the rank-biased overlap: at 0.95 the first 20 genes carry 85 % of the weight."""


class Settings(Shown, _Section):
    """Everything a run depends on besides the data."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1999
    """Seed that every random number of the run is derived from."""
    cohort: CohortSettings = CohortSettings()
    preprocess: PreprocessSettings = PreprocessSettings()
    tests: DifferentialSettings = DifferentialSettings()
    selection: SelectionSettings = SelectionSettings()
    components: ComponentSettings = ComponentSettings()
    models: ModelSettings = ModelSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    biomarkers: BiomarkerSettings = BiomarkerSettings()
    apply: ApplySettings = ApplySettings()
    report: ReportSettings = ReportSettings()
    run: RunSettings = Field(default=RunSettings(), exclude=True)
    compare: CompareSettings = CompareSettings()

    @property
    def repeats(self) -> int:
        """Number of repeats of the cross-validation: the setting, or that of the effort if it is not set.

        Example:
            >>> Settings().repeats, Settings(evaluation={"effort": "quick"}).repeats
            (10, 1)
        """
        return self.evaluation.repeats or REPEATS[self.evaluation.effort]

    @property
    def tuned_genes(self) -> tuple[int, ...]:
        """Numbers of selected genes that tuning chooses among; empty where the effort tunes nothing.

        Example:
            >>> Settings().tuned_genes, Settings(evaluation={"effort": "thorough"}).tuned_genes
            ((), (10, 25, 50, 100))
        """
        return self.selection.tuned if self.evaluation.effort == "thorough" else ()

    @property
    def permutations(self) -> int:
        """Number of permutations of the tests of the genes: the setting, or that of the effort if it is not set.

        Example:
            >>> Settings().permutations, Settings(tests={"permutations": 0}).permutations
            (10000, 0)
        """
        asked = self.tests.permutations
        return PERMUTATIONS[self.evaluation.effort] if asked is None else asked

    @property
    def label_permutations(self) -> int:
        """Number of permutations of the labels of the samples: the setting, or that of the effort if it is not set.

        Example:
            >>> Settings().label_permutations, Settings(evaluation={"effort": "thorough"}).label_permutations
            (0, 50)
        """
        asked = self.evaluation.label_permutations
        return LABEL_PERMUTATIONS[self.evaluation.effort] if asked is None else asked


@cache
def fields() -> dict[str, FieldInfo]:
    """Dotted name of every setting → what is known of it, in the order in which they are declared."""
    found: dict[str, FieldInfo] = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Section):
            found |= {f"{name}.{key}": each for key, each in field.annotation.model_fields.items()}
        else:
            found[name] = field
    return found


def place_of(field: FieldInfo) -> Literal["path", "location"] | None:
    """Whether a setting names a place of this machine, or one that may be elsewhere too; None if it names neither."""
    kinds = get_args(field.annotation)
    return "location" if InputLocation in kinds else "path" if InputPath in kinds else None


def named_inputs(settings: Settings) -> dict[str, Location]:
    """Dotted name of each setting that names an input → where it is."""
    found = {name: value(settings, name) for name in fields() if not name.startswith("run.")}
    return {name: place for name, place in found.items() if isinstance(place, Path | Remote)}


def value(settings: Settings, name: str) -> Any:
    """The value of a setting by its dotted name."""
    section, _, key = name.partition(".")
    return getattr(getattr(settings, section), key) if key else getattr(settings, section)


def setting_names() -> list[str]:
    """Dotted names of all settings."""
    return list(fields())
