"""The cohort: expression, samples and genes, joined by id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from genereport.cohort.units import label_units
from genereport.errors import Finding
from genereport.types import Codes, Undo

ScaleName = Literal["intensity", "log2", "ln", "log10", "ratio", "counts", "tpm", "beta", "standardised"]
Sureness = Literal["clear", "likely", "ambiguous"]


@dataclass(frozen=True)
class Source:
    """One input file as it was read.

    Attributes:
        role: ``"expression"``, ``"test_expression"``, ``"labels"``, ``"samples"``, ``"annotation"``, ``"contrasts"`` or
            ``"study"``.
        name: File name without its folder.
        size: Size in bytes.
        sha256: Hex digest of the bytes.
        path: Path from which it was read; never stored with the results.
    """

    role: str
    name: str
    size: int
    sha256: str
    path: str = ""


@dataclass(frozen=True)
class Scale:
    """The scale of the values, and the evidence for it.

    Attributes:
        name: ``intensity`` (raw), ``log2``, ``ln`` or ``log10`` (logarithms), ``ratio`` (log ratios, centred near 0),
            ``counts`` (whole or estimated), ``tpm`` (TPM, CPM or FPKM), ``beta`` (shares of methylation) or
            ``standardised`` (each gene or array has mean 0 and standard deviation 1).
        reason: The evidence in words, with its numbers; or that a setting names it.
        sure: How certain the scale is; ``clear`` where a setting names it.
        alternatives: Scales that the values may be on, the assumed one first; empty where there is only one.
        undo: How the values of the file are converted to this scale; None: they are on it.
        refused: Why the values can be analysed on no scale, a whole sentence; empty if they can.
    """

    name: ScaleName
    reason: str
    sure: Sureness = "clear"
    alternatives: tuple[ScaleName, ...] = ()
    undo: Undo | None = None
    refused: str = ""


ExclusionStep = Literal["named", "unlisted", "filter", "unlabelled", "other class"]
"""Why samples are left out: by name, without a row in the sheet, by the filter, without a class, with another class."""


@dataclass(frozen=True)
class Exclusion:
    """Samples of the files that a setting leaves out for one reason.

    Attributes:
        step: The reason in one word.
        samples: Ids of the samples, in the order of the files.
        classes: Class of each of them in the sample sheet; empty where it is unknown.
        told: The reason in words, as in "left out: cohort.exclude names them".
    """

    step: ExclusionStep
    samples: tuple[str, ...]
    classes: tuple[str, ...]
    told: str


@dataclass(frozen=True)
class Contrast:
    """A planned comparison of two levels of a column of the sample sheet.

    Attributes:
        name: Its id.
        variable: The column.
        reference: Level that log fold changes are measured from.
        target: Level that is compared with it.
        blocking: Columns that the comparison is adjusted for, as factors.
        excluded_by: Column by which samples are left out of this contrast; empty if none are.
        excluded: Values of that column whose samples are left out.
    """

    name: str
    variable: str
    reference: str
    target: str
    blocking: tuple[str, ...] = ()
    excluded_by: str = ""
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Cohort:
    """Samples × genes, with annotation of both. Ids are unique strings; nothing is joined by position.

    Attributes:
        expression: float64, index sample id, columns gene id; NaN where a value is missing.
        samples: Same index; columns ``class`` (str) and ``set`` (``train`` or ``test``), then covariates as read.
        genes: Index gene id (same order as the columns of `expression`); columns ``symbol`` and ``description``
            (empty strings where unknown), ``control`` (bool: AFFX and other control probes).
        classes: Class levels, the reference first; the target of a two-class comparison is the last.
        scale: Scale of `expression` and the evidence for it.
        sources: The files from which it was read.
        layout: ``golub``, ``series``, ``soft``, ``gct``, ``one table``, ``one file a sample``, ``nf-core``, ``matrix``
            or ``simulated``.
        simulated: Whether the data are simulated; every page then says so.
        findings: Findings of the readers.
        unit: Column of `samples` that names units such as patients, each of which may have several samples; empty if
            there is none.
        label: Column of the sample sheet that holds the class; in a design it stands for ``class``.
        set_aside: Numbers of rows of the training matrix that the readers set aside, in this order: ``no gene``,
            ``repeated`` (another row of the gene was kept) and ``empty`` (no value in a training sample).
        excluded: Samples of the files that settings leave out, in the order in which they were left out.
        contrasts: Planned comparisons, each of two levels of a column.
        blocking: Columns that the classes are compared within, as factors, unless a design is given.
        drawn: Whether the independent set was drawn at random from these samples.

    Example:
        A cohort may be made by hand.

        >>> samples = pd.DataFrame({"class": ["ALL", "AML"], "set": "train"}, index=["s1", "s2"])
        >>> genes = pd.DataFrame({"symbol": ["ZYX"], "description": "", "control": False}, index=["X95735_at"])
        >>> values = pd.DataFrame([[8.1], [10.4]], index=samples.index, columns=genes.index)
        >>> own = Cohort(values, samples, genes, ("ALL", "AML"), Scale("log2", "the values are known to be log2"))
        >>> own.expression.shape, own.target, own.has_test
        ((2, 1), 'AML', False)
    """

    expression: pd.DataFrame
    samples: pd.DataFrame
    genes: pd.DataFrame
    classes: tuple[str, ...]
    scale: Scale
    sources: tuple[Source, ...] = ()
    layout: str = "matrix"
    simulated: bool = False
    findings: tuple[Finding, ...] = ()
    unit: str = ""
    label: str = "class"
    set_aside: tuple[tuple[str, int], ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    blocking: tuple[str, ...] = ()
    drawn: bool = False

    @property
    def reference(self) -> str:
        """The class relative to which log fold changes are measured.

        Example:
            >>> cohort.classes, cohort.reference
            (('ALL', 'AML'), 'ALL')
        """
        return self.classes[0]

    @property
    def target(self) -> str:
        """The class of interest when there are two: sensitivity, F1 and logFC refer to it.

        Example:
            >>> cohort.classes, cohort.target
            (('ALL', 'AML'), 'AML')
        """
        return self.classes[-1]

    @property
    def covariates(self) -> list[str]:
        """Names of the sample columns other than ``class`` and ``set``.

        Example:
            >>> cohort.covariates
            ['subtype', 'tissue', 'centre', 'sex']
        """
        return [name for name in self.samples.columns if name not in ("class", "set")]

    @property
    def has_test(self) -> bool:
        """Whether there is an independent set.

        Example:
            >>> cohort.has_test, cohort.subset("train").has_test
            (True, False)
        """
        return bool((self.samples["set"] == "test").any())

    @cached_property
    def codes(self) -> Codes:
        """The class of each sample as its position in `classes`, shape (n,).

        Example:
            >>> np.bincount(cohort.codes)
            array([47, 25])
        """
        return pd.Categorical(self.samples["class"], categories=self.classes).codes.astype(np.intp)

    @cached_property
    def units(self) -> Codes | None:
        """The unit of each sample as a number from 0, shape (n,); None if no column names units or none is shared.

        Example:
            >>> cohort.units is None
            True
            >>> set(replace(cohort, unit="centre").units.tolist())
            {0, 1, 2}
        """
        if not self.unit:
            return None
        numbers, names = pd.factorize(label_units(self.samples[self.unit]))
        return numbers.astype(np.intp) if len(names) < len(numbers) else None

    def subset(self, which: Literal["train", "test"]) -> Cohort:
        """Return the samples of one set, in their order.

        Args:
            which: ``train`` or ``test``.

        Returns:
            A cohort of these samples, with all genes.

        Example:
            >>> cohort.expression.shape, cohort.subset("test").expression.shape
            ((72, 500), (34, 500))
        """
        rows = self.samples["set"] == which
        return replace(self, expression=self.expression.loc[rows], samples=self.samples.loc[rows])
