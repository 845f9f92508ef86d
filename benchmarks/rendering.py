"""What it takes to render a stored report, part by part, against a whole run of the stock script.

``python -m benchmarks.rendering COHORT_FOLDER --rounds 3``

The report is analysed once and rendered in every round, HTML and PDF, in a process of its own; stock does all its work.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

GENEREPORT = str(Path(sys.executable).with_name("genereport"))


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def parts(data: Path) -> dict[str, float]:
    """Seconds of each part, by the log of the report."""
    events = [json.loads(line) for line in (data / "log.jsonl").read_text().splitlines()]
    marks = [("start", 0.0), *((event["event"], event["seconds"]) for event in events)]
    return {name: now - before for (_, before), (name, now) in pairwise(marks)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", type=Path, help="folder with Golub's three CSV files")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build = [GENEREPORT, "build", str(options.cohort), "--effort", "quick", "--quiet"]
        subprocess.run([*build, "--out", str(folder / "r.pdf")], check=True)
        ratios = []
        for number in range(options.rounds):
            again = [GENEREPORT, "render", str(folder / "r_data"), "--out", str(folder / "again.pdf"), "--force"]
            ours = seconds(again)
            stock = seconds(
                [
                    sys.executable,
                    "benchmarks/stock.py",
                    str(options.cohort),
                    "--repeats",
                    "1",
                    "--out",
                    str(folder / "stock.pdf"),
                ]
            )
            told = ", ".join(f"{part} {took:.1f}" for part, took in parts(folder / "again_data").items())
            print(f"round {number + 1}: stock {stock:.1f} s, render {ours:.1f} s ({told})", flush=True)
            ratios.append(stock / ours)
        print(f"stock / render: {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})")


if __name__ == "__main__":
    main()
