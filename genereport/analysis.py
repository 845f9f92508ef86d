"""The whole analysis of a cohort: one field for each stage, and its stored form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.components.result import Components
from genereport.analyses.differential.result import Differential
from genereport.analyses.enrichment.result import Known
from genereport.analyses.models.result import Models
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.provenance import InputFile, Platform
from genereport.analyses.quality.result import Quality
from genereport.analyses.result import Skipped, Stored
from genereport.analyses.selection.result import Selection
from genereport.analyses.trend.result import Trend
from genereport.analyses.trust.result import Trust

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA_VERSION = 5


@dataclass(frozen=True, eq=False, repr=False)
class Analysis(Stored):
    """Everything the report says, and what is needed to say it again.

    Attributes:
        title: Title of the report.
        simulated: True when no patient is behind the numbers.
        settings: Resolved settings, JSON-ready.
        inputs: The files that were read.
        versions: Package → version.
        platform: What it ran on.
        trend: How this run stands to earlier ones, where enough are kept.
    """

    title: str
    simulated: bool
    settings: dict[str, Any]
    inputs: tuple[InputFile, ...]
    versions: dict[str, str]
    platform: Platform
    quality: Quality
    preprocessing: Preprocessing
    differential: Differential | Skipped
    components: Components | Skipped
    selection: Selection | Skipped
    models: Models | Skipped
    trust: Trust | Skipped
    biomarkers: Biomarkers | Skipped
    known: Known | Skipped
    trend: Trend | None = None
    schema_version: int = field(default=SCHEMA_VERSION)

    def __repr__(self) -> str:
        """The summary that the command prints, in the manner of R."""
        from genereport.report.summary import summary

        return summary(self)

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """Every figure of the report by its name, as matplotlib's; all are drawn when the first is asked for."""
        from genereport.report.gallery import figures_of

        return figures_of(self)

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every table of the data folder by its name."""
        from genereport.report.gallery import tables_of

        return tables_of(self)
