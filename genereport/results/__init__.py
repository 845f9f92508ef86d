"""What the stages found: one frozen dataclass per stage.

Results hold numbers and labels, never formatted text and never a live estimator. Tables are DataFrames whose columns
are documented here and written unchanged to ``report_data/tables``. `to_json` and `from_json` are inverse to each
other: numbers are written as the shortest text that reads back equal, missing ones as ``null``, infinite ones as
``"inf"``. A number's stable id is its path in that file, e.g. ``differential.tested`` or
``models.metrics[12].estimate``.

Every result shows itself in a notebook. The words are those of the report, which is imported when it is asked to.
"""

from genereport.results.analysis import SCHEMA_VERSION, Analysis
from genereport.results.applied import Applied, Gate, Origin
from genereport.results.base import Shown, Skipped, Tabled
from genereport.results.cohort import InputFile, Missingness, Platform, Preprocessing, Quality, ValueUnit
from genereport.results.genes import (
    Biomarkers,
    Components,
    Differential,
    Known,
    Moderation,
    Permutations,
    Selection,
    StandIns,
    Term,
)
from genereport.results.index import Index
from genereport.results.models import Bundle, Differences, LabelPermutation, Models, NamedModel, Trust
from genereport.results.trend import Trend

__all__ = [
    "SCHEMA_VERSION",
    "Analysis",
    "Applied",
    "Biomarkers",
    "Bundle",
    "Components",
    "Differences",
    "Differential",
    "Gate",
    "Index",
    "InputFile",
    "Known",
    "LabelPermutation",
    "Missingness",
    "Models",
    "Moderation",
    "NamedModel",
    "Origin",
    "Permutations",
    "Platform",
    "Preprocessing",
    "Quality",
    "Selection",
    "Shown",
    "Skipped",
    "StandIns",
    "Tabled",
    "Term",
    "Trend",
    "Trust",
    "ValueUnit",
]
