"""The methods, written from the resolved settings and citing only what ran."""

from __future__ import annotations

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.differential.result import Differential
from genereport.analyses.enrichment.result import Enrichment
from genereport.analyses.models.result import Models
from genereport.analyses.result import Skipped
from genereport.analyses.selection.result import Selection
from genereport.formats import count, fixed, general, plural
from genereport.names import MODEL_NAMES, scale_name
from genereport.report.compose.parts import fewer_folds, marker_list, without_partner
from genereport.report.document import Block, Cite, Code, Inline, Note, Paragraph, Phrase, Section, joined, prose
from genereport.report.quote import Quote, listed, whole_percent


def compose_methods(q: Quote) -> Section:
    """One subsection per analysis that ran."""
    analysis = q.analysis
    parts = [Section("sec-methods-preprocessing", "Preprocessing", (describe_preprocessing(q),))]
    if isinstance(analysis.differential, Differential):
        parts.append(Section("sec-methods-tests", "Tests", (_tests(q), _moderation(q), _effects(q))))
    if isinstance(analysis.selection, Selection):
        parts.append(Section("sec-methods-selection", "Selection", (_selection(q),)))
    if isinstance(analysis.models, Models):
        parts.append(
            Section(
                "sec-methods-models",
                "Classifiers",
                (_models(q), _networks(q), _evaluation(q), _intervals(q), _comparisons(q)),
            )
        )
    else:
        parts.append(Section("sec-methods-models", "Classifiers", (_no_models(q),)))
    if isinstance(analysis.biomarkers, Biomarkers):
        parts.append(Section("sec-methods-signature", "Signature and markers", (_signature(q),)))
    if isinstance(analysis.enrichment, Enrichment):
        parts.append(Section("sec-methods-known", "Known biology", (_known(q),)))
    blocks: list[Block] = list(parts)
    return Section("sec-methods", "Methods", tuple(blocks))


def describe_preprocessing(q: Quote) -> Paragraph:
    """The steps in their order, so that a stranger can repeat them from the matrix."""
    steps = q.analysis.preprocessing
    cited = {
        "cite": Cite(("miller2011",)),
        "du": Cite(("du2010",)),
        "chen": Cite(("chen2016",)),
        "dudoit": Cite(("dudoit2002",)),
    }
    parts = [
        "{scale} were read, and control probes were left out.",
        *(["Values below {floor} were raised to it."] if steps.floor is not None else []),
        *(["Values above {cap} were lowered to it."] if steps.cap is not None else []),
        _LOGARITHMS[steps.log],
        "Genes that do not vary over the training samples, in the unit of the file or after these steps, were left out."
        + _MEDIANS.get(steps.collapse, ""),
        _SCALED[steps.array_scaling],
        _COMMON_FLOOR if steps.common_floor is not None and steps.array_scaling != "none" else "",
        _EXPRESSED[steps.expression_rule],
        "Missing values were left out of the tests; elsewhere they were replaced by the gene’s median in the training part."
        + _REPRESENTED.get(steps.collapse, ""),
    ]
    seen = "lie above the floor in at least 90 % of the training arrays" if steps.floor is not None else "vary"
    text = " ".join(part for part in parts if part).replace("{seen}", seen)
    quoted: dict[str, Inline] = {
        "scale": scale_name(steps.scale)[0].upper() + scale_name(steps.scale)[1:],
        "floor": q("preprocessing.floor", general),
        "cap": q("preprocessing.cap", general),
        "fewest": q("preprocessing.fewest_expressed", count),
        "basis": q("preprocessing.scaled_by", count),
        "location": q("preprocessing.location", _six_digits),
        "spread": q("preprocessing.spread", _six_digits),
        "log_floor": q("preprocessing.common_floor", _six_digits),
    }
    return prose(
        text,
        **{name: value for name, value in quoted.items() if f"{{{name}}}" in text},
        **{name: cite for name, cite in cited.items() if f"{{{name}}}" in text},
    )


def _six_digits(value: float) -> str:
    return general(value, 6)


_LOGARITHMS = {
    "log2": "The base-2 logarithm was taken.",
    "log2 CPM": "A count c of a sample with the total N became log2(10⁶ (c + 0.5) / (N + 1)).",
    "log2(x + 1)": "A value x became log2(x + 1).",
    "M-value": "A value β, kept between 0.001 and 0.999, became log2(β / (1 − β)) {du}.",
    "from ln": "They were divided by ln 2.",
    "from log10": "They were divided by log10 2.",
    "none": "They were used as they are.",
}
_EXPRESSED = {
    "none": "",
    "above_floor": "Genes that then lie above {log_floor} in fewer than {fewest} training samples were left out {chen}.",
    "fold_range": "Genes without max/min > 5 and max − min > 500 over the training samples, after floor and cap, in the unit "
    "of the file and before scaling, were left out {dudoit}.",
}
_SCALED = {
    "none": "Arrays were not scaled.",
    "stable_genes": "Arrays were scaled by stable genes. Candidates are the genes that {seen}. Three times in turn, three steps "
    "were taken: each array was shifted by the median, over the stable genes, of its difference from the gene’s reference; the "
    "reference became the gene’s median over the shifted training arrays; and the half of the candidates with the smallest "
    "variance over the shifted training arrays became the stable genes. The first reference is the median over the training "
    "arrays, and at first all candidates are stable. The {basis} stable genes that came of it then shifted every array once more, "
    "from its values before.",
    "standardise": "With m the median of {basis} genes of an array and s their median absolute deviation times 1.4826, a "
    "value x of the array became {location} + {spread} (x − m) / s; the constants are the medians of m and of s over the "
    "training arrays.",
    "quantile": "A value of rank r among {basis} genes of an array became {location} + {spread} Φ⁻¹((r − ½) / {basis}); the "
    "constants are the medians over the training arrays of their median and of their median absolute deviation times 1.4826.",
}
_COMMON_FLOOR = (
    "Values were then raised to {log_floor} (log2), the highest value to which the floor of a training array came; arrays "
    "whose floor came more than three median absolute deviations (times 1.4826) above the median of all do not count."
)
_MEDIANS = {"median": " Probes of one gene were then replaced by their median {cite}."}
_REPRESENTED = {
    "highest_mean": " Of the probes of one gene the one with the highest mean on the training part was used {cite}.",
    "highest_variance": " Of the probes of one gene the one with the highest variance on the training part was used {cite}.",
}


def _tests(q: Quote) -> Paragraph:
    result = q.result(Differential)
    parts = [_first_test(q)]
    if result.method == "paired t":
        parts.append(prose("Samples were paired by {name}.", name=q("differential.covariates[0]")))
        parts += without_partner(q)
    elif result.covariates:
        parts.append(
            prose(
                "The linear model was {formula}: {terms}.",
                formula=Code(result.design),
                terms=listed([_term(q, place) for place in range(len(result.terms))]),
            )
        )
    if result.correlation is not None:
        parts.append(_block(q))
    if result.stand_ins.total:
        parts.append(_stand_ins(result))
    binary = len(result.classes) == 2
    sides = "P-values are two-sided" if binary else "P-values of F are one-sided, those of t two-sided"
    parts.append(
        prose(
            f"{sides}. They were adjusted over all {{tested}} tested genes after Bonferroni, Holm {{holm}}, Benjamini and Hochberg "
            "{bh}, and Benjamini and Yekutieli {by}, and turned into q-values after Storey {storey}. The variance filter has no part "
            "in this.",
            holm=Cite(("holm1979",)),
            bh=Cite(("benjamini1995",)),
            by=Cite(("benjamini2001",)),
            storey=Cite(("storey2004",)),
            tested=q("differential.tested", count),
        )
    )
    return joined(*parts, *_permutation(q))


def _term(q: Quote, place: int) -> Phrase:
    """How a covariate entered the linear model; the first term has the verb of the sentence."""
    path = f"differential.terms[{place}]"
    term = q.result(Differential).terms[place]
    entered = f"{'' if place else ' entered'} as {_ENTERED[term.kind]}"
    if term.kind == "number":
        return Phrase((q(f"{path}.name"), f"{entered} (one slope per unit)"))
    many, noun = ("levels", "level") if term.kind == "factor" else ("coefficients", "coefficient")
    number = plural(getattr(term, many), noun)
    return Phrase((q(f"{path}.name"), f"{entered} with ", q(f"{path}.{many}", count), f" {number}"))


_ENTERED = {
    "number": "a number",
    "factor": "a factor",
    "transformation": "a transformed number",
    "interaction": "an interaction",
}


def _block(q: Quote) -> Paragraph:
    return prose(
        "Samples of one {unit} were taken as correlated {cite}: the correlation was estimated gene by gene by residual maximum "
        "likelihood, and the model was fitted by generalised least squares with the consensus of the genes, {correlation}: the "
        "hyperbolic tangent of the mean of Fisher’s transforms, 15 % of them trimmed at either end.",
        unit=q("differential.unit"),
        cite=Cite(("smyth2005",)),
        correlation=q("differential.correlation", fixed),
    )


def _stand_ins(result: Differential) -> Paragraph:
    """What was done where the test is not defined."""
    if result.method.startswith(("paired", "linear")):
        return prose(
            "Where that is not defined, as nothing is left within the design, limma’s moderated test stood in."
        )
    rank, key = (
        ("Wilcoxon, Mann and Whitney", "mann1947")
        if len(result.classes) == 2
        else ("Kruskal and Wallis", "kruskal1952")
    )
    equal = "the test of equal variances, " if result.method.startswith("Welch") else ""
    return prose(
        "Where that is not defined, as a class is constant or has fewer than two values, the first of these that is defined "
        f"stood in: {equal}the rank test of {rank} {{cite}}, limma’s moderated test.",
        cite=Cite((key,)),
    )


def _first_test(q: Quote) -> Paragraph:
    result = q.result(Differential)
    pairs = "" if len(result.classes) == 2 else ", pairs of classes by the t-test that goes with it"
    tests = {
        "Welch t": ("Welch’s t-test {cite}", "welch1947"),
        "Student t": ("Student’s t-test {cite}", "student1908"),
        "paired t": ("Student’s paired t-test {cite}", "student1908"),
        "Welch F": ("Welch’s one-way test {cite}", "welch1951"),
    }
    name, key = tests.get(result.method, ("the ordinary test of a linear model", ""))
    cite = {"cite": Cite((key,))} if key else {}
    return prose(f"Genes were compared by {name}{pairs} on the training samples.", **cite)


_STATISTICS = {
    "Welch t": "Welch’s t",
    "F": "the F statistic of equal variances",
    "paired t": "the paired t",
}
"""What was compared under relabelling, as the text calls it."""


def _permutation(q: Quote) -> tuple[Paragraph, ...]:
    permutations = q.result(Differential).permutations
    if isinstance(permutations, Skipped):
        return ()
    drawn = "all {n} labellings" if permutations.complete else "{n} labellings, the observed one among them"
    return (
        prose(
            f"Step-down maxT and minP {{cite}} are based on {_STATISTICS[permutations.statistic]} under {drawn}.",
            cite=Cite(("westfall1993", "ge2003")),
            n=q("differential.permutations.count", count),
        ),
    )


def _moderation(q: Quote) -> Paragraph:
    result = q.result(Differential)
    prior = result.moderation
    if isinstance(prior, Skipped):
        return prose("There are no moderated statistics. {reason}", reason=q.reason("differential.moderation"))
    trend = " The prior variance follows the average expression by a natural spline." if prior.trend else ""
    base = prose(
        "Moderated statistics follow limma {limma}: a linear model ({formula}) for every tested gene, and an empirical Bayes prior "
        "for the residual variances of the {genes} genes that vary and were tested {smyth}; control probes and genes that were set "
        f"aside have no part in it.{trend}",
        genes=q("differential.moderation.genes", count),
        limma=Cite(("ritchie2015",)),
        formula=Code(result.design),
        smyth=Cite(("smyth2004",)),
    )
    if not prior.robust:
        return base
    return joined(base, prose("The prior was estimated robustly {cite}.", cite=Cite(("phipson2016",))))


def _effects(q: Quote) -> Paragraph:
    if not q.result(Differential).independent:
        return prose(
            "Standardised differences are Hedges’ g {hedges}. Limits of g and of the areas under the ROC curve, and the rank test, "
            "take samples as independent and are not given.",
            hedges=Cite(("hedges1981",)),
        )
    return prose(
        "Standardised differences are Hedges’ g {hedges}. Its limits come from the noncentral t distribution and are exact where the "
        "values of both classes are normal with equal variances. Areas under the ROC curve have DeLong’s limits {delong}. The rank test "
        "is that of Wilcoxon, Mann and Whitney {rank}: exact for a gene with fewer than 50 values in either class and no ties, else by "
        "the normal approximation, corrected for ties and continuity.",
        hedges=Cite(("hedges1981",)),
        delong=Cite(("delong1988", "sun2014")),
        rank=Cite(("mann1947",)),
    )


def _selection(q: Quote) -> Paragraph:
    test = "t-test" if len(q.classes) == 2 else "one-way test"
    return prose(
        "Within each training part: median imputation, removal of the {quantile} of genes with the smallest variance {filter}, "
        f"choice of the {{candidates}} genes with the smallest p-values of Welch’s {test}, and elimination of these, standardised, one "
        "at a time with a linear support vector machine (C = 1) {rfe} down to {genes}.",
        quantile=q("selection.variance_quantile", whole_percent),
        filter=Cite(("bourgon2010",)),
        candidates=q("selection.candidates", count),
        rfe=Cite(("guyon2002",)),
        genes=q("selection.genes", count),
    )


def _models(q: Quote) -> Paragraph:
    settings = q.analysis.settings["models"]
    weights = (
        " The classes weigh the same in the training of these models; the elimination of genes, the calibration and models of one’s "
        "own do not weigh them."
        if settings["class_weight"] == "balanced"
        else ""
    )
    tuned = " where it was not tuned" if len(q.result(Models).tuning) else ""
    return prose(
        "Genes were standardised on the training part. Nearest shrunken centroids {pam}, the threshold chosen on {inner} inner "
        "folds of the training part (fewer where a class has fewer samples); logistic regression with L1 {lasso} and L2 penalty "
        f"(C = {{c}}{tuned}), the intercepts not penalised, the L1 fit to a duality gap of at most 1e-8 of the loss without genes; a "
        f"support vector machine with radial kernel {{svm}} (C = {{c}}{tuned}), its probabilities calibrated by a sigmoid {{platt}} on "
        "the same inner folds, each of which selects and standardises its genes anew; a "
        f"random forest {{forest}} of {{trees}} trees, grown as scikit-learn {{sklearn}} grows it.{weights} The class of a sample "
        "is the most probable one. The majority class is the floor.",
        c=q.setting("models.penalty_c", general),
        inner=q.setting("evaluation.inner_folds", count),
        trees=q.setting("models.trees", count),
        pam=Cite(("tibshirani2002",)),
        lasso=Cite(("tibshirani1996",)),
        svm=Cite(("cortes1995",)),
        platt=Cite(("platt1999",)),
        forest=Cite(("breiman2001",)),
        sklearn=Cite(("pedregosa2011",)),
    )


def _networks(q: Quote) -> Paragraph:
    settings = q.analysis.settings["models"]
    units = [
        Phrase((q.setting(f"models.hidden[{layer}]", count), " rectified units"))
        for layer in range(len(settings["hidden"]))
    ]
    output = "one sigmoid unit" if len(q.result(Models).classes) == 2 else "a softmax layer"
    extras = _extras(q)
    return prose(
        f"Neural networks of {{units}}, {{epochs}} {plural(settings['epochs'], 'epoch')} of Adam {{adam}} (rate {{rate}}, batches of "
        f"{{batch}}) in TensorFlow {{tensorflow}}{', with {extras}' if extras else ''}, once on the selected genes and once on the "
        "first components that explain at least {components} of the variance. Many networks are trained in one graph, each on the "
        "samples of its own training part alone.",
        units=listed([*units, output]),
        epochs=q.setting("models.epochs", count),
        rate=q.setting("models.learning_rate", general),
        batch=q.setting("models.batch_size", count),
        extras=listed(extras),
        components=q.setting("components.variance", whole_percent),
        adam=Cite(("kingma2015",)),
        tensorflow=Cite(("abadi2016",)),
    )


def _extras(q: Quote) -> list[Inline]:
    """What restrains the networks, if anything does."""
    settings = q.analysis.settings["models"]
    patience = plural(settings["patience"], "epoch")
    told = {
        "weight_decay": Phrase(("an L2 penalty of ", q.setting("models.weight_decay", general))),
        "dropout": Phrase(("dropout of ", q.setting("models.dropout", whole_percent))),
        "patience": Phrase(
            (
                "early stopping after ",
                q.setting("models.patience", count),
                f" {patience} without progress on a fifth of the training part",
            )
        ),
    }
    return [phrase for name, phrase in told.items() if settings[name]]


def _evaluation(q: Quote) -> Paragraph:
    models = q.result(Models)
    own = ", then models of one’s own" if _own(models) else ""
    grouped = ", samples of one {unit} kept together" if models.grouped_by else ""
    parts = [
        prose(
            f"Stratified {{folds}}-fold cross-validation with {{repeats}} {plural(models.repeats, 'repeat')}{grouped}, the same "
            "splits for every model; genes were selected anew in each training part {ambroise}. The primary metric is balanced accuracy "
            "{brodersen}. Named is the first of shrunken centroids, L1 and L2 logistic regression, support vector machine, random "
            "forest and network on selected genes, and network on components, whose estimate lies within one corrected standard "
            f"error of the best of them{own}.",
            folds=q("models.folds", count),
            repeats=q("models.repeats", count),
            unit=q("models.grouped_by"),
            ambroise=Cite(("ambroise2002",)),
            brodersen=Cite(("brodersen2010",)),
        ),
        *fewer_folds(q),
    ]
    if len(models.tuning):
        tuned = range(len(q.analysis.settings["selection"]["tuned"]))
        parts.append(
            prose(
                "Inside each training part validation in at most {folds} folds chose among {genes} genes, C of 0.1, 1 and 10 and, for the "
                "networks, an L2 penalty of 0 and 0.01.",
                folds=q.setting("evaluation.inner_folds", count),
                genes=listed([q.setting(f"selection.tuned[{position}]", count) for position in tuned]),
            )
        )
    if models.test:
        parts.append(
            prose(
                "Final models were fitted on the whole training set, frozen, and applied once to the independent set."
            )
        )
    return joined(*parts)


def _no_models(q: Quote) -> Note:
    return Note("note", prose("No classifier was trained. {reason}", reason=q.reason("models")))


def _own(models: Models) -> bool:
    """Whether a model of the user's own was compared."""
    return not set(models.metrics["model"]) <= set(MODEL_NAMES)


def _comparisons(q: Quote) -> Paragraph:
    models = q.result(Models)
    folds = prose(
        "Pairs of models were compared over the folds by the corrected resampled t-test {nadeau}.",
        nadeau=Cite(("nadeau2003",)),
    )
    if not models.test:
        return joined(folds, prose("P-values were adjusted after Holm over the pairs."))
    areas = " and by DeLong’s test of paired areas {delong}" if len(models.classes) == 2 else ""
    cited = {"delong": Cite(("delong1988", "sun2014"))} if areas else {}
    test = prose(
        f"On the independent set they were compared by McNemar’s exact test {{mcnemar}}{areas}; p-values were adjusted after Holm "
        "over the pairs.",
        mcnemar=Cite(("mcnemar1947",)),
        **cited,
    )
    return joined(folds, test)


def _intervals(q: Quote) -> Paragraph:
    models = q.result(Models)
    folds = prose(
        "Intervals are at {level}. In cross-validation they are those of the corrected resampled t over the folds {nadeau}, which "
        "counts the variation of the held-out and of the training samples. F1, precision and MCC come from each repeat’s pooled "
        "predictions and enter by what each fold contributes, linearised in its counts {jackknife}. Where such an interval cannot be "
        "estimated, or is narrower than the one that Wilson’s limits of the recalls in the pooled predictions imply, the latter stands "
        "instead. It leaves out what other training samples would change"
        + (", as do all intervals on the independent set." if models.test else "."),
        level=q.confidence(),
        nadeau=Cite(("nadeau2003",)),
        jackknife=Cite(("efron1982",)),
    )
    wilson = prose("Proportions of samples: Wilson {wilson}.", wilson=Cite(("wilson1927",)))
    if models.metrics["interval"].str.contains("MOVER").any():
        mean = "Balanced accuracy, where it is no mean over folds or does not vary over them: Wilson’s limits of the classes combined {zou}."
        wilson = joined(wilson, prose(mean, zou=Cite(("zou2009",))))
    if not models.test:
        return joined(folds, wilson)
    delong = prose(
        "Areas under the curve on the independent set: DeLong {delong}.", delong=Cite(("delong1988", "sun2014"))
    )
    bootstrap = prose(
        "All else on the independent set: stratified percentile bootstrap {bootstrap} with {resamples} resamples of the samples; F1, "
        "precision and MCC that do not vary in it take the interval that Wilson’s limits imply.",
        resamples=q.setting("evaluation.bootstrap", count),
        bootstrap=Cite(("efron1993",)),
    )
    return joined(folds, wilson, *([delong] if len(models.classes) == 2 else []), bootstrap)


def _signature(q: Quote) -> Paragraph:
    ranked = prose(
        "Ranks by p-value, elimination, absolute L1 coefficient and forest importance (of the models on all genes), all on the training "
        "set, were joined by reciprocal rank fusion (constant 60) {fusion}, for the genes that entered the elimination or have an L1 "
        "coefficient.",
        fusion=Cite(("cormack2009",)),
    )
    if len(q.result(Biomarkers).methods) == 1:
        ranked = prose("Genes were ranked by p-value on the training set.")
    matched = prose(
        "Markers were matched by probe id, else by gene symbol, with {list} of {n} entries.",
        list=marker_list(q),
        n=q("biomarkers.markers", count),
    )
    return joined(ranked, matched)


def _known(q: Quote) -> Paragraph:
    return prose(
        "Classes of evidence and gene sets were tested for over-representation among genes with adj.P.Val below {alpha} "
        "(hypergeometric), and by a competitive rank-sum test that allows for a correlation of {correlation} between the genes of a "
        "set {wu}: two-sided for statistics with a sign, one-sided for their size. Either kind of p-value was adjusted after Benjamini "
        "and Hochberg within each list. Classes of evidence were also tested for agreement of direction (exact sign test, not adjusted; "
        "Wilson interval). A gene with several probes is represented by the one with the highest average expression.",
        alpha=q("enrichment.alpha", general),
        correlation=q("enrichment.correlation", general),
        wu=Cite(("wu2012",)),
    )
