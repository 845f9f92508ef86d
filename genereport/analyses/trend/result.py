"""The key numbers of a study from run to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from genereport.analyses.result import Tabled
from genereport.frames import Frame

Which = Literal["cv", "independent"]

_ESTIMATES: tuple[Which, ...] = ("cv", "independent")


@dataclass(frozen=True, eq=False)
class Trend(Tabled, main="runs"):
    """The distinct runs of a study that are kept, this one last.

    Attributes:
        count: Number of distinct runs, this one included; at least three.
        left_out: Number of older runs that are kept but not listed.
        runs: Index run (its folder; ``this run`` for this one, whose time is no part of a report); columns time (UTC),
            samples, train, test, tested, bonferroni, bh, model and features of the named model, cv, cv_low and cv_high
            (its cross-validated balanced accuracy), independent, independent_low, independent_high (likewise on the
            independent set; NaN without one), chosen (number of genes chosen on the whole training set), kept (number
            of them that the run before had chosen, too; NaN for the first), jaccard (of the two sets; likewise).
    """

    count: int
    left_out: int
    runs: Frame

    @property
    def estimated(self) -> tuple[Which, ...]:
        """Those of ``cv`` and ``independent`` for which at least one run has a balanced accuracy."""
        return tuple(name for name in _ESTIMATES if self.runs[name].notna().any())
