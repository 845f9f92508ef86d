"""Small cohorts made on the spot."""

from __future__ import annotations

import numpy as np
import pandas as pd

from genereport.cohort.model import Cohort, Scale, ScaleName
from genereport.settings import Settings, resolve


def make_cohort(
    train: tuple[int, ...] = (14, 10),
    test: tuple[int, ...] = (),
    genes: int = 60,
    informative: int = 8,
    effect: float = 2.0,
    seed: int = 0,
    scale: ScaleName = "log2",
) -> Cohort:
    """Normal log2 values; the first genes are higher in each later class, by `effect` standard deviations a class."""
    rng = np.random.default_rng(seed)
    test = test or (0,) * len(train)
    codes = np.concatenate([np.repeat(np.arange(len(sizes)), sizes) for sizes in (train, test)])
    sets = np.repeat(["train", "test"], [sum(train), sum(test)])
    values = rng.normal(8, 1, size=(len(codes), genes))
    values[:, :informative] += effect * codes[:, None]
    samples = pd.Index([f"s{number:02d}" for number in range(len(codes))], name="sample")
    ids = pd.Index([f"g{number:03d}" for number in range(genes)], name="gene")
    classes = tuple("ABCDEF"[: len(train)])
    labels = pd.DataFrame({"class": np.array(classes)[codes], "set": sets}, index=samples)
    described = pd.DataFrame({"symbol": "", "description": "", "control": False}, index=ids)
    return Cohort(pd.DataFrame(values, samples, ids), labels, described, classes, Scale(scale, "made on the spot"))


def settings_of(*assignments: str) -> Settings:
    """The default settings with these changes, such as ``models.trees=10``."""
    return resolve(environment={}, assignments=assignments)
