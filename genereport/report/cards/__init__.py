"""A card for every kind of result; importing a module of it registers them."""

from genereport.report.cards import analysis, reruns

__all__ = ["analysis", "reruns"]
