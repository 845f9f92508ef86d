"""Views of results beyond a single report: earlier runs, comparisons, applied models, batches."""

from __future__ import annotations

from dataclasses import replace

from genereport.analyses.batch.result import Index
from genereport.analyses.comparison.result import Comparison
from genereport.analyses.new_samples.result import Applied, ComparabilityCheck, Origin
from genereport.analyses.new_samples.tables import PREDICTIONS
from genereport.analyses.trend.result import Trend
from genereport.analyses.trend.tables import RUNS
from genereport.display import to_text
from genereport.formats import count, listing
from genereport.names import model_name
from genereport.notebook import tables
from genereport.notebook.view import ResultView, make_view, print_finding, view_table
from genereport.report.difference import difference, verdict_text

to_text.register(Comparison, difference)


@make_view.register
def _trend(result: Trend) -> ResultView:
    facts = (("Runs", count(result.count)),)
    return ResultView("Earlier runs", facts, view_table(RUNS, result), calls=(".to_frame()",))


@make_view.register
def _origin(result: Origin) -> ResultView:
    sizes = listing([f"{count(size)} {name}" for size, name in zip(result.sizes, result.classes, strict=True)])
    facts = (
        ("Named model", model_name(result.model, result.features)),
        ("Models", count(result.models)),
        ("Training samples", sizes),
        ("Genes", count(result.testable)),
        ("Manifest", result.manifest),
    )
    return ResultView("Frozen model", facts, calls=(".preprocessing", ".versions"))


@make_view.register
def _comparability(result: ComparabilityCheck) -> ResultView:
    overridden = (("Overridden", listing(list(result.overridden))),) if result.overridden else ()
    facts = (("Outcome", result.level), *overridden)
    table = view_table(tables.MEASURES, result)
    notes = ("Predictions are withheld.",) if result.withheld else ()
    return ResultView("Comparable to the training set?", facts, table, notes, (".to_frame()", ".measures"))


@make_view.register
def _applied(result: Applied) -> ResultView:
    facts = (
        ("New samples", count(result.samples)),
        ("With a class label", count(result.labelled)),
        *((("Errors of the named model", count(result.errors)),) if result.errors is not None else ()),
    )
    table = None if result.gate.withheld else view_table(PREDICTIONS, result)
    notes = tuple(print_finding(finding) for finding in result.findings)
    calls = (".to_frame()", ".metrics", ".comparison", ".calibration", ".arrays", ".shift")
    parts = (replace(make_view(result.gate), opened=True), make_view(result.origin))
    return ResultView(result.title, facts, table, notes, calls, parts)


@make_view.register
def _index(result: Index) -> ResultView:
    facts = (("Cohorts", count(result.total)), ("With a report", count(result.reported)))
    table = view_table(tables.COHORTS, result)
    return ResultView("Comparison of cohorts", facts, table, calls=(".to_frame()", ".genes"))


@make_view.register
def _comparison(result: Comparison) -> ResultView:
    table = view_table(tables.VERDICT_CHECKS, result.verdict)
    notes = (verdict_text(result), *result.notes)
    return ResultView(
        "Comparison of two runs", (), table, notes, (".samples.table", ".signature.table", ".models.figures")
    )
