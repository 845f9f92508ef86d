"""How far the correction for the naming brings the estimate of the named model back to its true performance.

``python -m benchmarks.naming [--cohorts 60] [--first 1] [--kind null] [--nested] [--set key=value] [--out FILE.tsv]``

A null cohort has 40 samples and 500 genes of pure noise, so that the balanced accuracy of any model is 0.5. In a cohort
with signal 20 genes differ by 0.8 standard deviations; the final named model is judged by 2,000 further samples of the
same simulator. Each cohort is resampled and its models are compared as `analyse` does at effort quick, and the
estimates are held against the truth: without correction, corrected by the bootstrap, and, with `--nested`, by naming
inside the training parts. `fixed` is the mean over the models that can be named, none of which is chosen.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from genereport.analyses.models.naming import nest_naming
from genereport.analyses.models.result import Models, NestedNaming
from genereport.analyses.models.stage import ModelsStage
from genereport.analyses.preprocessing.stage import PreprocessingStage, measured, unscaled
from genereport.analyses.resampling.stage import Resampled, ResamplingStage
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.model import Cohort
from genereport.cohort.scale import Scale
from genereport.learn.engine import silent
from genereport.learn.models import CLASSIFIERS, preference
from genereport.settings import resolve

GENES, SIZE, TEST = 500, 20, 1000
"""Genes, and samples of each class in the training set and in the independent one."""
DIFFERING, EFFECT = 20, 0.8
"""Genes that differ in a cohort with signal, and by how many of their standard deviations."""
SETTINGS = ("evaluation.effort=quick", "evaluation.bootstrap=100", "tests.permutations=0")


def drawn(kind: str, seed: int) -> Cohort:
    """Log2 values of 20 + 20 samples, and an independent set of 1,000 + 1,000 where the genes differ."""
    rng = np.random.default_rng((seed, kind == "signal"))
    codes = np.repeat([0, 1], SIZE)
    if kind == "signal":
        codes = np.r_[codes, np.repeat([0, 1], TEST)]
    spread = np.sqrt(4 * 0.25 / rng.chisquare(4, GENES))
    values = 8 + spread * rng.normal(size=(len(codes), GENES))
    if kind == "signal":
        signs = np.where(np.arange(DIFFERING) % 2, 1, -1)
        values[:, :DIFFERING] += EFFECT * spread[:DIFFERING] * signs * codes[:, None]
    names = pd.Index([f"S{sample:04d}" for sample in range(len(codes))], name="sample")
    genes = pd.Index([f"g{gene}" for gene in range(GENES)], name="gene")
    sets = np.where(np.arange(len(codes)) < 2 * SIZE, "train", "test")
    samples = pd.DataFrame({"class": np.array(["A", "B"])[codes], "set": sets}, index=names)
    described = pd.DataFrame({"symbol": "", "description": "", "control": False}, index=genes)
    return Cohort(pd.DataFrame(values, names, genes), samples, described, ("A", "B"), Scale("log2", "made on the spot"))


def figures(kind: str, seed: int, changes: Iterable[str], *, nested: bool) -> dict[str, object]:
    """The true balanced accuracy of the named model of one cohort, and its estimates with their intervals."""
    settings = resolve(environment={}, assignments=[*SETTINGS, f"seed={seed}", *changes])
    cohort, preprocessing = PreprocessingStage(settings.preprocess).run(drawn(kind, seed))
    before = Upstream((preprocessing, measured(cohort, preprocessing), unscaled(cohort, preprocessing)))
    resampled = ResamplingStage(settings).run(cohort, before, stage_rng(seed, "resampling"))
    models = ModelsStage(settings).run(cohort, before.joined(resampled), stage_rng(seed, "models"))
    truth = models.metrics["estimate"].iloc[models.named_in_test] if models.test else 0.5
    own, corrected = models.metrics.iloc[models.named_in_cv], models.corrected
    found = {
        "seed": seed,
        "truth": truth,
        "fixed": fixed_mean(models),
        "uncorrected": own["estimate"],
        "uncorrected covers": own["ci_low"] <= truth <= own["ci_high"],
        "corrected": corrected.estimate,
        "corrected covers": corrected.ci_low <= truth <= corrected.ci_high,
    }
    return found | (_of_nested(models, resampled, truth) if nested else {})


def fixed_mean(models: Models) -> float:
    """The mean estimate of the models that can be named."""
    table = models.metrics.query("set == 'cv' and metric == 'balanced_accuracy'").set_index(["model", "features"])
    return float(table["estimate"].loc[list(preference(CLASSIFIERS))].mean())


def _of_nested(models: Models, resampled: Resampled, truth: float) -> dict[str, object]:
    named, rng = models.named, np.random.default_rng(models.train)
    found = nest_naming(resampled, preference(CLASSIFIERS), (named.model, named.features), rng, silent)
    if not isinstance(found, NestedNaming):
        raise TypeError(found.skipped)
    return {"nested": found.estimate, "nested covers": found.ci_low <= truth <= found.ci_high}


def told(table: pd.DataFrame) -> pd.DataFrame:
    """Mean, bias with its standard error, and coverage of each estimate."""
    rows = {}
    for name in ("fixed", "uncorrected", "corrected", "nested"):
        if name in table:
            gap = table[name] - table["truth"]
            covers = table[f"{name} covers"].mean() if f"{name} covers" in table else np.nan
            rows[name] = (table[name].mean(), gap.mean(), gap.std() / np.sqrt(len(gap)), covers)
    columns = ["mean", "bias", "standard error", "coverage"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohorts", type=int, default=60)
    parser.add_argument("--first", type=int, default=1, help="seed of the first cohort")
    parser.add_argument("--kind", choices=["null", "signal"], action="append")
    parser.add_argument("--nested", action="store_true", help="also name inside the training parts (six times as long)")
    parser.add_argument("--set", action="append", default=[], metavar="key=value")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    parts = []
    for kind in options.kind or ["null", "signal"]:
        rows = []
        for seed in range(options.first, options.first + options.cohorts):
            with threadpool_limits(1):
                rows.append(figures(kind, seed, options.set, nested=options.nested))
            print(f"{kind}: {rows[-1]}", file=sys.stderr, flush=True)
        table = pd.DataFrame(rows)
        parts.append(table.assign(kind=kind))
        print(
            f"{kind}, {len(table)} cohorts, true mean {table['truth'].mean():.3f}\n{told(table).round(4).to_string()}\n"
        )
    if options.out:
        pd.concat(parts).to_csv(options.out, sep="\t", index=False)


if __name__ == "__main__":
    main()
