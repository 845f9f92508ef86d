"""All figures of the report, drawn from typed results; each comes with the text for those who cannot see it."""

from genereport.plotting.drawn import Drawn
from genereport.plotting.style import to_pdf, to_svg

__all__ = [
    "Drawn",
    "to_pdf",
    "to_svg",
]
