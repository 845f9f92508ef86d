"""Frozen settings: defaults < ``study.toml`` < ``GENEREPORT_SECTION__KEY`` < ``--set section.key=value``.

`resolve` merges the layers and validates once; an unknown key is an error that names the nearest valid one.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationError, model_validator

from genereport.errors import SettingsError, nearest

Effort = Literal["quick", "standard", "thorough"]
Collapse = Literal["none", "highest_mean", "highest_variance", "median"]
REPEATS: dict[Effort, int] = {"quick": 1, "standard": 10, "thorough": 10}
PERMUTATIONS: dict[Effort, int] = {"quick": 1000, "standard": 10_000, "thorough": 10_000}
LABEL_PERMUTATIONS: dict[Effort, int] = {"quick": 0, "standard": 0, "thorough": 200}

Share = Annotated[float, Field(ge=0, lt=1)]
InputPath = Annotated[Path, PlainSerializer(lambda path: path.name)]
"""Stored by name: equal runs in other folders are equal, and a report tells nothing of its author's disk."""

_PATHS = {
    "cohort": ("study", "expression", "labels", "test_expression"),
    "biomarkers": ("file", "gene_sets"),
    "report": ("templates",),
}


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class CohortSettings(_Section):
    """Where the cohort is and how its columns are called. Paths are relative to the study file that names them."""

    study: InputPath | None = None
    """Folder or file whose layout a reader recognises. Default: the bundled simulated cohort."""
    expression: InputPath | None = None
    """Expression matrix, genes × samples or samples × genes; CSV or TSV, may be gzipped."""
    labels: InputPath | None = None
    """Sample sheet: one row a sample, with an id, a class label and any covariates."""
    label_column: str | None = None
    """Column of the sample sheet that holds the class. Default: the only one called class, label, cancer, …"""
    test_expression: InputPath | None = None
    """Expression matrix of an independent set, in the same layout."""
    reference: str | None = None
    """Class that log fold changes are measured from. Default: the first in alphabetical order."""
    duplicate_genes: Literal["refuse", "highest_mean"] = "refuse"
    """What to do when a gene id occurs more than once: stop, or keep the row with the highest mean."""


class PreprocessSettings(_Section):
    """From the values in the file to comparable log2 values. Each array is transformed by its own values alone."""

    scale: Literal["auto", "intensity", "log2", "ratio", "counts"] = "auto"
    """Scale of the values in the file."""
    floor: float | None = None
    """Lower bound before the logarithm, in the unit of the file. Default: 100 if intensities hold values ≤ 0."""
    cap: float | None = None
    """Upper bound before the logarithm, in the unit of the file. Default: 16000 if intensities hold values ≤ 0."""
    array_scaling: Literal["auto", "none", "standardise", "quantile"] = "auto"
    """Brings arrays to a common location and scale; auto = standardise for intensities, none for other scales."""
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
    """Linear model in the notation of R, such as "~ class + centre" or "~ class + patient". Default: class alone."""
    trend: bool | None = None
    """Whether the moderated variances follow the average expression. Default: for counts only (limma-trend)."""
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
    """Share of the hidden units of the neural networks that each training step leaves out."""
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
    """Column whose samples stay together in the splits. Default: a covariate of tests.design that names patients."""
    inner_folds: Annotated[int, Field(ge=2)] = 5
    """Folds of the validation inside each training part, at effort thorough."""
    label_permutations: Annotated[int, Field(ge=0)] | None = None
    """Times the labels are permuted and the named model's whole path is refitted. Default: 200 if thorough, else 0."""
    holdout: Share = 0.0
    """Share of the samples to set aside, stratified, as an independent set when the cohort has none."""
    bootstrap: Annotated[int, Field(ge=100)] = 2000
    """Bootstrap resamples behind intervals of F1, precision and MCC."""


class BiomarkerSettings(_Section):
    """Known markers that the signature is held against."""

    file: InputPath | None = None
    """Your own marker list, CSV or TSV: symbol or probes, direction, evidence, source. Default: the bundled one."""
    gene_sets: InputPath | None = None
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


class Settings(_Section):
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

    def _repr_html_(self) -> str:
        """What a notebook shows: the settings that differ from their defaults."""
        from genereport.report.display import display

        return display(self)

    @property
    def repeats(self) -> int:
        """Repeats of the cross-validation: what was asked for, else what the effort means."""
        return self.evaluation.repeats or REPEATS[self.evaluation.effort]

    @property
    def permutations(self) -> int:
        """Relabellings of the permutation tests: what was asked for, else what the effort means."""
        asked = self.tests.permutations
        return PERMUTATIONS[self.evaluation.effort] if asked is None else asked

    @property
    def label_permutations(self) -> int:
        """Permutations of the labels under the classifiers: what was asked for, else what the effort means."""
        asked = self.evaluation.label_permutations
        return LABEL_PERMUTATIONS[self.evaluation.effort] if asked is None else asked


def resolve(
    study: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    assignments: Iterable[str] = (),
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """Merge the layers of settings, lowest first, and validate them.

    Args:
        study: A ``study.toml``; relative paths in it are taken from its folder.
        environment: Variables; those of the form ``GENEREPORT_SECTION__KEY`` and ``GENEREPORT_SEED`` count.
        assignments: ``section.key=value`` texts, as given to ``--set``; the value is read as TOML, else as text.
        overrides: Setting or section → value from dedicated command-line flags; None values are left out.

    Raises:
        SettingsError: GR001 unknown setting, GR002 invalid value, GR003 unreadable study file.
    """
    layers = [
        _from_epoch(environment),
        _from_study(study) if study else {},
        _from_pairs(_environment_pairs(environment)),
        _from_pairs(_split_assignment(text) for text in assignments),
        _given(overrides or {}),
    ]
    merged: dict[str, Any] = {}
    for layer in layers:
        for section, values in layer.items():
            nested = isinstance(values, Mapping) and isinstance(merged.get(section, {}), dict)
            merged[section] = {**merged.get(section, {}), **values} if nested else values
    return _validated(merged)


def read_settings(
    study: Path | str | None = None, *, assignments: Iterable[str] = (), overrides: Mapping[str, object] | None = None
) -> Settings:
    """Settings of a cohort: from its study file, from that in its folder, or for a cohort that has none.

    Args:
        study: A ``study.toml``, a folder that may hold one, or a file or folder whose layout a reader recognises.
        assignments: As in `resolve`.
        overrides: As in `resolve`.

    Raises:
        SettingsError: GR001 unknown setting, GR002 invalid value, GR003 unreadable study file.
    """
    path = Path(study) if study else None
    file = path / "study.toml" if path and (path / "study.toml").is_file() else path
    given = overrides or {}
    if file and file.suffix == ".toml":
        return resolve(file, assignments=assignments, overrides=given)
    cohort = given.get("cohort")
    named = {**cohort, "study": path} if isinstance(cohort, Mapping) else {"study": path}
    return resolve(assignments=assignments, overrides={**given, "cohort": named})


def _given(values: Mapping[str, object]) -> dict[str, Any]:
    nested = {key: _given(value) if isinstance(value, Mapping) else value for key, value in values.items()}
    return {key: value for key, value in nested.items() if value is not None}


def _from_epoch(environment: Mapping[str, str]) -> dict[str, Any]:
    """The date of the report by the convention of reproducible builds; never the present time."""
    epoch = environment.get("SOURCE_DATE_EPOCH", "")
    if not epoch.isdigit():
        return {}
    return {"report": {"date": datetime.fromtimestamp(int(epoch), UTC).date().isoformat()}}


def _from_study(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            "GR003", f"The study file cannot be read ({error}).", "Correct it, or name another one.", str(path)
        ) from error
    for section, names in _PATHS.items():
        values = content.get(section, {})
        for name in names if isinstance(values, dict) else ():
            if isinstance(values.get(name), str):
                values[name] = path.parent / values[name]
    return content


def _environment_pairs(environment: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for name, value in sorted(environment.items()):
        key = name.removeprefix("GENEREPORT_").lower()
        if name.startswith("GENEREPORT_") and ("__" in key or key == "seed"):
            yield key.replace("__", "."), value


def _split_assignment(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise SettingsError(
            "GR002", f"'{text}' is not of the form section.key=value.", "Write, e.g., preprocess.floor=100."
        )
    return key.strip(), value.strip()


def _from_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    layer: dict[str, Any] = {}
    for name, text in pairs:
        section, dot, key = name.partition(".")
        if dot:
            layer.setdefault(section, {})[key] = _toml_value(text)
        else:
            layer[section] = _toml_value(text)
    return layer


def _toml_value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _validated(content: Mapping[str, Any]) -> Settings:
    try:
        return Settings.model_validate(content)
    except ValidationError as failure:
        first = failure.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            valid = setting_names() if "." in name else Settings.model_fields
            raise SettingsError("GR001", f"There is no setting '{name}'.", nearest(name, valid)) from failure
        if first["type"] == "value_error":
            raise SettingsError("GR002", f"{first['ctx']['error']}.", "Set only one of them.", name) from failure
        raise SettingsError(
            "GR002",
            f"{first['msg']}, but '{first['input']}' was given.",
            "'genereport schema' lists what each setting takes.",
            f"setting '{name}'",
        ) from failure


def setting_names() -> list[str]:
    """Dotted names of all settings."""
    names = ["seed"]
    for section, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Section):
            names += [f"{section}.{key}" for key in field.annotation.model_fields]
    return names
