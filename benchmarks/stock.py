"""The same analysis and its PDF from stock parts, for a cohort in Golub's layout: the opponent we are timed against.

``python benchmarks/stock.py COHORT_FOLDER --repeats 1 --out stock.pdf [--predictions out.npz]``

Nothing here comes from genereport. pandas, SciPy, statsmodels, scikit-learn, Keras, matplotlib and WeasyPrint are used
as their manuals say; the folds share the cores through joblib with one thread each, and TensorFlow is imported by the
workers alone. Networks are fed arrays, as Keras' guides do. Keras pipes those anew in every epoch; who knows that and
has each batch ready as a ``tf.data`` pipeline (``--keras-input dataset``) is several times faster. Seconds per step go
to stderr.
"""

from __future__ import annotations

import os

# Before anything starts threads: the workers inherit this. joblib limits their BLAS threads.
os.environ.update(
    TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1"
)

import argparse
import base64
import io
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, parallel_config
from scipy import stats
from scipy.cluster.hierarchy import leaves_list, linkage
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import RFE, SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

FLOOR, CAP = 100, 16_000
FOLDS = 5
CANDIDATES, GENES, COMPONENTS = 500, 50, 0.95
TREES, EPOCHS, BATCH = 500, 200, 32
TOP = 30
DEFAULT_SEED = 2004155919  # the splits that genereport draws for its own default seed, 1999

METRICS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "f1": "F1",
    "precision": "Precision",
    "recall": "Recall",
    "specificity": "Specificity",
    "mcc": "MCC",
    "roc_auc": "ROC AUC",
    "average_precision": "Average precision",
    "brier": "Brier",
}
CLASSIFIERS = ("logistic_l1", "logistic_l2", "svm_rbf", "random_forest")
NETWORKS = {"selected": "mlp_selected", "components": "mlp_components"}
MODELS = (
    *(f"{name}/selected" for name in CLASSIFIERS),
    "mlp_selected/selected",
    *(f"{name}/all" for name in CLASSIFIERS),
    "mlp_components/components",
    "majority_class/all",
)
BIASED = tuple(f"{name}/biased" for name in CLASSIFIERS)


# Data ------------------------------------------------------------------------------------------------------------


@dataclass
class Cohort:
    """Log2 values, samples × probes, of the training and the independent samples; y is 1 for AML."""

    train: pd.DataFrame
    test: pd.DataFrame
    y: np.ndarray
    y_test: np.ndarray
    names: pd.Series
    controls: int
    constant: int


def read_cohort(folder: Path) -> Cohort:
    train, names = read_matrix(folder / "data_set_ALL_AML_train.csv")
    test, _ = read_matrix(folder / "data_set_ALL_AML_independent.csv")
    classes = pd.read_csv(folder / "actual.csv", dtype=str).set_index("patient")["cancer"]
    genes = train.columns[~train.columns.str.startswith("AFFX")]
    logged = np.log2(train[genes].clip(FLOOR, CAP))
    logged_test = np.log2(test[genes].clip(FLOOR, CAP))
    location, spread = logged.mean(axis=1).median(), logged.std(axis=1).median()
    varies = logged.max() > logged.min()
    return Cohort(
        train=standardise_arrays(logged, location, spread).loc[:, varies],
        test=standardise_arrays(logged_test, location, spread).loc[:, varies],
        y=(classes.loc[train.index] == "AML").to_numpy(dtype=int),
        y_test=(classes.loc[test.index] == "AML").to_numpy(dtype=int),
        names=names.loc[genes[varies]],
        controls=train.shape[1] - len(genes),
        constant=int((~varies).sum()),
    )


def read_matrix(path: Path) -> tuple[pd.DataFrame, pd.Series]:
    """Patients × probes, and what the probes are called; the call columns are left out."""
    table = pd.read_csv(path).set_index("Gene Accession Number")
    patients = [column for column in table.columns if column.isdigit()]
    return table[patients].T.astype(float), table["Gene Description"]


def standardise_arrays(logged: pd.DataFrame, location: float, spread: float) -> pd.DataFrame:
    centred = logged.sub(logged.mean(axis=1), axis=0)
    return location + spread * centred.div(logged.std(axis=1), axis=0)


# Differential expression -----------------------------------------------------------------------------------------


def differential_expression(cohort: Cohort) -> pd.DataFrame:
    from statsmodels.stats.multitest import multipletests

    aml, other = cohort.train[cohort.y == 1], cohort.train[cohort.y == 0]
    t, p = stats.ttest_ind(aml, other, equal_var=False)
    table = pd.DataFrame(
        {"name": cohort.names, "log2_fold_change": aml.mean() - other.mean(), "t": t, "p": p},
        index=cohort.train.columns,
    )
    for column, method in {"bonferroni": "bonferroni", "holm": "holm", "bh": "fdr_bh"}.items():
        table[column] = multipletests(table["p"], method=method)[1]
    return table.sort_values("p")


# Gene selection --------------------------------------------------------------------------------------------------


class VarianceQuantile(VarianceThreshold):
    """VarianceThreshold at a quantile of the variances."""

    def __init__(self, quantile: float = 0.5) -> None:
        super().__init__()
        self.quantile = quantile

    def fit(self, X, y=None):
        """Learn the variances and their quantile."""
        self.threshold = np.quantile(np.var(X, axis=0), self.quantile)
        return super().fit(X, y)


def welch_score(X, y):
    """For SelectKBest: the smallest p-values score highest."""
    p = stats.ttest_ind(X[y == 1], X[y == 0], equal_var=False).pvalue
    return -np.nan_to_num(p, nan=1.0), p


def select_genes(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Columns of the chosen genes, all steps learnt from these samples."""
    steps = make_pipeline(
        SimpleImputer(strategy="median"),
        VarianceQuantile(0.5),
        SelectKBest(welch_score, k=CANDIDATES),
        StandardScaler(),
        RFE(SVC(kernel="linear"), n_features_to_select=GENES, step=1),
    ).fit(X, y)
    columns = np.arange(X.shape[1])
    for name in ("variancequantile", "selectkbest", "rfe"):
        columns = columns[steps[name].get_support()]
    return columns


# Models ----------------------------------------------------------------------------------------------------------


def make_classifiers(seed: int) -> dict:
    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=seed)
    return {
        "logistic_l1": LogisticRegression(l1_ratio=1.0, solver="liblinear", C=1.0, max_iter=1000, random_state=seed),
        "logistic_l2": LogisticRegression(C=1.0, max_iter=1000),
        "svm_rbf": CalibratedClassifierCV(SVC(C=1.0, gamma="scale"), method="sigmoid", cv=folds, ensemble=False),
        "random_forest": RandomForestClassifier(n_estimators=TREES, random_state=seed),
    }


def fit_network(X, y, X_valid, y_valid, seed: int, keras_input: str):
    """Probabilities of the held-out samples, and the history."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.001), loss="binary_crossentropy", metrics=["accuracy"])
    train, valid = ((part.astype("float32"), codes[:, None].astype("float32")) for part, codes in
                    ((X, y), (X_valid, y_valid)))  # fmt: skip
    if keras_input == "arrays":
        history = model.fit(*train, epochs=EPOCHS, batch_size=BATCH, validation_data=valid, verbose=0)
    else:
        history = model.fit(
            as_dataset(train, shuffled=True), epochs=EPOCHS, validation_data=as_dataset(valid), verbose=0
        )
    return np.asarray(model(valid[0], training=False))[:, 0].astype(float), history.history


def as_dataset(arrays: tuple, *, shuffled: bool = False):
    """Batches of arrays; shuffled means that samples change batches from epoch to epoch, pointless for one batch."""
    import tensorflow as tf

    if len(arrays[0]) <= BATCH:
        return tf.data.Dataset.from_tensors(arrays)
    samples = tf.data.Dataset.from_tensor_slices(arrays)
    return (samples.shuffle(len(arrays[0])) if shuffled else samples).batch(BATCH)


def run_split(X, y, X_held, y_held, chosen, chosen_on_all, seed: int, keras_input: str) -> dict:
    """Fit everything on one training part and judge it on the samples held out."""
    scale = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(X)
    everything, held = scale.transform(X), scale.transform(X_held)
    pca = PCA(COMPONENTS, svd_solver="full").fit(everything)
    views = {
        "selected": (everything[:, chosen], held[:, chosen]),
        "all": (everything, held),
        "components": (pca.transform(everything), pca.transform(held)),
    }
    if chosen_on_all is not None:
        views["biased"] = (everything[:, chosen_on_all], held[:, chosen_on_all])
    probabilities, histories = {}, {}
    for features in views.keys() & {"selected", "all", "biased"}:
        train, test = views[features]
        for name, model in make_classifiers(seed).items():
            probabilities[f"{name}/{features}"] = model.fit(train, y).predict_proba(test)[:, 1]
    dummy = DummyClassifier(strategy="prior").fit(everything, y)
    probabilities["majority_class/all"] = dummy.predict_proba(held)[:, 1]
    started = time.perf_counter()
    for features, name in NETWORKS.items():
        train, test = views[features]
        found = fit_network(train, y, test, y_held, seed, keras_input)
        probabilities[f"{name}/{features}"], histories[name] = found
    return {
        "probabilities": probabilities,
        "histories": histories,
        "metrics": {name: figures_of_merit(y_held, p) for name, p in probabilities.items()},
        "keras_seconds": time.perf_counter() - started,
    }


def figures_of_merit(y: np.ndarray, p: np.ndarray) -> dict[str, float]:
    predicted = (p > 0.5).astype(int)
    return {
        "accuracy": accuracy_score(y, predicted),
        "balanced_accuracy": balanced_accuracy_score(y, predicted),
        "f1": f1_score(y, predicted, zero_division=0),
        "precision": precision_score(y, predicted, zero_division=0),
        "recall": recall_score(y, predicted),
        "specificity": recall_score(y, predicted, pos_label=0),
        "mcc": matthews_corrcoef(y, predicted),
        "roc_auc": roc_auc_score(y, p),
        "average_precision": average_precision_score(y, p),
        "brier": brier_score_loss(y, p),
    }


def corrected_interval(values: np.ndarray, confidence: float = 0.95) -> tuple[float, float, float]:
    """Mean over the folds with the corrected resampled t interval of Nadeau and Bengio (2003)."""
    mean, count = values.mean(), len(values)
    error = values.std(ddof=1) * np.sqrt(1 / count + 1 / (FOLDS - 1))
    half = stats.t.ppf((1 + confidence) / 2, count - 1) * error
    return mean, mean - half, mean + half


# Figures ---------------------------------------------------------------------------------------------------------

COLOURS = {"ALL": "#3b6ea5", "AML": "#c8553d"}


class Figures:
    """Draws figures and keeps them as SVG for the report."""

    def __init__(self) -> None:
        import matplotlib as mpl

        mpl.use("svg")
        mpl.rcParams.update({
            "font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
            "figure.constrained_layout.use": True, "savefig.dpi": 200,
        })  # fmt: skip
        self.drawn: dict[str, dict[str, str]] = {}

    def new(self, width: float = 6.4, height: float = 3.4, rows: int = 1, columns: int = 1, **options):
        """A figure and its axes, sizes in inches."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width, height))
        return figure, figure.subplots(rows, columns, **options)

    def keep(self, figure, name: str, caption: str) -> None:
        """Write it as SVG, to be shown under its name."""
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg")
        uri = f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()}"
        self.drawn[name] = {"uri": uri, "caption": caption}


def draw_genes(figures: Figures, cohort: Cohort, genes: pd.DataFrame) -> None:
    figure, axes = figures.new()
    kept = genes["bonferroni"] < 0.05
    height = -np.log10(genes["p"])
    for mask, colour, label in ((~kept, "#bbbbbb", "others"), (kept, COLOURS["AML"], "Bonferroni p < 0.05")):
        axes.scatter(genes["log2_fold_change"][mask], height[mask], s=5, c=colour, label=f"{label} ({mask.sum()})",
                     linewidths=0, rasterized=True)  # fmt: skip
    for gene in genes.index[:10]:
        axes.annotate(gene, (genes["log2_fold_change"][gene], height[gene]), fontsize=5)
    axes.set(xlabel="log2 fold change, AML − ALL", ylabel="−log10 p")
    axes.legend()
    figures.keep(figure, "volcano", "Volcano plot of the Welch tests on the training samples.")

    figure, axes = figures.new(height=2.6)
    axes.hist(genes["p"], bins=40, color="#888888")
    axes.axhline(len(genes) / 40, color="black", linestyle="--", linewidth=0.8)
    axes.set(xlabel="p", ylabel="probes")
    figures.keep(figure, "pvalues", "p-values; the line is what no difference anywhere would give.")

    values = cohort.train[genes.index[:TOP]]
    z = ((values - values.mean()) / values.std()).T.to_numpy()
    rows = leaves_list(linkage(z, "average"))
    columns = np.argsort(cohort.y, kind="stable")
    figure, axes = figures.new(height=5)
    picture = axes.imshow(z[rows][:, columns], cmap="RdBu_r", vmin=-3, vmax=3, aspect="auto", interpolation="nearest")
    axes.axvline((cohort.y == 0).sum() - 0.5, color="black")
    axes.set_yticks(range(TOP), values.columns[rows], fontsize=6)
    axes.set_xticks(range(len(columns)), cohort.train.index[columns], fontsize=6)
    axes.set_xlabel("patient: ALL left, AML right of the line")
    figure.colorbar(picture, ax=axes, label="z", shrink=0.5)
    figures.keep(figure, "heatmap", f"The {TOP} probes with the smallest p-values.")


def draw_components(figures: Figures, cohort: Cohort) -> None:
    pca = PCA().fit(StandardScaler().fit_transform(cohort.train))
    scores = pca.transform(StandardScaler().fit_transform(cohort.train))
    share = pca.explained_variance_ratio_ * 100
    figure, (left, right) = figures.new(6.8, 3, 1, 2)
    left.bar(range(1, len(share) + 1), share, color="#888888")
    line = left.twinx()
    line.plot(range(1, len(share) + 1), share.cumsum(), color="black", marker=".", markersize=3)
    line.axhline(COMPONENTS * 100, linestyle="--", color="black", linewidth=0.6)
    line.set(ylim=(0, 101), ylabel="cumulative, %")
    left.set(xlabel="component", ylabel="variance explained, %")
    for code, (name, colour) in enumerate(COLOURS.items()):
        right.scatter(*scores[cohort.y == code, :2].T, s=14, c=colour, label=name)
    right.set(xlabel=f"PC1 ({share[0]:.0f} %)", ylabel=f"PC2 ({share[1]:.0f} %)")
    right.legend()
    figures.keep(figure, "components", "Principal components of the standardised training data.")


def draw_forest_plot(figures: Figures, estimates: pd.DataFrame) -> None:
    names = [*MODELS, *BIASED]
    part = estimates.xs("balanced_accuracy", level="metric").loc[names]
    figure, axes = figures.new(height=4)
    height = np.arange(len(names))[::-1]
    error = np.abs(part[["low", "high"]].to_numpy().clip(0, 1).T - part["mean"].to_numpy())
    axes.errorbar(part["mean"], height, xerr=error, fmt="o", color="black", markersize=4, capsize=2, linewidth=1)
    axes.axvline(0.5, linestyle="--", color="grey", linewidth=0.8)
    axes.set_yticks(height, names)
    axes.set_xlabel("balanced accuracy, cross-validated, with 95 % interval")
    figures.keep(figure, "forest", "Models compared. “biased”: genes chosen on all samples before cross-validation.")


def draw_confusions(figures: Figures, name: str, caption: str, outcomes: dict) -> None:
    """Outcomes: model → true classes and probabilities."""
    figure, panels = figures.new(6.8, 5.6, 3, 4, squeeze=False)
    for axes, model in zip(panels.flat, outcomes, strict=False):
        y, p = outcomes[model]
        counts = confusion_matrix(y, p > 0.5, labels=[0, 1])
        axes.imshow(counts / counts.sum(axis=1, keepdims=True), cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(counts):
            share = count / counts[row].sum()
            axes.text(column, row, str(count), ha="center", va="center", color="white" if share > 0.5 else "black")
        axes.set_title(model.replace("/", "\n"), fontsize=7)
        axes.set_xticks([0, 1], ["ALL", "AML"])
        axes.set_yticks([0, 1], ["ALL", "AML"])
    for axes in panels.flat[len(outcomes) :]:
        axes.set_axis_off()
    figure.supxlabel("predicted")
    figure.supylabel("true")
    figures.keep(figure, name, caption)


def draw_curves(figures: Figures, name: str, caption: str, outcomes: dict, points, labels: tuple[str, str]) -> None:
    """Curves of the models, those on selected genes left, the others right; points: classes, probabilities → x, y."""
    figure, panels = figures.new(6.8, 3.4, 1, 2, sharex=True, sharey=True)
    for axes, chosen in zip(panels, (True, False), strict=True):
        for model, (y, p) in outcomes.items():
            if model.endswith("/selected") == chosen and not model.startswith("majority"):
                axes.plot(*points(y, p), label=model, linewidth=1.1, alpha=0.85)
        axes.set(xlabel=labels[0], ylabel=labels[1])
        axes.legend(fontsize=6)
    figures.keep(figure, name, caption)


def roc_points(y, p):
    fpr, tpr, _ = roc_curve(y, p)
    return fpr, tpr


def precision_recall_points(y, p):
    precision, recall, _ = precision_recall_curve(y, p)
    return recall, precision


def calibration_points(y, p):
    observed, predicted = calibration_curve(y, p, n_bins=5, strategy="uniform")
    return predicted, observed


def draw_learning_curves(figures: Figures, histories: list[dict]) -> None:
    figure, panels = figures.new(6.8, 4.6, 2, 2, sharex=True)
    epochs = np.arange(1, EPOCHS + 1)
    for row, name in zip(panels, NETWORKS.values(), strict=True):
        for axes, quantity in zip(row, ("loss", "accuracy"), strict=True):
            for prefix, label, colour in (("", "training", "#3b6ea5"), ("val_", "held out", "#c8553d")):
                runs = np.array([history[name][prefix + quantity] for history in histories])
                axes.plot(epochs, runs.mean(axis=0), color=colour, label=label)
                axes.fill_between(epochs, runs.min(axis=0), runs.max(axis=0), color=colour, alpha=0.2, linewidth=0)
            axes.set(ylabel=quantity, title=name)
    panels[0, 0].legend()
    for axes in panels[1]:
        axes.set_xlabel("epoch")
    figures.keep(figure, "learning", "Learning curves of the networks: mean and range over the folds.")


def draw_stability(figures: Figures, frequency: pd.Series) -> None:
    figure, axes = figures.new(height=4.4)
    top = frequency.iloc[:40][::-1]
    axes.barh(top.index, top.to_numpy() * 100, color="#888888")
    axes.tick_params(axis="y", labelsize=6)
    axes.margins(y=0.01)
    axes.set_xlabel("chosen in % of the training parts")
    figures.keep(figure, "stability", f"Stability of the selection: {len(frequency)} genes were chosen at least once.")


# Report ----------------------------------------------------------------------------------------------------------

TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title><style>
@page { size: A4; margin: 20mm 18mm; @bottom-center { content: counter(page) " / " counter(pages); font-size: 8pt } }
body { font-family: "DejaVu Sans", sans-serif; font-size: 9pt; line-height: 1.4 }
h1 { font-size: 17pt } h2 { font-size: 13pt; margin-top: 1.5em; break-after: avoid }
figure { margin: 1em 0; break-inside: avoid } figure img { width: 100% }
figcaption, caption { font-size: 8pt; color: #333; text-align: left; margin-bottom: .4em }
table { border-collapse: collapse; font-size: 6.5pt; width: 100%; margin: 1em 0 }
th, td { text-align: right; padding: 1.5pt 3pt } th { border-bottom: .6pt solid }
th:first-child, td:first-child { text-align: left } tr { break-inside: avoid } .name { text-align: left }
small { color: #666; white-space: nowrap }
</style></head><body>
{% macro show(name) %}<figure><img src="{{ figures[name].uri }}">
<figcaption>{{ figures[name].caption }}</figcaption></figure>{% endmacro %}
{% macro metric_table(rows, caption) %}<table><caption>{{ caption }}</caption>
<thead><tr><th>Model</th>{% for label in metrics.values() %}<th>{{ label }}</th>{% endfor %}</tr></thead>
{% for model, cells in rows.items() %}<tr><td>{{ model.replace("/", " / ") }}</td>
{% for metric in metrics %}<td>{{ "%.3f"|format(cells[metric][0]) }}
{% if cells[metric][1] is not none %}<br><small>{{ "%.2f – %.2f"|format(*cells[metric][1:]) }}</small>{% endif %}
</td>{% endfor %}</tr>{% endfor %}</table>{% endmacro %}
<h1>{{ title }}</h1>
<p>{{ n }} training samples ({{ aml }} AML) and {{ n_test }} independent ones ({{ aml_test }} AML). {{ controls }}
control probes were set aside and {{ constant }} probes dropped that are constant over the training samples after
the floor of {{ floor }} and the cap of {{ cap }}; {{ probes }} probes remain. Each array was standardised by its own
mean and standard deviation of log2 values.</p>
<h2>Differential expression</h2>
<p>Welch's t-test of each probe; p &lt; 0.05 for {{ bonferroni }} probes after Bonferroni's correction, {{ holm }} after
Holm's and {{ bh }} after Benjamini and Hochberg's.</p>
{{ show("volcano") }}{{ show("pvalues") }}{{ show("heatmap") }}
<table><caption>The probes with the smallest p-values.</caption><thead><tr><th>Probe</th>
<th class="name">Description</th><th>log2 FC</th><th>t</th><th>p</th><th>Bonferroni</th><th>Holm</th><th>BH</th></tr>
</thead>{% for gene in top %}<tr><td>{{ gene.Index }}</td><td class="name">{{ gene.name[:60] }}</td>
<td>{{ "%.2f"|format(gene.log2_fold_change) }}</td><td>{{ "%.2f"|format(gene.t) }}</td>
{% for p in (gene.p, gene.bonferroni, gene.holm, gene.bh) %}<td>{{ "%.2g"|format(p) }}</td>{% endfor %}</tr>
{% endfor %}</table>
<h2>Principal components</h2>{{ show("components") }}
<h2>Gene selection</h2>
<p>In every training part: the less variable half of the probes dropped, the {{ candidates }} smallest Welch p-values
kept, then recursive feature elimination by a linear support vector machine to {{ genes }} probes.</p>
{{ show("stability") }}
<h2>Cross-validation</h2>
<p>{{ folds }} stratified folds, {{ repeats }} repeat(s). Intervals by the corrected resampled t.</p>
{{ metric_table(cv, "Cross-validated figures, mean over the folds and 95 % interval.") }}
{{ show("forest") }}
{{ metric_table(biased, "The same folds with genes chosen on all training samples beforehand: biased.") }}
{{ show("confusion") }}{{ show("roc") }}{{ show("precision_recall") }}{{ show("calibration") }}{{ show("learning") }}
<h2>Independent samples</h2>
<p>Models fitted on all training samples. The interval of the accuracy is Wilson's.</p>
{{ metric_table(independent, "Figures on the independent samples.") }}
{{ show("confusion_independent") }}{{ show("roc_independent") }}
</body></html>"""


def write_report(path: Path, **content) -> None:
    from jinja2 import Environment
    from weasyprint import HTML

    page = Environment(autoescape=True).from_string(TEMPLATE).render(metrics=METRICS, **content)
    HTML(string=page).write_pdf(path)


# The whole -------------------------------------------------------------------------------------------------------


class Clock:
    """Tells how long each step took."""

    def __init__(self) -> None:
        self.start = self.last = time.perf_counter()

    def lap(self, step: str) -> None:
        """Tell of a step that ends."""
        now = time.perf_counter()
        print(f"{step}: {now - self.last:.1f} s (total {now - self.start:.1f} s)", file=sys.stderr, flush=True)
        self.last = now


def cross_validate(cohort: Cohort, repeats: int, seed: int, keras_input: str, clock: Clock) -> tuple:
    """Outcome of every split, that of the final models, the splits, and the genes chosen in each."""
    X, y, X_test = cohort.train.to_numpy(), cohort.y, cohort.test.to_numpy()
    splits = list(RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=repeats, random_state=seed).split(X, y))
    everyone = np.arange(len(y))
    chosen = Parallel()(delayed(select_genes)(X[rows], y[rows]) for rows in [*(train for train, _ in splits), everyone])
    clock.lap("gene selection (RFE)")
    jobs = [
        delayed(run_split)(X[train], y[train], X[held], y[held], chosen[number], chosen[-1], seed + number, keras_input)
        for number, (train, held) in enumerate(splits)
    ]
    final = delayed(run_split)(X, y, X_test, cohort.y_test, chosen[-1], None, seed + len(splits), keras_input)
    *outcomes, independent = Parallel(batch_size=1, pre_dispatch="all")([*jobs, final])
    keras_seconds = sum(outcome["keras_seconds"] for outcome in [*outcomes, independent])
    clock.lap(f"models ({keras_seconds:.1f} s of worker time in Keras)")
    return outcomes, independent, splits, chosen


def summarise(outcomes: list[dict]) -> pd.DataFrame:
    """Mean and interval of every metric of every model."""
    rows = {
        (model, metric): corrected_interval(np.array([outcome["metrics"][model][metric] for outcome in outcomes]))
        for model in (*MODELS, *BIASED)
        for metric in METRICS
    }
    index = pd.MultiIndex.from_tuples(rows, names=["model", "metric"])
    return pd.DataFrame(list(rows.values()), index=index, columns=["mean", "low", "high"])


def cells(estimates: pd.DataFrame, models: tuple[str, ...]) -> dict:
    return {model: {metric: tuple(estimates.loc[(model, metric)]) for metric in METRICS} for model in models}


def independent_cells(metrics: dict, n: int) -> dict:
    from statsmodels.stats.proportion import proportion_confint

    table = {model: {metric: (metrics[model][metric], None, None) for metric in METRICS} for model in MODELS}
    for row in table.values():
        share = row["accuracy"][0]
        row["accuracy"] = (share, *proportion_confint(round(share * n), n, method="wilson"))
    return table


def out_of_fold(outcomes: list[dict], splits: list, repeats: int, n: int) -> dict[str, np.ndarray]:
    """Held-out probabilities in the order of the samples, model → (repeats, n)."""
    found = {model: np.empty((repeats, n)) for model in (*MODELS, *BIASED)}
    for number, (outcome, (_, held)) in enumerate(zip(outcomes, splits, strict=True)):
        for model, p in outcome["probabilities"].items():
            found[model][number // FOLDS, held] = p
    return found


def draw_models(figures: Figures, cohort: Cohort, found: dict, independent: dict) -> None:
    repeats = len(found[MODELS[0]])
    cv = {model: (np.tile(cohort.y, repeats), found[model].ravel()) for model in MODELS}
    test = {model: (cohort.y_test, independent["probabilities"][model]) for model in MODELS}
    pooled = "out-of-fold predictions of all repeats"
    rates = ("false-positive rate", "true-positive rate")
    draw_confusions(figures, "confusion", f"Confusion matrices, {pooled}.", cv)
    draw_curves(figures, "roc", f"ROC curves, {pooled}.", cv, roc_points, rates)
    draw_curves(figures, "precision_recall", f"Precision–recall curves, {pooled}.", cv, precision_recall_points,
                ("recall", "precision"))  # fmt: skip
    draw_curves(figures, "calibration", f"Calibration, {pooled}.", cv, calibration_points,
                ("predicted probability of AML", "share of AML"))  # fmt: skip
    draw_confusions(figures, "confusion_independent", "Confusion matrices, independent samples.", test)
    draw_curves(figures, "roc_independent", "ROC curves, independent samples.", test, roc_points, rates)


def save_predictions(path: Path, cohort: Cohort, found: dict, independent: dict, chosen: list) -> None:
    """AML probabilities: cv/MODEL/FEATURES (repeats, n), independent/MODEL/FEATURES (m,); genes of each split."""
    arrays = {f"cv/{model}": p for model, p in found.items()}
    arrays |= {f"independent/{model}": p for model, p in independent["probabilities"].items()}
    np.savez_compressed(
        path,
        samples=cohort.train.index.to_numpy(dtype=str),
        samples_independent=cohort.test.index.to_numpy(dtype=str),
        truth=cohort.y,
        truth_independent=cohort.y_test,
        chosen=cohort.train.columns.to_numpy(dtype=str)[np.stack(chosen)],
        **arrays,
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", type=Path, help="folder with Golub's three CSV files")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="random_state of RepeatedStratifiedKFold")
    parser.add_argument("--out", type=Path, default=Path("stock.pdf"))
    parser.add_argument("--predictions", type=Path, help="where to save out-of-fold probabilities, .npz")
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--keras-input", choices=("arrays", "dataset"), default="arrays")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    warnings.filterwarnings("ignore", category=RuntimeWarning)
    clock = Clock()
    cohort = read_cohort(options.cohort)
    genes = differential_expression(cohort)
    clock.lap("reading and tests")
    with parallel_config("loky", n_jobs=options.jobs, inner_max_num_threads=1):
        outcomes, independent, splits, chosen = cross_validate(
            cohort, options.repeats, options.seed, options.keras_input, clock
        )
    estimates = summarise(outcomes)
    found = out_of_fold(outcomes, splits, options.repeats, len(cohort.y))
    counts = pd.Series(cohort.train.columns[np.concatenate(chosen[:-1])]).value_counts()
    figures = Figures()
    draw_genes(figures, cohort, genes)
    draw_components(figures, cohort)
    draw_stability(figures, counts / len(splits))
    draw_forest_plot(figures, estimates)
    draw_models(figures, cohort, found, independent)
    draw_learning_curves(figures, [outcome["histories"] for outcome in outcomes])
    clock.lap("figures")
    write_report(
        options.out,
        title="AML against ALL: gene expression",
        figures=figures.drawn,
        top=list(genes.head(TOP).itertuples()),
        cv=cells(estimates, MODELS),
        biased=cells(estimates, BIASED),
        independent=independent_cells(independent["metrics"], len(cohort.y_test)),
        n=len(cohort.y), aml=cohort.y.sum(), n_test=len(cohort.y_test), aml_test=cohort.y_test.sum(),
        controls=cohort.controls, constant=cohort.constant, probes=len(genes), floor=FLOOR, cap=CAP,
        bonferroni=(genes["bonferroni"] < 0.05).sum(), holm=(genes["holm"] < 0.05).sum(), bh=(genes["bh"] < 0.05).sum(),
        candidates=CANDIDATES, genes=GENES, folds=FOLDS, repeats=options.repeats,
    )  # fmt: skip
    clock.lap("PDF")
    if options.predictions:
        save_predictions(options.predictions, cohort, found, independent, chosen)
    for model in MODELS:
        mean, low, high = estimates.loc[(model, "accuracy")]
        right = independent["metrics"][model]["accuracy"]
        print(f"{model}: cross-validated accuracy {mean:.3f} ({low:.3f} to {high:.3f}), independent {right:.3f}")


if __name__ == "__main__":
    main()
