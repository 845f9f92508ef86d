"""Pairs of runs that differ in a known way, made of the synthetic analyses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.comparison.result import Comparison
from genereport.analyses.comparison.stage import compare
from genereport.analyses.provenance import InputFile
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.settings import CompareSettings
from tests import analyses
from tests.once import object_once_a_run
from tests.unit.report import synthetic

Change = Callable[[Analysis], Analysis]


def relabelled(analysis: Analysis, number: int = 3) -> Analysis:
    """The first samples are of the next class."""
    arrays = analysis.quality.arrays.copy()
    classes = list(analysis.quality.counts.index)
    place = arrays.columns.get_loc("class")
    for row in range(number):
        arrays.iloc[row, place] = classes[(classes.index(arrays.iloc[row, place]) + 1) % len(classes)]
    return analysis.with_results(quality=replace(analysis.quality, arrays=arrays))


def fewer_samples(analysis: Analysis, number: int = 2) -> Analysis:
    """The last training samples are gone."""
    arrays, models = analysis.quality.arrays, analysis.models
    gone = list(arrays.index[arrays["set"] == "train"][-number:])
    predictions = models.predictions[~models.predictions["sample"].isin(gone)]  # type: ignore[union-attr]
    return analysis.with_results(
        quality=replace(analysis.quality, arrays=arrays.drop(index=gone), samples=analysis.quality.samples - number),
        models=replace(models, predictions=predictions),  # type: ignore[type-var]
    )


def other_signature(analysis: Analysis, number: int = 12) -> Analysis:
    """The best genes leave, others enter at the end, and the rest is turned round."""
    kept = analysis.selection.chosen[number:]  # type: ignore[union-attr]
    genes = analysis.differential.table.index  # type: ignore[union-attr]
    new = tuple(str(gene) for gene in genes if gene not in analysis.selection.chosen)[-number:]  # type: ignore[union-attr]
    return analysis.with_results(selection=replace(analysis.selection, chosen=(*kept[::-1], *new)))  # type: ignore[type-var]


def other_effects(analysis: Analysis, noise: float = 0.5) -> Analysis:
    """Log fold changes scattered about what they were; two genes are not tested any more."""
    tests, rng = analysis.differential, np.random.default_rng(8)
    table, contrasts = tests.table.copy(), tests.contrasts.copy()  # type: ignore[union-attr]
    for frame in (table, contrasts):
        if len(frame) and "logFC" in frame:
            frame["logFC"] += rng.normal(0, noise, len(frame))
    return analysis.with_results(differential=replace(tests, table=table.iloc[2:], contrasts=contrasts))  # type: ignore[type-var]


def other_models(analysis: Analysis) -> Analysis:
    """Another model is named, one is gone, and a third of the predictions of two models are turned round."""
    models = analysis.models
    metrics, predictions = models.metrics.copy(), models.predictions.copy()  # type: ignore[union-attr]
    gone = metrics["model"] == "svm_rbf"
    turned = predictions["model"].isin(["logistic_l2", "shrunken_centroids"]) & (np.arange(len(predictions)) % 3 == 0)
    first, second = (f"p_{name}" for name in models.classes[:2])  # type: ignore[union-attr]
    predictions.loc[turned, [first, second]] = predictions.loc[turned, [second, first]].to_numpy()
    shares = predictions[[f"p_{name}" for name in models.classes]]  # type: ignore[union-attr]
    predictions["predicted"] = shares.idxmax(axis=1).str.removeprefix("p_")
    metrics["estimate"] = metrics["estimate"] * 0.9
    named = replace(models.named, model="random_forest", features="all")  # type: ignore[union-attr]
    return analysis.with_results(models=replace(models, metrics=metrics[~gone], predictions=predictions, named=named))  # type: ignore[type-var]


def other_surroundings(analysis: Analysis) -> Analysis:
    """Other files, settings, versions and a date."""
    settings = analysis.settings | {"seed": 7, "report": analysis.settings["report"] | {"date": "2026-11-21"}}
    settings["selection"] = analysis.settings["selection"] | {"genes": 40}
    inputs = tuple(replace(file, sha256="f" * 64) for file in analysis.inputs)
    more = InputFile("markers", "{list} of <2024>.tsv", 12, "1" * 64)
    return replace(
        analysis,
        title="Another $title$ {x}",
        settings=settings,
        inputs=(*inputs, more),
        versions=analysis.versions | {"numpy": "3.0.0", "polars": "2.0"},
    )


def with_models(analysis: Analysis, **changes: Any) -> Analysis:
    """Other results of the models."""
    return analysis.with_results(models=replace(analysis.models, **changes))  # type: ignore[type-var]


def turned_round(analysis: Analysis) -> Analysis:
    """The same run of two classes with the other class as reference."""
    tests = analysis.differential
    table = tests.table.copy()  # type: ignore[union-attr]
    table["logFC"] = -table["logFC"]
    classes = tests.classes[::-1]  # type: ignore[union-attr]
    return analysis.with_results(
        quality=replace(analysis.quality, counts=analysis.quality.counts.iloc[::-1]),
        differential=replace(tests, table=table, classes=classes),  # type: ignore[type-var]
        models=replace(analysis.models, classes=classes),  # type: ignore[type-var]
    )


def skipped(analysis: Analysis, *stages: str) -> Analysis:
    """Without some stages."""
    return analysis.with_results(**{stage: Skipped(f"There are fewer than 7 {stage} here.") for stage in stages})


def on_another_scale(analysis: Analysis) -> Analysis:
    return analysis.with_results(preprocessing=replace(analysis.preprocessing, scale="counts"))


def no_significant_genes(analysis: Analysis) -> Analysis:
    """Bonferroni's correction keeps nothing."""
    table = analysis.differential.table.assign(**{"P.Bonferroni": 1.0})  # type: ignore[union-attr]
    return analysis.with_results(differential=replace(analysis.differential, table=table))  # type: ignore[type-var]


def without_independent_set(analysis: Analysis) -> Analysis:
    """The predictions and figures on the independent set are gone."""
    models = analysis.models
    frames = {name: getattr(models, name) for name in ("metrics", "predictions")}
    frames = {name: frame[frame["set"] == "cv"] for name, frame in frames.items()}
    return analysis.with_results(models=replace(models, test=0, **frames))  # type: ignore[type-var]


def longer_signature(analysis: Analysis) -> Analysis:
    """More genes are chosen than a chart shows, all of the earlier ones among them."""
    genes = [str(gene) for gene in analysis.differential.table.index[:100]]  # type: ignore[union-attr]
    chosen = tuple(dict.fromkeys([*analysis.selection.chosen, *genes]))  # type: ignore[union-attr]
    return analysis.with_results(selection=replace(analysis.selection, chosen=chosen))  # type: ignore[type-var]


def everything(analysis: Analysis) -> Analysis:
    for change in (relabelled, other_signature, other_effects, other_models, other_surroundings):
        analysis = change(analysis)
    return analysis


def one_thing(analysis: Analysis) -> Analysis:
    """What is told in the singular."""
    return other_effects(other_signature(relabelled(analysis, 1), 1), 0.01)


def _same(analysis: Analysis) -> Analysis:
    return analysis


PAIRS: dict[str, tuple[Callable[[], Analysis], Change]] = {
    "equal": (synthetic.two_class, _same),
    "everything": (synthetic.two_class, everything),
    "one thing": (synthetic.two_class, one_thing),
    "longer signature": (synthetic.two_class, longer_signature),
    "fewer samples": (synthetic.two_class, fewer_samples),
    "other models": (synthetic.two_class, other_models),
    "other surroundings": (synthetic.two_class, other_surroundings),
    "another scale": (synthetic.two_class, on_another_scale),
    "turned round": (synthetic.two_class, turned_round),
    "no models": (synthetic.two_class, lambda a: skipped(a, "models", "trust")),
    "no genes": (synthetic.two_class, lambda a: skipped(a, "differential", "selection")),
    "nothing significant": (lambda: no_significant_genes(synthetic.two_class()), _same),
    "no independent set any more": (synthetic.two_class, without_independent_set),
    "other classes": (synthetic.two_class, lambda _: synthetic.without_independent_set()),
    "four classes": (synthetic.four_class, _same),
    "four classes, everything": (synthetic.four_class, everything),
    "nasty": (analyses.nasty, everything),
}
"""Earlier run, and what turns it into the later one."""


@cache
def compared(name: str) -> Comparison:
    """The comparison of a pair by the default limits."""
    return object_once_a_run(f"comparison of {name}", lambda: _compare(*PAIRS[name]))


def _compare(made: Callable[[], Analysis], change: Change) -> Comparison:
    return compare(made(), change(made()), CompareSettings())


def check(comparison: Comparison, name: str) -> pd.Series[Any]:
    """A check of the verdict."""
    return comparison.verdict.checks.loc[name]
