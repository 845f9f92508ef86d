"""The strand of the reads in libraries that were counted for each strand, as by STAR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from genereport.cohort.wording import counted
from genereport.errors import CohortError, Finding, listed

Strand = Literal["unstranded", "forward", "reverse"]

STRANDS: tuple[Strand, ...] = ("unstranded", "forward", "reverse")
"""The kinds of libraries, in the order of the columns of STAR."""

STRANDED, UNSTRANDED = 0.8, 0.1
"""From the first share of the reads on one strand, a library is stranded; if the shares of the two strands differ by at
most the second, it is not. Both are the defaults of nf-core/rnaseq."""


class StrandSums(NamedTuple):
    """Reads of one sample that were assigned to genes.

    Attributes:
        unstranded: Reads on either strand.
        forward: Reads on the strand of the gene.
        reverse: Reads on the other strand.
    """

    unstranded: float
    forward: float
    reverse: float


def find_strand(sums: StrandSums) -> Strand | None:
    """Return the strandedness of a library; None if its sums do not show it.

    Args:
        sums: Its reads on the strands.

    Example:
        >>> find_strand(StrandSums(1000.0, 20.0, 980.0)), find_strand(StrandSums(1000.0, 700.0, 300.0))
        ('reverse', None)
    """
    total = sums.forward + sums.reverse
    if total == 0:
        return None
    forward, reverse = sums.forward / total, sums.reverse / total
    if forward >= STRANDED:
        return "forward"
    if reverse >= STRANDED:
        return "reverse"
    return "unstranded" if abs(forward - reverse) <= UNSTRANDED else None


def common_strand(sums: Mapping[str, StrandSums], folder: str) -> Strand:
    """Return the strandedness that all samples have.

    Args:
        sums: Id of each sample → its reads on the strands.
        folder: Name of the folder, for messages.

    Raises:
        CohortError: GR192 if the samples differ, or the sums of one do not show it.
    """
    found = {sample: find_strand(each) for sample, each in sums.items()}
    kinds = set(found.values())
    if len(kinds) == 1 and None not in kinds:
        return next(strand for strand in found.values() if strand is not None)
    groups = {name: [sample for sample, strand in found.items() if strand == name] for name in (*STRANDS, None)}
    parts = [_describe_group(name, samples, sums) for name, samples in groups.items() if samples]
    raise CohortError(
        "GR192",
        "These are counts for each strand, and the samples do not agree on the strand of their reads: "
        f"{'; '.join(parts)}.",
        "Name the strand that the protocol of the library keeps, for example --set cohort.strand=reverse, or leave out "
        "the samples of another protocol.",
        folder,
    )


def _describe_group(strand: Strand | None, samples: Sequence[str], sums: Mapping[str, StrandSums]) -> str:
    each = [f"{sample} with {_describe_sums(sums[sample])}" for sample in samples]
    return f"{counted(len(samples), 'sample is', 'samples are')} {strand or 'unclear'} ({listed(each, 2)})"


def _describe_sums(sums: StrandSums) -> str:
    return f"{sums.forward:,.0f} reads forward and {sums.reverse:,.0f} reverse"


def describe_strand(strand: Strand, sums: Mapping[str, StrandSums], folder: str) -> Finding:
    """Return the finding that the strandedness was inferred, with the sums over all samples."""
    total = StrandSums(*map(sum, zip(*sums.values(), strict=True)))
    return Finding(
        "GR361",
        "note",
        folder,
        f"The files count the reads for each strand. The counts of {_library(strand)} were used, which follows from "
        f"the reads in genes: {_describe_sums(total)} over {counted(len(sums), 'sample', 'samples')}, and every single "
        "sample shows the same.",
    )


def _library(strand: Strand) -> str:
    return "unstranded libraries" if strand == "unstranded" else f"{strand}-stranded libraries"
