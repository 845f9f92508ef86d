"""What simulated matrices of every kind are detected as.

``python -m tests.unit.cohort.test_kinds 200`` prints the table for 200 matrices of each kind.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
import pytest

from genereport.cohort.model import Scale
from genereport.cohort.scale import detect_scale
from tests.unit.cohort.kinds import KINDS, draw


def short(scale: Scale) -> str:
    """What a matrix was detected as, in the words of `KINDS`."""
    if scale.refused:
        return "refused"
    if scale.undo is None:
        return scale.name + ("?" if scale.sure == "ambiguous" else "")
    undo = scale.undo
    parts = [f"{undo.base:.4g}+{undo.pseudocount:g}"] if undo.base else []
    return f"{scale.name}:" + ",".join([*parts, *(["unit"] if undo.by_unit else [])])


def found(name: str, seeds: range) -> Counter[str]:
    return Counter(short(detect_scale(draw(name, seed))) for seed in seeds)


@pytest.mark.parametrize("name", KINDS)
def test_a_matrix_is_never_taken_for_another_kind(name: str) -> None:
    assert set(found(name, range(3))) <= KINDS[name][1]


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_two_hundred_matrices_are_never_taken_for_another_kind(name: str) -> None:
    assert set(found(name, range(200))) <= KINDS[name][1]


@pytest.mark.parametrize("name", [name for name, (_, allowed) in KINDS.items() if any(":" in a for a in allowed)])
def test_what_is_proven_is_undone_exactly(name: str) -> None:
    for seed in range(6):
        values = draw(name, seed)
        scale = detect_scale(values)
        if scale.undo is None:
            continue
        back = scale.undo.undone(values)
        assert (back >= 0).all()
        if scale.name == "counts":
            fine = back < 5000  # beyond, four decimals of a logarithm do not tell the whole number
            assert np.array_equal(back[fine], np.rint(back[fine]))
        else:
            assert np.abs(back.sum(axis=1) / 1e6 - 1).max() < 0.01
        return
    pytest.fail("none of the matrices is proven")


def main() -> None:
    number = int(sys.argv[1])
    for name in KINDS:
        each = found(name, range(number))
        print(f"{name:38s}", ", ".join(f"{what} {times}" for what, times in each.most_common()), flush=True)


if __name__ == "__main__":
    main()
