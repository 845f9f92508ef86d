"""Compare two finished analyses: inputs, samples, genes, models, and a verdict."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses import stored_analyses
from genereport.analyses.comparison.genes import bonferroni_changes, effect_changes, gene_changes, signature_changes
from genereport.analyses.comparison.models import model_changes
from genereport.analyses.comparison.result import (
    Comparison,
    Effects,
    ListChanges,
    ModelChanges,
    SampleChanges,
    Side,
    Verdict,
)
from genereport.analyses.differential.result import Differential
from genereport.analyses.provenance import InputFile
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.errors import ComparisonError
from genereport.settings import CompareSettings, Settings

_TAKEN = {
    "tests": ("confidence",),
    "evaluation": ("bootstrap",),
    "report": ("page", "p_values"),
}
"""Settings of the later run, besides the seed, with which a comparison is made and printed."""

_ROUNDING = 1e-12
"""Tolerance for rounding of floating-point numbers: 0.95 − 0.9 is not more than 0.05."""


def compare(earlier: Analysis, later: Analysis, settings: CompareSettings) -> Comparison:
    """Return the differences between two runs, and whether they are material.

    Args:
        earlier: The run of reference.
        later: The run that is compared with it.
        settings: Thresholds.

    Raises:
        ComparisonError: GR621 if one run has two classes and the other more.
    """
    _require_like_classes(earlier, later)
    taken = _taken(later, settings)
    samples = _sample_changes(earlier, later)
    signature = signature_changes(earlier, later, taken)
    effects = effect_changes(earlier, later, taken)
    models = model_changes(earlier, later, taken)
    sides = _side(earlier), _side(later)
    return Comparison(
        *sides,
        settings=taken,
        inputs=_compare_inputs(earlier.inputs, later.inputs),
        changed_settings=_changed_settings(earlier, later),
        versions=_compare_versions(earlier.versions, later.versions),
        samples=samples,
        genes=gene_changes(earlier, later),
        signature=signature,
        bonferroni=bonferroni_changes(earlier, later, taken),
        effects=effects,
        models=models,
        notes=tuple(_make_notes(earlier, later, samples, models)),
        verdict=_make_verdict(
            *sides, settings, samples, signature, effects, models, _find_missing_parts(earlier, later)
        ),
        made_with=metadata.version("genereport"),
    )


def thresholds(analysis: Analysis) -> dict[str, Any]:
    """Return the section ``compare`` of a stored run; defaults for keys that it lacks, as in an earlier version."""
    known = CompareSettings.model_fields
    stored = analysis.settings.get("compare", {})
    return CompareSettings().model_dump() | {name: value for name, value in stored.items() if name in known}


def _require_like_classes(earlier: Analysis, later: Analysis) -> None:
    counts = [len(run.quality.counts) for run in (earlier, later)]
    if (counts[0] == 2) != (counts[1] == 2):
        raise ComparisonError(
            "GR621",
            f"The earlier run compares {counts[0]} classes, the later one {counts[1]}.",
            "Compare two runs that both have two classes, or that both have more than two.",
        )


def _taken(later: Analysis, settings: CompareSettings) -> dict[str, Any]:
    defaults = Settings().model_dump(mode="json")
    found: dict[str, Any] = {"compare": settings.model_dump(), "seed": later.settings["seed"]}
    for section, names in _TAKEN.items():
        stored = defaults[section] | later.settings.get(section, {})
        found[section] = {name: stored[name] for name in names}
    return found


def _side(run: Analysis) -> Side:
    tests = run.differential if isinstance(run.differential, Differential) else None
    quality, preprocessing = run.quality, run.preprocessing
    return Side(
        title=run.title,
        date=run.settings["report"]["date"],
        fingerprint=_fingerprint(run.inputs),
        simulated=run.simulated,
        seed=run.settings["seed"],
        version=run.versions.get("genereport", ""),
        classes=_classes(run),
        scale=preprocessing.scale,
        log=preprocessing.log,
        array_scaling=preprocessing.array_scaling,
        samples=quality.samples,
        train=quality.train,
        test=quality.test,
        genes=quality.genes,
        method=tests.method if tests else "",
        design=tests.design if tests else "",
        tested=tests.tested if tests else 0,
    )


def _classes(run: Analysis) -> tuple[str, ...]:
    return tuple(str(name) for name in run.quality.counts.index)


def _fingerprint(inputs: tuple[InputFile, ...]) -> str:
    lines = sorted(f"{source.role}\0{source.sha256}\n" for source in inputs)
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16] if lines else ""


def _compare_inputs(earlier: tuple[InputFile, ...], later: tuple[InputFile, ...]) -> pd.DataFrame:
    """Return the inputs by role; several files of one role are matched by their order."""
    sides = _by_role(earlier), _by_role(later)
    rows = []
    for role, number in dict.fromkeys([*sides[0], *sides[1]]):
        one, other = (side.get((role, number)) for side in sides)
        digests = [source.sha256 if source else "" for source in (one, other)]
        names = [source.name if source else "" for source in (one, other)]
        rows.append((role, *names, *digests, _yes_or_no(digests[0] == digests[1])))
    columns = ["role", "earlier", "later", "earlier_sha256", "later_sha256", "same"]
    return pd.DataFrame(rows, columns=columns, dtype="str").set_index("role")


def _by_role(inputs: tuple[InputFile, ...]) -> dict[tuple[str, int], InputFile]:
    roles = pd.Series([source.role for source in inputs], dtype="str")
    places = roles.groupby(roles).cumcount()
    return {(source.role, int(place)): source for source, place in zip(inputs, places, strict=True)}


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def _changed_settings(earlier: Analysis, later: Analysis) -> pd.DataFrame:
    sides = [
        {
            name: json.dumps(value, ensure_ascii=False)
            for name, value in _dotted(run.settings | {"compare": thresholds(run)})
        }
        for run in (earlier, later)
    ]
    names = [name for name in dict.fromkeys([*sides[0], *sides[1]]) if sides[0].get(name) != sides[1].get(name)]
    return _two_columns("setting", names, *sides)


def _dotted(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _two_columns(index: str, names: list[str], earlier: Mapping[str, str], later: Mapping[str, str]) -> pd.DataFrame:
    columns = {"earlier": [earlier.get(name, "") for name in names], "later": [later.get(name, "") for name in names]}
    return pd.DataFrame(columns, index=pd.Index(names, name=index, dtype="str"), dtype="str")


def _compare_versions(earlier: dict[str, str], later: dict[str, str]) -> pd.DataFrame:
    frame = _two_columns("package", list(dict.fromkeys([*earlier, *later])), earlier, later)
    return frame.assign(same=(frame["earlier"] == frame["later"]).map(_yes_or_no).astype("str"))


def _sample_changes(earlier: Analysis, later: Analysis) -> SampleChanges:
    sides = [run.quality.arrays[["class", "set"]].astype("str") for run in (earlier, later)]
    both = pd.concat([side.add_prefix(name) for side, name in zip(sides, ("earlier_", "later_"), strict=True)], axis=1)
    both = both.fillna("").rename_axis(index="sample")
    shared = (both["earlier_set"] != "") & (both["later_set"] != "")
    kinds = {
        "added": both["earlier_set"] == "",
        "removed": both["later_set"] == "",
        "relabelled": shared & (both["earlier_class"] != both["later_class"]),
        "moved": shared & (both["earlier_set"] != both["later_set"]),
    }
    table = pd.concat([both[chosen].assign(change=kind) for kind, chosen in kinds.items()])
    columns = ["change", "earlier_class", "later_class", "earlier_set", "later_set"]
    counts = {kind: int(chosen.sum()) for kind, chosen in kinds.items()}
    return SampleChanges(shared=int(shared.sum()), **counts, table=table[columns].astype("str"))


def _find_missing_parts(earlier: Analysis, later: Analysis) -> list[str]:
    """Return the stages that only one of the runs completed."""
    names = [spec.name for spec in stored_analyses()]
    return [
        name
        for name in names
        if isinstance(getattr(earlier, name), Skipped) != isinstance(getattr(later, name), Skipped)
    ]


def _make_notes(
    earlier: Analysis, later: Analysis, samples: SampleChanges, models: ModelChanges | Skipped
) -> Iterator[str]:
    """Yield what could not be compared, or only with care."""
    for name in _find_missing_parts(earlier, later):
        done, reason = ("earlier", later) if isinstance(getattr(later, name), Skipped) else ("later", earlier)
        yield f"Only the {done} run has results of the analysis '{name}'. {getattr(reason, name).skipped}"
    if earlier.simulated != later.simulated:
        yield "One of the runs has a simulated cohort."
    if not samples.shared:
        yield "The runs have no sample id in common."
    elif _values_differ(earlier, later):
        yield "The expression files differ. Samples with the same id are nevertheless taken to be the same samples."
    yield from _about_values(earlier, later)
    if isinstance(models, ModelChanges):
        yield from _about_sets(models)


def _about_values(earlier: Analysis, later: Analysis) -> Iterator[str]:
    if set(_classes(earlier)) != set(_classes(later)):
        yield "The runs have different classes: only contrasts of classes that both have are compared, and no models."
    elif _classes(earlier)[0] != _classes(later)[0]:
        yield "The reference class differs; the signs of the log fold changes of the earlier run are reversed to match."
    if earlier.preprocessing.scale != later.preprocessing.scale:
        yield "The scale of the values differs between the runs; log fold changes are compared nevertheless."


def _values_differ(earlier: Analysis, later: Analysis) -> bool:
    """Return whether the runs read different matrices, so that samples are matched by their ids alone."""
    digests = [{file.sha256 for file in run.inputs if "expression" in file.role} for run in (earlier, later)]
    return digests[0] != digests[1]


def _about_sets(models: ModelChanges) -> Iterator[str]:
    where = {"cv": "in cross-validation", "test": "on the independent set"}
    for name, row in models.pairing.iterrows():
        sizes = row["earlier"], row["later"]
        if not all(sizes):
            yield f"Only the {'later' if sizes[1] else 'earlier'} run has an independent set."
        elif row["paired"] == "no":
            yield (
                f"The models of the runs predict different samples {where[str(name)]} ({row['shared']} shared with the "
                "same class): the intervals of the differences are for independent samples, and no test is made."
            )


def _make_verdict(
    earlier: Side,
    later: Side,
    limits: CompareSettings,
    samples: SampleChanges,
    signature: ListChanges | Skipped,
    effects: Effects | Skipped,
    models: ModelChanges | Skipped,
    parts: list[str],
) -> Verdict:
    nan = float("nan")
    others = len(set(earlier.classes) ^ set(later.classes))
    checks: dict[str, tuple[float, float, str]] = {
        "classes": (others, nan, _outcome(others > 0)),
        "reference": (nan, nan, _outcome(not others and earlier.classes[0] != later.classes[0])),
        "scale": (nan, nan, _outcome(earlier.scale != later.scale)),
        "relabelled": (samples.relabelled, nan, _outcome(samples.relabelled > 0)),
        "signature": _compare_with_limit(
            None if isinstance(signature, Skipped) else _likeness(signature), limits.jaccard
        ),
        "effects": _compare_with_limit(
            None if isinstance(effects, Skipped) else effects.concordance, limits.concordance
        ),
        **_of_models(models, limits),
        "parts": (len(parts), nan, _outcome(len(parts) > 0)),
    }
    index = pd.Index(list(checks), name="check", dtype="str")
    frame = pd.DataFrame(list(checks.values()), index=index, columns=["value", "limit", "outcome"])
    frame = frame.astype({"value": float, "limit": float, "outcome": "str"})
    return Verdict(bool((frame["outcome"] == "material").any()), frame)


def _outcome(material: bool) -> str:
    return "material" if material else "within"


def _likeness(lists: ListChanges) -> float | None:
    """Return Jaccard's index; 0 if only one list is empty, NaN if both are, since there is nothing to compare."""
    return 0.0 if lists.earlier + lists.later and not lists.shared else lists.jaccard


def _compare_with_limit(value: float | None, limit: float) -> tuple[float, float, str]:
    if value is None or np.isnan(value):
        return float("nan"), limit, "not compared"
    return value, limit, _outcome(value < limit - _ROUNDING)


def _of_models(models: ModelChanges | Skipped, limits: CompareSettings) -> dict[str, tuple[float, float, str]]:
    nan, sets = float("nan"), {"cv": limits.balanced_accuracy, "test": limits.balanced_accuracy}
    if isinstance(models, Skipped):
        known = {"named": nan} | sets | {"tests": limits.alpha}
        return {name: (nan, limit, "not compared") for name, limit in known.items()}
    found: dict[str, tuple[float, float, str]] = {"named": (nan, nan, _outcome(not models.same))}
    for name, limit in sets.items():
        change = models.named.loc[models.named["set"] == name, "difference"]
        value = float(change.iloc[0]) if len(change) else nan
        outcome = "not compared" if np.isnan(value) else _outcome(abs(value) > limit + _ROUNDING)
        found[name] = (value, limit, outcome)
    tested = _outcome(models.clear > 0) if models.tests else "not compared"
    return found | {"tests": (models.clear, limits.alpha, tested)}
