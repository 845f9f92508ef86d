"""Runs are kept, listed and pruned; the newest good one never goes."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genereport.analyses.result import Skipped
from genereport.analyses.trend.result import Trend
from genereport.analysis import Analysis
from genereport.errors import OutputError
from genereport.runs import history
from genereport.runs.atomic_replace import Target, staged
from genereport.runs.copies import copy_report
from genereport.runs.history import THIS, KeyFigures, kept_runs, key_figures, prune, restage, targets, trend
from genereport.runs.store import write_report
from tests.analyses import lean, two_class, without_independent_set


def key(number: int = 0, **facts: object) -> KeyFigures:
    digest = f"{number:08x}".ljust(64, "0")
    return KeyFigures.model_validate({"title": "T", "digest": digest, "samples": 9, "train": 6, "test": 3, **facts})


def keep(target: Target, *keys: KeyFigures) -> None:
    """Runs of nothing but key figures, a month apart."""
    for month, one in enumerate(keys, start=1):
        folder = target.folder / "runs" / f"2026{month:02d}01T060000Z-{one.digest[:8]}"
        (folder / f"{target.stem}_data").mkdir(parents=True)
        (folder / "key.json").write_text(one.model_dump_json())


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target.of(tmp_path / "r.html")


@pytest.fixture(scope="module")
def thrice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs of one report, each with other key figures; not to be changed."""
    folder = tmp_path_factory.mktemp("thrice")
    for number in range(3):
        write_report(
            lean(),
            folder / "r.html",
            formats=["html"],
            jobs=1,
            force=True,
            key=key_figures(lean(), f"{number:064x}"),
        )
    return folder


def test_a_kept_run_is_a_copy_of_the_report_that_shares_nothing_with_it(thrice: Path) -> None:
    runs = kept_runs(Target.of(thrice / "r.html"))
    assert len({run.name for run in runs}) == 3
    assert all(run.intact() for run in runs)
    assert (thrice / "runs" / "latest").resolve() == runs[-1].folder
    for path in (path for path in (thrice / "r_data").rglob("*") if path.is_file()):
        copy = runs[-1].data / path.relative_to(thrice / "r_data")
        assert copy.read_bytes() == path.read_bytes()
        assert not copy.samefile(path)
    assert (runs[-1].folder / "r.html").read_bytes() == (thrice / "r.html").read_bytes()


def test_kept_runs_share_equal_files_and_are_read_only(thrice: Path) -> None:
    first, *_, last = kept_runs(Target.of(thrice / "r.html"))
    for path in (path for path in first.folder.rglob("*") if path.is_file() and path.name != "key.json"):
        same = path.read_bytes() == (last.folder / path.relative_to(first.folder)).read_bytes()
        assert (last.folder / path.relative_to(first.folder)).samefile(path) == same, path
        assert path.stat().st_mode & 0o222 == 0, path
    assert (last.folder / "r.html").samefile(first.folder / "r.html")


def test_a_report_that_is_restored_shares_nothing_with_the_kept_run(thrice: Path, tmp_path: Path) -> None:
    run, target = kept_runs(Target.of(thrice / "r.html"))[-1], Target.of(tmp_path / "r.html")
    staged(target).mkdir(parents=True)
    restage(run, target)
    page = staged(target) / "r.html"
    assert page.read_bytes() == (run.folder / "r.html").read_bytes()
    assert not page.samefile(run.folder / "r.html")
    page.write_text("edited in place")
    assert run.intact()


@pytest.mark.parametrize("links", [True, False])
def test_files_are_linked_if_they_are_equal_and_copied_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(1, "no links here")

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", refuse)
    for folder, content in (("old", "one"), ("new", "two")):
        (tmp_path / folder / "deep").mkdir(parents=True)
        (tmp_path / folder / "deep" / "same").write_text("same")
        (tmp_path / folder / "other").write_text(content)
    copy_report(tmp_path / "old", tmp_path / "a")
    copy_report(tmp_path / "new", tmp_path / "b", [tmp_path / "a"])
    assert (tmp_path / "b" / "deep" / "same").samefile(tmp_path / "a" / "deep" / "same") is links
    assert (tmp_path / "b" / "other").read_text() == "two"
    assert not (tmp_path / "b" / "other").samefile(tmp_path / "new" / "other")
    shutil.rmtree(tmp_path / "a")
    assert (tmp_path / "b" / "deep" / "same").read_text() == "same"


def test_names_tell_time_and_digest_and_rise_even_within_a_second(thrice: Path) -> None:
    names = [run.name for run in kept_runs(Target.of(thrice / "r.html"))]
    assert all(re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", name) for name in names)
    assert names == sorted(names)
    newest = kept_runs(Target.of(thrice / "r.html"))[-1]
    assert abs((datetime.now(UTC) - newest.time).total_seconds()) < 3600


def test_a_clock_that_went_back_does_not_disturb_the_order(target: Target) -> None:
    (target.folder / "runs" / "29991231T235959Z-00000000" / "r_data").mkdir(parents=True)
    write_report(lean(), target.folder / "r.html", formats=["html"], jobs=1, key=key(1))
    assert [run.name for run in kept_runs(target)] == ["29991231T235959Z-00000000", "30000101T000000Z-00000001"]
    assert (target.folder / "runs" / "latest").resolve().name == "30000101T000000Z-00000001"


def test_key_figures_are_those_of_the_analysis() -> None:
    analysis = two_class()
    found = key_figures(analysis, "d")
    metrics = analysis.models.metrics  # type: ignore[union-attr]
    named = metrics[(metrics["model"] == found.model) & (metrics["features"] == found.features)]
    balanced = named[named["metric"] == "balanced_accuracy"].set_index("set")
    assert found.cv is not None
    assert found.independent is not None
    assert found.cv.estimate == balanced.loc["cv", "estimate"]
    assert found.independent.high == balanced.loc["test", "ci_high"]
    assert found.chosen == analysis.selection.chosen  # type: ignore[union-attr]
    assert KeyFigures.model_validate_json(found.model_dump_json()) == found
    assert key_figures(without_independent_set(), "d").independent is None


def test_stages_that_were_skipped_leave_gaps() -> None:
    reason = Skipped("No.")
    found = key_figures(two_class().with_results(differential=reason, selection=reason, models=reason), "d")
    assert (found.tested, found.chosen, found.model, found.cv) == (None, (), None, None)


def test_pruning_keeps_the_newest_and_the_newest_good_one(thrice: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(thrice, folder, symlinks=True)
    target = Target.of(folder / "r.html")
    names = [run.name for run in kept_runs(target)]
    for name in names[1:]:
        altered = folder / "runs" / name / "r.html"
        altered.unlink()  # it is read-only and shared
        altered.write_text("altered")
    assert prune(target, 1) == [names[1]]
    assert [run.name for run in kept_runs(target)] == [names[0], names[2]]
    assert not target.staging.exists()
    assert prune(target, 5) == []


@settings(max_examples=30, deadline=None)
@given(good=st.lists(st.booleans(), min_size=1, max_size=6), count=st.integers(1, 7))
def test_whatever_is_pruned_the_newest_good_run_stays(
    tmp_path_factory: pytest.TempPathFactory, good: list[bool], count: int
) -> None:
    target = Target.of(tmp_path_factory.mktemp("runs") / "r.html")
    keep(target, *(key(number) for number in range(len(good))))
    names = [run.name for run in kept_runs(target)]
    whole = {name for name, one in zip(names, good, strict=True) if one}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history.Run, "intact", lambda run: run.name in whole)
        prune(target, count)
    left = [run.name for run in kept_runs(target)]
    assert left[-count:] == names[-count:]
    assert max(whole, default=None) in {*left, None}
    assert len(left) <= count + 1


def test_runs_of_another_report_in_the_folder_stay(target: Target) -> None:
    keep(target, key(0), key(1), key(2))
    other = Target.of(target.folder / "other.pdf")
    (target.folder / "runs" / "20250101T000000Z-0000000a" / "other_data").mkdir(parents=True)
    prune(target, 1)
    assert len(kept_runs(other)) == 1
    assert [found.stem for found in targets(target.folder)] == ["other", "r"]
    assert [found.stem for found in targets(target.folder / "r.pdf")] == ["r"]


def test_a_place_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="GR405"):
        targets(tmp_path)


def test_there_is_no_trend_of_two(target: Target) -> None:
    keep(target, key(0), key(1))
    assert trend(target, key(1)) is None
    assert trend(target, key(2)) is not None


def test_equal_runs_count_once_and_this_one_comes_last(target: Target) -> None:
    keep(target, key(3), key(0), key(1), key(0), key(2))
    found = trend(target, key(3))
    assert isinstance(found, Trend)
    assert found.count == 4
    assert list(found.runs.index) == [
        "20260301T060000Z-00000001",
        "20260401T060000Z-00000000",
        "20260501T060000Z-00000002",
        THIS,
    ]
    assert list(found.runs["time"]) == ["2026-03-01 06:00", "2026-04-01 06:00", "2026-05-01 06:00", THIS]


def test_the_trend_counts_the_genes_that_stayed(target: Target) -> None:
    keep(target, key(0, chosen=("a", "b", "c", "d")), key(1))
    found = trend(target, key(2, chosen=("a", "b", "x")))
    assert found is not None
    assert found.runs["kept"].isna().all()
    keep(Target.of(target.folder / "s" / "r.html"), key(0, chosen=("q",)), key(1, chosen=("a", "b", "c", "d")))
    found = trend(Target.of(target.folder / "s" / "r.html"), key(2, chosen=("a", "b", "x")))
    assert found is not None
    assert found.runs["kept"].iloc[-1] == 2
    assert found.runs["jaccard"].iloc[-1] == 2 / 5


def test_only_the_newest_two_dozen_are_listed(target: Target) -> None:
    for number in range(40):
        folder = target.folder / "runs" / f"2026010{number // 10}T00000{number % 10}Z-{number:08x}"
        (folder / "r_data").mkdir(parents=True)
        (folder / "key.json").write_text(key(number).model_dump_json())
    found = trend(target, key(99))
    assert found is not None
    assert (found.count, found.left_out, len(found.runs)) == (41, 17, 24)


def test_a_trend_is_stored_with_the_results(target: Target) -> None:
    keep(target, key(0), key(1))
    analysis = two_class().with_results(trend=trend(target, key_figures(two_class(), "d")))
    again = Analysis.from_json(analysis.to_json())
    assert again.trend is not None
    assert again.to_json() == analysis.to_json()
    assert again.trend.runs.equals(analysis.trend.runs)  # type: ignore[union-attr]
