"""What `benchmarks.stock` does, from genereport's parts: the same cohort, splits, models, tables and figures.

``python -m benchmarks.ours COHORT_FOLDER --repeats 1 --out ours.pdf [--predictions out.npz]``

Ours is asked for a little more: the networks, too, are trained on genes chosen with a look at all samples, every model
has its intervals and its pairwise tests, and the final models are frozen and read back.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import fields, is_dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from genereport.cohort.markers import read_knowledge
from genereport.cohort.reader import read_cohort
from genereport.parallel import collect_seldom, load, shared, warm
from genereport.runs.signals import leave, listening
from genereport.settings import Settings, resolve

SECTIONS = ("sec-differential", "sec-components", "sec-selection", "sec-signature", "sec-models", "sec-independent")
FIGURES = (
    "volcano",
    "p",
    "heatmap",
    "scree",
    "pca",
    "stability",
    "comparison",
    "confusion",
    "roc",
    "precision-recall",
    "calibration",
    "learning",
    "confusion-test",
    "roc-test",
)
"""What the stock report draws, too; the components are two figures here and one there."""


def stock_settings(folder: Path, repeats: int) -> Settings:
    """Those of the stock script."""
    effort = {1: "quick", 10: "standard"}[repeats]
    given = {"evaluation": {"effort": effort}, "cohort": {"study": folder}, "tests": {"permutations": 0}}
    return resolve(overrides=given)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", type=Path, help="folder with Golub's three CSV files")
    parser.add_argument("--repeats", type=int, default=10, choices=(1, 10))
    parser.add_argument("--out", type=Path, default=Path("ours.pdf"))
    parser.add_argument("--predictions", type=Path, help="where to save held-out probabilities, .npz")
    options = parser.parse_args()
    start = time.perf_counter()
    with listening(), shared():  # this is what the command does
        collect_seldom()
        warm(-1, ("genereport.learn.engine",))
        settings = stock_settings(options.cohort, options.repeats)
        cohort = read_cohort(settings)
        write(cohort, settings, options, start)
        leave(0)


def write(cohort, settings: Settings, options: argparse.Namespace, start: float) -> None:
    """The analysis and its pages."""
    from threadpoolctl import threadpool_limits

    from genereport.analyses.preprocessing.stage import PreprocessingStage
    from genereport.analyses.provenance import InputFile
    from genereport.analyses.quality.stage import QualityStage
    from genereport.analyses.result import Skipped
    from genereport.analyses.stage import StageContext, Upstream
    from genereport.analysis import Analysis
    from genereport.cohort.annotation import with_symbols
    from genereport.learn.models import CLASSIFIERS
    from genereport.pipeline import make_stages, package_versions, run_stages, this_platform

    knowledge = read_knowledge(settings.biomarkers, cohort.classes)
    cohort = with_symbols(cohort, knowledge.markers)
    classifiers = tuple(classifier for classifier in CLASSIFIERS if classifier.name != "shrunken_centroids")
    with threadpool_limits(1):
        quality = QualityStage().run(cohort)
        prepared, preprocessing = PreprocessingStage(settings.preprocess).run(cohort)
        every = make_stages(StageContext(settings, knowledge, False, classifiers, partial(partial, expect_report)))
        wanted = tuple(stage for stage in every if stage.name not in ("trust", "enrichment"))
        found = run_stages(wanted, prepared, Upstream((quality, preprocessing)), settings.seed, lambda *_: None)
    lap(start, "analysis")
    absent = Skipped("Not compared.")
    analysis = Analysis(
        title="AML against ALL: gene expression",
        simulated=False,
        settings=settings.model_dump(mode="json"),
        inputs=tuple(InputFile(s.role, s.name, s.size, s.sha256) for s in cohort.sources),
        versions=package_versions(),
        platform=this_platform(),
        results={"quality": quality, "preprocessing": preprocessing, **found, "trust": absent, "enrichment": absent},
    )
    write_pages(analysis, options.out)
    lap(start, "figures and PDF")
    if options.predictions:
        save_predictions(analysis, cohort, options.predictions)


def expect_report(stage: str, done: int, total: int) -> None:
    """What the command does while the networks train."""
    if stage == "resampling" and done == total > 0:
        warm(-1, ("genereport.report.pictures",))
        load(("skops.io", "genereport.report.composition", "genereport.report.render", "weasyprint"))


def lap(start: float, step: str) -> None:
    print(f"{step}: {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)


def write_pages(analysis, out: Path) -> None:
    from genereport.report.composition import compose
    from genereport.report.document import numbers
    from genereport.report.render import to_pdf

    document = compose(analysis)
    sections = tuple(section for section in document.sections if section.id in SECTIONS)
    kept = set(numbers(replace(document, sections=sections))) - {
        block.id for block in document.walk() if is_surplus(block)
    }
    out.write_bytes(to_pdf(pruned(replace(document, sections=sections), kept)))


def is_surplus(node: object) -> bool:
    """A figure that the stock report does not have."""
    from genereport.report.document import Figure

    return isinstance(node, Figure) and node.id.removeprefix("fig-") not in FIGURES


def pruned(node, kept: set[str]):
    """The same without surplus figures, and without references to what is not there."""
    from genereport.report.document import Ref

    if isinstance(node, Ref):
        return node if node.target in kept else "the whole report"
    if isinstance(node, tuple):
        return tuple(pruned(one, kept) for one in node if not is_surplus(one))
    if is_dataclass(node):
        return replace(node, **{field.name: pruned(getattr(node, field.name), kept) for field in fields(node)})
    return node


def save_predictions(analysis, cohort, path: Path) -> None:
    """As the stock script does: cv/MODEL/FEATURES (repeats, n), independent/MODEL/FEATURES (m,), of the target."""
    table = analysis.models.predictions
    arrays = {}
    for (which, model, features), part in table.groupby(["set", "model", "features"]):
        wide = part.pivot_table(index="repeat", columns="sample", values=f"p_{cohort.target}", sort=False)
        order = cohort.subset("train" if which == "cv" else "test").samples.index
        values = wide[order].to_numpy()
        name = "cv" if which == "cv" else "independent"
        arrays[f"{name}/{model}/{features}"] = values if which == "cv" else values[0]
    np.savez_compressed(path, **arrays)


if __name__ == "__main__":
    main()
