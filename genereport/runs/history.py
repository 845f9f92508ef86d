"""The runs that are kept: ``runs/<UTC time>-<digest>/`` beside a report, each a copy of it with its key numbers.

``latest`` points to the newest. A copy shares no file with the report, so editing the report does not change it. Kept
runs share the files that are equal (`genereport.runs.copies`).
"""

from __future__ import annotations

import math
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from genereport.errors import OutputError, VerificationError
from genereport.runs.atomic_replace import RUNS, Target, discard, kept, staged
from genereport.runs.copies import copy_file, copy_report
from genereport.runs.crate import read_crate
from genereport.runs.integrity import file_differences
from genereport.runs.writing import writing

if TYPE_CHECKING:
    from genereport.analyses.models.result import Models
    from genereport.analyses.trend.result import Trend
    from genereport.analysis import Analysis

KEY = "key.json"
THIS = "this run"

_NAME = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{8})")
_TIME = "%Y%m%dT%H%M%SZ"
_FEWEST, _LISTED = 3, 24


class Estimate(BaseModel):
    """An estimate with its interval; a limit is None if it could not be estimated."""

    model_config = ConfigDict(frozen=True)

    estimate: float
    low: float | None
    high: float | None


class KeyFigures(BaseModel):
    """The key numbers of a run, for the list of runs.

    Attributes:
        title: Title of the report.
        digest: Digest of settings, versions and inputs.
        samples: Number of all samples.
        train: Number of training samples.
        test: Number of independent samples.
        tested: Number of tested genes; None if that stage was skipped. The same holds for all that follows.
        bonferroni: Number of genes significant after Bonferroni's correction.
        bh: Number of genes significant after Benjamini and Hochberg's correction.
        chosen: Genes chosen on the whole training set.
        model: The named model.
        features: Feature set of the named model.
        cv: Cross-validated balanced accuracy of the named model.
        independent: Balanced accuracy of the named model on the independent set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    digest: str
    samples: int
    train: int
    test: int
    tested: int | None = None
    bonferroni: int | None = None
    bh: int | None = None
    chosen: tuple[str, ...] = ()
    model: str | None = None
    features: str | None = None
    cv: Estimate | None = None
    independent: Estimate | None = None


@dataclass(frozen=True)
class Run:
    """A run that is kept.

    Attributes:
        folder: The folder of the run.
        stem: Name of its report, without the ending.
    """

    folder: Path
    stem: str

    @property
    def name(self) -> str:
        """The UTC time and the start of the digest."""
        return self.folder.name

    @property
    def time(self) -> datetime:
        """The time when the run was kept."""
        return _time(self.name)

    @property
    def data(self) -> Path:
        """The folder of data of the run."""
        return self.folder / f"{self.stem}_data"

    @property
    def key(self) -> KeyFigures | None:
        """The key numbers of the run; None if they cannot be read."""
        try:
            return KeyFigures.model_validate_json((self.folder / KEY).read_bytes())
        except (OSError, ValidationError):
            return None

    def intact(self) -> bool:
        """Return whether every file of the run is as it was written."""
        try:
            return not any(True for _ in file_differences(self.data, read_crate(self.data)))
        except (OSError, VerificationError):
            return False


def kept_runs(target: Target) -> tuple[Run, ...]:
    """Return the kept runs of a report, oldest first."""
    folder = target.folder / RUNS
    found = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name)) if folder.is_dir() else []
    runs = (Run(path, target.stem) for path in found)
    return tuple(run for run in runs if run.data.is_dir())


def targets(place: Path) -> tuple[Target, ...]:
    """Return the reports whose runs are kept at a place.

    Args:
        place: A folder that holds ``runs/``, or a report beside it.

    Raises:
        OutputError: GR405 if no run is kept there.
    """
    folder = place if place.is_dir() else place.parent
    stems = {
        path.name.removesuffix("_data") for path in (folder / RUNS).glob("*/*_data") if not path.parent.is_symlink()
    }
    wanted = sorted(stems if place.is_dir() else stems & {place.stem})
    found = tuple(Target(folder.absolute(), stem) for stem in wanted)
    if not any(kept_runs(target) for target in found):
        raise OutputError(
            "GR405",
            "There are no kept runs here.",
            "Name the folder of a report that 'genereport build' wrote.",
            str(place),
        )
    return found


def put_aside(target: Target, key: KeyFigures) -> None:
    """Copy the staged files to where `commit` keeps them as a run; files that an earlier run has, too, are linked."""
    (target.folder / RUNS).mkdir(exist_ok=True)
    folder = kept(target) / _new_name(target, key.digest)
    copy_report(staged(target), folder, [run.folder for run in reversed(kept_runs(target))])
    (folder / KEY).write_text(key.model_dump_json(indent=2) + "\n", encoding="utf-8")


def restage(run: Run, target: Target) -> None:
    """Stage the report of a kept run again, to replace one that was lost or altered."""
    for name in target.names:
        source = run.folder / name
        if source.is_dir():
            shutil.copytree(source, staged(target) / name, copy_function=copy_file)
        elif source.exists():
            copy_file(source, staged(target) / name)


def prune(target: Target, keep: int) -> list[str]:
    """Remove all but the newest runs; the newest of the intact runs is never removed.

    Args:
        target: The report whose runs are removed.
        keep: Number of runs to leave, at least 1.

    Returns:
        Names of the runs that were removed, oldest first.

    Raises:
        OutputError: GR402 if the folder cannot be written.
    """
    runs = kept_runs(target)
    newest = runs[-keep:]
    good = next((run for run in reversed(runs) if run.intact()), None)
    removed = [run for run in runs if run not in newest and run != good]
    bin_ = target.staging / "pruned"
    with writing("The list of runs", target.folder):
        for run in removed:
            bin_.mkdir(parents=True, exist_ok=True)
            run.folder.replace(bin_ / run.name)  # in one step, so that no partial run is ever seen
        if removed:
            discard(target)
    return [run.name for run in removed]


def key_figures(analysis: Analysis, digest: str) -> KeyFigures:
    """Return the key numbers of an analysis.

    Args:
        analysis: Analysis of the run.
        digest: Digest of its settings, versions and inputs.
    """
    # Loads pandas and matplotlib: 0.94 s.
    from genereport.analyses.differential.result import Differential
    from genereport.analyses.models.result import Models
    from genereport.analyses.selection.result import Selection

    quality, genes, models = analysis.quality, analysis.differential, analysis.models
    facts: dict[str, object] = {}
    if isinstance(genes, Differential):
        facts |= {"tested": genes.tested, "bonferroni": genes.bonferroni, "bh": genes.bh}
    if isinstance(analysis.selection, Selection):
        facts["chosen"] = analysis.selection.chosen
    if isinstance(models, Models):
        named = models.named
        facts |= {"model": named.model, "features": named.features}
        facts |= {"cv": _figure(models, "cv"), "independent": _figure(models, "test")}
    sizes = {"samples": quality.samples, "train": quality.train, "test": quality.test}
    return KeyFigures.model_validate({"title": analysis.title, "digest": digest, **sizes, **facts})


def trend(target: Target, now: KeyFigures) -> Trend | None:
    """Return the key numbers of the distinct runs, this one last; None if there are fewer than three.

    Args:
        target: The report whose earlier runs are read.
        now: Key numbers of the run that is being reported. Earlier runs with the same digest are left out, so that
            equal runs give equal reports.
    """
    told = {run.name: run.key for run in kept_runs(target)}
    distinct = {key.digest: (name, key) for name, key in told.items() if key and key.digest != now.digest}
    if len(distinct) + 1 < _FEWEST:
        return None
    earlier = sorted(distinct.values(), key=lambda one: one[0])
    listed = [*earlier[-(_LISTED - 1) :], (THIS, now)]
    return _trend(listed, len(earlier) + 1)


def _trend(listed: list[tuple[str, KeyFigures]], count: int) -> Trend:
    import pandas as pd

    # Loads pandas and matplotlib: 0.94 s.
    from genereport.analyses.trend.result import Trend

    rows, before = [], None
    for name, key in listed:
        rows.append(
            {
                "time": _format_time(name),
                **_sizes(key),
                **_limits("cv", key.cv),
                **_limits("independent", key.independent),
            }
        )
        rows[-1] |= _compare_chosen(key, before)
        before = key
    index = pd.Index([name for name, _ in listed], name="run", dtype=str)
    return Trend(count, count - len(listed), pd.DataFrame(rows, index=index))


def _format_time(name: str) -> str:
    """Return when a run was kept, as ``2026-11-21 17:31``."""
    return name if name == THIS else f"{_time(name):%Y-%m-%d %H:%M}"


def _time(name: str) -> datetime:
    return datetime.strptime(name.partition("-")[0], _TIME).replace(tzinfo=UTC)


def _sizes(key: KeyFigures) -> dict[str, object]:
    counts = {name: getattr(key, name) for name in ("samples", "train", "test")}
    genes = {name: _number(getattr(key, name)) for name in ("tested", "bonferroni", "bh")}
    return {**counts, **genes, "model": key.model or "", "features": key.features or ""}


def _limits(name: str, figure: Estimate | None) -> dict[str, float]:
    low, high = (figure.low, figure.high) if figure else (None, None)
    return {
        name: _number(figure.estimate if figure else None),
        f"{name}_low": _number(low),
        f"{name}_high": _number(high),
    }


def _compare_chosen(key: KeyFigures, before: KeyFigures | None) -> dict[str, float]:
    """Return the number of chosen genes, how many of them the run before chose too, and the Jaccard index of both."""
    chosen, earlier = set(key.chosen), set(before.chosen) if before else set()
    if not chosen or not earlier:
        return {"chosen": float(len(chosen)), "kept": math.nan, "jaccard": math.nan}
    both = len(chosen & earlier)
    return {"chosen": float(len(chosen)), "kept": float(both), "jaccard": both / len(chosen | earlier)}


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _figure(models: Models, which: str) -> Estimate | None:
    named, metrics = models.named, models.metrics
    wanted = {"model": named.model, "features": named.features, "set": which, "metric": "balanced_accuracy"}
    for column, value in wanted.items():
        metrics = metrics[metrics[column] == value]
    if metrics.empty:
        return None
    estimate, low, high = (float(metrics[name].iloc[0]) for name in ("estimate", "ci_low", "ci_high"))
    limits = {"low": low, "high": high}
    return Estimate(estimate=estimate, **{name: None if math.isnan(limit) else limit for name, limit in limits.items()})


def _new_name(target: Target, digest: str) -> str:
    """Return a name with the next free second, since the clock of a machine may stand still or go back."""
    time = datetime.now(UTC)
    newest = kept_runs(target)
    if newest and newest[-1].time >= time.replace(microsecond=0):
        time = newest[-1].time + timedelta(seconds=1)
    return f"{time.strftime(_TIME)}-{digest[:8]}"
