"""Versions of whatever a result can depend on."""

from __future__ import annotations

import platform
from importlib import metadata

PACKAGES = (
    "genereport",
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "skops",
    "tensorflow",
    "keras",
    "joblib",
    "threadpoolctl",
    "pydantic",
    "jinja2",
    "weasyprint",
    "pikepdf",
    "matplotlib",
    "plotly",
    "itables",
)


def package_versions() -> dict[str, str]:
    """Of Python and of the packages that a result can depend on."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in PACKAGES}
