"""How time and memory of the row tests grow with genes and samples, up to 60,000 × 2,000."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

_SIZES = ((7500, 2000), (15_000, 2000), (30_000, 2000), (60_000, 2000), (60_000, 1000), (60_000, 500), (60_000, 250))
_LARGEST = (60_000, 2000)


def _welch(x: np.ndarray, codes: np.ndarray) -> object:
    from genereport.stats.ttests import welch_t

    return welch_t(x, codes)


def _moderated(x: np.ndarray, codes: np.ndarray) -> object:
    from genereport.stats.ebayes import moderate
    from genereport.stats.linear import fit_linear

    return moderate(fit_linear(x, np.column_stack([np.ones(len(x)), codes]), np.array([[0.0], [1.0]])))


def _ranks(x: np.ndarray, codes: np.ndarray) -> object:
    from genereport.stats.ranks import rank_test

    return rank_test(x, codes)


def _permuted(x: np.ndarray, codes: np.ndarray) -> object:
    from genereport.stats.permutation import step_down

    return step_down(x, codes, 2, 64, np.random.default_rng(0))


WORKS: dict[str, Callable[[np.ndarray, np.ndarray], object]] = {
    "Welch t": _welch,
    "moderated t": _moderated,
    "rank test, AUC": _ranks,
    "maxT and minP, 64 permutations": _permuted,
}


def lines() -> Iterator[str]:
    """Exponents of growth, 1 being linear, and the peak memory of a process that does nothing else."""
    for name in WORKS:
        found = {size: _measure(name, *size) for size in _SIZES}
        by_genes = _slope([(genes, found[genes, samples]["seconds"]) for genes, samples in _SIZES if samples == 2000])
        by_samples = _slope(
            [(samples, found[genes, samples]["seconds"]) for genes, samples in _SIZES if genes == 60_000]
        )
        largest = found[_LARGEST]
        yield (
            f"{name}: time grows with genes to the power {by_genes:.2f}, with samples {by_samples:.2f}; 60,000 × "
            f"2,000 take {largest['seconds']:.1f} s and {largest['peak']:.2f} times the memory of the matrix in all"
        )


def _slope(points: list[tuple[int, float]]) -> float:
    sizes, times = np.log(np.array(points, dtype=float)).T
    return float(np.polyfit(sizes, times, 1)[0])


def _measure(name: str, genes: int, samples: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.growth", name, str(genes), str(samples)]
    return dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def _in_this_process(name: str, genes: int, samples: int) -> None:
    x = np.empty((samples, genes))
    np.random.default_rng(0).standard_normal(out=x)
    codes = np.arange(samples) % 2
    WORKS[name](x[:10, :300], codes[:10])  # imports
    start = time.perf_counter()
    WORKS[name](x, codes)
    took = time.perf_counter() - start
    print(json.dumps({"seconds": took, "peak": _peak_bytes() / x.nbytes}))


def _peak_bytes() -> int:
    """Most memory this process has held; unlike ``ru_maxrss`` without that of the process it was forked from."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])  # type: ignore[index]


if __name__ == "__main__":
    _in_this_process(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
