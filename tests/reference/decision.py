"""Net benefit by the package dcurves 1.1.7 (PyPI). Usage: python tests/reference/decision.py"""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
from dcurves import dca

rng = np.random.default_rng(2006)
samples, curves = [["case", "p", "positive"]], [["case", "threshold", "model", "all"]]
for case, size, share, spread in (("common", 60, 0.5, 1.5), ("rare", 80, 0.15, 1.0), ("ties", 40, 0.4, 1.2)):
    positive = rng.random(size) < share
    p = 1 / (1 + np.exp(-rng.normal(np.where(positive, 1, -1), spread)))
    p = np.round(p, 1).clip(0.1, 0.9) if case == "ties" else p
    samples += [[case, repr(float(value)), int(truth)] for value, truth in zip(p, positive, strict=True)]
    thresholds = [0.05, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 0.95]
    found = dca(pd.DataFrame({"p": p, "y": positive.astype(int)}), outcome="y", modelnames=["p"], thresholds=thresholds)
    table = found.pivot_table(index="threshold", columns="model", values="net_benefit")
    curves += [[case, at, repr(float(row["p"])), repr(float(row["all"]))] for at, row in table.iterrows()]
for name, rows in (("decision_samples", samples), ("decision_curves", curves)):
    with (Path(__file__).parent / f"{name}.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
