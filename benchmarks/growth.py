"""How time and memory of the row tests and of whole builds grow with genes and samples.

``python -m benchmarks.growth targets genes samples`` builds quick reports of simulated cohorts of many sizes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
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


BUILDS = {"targets": ((20_000, 200), (20_000, 800), (60_000, 300), (500, 10_000)),
          "genes": ((5000, 200), (10_000, 200), (20_000, 200), (40_000, 200), (60_000, 200)),
          "samples": ((20_000, 100), (20_000, 200), (20_000, 400), (20_000, 800)),
          "wide": ((20_000, 800),),
          "small": ((500, 40), (1000, 40))}  # fmt: skip
"""Sizes of whole quick builds, genes × samples."""


def write_cohort(folder: Path, genes: int, samples: int) -> list[str]:
    """Write a cohort of log2-like values, 50 of its genes higher in one class, as two TSV files; return the options."""
    import pandas as pd

    rng = np.random.default_rng(0)
    x = rng.normal(rng.uniform(5, 13, (genes, 1)), 0.6, (genes, samples))
    codes = np.arange(samples) % 2
    x[:50] += 0.5 * codes
    names = [f"S{number}" for number in range(samples)]
    frame = pd.DataFrame(x.round(4), index=pd.Index([f"g{number}" for number in range(genes)], name="gene"))
    frame.set_axis(names, axis=1).to_csv(folder / "x.tsv", sep="\t")
    labels = pd.DataFrame({"sample": names, "class": np.where(codes, "case", "control")})
    labels.to_csv(folder / "s.tsv", sep="\t", index=False)
    return ["--expression", str(folder / "x.tsv"), "--labels", str(folder / "s.tsv"), "--label-column", "class"]


def build(genes: int, samples: int, limit: float, options: list[str]) -> dict[str, float]:
    """Build a quick report of a cohort of this size, and return what it took.

    Returns:
        Wall and CPU seconds, and the largest sum of the proportional set sizes of all processes, bytes.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "genereport", "build", *write_cohort(folder, genes, samples),
                   "--effort", "quick", "--quiet", "--out", str(folder / "r.pdf"), *options]  # fmt: skip
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start, peak = time.perf_counter(), 0
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        cpu = 0.0
        while process.poll() is None:
            family = _family(process.pid)
            peak = max(peak, sum(map(_pss, family)))
            cpu = max(cpu, sum(map(_cpu_seconds, family)))
            if time.perf_counter() - start > limit:
                for pid in family:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(0.25)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        reaped = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"wall": wall, "cpu": max(cpu, reaped), "peak": float(peak), "done": float(process.returncode == 0)}


def _family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def _pss(pid: int) -> int:
    """Return the proportional set size of a process: shared pages count once, in shares."""
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        return 1024 * int(re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)[1])  # type: ignore[index]
    return 0


def _cpu_seconds(pid: int) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def builds(names: list[str], limit: float, options: list[str]) -> Iterator[str]:
    """Yield a line for each size, and the exponents. Memory is also given without that of a build of 500 × 40."""
    base = build(500, 40, limit, options)
    yield f"500 × 40: {base['wall']:.0f} s, {base['cpu']:.0f} CPU s, {base['peak'] / 2**20:.0f} MiB"
    for name in names:
        found = {}
        for genes, samples in BUILDS[name]:
            took = found[genes, samples] = build(genes, samples, limit, options)
            size = 8 * genes * samples
            yield (
                f"{genes:,} × {samples:,}: {took['wall']:.0f} s, {took['cpu']:.0f} CPU s, "
                f"{took['peak'] / 2**20:.0f} MiB, {took['peak'] / size:.1f} times the matrix, "
                f"{(took['peak'] - base['peak']) / size:.1f} beyond 500 × 40"
                f"{'' if took['done'] else ': NOT FINISHED'}"
            )
        axis = {"genes": 0, "samples": 1}.get(name)
        if axis is not None:
            for what in ("wall", "cpu"):
                power = _slope([(size[axis], took[what]) for size, took in found.items() if took["done"]])
                yield f"{what} grows with {name} to the power {power:.2f}"


@contextlib.contextmanager
def _cluster() -> Iterator[str]:
    """Start a Dask scheduler and two workers as processes of their own; yield the address of the scheduler."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    dask = [sys.executable, "-m", "dask"]
    port = address.rpartition(":")[2]
    commands = [[*dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]]
    commands += 2 * [[*dask, "worker", address, "--nthreads", "1", "--nworkers", "1", "--no-dashboard"]]
    processes = [subprocess.Popen(c, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for c in commands]
    try:
        time.sleep(5)
        yield address
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


def _main() -> None:
    parser = argparse.ArgumentParser(description="Time and memory of whole quick builds, PDF and HTML.")
    parser.add_argument("sizes", nargs="+", choices=tuple(BUILDS))
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a build is ended")
    parser.add_argument("--option", action="append", default=[], help="further option of the build, e.g. --jobs=2")
    parser.add_argument("--dask", action="store_true", help="on a Dask cluster of two workers, not counted in memory")
    given = parser.parse_args()
    with _cluster() if given.dask else contextlib.nullcontext() as address:
        shared = ["--backend", "dask", "--scheduler", address] if address else []
        for line in builds(given.sizes, given.limit, [*given.option, *shared]):
            print(line, flush=True)


if __name__ == "__main__" and sys.argv[1:2] and sys.argv[1] not in WORKS:
    _main()
elif __name__ == "__main__":
    _in_this_process(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
