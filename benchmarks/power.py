"""Power and error of the tests of counts beside edgeR's quasi-likelihood and DESeq2, on the same simulated cohorts.

``OMP_NUM_THREADS=1 python -m benchmarks.power [--cohorts 30] [--size 3 5 10 20] [--depth 2] [--effect 1]``

Each cohort is drawn by `benchmarks.nulls.reads` and tested here, and in R by ``benchmarks/power.R`` (Debian's
r-bioc-limma, r-bioc-edger, r-bioc-deseq2). For each method: the share of null genes with p < 0.05; after Benjamini and
Hochberg's adjustment at 0.05, the share of the genes that differ which are found (power) and the share of false ones
among those found (FDR). Genes that the filter sets aside, and genes without a p-value, count as not found. DESeq2
stands there twice: with its p-values adjusted over all genes, and with its own adjustment, which leaves out genes of a
low mean. Then the p-values of both programs are compared, and the seconds that DESeq2's test took in R and here.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.nulls import reads, tested
from genereport.cohort.reader import read_cohort
from genereport.settings import resolve
from genereport.stats.counts import filter_by_expr
from genereport.stats.deseq import deseq
from genereport.stats.multiplicity import benjamini_hochberg

LEVEL = 0.05


class Compared(NamedTuple):
    """One cohort, tested by all methods.

    Attributes:
        rates: One row a method, as `rates` returns them.
        apart: Largest relative difference of the p-values of voom, and median of that of DESeq2's.
        seconds: DESeq2's test in R and here.
    """

    rates: list[dict[str, object]]
    apart: tuple[float, float]
    seconds: tuple[float, float]


def rates(p: pd.Series[float], adjusted: pd.Series[float], differs: set[str]) -> dict[str, float]:
    """Return error and power of one method on one cohort; index of `p` and `adjusted`: gene."""
    truly = p.index.isin(list(differs))
    found = (adjusted < LEVEL).to_numpy()
    return {
        "p < 0.05": float((p[~truly].dropna() < LEVEL).mean()),
        "power": float((found & truly).sum() / max(len(differs), 1)),
        "FDR": float((found & ~truly).sum() / max(found.sum(), 1)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohorts", type=int, default=30)
    parser.add_argument("--size", type=int, nargs="+", default=[3, 5, 10, 20], help="samples of each class")
    parser.add_argument("--depth", type=float, default=2, help="depth of one class over that of the other")
    parser.add_argument("--effect", type=float, default=1, help="log2 difference of every tenth gene; 0: none")
    options = parser.parse_args()
    for size in options.size:
        with tempfile.TemporaryDirectory() as name:
            _print_size(Path(name), size, options)


def _print_size(folder: Path, size: int, options: argparse.Namespace) -> None:
    differs = [_write(folder, number, size, options) for number in range(options.cohorts)]
    print(f"{size} + {size} samples, {options.cohorts} cohorts; {_run_r(folder)}")
    found = [_compare(folder, number, truly) for number, truly in enumerate(differs)]
    voom, ours = (np.array(part) for part in zip(*(one.apart for one in found), strict=True))
    print(f"p-values against R: voom {voom.max():.1e} at most, DESeq2 {np.median(ours):.1e} (median)")
    theirs, own = (np.array(part) for part in zip(*(one.seconds for one in found), strict=True))
    ratio = np.quantile(theirs / own, [0.5, 0, 1])
    print(f"DESeq2's test: R {np.median(theirs):.2f} s, here {np.median(own):.3f} s, ratio {ratio.round(1)}")
    table = pd.DataFrame([row for one in found for row in one.rates]).groupby("method", sort=False)
    print(pd.concat({"mean": table.mean(), "error": table.sem()}, axis=1).round(4).to_string())


def _compare(folder: Path, number: int, truly: set[str]) -> Compared:
    p = pd.read_csv(folder / f"p_{number}.tsv", sep="\t", index_col="gene")
    matrix, sheet = (str(folder / f"{kind}_{number}.tsv") for kind in "xs")
    named = {"cohort": {"expression": matrix, "labels": sheet, "label_column": "class"}}
    settings = resolve(environment={}, assignments=["tests.counts=deseq2"], overrides=named)
    cohort = read_cohort(settings)
    table = tested(cohort, settings).table
    apart = (p["limma"] / table["P.Value"] - 1).abs().max(), (p["deseq"] / table["P.deseq2"] - 1).abs().median()
    rows: list[dict[str, object]] = [
        {"method": method, **rates(*columns, truly)} for method, *columns in _methods(p, table)
    ]
    codes = cohort.codes
    seconds = float(p["seconds"].iloc[0]), _time(cohort.expression.to_numpy(), codes)
    return Compared(rows, (float(apart[0]), float(apart[1])), seconds)


def _methods(p: pd.DataFrame, table: pd.DataFrame) -> Iterator[tuple[str, pd.Series[float], pd.Series[float]]]:
    """Yield the name of each method, its p-values and its adjusted ones."""
    for name, column in (("R limma-voom", "limma"), ("R edgeR QL", "ql"), ("R DESeq2", "deseq")):
        yield name, p[column], pd.Series(benjamini_hochberg(p[column].to_numpy()), p.index)
    yield "R DESeq2, filtered", p["deseq"], p["adjusted"]
    yield "genereport voom", table["P.Value"], table["adj.P.Val"]
    ours = table["P.deseq2"]
    yield "genereport deseq2", ours, pd.Series(benjamini_hochberg(ours.to_numpy()), ours.index)
    yield "genereport deseq2, filtered", ours, table["adj.P.deseq2"]


def _time(counts: np.ndarray, codes: np.ndarray) -> float:
    """Return the seconds of DESeq2's test, after the filter."""
    design = np.column_stack([np.ones(len(codes)), codes]).astype(float)
    kept = counts[:, filter_by_expr(counts, groups=codes)]
    start = time.perf_counter()
    deseq(kept, design, np.array([[0.0], [1.0]]))
    return time.perf_counter() - start


def _write(folder: Path, number: int, size: int, options: argparse.Namespace) -> set[str]:
    """Write a cohort; return the genes that differ."""
    drawn = reads(np.random.default_rng((15, number)), size, options.depth, options.effect)
    genes = [f"g{gene + 1}" for gene in range(drawn.values.shape[1])]
    samples = [f"S{sample + 1:02d}" for sample in range(len(drawn.values))]
    pd.DataFrame(drawn.values.T.astype(int), genes, samples).to_csv(
        folder / f"x_{number}.tsv", sep="\t", index_label="gene"
    )
    drawn.sheet.set_axis(samples).to_csv(folder / f"s_{number}.tsv", sep="\t", index_label="sample")
    return {gene for gene, differs in zip(genes, drawn.different, strict=True) if differs}


def _run_r(folder: Path) -> str:
    script = Path(__file__).with_name("power.R")
    return subprocess.run(["Rscript", script, folder], check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
