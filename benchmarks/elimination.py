"""The two losses of the elimination: which genes they choose, and how well models do with them.

``python -m benchmarks.elimination COHORT… --repeats 2`` compares the hinge loss, one gene at a time, with the squared
hinge loss and a tenth of the genes at a time, on the bundled cohort and on those of the folders.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from genereport import read_cohort, read_settings
from genereport.analyses.preprocessing.stage import PreprocessingStage, unscaled
from genereport.analyses.stage import probes_of
from genereport.learn.engine import Fold, Job, run
from genereport.learn.metrics import PRIMARY, confusion, label_metrics, predicted_classes
from genereport.learn.resampling import SplitPlan
from genereport.learn.training import Protocol
from genereport.parallel import shared
from genereport.stats.intervals import corrected_resampled_t

MODELS = ("shrunken_centroids", "logistic_l1", "logistic_l2", "svm_rbf", "random_forest")


def compare(study: Path | None, repeats: int) -> Iterator[str]:
    """Yield the overlap of the chosen genes, and the difference of each model's balanced accuracy with its interval."""
    settings = read_settings(study) if study else read_settings()
    cohort = read_cohort(settings)
    prepared, preprocessing = PreprocessingStage(settings.preprocess).run(cohort)
    train, source = prepared.subset("train"), unscaled(cohort, preprocessing)
    codes, classes = train.codes, len(cohort.classes)
    plan = SplitPlan(5, repeats, 1)
    splits = plan.splits(codes, train.units)
    jobs = [Job(s.train, s.test, codes, number, train.units) for number, s in enumerate(splits)]
    folds: dict[str, list[Fold]] = {}
    for loss in ("hinge", "squared_hinge"):
        selection = settings.selection.model_copy(update={"elimination_loss": loss})
        chosen = settings.model_copy(update={"selection": selection})
        probes = probes_of(source.genes, settings.preprocess.collapse)
        protocol = Protocol(chosen, probes=probes, classes=classes, arrays=source.rule)
        folds[loss] = run(source.values, jobs, protocol, [(model, "selected") for model in MODELS])
    both = list(zip(*folds.values(), strict=True))
    shared_genes = [len(np.intersect1d(a.chosen.best, b.chosen.best)) for a, b in both]
    many = len(both[0][0].chosen.best)
    yield f"{study or 'bundled'}: {np.mean(shared_genes):.1f} of {many} genes in common ({min(shared_genes)} to {max(shared_genes)} in {len(both)} parts)"  # noqa: E501
    for model in MODELS:
        values = np.array(
            [[_accuracy(fold, model, job, classes) for fold in pair] for pair, job in zip(both, jobs, strict=True)]
        )
        found = corrected_resampled_t(values[:, 1] - values[:, 0], plan.test_share, 0.95)
        yield (
            f"  {model}: {values[:, 0].mean():.3f} hinge, {values[:, 1].mean():.3f} squared hinge; difference "
            f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
        )


def _accuracy(fold: Fold, model: str, job: Job, classes: int) -> float:
    counts = confusion(job.codes[job.test], predicted_classes(fold.held_out[model, "selected"]), classes)
    return float(label_metrics(counts)[PRIMARY])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohorts", nargs="*", type=Path, help="folders of further cohorts")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=-1)
    given = parser.parse_args()
    with shared(given.jobs):
        for study in (None, *given.cohorts):
            for line in compare(study, given.repeats):
                print(line, flush=True)


if __name__ == "__main__":
    main()
