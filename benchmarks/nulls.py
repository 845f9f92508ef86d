"""Null cohorts through the whole analysis, from files to classifiers: whatever is found is false.

``python -m benchmarks.nulls [--cohorts 200] [--jobs 2] [--scenario NAME] [--set key=value] [--out FILE.tsv]``

Each cohort is written as a matrix and a sample sheet, read by `read_cohort` and analysed with the defaults but for
`SETTINGS`, which make it cheap. For each scenario there are two tables, below how its cohorts were taken.

Tests: the share of null genes with p < 0.05; how often a family of them holds any with an adjusted p below 0.05 (FWER);
the mean share of false genes among those found (FDR). `low` and `high` are the 99 % limits of a binomial share around
0.05, over genes and cohorts or over cohorts alone. Genes of one cohort depend on each other, so the standard error
between cohorts stands beside them. The verdict is *liberal* or *conservative* where a figure lies outside both the
limits and 2.58 standard errors around 0.05, else *ok*; a bound on FWER or FDR is kept by a conservative test, too.
Where genes differ, the share of false finds is no longer 0 or 1, and its standard error alone counts. Rank and
permutation tests of few samples have few values and are conservative by nature.

Models: the mean cross-validated balanced accuracy, its distance from 0.5 in standard errors over the cohorts (*off*
beyond 3), and how often the 95 % interval of one cohort lies wholly above or below 0.5. Some 120 such distances are
printed, so one beyond 3 in a few runs is chance.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom

from genereport.analyses.differential.result import Differential
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.models.result import Models
from genereport.analyses.preprocessing.stage import PreprocessingStage, unscaled
from genereport.analyses.result import Skipped
from genereport.analyses.stage import Upstream, stage_rng
from genereport.analysis import Analysis
from genereport.cohort.model import Cohort
from genereport.cohort.reader import read_cohort
from genereport.errors import GenereportError
from genereport.pipeline import analyse
from genereport.settings import Settings, resolve

LEVEL = 0.05
SETTINGS = (
    "evaluation.effort=quick",
    "evaluation.bootstrap=100",
    "models.epochs=40",
    "models.trees=50",
    "selection.candidates=100",
    "selection.genes=20",
    "tests.permutations=200",
)
GENES, SIZE, COUNTED = 400, 20, 1000
"""Genes, and samples of each class, where a scenario says nothing else; genes of count matrices."""
RATES = {
    **dict.fromkeys(("P.Value", "P.mod", "P.Wilcoxon", "P.perm"), "p < 0.05"),
    **dict.fromkeys(("P.Bonferroni", "P.Holm", "P.maxT", "P.minP", "P.mod.Bonferroni"), "FWER"),
    **dict.fromkeys(("adj.P.Val", "adj.P.mod", "adj.P.BY", "q.Value"), "FDR"),
}
"""Column of the differential table → what is counted of it."""

_AVERAGED = ("seconds", "floored", "testable", "tested", "named estimate", "said to beat the floor")

Generator = np.random.Generator


class Drawn(NamedTuple):
    """A cohort as it is written to files.

    Attributes:
        values: Samples × genes, in the unit of the file.
        sheet: One row a sample: class, and patient where there is one.
        different: Whether the classes differ in a gene, shape (genes,).
    """

    values: npt.NDArray[np.float64]
    sheet: pd.DataFrame
    different: npt.NDArray[np.bool_]


class Figures(NamedTuple):
    """What came of one cohort.

    Attributes:
        tests: Index column of the differential table; columns null and false (null genes tested and found), different
            and true (genes that differ, and those found).
        models: One row per model and features: estimate, outside (whether its interval lies off 0.5).
        run: How the cohort was taken, and what the report claims.
    """

    tests: pd.DataFrame
    models: pd.DataFrame
    run: dict[str, object]


def spreads(rng: Generator, genes: int) -> npt.NDArray[np.float64]:
    """Standard deviations of genes, whose variances are inverse chi-square: 4 degrees of freedom, scale 0.25."""
    return np.sqrt(4 * 0.25 / rng.chisquare(4, genes))


def sheet_of(size: int) -> pd.DataFrame:
    return pd.DataFrame({"class": np.repeat(["a", "b"], size)})


def independent(rng: Generator, size: int) -> Drawn:
    """Log2 values around 8, `size` samples of each class."""
    values = 8 + spreads(rng, GENES) * rng.normal(size=(2 * size, GENES))
    return Drawn(values, sheet_of(size), np.zeros(GENES, dtype=bool))


def differing(genes: int, effect: float) -> npt.NDArray[np.bool_]:
    """Every tenth gene, or none where there is no effect."""
    return (np.arange(genes) % 10 == 0) & (effect != 0)


def intensities(rng: Generator, location: float, genes: int = GENES, effect: float = 0) -> Drawn:
    """Lognormal signals on arrays of unequal brightness, and a normal background that lets many values be negative.

    Args:
        rng: Of the cohort.
        location: Mean of the log2 signals, whose standard deviation over the genes is 2.
        genes: Their number.
        effect: Difference of the classes in every tenth gene, up and down in turn, in log2 units.
    """
    samples, sheet, different = 2 * SIZE, sheet_of(SIZE), differing(genes, effect)
    brightness = rng.normal(0, 0.4, size=(samples, 1))
    logs = rng.normal(location, 2, genes) + spreads(rng, genes) * rng.normal(size=(samples, genes)) + brightness
    logs[sheet["class"] == "b"] += effect * different * np.where(np.arange(genes) % 20 == 0, 1, -1)
    values = np.exp2(np.minimum(logs, 16)) + rng.normal(20, 40, size=(samples, genes))
    return Drawn(values, sheet, different)


def repeated(rng: Generator, *, paired: bool, effect: float = 0) -> Drawn:
    """Two samples of each of 20 patients, who account for 70 % of the variance.

    Args:
        rng: Of the cohort.
        paired: Whether a patient has a sample of each class, or both of one.
        effect: Difference of the classes in every tenth gene, in its standard deviation.
    """
    patients = np.tile(np.arange(SIZE), 2) if paired else np.repeat(np.arange(SIZE), 2)
    own, noise = rng.normal(size=(SIZE, GENES)), rng.normal(size=(2 * SIZE, GENES))
    sheet = sheet_of(SIZE).assign(patient=[f"P{patient + 1:02d}" for patient in patients])
    different = differing(GENES, effect)
    shift = effect * different * (sheet["class"] == "b").to_numpy()[:, None]
    values = 8 + spreads(rng, GENES) * (np.sqrt(0.7) * own[patients] + np.sqrt(0.3) * noise + shift)
    return Drawn(values, sheet, different)


def reads(rng: Generator, size: int, depth: float = 1, effect: float = 0, alike: float = 1) -> Drawn:
    """Negative binomial counts of `COUNTED` genes, whose dispersion falls with their mean as in tissue of patients.

    Args:
        rng: Of the cohort.
        size: Samples of each class.
        depth: Sequencing depth of the second class over that of the first.
        effect: Difference of the classes in every tenth gene, up and down in turn, in log2 units.
        alike: Factor of the dispersion; 0.1 for samples that are as alike as those of a cell line.
    """
    sheet, different = sheet_of(size), differing(COUNTED, effect)
    second = (sheet["class"] == "b").to_numpy()
    logs = np.tile(rng.normal(5, 2.5, COUNTED), (2 * size, 1))
    logs[second] += effect * different * np.where(np.arange(COUNTED) % 20 == 0, 1, -1)
    sizes = rng.uniform(0.7, 1.4, 2 * size) * np.where(second, depth, 1.0)
    mean = np.exp2(logs) * sizes[:, None]
    dispersion = alike * (0.1 + 1 / np.exp2(logs[0])) * 10 / rng.chisquare(10, COUNTED)
    return Drawn(rng.poisson(rng.gamma(1 / dispersion, dispersion * mean)).astype(float), sheet, different)


class Scenario(NamedTuple):
    """A kind of cohort.

    Attributes:
        draw: Makes one of them.
        settings: Besides `SETTINGS`.
        decimals: Of the values in the file.
        null: Whether the classes differ in no gene.
    """

    draw: Callable[[Generator], Drawn]
    settings: tuple[str, ...] = ("evaluation.folds=3",)
    decimals: int = 6
    null: bool = True


SCENARIOS = {
    "floor50": Scenario(partial(intensities, location=6.16), decimals=1),
    "floor80": Scenario(partial(intensities, location=4.1), decimals=1),
    "floor95": Scenario(partial(intensities, location=1.59, genes=2000), decimals=1),
    "floor50_effect": Scenario(partial(intensities, location=6.16, effect=3), decimals=1, null=False),
    "repeats": Scenario(partial(repeated, paired=False)),
    "pairs": Scenario(partial(repeated, paired=True)),
    "repeats_effect": Scenario(partial(repeated, paired=False, effect=1.5), null=False),
    "pairs_effect": Scenario(partial(repeated, paired=True, effect=1), null=False),
    "size3": Scenario(partial(independent, size=3), settings=()),
    "size5": Scenario(partial(independent, size=5), settings=()),
    "size10": Scenario(partial(independent, size=10), settings=()),
    "counts": Scenario(partial(reads, size=SIZE), decimals=0),
    "counts_depth2": Scenario(partial(reads, size=SIZE, depth=2), decimals=0),
    "counts_depth4": Scenario(partial(reads, size=SIZE, depth=4), decimals=0),
    "counts_alike2": Scenario(partial(reads, size=SIZE, depth=2, alike=0.1), decimals=0),
    "counts_alike4": Scenario(partial(reads, size=SIZE, depth=4, alike=0.1), decimals=0),
    "counts_size3": Scenario(partial(reads, size=3, depth=2), settings=(), decimals=0),
    "counts_size30": Scenario(partial(reads, size=30, depth=2), decimals=0),
    "counts_effect": Scenario(partial(reads, size=SIZE, depth=2, effect=1), decimals=0, null=False),
}
"""Raw intensities with 50, 80 and 95 % of values below the floor, and with genes that differ, which must not drag along
those at the floor; patients with two samples of one class, or of each, without and with genes that differ; log2 values
of 3, 5 and 10 samples a class; counts, of which one class has as many, twice or four times as many, also of samples
that are as alike as those of a cell line, whose depth is easily seen. Three folds where a class has 20 or more, for
time; else the default, which small classes bring down."""


def figures(name: str, number: int, models: int, changes: tuple[str, ...] = ()) -> Figures:
    """Draw, write, read and analyse one cohort of a scenario; only its tests, if its number is above `models`."""
    scenario = SCENARIOS[name]
    drawn = scenario.draw(np.random.default_rng((crc32(name.encode()), number)))
    genes = [f"g{gene + 1}" for gene in range(drawn.values.shape[1])]
    samples = [f"S{sample + 1:02d}" for sample in range(len(drawn.values))]
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        matrix, sheet = Path(folder, "x.tsv"), Path(folder, "s.tsv")
        pd.DataFrame(drawn.values.T, genes, samples).to_csv(
            matrix, sep="\t", index_label="gene", float_format=f"%.{scenario.decimals}f"
        )
        drawn.sheet.set_axis(samples).to_csv(sheet, sep="\t", index_label="sample")
        named = {"cohort": {"expression": matrix, "labels": sheet, "label_column": "class"}}
        assignments = (*SETTINGS, *scenario.settings, f"seed={number}", *changes)
        try:
            settings = resolve(environment={}, assignments=assignments, overrides=named)
            cohort = read_cohort(settings)
            found = analyse(cohort, settings, jobs=1) if number <= models else tested(cohort, settings)
        except GenereportError as error:
            return Figures(pd.DataFrame(), pd.DataFrame(), {"refused": error.code})
    run = {"seconds": time.process_time() - start}
    truly = {gene for gene, differs in zip(genes, drawn.different, strict=True) if differs}
    if not isinstance(found, Analysis):
        return Figures(_of_tests(found, truly), pd.DataFrame(), {})
    return Figures(_of_tests(found.differential, truly), _of_models(found), run | _of_run(found))


def tested(cohort: Cohort, settings: Settings) -> Differential:
    """The comparison of the classes alone, as `analyse` makes it."""
    prepared, steps = PreprocessingStage(settings.preprocess).run(cohort)
    stage = DifferentialStage(settings, counts=cohort.scale.name == "counts")
    upstream = Upstream((steps, unscaled(cohort, steps)))
    return stage.run(prepared, upstream, stage_rng(settings.seed, "differential"))


def _of_tests(found: Differential | Skipped, truly: set[str]) -> pd.DataFrame:
    if not isinstance(found, Differential):
        return pd.DataFrame()
    table = found.table
    differs = table.index.isin(list(truly))
    columns = [column for column in RATES if column in table]
    known, small = table[columns].notna(), table[columns] < LEVEL
    counts = {"null": known[~differs].sum(), "false": small[~differs].sum(), "true": small[differs].sum()}
    return pd.DataFrame(counts).assign(different=len(truly))


def _of_models(found: Analysis) -> pd.DataFrame:
    if not isinstance(found.models, Models):
        return pd.DataFrame()
    table = found.models.metrics.query("set == 'cv' and metric == 'balanced_accuracy'")
    table = table.set_index(["model", "features"])
    outside = (table["ci_low"] > 0.5) | (table["ci_high"] < 0.5)
    return pd.DataFrame({"estimate": table["estimate"], "outside": outside})


def _of_run(found: Analysis) -> dict[str, object]:
    models, tests = found.models, found.differential
    told: dict[str, object] = {
        "scale": found.preprocessing.scale,
        "floored": found.preprocessing.floored,
        "testable": found.preprocessing.testable,
    }
    if isinstance(tests, Differential):
        told |= {"tested": tests.tested, "method": tests.method}
    if not isinstance(models, Models):
        return told | {"skipped": models.skipped}
    return told | {
        "folds": models.folds,
        "grouped by": models.grouped_by or "nothing",
        "named estimate": models.named.estimate,
        "said to beat the floor": models.named.beats_floor,
    }


def rates(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The table of tests over the cohorts of a scenario."""
    cohorts = pd.concat(parts)
    rows = {column: _rate(column, cohorts.loc[[column]]) for column in RATES if column in cohorts.index}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("column")


def _rate(column: str, counts: pd.DataFrame) -> dict[str, object]:
    kind, size = RATES[column], len(counts)
    false, tested = counts["false"], int(counts["null"].sum())
    each = {
        "p < 0.05": false / counts["null"].clip(lower=1),
        "FWER": (false > 0).astype(float),
        "FDR": false / (false + counts["true"]).clip(lower=1),
    }[kind]
    figure, trials = (false.sum() / max(tested, 1), tested) if kind == "p < 0.05" else (each.mean(), size)
    if not trials:
        return {"counts": kind, "cohorts": size}
    binary = kind != "FDR" or not counts["different"].any()
    low, high = binom.ppf([0.005, 0.995], trials, LEVEL) / trials if binary else (np.nan, np.nan)
    error = each.std() / np.sqrt(size)
    chance = low <= figure <= high or abs(figure - LEVEL) <= 2.58 * error
    power = counts["true"].sum() / counts["different"].sum() if counts["different"].any() else np.nan
    verdict = "ok" if chance else "liberal" if figure > LEVEL else "conservative"
    limits = {"figure": figure, "error": error, "low": low, "high": high}
    return {"counts": kind, "cohorts": size, **limits, "power": power, "verdict": verdict}


def accuracies(parts: list[pd.DataFrame], *, null: bool) -> pd.DataFrame:
    """The table of models over the cohorts of a scenario; without a verdict if there is something to learn."""
    grouped = pd.concat(parts).groupby(level=["model", "features"], sort=False)
    estimate = grouped["estimate"]
    mean, error = estimate.mean(), estimate.std() / np.sqrt(estimate.size())
    distance = ((mean - 0.5) / error).fillna(0)
    verdict = np.where(distance.abs() > 3, "off", "ok") if null else ""
    return pd.DataFrame(
        {
            "cohorts": estimate.size(),
            "mean": mean,
            "error": error,
            "from 0.5": distance,
            "interval off 0.5": grouped["outside"].mean(),
            "verdict": verdict,
        }
    )


def summary(runs: pd.DataFrame) -> Iterator[str]:
    """How the cohorts of a scenario were taken: means of numbers, counts of words."""
    for name, column in runs.items():
        known = column.dropna()
        if name in _AVERAGED:
            yield f"{name}: {known.astype(float).mean():.3g}, the mean of {len(known)}"
        else:
            yield f"{name}: " + ", ".join(f"{word} ({times})" for word, times in Counter(known).most_common())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohorts", type=int, default=200, help="of each scenario")
    parser.add_argument("--models", type=int, help="how many of them go through the models as well; default: all")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scenario", choices=list(SCENARIOS), action="append", help="one of them, may be repeated")
    parser.add_argument("--set", action="append", default=[], help="a setting, such as preprocess.thin=none")
    parser.add_argument("--out", type=Path, help="TSV file for the tables")
    options = parser.parse_args()
    print(f"{options.cohorts} cohorts of each scenario; {' '.join(SETTINGS)}")
    tables = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for name in options.scenario or SCENARIOS:
            start = time.monotonic()
            models = options.cohorts if options.models is None else options.models
            found = list(
                pool.map(
                    figures, repeat(name), range(1, options.cohorts + 1), repeat(models), repeat(tuple(options.set))
                )
            )
            print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
            print(f"\n== {name}", *summary(pd.DataFrame([each.run for each in found])), sep="\n")
            tests = [each.tests for each in found if len(each.tests)]
            models = [each.models for each in found if len(each.models)]
            shown = [rates(tests)] if tests else []
            shown += [accuracies(models, null=SCENARIOS[name].null)] if models else []
            for table in shown:
                print(table.round(4).to_string(), flush=True)
                tables.append(table.reset_index().assign(scenario=name))
    if options.out and tables:
        pd.concat(tables).set_index("scenario").to_csv(options.out, sep="\t")


if __name__ == "__main__":
    main()
