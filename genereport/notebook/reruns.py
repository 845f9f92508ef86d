"""Cards of what comes after a report: earlier runs, comparisons, applied models, batches."""

from __future__ import annotations

import math
from dataclasses import replace

from genereport.analyses.batch.result import Index
from genereport.analyses.comparison.result import Comparison
from genereport.analyses.new_samples.result import Applied, ComparabilityCheck, Origin
from genereport.analyses.trend.result import Trend
from genereport.formats import MISSING, count, fixed, general, listing
from genereport.names import model_name
from genereport.notebook.summary import Card, card, first_rows, limits, number, told, words
from genereport.report.difference import verdict_text


@card.register
def _trend(result: Trend) -> Card:
    fields = [words("Time", "time"), number("Samples", "samples", count), number("Bonferroni", "bonferroni", count)]
    fields += [number("Cross-validated", "cv", fixed), limits("cv_low", "cv_high")]
    facts = (("Runs", count(result.count)),)
    return Card("Earlier runs", facts, first_rows(result.runs, *fields), further=(".to_frame()",))


@card.register
def _origin(result: Origin) -> Card:
    sizes = listing([f"{count(size)} {name}" for size, name in zip(result.sizes, result.classes, strict=True)])
    facts = (
        ("Named model", model_name(result.model, result.features)),
        ("Models", count(result.models)),
        ("Training samples", sizes),
        ("Genes", count(result.testable)),
        ("Manifest", result.manifest),
    )
    return Card("Frozen model", facts, further=(".preprocessing", ".versions"))


@card.register
def _comparability(result: ComparabilityCheck) -> Card:
    overridden = (("Overridden", listing(list(result.overridden))),) if result.overridden else ()
    facts = (("The samples are judged", result.level), *overridden)
    judged = result.measures.iloc[result.judged]
    fields = [words("Check", "check"), words("Measure", "measure"), number("Value", "value", general)]
    fields += [number("Careful", "careful", general), number("Do not interpret", "stop", general)]
    grid = first_rows(judged, *fields, words("Says", "level"))
    notes = ("Predictions are withheld.",) if result.withheld else ()
    return Card("Comparable to the training set?", facts, grid, notes, (".to_frame()", ".measures"))


@card.register
def _applied(result: Applied) -> Card:
    facts = (
        ("New samples", count(result.samples)),
        ("With a label", count(result.labelled)),
        *((("Errors of the named model", count(result.errors)),) if result.errors is not None else ()),
    )
    shares = [number(name, f"p_{name}", fixed) for name in result.origin.classes]
    predicted = (words("Sample", "sample"), words("Class", "truth"), words("Predicted", "predicted"), *shares)
    grid = None if result.gate.withheld else first_rows(result.predictions, *predicted)
    notes = tuple(told(finding) for finding in result.findings)
    calls = (".to_frame()", ".metrics", ".comparison", ".calibration", ".arrays", ".shift")
    parts = (replace(card(result.gate), unfolded=True), card(result.origin))
    return Card(result.title, facts, grid, notes, calls, parts)


@card.register
def _index(result: Index) -> Card:
    facts = (("Cohorts", count(result.total)), ("With a report", count(result.reported)))
    fields = [words("Cohort", "name"), words("Status", "status"), number("Samples", "samples", _whole)]
    fields += [number("Bonferroni", "bonferroni", _whole), number("Cross-validated", "cv", fixed)]
    grid = first_rows(result.cohorts, *fields, limits("cv_low", "cv_high"))
    return Card("Cohorts side by side", facts, grid, further=(".to_frame()", ".genes"))


@card.register
def _two_runs(result: Comparison) -> Card:
    fields = [words("Check", "check"), number("Value", "value", general), number("Limit", "limit", general)]
    grid = first_rows(result.verdict.checks, *fields, words("Outcome", "outcome"))
    notes = (verdict_text(result), *result.notes)
    return Card("Two runs compared", (), grid, notes, (".samples.table", ".signature.table", ".models.figures"))


def _whole(value: float) -> str:
    return MISSING if math.isnan(value) else count(value)
