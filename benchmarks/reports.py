"""Whole reports, from a cold start to the finished PDF: stock code, the same work by us, and what we ship.

``python -m benchmarks.reports COHORT_FOLDER --repeats 1 --rounds 5 [--tuned 2]``

Every command is a process of its own and they take turns, so that each round is timed on one machine in one state. What
the two sides predict is compared first, where chance has no part in it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

EXACT = ("cv/logistic_l2/selected", "cv/logistic_l2/all", "independent/logistic_l2/selected")
"""Predictions without any randomness: equal if splits, preparation and chosen genes are."""
EFFORT = {1: "quick", 10: "standard"}
SIDES = ("stock", "stock, tf.data", "ours", "shipped")


def commands(cohort: Path, repeats: int, folder: Path) -> dict[str, list[str]]:
    """What is run for every side."""
    common = [str(cohort), "--repeats", str(repeats)]
    stock = [sys.executable, "benchmarks/stock.py", *common, "--out", str(folder / "stock.pdf")]
    genereport = str(Path(sys.executable).with_name("genereport"))
    build = [genereport, "build", str(cohort), "--effort", EFFORT[repeats], "--out", str(folder / "r.pdf"), "--force"]
    return {
        "stock": [*stock, "--predictions", str(folder / "stock.npz")],
        "stock, tf.data": [*stock, "--keras-input", "dataset"],
        "ours": [sys.executable, "-m", "benchmarks.ours", *common, "--out", str(folder / "ours.pdf"),
                 "--predictions", str(folder / "ours.npz")],
        "shipped": [*build, "--quiet"],
    }  # fmt: skip


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def require_equal(folder: Path) -> None:
    """The same work, or the ratio means nothing."""
    ours, stock = np.load(folder / "ours.npz"), np.load(folder / "stock.npz")
    for name in EXACT:
        np.testing.assert_allclose(ours[name], stock[name], atol=1e-4)  # an optimiser stops where it may


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", type=Path, help="folder with Golub's three CSV files")
    parser.add_argument("--repeats", type=int, default=1, choices=tuple(EFFORT))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--tuned", type=int, default=2, help="rounds that the stock script fed by tf.data takes part in"
    )
    options = parser.parse_args()
    took: dict[str, list[float]] = {side: [] for side in SIDES}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(options.rounds):
            for side, command in commands(options.cohort, options.repeats, folder).items():
                if side != "stock, tf.data" or number < options.tuned:
                    took[side].append(seconds(command))
            now = {side: times[number] for side, times in took.items() if len(times) > number}
            print(f"round {number + 1}: " + ", ".join(f"{s} {t:.1f} s" for s, t in now.items()), flush=True)
            require_equal(folder)
    for slow, fast in (
        ("stock", "ours"),
        ("stock", "shipped"),
        ("stock, tf.data", "ours"),
        ("stock, tf.data", "shipped"),
    ):
        ratios = [one / other for one, other in zip(took[slow], took[fast], strict=False)]
        if ratios:
            middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
            print(
                f"5 × {options.repeats}, {slow} / {fast}: {middle:.1f} ({low:.1f} to {high:.1f}), {len(ratios)} rounds"
            )


if __name__ == "__main__":
    main()
