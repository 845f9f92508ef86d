"""The index of a batch, made from the files on disk: a page, a table, and the numbers behind both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from genereport.analyses.batch.result import Index
from genereport.analyses.columns import rows_with
from genereport.analyses.differential.result import Differential
from genereport.analyses.models.result import Models
from genereport.analyses.selection.result import Selection
from genereport.analysis import Analysis
from genereport.report.batch import compose_index
from genereport.report.render import to_html
from genereport.runs.atomic_replace import Target
from genereport.runs.batch import PAGE, Outcome
from genereport.runs.results import read_results
from genereport.runs.tables import write_table
from genereport.runs.writing import writing
from genereport.versions import package_versions

STEM = "index"

_COUNTS = ("samples", "train", "test", "classes", "tested", "bonferroni", "bh")
_FIGURES = ("cv", "cv_low", "cv_high", "independent", "independent_low", "independent_high", "floor")
_NUMBERS = (*_COUNTS, "alpha", *_FIGURES, "confidence", "chosen", "warnings", "notes")
_TEXTS = ("status", "code", "message", "report", "simulated", "model", "features", "cv_interval", "beats_floor")
_ORDER = (
    "status", "code", "message", "report", "simulated", *_COUNTS, "alpha", "model", "features",
    "cv", "cv_low", "cv_high", "cv_interval", "independent", "independent_low", "independent_high", "floor",
    "beats_floor", "confidence", "chosen", "warnings", "notes",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Signature:
    """The genes that a cohort chose, and those that it measured.

    Attributes:
        classes: Class levels, the reference first.
        chosen: Symbols of the chosen genes, or ids of genes that have none; best first, without repetition.
        measured: Symbols or ids of all tested genes.
        higher: Gene → class in which it is higher; empty if there are more than two classes.
    """

    classes: tuple[str, ...]
    chosen: tuple[str, ...]
    measured: frozenset[str]
    higher: dict[str, str]


def write_index(outcomes: Sequence[Outcome], folder: Path) -> Index:
    """Write ``index.html``, ``index.tsv`` and ``index.json``; each file is replaced as a whole or stays as it was.

    Args:
        outcomes: Outcomes of the cohorts, in the order of the manifest.
        folder: Folder of the batch, which holds the folders of the reports.

    Raises:
        OutputError: GR402 if the folder cannot be written.
    """
    index = make_index(outcomes, {outcome.name: read_reported(outcome, folder) for outcome in outcomes}, folder)
    with writing("The index", folder):
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / f".{STEM}.new"
        for name, write in _files(index):
            write(new)
            new.replace(folder / f"{STEM}.{name}")
    return index


def _files(index: Index) -> tuple[tuple[str, Any], ...]:
    page = to_html(compose_index(index))
    return (
        ("json", lambda path: path.write_text(index.to_json() + "\n", encoding="utf-8")),
        ("tsv", lambda path: write_table(index.cohorts.reset_index().convert_dtypes(), path)),
        ("html", lambda path: path.write_text(page, encoding="utf-8")),
    )


def read_reported(outcome: Outcome, folder: Path) -> Analysis | None:
    """Return the analysis that the report of a cohort holds.

    Return None if the cohort was refused or failed, or if its report is missing or cannot be read by this version.
    """
    if outcome.status in ("refused", "failed"):
        return None
    data = folder / outcome.name / f"{_target(folder, outcome.name).stem}_data"
    try:
        return Analysis.from_content(read_results(data))
    except (OSError, ValueError, ValidationError):
        return None


def make_index(outcomes: Sequence[Outcome], analyses: dict[str, Analysis | None], folder: Path) -> Index:
    """Return the index of cohorts and their analyses.

    Args:
        outcomes: Outcomes of the cohorts, in the order of the manifest.
        analyses: Name of the cohort → its analysis, or None if it has no report.
        folder: Folder of the batch.
    """
    found = {name: analysis for name, analysis in analyses.items() if analysis}
    rows = [_row(outcome, found.get(outcome.name), folder) for outcome in outcomes]
    cohorts = pd.DataFrame(rows, index=pd.Index([outcome.name for outcome in outcomes], name="name", dtype=str))
    cohorts = cohorts.reindex(columns=list(_ORDER)).astype(dict.fromkeys(_NUMBERS, float) | dict.fromkeys(_TEXTS, str))
    signatures = {name: signature for name, a in found.items() if (signature := signature_of(a))}
    genes = shared_genes(signatures)
    states = cohorts["status"].value_counts()
    return Index(
        cohorts=cohorts,
        classes=_classes(found),
        findings=_findings(found),
        genes=genes,
        version=package_versions()["genereport"],
        total=len(outcomes),
        reported=len(found),
        refused=int(states.get("refused", 0)),
        failed=int(states.get("failed", 0)),
        waiting=sum(o.status == "not attempted" and o.name not in found for o in outcomes),
        modelled=int((cohorts["model"] != "").sum()),
        learned=int((cohorts["beats_floor"] == "yes").sum()),
        simulated=int((cohorts["simulated"] == "yes").sum()),
        signatures=len(signatures),
        recurrent=len(genes),
        compared=int((genes["direction"] != "").sum()),
        same=int((genes["direction"] == "same").sum()),
    )


def _row(outcome: Outcome, analysis: Analysis | None, folder: Path) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(_TEXTS, "") | dict.fromkeys(_NUMBERS, np.nan)
    row |= {"status": outcome.status, "code": outcome.code, "message": outcome.message}
    if analysis is None:
        return row
    quality, genes = analysis.quality, analysis.differential
    severities = [finding.severity for finding in quality.findings]
    row |= {
        "report": _page(folder, outcome.name),
        "simulated": "yes" if analysis.simulated else "no",
        "samples": quality.samples,
        "train": quality.train,
        "test": quality.test,
        "classes": len(quality.counts),
        "warnings": severities.count("warning"),
        "notes": severities.count("note"),
    }
    if isinstance(genes, Differential):
        row |= {"tested": genes.tested, "bonferroni": genes.bonferroni, "bh": genes.bh, "alpha": genes.alpha}
    if isinstance(analysis.models, Models):
        row |= _cells_of_named_model(analysis.models) | {"confidence": analysis.settings["tests"]["confidence"]}
    signature = signature_of(analysis)
    return row | ({"chosen": len(signature.chosen)} if signature else {})


def _cells_of_named_model(models: Models) -> dict[str, object]:
    """Return the cells of the index that describe the named model."""
    named = models.named
    row: dict[str, object] = {}
    metrics = models.metrics[models.metrics["metric"] == "balanced_accuracy"]
    own = rows_with(metrics, model=named.model, features=named.features)
    for which, name in (("cv", "cv"), ("test", "independent")):
        for _, found in own[own["set"] == which].iterrows():
            limits = {f"{name}_low": found["ci_low"], f"{name}_high": found["ci_high"]}
            row |= {name: found["estimate"], **limits} | ({"cv_interval": found["interval"]} if which == "cv" else {})
    floor = metrics[(metrics["model"] == "majority_class") & (metrics["set"] == "cv")]["estimate"]
    return row | {
        "model": named.model,
        "features": named.features,
        "floor": float(floor.iloc[0]) if len(floor) else np.nan,
        "beats_floor": "yes" if named.beats_floor else "no",
    }


def _target(folder: Path, name: str) -> Target:
    return Target.of(folder / name / PAGE)


def _page(folder: Path, name: str) -> str:
    """Return the page to link to: HTML where there is one, else PDF; empty if there is neither."""
    target = _target(folder, name)
    pages = [file for file in (target.names[1], target.names[0]) if (target.folder / file).is_file()]
    return f"{name}/{pages[0]}" if pages else ""


def _classes(found: dict[str, Analysis]) -> pd.DataFrame:
    rows = [
        (name, str(level), int(sizes["train"]), int(sizes["test"]))
        for name, analysis in found.items()
        for level, sizes in analysis.quality.counts.iterrows()
    ]
    kinds = {"name": str, "class": str, "train": int, "test": int}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds).set_index("name")


def _findings(found: dict[str, Analysis]) -> pd.DataFrame:
    rows = [
        (name, finding.code, finding.subject, finding.message)
        for name, analysis in found.items()
        for finding in analysis.quality.findings
        if finding.severity == "warning"
    ]
    columns = ["name", "code", "subject", "message"]
    return pd.DataFrame(rows, columns=columns, dtype=str).set_index("name")


def signature_of(analysis: Analysis) -> Signature | None:
    """Return the genes that the analysis chose on the whole training set; None if it chose none."""
    selection, genes = analysis.selection, analysis.differential
    if not isinstance(selection, Selection) or not isinstance(genes, Differential) or not selection.chosen:
        return None
    names = {str(gene): str(symbol) or str(gene) for gene, symbol in genes.table["symbol"].items()}
    higher: dict[str, str] = {}
    if len(genes.classes) == 2:
        for gene in reversed(selection.chosen):  # the best of several probes of a gene overwrites the others
            change = genes.table["logFC"].get(gene, np.nan)
            if change and not np.isnan(change):
                higher[names.get(gene, gene)] = genes.classes[int(change > 0)]
    chosen = tuple(dict.fromkeys(names.get(gene, gene) for gene in selection.chosen))
    return Signature(genes.classes, chosen, frozenset(names.values()), higher)


def shared_genes(signatures: dict[str, Signature]) -> pd.DataFrame:
    """Return the genes in at least two signatures, with the columns that `Index` describes.

    Args:
        signatures: Name of the cohort → its signature.
    """
    chosen: dict[str, list[str]] = defaultdict(list)
    for name, signature in signatures.items():
        for gene in signature.chosen:
            chosen[gene].append(name)
    rows = [
        (
            gene,
            len(names),
            sum(gene in signature.measured for signature in signatures.values()),
            ";".join(names),
            ";".join(dict.fromkeys(side for name in names if (side := signatures[name].higher.get(gene)))),
            _direction(gene, [signatures[name] for name in names]),
        )
        for gene, names in sorted(chosen.items(), key=lambda item: (-len(item[1]), item[0]))
        if len(names) > 1
    ]
    kinds = {"gene": str, "cohorts": int, "measured": int, "chosen": str, "higher": str, "direction": str}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds).set_index("gene")


def _direction(gene: str, signatures: Iterable[Signature]) -> str:
    """Return whether a gene is higher in the same class in all cohorts that compare the same two classes.

    The result is ``same``, ``opposite``, or empty if no two cohorts compare the same classes.
    """
    sides: dict[frozenset[str], list[str]] = defaultdict(list)
    for signature in signatures:
        if gene in signature.higher:
            sides[frozenset(signature.classes)].append(signature.higher[gene])
    comparable = [found for found in sides.values() if len(found) > 1]
    if not comparable:
        return ""
    return "same" if all(len(set(found)) == 1 for found in comparable) else "opposite"
