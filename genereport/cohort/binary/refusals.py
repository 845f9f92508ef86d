"""Refusals that several kinds of files share."""

from __future__ import annotations

from genereport.errors import CohortError

MOST_SAMPLES = 5000
"""Number of observations above which they are taken for cells."""

MOST_VALUES = 400_000_000
"""Number of values above which a matrix is not read."""

FEW_CELLS = 100
"""Number of observations up to which the share of zeros does not matter."""

MOST_ZEROS = 0.9
"""Share of zeros above which more observations are taken for cells."""


def missing_package_error(kind: str, package: str, extra: str, name: str) -> CohortError:
    """Return the error that a package is not installed.

    Args:
        kind: What the file is.
        package: Package that reads it.
        extra: Extra of genereport that installs the package.
        name: File name.
    """
    return CohortError(
        "GR182",
        f"This is {kind}, which is read by the package {package}, and {package} is not installed.",
        f"Install it: pip install 'genereport[{extra}]'. Or export the table as CSV or TSV.",
        name,
    )


def damaged_error(kind: str, error: Exception, name: str) -> CohortError:
    """Return the error that a file cannot be read.

    Args:
        kind: What the file seems to be.
        error: What its package says.
        name: File name.
    """
    reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return CohortError(
        "GR181",
        f"This looks like {kind}, and cannot be read ({reason[:200]}).",
        "It may be damaged or cut off: copy or export it again, or export the table as CSV or TSV.",
        name,
    )


def no_parts_error(kind: str, part: str, name: str) -> CohortError:
    """Return the error that a part of a file is named that has no parts.

    Args:
        kind: What the file is.
        part: The part.
        name: File name.
    """
    return CohortError("GR180", f"This is {kind}, which has no part '{part}'.", "Name the file without the part.", name)


def require_samples(samples: int, genes: int, filled: int, kind: str, name: str) -> None:
    """Require that a matrix can be one of samples, not of single cells, and is not too large.

    Args:
        samples: Number of samples.
        genes: Number of genes.
        filled: Number of values that are not zero; that of all values if it is not known yet.
        kind: What the file is.
        name: File name.

    Raises:
        CohortError: GR184 if it cannot.
    """
    zeros = 1 - filled / max(samples * genes, 1)
    if samples <= MOST_SAMPLES and samples * genes <= MOST_VALUES and (samples <= FEW_CELLS or zeros <= MOST_ZEROS):
        return
    sparse = f", {zeros:.0%} of them zero" if zeros > MOST_ZEROS else ""
    raise CohortError(
        "GR184",
        f"This is {kind} with {samples:,} observations of {genes:,} genes{sparse}, so the observations seem to be "
        "single cells. genereport compares samples, such as patients.",
        "Sum the counts of the cells of each sample first (pseudo-bulk), and give the matrix of samples.",
        name,
    )
