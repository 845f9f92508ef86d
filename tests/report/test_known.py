"""Words and table on marker classes and gene sets follow the numbers."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from genereport.analyses.enrichment.result import Enrichment
from genereport.analysis import Analysis
from genereport.report.composition import compose
from genereport.report.document import Document, Section, Table, inlines
from tests.analyses import two_class


def known(analysis: Analysis) -> Enrichment:
    assert isinstance(analysis.enrichment, Enrichment)
    return analysis.enrichment


def section(document: Document) -> Section:
    return next(part for part in document.sections if part.id == "sec-known")


def text(part: Section) -> str:
    found = [inline for block in part.blocks for inline in inlines(block)]
    return "".join(inline if isinstance(inline, str) else getattr(inline, "text", "") for inline in found)


def told(sets: pd.DataFrame) -> str:
    analysis = two_class()
    fresh = sets[sets["circular"] != "yes"]
    over, shifted = (int((fresh[name] < 0.05).sum()) for name in ("adj.P.hyper", "adj.P.rank"))
    changed = replace(known(analysis), sets=sets, over=over, shifted=shifted)
    return text(section(compose(replace(analysis, simulated=False, enrichment=changed))))


def test_a_simulated_cohort_can_tell_nothing_new() -> None:
    words = text(section(compose(two_class())))
    assert "none can tell anything new" in words
    assert "signal was planted in genes of" in words


def test_what_stands_out_is_named_and_circular_sets_are_not() -> None:
    sets = known(two_class()).sets.copy()
    sets["circular"] = ["yes", *["no"] * (len(sets) - 1)]
    sets["adj.P.hyper"], sets["adj.P.rank"] = 0.001, 0.5
    words = told(sets)
    assert f"(adjusted p < 0.05): {' and '.join(sets.index[1:])}." in words
    assert "Shifted in the ranking of all genes: none." in words
    assert f"{sets.index[0]} was found on this very cohort" in words


def test_nothing_standing_out_is_said() -> None:
    words = told(known(two_class()).sets.assign(**{"adj.P.hyper": 0.6, "adj.P.rank": 0.5, "circular": "no"}))
    assert "no set that is independent of this cohort stands out" in words
    assert "very cohort" not in words


def test_sets_without_listed_signs_have_dashes_and_an_endless_ratio_its_sign() -> None:
    sets = known(two_class()).sets.assign(directed=0, odds_ratio=float("inf"))
    analysis = two_class()
    part = section(compose(analysis.with_results(enrichment=replace(known(analysis), sets=sets))))
    table = next(block for block in part.blocks if isinstance(block, Table))
    heads = [column.head for column in table.columns]
    assert not {"Agree", "of"} & set(heads)
    assert {row[heads.index("Odds ratio")].text for row in table.rows} == {"∞"}  # type: ignore[union-attr]
