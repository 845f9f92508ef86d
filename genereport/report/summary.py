"""The short, R-like summary that the command prints."""

from __future__ import annotations

from typing import Any

import pandas as pd

from genereport.report.figures.style import shortened
from genereport.report.formats import MINUS, count, fixed, interval, p_value, plain, stars
from genereport.report.names import model_name
from genereport.results import Analysis, Differential, Models, Skipped

_TOP = 10


def summary(analysis: Analysis) -> str:
    """Cohort, top of the table, models and findings as plain text, in the manner of R."""
    parts = [_head(analysis)]
    if isinstance(analysis.differential, Differential):
        parts += [_call(analysis.differential), _top_table(analysis.differential), _kept(analysis.differential)]
    if isinstance(analysis.models, Models):
        parts.append(_model_table(analysis.models))
    findings = [f"  [{f.code}] {f.message}" for f in analysis.quality.findings]
    if findings:
        parts.append("\n".join(["Findings:", *findings]))
    return plain("\n\n".join(parts).replace(MINUS, "-"))


def _head(analysis: Analysis) -> str:
    counts = analysis.quality.counts
    sets = [f"{count(counts[name].sum())} {label}" for name, label in (("train", "training"), ("test", "independent"))]
    lines = [analysis.title + (" (simulated cohort)" if analysis.simulated else "")]
    lines.append(
        f"{' + '.join(sets) if counts['test'].sum() else sets[0]} samples, {count(analysis.quality.genes)} genes"
    )
    return "\n".join(lines)


def _call(result: Differential) -> str:
    sizes = ", ".join(f"{count(size)} {name}" for name, size in zip(result.classes, result.sizes, strict=True))
    lines = [f"Design: {result.design}  ({result.method}, {count(result.tested)} genes tested, {sizes})"]
    if len(result.classes) == 2:
        lines.append(f"logFC:  {result.classes[1]} - {result.classes[0]}, log2 units")
    prior = result.moderation
    d0 = "Inf" if prior.df is None else f"{prior.df:.4g}"
    lines.append(f"Prior:  d0 = {d0}, s0^2 = {prior.variance:.4g}; pi0 = {result.pi0:.3g}")
    return "\n".join(lines)


def _top_table(result: Differential) -> str:
    binary = len(result.classes) == 2
    names = [
        "symbol",
        *(["logFC", "AveExpr", "t"] if binary else ["AveExpr", "F"]),
        "P.Value",
        "P.Bonferroni",
        "adj.P.Val",
    ]
    names += ["B"] if binary else []
    top = result.table.head(_TOP)[names]
    if not any(top["symbol"]):
        names.remove("symbol")
    index = top.index.map(shortened)
    shown = pd.DataFrame({name: top[name].map(_form(name)).to_numpy() for name in names}, index=index)
    shown[" "] = top["P.Bonferroni"].map(stars).to_numpy()
    table = shown.rename_axis(index=None).to_string()
    return f"{table}\n---\nSignif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1  (P.Bonferroni)"


def _kept(result: Differential) -> str:
    kept = result.kept[["test", "controls", "genes"]].rename_axis(index=None)
    table = kept.assign(genes=kept["genes"].map(count)).to_string()
    permutations = result.permutations
    if isinstance(permutations, Skipped):
        return f"Genes kept at {result.alpha:g}\n{table}"
    drawn = "all" if permutations.complete else "random"
    return f"Genes kept at {result.alpha:g} ({count(permutations.count)} permutations, {drawn})\n{table}"


def _form(name: str) -> Any:
    if name == "symbol":
        return shortened
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
        result = analysis.differential
        data |= {
            "design": result.design,
            "test": result.method,
            "tested": result.tested,
            "bonferroni": result.bonferroni,
        }
        data["kept"] = {str(name): int(genes) for name, genes in result.kept["genes"].items()}
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
