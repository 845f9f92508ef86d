"""Reading what the R scripts of tests/reference wrote."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import formulaic
import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parents[2] / "reference"
DESIGNS = {
    "two": ("spread", "~ two", "two"),
    "three": ("spread", "~ C(three)", None),
    "covariate": ("spread", "~ two + centre + age", "two"),
    "blocked": ("spread", "~ paired + C(patient)", "paired"),
    "endless": ("equal", "~ C(three)", None),
    "gaps": ("gaps", "~ two", "two"),
    "trend": ("spread", "~ two", "two"),
    "trend endless": ("equal", "~ C(three)", "C(three)[T.1]"),
    "robust": ("outlying", "~ two", "two"),
    "robust gaps": ("gaps", "~ two", "two"),
    "robust endless": ("equal", "~ C(three)", "C(three)[T.1]"),
    "robust spread": ("spread", "~ two", "two"),
}
"""Case of linear.R → matrix, design, the coefficient tested; None: all pairs of three groups."""
NEARLY_CONSTANT = 121
"""Column of gene 122 in the input of reference.R."""
ALL_PAIRS = np.array([[0.0, 0, 0], [1, 0, -1], [0, 1, 1]])


@cache
def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / f"{name}.csv")


def genes_of(expression: pd.DataFrame) -> np.ndarray:
    """Samples × genes of the input of reference.R."""
    return expression.filter(regex="^g").to_numpy()


def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Twelve samples of nine genes in two groups, a few values missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(8, rng.uniform(0.5, 3, size=9), size=(12, 9))
    x[rng.random(x.shape) < 0.05] = np.nan
    return x, np.arange(12) % 2


def values(matrix: str) -> np.ndarray:
    """One of the matrices of linear.R, samples × genes."""
    part = reference("linear_input").query("matrix == @matrix")
    return part.filter(regex=r"^g\d+$").to_numpy()


def design(formula: str, coefficient: str, rows: Iterable[int] = range(18)) -> tuple[np.ndarray, np.ndarray]:
    """Model matrix of the samples, and the contrast that is one of its coefficients."""
    frame = formulaic.model_matrix(formula, reference("linear_input").iloc[list(rows)])
    return frame.to_numpy(float), (frame.columns == coefficient).astype(float)[:, None]


def linear_case(case: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    matrix, formula, coefficient = DESIGNS[case]
    model, contrast = design(formula, coefficient or "")
    return values(matrix), model, contrast if coefficient else ALL_PAIRS


def close(found: object, expected: object, rtol: float = 1e-10, atol: float = 1e-12) -> None:
    """Equal to 1e-10 relative; what is nearly 0 for the cancellation of values near 8, to 1e-12."""
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=rtol, atol=atol)


def golub(cohort: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Samples × probes of the training set, floor 100, cap 16,000, log2; and whether each is AML."""
    table = pd.read_csv(cohort / "data_set_ALL_AML_train.csv", index_col="Gene Accession Number")
    values = table.loc[:, table.columns.str.fullmatch(r"\d+")].T
    cancer = pd.read_csv(cohort / "actual.csv", index_col="patient")["cancer"].loc[values.index.astype(int)]
    return np.log2(values.clip(100, 16_000)), (cancer == "AML").to_numpy().astype(int)


DEPTHS = np.array([1, 0.3, 2, 4, 0.7, 1.2, 0.5, 3, 1, 0.8, 1.5, 0.4]) * 1e5
"""Library sizes that counts.R passes."""


def counted(kind: str) -> np.ndarray:
    """One of the matrices of counts.R, samples × genes."""
    return genes_of(reference("counts_input").query("kind == @kind")).astype(float)


def counted_design(*columns: str) -> np.ndarray:
    """Model matrix of the samples of counts.R: an intercept and these columns; "three" becomes two indicators."""
    samples = reference("counts_input").query("kind == 'whole'")
    parts = [np.eye(3)[samples[name]][:, 1:] if name == "three" else samples[[name]] for name in columns]
    return np.hstack([np.ones((len(samples), 1)), *parts]).astype(float)


def voom_matrix(case: str, what: str) -> np.ndarray:
    """Values or weights of a case of counts.R, samples × genes."""
    return genes_of(reference("voom_values").query("case == @case and what == @what"))
