"""On which scale the values are.

The rules, in their order; each states the evidence it rests on:

1. Whole numbers only, none negative, and at least 1 in 50 of them 10 or less, or all within a range of 50: counts.
   Intensities rounded to whole numbers have no such crowd near zero, and logarithms are not whole.
2. A range wider than 50, or 1 value in 100 above 100: intensity. A log2 value cannot be that large, for no scanner
   exceeds 2^20; a few negative values among large ones come from background subtraction.
3. At least 1 value in 5 negative: ratio. Log ratios lie on both sides of 0.
4. Anything else: log2.

`preprocess.scale` overrides.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from genereport.cohort.model import Scale, ScaleName

_SMALL_COUNT, _SMALL_SHARE = 10, 0.02
_WIDEST_LOG, _LARGEST_LOG = 50.0, 100.0
_RATIO_SHARE = 0.2


def detect_scale(values: npt.NDArray[np.float64]) -> Scale:
    """The scale of the values, with the evidence in words.

    Args:
        values: Any shape, in the unit of the file; NaN where missing, at least one value present.
    """
    present = values[~np.isnan(values)]
    lowest, highest = float(present.min()), float(present.max())
    upper = float(np.quantile(present, 0.99))
    negative = float(np.mean(present < 0))
    small = float(np.mean(present <= _SMALL_COUNT))
    span = f"range {lowest:,g} to {highest:,g}"
    whole = lowest >= 0 and bool(np.all(present == np.rint(present)))
    if whole and (small >= _SMALL_SHARE or highest - lowest <= _WIDEST_LOG):
        return Scale("counts", f"{span}, whole numbers only, {_percent(small)} of them {_SMALL_COUNT} or less")
    if highest - lowest > _WIDEST_LOG or upper > _LARGEST_LOG:
        below = f", {_percent(negative)} of the values negative" if negative else ", no negative values"
        return Scale("intensity", f"{span}, 99 % of the values at most {upper:,.0f}{below}: too wide for logarithms")
    if negative >= _RATIO_SHARE:
        return Scale("ratio", f"{span}, {_percent(negative)} of the values negative: log ratios around zero")
    below = f"{_percent(negative)} of the values negative" if negative else "no negative values"
    return Scale("log2", f"{span}, {below}: narrow enough for logarithms")


def named_scale(name: ScaleName, detected: Scale) -> Scale:
    """The scale that ``preprocess.scale`` names, with what detection would have said."""
    if name == detected.name:
        return Scale(name, f"set by preprocess.scale, as the values suggest ({detected.reason})")
    return Scale(name, f"set by preprocess.scale; the values look like {detected.name} ({detected.reason})")


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.0995 else f"{100 * share:.0f} %"
