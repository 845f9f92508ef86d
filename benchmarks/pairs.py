"""The same work done by us and by stock code, timed in turn on one thread; only the ratios mean anything."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

ROUNDS = 5
_LEAST = 0.2


class Pair(NamedTuple):
    """The same work done by us and by stock code; both return an array to be compared."""

    name: str
    ours: Callable[[], np.ndarray]
    stock: Callable[[], np.ndarray]
    rounds: int = ROUNDS


def seconds(work: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """How long the work took, short work on average over a fifth of a second, and its result."""
    start = time.perf_counter()
    result = work()
    took = time.perf_counter() - start
    repeats = int(_LEAST / took)
    if repeats < 2:
        return took, result
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats, result


def compare(pair: Pair) -> str:
    """Run both in turn, compare the results first, and tell the median and range of the ratios."""
    ratios, ours = [], []
    for _ in range(pair.rounds):
        mine, result = seconds(pair.ours)
        theirs, expected = seconds(pair.stock)
        np.testing.assert_allclose(result, expected, rtol=1e-9, atol=2e-4)
        ratios.append(theirs / mine)
        ours.append(mine)
    return told(pair.name, ratios, ours)


def told(name: str, ratios: list[float], ours: list[float]) -> str:
    """One line on a comparison."""
    middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
    return f"{name}: {middle:.1f} × faster ({low:.1f} to {high:.1f}); ours {statistics.median(ours):.4f} s"
