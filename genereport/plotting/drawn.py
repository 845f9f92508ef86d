"""A drawn figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Drawn(NamedTuple):
    """A figure of matplotlib.

    Attributes:
        figure: The figure as it is printed.
        genes: Ids of the genes that it names.
    """

    figure: Figure
    genes: tuple[str, ...] = ()
