"""The cost of a quick build, independent of the machine: its CPU seconds divided by those of a fixed piece of work.

``python -m benchmarks.cost [COHORT …]``

The work (`benchmarks.workload`) runs before and after the builds. If a cost lies 20 % or more above the figure in
``benchmarks/README.md``, a warning is printed; the exit status is 0 all the same.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import build, measure

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "benchmarks" / "README.md"
LIMIT = 1.2
"""Ratio to the figure on record from which a cost is warned of."""
_MARK = re.compile(r"^- Cost of the quick build of (\w+): (\d+(?:\.\d+)?)\b", re.MULTILINE)


def costs_on_record(text: str) -> dict[str, float]:
    """Return the figures in the README, by the name of the cohort."""
    return {name: float(figure) for name, figure in _MARK.findall(text)}


def judge(name: str, cost: float, known: float | None) -> str:
    """Return a line on a cost, which begins with ``WARNING`` if it lies too far above the one on record."""
    said = f"cost of the quick build of {name}: {cost:.2f}"
    if known is None:
        return f"{said} (none on record in benchmarks/README.md)"
    said += f", on record {known:.2f} ({cost / known - 1:+.0%})"
    return f"WARNING: {said}" if cost >= LIMIT * known else said


def measure_costs(cohorts: dict[str, list[str]]) -> dict[str, float]:
    """Return the cost of each build, by the name of its cohort."""
    workload = [sys.executable, "-m", "benchmarks.workload"]
    measure(workload, tree=ROOT)  # files are read and compiled for the first time
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "report.pdf"
        around = [measure(workload, tree=ROOT).cpu]
        taken = {}
        for cohort, study in cohorts.items():
            taken[cohort] = measure(build(sys.executable, study, out, "--effort", "quick", "--quiet"), tree=ROOT).cpu
        around.append(measure(workload, tree=ROOT).cpu)
    reference = sum(around) / len(around)
    print(f"CPU seconds: workload {around[0]:.2f} and {around[1]:.2f}", end="")
    print("".join(f", {cohort} {cpu:.2f}" for cohort, cpu in taken.items()), flush=True)
    return {cohort: cpu / reference for cohort, cpu in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohorts", type=Path, nargs="*", help="folders, besides the bundled cohort")
    options = parser.parse_args()
    cohorts = {"bundled": [], **{path.name: [str(path.resolve())] for path in options.cohorts}}
    known = costs_on_record(README.read_text(encoding="utf-8"))
    for name, cost in measure_costs(cohorts).items():
        print(judge(name, cost, known.get(name)))


if __name__ == "__main__":
    main()
