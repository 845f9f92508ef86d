"""How results show themselves in a notebook; once this package is imported, they do."""

from genereport.notebook import analysis, figures, html, reruns

__all__ = ["analysis", "figures", "html", "reruns"]
