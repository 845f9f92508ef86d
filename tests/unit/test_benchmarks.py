"""What the benchmarks say of what they measured, and how they measure it; nothing is timed here."""

from __future__ import annotations

import sys

import pytest

from benchmarks.cost import README, costs_on_record, judge
from benchmarks.measuring import Cost, measure
from benchmarks.reports import compared, ratio_table, seconds_table, sides_of
from benchmarks.where import Part, table

ORPHAN = """
import os, subprocess, sys, time
work = "import time\\nwhile time.process_time() < 0.5: pass\\nprint(flush=True)\\ntime.sleep(0.3)"
worker = subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE)
worker.stdout.readline()
os._exit(0)
"""


def test_a_cost_is_warned_of_from_twenty_per_cent_on() -> None:
    assert judge("golub", 9.5, 8.0) == "cost of the quick build of golub: 9.50, on record 8.00 (+19%)"
    assert judge("golub", 9.6, 8.0) == "WARNING: cost of the quick build of golub: 9.60, on record 8.00 (+20%)"
    assert judge("golub", 6.0, 8.0).endswith("(-25%)")
    assert "none on record" in judge("golub", 6.0, None)


def test_the_figures_on_record_are_found_in_the_readme() -> None:
    text = "Costs:\n\n- Cost of the quick build of bundled: 5.5 workloads\n- Cost of the quick build of golub: 7\n"
    assert costs_on_record(text) == {"bundled": 5.5, "golub": 7.0}
    assert set(costs_on_record(README.read_text(encoding="utf-8"))) == {"bundled", "golub"}


def test_processes_that_outlive_the_command_are_counted() -> None:
    cost = measure([sys.executable, "-c", ORPHAN])
    assert cost.cpu >= 0.5


def test_a_command_that_fails_is_told() -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        measure([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_ratios_are_those_of_each_round() -> None:
    took = {"stock": [Cost(100, 150), Cost(120, 150)], "shipped": [Cost(10, 30), Cost(10, 20)]}
    assert list(ratio_table(took))[2:] == ["| stock / shipped | 11.0 (10.0 to 12.0) | 6.2 (5.0 to 7.5) | 2 |"]
    assert list(seconds_table(took, 1))[-1] == "| **median** | 110.0 (150.0) | 10.0 (25.0) |"


def test_another_tree_is_compared_with_this_one() -> None:
    sides = sides_of(["shipped, HTML", "before", "stock", "shipped", "before, HTML"], before=True)
    assert sides == ["stock", "before", "before, HTML", "shipped", "shipped, HTML"]
    assert compared(sides)[-2:] == [("before", "shipped"), ("before, HTML", "shipped, HTML")]
    assert ("stock", "before") in compared(sides)


def test_parts_of_a_build_are_summed_by_group() -> None:
    parts = [Part("start", "start", 1, 1, 0), Part("stages", "quality", 2, 1, 0), Part("stages", "models", 3, 1, 2)]
    rows = list(table(parts))
    assert "| **stages** | 5.0 | 2.0 | 2.0 |" in rows
    assert rows[-1] == "| **all** | 6.0 | 3.0 | 2.0 |"


@pytest.mark.parametrize("name", ["where", "cost", "reports", "workload"])
def test_the_readme_names_every_script(name: str) -> None:
    assert f"benchmarks.{name}" in README.read_text(encoding="utf-8")
