"""From a gene-expression cohort to the statistical report a careful biostatistician would attach to a paper.

>>> import genereport
>>> settings = genereport.read_settings()
>>> analysis = genereport.analyse(genereport.read_cohort(settings), settings)  # doctest: +SKIP
>>> genereport.write_report(analysis, "report.pdf")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genereport.analysis import Analysis as Analysis
    from genereport.cohort.demo import write_demo as write_demo
    from genereport.cohort.model import Cohort as Cohort
    from genereport.cohort.reader import read_cohort as read_cohort
    from genereport.learn.models import own_model as own_model
    from genereport.pipeline import analyse as analyse
    from genereport.runs.compare import compare_runs as compare_runs
    from genereport.runs.compare import write_comparison as write_comparison
    from genereport.runs.store import write_report as write_report
    from genereport.runs.verify import verify_report as verify_report
    from genereport.settings import Settings as Settings
    from genereport.settings import read_settings as read_settings

from genereport.version import __version__

_HOME = {
    "Analysis": "genereport.analysis",
    "Cohort": "genereport.cohort.model",
    "Settings": "genereport.settings",
    "analyse": "genereport.pipeline",
    "compare_runs": "genereport.runs.compare",
    "own_model": "genereport.learn.models",
    "read_cohort": "genereport.cohort.reader",
    "read_settings": "genereport.settings",
    "verify_report": "genereport.runs.verify",
    "write_comparison": "genereport.runs.compare",
    "write_demo": "genereport.cohort.demo",
    "write_report": "genereport.runs.store",
}

__all__ = [
    "Analysis",
    "Cohort",
    "Settings",
    "__version__",
    "analyse",
    "compare_runs",
    "own_model",
    "read_cohort",
    "read_settings",
    "verify_report",
    "write_comparison",
    "write_demo",
    "write_report",
]


def __getattr__(name: str) -> object:
    # Imported on first use: the command must answer --help without loading pandas or TensorFlow.
    if name in _HOME:
        import_module("genereport.notebook")  # results show themselves as HTML from then on
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'genereport' has no attribute '{name}'")
