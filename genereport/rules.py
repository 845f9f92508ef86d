"""Constants of the preprocessing and of the gene selection, which the methods quote."""

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

FEWEST_CANDIDATES = 20
"""With fewer candidates for stable genes, genes that lie above the floor in fewer arrays are candidates as well."""

OUTLYING = 3.0
"""An array whose scaled floor lies this many spreads above the median of all is left out of the common floor."""

ELIMINATION_C = 1.0
"""Inverse strength of the penalty of the support vector machine in the recursive feature elimination."""

FEW_FOR_HINGE = 400
"""With more training samples the machine of the elimination has the squared hinge loss, unless it is set."""

ELIMINATED_SHARE, ONE_BY_ONE, MANY_CANDIDATES = 0.1, 500, 1000
"""Share of the genes left that is eliminated at a time until half of them, and at most so many, are left; the number of
candidates above which this is done with the hinge loss, too."""

KERNEL_IN_MEMORY = range(101, 10_001)
"""Numbers of training samples with which the kernel of the SVM is computed as a whole, by a matrix product; with fewer
this takes longer, with more it takes too much memory."""

FEW_FOR_FOLDS = 2000
"""With more training samples one inner fold holds enough scores for the two numbers of a sigmoid."""
