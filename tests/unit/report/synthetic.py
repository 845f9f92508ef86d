"""Analyses of realistic size made without the pipeline: plausible, seeded, and quick to build.

Two things set them apart from `tests.analyses`, which runs the pipeline: they have the size of a real cohort (72
samples, 7,000 genes, ten repeats), and they hold what is rare: names that look like markup or mathematics, genes
without a p-value, intervals that are not estimable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from sklearn.ensemble import RandomForestClassifier

from genereport.analyses.array_quality.result import ArrayQuality
from genereport.analyses.array_quality.stage import ArrayQualityStage
from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.components.result import Components
from genereport.analyses.differential.result import Differential
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.models.curves import precision_recall_table, roc_table
from genereport.analyses.models.metrics import Outcome
from genereport.analyses.models.pairs import differences, pair_table
from genereport.analyses.models.result import Bundle, CorrectedEstimate, Models, NamedModel
from genereport.analyses.planned_contrasts.result import PlannedContrasts
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.preprocessing.stage import AsRead
from genereport.analyses.probabilities.result import Probabilities
from genereport.analyses.probabilities.stage import ProbabilitiesStage
from genereport.analyses.provenance import InputFile, Platform
from genereport.analyses.quality.result import Missingness, Quality, SampleFlow
from genereport.analyses.result import Skipped
from genereport.analyses.selection.result import Selection
from genereport.analyses.sensitivity.result import Sensitivity
from genereport.analyses.sensitivity.stage import SensitivityStage
from genereport.analyses.stage import Upstream
from genereport.analyses.trend.result import Trend
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.analysis import Analysis
from genereport.cohort.model import Cohort, Scale
from genereport.errors import Finding
from genereport.learn.centroids import THRESHOLDS
from genereport.learn.models import CLASSIFIERS
from genereport.learn.network import MlpConfig, describe_training
from genereport.settings import Settings
from genereport.types import NAMING_RESAMPLES
from tests.factory import settings_of
from tests.once import once_a_run

Matrix = npt.NDArray[np.float64]
Key = tuple[str, str]

GENES, INFORMATIVE, DEGENERATE = 7_000, 160, 40
FOLDS, REPEATS, CHOSEN, TOP = 5, 10, 50, 30
NASTY_SYMBOLS = (
    "$x_1$",
    "A&B<b>",
    "TCF3_PBX1",
    "=SUM(A1)",
    "a very long symbol indeed, " * 3,
    "100 $ or $ 200",
    "",
    "{g}",
)
"""Symbols of the strongest genes: text that must neither be run nor be set as mathematics."""

_BOTH = ("shrunken_centroids", "logistic_l1", "logistic_l2", "svm_rbf", "random_forest")
KEYS: tuple[Key, ...] = (
    *((model, features) for model in _BOTH for features in ("selected", "all")),
    ("mlp_selected", "selected"),
    ("mlp_components", "components"),
    ("majority_class", "all"),
)
NOT_ESTIMABLE: Key = ("svm_rbf", "all")
"""The model whose cross-validated figures have no interval, and whose difference to selected genes has none."""


class Plan(NamedTuple):
    """What a synthetic cohort looks like: samples per class in the training and in the independent set."""

    classes: tuple[str, ...]
    train: tuple[int, ...]
    test: tuple[int, ...]
    scale: str
    seed: int


class Sample(NamedTuple):
    """The values behind a synthetic analysis; `train` marks the rows of the training set."""

    plan: Plan
    values: Matrix
    codes: npt.NDArray[np.intp]
    train: npt.NDArray[np.bool_]
    samples: pd.DataFrame
    genes: pd.DataFrame


@once_a_run
def two_class() -> Analysis:
    """38 training and 34 independent samples of two classes, intensities."""
    return _analysis(Plan(("ALL", "AML"), (27, 11), (20, 14), "intensity", 1))


@once_a_run
def without_independent_set() -> Analysis:
    """72 samples of two classes and no independent set, log2 values."""
    return _analysis(Plan(("healthy", "tumour <stage IV> & relapse"), (30, 42), (0, 0), "log2", 2))


@once_a_run
def four_class() -> Analysis:
    """52 training and 20 independent samples of four classes, one with a name that looks like mathematics, ratios."""
    return _analysis(Plan(("BL", "EWS_$1$", "NB", "RMS"), (8, 19, 10, 15), (3, 6, 6, 5), "ratio", 3))


def _analysis(plan: Plan) -> Analysis:
    drawn = _draw(plan)
    quality, differential = _quality(drawn), _differential(drawn)
    selection = _selection(drawn, differential)
    models = _models(drawn)
    return Analysis(
        title="A synthetic <cohort> & its $report$",
        simulated=True,
        settings=Settings().model_dump(mode="json"),
        inputs=(InputFile("expression", "expression.tsv", 1_234_567, "0" * 64),),
        versions={"genereport": "0.1.0", "numpy": "2.4.0", "pandas": "3.1.0"},
        platform=Platform("CPython 3.11.7", "Linux x86_64", "openblas 0.3.30"),
        results={
            "quality": quality,
            "preprocessing": _preprocessing(drawn, quality),
            "array_quality": _array_quality(drawn),
            "differential": differential,
            "sensitivity": _sensitivity(drawn, differential),
            "components": _components(drawn),
            "selection": selection,
            "models": models,
            "probabilities": _probabilities(drawn, models),
            "trust": _trust(drawn, models),
            "biomarkers": _biomarkers(drawn, differential, selection, models),
            "enrichment": Skipped("No marker class has five tested genes."),
        },
    )


def _draw(plan: Plan) -> Sample:
    rng = np.random.default_rng(plan.seed)
    codes = np.concatenate([np.repeat(np.arange(len(sizes)), sizes) for sizes in (plan.train, plan.test)])
    train = np.arange(len(codes)) < sum(plan.train)
    location = rng.gamma(6, 1.4, GENES)
    values = location + rng.normal(0, 0.8, (len(codes), GENES)) + rng.normal(0, 0.5, (len(codes), 1))
    effect = rng.normal(0, 1, (len(plan.classes), INFORMATIVE)) * np.linspace(3.2, 0.6, INFORMATIVE)
    values[:, :INFORMATIVE] += effect[codes]
    values[~train] += rng.normal(0, 0.25, GENES)  # the independent set comes from another laboratory
    values[:, GENES - DEGENERATE :] = codes[:, None] * 1.0  # no variance within the classes
    ids = pd.Index([f"probe_{number:05d}_at" for number in range(GENES)], name="gene")
    symbols = [f"GENE{number}" if number % 9 else "" for number in range(GENES)]
    genes = pd.DataFrame({"symbol": symbols}, index=ids)
    names = pd.Index([f"patient_{number:02d}" for number in range(1, len(codes) + 1)], name="sample")
    described = {"set": np.where(train, "train", "test"), "class": np.array(plan.classes)[codes]}
    return Sample(plan, values, codes, train, pd.DataFrame(described, index=names).astype("str"), genes)


def _quality(drawn: Sample) -> Quality:
    plan, raw = drawn.plan, drawn.values
    if plan.scale == "intensity":
        raw = 2**raw - 180
    elif plan.scale == "ratio":
        raw = raw - raw.mean(axis=0)
    names = pd.Index(plan.classes, name="class")
    source = {"covariate": ["source", "source"], "level": ["<lab 1>", "lab & 2"], "set": ["train", "train"]}
    per_class = {name: [size - size // 3, size // 3] for name, size in zip(plan.classes, plan.train, strict=True)}
    return Quality(
        samples=len(raw),
        genes=GENES + 58,
        train=sum(plan.train),
        test=sum(plan.test),
        counts=pd.DataFrame(
            {"train": plan.train, "test": plan.test, "all": np.add(plan.train, plan.test)}, index=names
        ),
        covariates=pd.DataFrame(source | per_class).set_index("covariate"),
        associations=_associations(plan),
        arrays=_quantiles(drawn, raw),
        minimum=float(raw.min()),
        maximum=float(raw.max()),
        nonpositive=float((raw <= 0).mean()),
        missing=0,
        missingness=Missingness(0, 0, 0.05, float("nan"), _without_gaps(plan)),
        flow=_flow(len(raw), plan),
        findings=(Finding("GR301", "warning", "source", "Class and source are confounded in 3 of 4 laboratories."),),
    )


def planned_contrasts() -> PlannedContrasts:
    """Two planned contrasts that were tested, and one that was not."""
    rng = np.random.default_rng(4)
    names = ["high − low", "<east> & west", "lost"]
    genes = [f"probe_{number:05d}_at" for number in range(12)]
    tables = []
    for name in names[:2]:
        columns = ("logFC", "CI.L", "CI.R", "AveExpr", "t", "df")
        table = pd.DataFrame({column: rng.normal(5, 1, 12) for column in columns}, index=pd.Index(genes, name="gene"))
        p = np.sort(rng.uniform(0, 0.1, 12))
        table = table.assign(**{"P.Value": p, "P.Bonferroni": np.minimum(12 * p, 1), "adj.P.Val": p, "test": "Welch"})
        table.insert(0, "contrast", name)
        table.insert(0, "symbol", "")
        tables.append(table)
    rows = {
        "variable": ["dose", "side", "side"],
        "reference": ["low", "west", "west"],
        "target": ["high", "<east>", "north"],
        "excluded_by": ["quality", "", ""],
        "excluded": ["poor, <bad>", "", ""],
        "design": ["~ dose + batch", "~ side", ""],
        "reference_samples": [8, 9, 0],
        "target_samples": [7, 9, 0],
        "samples": [21, 18, 0],
        "unit": ["patient", "", ""],
        "test": ["linear model", "Welch", ""],
        "tested": [12, 12, 0],
        "bonferroni": [2, 1, 0],
        "bh": [3, 2, 0],
        "up": [1, 1, 0],
        "gene": [genes[0], genes[0], ""],
        "symbol": ["", "", ""],
        "logFC": [1.5, -2.5, float("nan")],
        "reason": ["", "", "No training sample has the level."],
    }
    frame = pd.DataFrame(rows, index=pd.Index(names, name="contrast"))
    return PlannedContrasts("log2", 0.05, 0.95, frame, pd.concat(tables))


def _flow(samples: int, plan: Plan) -> SampleFlow:
    told = ["no row in '<sheet> & more.tsv'", 'the filter `tumour <stage>` != "0" does not hold']
    steps = {"told": told, "left_out": [1, 2], "remaining": [samples + 2, samples]}
    excluded = {
        "class": ["", plan.classes[0], plan.classes[-1]],
        "step": ["unlisted", "filter", "filter"],
        "reason": [told[0], told[1], told[1]],
    }
    return SampleFlow(
        samples + 3,
        3,
        pd.DataFrame(steps, index=pd.Index(["unlisted", "filter"], name="step")),
        pd.DataFrame(excluded, index=pd.Index(["<s 1>", "=s2", "s3"], name="sample")),
    )


def _associations(plan: Plan) -> pd.DataFrame:
    columns = {
        "levels": [2, 30],
        "known": [sum(plan.train), sum(plan.train) - 3],
        "missing": [0, 3],
        "test": ["chi-squared test", ""],
        "p": [0.004, float("nan")],
        "p_missing": [float("nan"), 0.2],
        "finding": ["GR301", ""],
    }
    return pd.DataFrame(columns, index=pd.Index(["source", "<age>"], name="covariate", dtype="str"))


def _without_gaps(plan: Plan) -> pd.DataFrame:
    columns = {"samples": plan.train, "missing": [0.0] * len(plan.classes), "genes": [0] * len(plan.classes)}
    return pd.DataFrame(columns, index=pd.Index(plan.classes, name="class"))


def _quantiles(drawn: Sample, values: Matrix) -> pd.DataFrame:
    shares = (0, 5, 25, 50, 75, 95, 100)
    found = np.percentile(values, shares, axis=1)
    return drawn.samples.assign(missing=0.0, **{f"q{s}": row for s, row in zip(shares, found, strict=True)})


def _preprocessing(drawn: Sample, quality: Quality) -> Preprocessing:
    noisy = drawn.plan.scale == "intensity"
    return Preprocessing(
        classes=drawn.plan.classes,
        scale=drawn.plan.scale,
        scale_sure="clear",
        undo=None,
        thin="none",
        scale_reason="the simulation says so",
        value_unit="log2",
        scaled_by=GENES if noisy else 0,
        common_floor=None,
        libraries=None,
        expression_rule="none",
        fewest_expressed=0,
        unexpressed=0,
        unexpressed_genes=(),
        floor=100.0 if noisy else None,
        cap=16_000.0 if noisy else None,
        floored=0.28 if noisy else 0.0,
        capped=0.002 if noisy else 0.0,
        log="log2" if noisy else "none",
        array_scaling="standardise" if noisy else "none",
        location=8.4,
        spread=3.5,
        controls=58,
        untestable=2,
        testable=GENES,
        collapse="none",
        several=0,
        untestable_genes=("constant_1_at", "constant_2_at"),
        steps=pd.DataFrame(
            {"genes": [0, 58, 2], "left": [GENES + 60, GENES + 2, GENES]},
            index=pd.Index(["file", "control", "constant"], name="step"),
        ),
        missing=0,
        arrays_read=quality.arrays,
        arrays=_quantiles(drawn, drawn.values - drawn.values.mean(axis=1, keepdims=True) + 8.4),
    )


def _cohort(drawn: Sample) -> Cohort:
    described = drawn.genes.assign(description="", control=False)
    values = pd.DataFrame(drawn.values, drawn.samples.index, drawn.genes.index)
    return Cohort(values, drawn.samples, described, drawn.plan.classes, Scale("log2", "drawn"))


def _differential(drawn: Sample) -> Differential:
    """By the stage itself, which takes a second; then the strongest genes get their names."""
    rng = np.random.default_rng(drawn.plan.seed)
    found = DifferentialStage(settings_of("tests.permutations=50")).run(_cohort(drawn), Upstream(), rng)
    symbols = [*NASTY_SYMBOLS, *found.table["symbol"].iloc[len(NASTY_SYMBOLS) :]]
    return replace(found, table=found.table.assign(symbol=pd.Series(symbols, found.table.index, dtype="str")))


def _array_quality(drawn: Sample) -> ArrayQuality:
    """By the stage itself."""
    described = drawn.genes.assign(description="", control=False)
    values = pd.DataFrame(drawn.values, drawn.samples.index, drawn.genes.index)
    cohort = Cohort(values, drawn.samples, described, drawn.plan.classes, Scale("log2", "drawn"))
    found = ArrayQualityStage().run(cohort, Upstream(), np.random.default_rng(0))
    return replace(found, covariates=found.covariates.join(_covariates(drawn)))


def _sensitivity(drawn: Sample, differential: Differential) -> Sensitivity:
    """By the stage itself, without the choices of the preprocessing."""
    described = drawn.genes.assign(description="", control=False)
    values = pd.DataFrame(drawn.values, drawn.samples.index, drawn.genes.index)
    cohort = Cohort(values, drawn.samples, described, drawn.plan.classes, Scale("log2", "drawn"))
    steps = replace(_preprocessing(drawn, _quality(drawn)), scale="log2", floor=None, cap=None, array_scaling="none")
    upstream = Upstream((steps, AsRead(cohort), differential))
    return SensitivityStage(settings_of()).run(cohort, upstream, np.random.default_rng(0))


def _components(drawn: Sample) -> Components:
    values = drawn.values
    scaled = (values - values[drawn.train].mean(axis=0)) / values[drawn.train].std(axis=0)
    _, singular, axes = np.linalg.svd(scaled[drawn.train], full_matrices=False)
    share = singular[:-1] ** 2 / (singular[:-1] ** 2).sum()
    needed = int(np.searchsorted(np.cumsum(share), 0.95)) + 1
    names = [f"PC{number}" for number in range(1, len(share) + 1)]
    scores = pd.DataFrame(scaled @ axes[:needed].T, index=drawn.samples.index, columns=names[:needed])
    columns = {"variance": share * GENES, "share": share, "cumulative": np.cumsum(share)}
    top = [np.argsort(-np.abs(axis), kind="stable")[:10] for axis in axes[:2]]
    loadings = [drawn.genes.iloc[rows].assign(component=names[i], loading=axes[i][rows]) for i, rows in enumerate(top)]
    return Components(
        classes=drawn.plan.classes,
        genes=GENES,
        share=0.95,
        needed=needed,
        covariates=_covariates(drawn),
        scores=pd.concat([drawn.samples, scores], axis=1),
        variance=pd.DataFrame(columns, index=pd.Index(names, name="component")),
        loadings=pd.concat(loadings),
        silhouette=0.31,
    )


def _covariates(drawn: Sample) -> pd.DataFrame:
    """A covariate with levels and one of numbers, each with samples without a value."""
    place = np.arange(len(drawn.samples))
    age = np.where(place % 11 == 0, np.nan, 20.0 + place)
    sex = np.select([place % 7 == 0, place % 2 == 0], ["unknown", "<F> & $f$"], "M")
    return pd.DataFrame({"sex": sex, "age": age}, index=drawn.samples.index).astype({"sex": "str"})


def _selection(drawn: Sample, differential: Differential) -> Selection:
    """Genes with the smallest p-values are chosen, but for noise that differs by fold."""
    rng = np.random.default_rng([drawn.plan.seed, 1])
    table = differential.table.iloc[:500]
    strength = -np.log10(table["P.Value"].to_numpy())
    lists = [np.argsort(-(strength + rng.normal(0, 1.3, 500)), kind="stable")[:CHOSEN] for _ in range(FOLDS * REPEATS)]
    times = np.bincount(np.concatenate(lists), minlength=500)
    stability = table[["symbol"]].assign(times=times, frequency=times / len(lists))
    stability = stability[stability["times"] > 0].sort_values("times", ascending=False, kind="stable")
    ranking = differential.table.dropna(subset="P.Value")[["symbol"]].iloc[: GENES // 2]
    rfe = np.r_[rng.permuted(np.arange(1.0, 501)), np.full(len(ranking) - 500, np.nan)]
    genes = ["\t".join(table.index[rows]) for rows in lists]
    return Selection(
        variance_quantile=0.5,
        candidates=500,
        genes=CHOSEN,
        folds=len(lists),
        chosen=tuple(ranking.index[np.argsort(rfe)[:CHOSEN]]),
        ranking=ranking.assign(test=np.arange(1.0, len(ranking) + 1), rfe=rfe),
        stability=stability,
        by_fold=pd.DataFrame({"genes": genes}, index=pd.RangeIndex(len(lists), name="split")),
        always=int((stability["times"] == len(lists)).sum()),
        ever=len(stability),
    )


def _models(drawn: Sample) -> Models:
    predictions = pd.concat([_predictions(drawn, key) for key in KEYS], ignore_index=True)
    metrics = _metrics(drawn, predictions)
    balanced = metrics.query("metric == 'balanced_accuracy' and set == 'cv'").set_index(["model", "features"])[
        "estimate"
    ]
    best = max(KEYS, key=lambda key: float(balanced[key]))
    by_fold, outcomes = _by_fold(metrics, drawn.plan.seed), _outcomes(drawn, predictions)
    named = ("logistic_l1", "selected")
    errors, effect = _errors(predictions), _selection_effect(balanced)
    pairs = pair_table(KEYS[:-1], _figures(by_fold), 1 / (FOLDS - 1), outcomes[1] if len(outcomes) > 1 else None, 0.95)
    return Models(
        thinning=None,
        classes=drawn.plan.classes,
        train=sum(drawn.plan.train),
        test=sum(drawn.plan.test),
        folds=FOLDS,
        repeats=REPEATS,
        grouped_by="",
        compared=len(KEYS) - 1,
        test_step=1 / sum(drawn.plan.test) if sum(drawn.plan.test) else np.nan,
        named=NamedModel(
            *named, float(balanced[named]), *best, float(balanced[best]), 0.03, True, _width(metrics, named)
        ),
        corrected=CorrectedEstimate(float(balanced[named]) - 0.01, 0.7, 0.95, "bootstrap", 0.01, NAMING_RESAMPLES, 0.6),
        nested=Skipped("The naming was not repeated inside the training parts. Use effort thorough."),
        named_errors=_wrong(predictions, named),
        missed=int((errors["set"] == "test").sum()),
        differences=differences(pairs, effect, 0.05),
        metrics=metrics,
        by_fold=by_fold,
        predictions=predictions,
        confusion=_confusion(drawn.plan.classes, predictions),
        roc=pd.concat([roc_table(outcome) for outcome in outcomes], ignore_index=True),
        selection_effect=effect,
        curves=_curves(),
        importance=_importance(drawn),
        errors=errors,
        precision_recall=pd.concat([precision_recall_table(outcome) for outcome in outcomes]),
        pairs=pairs,
        tuning=_tuning(),
        fitted=_fitted(drawn.plan.classes),
        bundle=Bundle(
            pd.DataFrame({"size": [3], "sha256": ["0" * 64]}, index=pd.Index(["manifest.json"], name="file")),
            pd.DataFrame([(*key, "", "It is made up.") for key in KEYS], columns=["model", "features", "file", "note"]),
            0,
            {"manifest.json": b"{}\n"},
        ),
    )


def _probabilities(drawn: Sample, models: Models) -> Probabilities:
    return ProbabilitiesStage(0.95).run(_cohort(drawn), Upstream((models,)), np.random.default_rng(1))


def _outcomes(drawn: Sample, predictions: pd.DataFrame) -> list[Outcome]:
    """The predictions of each set as the stage holds them."""
    found = []
    for which, part in predictions.groupby("set", sort=False):
        rows = drawn.train if which == "cv" else ~drawn.train
        shape = (part["repeat"].nunique(), int(rows.sum()), len(drawn.plan.classes))
        columns = [f"p_{name}" for name in drawn.plan.classes]
        probabilities = {
            (str(key[0]), str(key[1])): own[columns].to_numpy().reshape(shape)
            for key, own in part.groupby(["model", "features"], sort=False)
        }
        found.append(
            Outcome(str(which), drawn.samples.index[rows], drawn.codes[rows], drawn.plan.classes, probabilities)
        )
    return found


def _figures(by_fold: pd.DataFrame) -> dict[Key, dict[str, Matrix]]:
    balanced = by_fold[by_fold["metric"] == "balanced_accuracy"].groupby(["model", "features"])["value"]
    return {(str(key[0]), str(key[1])): {"balanced_accuracy": values.to_numpy()} for key, values in balanced}


def _width(metrics: pd.DataFrame, key: Key) -> float:
    row = metrics.query("metric == 'balanced_accuracy' and set == 'cv'").set_index(["model", "features"]).loc[key]
    return float(row["ci_high"] - row["ci_low"])


def _wrong(predictions: pd.DataFrame, key: Key) -> int:
    own = predictions[(predictions["model"] == key[0]) & (predictions["features"] == key[1])].query("set == 'test'")
    return int((own["truth"] != own["predicted"]).sum())


def _fitted(classes: tuple[str, ...]) -> pd.DataFrame:
    """The parameters of classifiers that are not fitted, beside those of the networks."""
    codes, settings = np.arange(len(classes)), settings_of().models
    found = {c.name: c.build(settings, codes, 1).get_params() for c in CLASSIFIERS}
    found["random_forest"] |= RandomForestClassifier().get_params() | {
        "n_estimators": settings.trees,
        "features_tried": 7,
    }
    found["svm_rbf"] = {name.removeprefix("estimator__"): value for name, value in found["svm_rbf"].items()}
    found["shrunken_centroids"]["thresholds"] = THRESHOLDS
    found |= dict.fromkeys(("mlp_selected", "mlp_components"), describe_training(MlpConfig(len(classes))))
    rows = [(model, "all", name, str(value)) for model, own in found.items() for name, value in own.items()]
    return pd.DataFrame(rows, columns=["model", "features", "parameter", "value"])


def _tuning() -> pd.DataFrame:
    rows = [(*key, 25.0 if key[1] == "selected" else np.nan, 0.1, np.nan, 50, True) for key in KEYS[:4]]
    return pd.DataFrame(rows, columns=["model", "features", "genes", "penalty_c", "weight_decay", "times", "final"])


def _trust(drawn: Sample, models: Models) -> Trust:
    rng = np.random.default_rng([drawn.plan.seed, 7])
    balanced = models.metrics.query("metric == 'balanced_accuracy' and set == 'cv'").set_index(["model", "features"])
    held = balanced["estimate"].loc[list(KEYS[:-1])].to_numpy()
    gaps = pd.DataFrame(KEYS[:-1], columns=["model", "features"]).assign(
        training=1.0, held_out=held, gap=1 - held, ci_low=0.9 - held, ci_high=1.1 - held
    )
    gaps.loc[0, ["ci_low", "ci_high"]] = np.nan
    selected = gaps[gaps["features"] == "selected"].reset_index(drop=True)
    honest = selected["held_out"]
    bias = selected[["model", "features"]].assign(
        honest=honest, leaked=(1 + honest) / 2, difference=(1 - honest) / 2, ci_low=-0.01, ci_high=0.2, p=0.03
    )
    permuted = rng.normal(0.5, 0.07, 200)
    hard = models.errors[models.errors["missed"] > 5][["set", "class", "missed"]].replace({"set": {"train": "cv"}})
    return Trust(
        model=models.named.model,
        features=models.named.features,
        gaps=gaps,
        networks=pd.DataFrame(
            {"epochs": 200, "best_epoch": [70, 200], "best_loss": 0.2, "last_loss": [0.3, 0.2], "rise": [0.5, 0.0]}
            | {"gap": [0.1, 0.02]},
            index=pd.Index(["selected", "components"], name="features"),
        ),
        bias=bias,
        permutation=LabelPermutation(
            models.named.model,
            models.named.features,
            7,
            0.9,
            200,
            0.5,
            0.61,
            0,
            1 / 201,
            pd.DataFrame(
                {"model": models.named.model, "features": models.named.features, "balanced_accuracy": permuted}
            ).rename_axis(index="permutation"),
            "",
        ),
        learning=pd.DataFrame(
            {"samples": [6.0, 18.0, 30.4], "estimate": [0.6, 0.8, 0.9], "ci_low": [0.4, 0.6, np.nan]}
            | {"ci_high": [0.8, 1.0, np.nan], "splits": [10, 10, 50]},
            index=pd.Index([0.2, 0.6, 1.0], name="share"),
        ),
        stability=0.41,
        stability_low=0.36,
        stability_high=0.45,
        sets=FOLDS * REPEATS,
        smallest=drawn.plan.classes[0],
        smallest_size=min(drawn.plan.train),
        fold_step=FOLDS / min(drawn.plan.train),
        models=len(KEYS) - 1,
        missed=len(hard),
        hard=hard,
    )


def _predictions(drawn: Sample, key: Key) -> pd.DataFrame:
    """Held-out predictions of every repeat, then those for the independent set (repeat 0)."""
    plan = drawn.plan
    rng = np.random.default_rng([plan.seed, 2, KEYS.index(key)])
    rows = [(repeat, np.flatnonzero(drawn.train)) for repeat in range(1, REPEATS + 1)]
    rows += [(0, np.flatnonzero(~drawn.train))] if sum(plan.test) else []
    names, own = np.array(plan.classes), np.eye(len(plan.classes))[drawn.codes]
    difficulty = np.random.default_rng([plan.seed, 3]).normal(
        0, 1.1 / len(plan.classes), own.shape
    )  # of a sample, for every model
    signal = 0.0 if key[0] == "majority_class" else 2.6 - 0.5 * (key[1] == "all") - 0.1 * KEYS.index(key)
    parts = []
    for repeat, chosen in rows:
        logits = signal * (own[chosen] + difficulty[chosen] + rng.normal(0, 0.35, (len(chosen), len(names))))
        if not signal:
            logits[:] = np.log(plan.train)
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        described = {"sample": drawn.samples.index[chosen], "set": "cv" if repeat else "test", "repeat": repeat}
        described["fold"] = 1 + np.arange(len(chosen)) % FOLDS if repeat else 0
        truth = {"truth": names[drawn.codes[chosen]], "predicted": names[shares.argmax(axis=1)]}
        probabilities = {f"p_{name}": column for name, column in zip(names, shares.T, strict=True)}
        parts.append(pd.DataFrame({**described, "model": key[0], "features": key[1], **truth, **probabilities}))
    return pd.concat(parts, ignore_index=True)


def _confusion(classes: tuple[str, ...], predictions: pd.DataFrame) -> pd.DataFrame:
    """Every pair of true and predicted class, also those that never occurred."""
    pairs = ["model", "features", "set", "truth", "predicted"]
    counts = predictions.groupby(pairs).size()
    groups = predictions[pairs[:3]].drop_duplicates().itertuples(index=False, name=None)
    every = [(*group, truth, predicted) for group in groups for truth in classes for predicted in classes]
    index = pd.MultiIndex.from_tuples(every, names=pairs)
    return counts.reindex(index, fill_value=0).rename("n").reset_index()


def _metrics(drawn: Sample, predictions: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (model, features, which), part in predictions.groupby(["model", "features", "set"], sort=False):
        n = part["sample"].nunique()
        for metric, value in _scores(drawn.plan.classes, part).items():
            low, high, how = _interval((model, features), which, value, n)
            rows.append((model, features, which, metric, value, low, high, n, how))
    columns = ["model", "features", "set", "metric", "estimate", "ci_low", "ci_high", "n", "interval"]
    return pd.DataFrame(rows, columns=columns)


def _scores(classes: tuple[str, ...], part: pd.DataFrame) -> dict[str, float]:
    counts = pd.crosstab(part["truth"], part["predicted"]).reindex(index=classes, columns=classes, fill_value=0)
    table = counts.to_numpy(dtype=float)
    hit, actual, called = np.diagonal(table), table.sum(axis=1), table.sum(axis=0)
    recalls, precisions = hit / actual, hit / np.maximum(called, 1)
    precision, recall = float(precisions[-1]), float(recalls[-1])
    truth = np.eye(len(classes))[part["truth"].map(list(classes).index)]
    shares = part[[f"p_{name}" for name in classes]].to_numpy()
    area = np.mean([_area(shares[:, k], truth[:, k] == 1) for k in range(len(classes))])
    return {
        "accuracy": float(hit.sum() / table.sum()),
        "balanced_accuracy": float(recalls.mean()),
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
        "precision": precision,
        "recall": recall,
        "specificity": float(recalls[0]),
        "mcc": float(recalls.mean() + precisions.mean() - 1),
        "roc_auc": float(area),
        "average_precision": float(0.98 * area),
        "brier": float(((shares - truth) ** 2).sum(axis=1).mean() / 2),
    }


def _area(scores: Matrix, positive: npt.NDArray[np.bool_]) -> float:
    ranks = stats.rankdata(scores)
    ones = positive.sum()
    return float((ranks[positive].sum() - ones * (ones + 1) / 2) / (ones * (len(ranks) - ones)))


def _interval(key: Key, which: str, value: float, n: int) -> tuple[float, float, str]:
    if which == "cv" and key == NOT_ESTIMABLE:
        return np.nan, np.nan, "not estimable"
    half = 1.96 * np.sqrt(max(value * (1 - value), 0.01) / n)
    how = "Nadeau-Bengio" if which == "cv" else "Wilson-MOVER"
    if which == "cv" and key[0] == "majority_class":
        how = "not estimable over folds; pooled Wilson-MOVER"
    return max(0.0, value - half), min(1.0, value + half), how


def _by_fold(metrics: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng([seed, 4])
    cv = metrics[(metrics["set"] == "cv") & ~metrics["metric"].isin(["f1", "precision", "mcc"])]
    rows = [
        (row.model, row.features, repeat, fold, row.metric, float(np.clip(row.estimate + rng.normal(0, 0.05), 0, 1)))
        for row in cv.itertuples()
        for repeat in range(1, REPEATS + 1)
        for fold in range(1, FOLDS + 1)
    ]
    return pd.DataFrame(rows, columns=["model", "features", "repeat", "fold", "metric", "value"])


def _selection_effect(balanced: pd.Series) -> pd.DataFrame:
    rows = {}
    for model in _BOTH:
        difference = float(balanced[model, "selected"] - balanced[model, "all"])
        estimable = (model, "all") != NOT_ESTIMABLE
        half, t, p = (0.07, difference / 0.035, 0.2) if estimable else (np.nan, np.nan, np.nan)
        rows[model] = ("balanced_accuracy", difference, difference - half, difference + half, t, 49.0, p)
    columns = ["metric", "difference", "ci_low", "ci_high", "t", "df", "p"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis(index="model")


def _curves(epochs: int = 200) -> pd.DataFrame:
    epoch = np.arange(1, epochs + 1)
    parts = []
    for features, pace in (("selected", 25.0), ("components", 40.0)):
        for quantity, mean in _quantities(epoch, pace):
            low, high = mean * 0.9, mean * 1.06 if "loss" in quantity else np.minimum(mean * 1.06, 1)
            index = pd.Index([features] * epochs, name="features", dtype="str")
            frame = {"epoch": epoch, "quantity": quantity, "mean": mean, "low": low, "high": high}
            parts.append(pd.DataFrame(frame, index=index))
    return pd.concat(parts)


def _quantities(epoch: npt.NDArray[np.int64], pace: float) -> Iterator[tuple[str, Matrix]]:
    learnt = 1 - np.exp(-epoch / pace)
    yield "loss", 0.7 - 0.68 * learnt
    yield "accuracy", 0.55 + 0.45 * learnt
    yield "val_loss", 0.7 - 0.5 * learnt + 0.08 * learnt**4
    yield "val_accuracy", 0.55 + 0.37 * learnt


def _importance(drawn: Sample) -> pd.DataFrame:
    rng = np.random.default_rng([drawn.plan.seed, 5])
    l1, forest = rng.exponential(1, GENES), rng.exponential(1, GENES) * (np.arange(GENES) < 900)
    return drawn.genes.assign(l1=np.where(np.arange(GENES) < 60, l1, 0.0), forest=forest / forest.sum())


def _errors(predictions: pd.DataFrame) -> pd.DataFrame:
    held = predictions[predictions["model"] != "majority_class"]
    wrong = held.assign(key=held["model"] + "/" + held["features"], wrong=held["truth"] != held["predicted"])
    share = wrong.groupby(["sample", "set", "truth", "key"], sort=False)["wrong"].mean()
    missed = share[share > 0.5].reset_index()
    found = missed.groupby(["sample", "set", "truth"], sort=False)["key"].agg(missed="count", models=" ".join)
    table = found.reset_index().rename(columns={"truth": "class"}).set_index("sample")
    table["set"] = table["set"].replace({"cv": "train"})
    return table.sort_values("missed", ascending=False, kind="stable")


def _biomarkers(drawn: Sample, differential: Differential, selection: Selection, models: Models) -> Biomarkers:
    signature = _signature(differential, selection, models)
    top = signature["gene"].head(TOP)
    values = pd.DataFrame(drawn.values, index=drawn.samples.index, columns=drawn.genes.index.rename(None))
    matched = _matched(signature, differential)
    directed = matched[(matched["agrees"] != "") & (matched["circular"] == "no")]
    return Biomarkers(
        classes=drawn.plan.classes,
        value_unit="log2",
        markers=112,
        measured=len(matched),
        agreeing=int((directed["agrees"] == "yes").sum()),
        directed=len(directed),
        agreement=float((directed["agrees"] == "yes").mean()),
        circular=("planted",),
        signature=signature,
        probes=_probes(),
        several=1,
        opposed=1,
        listed=len(matched),
        matched=matched,
        by_evidence=_by_evidence(),
        expression=pd.concat([drawn.samples, values[list(top)]], axis=1),
        never=float((signature["frequency"].head(TOP) == 0).sum()),
    )


def _probes() -> pd.DataFrame:
    columns = {"symbol": ["LYZ", "LYZ"], "rank": [3.0, np.nan], "logFC": [2.1, -1.4], "AveExpr": [9.0, 7.5]}
    p = {"P.Value": [1e-9, 1e-7], "P.Bonferroni": [7e-6, 7e-4]}
    return pd.DataFrame(columns | p, index=pd.Index(["one_at", "two_at"], name="gene", dtype="str")).astype(
        {"symbol": "str"}
    )


def _signature(differential: Differential, selection: Selection, models: Models) -> pd.DataFrame:
    table = differential.table
    score = models.importance[["l1", "forest"]]
    ranks = score.where(score > 0).rank(ascending=False, method="min").reindex(table.index)
    ranks = ranks.assign(test=table["P.Value"].rank(method="min"), rfe=selection.ranking["rfe"].reindex(table.index))
    ranks = ranks[ranks["rfe"].notna() | ranks["l1"].notna()]
    order = (1 / (60 + ranks)).sum(axis=1).sort_values(ascending=False, kind="stable").index
    effect = table["logFC"] if "logFC" in table else pd.Series(np.nan, index=table.index)
    frame = pd.DataFrame(
        {
            "gene": order,
            "symbol": table.loc[order, "symbol"].to_numpy(),
            "logFC": effect[order].to_numpy(),
            "P.Bonferroni": table.loc[order, "P.Bonferroni"].to_numpy(),
            "frequency": selection.stability["frequency"].reindex(order).fillna(0.0).to_numpy(),
            **{f"rank_{name}": ranks.loc[order, name].to_numpy() for name in ("test", "rfe", "l1", "forest")},
        }
    )
    known = frame.index % 7 == 0
    frame["evidence"] = pd.Series(np.where(known, "lineage;planted", ""), dtype="str")
    frame["source"] = pd.Series(np.where(known, "PMID:10521349", ""), dtype="str")
    frame["never"] = frame["frequency"] == 0
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1, name="rank"))


def _matched(signature: pd.DataFrame, differential: Differential) -> pd.DataFrame:
    rows = signature[signature["evidence"] != ""].head(20)
    p = differential.table.loc[rows["gene"], ["P.Value", "P.Bonferroni"]]
    agrees = np.resize(["yes", "yes", "no", ""], len(rows)).astype(str)
    columns = {
        "symbol": rows["symbol"],
        "direction": "ALL",
        "evidence": rows["evidence"],
        "circular": np.resize(["no", "no", "yes"], len(rows)).astype(str),
        "source": rows["source"],
        "logFC": rows["logFC"],
        "P.Value": p["P.Value"].to_numpy(),
        "P.Bonferroni": p["P.Bonferroni"].to_numpy(),
        "agrees": agrees,
        "rank": rows.index.to_numpy(dtype=float),
    }
    return pd.DataFrame(columns).set_axis(pd.Index(rows["gene"], name="gene"))


def _by_evidence() -> pd.DataFrame:
    columns = {
        "entries": [60, 52],
        "measured": [14, 6],
        "directed": [10, 5],
        "agreeing": [8, 5],
        "significant": [7, 5],
        "circular": ["no", "yes"],
    }
    return pd.DataFrame(columns, index=pd.Index(["lineage", "planted"], name="evidence"))


def with_trend(analysis: Analysis, count: int = 5) -> Analysis:
    """The analysis as the last of so many runs; the first had no independent set, and no limits could be estimated."""
    cv = np.random.default_rng(11).uniform(0.7, 0.95, count)
    first = np.arange(count) == 0
    columns = {
        "time": [*(f"2026-{month:02d}-01 06:{month:02d}" for month in range(1, count)), "this run"],
        "samples": 30 + 4 * np.arange(count),
        "train": 20 + 2 * np.arange(count),
        "test": np.where(first, 0, 12),
        "tested": 6000.0 + np.arange(count),
        "bonferroni": 40.0 + np.arange(count),
        "bh": 300.0 + np.arange(count),
        "model": "shrunken_centroids",
        "features": "selected",
        "cv": cv,
        "cv_low": np.where(first, np.nan, cv - 0.1),
        "cv_high": np.where(first, np.nan, np.minimum(cv + 0.1, 1)),
        "independent": np.where(first, np.nan, cv - 0.05),
        "independent_low": np.where(first, np.nan, cv - 0.2),
        "independent_high": np.where(first, np.nan, np.minimum(cv + 0.1, 1)),
        "chosen": 50.0,
        "kept": np.where(first, np.nan, 40.0 + np.arange(count)),
        "jaccard": np.where(first, np.nan, 0.7),
    }
    names = [*(f"2026{month:02d}01T06{month:02d}00Z-{month:08x}" for month in range(1, count)), "this run"]
    runs = pd.DataFrame(columns, index=pd.Index(names, name="run", dtype="str")).astype(
        {"time": "str", "model": "str", "features": "str"}
    )
    return analysis.with_results(trend=Trend(count + 2, 2, runs))
