"""The alternative text of a figure, in the words of the report."""

from __future__ import annotations

from genereport.analyses import ANALYSES
from genereport.analysis import Analysis
from genereport.display import alternative_text
from genereport.report.composition import section_writer


@alternative_text.register
def word_figure(analysis: Analysis, figure: str) -> str:
    """Describe what a figure of an analysis shows, from the template of its section.

    Returns:
        An empty text if no section shows the figure.
    """
    writer = section_writer(analysis)
    specs = [spec for spec in ANALYSES if figure in {each.name for each in spec.figures}]
    templates = [*(section.template for spec in specs for section in spec.sections), *(["abstract"] if specs else [])]
    texts = (writer.alternative_text(template, figure) for template in templates)
    return next(filter(None, texts), "")
