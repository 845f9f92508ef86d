"""Rows of a matrix that are no genes, and columns that are no samples: summaries of counting programs, and copies."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from genereport.cohort.layout import Matrix
from genereport.cohort.wording import counted, quoted
from genereport.errors import Finding

_HTSEQ = ("no_feature", "ambiguous", "too_low_aqual", "not_aligned", "alignment_not_unique")
_FEATURECOUNTS = (
    "assigned",
    *(
        f"unassigned_{reason}"
        for reason in (
            *("unmapped", "read_type", "singleton", "mappingquality", "chimera", "fragmentlength", "duplicate"),
            *("multimapping", "secondary", "nonsplit", "nofeatures", "overlapping_length", "ambiguity"),
        )
    ),
)
SUMMARY_ROWS = frozenset(
    [
        *(f"__{name}" for name in _HTSEQ),
        *_HTSEQ,
        *("n_unmapped", "n_multimapping", "n_nofeature", "n_ambiguous"),
        *_FEATURECOUNTS,
        *("total_reads", "total_counts", "mapped_reads", "unmapped_reads", "library_size"),
        "eweight",
    ]
)
"""Rows of htseq-count, STAR and featureCounts, of sums, and of weights in Stanford's PCL files; in lower case."""

_UNITS = r"norm|normali[sz]ed|scaled|cpm|logcpm|tpm|fpkm|rpkm|rlog|vst|log2"


def without_summary_rows(matrix: Matrix) -> Matrix:
    """Set aside the rows that are no genes, with a finding; a matrix of such rows alone is returned unchanged."""
    kept = [place for place, gene in enumerate(matrix.genes) if gene.lower() not in SUMMARY_ROWS]
    aside = [gene for gene in matrix.genes if gene.lower() in SUMMARY_ROWS]
    if not aside or not kept:
        return matrix
    finding = Finding(
        "GR341",
        "note",
        matrix.name,
        f"{counted(len(aside), 'row is no gene and was', 'rows are no genes and were')} set aside: "
        f"{quoted(aside, 8)}. They count reads that belong to no gene, sum over genes, or hold weights.",
    )
    return replace(matrix.take(kept), findings=(*matrix.findings, finding))


def columns_that_repeat(names: Sequence[str], samples: Collection[str]) -> list[str]:
    """Return the names that are a sample id with the name of a unit before or after it, such as ``S1_norm``."""
    known = set(samples)

    def repeats(name: str) -> bool:
        found = re.fullmatch(rf"(.+?)[._ -]+(?:{_UNITS})|(?:{_UNITS})[._ -]+(.+)", name, re.IGNORECASE)
        return found is not None and (found[1] or found[2]) in known

    return [name for name in names if repeats(name)]


def is_constant(cells: Sequence[float]) -> bool:
    """Return whether a column holds the same number for every gene, of which there are at least three."""
    return len(cells) > 2 and len(set(cells)) == 1


def describe_columns(repeated: Sequence[str], constant: Sequence[str], name: str) -> tuple[Finding, ...]:
    """Return a finding for columns that are no samples.

    Args:
        repeated: Columns that give samples again in another unit.
        constant: Columns with one value for all genes.
        name: File name of the matrix.
    """
    parts = []
    if repeated:
        said = counted(len(repeated), "column repeats a sample", "columns repeat samples")
        parts.append(
            f"{said} in another unit: {quoted(repeated)}. The columns that are called as in the sheet were used."
        )
    if constant:
        said = counted(len(constant), "column holds", "columns hold")
        parts.append(f"{said} one value for all genes, as no sample does: {quoted(constant)}.")
    message = " ".join(parts)
    return (Finding("GR342", "note", name, f"Numeric columns were set aside. {message}"),) if parts else ()
