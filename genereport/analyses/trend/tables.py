"""Printed table of the runs of a study."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from genereport.analyses.columns import (
    COUNT_OR_MISSING,
    ESTIMATE,
    Column,
    Format,
    Piece,
    Printed,
    Style,
    Table,
    column,
    count_or_missing,
)
from genereport.formats import MISSING
from genereport.names import model_name


def _kept_pieces(values: Sequence[Any], _: Style) -> tuple[Piece, ...]:
    """Print the number of genes kept and of genes chosen, or a dash for the first run."""
    kept, chosen = values
    if math.isnan(kept):
        return (Printed(0, MISSING),)
    return Printed(0, count_or_missing(kept)), " of ", Printed(1, count_or_missing(chosen))


_KEPT = Format("", True, _kept_pieces)
_NAMED = Format("", False, lambda values, _: (model_name(values[0], values[1]) if values[0] else MISSING,))

RUNS = Table(
    name="runs",
    id="tab-trend",
    frame="runs",
    columns=(
        column("time", "Run"),
        column("samples", "Samples", COUNT_OR_MISSING),
        column("tested", "Tested", COUNT_OR_MISSING),
        column("bonferroni", "Bonferroni", COUNT_OR_MISSING),
        column("bh", "BH", COUNT_OR_MISSING),
        Column(("model", "features"), "Named model", _NAMED),
        Column(("cv", "cv_low", "cv_high"), "Cross-validated", ESTIMATE),
        Column(("independent", "independent_low", "independent_high"), "Independent", ESTIMATE),
        Column(("kept", "chosen"), "Genes kept", _KEPT),
    ),
    drop_empty=False,
)
