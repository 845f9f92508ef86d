"""Row tests and permutation adjustments against genefilter and multtest, on one matrix, in one run, on one thread.

R runs once for every round of ours and times itself without reading the matrix.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.pairs import told
from genereport.stats.permutation import step_down
from genereport.stats.ttests import student_t, welch_t

_SCRIPT = """
suppressPackageStartupMessages({{library(genefilter); library(multtest)}})
x <- matrix(readBin("{folder}/x", "double", {genes} * {samples}), {genes}, {samples})
codes <- readBin("{folder}/codes", "integer", {samples})
{work}
writeBin(as.double(result), "{folder}/result")
cat(elapsed)
"""
_ROWTTESTS = """
target <- factor(codes, levels = c(1, 0))
result <- rowttests(x, target)$statistic
elapsed <- system.time(for (round in 1:{repeats}) rowttests(x, target))[["elapsed"]] / {repeats}
"""
_STEP_DOWN = """
sink("/dev/null")
elapsed <- system.time(found <- FUNCTION(x, codes, test = "t", side = "abs", B = {repeats}))[["elapsed"]]
sink()
result <- found$teststat[order(found$index)]
"""


def has_packages(*names: str) -> bool:
    """Whether R is installed with these packages."""
    if shutil.which("Rscript") is None:
        return False
    wanted = ", ".join(f'"{name}"' for name in names)
    asked = f"quit(status = !all(vapply(c({wanted}), requireNamespace, NA, quietly = TRUE)))"
    return subprocess.run(["Rscript", "-e", asked], capture_output=True, check=False).returncode == 0


def lines(*, full: bool) -> Iterator[str]:
    """What the comparisons with R say, in three rounds or one; that R is absent, if it is."""
    if not has_packages("genefilter", "multtest"):
        yield "R is not installed with genefilter and multtest: nothing was compared with them."
        return
    rounds = 3 if full else 1
    for genes, samples, repeats in ((7129, 38, 200), (20_000, 1000 if full else 200, 3)):
        yield _row_tests(genes, samples, repeats, rounds)
    yield _step_down("mt.maxT", 10_000 if full else 1000, rounds, min_p=False)
    yield _step_down("mt.minP", 1000 if full else 100, rounds, min_p=True)


def _row_tests(genes: int, samples: int, repeats: int, rounds: int) -> str:
    x, codes = _matrix(genes, samples)

    def ours() -> np.ndarray:
        return welch_t(x, codes).t

    np.testing.assert_allclose(_r(x, codes, _ROWTTESTS, 1)[1], student_t(x, codes).t, rtol=1e-9)
    name = f"Welch t, {genes} genes × {samples} samples, against genefilter::rowttests (Student, no interval)"
    return _rounds(name, x, codes, _ROWTTESTS, repeats, ours, repeats, rounds)


def _step_down(function: str, permutations: int, rounds: int, *, min_p: bool) -> str:
    x, codes = _matrix(7129, 38)
    work = _STEP_DOWN.replace("FUNCTION", function)
    np.testing.assert_allclose(_r(x, codes, work, 10)[1], welch_t(x, codes).t, rtol=1e-9)
    name = f"{function[3:]}, {permutations} permutations, 7129 genes × 38 samples, against multtest::{function}"

    def ours() -> np.ndarray:
        return step_down(x, codes, 2, permutations, np.random.default_rng(0), min_p=min_p).max_t

    return _rounds(name, x, codes, work, permutations, ours, 1, rounds)


def _rounds(
    name: str,
    x: np.ndarray,
    codes: np.ndarray,
    work: str,
    repeats: int,
    ours: Callable[[], np.ndarray],
    times: int,
    rounds: int,
) -> str:
    ratios, mine = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(times):
            ours()
        mine.append((time.perf_counter() - start) / times)
        ratios.append(_r(x, codes, work, repeats)[0] / mine[-1])
    return told(name, ratios, mine)


def _matrix(genes: int, samples: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return rng.normal(8, 1, size=(samples, genes)), (np.arange(samples) % 7 >= 5).astype(np.intp)


def _r(x: np.ndarray, codes: np.ndarray, work: str, repeats: int) -> tuple[float, np.ndarray]:
    """Seconds that R says it took, and its statistics."""
    with tempfile.TemporaryDirectory() as folder:
        x.tofile(f"{folder}/x")  # samples × genes row by row are genes × samples column by column
        codes.astype(np.int32).tofile(f"{folder}/codes")
        script = _SCRIPT.format(folder=folder, genes=x.shape[1], samples=len(x), work=work.format(repeats=repeats))
        Path(f"{folder}/run.R").write_text(script, encoding="utf-8")
        done = subprocess.run(["Rscript", f"{folder}/run.R"], capture_output=True, text=True, check=True)
        return float(done.stdout.split()[-1]), np.fromfile(f"{folder}/result")
