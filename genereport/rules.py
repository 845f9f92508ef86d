"""Constants of the preprocessing, which the methods quote."""

from __future__ import annotations

FEW_SAMPLES, LARGE_SHARE = 10, 0.7
"""The first ten samples of a class count in full, those beyond ten by this share, as in edgeR's filterByExpr."""

LEAST_FOLD, LEAST_RANGE = 5.0, 500.0
"""Values that max/min and max − min of a gene must exceed (Dudoit, Fridlyand and Speed 2002)."""

SEEN, STABLE, ROUNDS = 0.9, 0.5, 3
"""Share of the training arrays in which a candidate must lie above the floor; share of the candidates that counts as
stable; number of rounds."""

PRIOR_COUNT = 2.0
"""Count that is added before the logarithm, to a library of mean size; in others in proportion (edgeR's cpm)."""

LEAST_COUNT, LEAST_TOTAL = 10.0, 15.0
"""Count that a gene must reach in enough samples, and in all of them together (edgeR's filterByExpr)."""
