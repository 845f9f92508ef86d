"""A fixed piece of work, with which the cost of a build is compared; it must never change.

``python -m benchmarks.workload``

It does on one thread what builds do: start Python, import NumPy, pandas, SciPy and matplotlib, run Python loops, sort
and multiply arrays, read and group a table, and draw figures. On another machine, or on one that others use too, a
build and this work become slower together, so that their ratio says how much work a build is.
"""

from __future__ import annotations

import io
import os
import re

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats


def loop_in_python() -> int:
    words = [f"gene{i * 7919 % 10007}<b>{i}</b>" for i in range(60_000)]
    counts: dict[str, int] = {}
    for _ in range(6):
        for word in words:
            name = re.sub(r"<[^>]+>", " ", word).split()[0]
            counts[name] = counts.get(name, 0) + len(word)
    return sum(sorted(counts.values())[:100])


def compute_arrays() -> float:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 6000))
    total = 0.0
    for _ in range(12):
        total += float(np.linalg.eigvalsh(x @ x.T)[-1])
        total += float(np.sort(x, axis=0)[30].sum() + stats.rankdata(x, axis=0)[0].sum())
        total += float(stats.ttest_ind(x[:30], x[30:], equal_var=False).pvalue.min())
    return total


def handle_tables() -> float:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(4000, 40)), columns=[f"s{i}" for i in range(40)])
    frame["name"] = [f"g{i % 500}" for i in range(len(frame))]
    total = 0.0
    for _ in range(3):
        again = pd.read_csv(io.StringIO(frame.to_csv(index=False)))
        total += float(again.groupby("name").median().to_numpy().sum())
    return total


def draw_figures() -> int:
    mpl.rcParams["svg.hashsalt"] = "workload"
    rng = np.random.default_rng(2)
    written = 0
    for _ in range(5):
        figure = Figure(figsize=(6.4, 4), layout="constrained")
        for axes in figure.subplots(2, 3).flat:
            axes.scatter(*rng.normal(size=(2, 200)), s=4)
            axes.plot(np.sort(rng.normal(size=50)), label="line")
            axes.set(title="a title", xlabel="x", ylabel="y")
            axes.legend()
        for form in ("svg", "pdf"):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=form)
            written += len(buffer.getvalue()) > 0
    return written


def main() -> None:
    for work in (loop_in_python, compute_arrays, handle_tables, draw_figures):
        print(f"{work.__name__}: {work():.6g}")


if __name__ == "__main__":
    main()
