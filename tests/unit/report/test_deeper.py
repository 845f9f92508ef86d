"""What the report says of controls, groups, instability and detectable differences follows from the results."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from genereport.analyses.controls.result import Controls, NegativeControl, PositiveControl, SexCheck
from genereport.analyses.controls.stage import ControlsStage
from genereport.analyses.detectable.result import Detectable, ModelDifferences
from genereport.analyses.detectable.stage import DetectableStage
from genereport.analyses.instability.result import PredictionInstability
from genereport.analyses.instability.stage import InstabilityStage
from genereport.analyses.result import Skipped
from genereport.analyses.stage import stage_rng
from genereport.analyses.subgroups.result import LeaveCentreOut, Subgroups
from genereport.analyses.subgroups.stage import SubgroupsStage
from genereport.analysis import Analysis
from genereport.report.composition import section_writer
from genereport.report.document import Figure, Section, Table, Value, inlines
from genereport.report.value_ids import agrees, resolve
from tests.factory import settings_of
from tests.unit.analyses.deeper import QUICK, upstream
from tests.unit.report import synthetic

TEMPLATES = ("instability", "subgroups", "controls", "detectable")
ALLOWED = re.compile(r"log2|L[12]|The \d+ samples with")
SETTINGS = settings_of(*QUICK, "evaluation.instability=3")


@cache
def made(patients: int = 0, classes: int = 2) -> Analysis:
    """A synthetic analysis with the results of the four stages of a small cohort."""
    cohort, found, _ = upstream(patients, classes)
    stages = (InstabilityStage(SETTINGS), SubgroupsStage(SETTINGS), ControlsStage(SETTINGS), DetectableStage(SETTINGS))
    results = {stage.name: stage.run(cohort, found, stage_rng(1, stage.name)) for stage in stages}
    return synthetic.two_class().with_results(**results)


def told(analysis: Analysis, template: str, block: str = "body") -> str:
    """The text of a block; every number that it prints must stand under its id, and no other number is printed."""
    blocks = section_writer(analysis).write(template, block)
    every = [each for first in blocks for each in (first.walk() if isinstance(first, Section) else [first])]
    parts = [part for each in every for part in inlines(each)]
    content: dict[str, Any] = json.loads(analysis.to_json())
    for part in parts:
        if isinstance(part, Value):
            assert agrees(part.text, resolve(content, part.id)), part
    loose = [part for part in parts if isinstance(part, str) and re.search(r"\d", ALLOWED.sub("", part))]
    assert loose == []
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in parts)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("cohort", [(0, 2), (2, 2), (0, 3)])
def test_every_number_is_traced_in_text_and_methods(template: str, cohort: tuple[int, int]) -> None:
    analysis = made(*cohort)
    assert told(analysis, template)
    told(analysis, template, "methods")
    told(analysis, template, "limits")


def test_results_read_back_equal() -> None:
    again = Analysis.from_json(made().to_json())
    assert again.to_json() == made().to_json()


def changed(name: str, **values: Any) -> Analysis:
    return made().with_results(**{name: replace(getattr(made(), name), **values)})


def test_the_controls_are_judged() -> None:
    controls = made().controls
    assert isinstance(controls, Controls)
    negative, positive, sex = controls.negative, controls.positive, controls.sex
    assert isinstance(negative, NegativeControl)
    assert isinstance(positive, PositiveControl)
    assert isinstance(sex, SexCheck)
    assert "no sign of a leak" in told(made(), "controls")
    above = changed("controls", negative=replace(negative, ci_low=0.6, ci_high=0.7))
    assert "This is more than chance gives" in told(above, "controls")
    below = changed("controls", negative=replace(negative, ci_low=0.1, ci_high=0.2))
    assert "tends to be pessimistic" in told(below, "controls")
    failed = replace(positive, ci_low=0.3)
    assert "Other signals of this strength" in told(changed("controls", positive=failed), "controls")
    blind = changed("controls", positive=failed, sex=Skipped("There are no sex genes."))
    assert "says little about the pipeline" in told(blind, "controls")
    nothing = Skipped("It was not possible.")
    words = told(changed("controls", negative=nothing, positive=nothing, sex=nothing), "controls")
    assert words.count("It was not possible.") == 3
    assert told(changed("controls", negative=nothing, positive=nothing, sex=nothing), "controls", "methods") == ""
    swapped = controls.samples.assign(recorded="male", remark=["possible swap", *[""] * (len(controls.samples) - 1)])
    words = told(changed("controls", sex=replace(sex, agree=sex.compared - 1), samples=swapped), "controls")
    assert "samples may have been swapped" in words
    assert "possible swap" in words


def test_centres_and_groups_are_told() -> None:
    found = made().subgroups
    assert isinstance(found, Subgroups)
    centre = found.centre
    assert isinstance(centre, LeaveCentreOut)
    words = told(made(), "subgroups")
    assert "With each site left out of the training in turn" in words
    assert "1 training sample without a value of site was not used" in words
    assert "unknown: the value is missing" in words
    assert "A patient" not in words
    assert "as if samples of one patient were independent" in told(made(2), "subgroups")
    unbalanced = replace(centre, balanced=float("nan"))
    assert "an accuracy of" in told(changed("subgroups", centre=unbalanced), "subgroups")
    assert told(changed("subgroups", centre=unbalanced), "subgroups", "limits") == ""
    partly = centre.centres.assign(lacking=["A", *[""] * (len(centre.centres) - 1)])
    assert "could be left out" in told(changed("subgroups", centre=replace(centre, centres=partly)), "subgroups")
    no_groups = changed("subgroups", covariates=(), centre=Skipped("No centres."))
    assert "No covariate of the sample sheet divides" in told(no_groups, "subgroups")


def test_instability_is_drawn_and_told() -> None:
    found = made().instability
    assert isinstance(found, PredictionInstability)
    (section,) = section_writer(made()).write("instability")
    assert isinstance(section, Section)
    kinds = [type(block) for block in section.walk()]
    assert kinds.count(Figure) == 1
    assert kinds.count(Table) == 1
    stable = found.samples.assign(changed=0.0)
    assert "For no sample do 10 %" in told(changed("instability", samples=stable), "instability")
    assert "probability of the class that the original model predicts" in told(made(0, 3), "instability")
    assert "values of patient" in told(made(2), "instability", "methods")


def test_detectable_differences_are_told_where_there_are_any() -> None:
    found = made().detectable
    assert isinstance(found, Detectable)
    models = found.models
    assert isinstance(models, ModelDifferences)
    assert "in the least precise comparison" in told(made(0, 3), "detectable")
    assert "in the least precise comparison" not in told(made(), "detectable")
    words = told(changed("detectable", models=replace(models, balanced=float("nan"), fewest=None)), "detectable")
    assert "the smallest detectable one is not known" in words
    assert "not even all" in words
    assert "two models cannot differ" in told(changed("detectable", models=replace(models, test=5)), "detectable")
    assert "independent" not in told(changed("detectable", models=replace(models, test=0)), "detectable")
    assert "No models." in told(changed("detectable", models=Skipped("No models.")), "detectable")
