"""Describe the samples of the cohort, and the distribution of the values in the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from genereport.analyses.quality.result import Missingness, Quality, SampleFlow
from genereport.analyses.stage import Plan, PlanContext
from genereport.cohort.associations import associate, count_gaps, name_unknown, tested_covariates
from genereport.cohort.levels import has_levels, level_text, natural_order
from genereport.cohort.missing import ALPHA, missingness
from genereport.cohort.model import Cohort

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@dataclass(frozen=True)
class QualityStage:
    """Counts, covariates and the distribution of each array, before anything is done to the values."""

    name: str = "quality"

    def run(self, cohort: Cohort) -> Quality:
        """Describe the cohort as it was read."""
        values = cohort.expression.to_numpy()
        present = ~np.isnan(values)
        return Quality(
            samples=len(values),
            genes=values.shape[1],
            train=int((cohort.samples["set"] == "train").sum()),
            test=int((cohort.samples["set"] == "test").sum()),
            counts=_counts(cohort),
            covariates=_covariates(cohort),
            associations=_associations(cohort),
            arrays=array_quantiles(cohort),
            minimum=float(np.nanmin(values)),
            maximum=float(np.nanmax(values)),
            nonpositive=float(np.count_nonzero(values <= 0) / present.sum()),
            missing=int((~present).sum()),
            missingness=_summarise_missingness(cohort),
            flow=_follow_samples(cohort),
            findings=cohort.findings,
        )


def array_quantiles(cohort: Cohort) -> pd.DataFrame:
    """Return share of missing values and quantiles of each array; index sample, columns as in `Quality.arrays`."""
    values = cohort.expression.to_numpy()
    quantiles = np.nanquantile(values, QUANTILES, axis=1)
    columns = {f"q{round(100 * share)}": row for share, row in zip(QUANTILES, quantiles, strict=True)}
    described = {"set": cohort.samples["set"], "class": cohort.samples["class"]}
    return pd.DataFrame(
        {**described, "missing": np.isnan(values).mean(axis=1), **columns},
        index=cohort.expression.index.rename("sample"),
    )


def _summarise_missingness(cohort: Cohort) -> Missingness:
    found = missingness(cohort)
    shares = found.found[list(cohort.classes)].to_numpy()
    most = shares.argmax(axis=1)
    by_class = pd.DataFrame(
        {
            "samples": found.samples,
            "missing": found.shares,
            "genes": np.bincount(most, minlength=len(cohort.classes)),
        },
        index=pd.Index(cohort.classes, name="class"),
    )
    return Missingness(len(found.genes), len(found.found), ALPHA, found.p, by_class)


def _follow_samples(cohort: Cohort) -> SampleFlow:
    """Return the samples that were left out, by reason."""
    sizes = [len(each.samples) for each in cohort.excluded]
    offered = len(cohort.samples) + sum(sizes)
    steps = pd.DataFrame(
        {
            "told": [each.told for each in cohort.excluded],
            "left_out": sizes,
            "remaining": [offered - sum(sizes[: place + 1]) for place in range(len(sizes))],
        },
        index=pd.Index([each.step for each in cohort.excluded], name="step", dtype="str"),
    )
    rows = [
        (sample, group, each.step, each.told)
        for each in cohort.excluded
        for sample, group in zip(each.samples, each.classes, strict=True)
    ]
    excluded = pd.DataFrame(rows, columns=["sample", "class", "step", "reason"], dtype="str").set_index("sample")
    steps = steps.astype({"told": "str", "left_out": "int64", "remaining": "int64"})
    return SampleFlow(offered, sum(sizes), steps, excluded)


def _counts(cohort: Cohort) -> pd.DataFrame:
    table = pd.crosstab(cohort.samples["class"], cohort.samples["set"])
    table = table.reindex(index=list(cohort.classes), columns=["train", "test"], fill_value=0)
    return table.assign(all=table.sum(axis=1)).rename_axis(index="class", columns=None)


def _covariates(cohort: Cohort) -> pd.DataFrame:
    """Return samples per class for each level of each covariate that is no identifier, unit or measurement."""
    rows = [
        {"covariate": name, "level": level, "set": which, **sizes}
        for name in cohort.covariates
        if name != cohort.unit and has_levels(cohort.samples[name])
        for which in ("train", "test")
        for level, sizes in _count_levels(cohort, name, which)
    ]
    columns = ["covariate", "level", "set", *cohort.classes]
    return pd.DataFrame(rows, columns=columns).set_index("covariate")


def _count_levels(cohort: Cohort, name: str, which: str) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield each level of a covariate that a set has, and its samples per class; samples without a value come last."""
    part = cohort.samples[cohort.samples["set"] == which]
    levels = natural_order(cohort.samples[name].dropna())
    chosen = [(level_text(level), part[name] == level) for level in levels]
    chosen += [(name_unknown(levels), part[name].isna())]
    for text, rows in chosen:
        if rows.any():
            yield text, {each: int((part.loc[rows, "class"] == each).sum()) for each in cohort.classes}


def _associations(cohort: Cohort) -> pd.DataFrame:
    """Return each covariate with its association with the class on the training samples."""
    train = cohort.samples[cohort.samples["set"] == "train"]
    names, rows = tested_covariates(cohort), []
    for name in names:
        found, gaps = associate(train[name], train["class"]), count_gaps(train[name], train["class"])
        codes = [finding.code for finding in cohort.findings if finding.subject == name]
        rows.append(
            {
                "levels": train[name].nunique(),
                "known": int(train[name].notna().sum()),
                "missing": int(gaps.missing.sum()),
                "test": "" if found is None else found.test,
                "p": np.nan if found is None else found.p,
                "p_missing": gaps.p,
                "finding": ", ".join(dict.fromkeys(codes)),
            }
        )
    kinds = {"levels": "int64", "known": "int64", "missing": "int64", "test": "str", "p": "float64"}
    kinds |= {"p_missing": "float64", "finding": "str"}
    index = pd.Index(names, name="covariate", dtype="str")
    return pd.DataFrame(rows, columns=list(kinds), index=index).astype(kinds)


def plan_stage(context: PlanContext) -> Plan:
    """Return what the stage would do."""
    sizes = context.cohort.samples["set"].value_counts()
    does, held = f"{sizes['train']:,} training samples", sizes.get("test", 0)
    if not held:
        return Plan(does, "results on an independent set, because there is none")
    drawn = f", set aside by evaluation.holdout = {context.settings.evaluation.holdout:g}" if context.drawn else ""
    return Plan(f"{does} and {held:,} independent samples{drawn}")
