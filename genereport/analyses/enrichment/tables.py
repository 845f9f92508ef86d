"""The printed table of marker classes and gene sets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from genereport.analyses.columns import (
    COUNT,
    INTERVAL_TWO,
    ONE,
    TWO,
    Column,
    Columns,
    Format,
    P,
    Piece,
    Style,
    Table,
    column,
    number_format,
)
from genereport.formats import MISSING, fixed


def _where_directed(form: Format) -> Format:
    """Return a format that prints a dash for sets without listed signs; the last value is the number of these."""

    def pieces(values: Sequence[Any], style: Style) -> tuple[Piece, ...]:
        return form.pieces(values, style) if values[-1] else (MISSING,)

    return Format("", True, pieces)


SET_COLUMNS: Columns = (
    column("set", "Set"),
    column("measured", "Genes", COUNT),
    column("significant", "Signif.", COUNT),
    column("expected", "Expected", ONE),
    column("odds_ratio", "Odds ratio", number_format("", lambda ratio: "∞" if math.isinf(ratio) else fixed(ratio, 1))),
    column("P.hyper", format=P),
    Column(("agreeing", "directed"), "Agree", _where_directed(COUNT)),
    column("directed", "of", _where_directed(COUNT)),
    Column(("agree.L", "agree.R", "directed"), "{level} CI", _where_directed(INTERVAL_TWO)),
    column("P.sign", format=P),
    column("AUC", format=TWO),
    column("P.rank", format=P),
    column("direction", "Direction"),
    column("circular", "Circular"),
)

SETS = Table(name="sets", id="tab-sets", frame="sets", columns=SET_COLUMNS)
