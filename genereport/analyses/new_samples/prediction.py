"""Apply a frozen model to new samples: check that they are comparable, predict them and, with labels, count errors."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.columns import rows_with
from genereport.analyses.models.curves import calibration_table, roc_table
from genereport.analyses.models.metrics import Outcome, metrics_table
from genereport.analyses.new_samples.comparability import Found, Truth, compare, level_of, measure_table
from genereport.analyses.new_samples.incoming import Incoming, bring
from genereport.analyses.new_samples.result import LEVELS, ComparabilityCheck, Origin
from genereport.cohort.impossible import describe_codes, find_codes
from genereport.cohort.new_samples import NewSamples, id_style
from genereport.cohort.scale import detect_scale
from genereport.cohort.wording import counted, quoted
from genereport.errors import BundleError, CohortError, Finding
from genereport.learn.archive import sha256
from genereport.learn.frozen import FinalModels
from genereport.learn.metrics import predicted_classes
from genereport.learn.reference import Development, sample_checksums
from genereport.learn.summary import IntervalConfig, on_independent_set
from genereport.learn.training import Probabilities
from genereport.settings import ApplySettings
from genereport.stats.intervals import Interval, difference_interval
from genereport.stats.recalibration import recalibration
from genereport.types import FLOOR, Array, Codes, Key

COMPARED = ("balanced_accuracy", "recall", "precision", "roc_auc", "brier")
SET = "applied"


@dataclass(frozen=True)
class Application:
    """Parameters of an application.

    Attributes:
        limits: Limits of the comparability check.
        overridden: Checks whose *do not interpret* is to be ignored.
        bootstrap: Number of resamples for the intervals of F1, precision, MCC, average precision and the Brier score.
    """

    limits: ApplySettings
    overridden: frozenset[str]
    bootstrap: int

    def run(
        self, final: FinalModels, manifest: bytes, new_samples: NewSamples, rng: np.random.Generator
    ) -> dict[str, Any]:
        """Return the fields of `Applied` by name, except those on settings, files and platform.

        Args:
            final: The frozen models, as they were read.
            manifest: Content of the manifest of the bundle.
            new_samples: The new samples.
            rng: Random generator of the bootstrap.

        Raises:
            BundleError: GR602, GR616 if the bundle cannot be applied.
            CohortError: GR612, GR617 if the samples cannot be brought to its scale; GR618 if the model was trained on
                some of them.
        """
        development = named_first(final)
        incoming = self._prepare_incoming(final, new_samples)
        _require_new(final, new_samples, incoming)
        truth = _read_truth(new_samples, final)
        found = compare(final, development.named, incoming, truth, self.limits)
        gate = self._check(final, new_samples, incoming, found)
        probabilities = {} if gate.withheld else _predict(final, development.named, incoming)
        codes = describe_codes(new_samples.expression, find_codes(new_samples.expression.to_numpy()))
        findings = (*new_samples.findings, *codes, *_report_imputed(final, incoming), *_report_extra_genes(new_samples))
        return {
            "origin": _origin(final, development, manifest),
            "samples": len(new_samples.labels),
            "labelled": int((truth.codes >= 0).sum()),
            "counts": _counts(new_samples.labels, final.classes),
            "orientation": new_samples.orientation,
            "extra": new_samples.extra,
            "imputed": int(incoming.lacking.sum()),
            "findings": findings,
            "gate": gate,
            "arrays": _arrays(new_samples, incoming, found),
            "training": found.training,
            "shift": _shift(final, found),
            "predictions": predictions(probabilities, new_samples.labels, final.classes),
            "predicted": _predicted_counts(probabilities.get(development.named), final.classes),
            **self._judge_predictions(probabilities, truth, new_samples, final, development, rng),
        }

    def _prepare_incoming(self, final: FinalModels, new_samples: NewSamples) -> Incoming:
        measured, names = final.reference.measured, set(final.genes)
        medians = final.preprocessing["collapse"] == "median"  # then the models see genes, not probes
        testable = [
            gene
            for gene, varies in zip(measured.genes, measured.testable, strict=True)
            if varies and (medians or gene in names)
        ]
        present = set(new_samples.expression.columns[new_samples.expression.notna().any(axis=0)])
        missing = [gene for gene in testable if gene not in present]
        if len(missing) <= self.limits.missing * len(testable):
            return bring(final, new_samples.expression)
        here, there = new_samples.style, id_style(measured.genes)
        remedy = f"Give the matrix the ids of the model, or raise apply.missing (now {self.limits.missing:g})."
        raise CohortError(
            "GR612",
            f"The matrix lacks {len(missing):,} of the {len(testable):,} genes that the model uses. The model has "
            f"{there.name}, such as '{there.example}'; the matrix has {here.name}, such as '{here.example}'.",
            "Another platform needs a model of its own." if here.name != there.name else remedy,
            new_samples.sources[0].name,
        )

    def _check(
        self, final: FinalModels, new_samples: NewSamples, incoming: Incoming, found: Found
    ) -> ComparabilityCheck:
        levels = {name: level_of(measures) for name, measures in found.checks.items()}
        stopping = tuple(name for name, level in levels.items() if level == LEVELS[-1])
        overridden = tuple(name for name in stopping if name in self.overridden)
        names = pd.Index(list(levels), name="check", dtype=str)
        checks = {"level": list(levels.values()), "overridden": [name in overridden for name in levels]}
        scale, model = detect_scale(incoming.raw, prove=False), id_style(final.reference.measured.genes)
        return ComparabilityCheck(
            level=max(levels.values(), key=LEVELS.index),
            withheld=len(overridden) < len(stopping),
            stopping=stopping,
            overridden=overridden,
            checks=pd.DataFrame(checks, index=names),
            measures=measure_table(found.checks),
            stored_scale=str(final.preprocessing["scale"]),
            detected_training=final.reference.measured.detected,
            detected_new=scale.name,
            scale_reason=scale.reason,
            style_model=model.name,
            example_model=model.example,
            style_new=new_samples.style.name,
            example_new=new_samples.style.example,
            covariate=found.association.covariate,
            covariate_p=found.association.p,
            covariate_pure=found.association.pure,
        )

    def _judge_predictions(
        self,
        probabilities: Probabilities,
        truth: Truth,
        new_samples: NewSamples,
        final: FinalModels,
        development: Development,
        rng: np.random.Generator,
    ) -> dict[str, Any]:
        """Return the metrics by the labels; tables are empty if there are no labels or no predictions."""
        known = np.flatnonzero(truth.codes >= 0)
        codes, confidence = truth.codes[known], development.confidence
        probabilities = {key: part[known] for key, part in probabilities.items()} if len(known) else {}
        samples = new_samples.labels.index[known]
        outcome = Outcome(SET, samples, codes, final.classes, {key: p[None] for key, p in probabilities.items()})
        config = IntervalConfig.draw(codes, confidence, self.bootstrap, rng) if probabilities else None
        estimates = {key: on_independent_set(codes, p, config) for key, p in probabilities.items()} if config else {}
        every = len(np.unique(codes)) == len(final.classes) and bool(probabilities)
        named = probabilities.get(development.named)
        metrics = metrics_table(estimates, outcome)
        return {
            "errors": None if named is None else int((predicted_classes(named) != codes).sum()),
            "metrics": metrics,
            "comparison": comparison(metrics, development),
            "calibration": recalibrations(probabilities, codes, final.classes, confidence),
            "bins": calibration_table(outcome, confidence) if every else _empty_metrics(_BINS),
            "roc": roc_table(outcome) if every else _empty_metrics(_ROC),
        }


def _require_new(final: FinalModels, new_samples: NewSamples, incoming: Incoming) -> None:
    """Require that the model was trained on none of the samples.

    Raises:
        CohortError: GR618 if it was.
    """
    trained = set(final.reference.measured.checksums)
    found = zip(new_samples.expression.index, sample_checksums(incoming.raw), strict=True)
    seen = [str(sample) for sample, checksum in found if checksum in trained]
    if seen:
        raise CohortError(
            "GR618",
            f"{len(seen)} of {counted(len(new_samples.labels), 'sample', 'samples')} "
            f"{'is a training sample' if len(seen) == 1 else 'are training samples'} of the model, with equal values: "
            f"{quoted(seen)}. A sample that was trained on says nothing about new ones.",
            "Remove them from the matrix, or leave them out by cohort.exclude.",
            new_samples.sources[0].name,
        )


_BINS = ("model", "features", "set", "class", "bin", "n", "predicted", "observed", "ci_low", "ci_high")
_ROC = ("model", "features", "set", "class", "fpr", "tpr")


def _empty_metrics(columns: Collection[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns), dtype="float64")


def named_first(final: FinalModels) -> Development:
    """Return the metrics of the models in development, and which model is named.

    Raises:
        BundleError: GR616 if the bundle does not say, or if it does not hold the named model.
    """
    development = final.development
    if development is None or development.named not in final.models:
        problem = "The bundle does not say which model its report names"
        if development:
            problem = f"The named model, {' on '.join(development.named)}, is not in the bundle"
        raise BundleError(
            "GR616",
            f"{problem}, so there is nothing to apply.",
            "Build the report again with models that can be frozen.",
        )
    return development


def _read_truth(new_samples: NewSamples, final: FinalModels) -> Truth:
    codes = pd.Index(final.classes).get_indexer(pd.Index(new_samples.labels))
    return Truth(codes.astype(np.intp), new_samples.covariates)


def _predict(final: FinalModels, named: Key, incoming: Incoming) -> Probabilities:
    found = final.predict(incoming.values)
    return {key: found[key] for key in (named, *(key for key in found if key != named))}


def _origin(final: FinalModels, development: Development, manifest: bytes) -> Origin:
    sizes = tuple(int(size) for size in final.reference.groups.sizes)
    return Origin(
        *development.named,
        models=len(final.models),
        classes=tuple(final.classes),
        sizes=sizes,
        samples=sum(sizes),
        genes=len(final.reference.measured.genes),
        testable=len(final.genes),
        axes=final.reference.cloud.axes,
        manifest=sha256(manifest),
        versions=dict(final.versions),
        preprocessing=dict(final.preprocessing),
        independent=any(figure.set == "test" for figure in development.figures),
    )


def _counts(labels: pd.Series[str], classes: tuple[str, ...]) -> pd.DataFrame:
    index = pd.Index(classes, name="class", dtype=str)
    return pd.DataFrame({"n": [int((labels == name).sum()) for name in classes]}, index=index)


def _predicted_counts(found: Array | None, classes: tuple[str, ...]) -> pd.DataFrame:
    if found is None:
        return pd.DataFrame({"n": np.empty(0, dtype=np.int64)}, index=pd.Index([], name="class", dtype=str))
    counts = np.bincount(predicted_classes(found), minlength=len(classes))
    return pd.DataFrame({"n": counts}, index=pd.Index(classes, name="class", dtype=str))


def _arrays(new_samples: NewSamples, incoming: Incoming, found: Found) -> pd.DataFrame:
    described = {"class": new_samples.labels.to_numpy(), "missing": np.isnan(incoming.values).mean(axis=1)}
    index = new_samples.labels.index.rename("sample")
    return pd.concat([pd.DataFrame(described), found.arrays], axis=1).set_index(index)


def _shift(final: FinalModels, found: Found) -> pd.DataFrame:
    measured = final.reference.measured
    symbols = dict(zip(measured.genes, measured.symbols, strict=True))
    index = pd.Index(final.genes, name="gene", dtype=str)
    return pd.DataFrame({"symbol": [symbols.get(gene, "") for gene in final.genes], "shift": found.shift}, index=index)


def _report_imputed(final: FinalModels, incoming: Incoming) -> tuple[Finding, ...]:
    lacking = int(incoming.lacking.sum())
    if not lacking:
        return ()
    genes = counted(lacking, "gene is", "genes are")
    told = f"{genes} missing of the {len(final.genes):,} that the models use, and imputed with training medians."
    return (Finding("GR611", "warning", "genes", told),)


def _report_extra_genes(new_samples: NewSamples) -> tuple[Finding, ...]:
    if not new_samples.extra:
        return ()
    genes = counted(new_samples.extra, "gene of the matrix is", "genes of the matrix are")
    told = f"{genes} left out, control probes included, because the model does not use them."
    return (Finding("GR303", "note", new_samples.sources[0].name, told),)


def predictions(probabilities: Probabilities, labels: pd.Series[str], classes: tuple[str, ...]) -> pd.DataFrame:
    """Return one row per model and sample, as in `Applied.predictions`.

    Args:
        probabilities: Model and features → class probabilities, shape (m, classes).
        labels: Class by sample, empty where unknown.
        classes: Class levels, the reference first.
    """
    names = np.array(classes, dtype=object)
    parts = [
        pd.DataFrame(
            {
                "sample": labels.index,
                "model": model,
                "features": features,
                "truth": labels.to_numpy(),
                "predicted": names[predicted_classes(found)],
                **{f"p_{name}": column for name, column in zip(classes, found.T, strict=True)},
            }
        )
        for (model, features), found in probabilities.items()
    ]
    columns = ["sample", "model", "features", "truth", "predicted", *(f"p_{name}" for name in classes)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns, dtype=str)


def comparison(metrics: pd.DataFrame, development: Development) -> pd.DataFrame:
    """Compare the named model now and in development; the samples are others, so the intervals are unpaired.

    Args:
        metrics: As in `Applied.metrics`; may be empty.
        development: Metrics of development, from the bundle.
    """
    own = rows_with(metrics, model=development.named[0], features=development.named[1])
    now = {
        str(metric): (float(estimate), Interval(float(low), float(high)))
        for metric, estimate, low, high in own[["metric", "estimate", "ci_low", "ci_high"]].itertuples(index=False)
    }
    rows = []
    for figure in development.figures:
        if (figure.model, figure.features) == development.named and figure.metric in COMPARED and now:
            estimate, here = now[figure.metric]
            then = Interval(figure.ci_low, figure.ci_high)
            limits = difference_interval(figure.estimate, then, estimate, here)
            rows.append((figure.metric, figure.set, figure.estimate, estimate, estimate - figure.estimate, *limits))
    columns = ["metric", "set", "development", "applied", "difference", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns)


def recalibrations(
    probabilities: Probabilities, codes: Codes, classes: tuple[str, ...], confidence: float
) -> pd.DataFrame:
    """Return intercept and slope of every model but the majority class, with two classes; else no rows.

    Args:
        probabilities: Model and features → class probabilities of the labelled samples, shape (m, classes).
        codes: Classes of these samples, shape (m,).
        classes: Class levels.
        confidence: Confidence level of the intervals.
    """
    rows = []
    for key, found in probabilities.items():
        if len(classes) == 2 and key != FLOOR:
            one = recalibration(found[:, 1], codes == 1, confidence)
            rows.append((*key, one.intercept, *one.intercept_interval, one.slope, *one.slope_interval, one.reason))
    names = ("intercept", "intercept_low", "intercept_high", "slope", "slope_low", "slope_high")
    table = pd.DataFrame(rows, columns=["model", "features", *names, "reason"])
    return table.astype(dict.fromkeys(names, "float64"))
