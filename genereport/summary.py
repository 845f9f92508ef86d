"""The short summary that the command prints, in the manner of R."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from genereport.analyses.columns import Grid, Style, rows_with
from genereport.analyses.differential.result import Differential
from genereport.analyses.differential.tables import KEPT, SUMMARY_GENES
from genereport.analyses.models.result import Models
from genereport.analyses.new_samples.result import Applied
from genereport.analyses.planned_contrasts.result import PlannedContrasts
from genereport.analyses.planned_contrasts.tables import PLANNED
from genereport.analyses.quality.result import Quality
from genereport.analyses.result import Skipped
from genereport.formats import count, fixed, general, interval, plain, typed
from genereport.names import UNIT_NAMES, model_name
from genereport.plotting.style import shortened
from genereport.types import Reported

_TOP = 10


def summary(analysis: Reported) -> str:
    """Return the cohort, the top of the table, the models and the findings as plain text, in the manner of R."""
    quality: Quality = analysis.results["quality"]
    differential, models = analysis.results.get("differential"), analysis.results["models"]
    parts = [_describe_cohort(analysis)]
    if isinstance(differential, Differential):
        parts += [_describe_design(differential), _top_table(differential), _describe_kept(differential)]
    planned = analysis.results.get("planned_contrasts")
    if isinstance(planned, PlannedContrasts):
        table = _format_grid(PLANNED.print(planned, Style()))
        parts.append(f"Planned contrasts, significant genes at {planned.alpha:g}\n{table}")
    if isinstance(models, Models):
        parts.append(_model_table(models, analysis.settings["tests"]["confidence"]))
    else:
        parts.append(_no_models(quality, models.skipped))
    findings = [f"  [{f.code}] {f.message}" for f in quality.findings]
    if findings:
        parts.append("\n".join(["Findings:", *findings]))
    return plain(typed("\n\n".join(parts)))


def _no_models(quality: Quality, reason: str) -> str:
    """Say that no classifier was compared, and give the reason unless a finding gives it."""
    found = any(finding.message.startswith(reason) for finding in quality.findings)
    return "No classifier was compared" + (": see the findings." if found else f". {reason}")


def _describe_cohort(analysis: Reported) -> str:
    quality: Quality = analysis.results["quality"]
    counts = quality.counts
    sets = [f"{count(counts[name].sum())} {label}" for name, label in (("train", "training"), ("test", "independent"))]
    lines = [analysis.title + (" (simulated cohort)" if analysis.simulated else "")]
    lines.append(f"{' + '.join(sets) if counts['test'].sum() else sets[0]} samples, {count(quality.genes)} genes")
    return "\n".join(lines)


def _describe_design(result: Differential) -> str:
    sizes = ", ".join(f"{count(size)} {name}" for name, size in zip(result.classes, result.sizes, strict=True))
    lines = [f"Design: {result.design}  ({result.method}, {count(result.tested)} genes tested, {sizes})"]
    if len(result.classes) == 2:
        lines.append(f"logFC:  {result.classes[1]} - {result.classes[0]}, {UNIT_NAMES[result.value_unit].units}")
    prior = result.moderation
    if isinstance(prior, Skipped):
        return "\n".join([*lines, f"Prior:  none; pi0 = {result.pi0:.3g}"])
    d0 = "Inf" if prior.df is None else f"{prior.df:.4g}"
    lines.append(f"Prior:  d0 = {d0}, s0^2 = {prior.variance:.4g}; pi0 = {result.pi0:.3g}")
    return "\n".join(lines)


def _top_table(result: Differential) -> str:
    table = _format_grid(SUMMARY_GENES.print(result, Style(), _TOP), shortened)
    return f"{table}\n---\nSignif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1  (P.Bonferroni)"


def _describe_kept(result: Differential) -> str:
    table = _format_grid(KEPT.print(result, Style()))
    permutations = result.permutations
    if isinstance(permutations, Skipped):
        return f"Genes kept at {result.alpha:g}\n{table}"
    drawn = "all" if permutations.complete else "random"
    return f"Genes kept at {result.alpha:g} ({count(permutations.count)} permutations, {drawn})\n{table}"


def _format_grid(grid: Grid, form: Callable[[str], str] = str) -> str:
    """Return a table as R prints it: columns headed by their names, rows labelled by the texts of the first column.

    Args:
        grid: The table. Columns that have a head and no text are left out.
        form: Function that is applied to the text of every cell.
    """
    names = [column.names[0] if column.head else " " for column in grid.columns]
    texts = pd.DataFrame([[form(typed(cell.text)) for cell in row] for row in grid.rows], columns=names)
    kept = (texts != "").any() | (texts.columns == " ")
    return texts.loc[:, kept].set_index(names[0]).rename_axis(index=None).to_string()


def _model_table(models: Models, confidence: float) -> str:
    rows = models.metrics[models.metrics["metric"] == "balanced_accuracy"]
    lines: dict[str, dict[str, str]] = {}
    for row in rows.to_dict("records"):
        line = lines.setdefault(model_name(row["model"], row["features"]), {})
        line[row["set"]] = f"{fixed(row['estimate'])} ({interval(row['ci_low'], row['ci_high'])})"
    table = (
        pd.DataFrame.from_dict(lines, orient="index")
        .fillna("")
        .rename(columns={"cv": "cross-validated", "test": "independent"})
    )
    named = model_name(models.named.model, models.named.features)
    lines_below = [f"Named by the rule: {named}"]
    corrected = models.corrected
    if not math.isnan(corrected.estimate):
        limits = interval(corrected.ci_low, corrected.ci_high)
        lines_below.append(
            f"Its cross-validated estimate, corrected for the naming: {fixed(corrected.estimate)} ({limits})"
        )
    below = "\n".join(lines_below)
    return f"Balanced accuracy ({general(100 * confidence)} % CI)\n{table.to_string()}\n{below}"


def summary_data(analysis: Reported) -> dict[str, Any]:
    """Return the numbers and findings of the summary, JSON-ready."""
    quality: Quality = analysis.results["quality"]
    differential, models = analysis.results.get("differential"), analysis.results.get("models")
    data: dict[str, Any] = {"title": analysis.title, "simulated": analysis.simulated}
    data |= {"samples": quality.samples, "genes": quality.genes}
    if isinstance(differential, Differential):
        data |= {
            "design": differential.design,
            "test": differential.method,
            "tested": differential.tested,
            "bonferroni": differential.bonferroni,
        }
        data["kept"] = {str(name): int(genes) for name, genes in differential.kept["genes"].items()}
    planned = analysis.results.get("planned_contrasts")
    if isinstance(planned, PlannedContrasts):
        columns = ["design", "tested", "bonferroni", "bh", "reason"]
        data["planned_contrasts"] = planned.contrasts[columns].to_dict("index")
    if isinstance(models, Models):
        named, metrics = models.named, models.metrics
        chosen = rows_with(metrics, model=named.model, features=named.features)
        data["named"] = {"model": named.model, "features": named.features}
        corrected = models.corrected.estimate
        data["corrected_balanced_accuracy"] = None if math.isnan(corrected) else corrected
        data["balanced_accuracy"] = {
            row["set"]: row["estimate"] for row in chosen[chosen["metric"] == "balanced_accuracy"].to_dict("records")
        }
    data["skipped"] = {name: part.skipped for name, part in analysis.results.items() if isinstance(part, Skipped)}
    data["findings"] = [{"code": f.code, "severity": f.severity, "message": f.message} for f in quality.findings]
    return data


def applied_summary(applied: Applied) -> str:
    """Return the model, the comparability check and its consequence as plain text."""
    origin, gate = applied.origin, applied.gate
    head = applied.title + (" (model of a simulated cohort)" if applied.simulated else "")
    checks = [
        f"  {name:<8}{level}{' (overridden)' if overridden else ''}"
        for name, level, overridden in gate.checks.itertuples(name=None)
    ]
    parts = [
        f"{head}\n{count(applied.samples)} new samples, {count(origin.samples)} training samples",
        "\n".join(["Comparable to the training set?", *checks]),
        _describe_withheld(applied) if gate.withheld else _describe_predictions(applied),
    ]
    findings = [f"  [{f.code}] {f.message}" for f in applied.findings]
    parts += ["\n".join(["Findings:", *findings])] if findings else []
    return plain(typed("\n\n".join(parts)))


def _describe_withheld(applied: Applied) -> str:
    names = [name for name in applied.gate.stopping if name not in applied.gate.overridden]
    flags = " ".join(f"--override {name}" for name in names)
    return f"Predictions are withheld. To print them nevertheless, give {flags}"


def _describe_predictions(applied: Applied) -> str:
    origin, table = applied.origin, applied.predictions
    own = rows_with(table, model=origin.model, features=origin.features)
    each = ", ".join(f"{count((own['predicted'] == name).sum())} {name}" for name in origin.classes)
    lines = [f"{model_name(origin.model, origin.features)}: {each}"]
    if applied.errors is not None:
        lines.append(f"Errors: {count(applied.errors)} of {count(applied.labelled)} samples with a label")
        lines += [
            f"{row['metric']}: {fixed(row['estimate'])} ({interval(row['ci_low'], row['ci_high'])})"
            for row in _of_named(applied)
            if row["metric"] in ("balanced_accuracy", "roc_auc", "brier")
        ]
    return "\n".join(lines)


def _of_named(applied: Applied) -> list[dict[Any, Any]]:
    origin = applied.origin
    return rows_with(applied.metrics, model=origin.model, features=origin.features).to_dict("records")


def applied_summary_data(applied: Applied) -> dict[str, Any]:
    """Return the numbers and findings of the summary of an applied model, JSON-ready."""
    gate, origin = applied.gate, applied.origin
    return {
        "title": applied.title,
        "simulated": applied.simulated,
        "samples": applied.samples,
        "labelled": applied.labelled,
        "named": {"model": origin.model, "features": origin.features},
        "gate": {str(name): level for name, level in gate.checks["level"].items()},
        "level": gate.level,
        "overridden": list(gate.overridden),
        "withheld": gate.withheld,
        "errors": applied.errors,
        "figures": {
            row["metric"]: None if math.isnan(row["estimate"]) else row["estimate"] for row in _of_named(applied)
        },
        "findings": [{"code": f.code, "severity": f.severity, "message": f.message} for f in applied.findings],
    }
