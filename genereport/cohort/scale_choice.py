"""The scale of a cohort: named by a setting, or that of the training set and the independent set alike."""

from __future__ import annotations

import numpy as np

from genereport.cohort.model import Scale
from genereport.cohort.scale import detect_scale, named_scale
from genereport.cohort.undo import can_undo, describe_undo
from genereport.errors import CohortError, Finding
from genereport.names import scale_name
from genereport.settings import Settings
from genereport.types import Array


def find_scale(train: Array, test: Array, settings: Settings) -> Scale:
    """Return the scale that a setting names, else the common scale of the training and the independent set.

    If a setting names the scale from which the values were provably computed, they are converted back, too.

    Args:
        train: Training samples × genes in the unit of the file; NaN is missing.
        test: The same of the independent set, which may have no samples.
        settings: Resolved settings.

    Raises:
        CohortError: GR208 if the sets differ, GR223 if the values may be on several scales, GR228 if a batch effect was
            subtracted from counts.
    """
    every = detect_scale(np.concatenate([train, test])) if len(test) else detect_scale(train)
    # If values were standardised over both sets together, neither set is standardised by itself.
    found = every if every.name == "standardised" else detect_scale(train)
    named = settings.preprocess.scale
    if named != "auto" and (found.undo is None or named != found.name):
        return named_scale(named, detect_scale(train, prove=False))
    if found.sure == "ambiguous":
        raise _ambiguous_scale_error(found)
    if found.undo is not None:
        if not len(test) or can_undo(found.undo, test):
            return found
        found = detect_scale(train, prove=False)
        if named != "auto":
            return named_scale(named, found)
    other = detect_scale(test, prove=False) if len(test) and found.name != "standardised" else found
    if other.sure != "ambiguous" and other.name != found.name:
        raise CohortError(
            "GR208",
            f"The training values look like {scale_name(found.name)} ({found.reason}), the independent values like "
            f"{scale_name(other.name)} ({other.reason}).",
            f"Bring both to one scale. If they are on the same scale, name it: --set preprocess.scale={found.name}.",
        )
    return found


def describe_conversion(scale: Scale) -> tuple[Finding, ...]:
    """Return the finding that the values were converted back to what they were before a transformation.

    Args:
        scale: Scale of the cohort.
    """
    undo = scale.undo
    if undo is None:
        return ()
    as_it_is = {0.0: "tpm", 2.0: "log2", 10.0: "log10"}.get(undo.base, "ln")
    message = (
        f"It is proven that the values of the file are {describe_undo(undo, scale_name(scale.name))}. They were "
        f"converted back, and the {scale_name(scale.name)} are analysed. To analyse the values as they are: "
        f"--set preprocess.scale={as_it_is}."
    )
    return (Finding("GR338", "note", "expression", message),)


def _ambiguous_scale_error(found: Scale) -> CohortError:
    if found.refused:
        return CohortError(
            "GR228",
            f"{found.refused} {found.reason[0].upper()}{found.reason[1:]}.",
            "Give the counts before the correction, and put the batch into the design: --design '~ class + batch'. If "
            "the values are intensities, say so: --set preprocess.scale=intensity.",
        )
    meant = [f"{name} ({scale_name(name)})" for name in found.alternatives]
    return CohortError(
        "GR223",
        f"The scale of the values is ambiguous: {found.reason}. They may be {', '.join(meant[:-1])} or {meant[-1]}.",
        f"Name the scale, for example --set preprocess.scale={found.alternatives[0]}.",
        "preprocess.scale",
    )
