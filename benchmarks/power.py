"""Power and error of the tests of counts beside edgeR's quasi-likelihood and DESeq2, on the same simulated cohorts.

``python -m benchmarks.power [--cohorts 30] [--size 5] [--depth 2] [--effect 1]``

Each cohort is drawn by `benchmarks.nulls.reads` and tested here, and in R by ``benchmarks/power.R`` (Debian's
r-bioc-limma, r-bioc-edger, r-bioc-deseq2). For each method: the share of null genes with p < 0.05; after Benjamini and
Hochberg's adjustment at 0.05, the share of the genes that differ which are found (power) and the share of false ones
among those found (FDR). Genes that the filter sets aside count as not found.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.nulls import reads, tested
from genereport.cohort.reader import read_cohort
from genereport.settings import resolve
from genereport.stats.multiplicity import benjamini_hochberg

LEVEL = 0.05


def rates(p: pd.Series[float], differs: set[str]) -> dict[str, float]:
    """Return error and power of one method on one cohort; index of `p`: gene."""
    truly = p.index.isin(list(differs))
    found = benjamini_hochberg(p.to_numpy()) < LEVEL
    return {
        "p < 0.05": float((p[~truly] < LEVEL).mean()),
        "power": float((found & truly).sum() / max(len(differs), 1)),
        "FDR": float((found & ~truly).sum() / max(found.sum(), 1)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohorts", type=int, default=30)
    parser.add_argument("--size", type=int, default=5, help="samples of each class")
    parser.add_argument("--depth", type=float, default=2, help="depth of one class over that of the other")
    parser.add_argument("--effect", type=float, default=1, help="log2 difference of every tenth gene; 0: none")
    options = parser.parse_args()
    rows: list[dict[str, object]] = []
    apart: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        differs = [_write(folder, number, options) for number in range(options.cohorts)]
        print(_run_r(folder))
        for number, truly in enumerate(differs):
            p = pd.read_csv(folder / f"p_{number}.tsv", sep="\t", index_col="gene")
            for method, column in p.items():
                rows.append({"method": f"R {method}", **rates(column.dropna(), truly)})
            matrix, sheet = (str(folder / f"{kind}_{number}.tsv") for kind in "xs")
            named = {"cohort": {"expression": matrix, "labels": sheet, "label_column": "class"}}
            settings = resolve(environment={}, assignments=[], overrides=named)
            found = tested(read_cohort(settings), settings).table["P.Value"]
            rows.append({"method": "genereport", **rates(found.dropna(), truly)})
            apart.append(float((found / p["limma"] - 1).abs().max()))
    print(f"p-values, largest relative difference from limma in R: {max(apart):.1e}")
    table = pd.DataFrame(rows).groupby("method", sort=False)
    print(pd.concat({"mean": table.mean(), "error": table.sem()}, axis=1).round(4).to_string())


def _write(folder: Path, number: int, options: argparse.Namespace) -> set[str]:
    """Write a cohort; return the genes that differ."""
    drawn = reads(np.random.default_rng((15, number)), options.size, options.depth, options.effect)
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
