"""The short, R-like summary that the command prints."""

from __future__ import annotations

from typing import Any

import pandas as pd

from genereport.report.formats import count, fixed, interval, p_value, stars
from genereport.report.names import model_name
from genereport.results import Analysis, Differential, Models

_TOP = 6


def summary(analysis: Analysis) -> str:
    """Cohort, top of the table, models and findings as plain text."""
    parts = [_head(analysis)]
    if isinstance(analysis.differential, Differential):
        parts.append(_top_table(analysis.differential))
    if isinstance(analysis.models, Models):
        parts.append(_model_table(analysis.models))
    findings = [f"  [{f.code}] {f.message}" for f in analysis.quality.findings]
    if findings:
        parts.append("\n".join(["Findings:", *findings]))
    return "\n\n".join(parts)


def _head(analysis: Analysis) -> str:
    counts = analysis.quality.counts
    sets = [f"{count(counts[name].sum())} {label}" for name, label in (("train", "training"), ("test", "independent"))]
    lines = [analysis.title + (" (simulated cohort)" if analysis.simulated else "")]
    lines.append(
        f"{' + '.join(sets) if counts['test'].sum() else sets[0]} samples, {count(analysis.quality.genes)} genes"
    )
    return "\n".join(lines)


def _top_table(result: Differential) -> str:
    effect = "logFC" if "logFC" in result.table else "F"
    names = ["symbol", effect, "AveExpr", "P.Value", "P.Bonferroni", "adj.P.Val"]
    top = result.table.head(_TOP)[names]
    if not any(top["symbol"]):
        names.remove("symbol")
    shown = pd.DataFrame({name: top[name].map(_form(name)) for name in names}, index=top.index)
    shown[" "] = top["P.Bonferroni"].map(stars)
    kept = f"{count(result.bonferroni)} with P.Bonferroni < {result.alpha:g}"
    tested = f"{result.method}, {count(result.tested)} genes tested: {kept}"
    return f"{tested}\n{shown.rename_axis(index=None).to_string()}\nSignif. codes: 0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1"


def _form(name: str) -> Any:
    if name == "symbol":
        return str
    return p_value if name.startswith(("P.", "adj")) else lambda value: fixed(value, 2)


def _model_table(models: Models) -> str:
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
    return f"Balanced accuracy (95 % CI)\n{table.to_string()}\nNamed by the rule: {named}"


def summary_data(analysis: Analysis) -> dict[str, Any]:
    """The same, for programs."""
    data: dict[str, Any] = {"title": analysis.title, "simulated": analysis.simulated}
    data |= {"samples": analysis.quality.samples, "genes": analysis.quality.genes}
    if isinstance(analysis.differential, Differential):
        data |= {"tested": analysis.differential.tested, "bonferroni": analysis.differential.bonferroni}
    if isinstance(analysis.models, Models):
        named, metrics = analysis.models.named, analysis.models.metrics
        chosen = metrics[(metrics["model"] == named.model) & (metrics["features"] == named.features)]
        data["named"] = {"model": named.model, "features": named.features}
        data["balanced_accuracy"] = {
            row["set"]: row["estimate"] for row in chosen[chosen["metric"] == "balanced_accuracy"].to_dict("records")
        }
    data["findings"] = [
        {"code": f.code, "severity": f.severity, "message": f.message} for f in analysis.quality.findings
    ]
    return data
