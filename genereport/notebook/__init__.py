"""Views of results in a notebook. Importing this package registers them."""

from genereport.notebook import analysis, figures, html, reruns

__all__ = ["analysis", "figures", "html", "reruns"]
