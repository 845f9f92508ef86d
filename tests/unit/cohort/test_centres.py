"""Centres are recognised by their names, and can be left out where every class remains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genereport.cohort.centres import centre_column, centres_of, require_centre
from genereport.cohort.model import Cohort
from genereport.errors import CohortError
from tests.factory import make_cohort, settings_of


def with_columns(**columns: object) -> Cohort:
    cohort = make_cohort()
    return replace(cohort, samples=cohort.samples.assign(**columns))  # type: ignore[arg-type]


TWO = ["x", "y"] * 12


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"sex": TWO, "batch": TWO, "Hospital": TWO}, "Hospital"),
        ({"studySite": TWO}, "studySite"),
        ({"sequencing_center": TWO, "study": TWO}, "sequencing_center"),
        ({"resource": TWO}, ""),
        ({"batch": [f"b{number}" for number in range(24)]}, ""),
        ({}, ""),
    ],
)
def test_a_column_is_recognised_by_a_word(columns: dict[str, list[str]], found: str) -> None:
    assert centre_column(with_columns(**columns), settings_of()) == found


def test_a_setting_decides() -> None:
    cohort = with_columns(site=TWO, ward=TWO)
    assert centre_column(cohort, settings_of("evaluation.centre=ward")) == "ward"
    assert centre_column(cohort, settings_of("evaluation.centre=none")) == ""
    require_centre(cohort, settings_of("evaluation.centre=ward"))
    with pytest.raises(CohortError, match="GR348") as caught:
        require_centre(cohort, settings_of("evaluation.centre=wards"))
    assert "ward" in caught.value.remedy


def test_units_are_no_centres() -> None:
    assert centre_column(replace(with_columns(site=TWO), unit="site"), settings_of()) == ""


def test_classes_that_the_others_lack_are_named() -> None:
    # 14 A, then 10 B
    site = np.array(["one"] * 6 + ["two"] * 8 + ["one"] * 8 + ["three"] * 2, dtype=object)
    site[0] = None
    cohort = with_columns(site=site)
    one, three, two = centres_of(cohort.samples, "site", cohort.classes)
    assert (one.name, len(one.rows), len(one.others), one.lacking) == ("one", 13, 10, ("B",))
    assert (three.name, two.name) == ("three", "two")
    assert (two.lacking, three.lacking) == ((), ())
    assert all(0 not in each.rows and 0 not in each.others for each in (one, two, three))
