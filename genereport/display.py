"""How a result shows itself. What it looks like is registered from above, by `genereport.notebook`."""

from __future__ import annotations

from functools import singledispatch


@singledispatch
def to_html(thing: object) -> str | None:  # noqa: ARG001 - an implementation is chosen by its type
    """A thing as HTML.

    Returns:
        None where no form is registered for its type: a notebook shows its repr then.
    """
    return None


@singledispatch
def to_text(thing: object) -> str:
    """A thing as text for a terminal, for what the report words.

    Returns:
        Type and address where no form is registered for its type.
    """
    return object.__repr__(thing)


@singledispatch
def alternative_text(analysis: object, figure: str) -> str:  # noqa: ARG001
    """What a figure of an analysis shows, for readers who cannot see it.

    Args:
        analysis: The analysis.
        figure: Name of the figure.

    Returns:
        An empty text where nothing is registered for the type of the analysis.
    """
    return ""


class Shown:
    """Shows itself as HTML in a notebook, once `genereport.notebook` is imported."""

    def _repr_html_(self) -> str | None:
        return to_html(self)
