"""Every number in the caption, the legend, the axis labels and the alternative text of a figure is what it shows.

The numbers are recomputed from what is plotted, or from the tables of the data folder (`number_rules`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.instability.result import PredictionInstability
from genereport.analyses.models.interactive import precision_recall, roc, roc_test
from genereport.analysis import Analysis
from genereport.names import MODEL_NAMES
from genereport.report.document import Figure
from tests import analyses
from tests.unit.report import synthetic
from tests.unit.report.number_rules import RULES, Picture

NUMBER = re.compile(r"(?<![\w.\-:/])[−-]?\d[\d,]*(?:\.\d+)?(?:\s×\s10[⁻⁰¹²³⁴-⁹]+|(?![\w:]))")
"""A number that is no part of a name such as PC1, log2 or g007."""

PLAIN = str.maketrans({"−": "-", ",": "", "⁻": "-", **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))})


def _all(_: str) -> bool:
    return True


SYNTHETIC = ("trend", "permutation", "instability", "roc", "precision-recall")

REPORTS: dict[str, tuple[Callable[[], Analysis], Callable[[str], bool]]] = {
    "two classes": (analyses.two_class, _all),
    "four classes": (analyses.four_class, _all),
    "counts": (analyses.counts, _all),
    "DESeq2": (analyses.deseq2, lambda name: name == "dispersions"),
    "earlier runs": (lambda: earlier_runs(), lambda name: name in SYNTHETIC),
}
"""Reports that have all figures, and which of their figures are read here."""


@cache
def earlier_runs() -> Analysis:
    """Ten repeats, permuted labels, bootstrap models and five earlier runs; its genes have names that hold numbers."""
    return synthetic.with_trend(synthetic.two_class()).with_results(instability=bootstrapped())


def bootstrapped() -> PredictionInstability:
    """Predictions for twelve samples by twenty bootstrap models."""
    rng = np.random.default_rng(12)
    names, original = [f"s{number}" for number in range(12)], rng.uniform(0.1, 0.9, 12)
    found = np.clip(original + rng.normal(0, 0.1, (20, 12)), 0, 1)
    columns = {"original": original, "median": np.median(found, axis=0), "mape": np.abs(found - original).mean(axis=0)}
    columns |= dict(zip(("low", "high"), np.quantile(found, [0.025, 0.975], axis=0), strict=True))
    samples = pd.DataFrame(columns, index=pd.Index(names, name="sample")).assign(changed=0.1)
    samples.insert(0, "class", ["ALL", "AML"] * 6)
    drawn = {"sample": names * 20, "probability": found.ravel()}
    models = pd.DataFrame(drawn, index=pd.Index(np.repeat(np.arange(20), 12), name="model"))
    mape = float(samples["mape"].mean())
    samples = samples.sort_values("mape", ascending=False, kind="stable")
    return PredictionInstability(
        "svm_rbf", "all", ("ALL", "AML"), 20, "AML", "", samples, mape, 0.9 * mape, 1.1 * mape, 0.1, models
    )


@cache
def pictures(report: str) -> dict[str, Picture]:
    make, wanted = REPORTS[report]
    nodes = [block for block in analyses.composed(make).walk() if isinstance(block, Figure)]
    found = [Picture(make(), node) for node in nodes]
    return {shown.name: shown for shown in found if wanted(shown.name)}


def agrees(token: str, value: float) -> bool:
    """Whether a printed number is the value, to the digits that it has."""
    mantissa, _, power = re.sub(r"\s", "", token).translate(PLAIN).partition("×10")
    scale = 10.0 ** int(power or 0)
    half = 0.5 * scale * 10.0 ** -len(mantissa.partition(".")[2])
    return math.isclose(float(mantissa) * scale, value, rel_tol=1e-9, abs_tol=half * (1 + 1e-6))


def unexplained(text: str, told: Iterable[float | str]) -> str:
    """What is wrong with the numbers of a text; empty if they are those that are expected, in their order."""
    told = list(told)
    for name in sorted(
        {*(each for each in told if isinstance(each, str)), *MODEL_NAMES.values()}, key=len, reverse=True
    ):
        text = text.replace(name, "")
    expected = [float(each) for each in told if not isinstance(each, str)]
    expected = [each for each in expected if not math.isnan(each)]
    tokens = NUMBER.findall(text)
    wrong = [
        f"{token} is not {value:g}" for token, value in zip(tokens, expected, strict=False) if not agrees(token, value)
    ]
    if len(tokens) != len(expected):
        wrong.append(f"{len(tokens)} numbers {tokens}, {len(expected)} expected {[f'{each:g}' for each in expected]}")
    return "; ".join(wrong)


@pytest.mark.parametrize("report", REPORTS)
def test_every_figure_has_a_rule(report: str) -> None:
    without = [name for name, shown in pictures(report).items() if name not in RULES]
    assert not without, f"Figures without a line in number_rules.RULES: {', '.join(without)}"


@pytest.mark.parametrize("report", REPORTS)
def test_every_number_in_the_texts_of_a_figure_is_what_it_shows(report: str) -> None:
    wrong = []
    for name, shown in pictures(report).items():
        for kind, text in shown.texts.items():
            rule = RULES.get(name, {}).get(kind)
            if problem := unexplained(text, rule(shown) if rule else ()):
                wrong.append(f"{name}, {kind}: {problem}\n    {text}")
    assert not wrong, "\n".join(wrong)


def test_every_rule_is_for_a_figure() -> None:
    assert set(RULES) == {name for report in REPORTS for name in pictures(report)}


@pytest.mark.parametrize("report", ["two classes", "four classes", "earlier runs"])
def test_the_interactive_curves_are_named_with_their_own_areas(report: str) -> None:
    models = REPORTS[report][0]().models
    for made in (roc(models), roc_test(models), precision_recall(models)):
        for trace in made.data["traces"]:
            x, y = (np.array(side) for side in trace["points"])
            area = float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))
            assert agrees(re.findall(r"\d\.\d+", trace["name"])[-1], area), trace["name"]


def test_a_wrong_number_is_found() -> None:
    assert not unexplained("AUC 0.96 of PC1, 12 of 1,234 genes", [0.9601, 12, 1234])
    assert "0.96 is not 1" in unexplained("AUC 0.96", [1.0])
    assert "2 numbers" in unexplained("AUC 0.96 (7)", [0.96])
    assert not unexplained("that of 59 (p = 2.1 × 10⁻⁷, −0.5)", ["59", 2.14e-7, -0.53])
