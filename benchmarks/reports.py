"""Whole reports, from a cold start to the finished pages: stock code, R Markdown, and what we ship, before and after.

``python -m benchmarks.reports COHORT_FOLDER --repeats 1 --rounds 5 [--before TREE] [--out FILE.md]``

Every command is a process of its own and they take turns, so that each round is timed on one machine in one state. What
stock code and our parts predict is compared first, if both take part, where chance has no part in it.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.against_r import has_packages
from benchmarks.measuring import Cost, build, measure

EXACT = ("cv/logistic_l2/selected", "cv/logistic_l2/all", "independent/logistic_l2/selected")
"""Predictions without any randomness: equal if splits, preparation and chosen genes are."""
EFFORT = {1: "quick", 10: "standard"}
ROOT = Path(__file__).resolve().parents[1]
R_PACKAGES = ("rmarkdown", "limma", "e1071", "glmnet", "randomForest", "nnet", "ggplot2")

SIDES = ("stock", "stock, tf.data", "R", "ours", "before", "before, HTML", "shipped", "shipped, HTML")
USUAL = ("stock", "R", "shipped", "shipped, HTML")
THEIRS = ("stock", "stock, tf.data", "R")

Took = dict[str, list[Cost]]


def render_r(cohort: Path, repeats: int, cores: int, folder: Path) -> list[str]:
    """Return the command that renders the R report."""
    call = (
        f'rmarkdown::render("{ROOT}/benchmarks/report.Rmd", output_file = "r.html", output_dir = "{folder}", '
        f'intermediates_dir = "{folder}/r", quiet = TRUE, params = list(cohort = "{cohort.resolve()}", '
        f"repeats = {repeats}, cores = {cores}))"
    )
    return ["Rscript", "-e", call]


def commands(options: argparse.Namespace, folder: Path) -> dict[str, tuple[list[str], Path]]:
    """Return what is run for every side, and the tree that it is run in."""
    common = [str(options.cohort.resolve()), "--repeats", str(options.repeats)]
    stock = [sys.executable, "benchmarks/stock.py", *common, "--out", str(folder / "stock.pdf")]
    ours = [sys.executable, "-m", "benchmarks.ours", *common, "--out", str(folder / "ours.pdf")]
    shipped = build(sys.executable, common[:1], folder / "report.pdf", "--effort", EFFORT[options.repeats], "--quiet")
    before = (options.before or ROOT).resolve()
    return {
        "stock": ([*stock, "--predictions", str(folder / "stock.npz")], ROOT),
        "stock, tf.data": ([*stock, "--keras-input", "dataset"], ROOT),
        "R": (render_r(options.cohort, options.repeats, options.r_cores, folder), ROOT),
        "ours": ([*ours, "--predictions", str(folder / "ours.npz")], ROOT),
        "before": (shipped, before),
        "before, HTML": ([*shipped, "--format", "html"], before),
        "shipped": (shipped, ROOT),
        "shipped, HTML": ([*shipped, "--format", "html"], ROOT),
    }


def require_equal(folder: Path) -> None:
    """The same work, or the ratio means nothing."""
    ours, stock = folder / "ours.npz", folder / "stock.npz"
    if ours.exists() and stock.exists():
        mine, theirs = np.load(ours), np.load(stock)
        for name in EXACT:
            np.testing.assert_allclose(mine[name], theirs[name], atol=1e-4)  # an optimiser stops where it may


def sides_of(wanted: Sequence[str] | None, *, before: bool) -> list[str]:
    """Return who takes part: those who are wanted, by default the usual ones; R only where it is installed."""
    chosen = wanted or [*USUAL, *(("before", "before, HTML") if before else ())]
    sides = [side for side in SIDES if side in chosen]
    if "R" in sides and not (shutil.which("pandoc") and has_packages(*R_PACKAGES)):
        print("R is not installed with rmarkdown and all packages of report.Rmd: left out.", file=sys.stderr)
        sides.remove("R")
    return sides


def run_rounds(options: argparse.Namespace, sides: Sequence[str]) -> Took:
    """Run the sides in turn, round by round; in rounds of even number the other way round."""
    took: Took = {side: [] for side in sides}
    for tree in {ROOT, options.before or ROOT}:  # nobody's work
        subprocess.run([sys.executable, "-m", "compileall", "-q", str(tree / "genereport")], check=True)
    with tempfile.TemporaryDirectory() as name:
        known = commands(options, Path(name))
        for number in range(options.rounds):
            for side in sides[:: -1 if number % 2 else 1]:
                command, tree = known[side]
                took[side].append(measure(command, tree=tree))
                print(f"round {number + 1}, {side}: {_shown(took[side][-1])}", file=sys.stderr, flush=True)
            require_equal(Path(name))
    return took


def _shown(cost: Cost) -> str:
    return f"{cost.wall:.1f} ({cost.cpu:.1f})"


def seconds_table(took: Took, repeats: int) -> Iterator[str]:
    """Yield the lines of a Markdown table: wall seconds, and CPU seconds in brackets."""
    yield f"| 5 × {repeats}, seconds (CPU seconds) | {' | '.join(took)} |"
    yield "| --- |" + " --- |" * len(took)
    for number in range(max(map(len, took.values()))):
        yield f"| round {number + 1} | {' | '.join(_shown(costs[number]) for costs in took.values())} |"
    middle = (
        f"{statistics.median(c.wall for c in costs):.1f} ({statistics.median(c.cpu for c in costs):.1f})"
        for costs in took.values()
    )
    yield f"| **median** | {' | '.join(middle)} |"


def compared(sides: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs whose ratio is taken: each side that is not ours, or was before, against each of ours."""
    pairs = [(slow, fast) for slow in sides if slow in THEIRS for fast in sides if fast not in THEIRS]
    return pairs + [(f"before{form}", f"shipped{form}") for form in ("", ", HTML") if f"before{form}" in sides]


def ratio_table(took: Took) -> Iterator[str]:
    """Yield the lines of a Markdown table: the median and the range of the ratios of each pair."""
    yield "| times as fast | wall | CPU | rounds |"
    yield "| --- | --- | --- | --- |"
    for slow, fast in compared(list(took)):
        if fast in took:
            pairs = list(zip(took[slow], took[fast], strict=True))
            cells = (_spread([getattr(s, unit) / getattr(f, unit) for s, f in pairs]) for unit in ("wall", "cpu"))
            yield f"| {slow} / {fast} | {' | '.join(cells)} | {len(pairs)} |"


def _spread(ratios: list[float]) -> str:
    middle = f"{statistics.median(ratios):.1f}"
    return middle if len(ratios) == 1 else f"{middle} ({min(ratios):.1f} to {max(ratios):.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", type=Path, help="folder with Golub's three CSV files")
    parser.add_argument("--repeats", type=int, default=1, choices=tuple(EFFORT))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--before", type=Path, help="another tree of genereport, to be timed in turn with this one")
    parser.add_argument("--side", action="append", choices=SIDES, help="take part; may be repeated")
    parser.add_argument("--r-cores", type=int, default=1, help="processes that share R's folds")
    parser.add_argument("--out", type=Path, help="file for the tables, too")
    options = parser.parse_args()
    took = run_rounds(options, sides_of(options.side, before=options.before is not None))
    text = "\n".join([*seconds_table(took, options.repeats), "", *ratio_table(took)]) + "\n"
    print(text, end="")
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
