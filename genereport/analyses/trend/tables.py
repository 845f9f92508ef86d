"""Printed table of the runs of a study."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from genereport.analyses.columns import (
    COUNT_OR_MISSING,
    Column,
    Format,
    Piece,
    Printed,
    Style,
    Table,
    column,
    count_or_missing,
)
from genereport.formats import MISSING, NOT_ESTIMABLE, fixed
from genereport.names import model_name


def _estimate_pieces(values: Sequence[Any], _: Style) -> tuple[Piece, ...]:
    """Print an estimate with its limits in brackets, or a dash if there is none."""
    estimate, low, high = values
    if math.isnan(estimate):
        return (Printed(0, MISSING),)
    limits = (Printed(1, fixed(low)), " to ", Printed(2, fixed(high)))
    return Printed(0, fixed(estimate)), " (", *((Printed(1, NOT_ESTIMABLE),) if math.isnan(low) else limits), ")"


def _kept_pieces(values: Sequence[Any], _: Style) -> tuple[Piece, ...]:
    """Print the number of genes kept and of genes chosen, or a dash for the first run."""
    kept, chosen = values
    if math.isnan(kept):
        return (Printed(0, MISSING),)
    return Printed(0, count_or_missing(kept)), " of ", Printed(1, count_or_missing(chosen))


_ESTIMATE = Format("", True, _estimate_pieces)
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
        Column(("cv", "cv_low", "cv_high"), "Cross-validated", _ESTIMATE),
        Column(("independent", "independent_low", "independent_high"), "Independent", _ESTIMATE),
        Column(("kept", "chosen"), "Genes kept", _KEPT),
    ),
    drop_empty=False,
)
