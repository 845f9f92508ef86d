"""Every number of the report leads back to the results, and says what stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import cache, partial
from typing import Any

import pandas as pd
import pytest

from genereport.analyses import stored_analyses
from genereport.analyses.differential.result import Term
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.errors import Finding
from genereport.report.composition import compose
from genereport.report.document import Document, Value, inlines
from genereport.report.value_ids import agrees, resolve
from tests import analyses
from tests.unit.report import synthetic

ALLOWED = (
    r"log2|Log2|base-2|F1|L1|L2",  # names
    r"p-value: 0 ‘\*\*\*’ 0\.001 ‘\*\*’ 0\.01 ‘\*’ 0\.05 ‘\.’ 0\.1 ‘ ’ 1\.",
    r"5 % to 95 %|95 % of the values",  # which quantiles are drawn or kept
    r"The \d+ samples with|more than 1\.5 interquartile ranges",
    r"[Tt]he \d+ genes with|Of the first \d+ genes of the signature",  # how many rows are shown
    # constants of the methods
    r"π0|\(C = 1\)|\(constant 60\)|fewer than 50 values|C = 0\.1, 1 and 10|penalties of 0 and 0\.01",
    r"times 1\.4826|at least 90 % of the training arrays|gap of at most 10⁻⁸ of",
    r"fewer than 20 such genes|in 3 rounds|the 50 % of the candidates|more than 3 median absolute deviations",
    r"its first 10 samples count in full, and the others by 70 %",
    r"\(1: well separated; 0: overlapping; negative: mixed\)",
    r"value for random sets is 0; it is 1 if the same genes|smaller loss on 20 % of the training part",
    r"at least 15 counts|limit is 10 counts|with 2 counts added|factor below 1|defaults: 10 counts|and 15 in all",
    r"10⁶ \(c \+ a\) / \(L \+ 2a\)\) with a = 2 L|10⁶ \(c \+ 0\.5\) / \(L \+ 1\)|span of 0\.5|trimmed by 15 %",
    r"the first 20 samples",
    r"values from 0 to the largest distance|γ = 1 / \(number × variance of the values\)",
    r"Σ \(\(z − centroid\) / within SD\)² / 2, summed|is 1 / \(1 \+ exp\(−score\)\)",
    r"of the first 50: likewise of the 50 genes",
    r"DESeq2|the 0\.99 quantile of the F",
)
"""What may hold digits without being a number of the analysis."""

Made = Callable[[], Analysis]


def _without(stage: str) -> Analysis:
    return synthetic.two_class().with_results(**{stage: Skipped(f"There are fewer than 7 {stage} here.")})


def _tests(**changes: Any) -> Analysis:
    made = synthetic.two_class()
    return made.with_results(differential=replace(made.differential, **changes))  # type: ignore[type-var]


def _settings(section: str, **changes: Any) -> Analysis:
    made = synthetic.two_class()
    return replace(made, settings=made.settings | {section: made.settings[section] | changes})


def _rare() -> Analysis:
    """What a usual cohort does not have: own models, groups, limits that are not estimable, every kind of finding."""
    made = _settings(
        "models", hidden=[8], patience=5, dropout=0.25, weight_decay=1e-5, epochs=1, class_weight="balanced"
    )
    quality, models, trust = made.quality, made.models, made.trust
    found = tuple(
        Finding(code, "warning", "x", f"{code} was met 3 times.") for code in ("GR304", "GR307", "GR308", "GR310")
    )
    named = replace(models.named, beats_floor=False, width=float("nan"))  # type: ignore[union-attr]
    differences = replace(models.differences, folds=1, labels=1, areas=2, clear_effects=1)  # type: ignore[union-attr]
    return made.with_results(
        planned_contrasts=synthetic.planned_contrasts(),
        quality=replace(
            quality, findings=found, missing=1, missingness=replace(quality.missingness, gaps=9, genes=4, p=0.002)
        ),
        models=replace(  # type: ignore[type-var]
            models, named=named, differences=differences, repeats=1, grouped_by="{patient 7}", named_errors=1
        ),
        trust=replace(  # type: ignore[type-var]
            trust,
            stability_low=float("nan"),
            stability_high=float("nan"),
            hard=trust.hard.head(0),
            missed=0,  # type: ignore[union-attr]
        ),
        preprocessing=replace(made.preprocessing, missing=1, several=2, collapse="median"),
    )


def _markers_told_nothing() -> Analysis:
    made = synthetic.two_class()
    return made.with_results(biomarkers=replace(made.biomarkers, measured=0))  # type: ignore[type-var]


def _many_sets() -> Analysis:
    """Seven sets that stand out, with names that hold digits."""
    made = analyses.two_class()
    sets = pd.concat([made.enrichment.sets.head(1)] * 7)  # type: ignore[union-attr]
    sets.index = pd.Index([f"SET_{number}" for number in range(7)], name="set")
    sets = sets.assign(
        origin="sets.gmt", circular="no", **{"adj.P.hyper": 0.001, "adj.P.rank": [0.001] * 3 + [0.5] * 4}
    )
    known = replace(made.enrichment, sets=sets, tested=7, over=7, shifted=3, left_out=1)  # type: ignore[type-var]
    return made.with_results(enrichment=known)


ANALYSES: dict[str, Made] = {
    "two classes": synthetic.two_class,
    "no independent set": synthetic.without_independent_set,
    "four classes": synthetic.four_class,
    **{f"without {stage}": partial(_without, stage) for stage in ("components", "selection", "biomarkers", "trust")},
    "AMA": partial(_settings, "report", p_values="AMA"),
    "own markers": partial(_settings, "biomarkers", file="markers of 2024.tsv"),
    "covariates": partial(
        _tests,
        covariates=("age 7", "{y}"),
        terms=(Term("age 7", "number", 0, 1), Term("{y}", "factor", 3, 2), Term("log(2)", "transformation", 0, 1)),
        design="~ class + age",
        method="linear model t",
    ),
    "one gene": partial(_tests, bonferroni=1, up=0),
    "no permutations": partial(_tests, permutations=Skipped("Fewer than 3 samples.")),
    "rare": _rare,
    "earlier runs": lambda: synthetic.with_trend(synthetic.two_class()),
    "markers not measured": _markers_told_nothing,
    "many sets": _many_sets,
    "whole": analyses.two_class,
    "whole, paired": analyses.paired,
    "whole, nasty": analyses.nasty,
    "whole, four classes": analyses.four_class,
    "whole, counts": analyses.counts,
    "counts, DESeq2": analyses.deseq2,
}


@cache
def made(name: str) -> tuple[dict[str, Any], Document]:
    """The results as JSON, and the document; nothing is drawn."""
    analysis = ANALYSES[name]()
    return json.loads(analysis.to_json()), compose(analysis)


def texts(document: Document) -> Iterator[str]:
    """All plain text, but for the checklists: what they count is their own items."""
    own = replace(document, sections=tuple(s for s in document.sections if s.id != "sec-checklists"))
    for block in own.walk():
        yield from (part for part in inlines(block) if isinstance(part, str))


@pytest.mark.parametrize("name", ANALYSES)
def test_no_number_is_printed_that_cannot_be_traced(name: str) -> None:
    loose = [text for text in texts(made(name)[1]) if re.search(r"\d", re.sub("|".join(ALLOWED), "", text))]
    assert not loose, "\n".join(loose)


@pytest.mark.parametrize("name", ANALYSES)
def test_every_number_says_what_stands_under_its_id(name: str) -> None:
    content, document = made(name)
    values = [part for block in document.walk() for part in inlines(block) if isinstance(part, Value)]
    assert len(values) > 500
    for value in values:
        found = resolve(content, value.id)
        assert agrees(value.text, found), (value, found)


def test_what_is_allowed_is_printed_somewhere() -> None:
    printed = "\n".join(text for name in ANALYSES for text in texts(made(name)[1]))
    for pattern in (part for line in ALLOWED for part in line.split("|")):
        assert re.search(pattern, printed, re.MULTILINE), pattern


def test_the_style_of_p_values_reaches_every_one() -> None:
    document = made("AMA")[1]
    values = [part for block in document.walk() for part in inlines(block) if isinstance(part, Value)]
    p_values = [part.text for part in values if re.search(r"\]\.(adj\.)?P\.|[\].]p$", part.id)]
    assert len(p_values) > 100
    assert not [text for text in p_values if text.startswith("0") or "e" in text]
    assert any(text == "<.001" for text in p_values)
    assert "P " in "".join(texts(document))


def test_every_stage_of_the_analysis_is_quoted() -> None:
    quoted = {part.id.split(".")[0].split("[")[0] for name in ANALYSES for block in made(name)[1].walk()
              for part in inlines(block) if isinstance(part, Value)}  # fmt: skip
    assert ({field.name for field in fields(Analysis)} | {spec.name for spec in stored_analyses()}) - quoted == {
        "title",
        "simulated",
        "results",
        "schema_version",
    }
