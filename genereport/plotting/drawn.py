"""A drawn figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Drawn(NamedTuple):
    """A matplotlib figure with the genes that it names.

    Attributes:
        figure: The figure as it is printed.
        genes: Ids of the genes that the figure names.
    """

    figure: Figure
    genes: tuple[str, ...] = ()
