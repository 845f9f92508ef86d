"""The version of genereport."""

__version__ = "0.1.0"
