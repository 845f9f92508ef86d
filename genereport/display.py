"""Display of results in a notebook or a terminal. `genereport.notebook` registers the implementations."""

from __future__ import annotations

from functools import singledispatch


@singledispatch
def to_html(thing: object) -> str | None:  # noqa: ARG001 - the implementation is chosen by its type
    """Return an object as HTML.

    Returns:
        None if no implementation is registered for its type; a notebook then shows its repr.
    """
    return None


@singledispatch
def to_text(thing: object) -> str:
    """Return an object as text for a terminal, in the words of the report.

    Returns:
        Type and address if no implementation is registered for its type.
    """
    return object.__repr__(thing)


@singledispatch
def alternative_text(analysis: object, figure: str) -> str:  # noqa: ARG001
    """Describe what a figure of an analysis shows, for readers who cannot see it.

    Args:
        analysis: The analysis.
        figure: Name of the figure.

    Returns:
        An empty text if no implementation is registered for the type of the analysis.
    """
    return ""


class Shown:
    """An object that is shown as HTML in a notebook once `genereport.notebook` is imported."""

    def _repr_html_(self) -> str | None:
        return to_html(self)
