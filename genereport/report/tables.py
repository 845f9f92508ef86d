"""The tables of an analysis by the names they have in the data folder."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from genereport.analyses import stored_analyses
from genereport.analysis import Analysis


def tables(analysis: Analysis) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and content of every table that this analysis has, index as a column."""
    for spec in stored_analyses():
        result = analysis.results.get(spec.name)
        if spec.result and isinstance(result, spec.result):
            for name, make in spec.files.items():
                frame = make(result)
                if frame is not None:
                    yield name, _with_index(frame)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with its index as its first column, if the index has a name."""
    return frame.reset_index() if frame.index.name else frame
