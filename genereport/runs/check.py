"""Check a study without analysing it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genereport.locations import fetching_once
from genereport.runs.atomic_replace import Target
from genereport.runs.build import DEFAULT
from genereport.settings import Settings, fields, named_inputs, value

if TYPE_CHECKING:
    from genereport.cohort.model import Cohort, Source
    from genereport.dry_run import Step
    from genereport.errors import Finding

_LEFT_OUT = {"pdf": ".html", "html": ".pdf"}
"""Format of the only page that is asked for → ending of the page that is not written."""


@dataclass(frozen=True, eq=False)
class Checked:
    """A study that can be built.

    Attributes:
        cohort: The cohort as it was read.
        sources: The files that were read, with those of markers and gene sets.
        findings: Warnings and notes on the templates, the cohort, the markers and the gene sets.
        changed: Dotted name of each setting that differs from its default → its value.
        steps: The steps that would run.
        target: The place of the report.
        writes: Names that would be written there.
        present: Paths of an earlier report that is there.
    """

    cohort: Cohort
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]
    changed: dict[str, Any]
    steps: tuple[Step, ...]
    target: Target
    writes: tuple[str, ...]
    present: tuple[Path, ...]


def check_study(settings: Settings) -> Checked:
    """Read and check all that a build would read.

    Args:
        settings: Resolved settings.

    Raises:
        GenereportError: If a build would be refused before the analysis.
    """
    target = Target.of(settings.run.out or DEFAULT)
    notes: tuple[Finding, ...] = ()
    if settings.report.templates:
        # Loads pandas, matplotlib and Jinja: 1.2 s.
        from genereport.report.theme_folder import read_theme

        notes = read_theme(settings.report.templates).notes
    with fetching_once():
        # Loads pandas: 0.47 s.
        from genereport.cohort.markers import read_knowledge
        from genereport.cohort.reader import read_cohort

        cohort = read_cohort(settings)
        knowledge = read_knowledge(settings.biomarkers, cohort.classes)
        # Loads scikit-learn and matplotlib: 2.9 s. A refusal of the files does not wait for it.
        from genereport.dry_run import plan_analysis
        from genereport.pipeline import with_holdout

        findings = with_holdout(cohort, settings).findings
        steps = plan_analysis(cohort, settings)
    return Checked(
        cohort=cohort,
        sources=(*cohort.sources, *knowledge.sources),
        findings=(*notes, *findings, *knowledge.findings),
        changed=changed_settings(settings),
        steps=steps,
        target=target,
        writes=tuple(name for name in target.names if not name.endswith(_LEFT_OUT.get(settings.run.format, "/"))),
        present=tuple(target.present()),
    )


def changed_settings(settings: Settings) -> dict[str, Any]:
    """Return the dotted name of each setting that differs from its default → its value; paths are resolved."""
    places, found = named_inputs(settings), {}
    for name in fields():
        current = value(settings, name)
        if current != value(Settings(), name):
            plain = isinstance(current, str | int | float | bool | tuple)
            found[name] = str(places[name]) if name in places else current if plain else str(current)
    return found
