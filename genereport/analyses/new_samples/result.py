"""The result of applying a frozen model to new samples."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import computed_field

from genereport.analyses.provenance import InputFile, Platform
from genereport.analyses.result import Stored, Tabled
from genereport.display import Shown
from genereport.errors import Finding
from genereport.frames import Frame, Number, true_rows

APPLIED_SCHEMA_VERSION = 1

Level = Literal["fine", "careful", "do not interpret"]
LEVELS: tuple[Level, ...] = ("fine", "careful", "do not interpret")
CHECKS = ("genes", "scale", "arrays", "shift", "batch", "cloud")

SLACK = 1.5
"""Factor for the expected share of shifted genes, which varies more if genes are correlated."""


@dataclass(frozen=True)
class Origin(Shown):
    """The frozen model.

    Attributes:
        model: Name of the named model.
        features: Features of the named model.
        models: Number of models in the bundle.
        classes: Class levels, the reference first.
        sizes: Number of training samples of each class.
        samples: Number of training samples.
        genes: Number of genes that array scaling is taken over.
        testable: Number of genes that the models see.
        axes: Number of principal components that span the plane of the training set.
        manifest: SHA-256 of the bundle's manifest.
        versions: Package → version that it was trained with.
        preprocessing: Constants of the conversion to log2, as they are stored.
        independent: Whether it was tested on an independent set when it was made.
    """

    model: str
    features: str
    models: int
    classes: tuple[str, ...]
    sizes: tuple[int, ...]
    samples: int
    genes: int
    testable: int
    axes: int
    manifest: str
    versions: dict[str, str]
    preprocessing: dict[str, Any]
    independent: bool


@dataclass(frozen=True, eq=False)
class ComparabilityCheck(Tabled, main="checks"):
    """Whether the new samples are comparable to the training samples of the model.

    Attributes:
        level: The worst of the checks, overridden ones included.
        withheld: Whether there are no predictions because of a check that was not overridden.
        stopping: Checks whose level is *do not interpret*.
        overridden: Those of them that were overridden by name.
        checks: Index check; columns level, overridden.
        measures: One row per check and measure; columns value, worse (``above`` or ``below``), careful and stop
            (limits beyond which it is worse than *fine* and *careful*; NaN if it is not judged, or not by that
            level), level.
        stored_scale: Scale from which the model's preprocessing starts.
        detected_training: Scale that is detected in the training values.
        detected_new: Scale that is detected in the new values.
        scale_reason: Why that scale is detected in the new values.
        style_model: Style of the model's gene ids.
        example_model: One of these ids.
        style_new: Style of the gene ids of the new file.
        example_new: One of these ids.
        covariate: Covariate of the new samples that is associated with their class; empty if none is, or none is known.
        covariate_p: p-value of the association; NaN if there is none.
        covariate_pure: Whether each value of the covariate occurs in one class only.
    """

    level: Level
    withheld: bool
    stopping: tuple[str, ...]
    overridden: tuple[str, ...]
    checks: Frame
    measures: Frame
    stored_scale: str
    detected_training: str
    detected_new: str
    scale_reason: str
    style_model: str
    example_model: str
    style_new: str
    example_new: str
    covariate: str
    covariate_p: Number
    covariate_pure: bool

    @property
    def slack(self) -> float:
        """The factor for the expected share of shifted genes."""
        return SLACK

    @property
    def judged(self) -> list[int]:
        """The positions of the rows of `measures` that have a limit."""
        return true_rows(self.measures["careful"].notna() | self.measures["stop"].notna())


@dataclass(frozen=True)
class Move:
    """The move of the new samples along the difference between one class and the others.

    Attributes:
        contrast: Position of that class among the classes.
        direction: Position of the class towards or away from which the samples are moved.
        away: Whether they are moved away from it.
    """

    contrast: int
    direction: int
    away: bool


@dataclass(frozen=True, eq=False)
class Applied(Stored, Tabled, main="predictions"):
    """A frozen model, new samples, their comparability, and the model's predictions.

    Attributes:
        title: Title of the report.
        simulated: Whether the model was trained on a simulated cohort.
        settings: Resolved settings, JSON-ready.
        inputs: The files that were read.
        versions: Package → version.
        platform: Python, system and matrix library of the computation.
        origin: The model.
        samples: Number of new samples.
        labelled: Number of new samples with a class.
        counts: Index class; column n: number of labelled samples.
        orientation: Orientation of the matrix in the file.
        extra: Number of genes of the file that the model does not know.
        imputed: Number of the genes that the model sees which the file lacks.
        findings: What a reader must know about the files.
        gate: Whether the samples are comparable.
        arrays: Index sample; columns class (empty if unknown), missing (share of the values), q5 q25 q50 q75 q95 (log2
            after preprocessing), deviation (largest of their robust z against the training arrays), p_arrays; plane,
            p_plane (distance in the plane of the training set, its conformal p), residual, p_residual (from the plane).
        training: The training arrays, without their order: index array; columns q5 … q95, deviation (each from the
            others), and the held-out distances plane and residual, each column sorted by itself.
        shift: Index gene; columns symbol, shift: mean of the new samples less that of the training set, in standard
            deviations of the training set within the classes; adjusted for class.
        predictions: One row per sample and model, the named model first; columns sample, model, features, truth,
            predicted, then p_CLASS per class. Empty if they are withheld.
        predicted: Index class; column n: number of samples for which the named model predicts it. Empty if withheld.
        errors: Number of labelled samples that the named model misclassifies; None without labels or predictions.
        metrics: As in `Models.metrics`, set ``applied``.
        comparison: Named model: one row per metric and set of the development (``cv``, ``test``); columns
            development, applied, difference (applied − development), ci_low, ci_high.
        calibration: One row per model and features: intercept, intercept_low, intercept_high, slope, slope_low,
            slope_high, reason (why one is not estimable, else empty). Two classes only.
        bins: As `Models.calibration`, set ``applied``.
        roc: As `Models.roc`, set ``applied``.
    """

    title: str
    simulated: bool
    settings: dict[str, Any]
    inputs: tuple[InputFile, ...]
    versions: dict[str, str]
    platform: Platform
    origin: Origin
    samples: int
    labelled: int
    counts: Frame
    orientation: str
    extra: int
    imputed: int
    findings: tuple[Finding, ...]
    gate: ComparabilityCheck
    arrays: Frame
    training: Frame
    shift: Frame
    predictions: Frame
    predicted: Frame
    errors: int | None
    metrics: Frame
    comparison: Frame
    calibration: Frame
    bins: Frame
    roc: Frame
    schema_version: int = field(default=APPLIED_SCHEMA_VERSION)

    @computed_field
    @property
    def fully_labelled(self) -> bool:
        """Whether every new sample has a class."""
        return self.labelled == self.samples

    @computed_field
    @property
    def move(self) -> Move | None:
        """The move of the samples along the difference between the classes.

        None if it is not estimated: not every sample has a class, or nothing separates the classes of the training set.
        """
        found = self.gate.measures
        batch = found[found["check"] == "batch"].set_index("measure")["value"]
        if not self.fully_labelled or math.isnan(batch["push"]):
            return None
        contrast, forward = int(batch["class"]), bool(batch["push"] > 0)
        if len(self.origin.classes) == 2:
            return Move(contrast, int(forward), away=False)
        return Move(contrast, contrast, away=not forward)
