"""The short text that ``genereport compare`` prints, the verdict first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from genereport.analyses.comparison.result import Comparison, Effects, ListChanges, ModelChanges
from genereport.analyses.result import Skipped
from genereport.formats import MINUS, count, fixed, interval, p_value, plain
from genereport.names import model_name
from genereport.report.compose.comparison_verdict import verdict
from genereport.report.document import Inline, Paragraph, flat
from genereport.report.quote import Quote, whole_percent


def difference(comparison: Comparison) -> str:
    """The verdict, what changed, and the figures behind it, in the manner of R."""
    parts = [verdict_text(comparison), _went_in(comparison)]
    lists = {"Signature": comparison.signature, "Bonferroni": comparison.bonferroni}
    known = {name: found for name, found in lists.items() if isinstance(found, ListChanges)}
    parts += [_lists(known)] if known else []
    parts += [_effects(comparison.effects)] if isinstance(comparison.effects, Effects) else []
    confidence = comparison.settings["tests"]["confidence"]
    parts += [_models(comparison.models, confidence)] if isinstance(comparison.models, ModelChanges) else []
    skipped = [part.skipped for part in vars(comparison).values() if isinstance(part, Skipped)]
    notes = [f"  {text}" for text in dict.fromkeys([*comparison.notes, *skipped])]
    parts += ["\n".join(["Notes:", *notes])] if notes else []
    return plain("\n\n".join(parts).replace(MINUS, "-"))


def verdict_text(comparison: Comparison) -> str:
    """The verdict as one sentence of plain text."""
    return "".join(_texts(verdict(Quote(comparison))))


def difference_data(comparison: Comparison) -> dict[str, Any]:
    """The verdict and its checks, for programs."""
    checks = comparison.verdict.checks.astype(object)
    records = checks.where(checks.notna(), None).reset_index().to_dict("records")
    return {
        "material": comparison.verdict.material,
        "verdict": verdict_text(comparison),
        "checks": records,
        "notes": list(comparison.notes),
    }


def _texts(paragraph: Paragraph) -> Iterable[str]:
    parts: Iterable[Inline] = (part for whole in paragraph.parts for part in flat(whole))
    return (part if isinstance(part, str) else getattr(part, "text", "") for part in parts)


def _went_in(comparison: Comparison) -> str:
    samples, genes = comparison.samples, comparison.genes
    files = comparison.inputs["same"]
    lines = [
        f"Inputs:   {count((files == 'yes').sum())} of {count(len(files))} files the same",
        f"Settings: {', '.join(map(str, comparison.changed_settings.index)) or 'the same'}",
        f"Samples:  {count(samples.shared)} shared, {count(samples.added)} added, {count(samples.removed)} removed, "
        f"{count(samples.relabelled)} relabelled, {count(samples.moved)} moved",
        f"Genes:    {count(genes.tested)} tested in both, {count(genes.tested_earlier)} in the earlier run only, "
        f"{count(genes.tested_later)} in the later only",
    ]
    return "\n".join(lines)


def _lists(lists: dict[str, ListChanges]) -> str:
    rows = {
        name: {
            "earlier": count(found.earlier),
            "later": count(found.later),
            "entered": count(found.entered),
            "left": count(found.left),
            "Jaccard": fixed(found.jaccard),
            "RBO": fixed(found.overlap),
            "p": p_value(found.overlap_p),
        }
        for name, found in lists.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").to_string()


def _effects(effects: Effects) -> str:
    rows = {
        str(name): {
            "genes": count(row["pairs"]),
            "concordance": f"{fixed(row['concordance'])} ({interval(row['ci_low'], row['ci_high'])})",
            "Pearson": fixed(row["pearson"]),
            "same sign": fixed(row["same_sign"]),
        }
        for name, row in effects.agreement.iterrows()
    }
    return f"Log fold changes\n{pd.DataFrame.from_dict(rows, orient='index').to_string()}"


def _models(models: ModelChanges, confidence: float) -> str:
    names = [model_name(*key) for key in (
        (models.earlier_model, models.earlier_features), (models.later_model, models.later_features))]  # fmt: skip
    told = names[1] if models.same else f"{names[1]}; earlier {names[0][0].lower()}{names[0][1:]}"
    rows = {
        {"cv": "cross-validated", "test": "independent"}[row["set"]]: {
            "earlier": fixed(row["earlier"]),
            "later": fixed(row["later"]),
            "difference": f"{fixed(row['difference'])} ({interval(row['ci_low'], row['ci_high'])})",
            "interval": row["interval"],
        }
        for row in models.named.to_dict("records")
    }
    table = pd.DataFrame.from_dict(rows, orient="index").to_string()
    return f"Named model: {told}\nBalanced accuracy ({whole_percent(confidence)} CI of the difference)\n{table}"
