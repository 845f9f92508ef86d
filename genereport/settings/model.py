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
    BeforeValidator,
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
INSTABILITY: dict[Effort, int] = {"quick": 0, "standard": 100, "thorough": 200}

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


def _as_names(value: object) -> object:
    """One name stands for a list of one, and a number for its text: ids such as 7 are not quoted on a command line."""
    if isinstance(value, str | int):
        value = [value]
    if isinstance(value, list | tuple):
        return tuple(str(name) if isinstance(name, int) and not isinstance(name, bool) else name for name in value)
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_names)]
"""A list of names."""


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
    """Files of the cohort, and the names of its columns."""

    study: InputLocation | None = None
    """Folder or matrix whose layout a reader recognises. Default: the bundled simulated cohort."""
    expression: InputLocation | None = None
    """Expression matrix: CSV or TSV, genes × samples or samples × genes; a GCT file; a GEO series matrix or SOFT file;
    a workbook of Excel or a similar program; a Parquet file; an .h5ad file; an R file (.rds, .rda); a folder with one
    file a sample of STAR, htseq-count, featureCounts, salmon, kallisto, RSEM or the GDC.

    A sheet, a matrix of an .h5ad file, or an object or assay of an R file is named behind the file and a #, as in
    "cohort.xlsx#Raw counts".
    """
    labels: InputLocation | None = None
    """Sample sheet with one row per sample: an id, a class label and any covariates. A GCT file may have a CLS file.

    The sheet may be in any kind of file that a matrix may be in. Default: what the file of the matrix tells of the
    samples, else a file beside it.
    """
    label_column: str | None = None
    """Column of the sample sheet that holds the class. Default: the only column called class, label, cancer, diagnosis,
    group, condition or type."""
    test_expression: InputLocation | None = None
    """Expression matrix of an independent set, in the same layout."""
    annotation: InputLocation | None = None
    """Table of gene or probe ids and gene symbols, such as that of a GEO platform. Default: the symbols of the matrix,
    and those that Ensembl and Entrez ids of human genes have."""
    reference: str | None = None
    """Class that log fold changes are measured from. Default: the class of controls, else the first class.

    The class of controls is the only one whose name contains a word such as control, normal, untreated, wt or vehicle.
    The first class is the first in alphabetical order; numbers in names are ordered by value.
    """
    contrasts: InputLocation | None = None
    """Contrasts to test, a table with the columns id, variable, reference, target, blocking, as nf-core has it. Its
    first row also gives label_column, reference and tests.design where they are not set."""
    samples: Literal["all", "labelled"] = "all"
    """What to do with samples without a class: all stops, labelled leaves out samples without a row or a class."""
    exclude: Names = ()
    """Ids of samples that are left out, as the matrix writes them: ["P07", "P12"]."""
    classes: Names = ()
    """Classes that are analysed; samples of other classes are left out. Default: all classes."""
    filter: str | None = None
    """Condition that samples must satisfy, on columns of the sample sheet: 'stage != "0" and age >= 18'. Default: none.

    Comparisons (==, !=, <, <=, >, >=, in, not in) of a column with values are joined by and, or and not. A name with
    blanks is in backticks. A missing value satisfies no comparison.
    """
    unit: str | None = None
    """Column that names units, such as patients, with several samples each; none: no column. Default: the column is
    recognised by its name, its values and the design."""
    duplicate_genes: Literal["refuse", "highest_mean"] = "refuse"
    """What to do if a gene id occurs more than once: stop, or keep the row with the highest mean."""
    strand: Literal["auto", "unstranded", "forward", "reverse"] = "auto"
    """Library of files that count each strand, as STAR's and the GDC's do. Default: inferred from STAR's counts;
    unstranded for the GDC."""
    transcripts: InputLocation | None = None
    """Table of transcripts and their genes, for one file a sample of salmon or kallisto: transcript, gene and perhaps
    symbol, with a header or without. Default: a file of the folder whose name holds tx2gene."""
    transcript_counts: Literal["length_scaled", "summed"] = "length_scaled"
    """How counts of transcripts become counts of genes: abundances times the average length of the gene, scaled to the
    reads of the sample (lengthScaledTPM of tximport), or sums of counts."""
    platform: str | None = None
    """Accession of the platform (GPL…) whose samples are read from a GEO SOFT file of several platforms."""


class PreprocessSettings(_Section):
    """Transformation to comparable log2 values, by an array's own values and by what training arrays determine."""

    scale: Literal["auto", "intensity", "log2", "ln", "log10", "ratio", "counts", "tpm", "beta", "standardised"] = (
        "auto"
    )
    """Scale of the values in the file; tpm stands for TPM, CPM and FPKM. Default: detected from the values."""
    floor: float | None = None
    """Lower bound of raw intensities, in the unit of the file. Default: 100 if at least 1 % of them are ≤ 0."""
    cap: float | None = None
    """Upper bound of raw intensities, in the unit of the file. Default: 16000 if at least 1 % of them are ≤ 0."""
    expressed: Literal["auto", "none", "above_floor", "fold_range", "filter_by_expr"] = "auto"
    """Rule for expressed genes; the others are set aside before arrays are scaled, anew in each training part.

    above_floor: above the floor in as many training arrays as the smallest class has (if it has more than ten: in ten
    and 70 % of the rest); fold_range: max/min > 5 and max − min > 500; auto: above_floor if a floor is applied, else
    none.
    """
    array_scaling: Literal["auto", "none", "stable_genes", "standardise", "quantile", "tmm"] = "auto"
    """Method that brings arrays to one scale; auto: stable_genes for intensities, none for other scales.

    stable_genes: shifts an array by genes that hardly vary between training arrays; standardise: uses the array's own
    median and median absolute deviation; quantile: replaces its values by normal quantiles of their ranks.
    """
    thin: Literal["auto", "none", "always"] = "auto"
    """Whether the counts of deeper samples are thinned to one depth for the classifiers; the tests use all counts.

    auto: where sequencing depth goes with the class in the training samples, since a classifier can recognise the class
    by the noise of shallow samples; always; none. Only for counts.
    """
    collapse: Collapse = "none"
    """Probes of one gene: keep all (none), keep the one with the highest mean or variance, or take their median."""
    impute: Literal["median"] = "median"
    """Imputation of missing values: the median of the gene in the training part of each split."""
    variance_quantile: Share = 0.5
    """Share of the testable genes that is dropped before selection: those with the smallest variance."""


class DifferentialSettings(_Section):
    """Differential expression."""

    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Significance level after correction."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Confidence level of every interval in the report."""
    method: Literal["welch", "student"] = "welch"
    """Test of each gene if the design has no covariates: welch (a variance per class) or student (equal variances)."""
    design: str | None = None
    """Linear model in the notation of R, such as "~ class + age" or "~ class + patient"; numbers enter as numbers, and
    C(batch) makes a factor of numbered batches. Default: ~ class, within units if most of them have every class."""
    trend: bool | None = None
    """Whether the prior of the moderated tests follows the average expression. Default: no, but for limma-trend."""
    counts: Literal["voom", "trend", "deseq2"] = "voom"
    """How counts are tested: voom (limma-voom, whose weights follow from the mean–variance trend), trend (limma-trend),
    or deseq2 (limma-voom, and DESeq2's test beside it)."""
    sample_weights: bool = False
    """Whether voom estimates a quality weight of each sample, so that poor samples count less."""
    robust: bool = False
    """Whether the prior of the moderated tests is made robust against genes with outlying variances."""
    permutations: Annotated[int, Field(ge=0)] | None = None
    """Number of permutations for Westfall and Young's adjustments, the observed labels included; 0: none. Default: 1000
    at effort quick, else 10000."""

    @model_validator(mode="after")
    def _one_of_two(self) -> DifferentialSettings:
        if self.trend and self.robust:
            raise ValueError("tests.trend and tests.robust cannot both be on")
        if self.counts == "trend" and self.robust:
            raise ValueError("tests.robust cannot be on where tests.counts is trend")
        if self.counts == "trend" and self.sample_weights:
            raise ValueError("tests.sample_weights cannot be on where tests.counts is trend")
        return self


class SelectionSettings(_Section):
    """Gene selection, repeated inside each training part."""

    candidates: Annotated[int, Field(ge=2)] = 500
    """Number of genes, those with the smallest p-values, that enter recursive feature elimination."""
    genes: Annotated[int, Field(ge=2)] = 50
    """Number of genes that are selected."""
    elimination_loss: Literal["auto", "hinge", "squared_hinge"] = "auto"
    """Loss of the support vector machine in the elimination; auto: hinge, or squared_hinge with over 400 samples."""
    tuned: tuple[Annotated[int, Field(ge=2)], ...] = (10, 25, 50, 100)
    """Numbers of genes among which an inner validation chooses at effort thorough."""


class ComponentSettings(_Section):
    """Principal components."""

    variance: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Share of the variance that the retained components explain."""


class ModelSettings(_Section):
    """The classifiers that are compared."""

    trees: Annotated[int, Field(ge=10)] = 500
    """Number of trees of the random forest."""
    penalty_c: Annotated[float, Field(gt=0)] = 1.0
    """Inverse strength of the penalty in both logistic regressions and the support vector machine (C)."""
    epochs: Annotated[int, Field(ge=1)] = 200
    """Number of training epochs of the neural networks."""
    hidden: tuple[int, ...] = (32, 16)
    """Number of units of each hidden layer of the neural networks."""
    batch_size: Annotated[int, Field(ge=1)] = 32
    """Number of samples per training step of the neural networks."""
    learning_rate: Annotated[float, Field(gt=0)] = 0.001
    """Step size of Adam, the optimiser of the neural networks."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """L2 penalty on the weights of the neural networks."""
    dropout: Share = 0.0
    """Probability that a hidden unit of the neural networks is left out of a training step."""
    patience: Annotated[int, Field(ge=0)] = 0
    """Epochs without progress on a fifth of the training part after which a neural network stops; 0: never."""
    class_weight: Literal["none", "balanced"] = "none"
    """Weights of the classes in training: none, or balanced (equal total weight for classes of any size)."""
    keep: Literal["named", "eligible", "all"] = "eligible"
    """Final models that are kept in the folder model: the named model; all that could have been named; or all, also
    those that were trained on all genes for comparison, which can be large."""


class EvaluationSettings(_Section):
    """Evaluation of the classifiers."""

    effort: Effort = "standard"
    """quick: 5 folds once; standard: 5 folds, 10 repeats; thorough: as standard, tuned and with permuted labels."""
    folds: Annotated[int, Field(ge=2)] = 5
    """Number of stratified folds; fewer are used if the smallest class has fewer samples."""
    repeats: Annotated[int, Field(ge=1)] | None = None
    """Number of repeats of the cross-validation. Default: 1 at effort quick, else 10."""
    groups: str | None = None
    """Column whose samples stay together in the splits. Default: the column that names units (cohort.unit)."""
    inner_folds: Annotated[int, Field(ge=2)] = 5
    """Number of folds inside each training part for calibration, thresholds and, at effort thorough, tuning."""
    label_permutations: Annotated[int, Field(ge=0)] | None = None
    """Number of permutations of the labels, each with everything refitted; ten take about as long as the comparison of
    models. Default: 50 at effort thorough, else 0."""
    instability: Annotated[int, Field(ge=0)] | None = None
    """Number of bootstrap samples on which the named model is refitted, to show how much the predictions of single
    samples depend on the training samples; 0: none. Default: 100 at effort standard, 200 at thorough, 0 at quick."""
    centre: str = "auto"
    """Column of the centres, each of which is left out of the training once; none: no column. Default: recognised by
    its name, such as centre, site, hospital, source, batch or study."""
    holdout: Share = 0.0
    """Share of the samples to set aside, stratified, as an independent set if the cohort has none."""
    bootstrap: Annotated[int, Field(ge=100)] = 2000
    """Bootstrap resamples for the intervals of F1, precision, MCC and similar metrics on an independent set."""


class BiomarkerSettings(_Section):
    """Known markers and gene sets with which the results are compared."""

    file: InputLocation | None = None
    """Your own marker list, CSV or TSV: symbol or probes, direction, evidence, source. Default: the bundled one."""
    gene_sets: InputLocation | None = None
    """Gene sets to test for enrichment, a GMT file."""
    top: Annotated[int, Field(ge=5)] = 30
    """Number of genes of the signature that the report prints."""
    circular: tuple[str, ...] | None = None
    """Evidence classes of markers that were found on this very cohort. Default: Golub50 if the files are Golub's."""


Limits = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]]
"""Limits of a check: from the first on 'careful', from the second on 'do not interpret'."""


class ApplySettings(_Section):
    """Limits of the checks of genereport apply. Of two limits, the first means careful, the second do not interpret."""

    missing: Share = 0.1
    """Largest share of the model's genes that may be missing; they are imputed with training medians."""
    spread: Limits = (1.25, 1.4)
    """Ratio of the arrays' median absolute deviation to that of training arrays, or its inverse (log2 values, before
    scaling)."""
    location: Limits = (0.5, 1.5)
    """Difference of the arrays' median log2 value from that of training arrays, in units of the training arrays' median
    absolute deviation times 1.4826."""
    outside: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Conformal p-value below which an array or a sample counts as outside the training set."""
    surprise: Annotated[float, Field(gt=0, lt=1)] = 0.01
    """Probability of as many samples outside by chance, below which a check says 'careful'."""
    far: Annotated[float, Field(ge=1)] = 1.5
    """Multiple of the largest training distance; if most samples lie farther, the check says 'do not interpret'."""
    shift: Limits = (0.02, 0.25)
    """Share of the genes whose mean is shifted by more than a standard deviation, minus 1.5 times the share expected by
    sampling alone."""
    push: Limits = (0.1, 0.5)
    """Shift of the samples towards a class, in distances between the class means."""


class ReportSettings(_Section):
    """The pages of the report."""

    title: str | None = None
    """Title of the report. Default: from the names of the classes."""
    date: Date | None = None
    """Date on the title page, YYYY-MM-DD. Default: SOURCE_DATE_EPOCH, else none."""
    authors: Names = ()
    """Authors, on the title page and in the metadata of the PDF."""
    affiliation: str = ""
    """Affiliation of the authors, on the title page."""
    page: Literal["A4", "Letter"] = "A4"
    """Paper size of the PDF."""
    templates: InputPath | None = None
    """Folder with your own logo, colours, sections and templates (see README). Default: none."""
    p_values: Literal["R", "AMA"] = "R"
    """Style of printed p-values: R (as format.pval prints them) or AMA (American Medical Association)."""


class RunSettings(_Section):
    """How a run is carried out and where its output goes. No number depends on it, so results do not store it."""

    out: InputPath | None = None
    """Report, .pdf or .html; the other files are named after it. Default: report.pdf in the current folder."""
    format: Literal["both", "pdf", "html"] = "both"
    """Pages to write."""
    figures: Literal["svg", "pdf"] = "svg"
    """Format of the figures in the data folder; pdf: SVG and PDF."""
    jobs: int = -1
    """Number of processes that share the work; -1: one per core."""
    backend: Literal["loky", "multiprocessing", "threading", "dask"] = "loky"
    """Backend of joblib that shares the work."""
    scheduler: str | None = None
    """Address of the scheduler of a Dask cluster, e.g. tcp://10.0.0.1:8786, for backend dask."""
    keep: Annotated[int, Field(ge=1)] | None = None
    """Number of runs, the newest first, that the folder runs/ keeps. Default: all runs."""
    strict: bool = False
    """Whether a run with warnings ends with exit status 3."""


class CompareSettings(_Section):
    """Limits beyond which two runs differ materially. A comparison uses those of the later run."""

    jaccard: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Smallest Jaccard index of the two signatures."""
    concordance: Annotated[float, Field(ge=-1, le=1)] = 0.95
    """Smallest concordance (Lin) of the log fold changes of the genes tested in both runs."""
    balanced_accuracy: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Largest change of the named model's balanced accuracy, cross-validated or on the independent set."""
    alpha: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Significance level of the models' paired tests, after Holm's correction over the models."""
    persistence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Persistence of the rank-biased overlap: at 0.95 the first 20 genes carry 85 % of the weight."""


class Settings(Shown, _Section):
    """Everything that a run depends on besides the data."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1999
    """Seed from which all random numbers of the run are derived."""
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

    @property
    def instability(self) -> int:
        """Number of bootstrap samples for the instability of predictions: the setting, or that of the effort.

        Example:
            >>> Settings().instability, Settings(evaluation={"effort": "quick"}).instability
            (100, 0)
        """
        asked = self.evaluation.instability
        return INSTABILITY[self.evaluation.effort] if asked is None else asked


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
