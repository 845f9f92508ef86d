"""Printed tables on how far the comparison of models can be trusted."""

from __future__ import annotations

from genereport.analyses.columns import CODE, COUNT, INTERVAL, MODEL, THREE, Column, Format, P, Table, column

_SETS = {"cv": "cross-validation", "test": "independent"}

BIAS = Table(
    name="bias",
    id="tab-bias",
    frame="bias",
    columns=(
        Column(("model", "features"), "Model", MODEL),
        column("honest", "Inside", THREE),
        column("leaked", "On all samples", THREE),
        column("difference", "Difference", THREE),
        Column(("ci_low", "ci_high"), "{level} CI", INTERVAL),
        column("p", "{p}", P),
    ),
    drop_empty=False,
)

HARD = Table(
    name="hard",
    id="tab-hard",
    frame="hard",
    columns=(
        column("sample", "Sample", CODE),
        column("class", "Class"),
        column("set", "Set", Format("", False, lambda values, _: (_SETS[values[0]],))),
        column("missed", "Models wrong", COUNT),
    ),
    drop_empty=False,
)
