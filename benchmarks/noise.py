"""Pure noise through the whole comparison, cohort after cohort: nothing may be found, and a leak must show.

``python -m benchmarks.noise [--seeds 20] [--genes 7129] [--samples 36]``

For every model: its mean cross-validated balanced accuracy over the cohorts, its distance from 0.5 in standard errors,
and what choosing the genes on all samples makes of the same models, splits and samples.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import pandas as pd

from genereport.analyses.models.result import Models
from genereport.analyses.trust.result import Trust
from genereport.cohort.model import Cohort, Scale
from genereport.pipeline import analyse
from genereport.settings import resolve


def noise(seed: int, genes: int, samples: int) -> Cohort:
    """Two classes of standard normal values around 8, with nothing between them."""
    values = np.random.default_rng(seed).normal(8, 1, size=(2 * samples, genes))
    names = pd.Index([f"s{number:02d}" for number in range(2 * samples)], name="sample")
    ids = pd.Index([f"g{number:04d}" for number in range(genes)], name="gene")
    labels = pd.DataFrame({"class": np.repeat(["A", "B"], samples), "set": "train"}, index=names)
    described = pd.DataFrame({"symbol": "", "description": "", "control": False}, index=ids)
    scale = Scale("log2", "made on the spot")
    return Cohort(pd.DataFrame(values, names, ids), labels, described, ("A", "B"), scale)


def figures(seed: int, genes: int, samples: int) -> pd.DataFrame:
    """Honest and leaked balanced accuracy of every model on one cohort."""
    settings = resolve(environment={}, assignments=["evaluation.effort=quick", f"seed={seed}", "tests.permutations=0"])
    found = analyse(noise(seed, genes, samples), settings)
    if not isinstance(found.models, Models) or not isinstance(found.trust, Trust):
        raise TypeError("The comparison was skipped.")
    table = found.models.metrics.query("set == 'cv' and metric == 'balanced_accuracy'")
    honest = table.set_index(["model", "features"])["estimate"].rename("honest")
    leaked = found.trust.bias.set_index(["model", "features"])["leaked"]
    return pd.concat([honest, leaked], axis=1).assign(seed=seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--genes", type=int, default=7129)
    parser.add_argument("--samples", type=int, default=36, help="of each class")
    options = parser.parse_args()
    parts = []
    for seed in range(1, options.seeds + 1):
        parts.append(figures(seed, options.genes, options.samples))
        print(f"{seed} of {options.seeds}", file=sys.stderr, flush=True)
    grouped = pd.concat(parts).groupby(level=["model", "features"], sort=False)
    honest = grouped["honest"]
    error = honest.std() / np.sqrt(options.seeds)
    told = pd.DataFrame(
        {
            "honest": honest.mean(),
            "standard error": error,
            "from 0.5": ((honest.mean() - 0.5) / error.where(error > 0)),
            "genes seen": grouped["leaked"].mean(),
            "least": grouped["leaked"].min(),
        }
    )
    print(told.round(3).to_string())


if __name__ == "__main__":
    main()
