"""Sections on the comparison of classifiers: cross-validated, and on the independent set."""

from __future__ import annotations

from collections.abc import Callable

from genereport.analyses.models import interactive as live
from genereport.analyses.models.result import Models
from genereport.formats import count, fixed, general, percent, plural
from genereport.names import bare_name, in_sentence, model_name
from genereport.report import figures
from genereport.report.compose.parts import confidence_level, drawn_figure, fewer_folds
from genereport.report.document import (
    Block,
    Cite,
    Code,
    Column,
    Inline,
    Paragraph,
    Phrase,
    Ref,
    Row,
    Section,
    Table,
    joined,
    prose,
)
from genereport.report.quote import Quote, listed

_HEADS = {
    "balanced_accuracy": "Balanced acc.",
    "accuracy": "Accuracy",
    "f1": "F1",
    "precision": "Precision",
    "recall": "Recall",
    "specificity": "Specificity",
    "mcc": "MCC",
    "roc_auc": "AUC",
    "average_precision": "Avg. prec.",
    "brier": "Brier",
}


def compose_models(q: Quote) -> Section:
    """The comparison by cross-validation, whether selection helps, and how the networks learnt."""
    blocks: list[Block] = [_design(q), _named(q), *_performance(q, "cv")]
    sides = "; filled: cross-validated, hollow: independent set" if q.result(Models).test else ""
    caption = prose(
        f"Balanced accuracy with intervals{sides}. The vertical line is the majority class in cross-validation."
    )
    confusion = prose(
        "Confusion matrices of the held-out samples, counts summed over {repeats}; rows are the true class.",
        repeats=_times(q),
    )
    roc = prose("ROC curves of the held-out samples: mean over the repeats of each repeat’s pooled curve.")
    models = q.result(Models)
    curves = prose("Precision at each recall, mean over the repeats.")
    target: Inline = q("models.classes[1]") if len(models.classes) == 2 else "each class"
    calibrated = prose(
        "Predicted probability of {target}, the mean over the repeats, against the share that was observed, in five bins of held-out "
        "samples with Wilson’s intervals; on the line a probability means what it says.",
        target=target,
    )
    blocks += [
        drawn_figure("fig-comparison", figures.comparison(models), caption),
        drawn_figure("fig-confusion", figures.confusion(models), confusion),
        drawn_figure("fig-roc", figures.roc(models), roc, live.roc(models, "cv")),
        drawn_figure("fig-precision-recall", figures.precision_recall(models), curves, live.precision_recall(models)),
        drawn_figure("fig-calibration", figures.calibration(models), calibrated),
        Section("sec-pairs", "Which differences are detectable?", _pairs(q)),
        *_tuned(q),
        Section("sec-selection-effect", "Does selecting genes help?", _selection_effect(q)),
        Section("sec-networks", "How the neural networks learnt", _networks(q)),
    ]
    return Section("sec-models", "Comparison of classifiers", tuple(blocks))


def _times(q: Quote) -> Inline:
    models = q.result(Models)
    return Phrase((q("models.repeats", count), f" {plural(models.repeats, 'repeat')}"))


def _splittings(q: Quote) -> Inline:
    if q.result(Models).repeats == 1:
        return q("models.repeats", lambda _: "once")
    return Phrase((q("models.repeats", count), " times"))


def _design(q: Quote) -> Paragraph:
    models = q.result(Models)
    scheme = prose(
        "{train} training samples were split {folds}-fold, stratified by class, {times}. Everything that is fitted "
        "(imputation, standardisation, filters, selection, components, calibration, classifier) is fitted inside the training "
        "part of each split. The preprocessing before it does not look at which sample is of which class.",
        train=q("models.train", count),
        folds=q("models.folds", count),
        times=_splittings(q),
    )
    intervals = prose(
        "Intervals over folds count the variation of held-out and of training samples, with the correction of Nadeau and Bengio "
        "{nadeau} for overlapping training parts. F1, precision and MCC are taken from each repeat’s pooled predictions, and their "
        "intervals from what each fold contributes to them. No interval is narrower than Wilson’s limits of the pooled predictions "
        "allow.",
        nadeau=Cite(("nadeau2003",)),
    )
    positive = (
        prose(
            "Precision, recall, specificity and F1 take {target} as the positive class.", target=q("models.classes[1]")
        )
        if len(models.classes) == 2
        else prose(
            "F1, precision, recall and specificity are means over the classes; AUC and average precision are means over each class "
            "against the rest."
        )
    )
    return joined(scheme, *fewer_folds(q), intervals, positive)


def _named(q: Quote) -> Paragraph:
    named = q.result(Models).named
    chosen = model_name(named.model, named.features)
    best = model_name(named.best_model, named.best_features)
    start = prose(
        "By a rule fixed beforehand the named model is the first, in an order that puts the simpler ones first, whose balanced accuracy "
        "lies within one corrected standard error of the best one: {model} ({estimate}).",
        model=in_sentence(chosen),
        estimate=q("models.named.estimate", fixed),
    )
    top = (
        prose("No model that could be named has a higher estimate.")
        if chosen == best
        else prose(
            "The highest estimate of those that could be named, {estimate}, is that of {model}; the difference is within one standard "
            "error ({error}) and not to be read as superiority.",
            estimate=q("models.named.best_estimate", fixed),
            model=in_sentence(best),
            error=q("models.named.standard_error", fixed),
        )
    )
    floor = (
        prose("The named model is detectably better than predicting the majority class.")
        if named.beats_floor
        else prose(
            "The named model is not detectably better than predicting the majority class: nothing is shown to have been learned."
        )
    )
    return joined(start, top, floor)


def _performance(q: Quote, which: str) -> list[Table]:
    """Two tables of one set of samples: the primary metric with its interval, then all metrics."""
    names = {"cv": "in cross-validation", "test": "on the independent set"}
    frame = q.frame("models.metrics")
    rows = frame[frame["set"] == which]
    keys = list(dict.fromkeys(zip(rows["model"], rows["features"], strict=True)))
    keyed = rows.reset_index()[["model", "features", "metric", "index"]]
    position = {(str(m), str(f), str(metric)): int(row) for m, f, metric, row in keyed.to_numpy()}
    return [_primary(q, which, names[which], keys, position), _all_metrics(q, which, names[which], keys, position)]


_Positions = dict[tuple[str, str, str], int]


def _primary(q: Quote, which: str, where: str, keys: list[tuple[str, str]], position: _Positions) -> Table:
    frame = q.frame("models.metrics")
    level = confidence_level(q)
    heads = ("Model", "Balanced acc.", level, "Accuracy", level, "AUC", level)
    rows, starred = [], False
    for model, features in keys:
        cells: list[Inline] = [model_name(model, features)]
        for metric in ("balanced_accuracy", "accuracy", "roc_auc"):
            row = position[model, features, metric]
            pooled = "; pooled" in str(frame.loc[row, "interval"])
            limits = q.interval("models.metrics", row)
            starred = starred or pooled
            cells += [q.cell("models.metrics", row, "estimate", fixed), Phrase((limits, "*")) if pooled else limits]
        rows.append(tuple(cells))
    columns = tuple(Column(head, numeric=number > 0) for number, head in enumerate(heads))
    note = prose(
        "* The figure is the same in every fold, or varies less over the folds than the number of samples allows; the interval is "
        "Wilson’s, from the pooled predictions, and leaves out what other training samples would change."
    )
    caption = prose(f"Balanced accuracy, accuracy and area under the ROC curve {where}.")
    return Table(f"tab-primary-{which}", caption, columns, tuple(rows), note if starred else None)


def _all_metrics(q: Quote, which: str, where: str, keys: list[tuple[str, str]], position: _Positions) -> Table:
    metrics = ("f1", "precision", "recall", "specificity", "mcc", "average_precision", "brier")
    columns = (Column("Model"), *(Column(_HEADS[metric], numeric=True) for metric in metrics))
    rows: tuple[Row, ...] = tuple(
        (model_name(*key), *(q.cell("models.metrics", position[*key, metric], "estimate", fixed) for metric in metrics))
        for key in keys
    )
    caption = prose(
        f"Further figures {where}; intervals are in {{file}}. Brier: lower is better.",
        file=Code("tables/metrics.tsv"),
    )
    return Table(f"tab-metrics-{which}", caption, columns, rows)


def _pairs(q: Quote) -> tuple[Block, ...]:
    """The named model against each of the others; all pairs are in the table on disk."""
    clear = q.result(Models).differences.folds
    verdict = (
        "no model is detectably better than another"
        if clear == 0
        else f"{{clear}} {plural(clear, 'differs', 'differ')} detectably at {{alpha}}"
    )
    text = prose(
        f"Of {{pairs}} pairs of models that could have been named, after Holm’s correction over the pairs, {verdict} in "
        "cross-validation. {table} sets the named model against the others; all pairs are in {file}.",
        pairs=q("models.differences.pairs", count),
        clear=q("models.differences.folds", count),
        alpha=q("models.differences.alpha", general),
        table=Ref("tab-pairs"),
        file=Code("tables/pairs.tsv"),
    )
    return (joined(text, *(_tested(q) if q.result(Models).test else ())), _pairs_of_named(q))


def _pairs_of_named(q: Quote) -> Table:
    models, frame = q.result(Models), q.frame("models.pairs")
    named = (models.named.model, models.named.features)
    heads = ["Difference", "Balanced acc.", confidence_level(q), f"{q.p_letter} (Holm)"]
    note = None
    if models.test:
        heads += ["Right alone", "McNemar", "DeLong"]
        note = prose(
            "Right alone: independent samples that only the first, and only the second model gets right; McNemar and DeLong: p-values "
            "on the independent set after Holm’s correction."
        )
    either = [(frame["model_" + n] == named[0]) & (frame["features_" + n] == named[1]) for n in "12"]
    rows = tuple(_pair(q, int(row)) for row in (either[0] | either[1]).to_numpy().nonzero()[0])
    columns = tuple(Column(head, numeric=number > 0) for number, head in enumerate(heads))
    caption = prose("The named model against the others: difference in cross-validated balanced accuracy.")
    return Table("tab-pairs", caption, columns, rows, note)


def _pair(q: Quote, row: int) -> Row:
    path, record = "models.pairs", q.frame("models.pairs").iloc[row]
    first, second = (model_name(str(record[f"model_{n}"]), str(record[f"features_{n}"])) for n in (1, 2))
    cells: list[Inline] = [
        f"{first} − {in_sentence(second)}",
        q.cell(path, row, "difference", fixed),
        q.interval(path, row),
        q.cell(path, row, "P.Holm.models", q.p),
    ]
    if q.result(Models).test:
        cells += [
            Phrase((q.cell(path, row, "only_1", count), " : ", q.cell(path, row, "only_2", count))),
            q.cell(path, row, "P.McNemar.Holm", q.p),
            q.cell(path, row, "P.DeLong.Holm", q.p),
        ]
    return tuple(cells)


def _tested(q: Quote) -> tuple[Paragraph, ...]:
    labels = q.result(Models).differences.labels
    told = (
        f"On the independent set, after the same correction, {{labels}} {'pairs differ' if labels > 1 else 'pair differs'} in the errors "
        "(exact McNemar)"
    )
    if q.frame("models.pairs")["P.DeLong"].notna().any():
        told += " and {areas} in the areas (DeLong)"
    return (
        prose(
            f"{told}.",
            labels=q("models.differences.labels", lambda number: count(number) if number else "no"),
            areas=q("models.differences.areas", lambda number: count(number) if number else "none"),
        ),
    )


def _tuned(q: Quote) -> tuple[Section, ...]:
    """What tuning chose, if anything was tuned."""
    frame, path = q.frame("models.tuning"), "models.tuning"
    if frame.empty:
        return ()
    text = prose(
        "Inside each training part, {folds}-fold validation chose the number of genes and the penalty for each model; of equally good "
        "candidates by balanced accuracy the one with the smaller Brier score. {table} holds the three choices made most often.",
        folds=q.setting("evaluation.inner_folds", count),
        table=Ref("tab-tuning"),
    )
    shown = frame.groupby(["model", "features"], sort=False).head(3).index
    spec: list[tuple[str, Callable[[float], str]]] = [
        ("genes", general),
        ("penalty_c", general),
        ("weight_decay", general),
        ("times", count),
    ]
    rows: tuple[Row, ...] = tuple(
        (
            model_name(str(frame["model"].iloc[row]), str(frame["features"].iloc[row])),
            *(q.cell(path, row, name, form) for name, form in spec),
            "final" if frame["final"].iloc[row] else "",
        )
        for row in shown
    )
    heads = ("Model", "Genes", "C", "Weight decay", "Training parts", "")
    columns = tuple(Column(head, numeric=0 < number < 5) for number, head in enumerate(heads))
    caption = prose("What tuning chose in how many training parts, and for the final models.")
    return (Section("sec-tuning", "What tuning chose", (text, Table("tab-tuning", caption, columns, rows))),)


def _selection_effect(q: Quote) -> tuple[Block, ...]:
    effect = q.frame("models.selection_effect")
    start = prose(
        "{table} holds the classifiers that were trained both on the selected genes and on all genes, over the same splits, with the "
        "difference in balanced accuracy, selected − all, and the corrected resampled t-test of it.",
        table=Ref("tab-selection-effect"),
    )
    verdict = prose(
        "For none of them is a difference detectable at {alpha}, even before correction for their number."
        if not q.result(Models).differences.clear_effects
        else "A difference is detectable at {alpha} for {clear} of {effects}, before correction for their number.",
        alpha=q("models.differences.alpha", general),
        clear=q("models.differences.clear_effects", count),
        effects=q("models.differences.effects", count),
    )
    spec: list[tuple[str, Callable[[float], str]]] = [("t", fixed), ("df", general), ("p", q.p)]
    rows: tuple[Row, ...] = tuple(
        (
            bare_name(str(model)),
            q.cell("models.selection_effect", row, "difference", fixed),
            q.interval("models.selection_effect", row),
            *(q.cell("models.selection_effect", row, name, form) for name, form in spec),
        )
        for row, model in enumerate(effect.index)
    )
    heads = ("Model", "Difference", confidence_level(q), "t", "df", q.p_letter)
    columns = tuple(Column(head, numeric=number > 0) for number, head in enumerate(heads))
    table = Table("tab-selection-effect", prose("Balanced accuracy on selected minus on all genes."), columns, rows)
    drawn = figures.selection_effect(q.result(Models))
    caption = prose("Difference in balanced accuracy, selected − all genes, with intervals.")
    return (joined(start, verdict), table, drawn_figure("fig-selection-effect", drawn, caption))


def _networks(q: Quote) -> tuple[Block, ...]:
    settings = q.analysis.settings["models"]
    last = q.frame("models.curves")
    layers = len(settings["hidden"])
    hidden = f"with {plural(layers, 'a hidden layer', 'hidden layers')} of {{units}} units"
    trained = prose(
        f"Networks {hidden if layers else 'without a hidden layer'} were trained for "
        f"{'up to ' if settings['patience'] else ''}{{epochs}} {plural(settings['epochs'], 'epoch')}. Figures on the held-out "
        "samples, called validation here, are recorded and steer nothing.",
        units=listed([q.setting(f"models.hidden[{layer}]", count) for layer in range(layers)]),
        epochs=q.setting("models.epochs", count),
    )
    parts = [trained]
    parts += [_gap(q, str(features)) for features in dict.fromkeys(last.index)]
    drawn = figures.learning_curves(q.result(Models))
    caption = prose(
        "Accuracy and loss over the epochs: mean over the networks of all splits, and their 5 % to 95 % range."
    )
    return (joined(*parts), drawn_figure("fig-learning", drawn, caption))


def _gap(q: Quote, features: str) -> Paragraph:
    curves = q.frame("models.curves")
    at_end = (curves.index == features) & (curves["epoch"] == curves["epoch"].max())
    final = {str(curves["quantity"].iloc[row]): row for row in at_end.to_numpy().nonzero()[0]}
    names = {"selected": "On the selected genes", "components": "On the components"}
    return prose(
        f"{names.get(features, features)} training accuracy ends at {{train}} and validation accuracy at {{valid}}, on average.",
        train=q.cell("models.curves", final["accuracy"], "mean", fixed),
        valid=q.cell("models.curves", final["val_accuracy"], "mean", fixed),
    )


def compose_independent(q: Quote) -> Section:
    """What the final models make of samples that had no part in any choice; says so if there are none."""
    models = q.result(Models)
    title = "Independent set"
    if models.test == 0:
        absent = prose(
            "The cohort has no independent set. The figures of the classifiers are all cross-validated; none is claimed of new samples."
        )
        return Section("sec-independent", title, (absent,))
    blocks: list[Block] = [_independent(q), *_performance(q, "test")]
    confusion = prose(
        f"Confusion matrices on the {{n}} independent {plural(models.test, 'sample')}.", n=q("models.test", count)
    )
    roc = prose("ROC curves on the independent set.")
    blocks += [
        drawn_figure("fig-confusion-test", figures.confusion_test(models), confusion),
        drawn_figure("fig-roc-test", figures.roc_test(models), roc, live.roc(models, "test")),
    ]
    if models.missed:
        blocks.append(_missed(q))
    return Section("sec-independent", title, tuple(blocks))


def _independent(q: Quote) -> Paragraph:
    models = q.result(Models)
    named = models.named
    lost = (models.bundle.models["file"] == "").any()
    unfrozen = ", and those that could not be frozen did so as they were fitted" if lost else ""
    start = prose(
        "The final models were fitted on the whole training set and frozen ({file}). As they read back from the files they predicted "
        f"the {{n}} independent {plural(models.test, 'sample')} once{unfrozen}. One of {{n}} is {{step}}: a difference of that size in "
        "accuracy rests on a single sample.",
        file=Code("model/"),
        n=q("models.test", count),
        step=q("models.test_step", percent),
    )
    where = {"model": named.model, "features": named.features, "set": "test", "metric": "balanced_accuracy"}
    row = q.row("models.metrics", **where)
    judged = prose(
        f"The named model, {{model}}, makes {{errors}} {plural(models.named_errors, 'error')}; its balanced accuracy is {{estimate}} "
        "({ci}).",
        model=in_sentence(model_name(named.model, named.features)),
        errors=q("models.named_errors", lambda number: count(number) if number else "no"),
        estimate=q.cell("models.metrics", row, "estimate", fixed),
        ci=q.interval("models.metrics", row),
    )
    return joined(start, judged)


def _missed(q: Quote) -> Table:
    frame, path = q.frame("models.errors"), "models.errors"
    rows: tuple[Row, ...] = tuple(
        (Code(str(frame.index[row])), q.cell(path, row, "class"), q.cell(path, row, "missed", count))
        for row in range(len(frame))
        if frame["set"].iloc[row] == "test"
    )[:15]
    columns = (Column("Sample"), Column("Class"), Column("Models wrong", numeric=True))
    caption = prose(
        "Independent samples that at least one of {models} models misses ({n} in all).",
        models=q("models.compared", count),
        n=q("models.missed", count),
    )
    return Table("tab-missed", caption, columns, rows)
