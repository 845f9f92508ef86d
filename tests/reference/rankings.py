"""Rank-biased overlap by the package rbo 0.1.3 (PyPI). Usage: python tests/reference/rankings.py"""

import csv
from pathlib import Path

import numpy as np
from rbo import RankingSimilarity

rng = np.random.default_rng(2010)
rows = []
for first, second, universe in (
    (5, 5, 6),
    (10, 10, 12),
    (50, 50, 60),
    (50, 40, 70),
    (3, 30, 40),
    (1, 8, 9),
    (7, 7, 500),
):
    for repeat in range(3):
        one = list(rng.choice(universe, first, replace=False)) if repeat else list(range(first))
        other = list(rng.choice(universe, second, replace=False))
        for persistence in (0.5, 0.9, 0.95, 0.98):
            value = RankingSimilarity(one, other).rbo_ext(p=persistence)
            lists = [" ".join(map(str, part)) for part in (one, other)]
            rows.append([*lists, persistence, repr(float(value))])
with (Path(__file__).parent / "rankings_rbo.csv").open("w", newline="") as file:
    csv.writer(file, lineterminator="\n").writerows([["first", "second", "persistence", "rbo"], *rows])
