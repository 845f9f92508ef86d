"""How the counts of deeper samples were thinned for the classifiers, and what a new sample needs for it."""

from __future__ import annotations

import numpy as np

from genereport.analyses.models.result import Thinning
from genereport.analyses.resampling.stage import Resampled
from genereport.learn.libraries import Libraries
from genereport.stats.depth import DEPTH_ALPHA, DEPTH_RATIO, FAILED


def library_constants(libraries: Libraries) -> dict[str, float]:
    """Return the constants by which the library sizes of new samples are normalised, ready for JSON."""
    reference = libraries.reference
    return {
        "reference_size": reference.size if reference else 0.0,
        "geometric_mean": reference.geometric_mean if reference else 1.0,
        "mean_size": libraries.mean_size,
        "depth": libraries.depth,
    }


def describe_thinning(resampled: Resampled) -> Thinning | None:
    """Return how counts were thinned for the classifiers; None if they were not in any split."""
    depths = [getattr(fold.preparation.arrays, "depth", 0.0) for fold in (*resampled.folds, resampled.final)]
    if not any(depths):
        return None
    deeper = np.nansum(resampled.values, axis=1) > depths[-1] if depths[-1] else np.zeros(len(resampled.values))
    return Thinning(
        depth=depths[-1],
        deeper=int(np.sum(deeper)),
        splits=sum(depth > 0 for depth in depths[:-1]),
        of=len(depths) - 1,
        ratio=DEPTH_RATIO,
        alpha=DEPTH_ALPHA,
        failed=FAILED,
    )
