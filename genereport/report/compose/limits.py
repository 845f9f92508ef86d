"""Section on the weak points of the study, each in plain words with its number."""

from __future__ import annotations

import math

from genereport.analyses.differential.result import Differential
from genereport.analyses.models.result import Models
from genereport.analyses.result import Skipped
from genereport.analyses.trust.result import Trust
from genereport.formats import count, fixed, listing, two
from genereport.names import in_sentence, model_name
from genereport.report.compose.parts import warnings
from genereport.report.document import Items, Paragraph, Ref, Section, joined, prose
from genereport.report.quote import Quote


def compose_limits(q: Quote) -> Section:
    """What a reader should hold against the figures above."""
    models = q.analysis.models
    items = warnings(q)
    if isinstance(models, Models):
        items += [_small(q)]
        if models.test:
            items.append(_shift(q))
        items += [prose("{text}", text=text) for text in _left_out(q)]
        items.append(
            prose(
                "The comparison of models chooses among several on the same samples. The estimate of the best of them tends to be too "
                "good, which the intervals do not allow for."
            )
        )
    items.append(_adjustment(q))
    return Section("sec-limits", "Limits of this study", (Items(tuple(items)),))


def _adjustment(q: Quote) -> Paragraph:
    result = q.analysis.differential
    covariates = result.covariates if isinstance(result, Differential) else ()
    if isinstance(result, Differential) and result.method == "paired t":
        models = q.analysis.models
        together = isinstance(models, Models) and models.grouped_by == covariates[0]
        splits = "the splits keep partners together" if together else "the splits may part partners"
        return prose(
            f"Genes were compared within the pairs of {{name}}; {splits}, but the classifiers do not look at differences within pairs.",
            name=q("differential.covariates[0]"),
        )
    if not covariates:
        return prose(
            "The classes were compared without adjustment for any covariate; a difference between them may be due to anything "
            "that differs with them."
        )
    return prose(
        "The gene by gene comparison is adjusted for {names}, and for nothing else; the selection of genes and the classifiers "
        "are not adjusted at all.",
        names=q.names("differential.covariates"),
    )


def _left_out(q: Quote) -> list[str]:
    """What the effort left out, whole sentences."""
    models, trust = q.result(Models), q.analysis.trust
    told = []
    if models.repeats == 1:
        told.append("The cross-validation was run once, so its figures depend on one random partition.")
    if models.tuning.empty:
        told.append(
            "The numbers of genes and the penalties were not tuned: they are those of the settings. Inner folds of each training "
            "part chose the threshold of the shrunken centroids and calibrated the probabilities of the support vector machine."
        )
    if isinstance(trust, Trust) and isinstance(trust.permutation, Skipped):
        told.append("Whether the models would do as well under permuted labels was not tried.")
    lost = models.bundle.models[models.bundle.models["file"] == ""]
    if len(lost):
        names = listing([model_name(str(m), str(f)) for m, f in zip(lost["model"], lost["features"], strict=True)])
        told.append(
            f"Not kept among the frozen models, for a bundle holds only types on a fixed list, and nothing pickled: {names}."
        )
    return told


def _small(q: Quote) -> Paragraph:
    models = q.result(Models)
    named = models.named
    width = "cannot be estimated" if math.isnan(named.width) else "is {width} wide"
    return prose(
        f"With {{n}} training samples the interval for the balanced accuracy of the named model, {{model}}, {width}.",
        n=q("models.train", count),
        model=in_sentence(model_name(named.model, named.features)),
        width=q("models.named.width", two),
    )


def _shift(q: Quote) -> Paragraph:
    named, frame = q.result(Models).named, q.frame("models.metrics")
    one = {"model": named.model, "features": named.features, "metric": "balanced_accuracy"}
    cv, test = (q.row("models.metrics", set=name, **one) for name in ("cv", "test"))
    both = prose(
        "The named model reaches {cv} in cross-validation and {test} on the independent set.",
        cv=q.cell("models.metrics", cv, "estimate", fixed),
        test=q.cell("models.metrics", test, "estimate", fixed),
    )
    if not frame["ci_high"].iloc[test] < frame["estimate"].iloc[cv]:
        return both
    return joined(
        both,
        prose(
            "The interval of the latter lies wholly below the former; {ref} shows where the new samples lie.",
            ref=Ref("fig-pca"),
        ),
    )
