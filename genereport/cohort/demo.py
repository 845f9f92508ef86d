"""The simulated cohort as files in Golub's layout, with a study file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from genereport.cohort.model import Cohort
from genereport.cohort.simulate import Plan, is_simulated, simulated_cohort
from genereport.errors import OutputError
from genereport.settings.template import study_text

_MATRICES = {"train": "data_set_ALL_AML_train.csv", "test": "data_set_ALL_AML_independent.csv"}

_STUDY = {
    "seed": 1999,
    "cohort.study": ".",
    "evaluation.effort": "standard",
    "report.title": "AML against ALL in a simulated leukaemia cohort",
}

_README = """\
This cohort is SIMULATED by genereport; no patient is behind any number.

It has the layout of Golub's 1999 leukaemia study: two matrices with interleaved 'call' columns and patients in mixed
order, actual.csv with the class of each patient, and samples.tsv with covariates. Probes called SIM..._at are invented.
The other probes are those of genereport's marker list, and the simulated signal was added to them.
"""


def write_demo(folder: Path | str, seed: int = 1999, plan: Plan | None = None) -> list[Path]:
    """Write the simulated cohort.

    Args:
        folder: Output folder; created if it does not exist.
        seed: Seed of the simulation.
        plan: Sizes and effects; by default the size of Golub's study.

    Returns:
        The files that were written.

    Raises:
        OutputError: GR401 one of the files exists already, GR402 the folder cannot be written.
        ValueError: if the plan has so few invented probes that a reader would not recognise the cohort as simulated.

    Example:
        >>> files = write_demo("demo", plan=Plan(genes=500))
        >>> [path.name for path in files if path.suffix == ".csv"]
        ['data_set_ALL_AML_train.csv', 'data_set_ALL_AML_independent.csv', 'actual.csv']
    """
    folder = Path(folder)
    cohort = simulated_cohort(seed, plan)
    if not is_simulated(cohort.genes.index):
        raise ValueError(f"Of {len(cohort.genes)} genes too few are invented for the files to be known as simulated.")
    texts = {
        **{name: _matrix(cohort, which, seed) for which, name in _MATRICES.items()},
        "actual.csv": cohort.samples["class"].rename("cancer").rename_axis("patient").to_csv(lineterminator="\n"),
        "samples.tsv": _sheet(cohort),
        "study.toml": study_text(_STUDY),
        "README.txt": _README,
    }
    paths = [folder / name for name in texts]
    present = [path.name for path in paths if os.path.lexists(path)]
    if present:
        raise OutputError(
            "GR401",
            f"The folder already holds files of the same names ({', '.join(present)}).",
            "Choose another folder.",
            str(folder),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(paths, texts.values(), strict=True):
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            "GR402", f"The demo cannot be written ({error.strerror}).", "Choose another folder.", str(folder)
        ) from error
    return paths


def _matrix(cohort: Cohort, which: str, seed: int) -> str:
    """Return one set in Golub's layout: genes in rows, samples in shuffled order, each followed by its call."""
    part = cohort.expression[cohort.samples["set"] == which]
    order = np.random.default_rng([seed, len(part)]).permutation(len(part))
    values = part.iloc[order].to_numpy().astype(int).T
    columns = {"Gene Description": cohort.genes["description"], "Gene Accession Number": cohort.genes.index}
    head = pd.DataFrame(columns, index=cohort.genes.index)
    calls = np.select([values >= 200, values >= 80], ["P", "M"], "A")
    body = np.empty((len(values), 2 * values.shape[1]), dtype=object)
    body[:, ::2], body[:, 1::2] = values, calls
    table = pd.concat([head, pd.DataFrame(body, index=head.index)], axis=1)
    names = [name for sample in part.index[order] for name in (sample, "call")]
    return table.to_csv(index=False, header=[*head.columns, *names], lineterminator="\n")


def _sheet(cohort: Cohort) -> str:
    sheet = cohort.samples.rename(columns={"class": "cancer"}).rename_axis("patient")
    return sheet[["cancer", "subtype", "tissue", "centre", "sex", "set"]].to_csv(sep="\t", lineterminator="\n")
