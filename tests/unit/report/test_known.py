"""Words and table on marker classes and gene sets follow the numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from genereport.analyses.enrichment.result import Enrichment
from genereport.analysis import Analysis
from genereport.report.composition import section_writer
from genereport.report.document import Cite, Section, Table, Value, inlines
from tests.analyses import four_class, two_class


def known(analysis: Analysis) -> Enrichment:
    assert isinstance(analysis.enrichment, Enrichment)
    return analysis.enrichment


def section(analysis: Analysis, **changes: Any) -> Section:
    """The section with changes of the result."""
    changed = replace(known(analysis), **changes)
    return section_writer(analysis.with_results(enrichment=changed)).section("enrichment")


def text(part: Section) -> str:
    found = [inline for block in part.blocks for inline in inlines(block)]
    return "".join(inline if isinstance(inline, str) else getattr(inline, "text", "") for inline in found)


def table(part: Section) -> Table:
    return next(block for block in part.blocks if isinstance(block, Table))


def cells(part: Section, head: str) -> list[str]:
    """A column of the table."""
    place = [column.head for column in table(part).columns].index(head)
    found = [row[place] for row in table(part).rows]
    return ["".join(each if isinstance(each, str) else each.text for each in getattr(c, "parts", (c,))) for c in found]  # type: ignore[union-attr]


def told(sets: pd.DataFrame) -> str:
    analysis = replace(two_class(), simulated=False)
    fresh = sets[sets["circular"] != "yes"]
    over, shifted = (int((fresh[name] < 0.05).sum()) for name in ("adj.P.hyper", "adj.P.rank"))
    return text(section(analysis, sets=sets, over=over, shifted=shifted))


def several(number: int, over: int) -> pd.DataFrame:
    """So many gene sets; so many of them are over-represented, and none is shifted."""
    sets = pd.concat([known(two_class()).sets.head(1)] * number)
    sets.index = pd.Index([f"SET_{place}" for place in range(number)], name="set")
    small = [0.001] * over + [0.5] * (number - over)
    return sets.assign(origin="sets.gmt", circular="no", **{"adj.P.hyper": small, "adj.P.rank": 0.5})


def test_a_simulated_cohort_can_tell_nothing_new() -> None:
    words = text(section(two_class()))
    assert "none of them provides independent evidence" in words
    assert "planted in this simulated cohort, so their enrichment confirms nothing" in words


def test_what_stands_out_is_named_and_circular_sets_are_not() -> None:
    sets = known(two_class()).sets.copy()
    sets["circular"] = ["yes", *["no"] * (len(sets) - 1)]
    sets["adj.P.hyper"], sets["adj.P.rank"] = 0.001, 0.5
    words = told(sets)
    assert f"(adjusted p < 0.05, without the circular ones): {' and '.join(sets.index[1:])}." in words
    assert "Sets that are shifted in the ranking of all genes: none." in words
    assert f"{sets.index[0]} was derived from this cohort itself, so its enrichment confirms nothing" in words


def test_the_names_of_what_stands_out_are_traced() -> None:
    part = section(two_class(), sets=several(3, 2), over=2)
    found = {inline.id: inline.text for block in part.blocks for inline in inlines(block) if isinstance(inline, Value)}
    assert (found["enrichment.sets[0].set"], found["enrichment.sets[1].set"]) == ("SET_0", "SET_1")
    assert found["enrichment.alpha"] == "0.05"


def test_the_rows_that_stand_out_are_as_many_as_are_counted() -> None:
    sets = known(two_class()).sets.copy()
    sets["circular"] = ["yes", *["no"] * (len(sets) - 1)]
    sets["adj.P.hyper"], sets["adj.P.rank"] = 0.001, [0.001, 0.001, *[0.5] * (len(sets) - 2)]
    changed = replace(known(two_class()), sets=sets)
    assert changed.circular_rows == (0,)
    assert changed.over_rows == tuple(range(1, len(sets)))
    assert changed.shifted_rows == (1,)
    assert not changed.all_circular
    assert known(two_class()).all_circular
    for analysis in (two_class(), four_class()):
        if isinstance(analysis.enrichment, Enrichment):
            found = analysis.enrichment
            assert (len(found.over_rows), len(found.shifted_rows)) == (found.over, found.shifted)


def test_many_that_stand_out_are_counted() -> None:
    assert "SET_0, SET_1, SET_2, SET_3 and SET_4. Sets that are shifted" in told(several(7, 5))
    assert "SET_0, SET_1, SET_2, SET_3, SET_4 and others (6 in total). Sets that are shifted" in told(several(7, 6))


def test_several_sets_of_this_very_cohort_are_told_in_the_plural() -> None:
    sets = known(two_class()).sets
    words = told(sets.assign(circular=["yes", "yes", *["no"] * (len(sets) - 2)]))
    assert f"{sets.index[0]} and {sets.index[1]} were derived from this cohort itself, so their enrichment" in words


def test_nothing_standing_out_is_said() -> None:
    words = told(known(two_class()).sets.assign(**{"adj.P.hyper": 0.6, "adj.P.rank": 0.5, "circular": "no"}))
    assert "no set that is independent of this cohort is over-represented" in words
    assert "this cohort itself" not in words


def test_sets_without_listed_signs_have_dashes_and_an_endless_ratio_its_sign() -> None:
    sets = known(two_class()).sets.assign(directed=0, odds_ratio=float("inf"))
    part = section(two_class(), sets=sets)
    assert not {"Agree", "of", "95 % CI"} & {column.head for column in table(part).columns}
    assert set(cells(part, "Odds ratio")) == {"∞"}


def test_a_set_without_listed_signs_has_dashes_beside_one_that_has_them() -> None:
    first, *others = [3, *[0] * (len(known(two_class()).sets) - 1)]
    limits = {"agree.L": 0.25, "agree.R": 0.75}
    part = section(two_class(), sets=known(two_class()).sets.assign(directed=[first, *others], agreeing=2, **limits))
    for head, shown in (("Agree", "2"), ("of", "3"), ("95 % CI", "0.25 to 0.75")):
        assert cells(part, head) == [shown, *["–" for _ in others]], head


def test_gene_sets_have_a_universe_of_their_own() -> None:
    assert "Gene sets were tested among the" not in text(section(two_class()))
    words = text(section(two_class(), sets=several(1, 0), named=1234, named_significant=56))
    assert (
        "Gene sets were tested among the 1,234 of these genes that have a name, of which 56 are significant." in words
    )


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 set was not tested, because it contains fewer than 5 of the tested genes, or all of them."),
        (2, "2 sets were not tested, because they contain fewer than 5 of the tested genes, or all of them."),
    ],
)
def test_sets_that_were_left_out_are_told_of(number: int, words: str) -> None:
    assert words in text(section(two_class(), left_out=number))
    assert "not tested" not in text(section(two_class(), left_out=0))


def test_the_table_shows_the_first_sets_and_says_of_how_many() -> None:
    part = section(two_class(), sets=several(40, 0), tested=40)
    assert len(table(part).rows) == 30
    assert "by the smaller of the two p-values (40 in all)" in text(part)


def test_the_statistic_is_that_of_the_number_of_classes() -> None:
    assert "The statistic is t for gene sets (two-sided test)" in text(section(two_class()))
    several_classes = four_class().with_results(enrichment=known(two_class()))
    assert "The statistic is F (one-sided test)." in text(section(several_classes))


def test_the_tests_are_cited() -> None:
    keys = {key for b in section(two_class()).blocks for i in inlines(b) if isinstance(i, Cite) for key in i.keys}
    assert keys == {"goeman2007", "wu2012"}
